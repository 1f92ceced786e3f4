#!/usr/bin/python3
# check-gi.py: the library as Python sees it through the typelib, together with Perl
#
# SPDX-License-Identifier: LGPL-2.1-or-later
import os
import shutil
import subprocess
import sys
import threading
import unittest


def skip_all(reason):
    print("SKIP check-gi:", reason)
    sys.exit(1 if os.environ.get("CI") else 77)


def import_library():
    try:
        import gi
    except ImportError as e:
        skip_all(e)
    if not os.path.exists(os.environ.get("IPC_TYPELIB", "/")):
        print("SKIP check-gi: built without introspection")
        sys.exit(77)
    # As it is without what check-python.py tests.
    sys.modules["gi.overrides.Ipc"] = None
    gi.require_version("Ipc", "1.0")


import_library()
from gi.repository import Gio, GLib, Ipc  # noqa: E402

PERL = os.environ.get("PERL", "perl")
if shutil.which(PERL) is None:
    skip_all("perl is not installed")

# A pid has at most 22 bits.
KEY = 0x43000000 | os.getpid() << 2 | 3
NAME = "sysv:%d" % KEY
ALL_BYTES = bytes(range(256))
FOR_EVER = -1
NOTHING = 0


def perl(script, stdin=b""):
    """Perl's built-in calls, which need no module; $key is ours, STDIN and STDOUT are bytes."""
    prelude = "binmode STDIN; binmode STDOUT; my $key = %d; " % KEY
    command = [PERL, "-e", prelude + script]
    return subprocess.run(command, input=stdin, check=True, stdout=subprocess.PIPE).stdout


class Case(unittest.TestCase):
    def setUp(self):
        self.addCleanup(self.remove, Ipc.Segment)
        self.addCleanup(self.remove, Ipc.Semaphore)

    def remove(self, kind):
        try:
            kind.unlink_name(NAME)
        except GLib.Error as error:
            self.assertTrue(error.matches(Ipc.error_quark(), Ipc.Error.NOT_FOUND), error)

    def assertRefused(self, code, words, call, *arguments):
        with self.assertRaises(GLib.Error) as caught:
            call(*arguments)
        error = caught.exception
        self.assertTrue(error.matches(Ipc.error_quark(), code), error)
        self.assertEqual(error.domain, "ipc-error-quark")
        self.assertEqual(error.code, int(code))
        self.assertIn(words, error.message)


class Segments(Case):
    def test_perl_reads_and_writes(self):
        segment = Ipc.Segment.create(NAME, 1000, NOTHING)
        self.assertTrue(segment.write(744, ALL_BYTES))
        got = perl("shmread (shmget ($key, 0, 0), $_, 744, 256) or die $!; print")
        self.assertEqual(got, ALL_BYTES)
        perl("local $/; shmwrite (shmget ($key, 0, 0), <STDIN>, 0, 256) or die $!",
             ALL_BYTES[::-1])
        self.assertEqual(segment.read_bytes(0, 256).get_data(), ALL_BYTES[::-1])
        self.assertEqual(segment.get_bytes(0, 256).get_data(), ALL_BYTES[::-1])

    def test_memory_of_perl(self):
        perl("shmget ($key, 500, 01600 | 02000) // die $!")  # IPC_CREAT | IPC_EXCL
        segment = Ipc.Segment.open(NAME, Ipc.SegmentFlags.READ_ONLY)
        self.assertEqual(segment.get_size(), 500)
        self.assertTrue(segment.is_read_only())
        self.assertFalse(segment.get_created())
        self.assertRefused(Ipc.Error.READ_ONLY, NAME, segment.write, 0, b"x")
        segment.unlink()
        self.assertEqual(perl("print defined shmget ($key, 0, 0) ? 'there' : 'gone'"), b"gone")

    def test_errors(self):
        self.assertRefused(Ipc.Error.NOT_FOUND, NAME, Ipc.Segment.open, NAME, NOTHING)
        self.assertRefused(Ipc.Error.INVALID_NAME, "sysv:0", Ipc.Segment.open, "sysv:0", NOTHING)
        segment = Ipc.Segment.create(NAME, 100, NOTHING)
        self.assertRefused(Ipc.Error.EXISTS, NAME, Ipc.Segment.create, NAME, 100, NOTHING)
        self.assertRefused(Ipc.Error.SIZE_MISMATCH, "100",
                           Ipc.Segment.open_or_create, NAME, 200, NOTHING)
        self.assertRefused(Ipc.Error.OUT_OF_RANGE, NAME, segment.read_bytes, 50, 51)
        self.assertRefused(Ipc.Error.OUT_OF_RANGE, NAME, segment.write, 99, b"ab")
        segment.detach()
        self.assertRefused(Ipc.Error.CLOSED, NAME, segment.read_bytes, 0, 1)

    def test_properties(self):
        segment = Ipc.Segment(name=NAME, open_mode=Ipc.OpenMode.CREATE, size=300,
                              permissions=0o640)
        self.assertTrue(segment.init(None))
        self.assertEqual(segment.props.name, NAME)
        self.assertEqual(segment.props.backend, Ipc.Backend.SYSV)
        self.assertEqual(segment.props.permissions, 0o640)
        self.assertTrue(segment.props.created)
        self.assertTrue(segment.is_current())
        found, segment_id = segment.get_id()
        self.assertTrue(found)

        info = segment.get_info()
        self.assertEqual(info.get_size(), 300)
        self.assertEqual(info.get_id(), segment_id)
        self.assertEqual(info.get_creator_pid(), os.getpid())
        self.assertEqual(info.get_attach_count(), 1)


class Semaphores(Case):
    def test_perl_wakes_a_wait(self):
        semaphore = Ipc.Semaphore.create(NAME, 0, NOTHING)
        waiter = threading.Thread(target=semaphore.wait, args=(FOR_EVER, None))
        waiter.start()
        perl("my $id = semget ($key, 0, 0); "
             "1 until semctl ($id, 0, 14, 0) > 0; "  # GETNCNT
             "semop ($id, pack ('s!3', 0, 1, 0)) or die $!")
        waiter.join(120)
        self.assertFalse(waiter.is_alive())
        self.assertEqual(semaphore.get_value(0), 0)

    def test_a_set_with_perl(self):
        semaphore = Ipc.Semaphore.new_full(NAME, Ipc.OpenMode.CREATE, [1, 0, 7], 0o600, NOTHING,
                                           None)
        self.assertEqual(semaphore.get_size(), 3)
        ops = []
        for index, delta in (0, -1), (1, 4), (2, -7):
            op = Ipc.SemaphoreOp()
            op.index, op.delta = index, delta
            ops.append(op)
        self.assertTrue(semaphore.operate(ops, FOR_EVER, None))
        got = perl("my $id = semget ($key, 0, 0); "
                   "semctl ($id, 0, 13, my $all) or die $!; print join ' ', unpack 's*', $all")
        self.assertEqual(got, b"0 4 0")  # 13: GETALL

        perl("semop (semget ($key, 0, 0), pack ('s!3', 1, -4, 0)) or die $!")
        self.assertEqual(semaphore.get_value(1), 0)
        self.assertTrue(semaphore.set_value(1, 9))
        self.assertEqual(semaphore.get_info(1).get_value(), 9)

    def test_waits_end(self):
        semaphore = Ipc.Semaphore.create(NAME, 0, NOTHING)
        self.assertRefused(Ipc.Error.WOULD_BLOCK, NAME, semaphore.try_wait)
        self.assertRefused(Ipc.Error.TIMED_OUT, NAME, semaphore.wait, 10000, None)
        cancellable = Gio.Cancellable()
        cancellable.cancel()
        with self.assertRaises(GLib.Error) as caught:
            semaphore.wait(FOR_EVER, cancellable)
        self.assertTrue(caught.exception.matches(Gio.io_error_quark(), Gio.IOErrorEnum.CANCELLED))
        self.assertTrue(semaphore.wait_zero(FOR_EVER, None))
        self.assertTrue(semaphore.post())
        self.assertTrue(semaphore.try_wait())
        self.assertTrue(semaphore.close())
        self.assertRefused(Ipc.Error.CLOSED, NAME, semaphore.post)

    def test_properties(self):
        semaphore = Ipc.Semaphore(name=NAME, open_mode=Ipc.OpenMode.CREATE,
                                  initial_values=GLib.Variant("au", [4, 5]))
        self.assertTrue(semaphore.init(None))
        self.assertEqual(semaphore.get_size(), 2)
        self.assertEqual(semaphore.get_value(1), 5)
        self.assertEqual(semaphore.get_max_value(), 32767)


class Names(unittest.TestCase):
    def test_names(self):
        self.assertEqual(Ipc.name_get_backend("sysv:0x1"), Ipc.Backend.SYSV)
        self.assertEqual(Ipc.backend_get_name(Ipc.Backend.POSIX), "posix")
        self.assertTrue(Ipc.backend_is_available(Ipc.Backend.SYSV))
        self.assertTrue(Ipc.name_for_path("/", 7).startswith("sysv:0x"))
        with self.assertRaises(GLib.Error) as caught:
            Ipc.name_get_backend("morse:x")
        self.assertTrue(caught.exception.matches(Ipc.error_quark(), Ipc.Error.INVALID_NAME))


if __name__ == "__main__":
    unittest.main()
