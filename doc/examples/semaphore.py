#!/usr/bin/python3
# semaphore.py: works while others wait; also with semaphore-set-1.c and semaphore-set-2.c
#
# Usage: semaphore.py work [NAME]
#        semaphore.py wait [NAME]
#
# SPDX-License-Identifier: LGPL-2.1-or-later
import sys

import gi

gi.require_version("Ipc", "1.0")
from gi.repository import GLib, Ipc

SIZE = 4096
N_JOBS = 3
PATIENCE = 10 * 60 * 1000000  # microseconds


def do_jobs(segment, todo):
    offset = 0
    for job in range(1, N_JOBS + 1):
        line = f"job {job} of {N_JOBS} is done\n".encode()
        segment.write(offset, line)
        offset += len(line)
        # Down by one.  There is a unit, so this never has to wait.
        todo.wait()


def work(name="sysv:0x12334"):
    # A segment and a semaphore may have the same name: they are two objects.
    segment = Ipc.Segment.create(name, SIZE)
    try:
        # It counts what is not done yet.
        todo = Ipc.Semaphore.create(name, N_JOBS)
    except GLib.Error:
        segment.unlink()
        raise
    input(f"{N_JOBS} jobs in {name}.  Enter does them.\n")
    do_jobs(segment, todo)
    # Nothing is removed here: the peer that waits is the last to need it.
    print("All done.")


def wait(name="sysv:0x12334"):
    todo = Ipc.Semaphore.open(name)
    segment = Ipc.Segment.open(name, Ipc.SegmentFlags.READ_ONLY)
    print(f"{todo.get_value()} jobs are not done; waiting for zero.", flush=True)
    todo.wait_zero(PATIENCE)
    text = segment.read().split(b"\0")[0].decode()
    print("Zero.  The segment says:", text, sep="\n", end="")
    # The last to need the two objects removes them.
    segment.unlink()
    todo.unlink()


def main():
    try:
        {"work": work, "wait": wait}[sys.argv[1]](*sys.argv[2:])
    except GLib.Error as error:
        sys.exit(error.message)
    except (IndexError, KeyError, TypeError):
        sys.exit("Usage: semaphore.py work [NAME] | wait [NAME]")


if __name__ == "__main__":
    main()
