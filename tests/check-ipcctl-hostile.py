#!/usr/bin/python3
# check-ipcctl-hostile.py: ipcctl without streams, without room, on odd terminals, with odd words
#
# SPDX-License-Identifier: LGPL-2.1-or-later
import json
import os
import re
import signal
import subprocess
import unicodedata

import ipcctl_check
from ipcctl_check import (CTL, PREFIX, Case, Terminal, ctl, on_unix, text, values)

WIDE = "\u5bbd"


def columns(line):
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)


def visible(out):
    return re.sub(r"\033\[[0-9;]*[A-Za-z]", "", out.decode())


def run_without(fd, *args):
    """With that stream closed: exit status, what it wrote to standard error."""
    done = subprocess.run([CTL, *args], capture_output=True, preexec_fn=lambda: os.close(fd))
    return done.returncode, done.stderr.decode()


@on_unix
class Streams(Case):
    def test_closed_stream_is_no_object(self):
        """What is opened next would take its place, and get what is written to it."""
        name = self.name()
        ctl("create", name, "--value", "1")
        for fd in 0, 1, 2:
            self.assertEqual(run_without(fd, "wait", name, "--", "/proc/no-such-program")[0], 127)
            self.assertEqual(values(name), [1])
        ctl("rm", name)

    def test_closed_stream_is_told(self):
        name = self.name()
        ctl("create", name, "--size", "4096")
        for fd, args in ((0, ("write", name)), (1, ("read", name)), (1, ("list",)),
                         (1, ("create", "--replace", name, "--size", "4096", "--keep"))):
            stream = ("input", "output")[fd]
            self.assertEqual(run_without(fd, *args),
                             (1, "ipcctl: standard %s: Bad file descriptor\n" % stream))
        self.assertEqual(ctl("read", name), bytes(4096))
        ctl("rm", name)

    def test_full_output_is_told(self):
        name = self.name()
        ctl("create", name, "--value", "1")
        for args in (("list",), ("list", "--help"), ("help", "list"), ("help",), ("--version",),
                     ("inspect", name), ("explain", name), ("watch", name)):
            with open("/dev/full", "w") as full:
                done = subprocess.run([CTL, *args], stdout=full, stderr=subprocess.PIPE)
            self.assertEqual((done.returncode, done.stderr.decode()),
                             (1, "ipcctl: standard output: No space left on device\n"), args)
        ctl("rm", name)

    def test_reader_that_has_gone(self):
        for restore, status, said in ((True, -signal.SIGPIPE, ""),
                                      (False, 1, "ipcctl: standard output: Broken pipe\n")):
            reader, writer = os.pipe()
            os.close(reader)
            done = subprocess.run([CTL, "list"], stdout=writer, stderr=subprocess.PIPE,
                                  restore_signals=restore)
            os.close(writer)
            self.assertEqual((done.returncode, done.stderr.decode()), (status, said))


@on_unix
class Terminals(Case):
    def setUp(self):
        self.wide = self.name() + WIDE * 20
        ctl("create", self.wide, "--value", "1")
        self.addCleanup(ctl, "rm", self.wide)

    def test_table_of_any_width(self):
        for width in (*range(1, 17), 40, 65535):
            term = Terminal(CTL, "list", "native:" + self.wide, width=width)
            self.assertEqual(term.finish(), 0)
            title, row = visible(term.out).splitlines()
            self.assertTrue(row.endswith("stale"))
            # A character of the name and the state stay, whatever there is.
            self.assertLessEqual(columns(row), max(width, len("N  stale")))
            self.assertLessEqual(columns(title), max(width, len("N  STATE")))

    def test_view_of_any_width(self):
        for width in (1, 2, 3, 4, 5, 10, 11, 40):
            term = Terminal(CTL, "watch", self.wide, width=width)
            term.expect(b"\033[J")
            term.send(b"\x03")
            self.assertEqual(term.finish(), -signal.SIGINT)
            title, value = visible(term.out.split(b"\033[J")[0]).splitlines()
            self.assertLess(columns(title), max(width, 1))
            self.assertLessEqual(columns(value), max(width - 1, 2))

    def test_terminal_that_obeys_nothing(self):
        for kind in "dumb", "":
            term = Terminal(CTL, "list", env={"TERM": kind})
            self.assertEqual(term.finish(), 0)
            self.assertNotIn(b"\033", term.out)
            term = Terminal(CTL, "watch", self.wide, "--changes", "1", env={"TERM": kind})
            term.expect(b"value 1")
            ctl("post", self.wide)
            self.assertEqual(term.finish(), 0)
            self.assertNotIn(b"\033", term.out)
            ctl("wait", self.wide)


@on_unix
class Words(Case):
    def test_names_cannot_turn_text_around(self):
        name = self.name() + "\u202egnp.exe"
        ctl("create", name, "--value", "1")
        for args in (("explain", name), ("inspect", name), ("list", "native:" + name)):
            said = text(*args)
            self.assertNotIn("\u202e", said)
            self.assertIn("?gnp.exe", said)
        ctl("rm", name)

    def test_json_of_any_bytes(self):
        path = b"/dev/shm/%sodd\xff\xc2\x9b2J\033\"\\\x7f\n" % PREFIX.encode()
        open(path, "w").close()
        said = text("list", "--json", "*%sodd*" % PREFIX)
        os.unlink(path)
        self.assertEqual(json.loads(said)[0]["path"], path.replace(b"\xff", "\ufffd".encode()).decode())
        self.assertNotRegex(said, "[\0-\x09\x0b-\x1f\x7f-\x9f]")

    def test_numbers_beyond_measure(self):
        name = self.name()
        ctl("create", name, "--size", "1")
        ctl("read", name, "--offset", "9223372036854775807", "--length", "9223372036854775807",
            status=1)
        self.assertIn("18446744073709551614", ctl.error)
        for args in (("read", name, "--offset", "9223372036854775808"),
                     ("read", name, "--length", "8388608T"), ("read", name, "--offset", "-1"),
                     ("create", name, "--size", "1", "--mode", "40000000600"),
                     ("create", name, "--size", "1", "--mode", "-1"),
                     ("create", name, "--value", "4294967296"),
                     ("watch", name, "--interval", "nan"), ("watch", name, "--interval", "-1"),
                     ("bench", "--time", "nan"), ("bench", "--time", "-1")):
            ctl(*args, status=2)
        ctl("rm", name)


if __name__ == "__main__":
    ipcctl_check.main()
