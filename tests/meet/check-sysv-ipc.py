#!/usr/bin/python3
# check-sysv-ipc.py: meets Python's sysv_ipc
#
# SPDX-License-Identifier: LGPL-2.1-or-later
import os
import signal
import subprocess
import sys
import time
import unittest

try:
    import sysv_ipc
except ImportError as e:
    print("SKIP check-sysv-ipc:", e)
    sys.exit(1 if os.environ.get("CI") else 77)

OURS = os.path.join(os.environ.get("IPC_BUILDDIR", "."), "tests/meet/ipc-peer")
# A pid has at most 22 bits.
KEY = 0x42000000 | os.getpid() << 2 | 3
NAME = "sysv:%d" % KEY
ALL_BYTES = bytes(range(256))
PATIENCE = 120


def ours(verb, *arguments, stdin=b""):
    """What our side prints; an exception if it fails."""
    command = [OURS, verb, NAME] + [str(a) for a in arguments]
    return subprocess.run(command, input=stdin, check=True, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE).stdout


def ours_in_background(verb, *arguments):
    return subprocess.Popen([OURS, verb, NAME] + [str(a) for a in arguments],
                            stderr=subprocess.DEVNULL)


def until_true(condition):
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "waited too long"


class Meeting(unittest.TestCase):
    def tearDown(self):
        for kind in sysv_ipc.SharedMemory, sysv_ipc.Semaphore:
            try:
                kind(KEY).remove()
            except sysv_ipc.ExistentialError:
                pass

    def test_memory_of_python(self):
        memory = sysv_ipc.SharedMemory(KEY, sysv_ipc.IPC_CREX, mode=0o600, size=1000)
        # It rounds up to whole pages; the system knows.
        self.assertEqual(int(ours("segment-size")), memory.size)
        memory.write(ALL_BYTES, offset=500)
        self.assertEqual(ours("segment-read", 500, 256), ALL_BYTES)
        ours("segment-write", 0, stdin=ALL_BYTES[::-1])
        self.assertEqual(memory.read(256), ALL_BYTES[::-1])
        memory.detach()
        ours("segment-unlink")
        self.assertRaises(sysv_ipc.ExistentialError, sysv_ipc.SharedMemory, KEY)

    def test_memory_of_ours(self):
        ours("segment-create", 2000)
        memory = sysv_ipc.SharedMemory(KEY)
        self.assertEqual(memory.size, 2000)
        self.assertEqual(memory.mode & 0o777, 0o600)
        self.assertEqual(memory.read(2000), bytes(2000))
        ours("segment-write", 1744, stdin=ALL_BYTES)
        self.assertEqual(memory.read(256, offset=1744), ALL_BYTES)
        memory.detach()
        memory.remove()
        self.assertRaises(subprocess.CalledProcessError, ours, "segment-size")

    def test_semaphore_of_python(self):
        semaphore = sysv_ipc.Semaphore(KEY, sysv_ipc.IPC_CREX, mode=0o600, initial_value=2)
        self.assertEqual(ours("semaphore-value"), b"2\n")
        ours("semaphore-wait", 0)
        self.assertEqual(semaphore.value, 1)
        semaphore.acquire()
        self.assertEqual(ours("semaphore-value"), b"0\n")

        waiter = ours_in_background("semaphore-wait", -1)
        until_true(lambda: semaphore.waiting_for_nonzero == 1)
        semaphore.release()
        self.assertEqual(waiter.wait(PATIENCE), 0)

        semaphore.value = 3
        waiter = ours_in_background("semaphore-wait-zero", -1)
        until_true(lambda: semaphore.waiting_for_zero == 1)
        semaphore.acquire(delta=3)
        self.assertEqual(waiter.wait(PATIENCE), 0)
        ours("semaphore-unlink")
        self.assertRaises(sysv_ipc.ExistentialError, sysv_ipc.Semaphore, KEY)

    def test_semaphore_of_ours(self):
        ours("semaphore-create", 1)
        semaphore = sysv_ipc.Semaphore(KEY)
        self.assertEqual(semaphore.value, 1)
        self.assertNotEqual(semaphore.o_time, 0)
        semaphore.acquire()
        ours("semaphore-post")
        self.assertEqual(semaphore.value, 1)
        semaphore.acquire()

        # Python sleeps, in a process of its own; our side wakes it.
        sleeper = os.fork()
        if sleeper == 0:
            sysv_ipc.Semaphore(KEY).acquire()
            os._exit(0)
        until_true(lambda: semaphore.waiting_for_nonzero == 1)
        ours("semaphore-post")
        self.assertEqual(os.waitpid(sleeper, 0)[1], 0)

        waiter = ours_in_background("semaphore-wait", -1)
        until_true(lambda: semaphore.waiting_for_nonzero == 1)
        semaphore.remove()
        self.assertEqual(waiter.wait(PATIENCE), 1)

    def test_undo_of_python(self):
        """What a dead peer held under UNDO wakes our side."""
        ours("semaphore-create", 1)
        semaphore = sysv_ipc.Semaphore(KEY)
        holder = os.fork()
        if holder == 0:
            mine = sysv_ipc.Semaphore(KEY)
            mine.undo = True
            mine.acquire()
            signal.pause()
        until_true(lambda: semaphore.value == 0)
        waiter = ours_in_background("semaphore-wait", -1)
        until_true(lambda: semaphore.waiting_for_nonzero == 1)
        os.kill(holder, 9)
        os.waitpid(holder, 0)
        self.assertEqual(waiter.wait(PATIENCE), 0)


if __name__ == "__main__":
    unittest.main()
