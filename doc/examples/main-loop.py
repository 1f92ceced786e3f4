#!/usr/bin/python3
# main-loop.py: counts what other processes post while a timer keeps ticking; as main-loop.c
#
# Usage: main-loop.py [NAME]; Ctrl-C ends it
#
# SPDX-License-Identifier: LGPL-2.1-or-later
import signal
import sys

import gi

gi.require_version("Ipc", "1.0")
from gi.repository import Gio, GLib, Ipc

FOR_EVER = -1
TICK_MS = 100


class Counter:
    def __init__(self, semaphore):
        self.semaphore = semaphore
        self.cancellable = Gio.Cancellable()
        self.loop = GLib.MainLoop()
        self.posts = self.ticks = 0

    def run(self):
        GLib.timeout_add(TICK_MS, self.tick)
        GLib.unix_signal_add(GLib.PRIORITY_DEFAULT, signal.SIGINT, self.interrupt)
        self.wait_for_a_post()
        print(f"Counting what is posted to {self.semaphore.get_name()}.", flush=True)
        self.loop.run()
        print(f"{self.posts} posts, {self.ticks} ticks")

    def wait_for_a_post(self):
        # Returns at once; the main loop calls posted() when there was a unit.
        self.semaphore.wait_async(FOR_EVER, self.cancellable, self.posted)

    def posted(self, semaphore, result):
        try:
            semaphore.wait_finish(result)
        except GLib.Error as error:
            if not error.matches(Gio.io_error_quark(), Gio.IOErrorEnum.CANCELLED):
                print(error.message, file=sys.stderr)
            self.loop.quit()
            return
        self.posts += 1
        print(f"post {self.posts}, after {self.ticks} ticks", flush=True)
        self.wait_for_a_post()

    def tick(self):
        # What else the program has to do is not held up by the wait.
        self.ticks += 1
        return GLib.SOURCE_CONTINUE

    def interrupt(self):
        # The wait ends, and posted() ends the loop.
        self.cancellable.cancel()
        return GLib.SOURCE_CONTINUE


def main(name="main-loop"):
    try:
        semaphore = Ipc.Semaphore.create(name)
    except GLib.Error as error:
        sys.exit(error.message)
    try:
        Counter(semaphore).run()
    finally:
        semaphore.unlink()


if __name__ == "__main__":
    main(*sys.argv[1:2])
