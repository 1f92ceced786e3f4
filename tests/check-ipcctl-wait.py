#!/usr/bin/python3
# check-ipcctl-wait.py: ipcctl holds units for a command, watches, and behaves on a terminal
#
# SPDX-License-Identifier: LGPL-2.1-or-later
import os
import select
import signal
import subprocess
import termios
import time

import ipcctl_check
from ipcctl_check import (CTL, INNER, PATIENCE, RUN, WINDOWS, WINE, Case, Terminal, create, ctl,
                          infos, on_unix, on_windows, parts, remove, text, until, values)


class Wait(Case):
    def setUp(self):
        self.sem = self.name()
        create(self.sem, "--value", "1")

    def tearDown(self):
        remove(self.sem)

    def start(self, *command, by=()):
        """A command that writes a line; it holds the unit once it has."""
        job = subprocess.Popen([*by, *RUN, "wait", self.sem, "--", *command],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.assertNotEqual(job.stdout.readline(), b"")
        self.assertEqual(values(self.sem), [0])
        self.addCleanup(job.stdin.close)
        return job

    def start_sleeper(self, by=()):
        """One that ends with its input, and not before."""
        if WINDOWS:
            return self.start(INNER, "create", self.name(), "--value", "0", "--keep")
        return self.start("sh", "-c", "echo in; read x; exit 0", by=by)

    def kill_holder(self):
        holder, = parts(self.sem)[0]["holders"]
        if WINDOWS:
            subprocess.run([*WINE, "taskkill", "/f", "/pid", str(holder["pid"])],
                           stdout=subprocess.DEVNULL, check=True)
        else:
            os.kill(holder["pid"], signal.SIGKILL)

    def is_back(self):
        ctl("wait", self.sem, "--timeout", str(PATIENCE))
        ctl("post", self.sem)

    @on_unix
    def test_status_is_that_of_the_command(self):
        self.assertEqual(ctl("wait", self.sem, "--", "printf", "%s", "-t"), b"-t")
        for status, command in ((7, "exit 7"), (128 + signal.SIGKILL, "kill -9 $$")):
            done = subprocess.run([*RUN, "wait", self.sem, "--", "sh", "-c", command])
            self.assertEqual(done.returncode, status)
        done = subprocess.run([*RUN, "wait", self.sem, "--", "/nothing"], stderr=subprocess.PIPE)
        self.assertEqual(done.returncode, 127)
        self.is_back()

    @on_windows
    def test_status_is_that_of_a_windows_command(self):
        self.assertTrue(ctl("wait", self.sem, "--", INNER, "--version").startswith(b"ipcctl "))
        ctl("wait", self.sem, "--", "cmd", "/c", "exit", "7", status=7)
        ctl("wait", self.sem, "--", "Z:\\nothing.exe", status=127)
        self.assertIn("nothing", ctl.error)
        self.is_back()

    @on_windows
    def test_words_of_the_command_stay_words(self):
        for word in ("", "a b", 'a "b" c', 'a\\b', 'a b\\', 'a\\\\"b\\" c\\\\', "ü\tx"):
            ctl("wait", self.sem, "--", INNER, "create", "x", "--size", word, "--keep", status=2)
            self.assertIn('"%s" is no size' % word.replace("\t", " "), ctl.error)

    def test_holder_is_shown(self):
        job = self.start_sleeper()
        holder, = parts(self.sem)[0]["holders"]
        self.assertEqual(holder["units"], 1)
        self.assertIn("ipcctl", holder["command"])
        self.assertLessEqual(abs(holder["since"] / 1e6 - time.time()), PATIENCE)
        self.assertIn("held by", text("inspect", self.sem))
        self.assertIn("sees the same objects",
                      text("explain", self.sem, "--pid", str(holder["pid"])))
        if not WINDOWS:
            self.assertEqual(holder["pid"], job.pid)
        self.kill_holder()
        job.wait(PATIENCE)
        job.stdout.close()
        self.is_back()
        self.assertIn("recovered units", text("inspect", self.sem))

    @on_unix
    def test_holder_of_another_pid_namespace_is_not_mistaken(self):
        """P13: what bears its number here is somebody else, whose command is not told."""
        apart = ["unshare", *["--user", "--map-root-user"] * (os.geteuid() != 0), "--pid", "--fork",
                 "--kill-child"]
        if subprocess.run([*apart, "true"], stderr=subprocess.DEVNULL).returncode:
            print("SKIP ipcctl and PID namespaces: needs some of its own, see unshare(1)")
            self.assertNotIn("CI", os.environ)
            return
        job = self.start_sleeper(apart)
        holder, = parts(self.sem)[0]["holders"]
        self.assertEqual((holder["pid"], holder["units"], holder["command"]), (1, 1, "?"))
        self.assertRegex(text("inspect", self.sem), r"held by +1  1 units, .*  \?\n")
        job.kill()
        job.wait(PATIENCE)
        job.stdout.close()
        self.is_back()

    def test_killed_with_its_command(self):
        job = self.start_sleeper()
        self.kill_holder()
        # The end of its output is the end of the command, whose input is still open.
        self.assertTrue(select.select([job.stdout], [], [], PATIENCE)[0])
        self.assertEqual(job.stdout.read(), b"")
        job.wait(PATIENCE)
        job.stdout.close()
        self.is_back()

    @on_unix
    def test_sigterm_reaches_the_command(self):
        job = self.start("sh", "-c", "trap 'exit 9' TERM; echo in; while :; do sleep 0.01; done")
        os.kill(job.pid, signal.SIGTERM)
        self.assertEqual(job.wait(PATIENCE), 9)
        job.stdout.close()
        self.is_back()

    def test_without_undo(self):
        name = self.names()[-1]
        command = [INNER, "--version"] if WINDOWS else ["true"]
        create(name, "--value", "1")
        ctl("wait", name, "--", *command, status=1)
        ctl("wait", name, "--no-undo", "--", *command)
        ctl("wait", name, "--timeout", "0")
        ctl("wait", name, "--timeout", "0", status=3)
        remove(name)

    @on_unix
    def test_interrupted_wait_leaves_nothing(self):
        ctl("wait", self.sem)
        job = subprocess.Popen([*RUN, "wait", self.sem])
        until(lambda: infos("native:" + self.sem)[0]["waiters"] == 1)
        job.send_signal(signal.SIGINT)
        self.assertEqual(job.wait(PATIENCE), -signal.SIGINT)
        ctl("post", self.sem)
        self.assertEqual(values(self.sem), [1])
        self.assertEqual(parts(self.sem)[0]["waiters"], 0)


@on_unix
class OnTerminal(Case):
    def test_table_fits(self):
        name = self.name()
        ctl("create", name, "--size", "1")
        for width in (40, 60, 80, 200):
            term = Terminal(CTL, "list", "*" + name, width=width, env={"NO_COLOR": "1"})
            self.assertEqual(term.finish(), 0)
            self.assertNotIn(b"\033", term.out)
            lines = term.out.decode().splitlines()
            self.assertEqual(len(lines), 2)
            self.assertLessEqual(max(len(line) for line in lines), width)
            self.assertIn("stale", lines[1])
        self.assertIn(name, lines[1])
        term = Terminal(CTL, "list", "*" + name)
        term.finish()
        self.assertIn(b"\033[33m", term.out)
        self.assertNotIn(b"\033", ctl("list", "*" + name))
        ctl("rm", name)

    def test_gc_asks(self):
        name = self.name()
        ctl("create", name, "--value", "1")
        for answer, status, there in ((b"n\n", 1, 1), (b"\n", 1, 1), (b"\x04", 1, 1), (b"y\n", 0, 0)):
            term = Terminal(CTL, "gc", "native:" + name)
            term.expect(b"[y/N] ")
            term.send(answer)
            self.assertEqual(term.finish(), status)
            self.assertEqual(len(infos("native:" + name)), there)

    def test_watch_redraws(self):
        name = self.name()
        ctl("create", name, "--value", "1")
        term = Terminal(CTL, "watch", name, "--interval", "0.01")
        term.expect(b"value 1")
        ctl("post", name)
        term.expect(b"value 2")
        # Up by as many lines as the view has, and over it.
        self.assertIn(b"\033[2A", term.out)
        self.assertEqual(termios.tcgetattr(term.fd), term.before)
        self.assertIn(b"\033[1m", term.out)
        term.send(b"\x03")
        self.assertEqual(term.finish(), -signal.SIGINT)
        term = Terminal(CTL, "watch", name, "--changes", "1", env={"NO_COLOR": "1"})
        term.expect(b"value 2")
        ctl("post", name)
        self.assertEqual(term.finish(), 0)
        self.assertNotRegex(term.out, rb"\033\[[0-9;]*m")
        ctl("rm", name)

    def test_progress_of_a_long_copy(self):
        name = self.name()
        # More than is ever written: it must not come to its end.
        ctl("create", name, "--size", "256M")
        reader, writer = os.pipe()
        term = Terminal(CTL, "write", name, stdin=reader)
        os.close(reader)
        while b"writing: " not in term.out:
            os.write(writer, bytes(1024 * 1024))
            if term.ready(0.05):
                term.more()
        os.kill(term.pid, signal.SIGINT)
        self.assertEqual(term.finish(), -signal.SIGINT)
        self.assertTrue(term.out.endswith(b"\r\033[K"), term.out)
        os.close(writer)
        ctl("rm", name)


class Watch(Case):
    def test_a_line_for_each_change(self):
        name = self.name()
        create(name, "--value", "0")
        job = subprocess.Popen([*RUN, "watch", name, "--interval", "0.005", "--changes", "2"],
                               stdout=subprocess.PIPE)
        lines = [job.stdout.readline().decode()]
        for _ in range(2):
            ctl("post", name)
            lines.append(job.stdout.readline().decode())
        self.assertEqual(job.wait(PATIENCE), 0)
        self.assertEqual(job.stdout.read(), b"")
        job.stdout.close()
        for i, line in enumerate(lines):
            self.assertRegex(line, r"^\d\d:\d\d:\d\d  value %d, " % i)
        remove(name)

    def test_ends_with_its_object(self):
        for args in (("--value", "0"), ("--size", "1")):
            name = self.name()
            create(name, *args)
            job = subprocess.Popen([*RUN, "watch", name, "--interval", "0.005"],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            job.stdout.readline()
            if WINDOWS and "--value" in args:
                ctl("rm", name)
            remove(name)
            self.assertIn(b"ipcctl: ", job.communicate(timeout=PATIENCE)[1])
            self.assertEqual(job.returncode, 1)


if __name__ == "__main__":
    ipcctl_check.main()
