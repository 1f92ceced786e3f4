#!/usr/bin/python3
# check-python.py: what makes the library feel like Python: with, bytes, views, main loops, Ctrl-C
#
# SPDX-License-Identifier: LGPL-2.1-or-later
import array
import gc
import os
import signal
import socket
import subprocess
import sys
import threading
import unittest


def skip_all(reason):
    print("SKIP check-python:", reason)
    sys.exit(1 if os.environ.get("CI") else 77)


def import_library():
    try:
        import gi
    except ImportError as e:
        skip_all(e)
    if not os.path.exists(os.environ.get("IPC_TYPELIB", "/")):
        print("SKIP check-python: built without introspection")
        sys.exit(77)
    gi.require_version("Ipc", "1.0")


import_library()
from gi.repository import Gio, GLib, Ipc  # noqa: E402

NAMES = ["ipc-check-python-%d" % os.getpid(), "sysv:%d" % (0x44000000 | os.getpid() << 2 | 3)]
ALL_BYTES = bytes(range(256))
PATIENCE_US = 30 * 1000000


class Case(unittest.TestCase):
    def setUp(self):
        self.addCleanup(self.remove_all)

    def remove_all(self):
        for name in NAMES:
            for kind in Ipc.Segment, Ipc.Semaphore:
                try:
                    kind.unlink_name(name)
                except GLib.Error as error:
                    self.assertTrue(error.matches(Ipc.error_quark(), Ipc.Error.NOT_FOUND), error)

    def assertRefused(self, code, words, call, *arguments):
        with self.assertRaises(GLib.Error) as caught:
            call(*arguments)
        error = caught.exception
        self.assertTrue(error.matches(Ipc.error_quark(), code), error)
        self.assertEqual((error.domain, error.code), ("ipc-error-quark", int(code)))
        self.assertIn(words, error.message)

    def in_child(self, work, *arguments):
        """Runs work in a process of its own; it ends well."""
        pid = os.fork()
        if pid == 0:
            status = 1
            try:
                work(*arguments)
                status = 0
            finally:
                os._exit(status)
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), 0)


class Semaphores(Case):
    def test_with(self):
        for name in NAMES:
            semaphore = Ipc.Semaphore.create(name, 1, Ipc.SemaphoreFlags.UNDO)
            with semaphore as same:
                self.assertIs(same, semaphore)
                self.assertEqual(semaphore.get_value(), 0)
                self.assertRefused(Ipc.Error.TIMED_OUT, name, semaphore.wait, 1000)
            self.assertEqual(semaphore.get_value(), 1)
            with self.assertRaises(ZeroDivisionError):
                with semaphore:
                    1 / 0
            self.assertEqual(semaphore.get_value(), 1)

    def test_with_ends_by_an_error(self):
        semaphore = Ipc.Semaphore.create(NAMES[0], 1)
        semaphore.close()
        with self.assertRaises(GLib.Error) as caught:
            with semaphore:
                self.fail("there was a unit")
        self.assertTrue(caught.exception.matches(Ipc.error_quark(), Ipc.Error.CLOSED))

    def test_defaults(self):
        self.assertRefused(Ipc.Error.NOT_FOUND, NAMES[0], Ipc.Semaphore.open, NAMES[0])
        made = Ipc.Semaphore.open_or_create(NAMES[0], 2)
        self.assertTrue(made.get_created())
        self.assertEqual(Ipc.Semaphore.open(NAMES[0]).get_value(), 2)
        self.assertEqual(Ipc.Semaphore.open_or_create(NAMES[0]).get_value(0), 2)
        self.assertIsInstance(made, Ipc.Semaphore)
        self.assertTrue(made.wait())
        self.assertTrue(made.wait(timeout_us=-1, cancellable=None))
        self.assertTrue(made.wait_zero())
        self.assertRefused(Ipc.Error.EXISTS, NAMES[0], Ipc.Semaphore.create, NAMES[0])

    def test_pairs_are_steps(self):
        semaphore = Ipc.Semaphore.new_full(NAMES[0], Ipc.OpenMode.CREATE, [3, 0], 0o600, 0, None)
        self.assertTrue(semaphore.operate([(0, -2), (1, +5)]))
        step = Ipc.SemaphoreOp()
        step.index, step.delta = 1, -1
        self.assertTrue(semaphore.operate([step, (0, -1)], 0))
        self.assertEqual((semaphore.get_value(0), semaphore.get_value(1)), (0, 4))
        self.assertRefused(Ipc.Error.TIMED_OUT, NAMES[0], semaphore.operate, [(0, -1)], 1000)
        self.assertRefused(Ipc.Error.OUT_OF_RANGE, NAMES[0], semaphore.operate, [(2, -1)])

    def test_holders(self):
        semaphore = Ipc.Semaphore.create(NAMES[0], 5, Ipc.SemaphoreFlags.UNDO)
        self.assertEqual(semaphore.get_info().holders, [])
        semaphore.operate([(0, -3)])
        self.assertEqual(semaphore.get_info().holders, [(os.getpid(), 3)])
        for holder in semaphore.get_info().holders:
            self.assertEqual((holder.pid, holder.units), (os.getpid(), 3))

    def test_ids(self):
        self.assertIsNone(Ipc.Semaphore.create(NAMES[0]).get_id())
        semaphore = Ipc.Semaphore.create(NAMES[1])
        self.assertEqual(semaphore.get_id(), semaphore.get_info().get_id())
        again = Ipc.Semaphore.open("sysv:id:%d" % semaphore.get_id())
        self.assertEqual(again.get_id(), semaphore.get_id())

    def test_a_wait_lets_other_threads_run(self):
        semaphore = Ipc.Semaphore.create(NAMES[0])
        waiter = threading.Thread(target=semaphore.wait, args=(PATIENCE_US,))
        waiter.start()
        semaphore.post()
        waiter.join()
        self.assertEqual(semaphore.get_value(), 0)

    def test_timeouts(self):
        semaphore = Ipc.Semaphore.create(NAMES[0], 1)
        semaphore.wait()
        for timeout in 0, 1, 50000, 250000:
            start = GLib.get_monotonic_time()
            self.assertRefused(Ipc.Error.TIMED_OUT, NAMES[0], semaphore.wait, timeout)
            took = GLib.get_monotonic_time() - start
            self.assertGreaterEqual(took, timeout)
            self.assertLess(took, timeout + PATIENCE_US)

    def test_timeouts_are_no_seconds(self):
        """0.5 would be 0 in C, and the wait a try."""
        semaphore = Ipc.Semaphore.create(NAMES[0], 1)
        for call in semaphore.wait, semaphore.wait_zero:
            with self.assertRaisesRegex(TypeError, "microseconds"):
                call(0.5)
        with self.assertRaisesRegex(TypeError, "microseconds"):
            semaphore.operate([(0, -1)], 0.5)
        for call in semaphore.wait_async, lambda *rest: semaphore.operate_async([(0, -1)], *rest):
            with self.assertRaisesRegex(TypeError, "microseconds"):
                call(0.5, None, self.fail)
        self.assertEqual(semaphore.get_value(), 1)


class Lists(Case):
    def found(self, name):
        """What is listed under the name, after the list itself is gone."""
        name = Ipc.name_canonicalize(name)
        return [info for info in Ipc.Info.list(Ipc.Backend.NONE, None) if info.get_name() == name]

    def test_what_is_listed_outlives_the_list(self):
        for name in NAMES:
            semaphore = Ipc.Semaphore.create(name, 3)
            gc.collect()
            info, = self.found(name)
            gc.collect()
            self.assertEqual((info.get_name(), info.get_kind(), info.get_value()),
                             (Ipc.name_canonicalize(name), Ipc.Kind.SEMAPHORE, 3))
            self.assertRefused(Ipc.Error.IN_USE, info.get_name(), info.remove_unused)
            semaphore.unlink()
            self.assertEqual(self.found(name), [])


# A process that waits for ever, and is told to stop by Ctrl-C.
WAITER = """
import signal
import sys
import gi
gi.require_version("Ipc", "1.0")
from gi.repository import Gio, Ipc
# It may be ignored when a test runs in the background.
signal.signal(signal.SIGINT, signal.default_int_handler)
semaphore = Ipc.Semaphore.open(sys.argv[1])
print("waiting", flush=True)
try:
    %s
except KeyboardInterrupt:
    print("interrupted")
"""


class CtrlC(Case):
    def test_ends_a_wait(self):
        semaphore = Ipc.Semaphore.create(NAMES[0])
        for wait in ("semaphore.wait()", "semaphore.operate([(0, -2)])", "semaphore.__enter__()",
                     "semaphore.wait(-1, Gio.Cancellable())"):
            peer = subprocess.Popen([sys.executable, "-c", WAITER % wait, NAMES[0]],
                                    stdout=subprocess.PIPE, text=True)
            self.assertEqual(peer.stdout.readline(), "waiting\n")
            while semaphore.get_info().get_waiters() == 0:
                os.sched_yield()
            peer.send_signal(signal.SIGINT)
            self.assertEqual(peer.communicate()[0], "interrupted\n")
        semaphore.post()
        self.assertEqual(semaphore.get_value(), 1)

    def test_a_unit_that_came_with_it_is_given_back(self):
        from gi.overrides.Ipc import Patience

        class Context:
            """Is interrupted when the wait has just been done."""

            def iteration(self, may_block):
                GLib.MainContext.default().iteration(may_block)
                if wait.result is not None and semaphore.get_value() == 1:
                    raise KeyboardInterrupt

        semaphore = Ipc.Semaphore.new_full(NAMES[0], Ipc.OpenMode.CREATE, [3, 3], 0o600, 0, None)
        wait = Patience(semaphore, [(0, -2), (1, -1)], None)
        semaphore.operate_async(wait.ops, -1, None, wait.on_result)
        self.assertRaises(KeyboardInterrupt, wait.iterate, Context())
        self.assertEqual((semaphore.get_value(0), semaphore.get_value(1)), (3, 3))

    def test_a_wait_that_failed_is_told_by_its_own_name(self):
        semaphore = Ipc.Semaphore.create(NAMES[0])
        semaphore.post()
        for timeout_us in 0, 1000:
            self.assertRefused(Ipc.Error.TIMED_OUT, "ipc_semaphore_wait_zero \"",
                               semaphore.wait_zero, timeout_us)
            self.assertRefused(Ipc.Error.TIMED_OUT, "ipc_semaphore_operate \"", semaphore.operate,
                               [(0, -2)], timeout_us)
        semaphore.wait()
        for timeout_us in 0, 1000:
            self.assertRefused(Ipc.Error.TIMED_OUT, "ipc_semaphore_wait \"", semaphore.wait,
                               timeout_us)

    def test_cancelling_from_another_thread(self):
        semaphore = Ipc.Semaphore.create(NAMES[0])
        cancellable = Gio.Cancellable()
        threading.Timer(0.01, cancellable.cancel).start()
        with self.assertRaises(GLib.Error) as caught:
            semaphore.wait(PATIENCE_US, cancellable)
        self.assertTrue(caught.exception.matches(Gio.io_error_quark(), Gio.IOErrorEnum.CANCELLED))


class MainLoops(Case):
    """Waits and the rest of the program, in one thread."""

    def setUp(self):
        super().setUp()
        self.loop = GLib.MainLoop()
        self.ended = []

    def on_waited(self, semaphore, result, number):
        self.ended.append((number, semaphore.wait_finish(result)))
        self.loop.quit()

    def on_failed(self, semaphore, result):
        try:
            semaphore.operate_finish(result)
        except GLib.Error as error:
            self.ended.append(error)
        self.loop.quit()

    def test_peer_ends_a_wait(self):
        semaphore = Ipc.Semaphore.create(NAMES[0])
        for number in range(3):
            semaphore.wait_async(PATIENCE_US, None, self.on_waited, number)
        self.assertEqual(self.ended, [])
        for number in range(3):
            self.in_child(lambda: Ipc.Semaphore.open(NAMES[0]).post())
            self.loop.run()
        self.assertEqual(self.ended, [(0, True), (1, True), (2, True)])

    def test_time_is_over(self):
        semaphore = Ipc.Semaphore.create(NAMES[0])
        semaphore.operate_async([(0, -1)], 50000, None, self.on_failed)
        self.loop.run()
        self.assertTrue(self.ended[0].matches(Ipc.error_quark(), Ipc.Error.TIMED_OUT))

    def test_a_timer_ticks_meanwhile(self):
        """It is what ends the wait."""
        semaphore = Ipc.Semaphore.create(NAMES[0])
        ticks = []

        def tick():
            ticks.append(semaphore.get_value())
            if len(ticks) == 4:
                semaphore.post()
            return len(ticks) < 4

        semaphore.operate_async([(0, -1)], PATIENCE_US, None, self.on_failed)
        GLib.timeout_add(1, tick)
        self.loop.run()
        self.assertEqual((ticks, self.ended), ([0] * 4, []))

    def test_cancelling(self):
        semaphore = Ipc.Semaphore.create(NAMES[0])
        cancellable = Gio.Cancellable()
        semaphore.operate_async([(0, -1)], -1, cancellable, self.on_failed)
        GLib.idle_add(cancellable.cancel)
        self.loop.run()
        self.assertTrue(self.ended[0].matches(Gio.io_error_quark(), Gio.IOErrorEnum.CANCELLED))


class Segments(Case):
    def test_bytes(self):
        for name in NAMES:
            segment = Ipc.Segment.create(name, 1000)
            segment.write(10, ALL_BYTES)
            self.assertEqual(segment.read(10, 256), ALL_BYTES)
            self.assertEqual(segment.read(), bytes(10) + ALL_BYTES + bytes(734))
            self.assertEqual(segment.read(990), bytes(10))
            segment.write(0, bytearray(b"one"))
            segment.write(3, memoryview(b"two"))
            segment.write(6, array.array("H", [0x0101, 0x0202]))
            self.assertEqual(segment.read(0, 10), b"onetwo\1\1\2\2")
            self.assertRefused(Ipc.Error.OUT_OF_RANGE, name, segment.read, 990, 11)
            self.assertRaises(TypeError, segment.write, 0, "text")
            self.assertRaises(TypeError, segment.write, 0, 7)

    def test_view_is_the_memory(self):
        for name in NAMES:
            segment = Ipc.Segment.create(name, 4096)
            view = segment.get_view()
            self.assertEqual((len(view), view.readonly, view.format), (4096, False, "B"))
            view[100:356] = ALL_BYTES
            self.in_child(self.peer_writes, name)
            self.assertEqual(view[100:104].tobytes(), b"seen")
            view[4:8].cast("i")[0] = -2
            self.assertEqual(segment.read(4, 4), (-2).to_bytes(4, sys.byteorder, signed=True))

    @staticmethod
    def peer_writes(name):
        segment = Ipc.Segment.open(name)
        assert segment.read(100, 256) == ALL_BYTES
        segment.get_view(100, 4)[:] = b"seen"

    def test_view_is_read_only(self):
        made = Ipc.Segment.create(NAMES[0], 100)
        view = Ipc.Segment.open(NAMES[0], Ipc.SegmentFlags.READ_ONLY).get_view(90)
        self.assertTrue(view.readonly)
        made.write(98, b"ab")
        self.assertEqual(bytes(view), bytes(8) + b"ab")
        with self.assertRaises(TypeError):
            view[0] = 1
        self.assertRefused(Ipc.Error.OUT_OF_RANGE, NAMES[0], made.get_view, 90, 11)
        self.assertRefused(Ipc.Error.OUT_OF_RANGE, NAMES[0], made.get_view, 101)
        self.assertEqual(len(made.get_view(100)), 0)

    def test_view_keeps_the_memory(self):
        with Ipc.Segment.create(NAMES[0], 100) as segment:
            view = segment.get_view()
            view[0] = 7
        self.assertRefused(Ipc.Error.CLOSED, NAMES[0], segment.read)
        self.assertRefused(Ipc.Error.CLOSED, NAMES[0], segment.get_view, 0, 1)
        del segment
        self.assertEqual(view[0], 7)
        view[1] = 8
        self.assertEqual(Ipc.Segment.open(NAMES[0]).read(0, 2), b"\7\10")

    def test_ids(self):
        self.assertIsNone(Ipc.Segment.create(NAMES[0], 1).get_id())
        segment = Ipc.Segment.open_or_create(NAMES[1], 1)
        self.assertEqual(segment.get_id(), segment.get_info().get_id())

    def test_descriptor_over_a_socket(self):
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        segment = Ipc.Segment.create_anonymous(500)
        segment.seal(Ipc.SegmentSeals.SHRINK | Ipc.SegmentSeals.FUTURE_WRITE)
        segment.get_view()[:256] = ALL_BYTES
        fd = segment.dup_fd()
        socket.send_fds(ours, [b"x"], [fd])
        os.close(fd)
        del segment
        self.in_child(self.receive, theirs)
        ours.close()
        theirs.close()

    @staticmethod
    def receive(sock):
        fd = socket.recv_fds(sock, 1, 1)[1][0]
        segment = Ipc.Segment.new_from_fd(fd, Ipc.SegmentFlags.READ_ONLY)
        os.close(fd)
        assert segment.get_size() == 500
        assert segment.read(0, 256) == ALL_BYTES
        try:
            segment.write(0, b"x")
        except GLib.Error as error:
            assert error.matches(Ipc.error_quark(), Ipc.Error.READ_ONLY)
        else:
            raise AssertionError("it could be written to")


if __name__ == "__main__":
    unittest.main()
