#!/usr/bin/perl
# check-perl.pl: meets Perl's IPC::SharedMem and IPC::Semaphore
#
# SPDX-License-Identifier: LGPL-2.1-or-later
use strict;
use warnings;

sub skip_all
{
  print "SKIP check-perl: @_\n";
  exit ($ENV{CI} ? 1 : 77);
}

BEGIN
{
  eval "use Test::More; use IPC::SysV qw(IPC_CREAT IPC_EXCL S_IRUSR S_IWUSR);"
    . "use IPC::SharedMem; use IPC::Semaphore; 1"
    or skip_all ("Perl's modules are not installed: $@");
}

my $ours = ($ENV{IPC_BUILDDIR} // '.') . '/tests/meet/ipc-peer';
# A pid has at most 22 bits.
my $key = 0x41000000 | $$ << 2 | 3;
my $name = "sysv:$key";
my $new = IPC_CREAT | IPC_EXCL | S_IRUSR | S_IWUSR;
my $parent = $$;
my $all_bytes = join ('', map { chr } 0 .. 255);
my $patience = 120;

END
{
  if ($$ == $parent)
    {
      my $status = $?;
      my $set = IPC::Semaphore->new ($key, 0, 0);
      my $memory = IPC::SharedMem->new ($key, 0, 0);
      $set->remove if $set;
      $memory->remove if $memory;
      $? = $status;
    }
}

# Our side as a process: what it prints, or undef if it fails.
sub ours
{
  my ($verb, @arguments) = @_;
  open (my $pipe, '-|', $ours, $verb, $name, @arguments) or die "$ours: $!";
  binmode ($pipe);
  my $said = do { local $/; <$pipe> } // '';
  return close ($pipe) ? $said : undef;
}

sub ours_writes
{
  my ($bytes, $offset) = @_;
  open (my $pipe, '|-', $ours, 'segment-write', $name, $offset) or die "$ours: $!";
  binmode ($pipe);
  print {$pipe} $bytes;
  return close ($pipe);
}

sub ours_in_background
{
  my $pid = fork () // die "fork: $!";
  if ($pid == 0)
    {
      open (STDERR, '>', '/dev/null');
      exec ($ours, $_[0], $name, @_[1 .. $#_]) or die "$ours: $!";
    }
  return $pid;
}

sub until_true
{
  my ($condition) = @_;
  my $end = time + $patience;
  until ($condition->())
    {
      die 'waited too long' if time > $end;
    }
}

sub exit_status
{
  waitpid ($_[0], 0);
  return $? >> 8;
}

# -- Memory that Perl makes --
my $memory = IPC::SharedMem->new ($key, 1000, $new) or die "shmget: $!";
is (ours ('segment-size'), "1000\n", 'our side sees the size of a segment of Perl');
$memory->write ($all_bytes, 500, 256);
is (ours ('segment-read', 500, 256), $all_bytes, 'our side reads what Perl wrote');
ok (ours_writes (scalar reverse ($all_bytes), 0), 'our side writes');
is ($memory->read (0, 256), scalar reverse ($all_bytes), 'Perl reads what our side wrote');
is (ours ('segment-unlink'), '', 'our side removes it');
ok (!IPC::SharedMem->new ($key, 0, 0), 'Perl does not find it any more');

# -- Memory that our side makes --
is (ours ('segment-create', 2000), '', 'our side makes a segment');
$memory = IPC::SharedMem->new ($key, 0, 0) or die "shmget: $!";
is ($memory->stat->segsz, 2000, 'Perl sees its size');
is ($memory->stat->mode & 0777, 0600, 'and its permissions');
is ($memory->read (0, 2000), "\0" x 2000, 'it is all zeros');
ok (ours_writes ($all_bytes, 1744), 'our side writes to its end');
is ($memory->read (1744, 256), $all_bytes, 'Perl reads that');
$memory->remove;
is (ours ('segment-size'), undef, 'our side does not find it after Perl removed it');

# -- A set that Perl makes --
my $set = IPC::Semaphore->new ($key, 3, $new) or die "semget: $!";
$set->setall (1, 0, 7);
is (ours ('semaphore-value'), "1 0 7\n", 'our side sees the values of Perl');
is (ours ('semaphore-wait', 0), '', 'our side takes a unit');
is ($set->getval (0), 0, 'Perl sees it go');
my $waiter = ours_in_background ('semaphore-wait', -1);
until_true (sub { $set->getncnt (0) == 1 });
$set->op (0, 1, 0);
is (exit_status ($waiter), 0, 'Perl wakes our side');
is (ours ('semaphore-set', 2, 5), '', 'our side sets a value');
is (join (' ', $set->getall), '0 0 5', 'Perl sees it');
is (ours ('semaphore-unlink'), '', 'our side removes the set');
ok (!IPC::Semaphore->new ($key, 0, 0), 'Perl does not find it any more');

# -- A set that our side makes --
is (ours ('semaphore-create', 2, 9), '', 'our side makes a set');
$set = IPC::Semaphore->new ($key, 2, 0) or die "semget: $!";
is (join (' ', $set->getall), '2 9', 'Perl sees its values');
is ($set->stat->mode & 0777, 0600, 'and its permissions');
isnt ($set->stat->otime, 0, 'and that it is ready for use');
$waiter = ours_in_background ('semaphore-wait-zero', -1);
until_true (sub { $set->getzcnt (0) == 1 });
$set->op (0, -2, 0, 1, -9, 0);
is (exit_status ($waiter), 0, 'our side waits until Perl has brought it to zero');
is (ours ('semaphore-value'), "0 0\n", 'our side sees both values go at once');

# Perl sleeps, our side wakes it.
my $sleeper = fork () // die "fork: $!";
exit ($set->op (0, -1, 0) ? 0 : 1) if $sleeper == 0;
until_true (sub { $set->getncnt (0) == 1 });
is (ours ('semaphore-post'), '', 'our side posts');
is (exit_status ($sleeper), 0, 'that wakes Perl');

# Perl removes the set under our side's wait.
$waiter = ours_in_background ('semaphore-wait', -1);
until_true (sub { $set->getncnt (0) == 1 });
$set->remove;
is (exit_status ($waiter), 1, 'our side is told that the set was removed');

done_testing ();
