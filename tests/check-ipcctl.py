#!/usr/bin/python3
# check-ipcctl.py: ipcctl makes, shows, copies and removes objects; each verb is a process
#
# SPDX-License-Identifier: LGPL-2.1-or-later
import json
import os
import subprocess
import time

import ipcctl_check
from ipcctl_check import (PREFIX, RUN, WINDOWS, Case, create, ctl, infos, on_unix, on_windows,
                          remove, text, until, values)


class Usage(Case):
    def test_wrong_usage_is_2(self):
        for args in ((), ("nothing",), ("list", "--nothing"), ("list", "--backend", "x"), ("rm",),
                     ("inspect",), ("explain",), ("create", "x"), ("read",), ("write",), ("post",),
                     ("wait",), ("wait", "x", "--"), ("watch",), ("bench", "x"), ("gc",),
                     ("gc", "--yes", "--backend", "x"),
                     ("create", "x", "--size", "0"), ("create", "x", "--size", "1Q"),
                     ("create", "x", "--value", "1,"), ("create", "x", "--size", "1", "--mode", "8"),
                     ("post", "x", "--count", "0"), ("rm", "a/b"), ("inspect", "nothing:x")):
            ctl(*args, status=2)
            self.assertIn("ipcctl: ", ctl.error)

    def test_help(self):
        self.assertEqual(text("--help"), text("help"))
        for verb in ("list", "inspect", "explain", "create", "rm", "gc", "read", "write", "post",
                     "wait", "watch", "bench"):
            self.assertIn("ipcctl " + verb, text(verb, "--help"))
            self.assertIn("  %s " % verb, text("--help"))
            self.assertEqual(text(verb, "--help"), text("help", verb))
        self.assertTrue(text("--version").startswith("ipcctl "))

    def test_failure_is_1(self):
        for args in (("inspect", self.name()), ("rm", self.name()), ("read", self.name()),
                     ("post", self.name()), ("wait", self.name()), ("watch", self.name())):
            ctl(*args, status=1)
        ctl("rm", "--force", self.name())

    @on_unix
    def test_full_output(self):
        with open("/dev/full", "w") as full:
            done = subprocess.run([*RUN, "list"], stdout=full, stderr=subprocess.PIPE)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"standard output", done.stderr)


class Objects(Case):
    def test_life_of_a_segment(self):
        for name in self.names():
            create(name, "--size", "64K", "--mode", "0640")
            ctl("create", name, "--size", "64K", "--keep", status=1)
            self.assertIn("0640", text("inspect", name))
            self.assertIn("65536", text("inspect", name, "--segment"))
            data = os.urandom(65536)
            ctl("write", name, stdin=data)
            self.assertEqual(ctl("read", name), data)
            ctl("write", name, "-o", "1K", "-l", "4", stdin=b"12345678")
            self.assertEqual(ctl("read", name, "--offset", "1023", "--length", "6"),
                             data[1023:1024] + b"1234" + data[1028:1029])
            ctl("write", name, stdin=data + b"x", status=1)
            self.assertIn("is full", ctl.error)
            ctl("read", name, "--offset", "65537", status=1)
            ctl("read", name, "--offset", "1", "--length", "64K", status=1)
            remove(name)
            ctl("read", name, status=1)

    def test_life_of_a_semaphore(self):
        for name in self.names():
            create(name, "--value", "2")
            ctl("wait", name)
            ctl("wait", name, "--timeout", "0")
            ctl("wait", name, "--timeout", "0", status=3)
            began = time.monotonic()
            ctl("wait", name, "-t", "0.2", status=3)
            self.assertGreaterEqual(time.monotonic() - began, 0.2)
            ctl("post", name)
            ctl("wait", name)
            remove(name)
            ctl("post", name, status=1)

    def test_set(self):
        for name in self.sets():
            create(name, "--value", "1,5,0")
            ctl("post", name, "--index", "1", "--count", "3")
            ctl("wait", name, "--index", "2", "--zero", "--timeout", "0")
            ctl("wait", name, "--index", "0", "--zero", "--timeout", "0", status=3)
            self.assertEqual(values(name), [1, 8, 0])
            remove(name)

    def test_two_of_one_name(self):
        name = self.name()
        create(name, "--value", "1")
        create(name, "--size", "1")
        ctl("rm", name, status=1)
        self.assertEqual(len(json.loads(text("inspect", "--json", name))), 2)
        remove(name, "--segment")
        if not WINDOWS:
            remove(name)

    def test_replace(self):
        name = self.name()
        create(name, "--value", "1")
        create(name, "--replace", "--value", "9")
        self.assertEqual(values(name), [9])
        remove(name)

    def test_keep(self):
        """Whoever reads the name finds the object, and in use; the end of the input ends it."""
        name = self.name()
        job = subprocess.Popen([*RUN, "create", name, "--size", "1", "--keep"],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.assertEqual(job.stdout.readline().decode(), "native:%s\n" % name)
        self.assertEqual(json.loads(text("inspect", "--json", name))[0]["state"], "live")
        job.communicate()
        self.assertEqual(job.returncode, 0)
        if WINDOWS:
            ctl("create", name, "--size", "1", status=2)
            self.assertIn("--keep", ctl.error)
            ctl("inspect", name, status=1)
        else:
            ctl("gc", "--yes", "native:" + name, "posix:/" + name)
            ctl("inspect", name, status=1)

    @on_windows
    def test_rm(self):
        """A semaphore lets its name go, a segment does not."""
        name = self.name()
        create(name, "--value", "1")
        ctl("rm", name)
        ctl("post", name, status=1)
        remove(name)
        create(name, "--size", "1")
        ctl("rm", name, status=1)
        self.assertIn("still open", ctl.error)
        remove(name)

    @on_windows
    def test_beyond_4_gib(self):
        """Where memory that nobody has touched costs nothing."""
        name = self.name()
        create(name, "--size", "5G")
        self.assertIn("5368709120", text("inspect", name))
        ctl("write", name, "--offset", "4097M", "--length", "4", stdin=b"high")
        ctl("write", name, "--offset", "1M", "--length", "3", stdin=b"low")
        self.assertEqual(ctl("read", name, "--offset", "4097M", "--length", "4"), b"high")
        self.assertEqual(ctl("read", name, "--offset", "1M", "--length", "4"), b"low\0")
        ctl("read", name, "--offset", "5G", "--length", "1", status=1)
        remove(name)

    @on_windows
    def test_list_of_windows(self):
        """What is listed is in use, and gc leaves it alone."""
        name = self.name()
        create(name, "--value", "3,4")
        create(name, "--size", "64K")
        create("win32:Local\\" + name + "2", "--value", "1")
        semaphore, = infos("native:" + name, "semaphore")
        self.assertEqual((semaphore["state"], semaphore["size"], semaphore["value"]), ("live", 2, 3))
        segment, = infos("win32:Local?" + name, "segment")
        self.assertEqual((segment["state"], segment["size"]), ("live", 65536))
        self.assertEqual(text("list", "--names", "-b", "native", "*" + name),
                         "native:%s\n" % name * 2)
        self.assertEqual(text("list", "--names", "-s", "win32:Local?%s*" % name),
                         "win32:Local\\%s2\n" % name)
        self.assertEqual(text("gc", "--yes", "*" + name + "*"), "nothing to remove\n")
        ctl("rm", "-s", name)
        self.assertEqual(infos("native:" + name, "semaphore"), [])
        remove(name)
        remove("win32:Local\\" + name + "2")
        self.assertEqual(text("list", "--names", "*" + name + "*"), "")

    @on_unix
    def test_list(self):
        name = self.name()
        ctl("create", name, "--value", "3,4")
        info, = infos("native:" + name)
        self.assertEqual((info["kind"], info["state"], info["size"], info["value"], info["uid"]),
                         ("semaphore", "stale", 2, 3, os.geteuid()))
        self.assertIn("native:" + name, text("list"))
        self.assertEqual(text("list", "--names", "-s", "*" + name), "native:%s\n" % name)
        self.assertEqual(text("list", "--names", "-m", "*" + name), "")
        self.assertEqual(text("list", "--names", "-b", "sysv", "*" + name), "")
        self.assertEqual(text("list", "--names", "--mine", "--stale", "*" + name),
                         "native:%s\n" % name)
        ctl("rm", name)
        self.assertNotIn(name, text("list"))

    @on_unix
    def test_a_bare_name_lists_what_it_means(self):
        name = self.name()
        ctl("create", name, "--value", "1")
        ctl("create", name, "--size", "1")
        ctl("create", "posix:/" + name, "--value", "1")
        self.assertEqual(text("list", "--names", name), "native:%s\nposix:/%s\n" % (name, name))
        self.assertEqual(text("list", "--names", "-s", name[:-1] + "?"), "native:%s\n" % name)
        self.assertEqual(text("list", "--names", name[1:]), "")
        for which, kind in ((name, "-s"), (name, "-m"), ("posix:/" + name, "-s")):
            ctl("rm", which, kind)

    @on_unix
    def test_names_cannot_write_to_the_terminal(self):
        path = "/dev/shm/%sevil\033[2J\n" % PREFIX
        open(path, "w").close()
        said = text("list", "*%sevil*" % PREFIX) + text("gc", "--dry-run", "*%sevil*" % PREFIX)
        os.unlink(path)
        self.assertIn("evil?[2J ", said)
        self.assertNotIn("\033", said)

    def test_explain(self):
        name = self.name()
        said = text("explain", name)
        self.assertIn("no such object", said)
        self.assertIn("Local\\" + name if WINDOWS else "/dev/shm", said)
        create(name, "--value", "1", "--mode", "0622")
        said = text("explain", name)
        self.assertIn("Others may write", said)
        if not WINDOWS:
            self.assertIn("ipc-sem." + name, said)
            self.assertIn("IPC namespace", text("explain", "sysv:/" + name))
        remove(name)
        ctl("explain", "a:b", status=2)

    def test_bench(self):
        said = text("bench", "--time", "0.001")
        for row in ("bare semaphore", "native", "win32", "memcpy") if WINDOWS else (
                "sem_t", "native", "posix", "sysv", "memcpy"):
            self.assertRegex(said, row + r".* \d+ ns")
        if not WINDOWS:
            # Those of another that runs just now go, too.
            until(lambda: "ipcctl-bench" not in text("list"))


if __name__ == "__main__":
    ipcctl_check.main()
