#!/usr/bin/perl
# peer-perl.pl: IPC::SysV and what is around it; usage as in peer.h
#
# SPDX-License-Identifier: LGPL-2.1-or-later
use strict;
use warnings;
use IPC::Semaphore;
use IPC::SharedMem;
use IPC::SysV qw(IPC_CREAT IPC_EXCL);
use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC);

my ($row, $name) = @ARGV;
my ($pairs, $trips, $creates, $opens, $size) = (100000, 2000, 300, 600, 65536);
my $fresh = IPC_CREAT | IPC_EXCL | 0600;

sub key_of { return unpack('%31b*', shift) * 65599 + $$ & 0x7fffffff }

sub make {
    my ($suffix, $value) = @_;
    my $set = IPC::Semaphore->new(key_of($name) + length $suffix, 1, $fresh) or die "semget: $!";
    $set->setval(0, $value);
    return $set;
}

sub timed {
    my ($batch, $n) = @_;
    $batch->($n / 10);
    my $begin = clock_gettime(CLOCK_MONOTONIC);
    $batch->($n);
    printf "%.2f\n", (clock_gettime(CLOCK_MONOTONIC) - $begin) * 1e9 / $n;
}

sub memory {
    my ($key, $flags) = @_;
    my $memory = IPC::SharedMem->new($key, $size, $flags) or die "shmget: $!";
    $memory->attach or die "shmat: $!";
    return $memory;
}

my %rows = (
    'pair' => sub {
        my $turn = make('', 1);
        timed(sub { for (1 .. $_[0]) { $turn->op(0, -1, 0); $turn->op(0, 1, 0) } }, $pairs);
        $turn->remove;
    },
    'ping-pong' => sub {
        my ($there, $back) = (make('', 0), make('-2', 0));
        my $child = fork;
        die "fork: $!" if !defined $child;
        if ($child == 0) {
            for (1 .. $trips / 10 + $trips) { $there->op(0, -1, 0); $back->op(0, 1, 0) }
            exit;
        }
        timed(sub { for (1 .. $_[0]) { $there->op(0, 1, 0); $back->op(0, -1, 0) } }, $trips);
        waitpid $child, 0;
        $_->remove for $there, $back;
    },
    'segment-create' => sub {
        my $key = key_of($name);
        my $batch = sub {
            for (1 .. $_[0]) {
                my $memory = memory($key, $fresh);
                $memory->remove;
                $memory->detach;
            }
        };
        timed($batch, $creates);
    },
    'segment-open' => sub {
        my $key = key_of($name);
        my $kept = memory($key, $fresh);
        timed(sub { memory($key, 0)->detach for 1 .. $_[0] }, $opens);
        $kept->remove;
    },
);

exit 77 if !$rows{$row};
$rows{$row}->();
