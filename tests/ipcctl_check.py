# ipcctl_check.py: what the tests of ipcctl share: running it, on Windows under Wine, and its objects
#
# SPDX-License-Identifier: LGPL-2.1-or-later
import fcntl
import json
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
import unittest

BUILD = os.environ.get("IPC_BUILDDIR", "")
WINDOWS = os.environ.get("EXEEXT") == ".exe"
BUILT = os.environ.get("IPCCTL", os.path.join(BUILD, "tools", "ipcctl" + ".exe" * WINDOWS))
# libtool's wrapper starts that, and so does Wine's.
INNER = os.path.join(os.path.dirname(BUILT), ".libs", os.path.basename(BUILT))
# The wrapper is a script: it takes many times as long, and its shell may open something in the place
# of a stream that is closed.
CTL = INNER if not WINDOWS and os.path.exists(INNER) else BUILT
WINE = os.environ.get("LOG_COMPILER", "").split() if WINDOWS else []
RUN = [*WINE, CTL]
PREFIX = "ipcctl-%d-" % os.getpid()
KEY = 0xc0000000 | (os.getpid() & 0x3fffff) << 8
PATIENCE = 180 if WINDOWS else 60  # each call there is one of Wine's server

os.environ.update(LC_ALL="C.UTF-8", LANGUAGE="", TERM="xterm")
os.environ.pop("NO_COLOR", None)
# Who is started in the background has SIGINT ignored, and would hand that down.
signal.signal(signal.SIGINT, signal.default_int_handler)


def run(args, stdin, env):
    return subprocess.run([*RUN, *args], input=stdin, capture_output=True, timeout=PATIENCE,
                          env={**os.environ, **(env or {})})


def said(done):
    return "".join(line for line in done.stderr.decode().splitlines(True)
                   if not line.startswith("wine client error"))


def ctl(*args, status=0, stdin=b"", env=None):
    """What it writes; on standard error there is one line, or none if all went well."""
    done = run(args, stdin, env)
    # The program fails with a word, or not at all: Wine did not come to start it.
    if WINDOWS and done.returncode == 1 and not done.stdout and not said(done):
        done = run(args, stdin, env)
    error = said(done)
    assert done.returncode == status, (args, done.returncode, error)
    assert error.count("\n") == (1 if status and error else 0), (args, error)
    ctl.error = error
    return done.stdout


def text(*args, **kwargs):
    return ctl(*args, **kwargs).decode()


kept = {}


def create(name, *args):
    """On Windows somebody has to have it open: a process that stays until remove()."""
    if not WINDOWS:
        ctl("create", name, *args)
        return
    job = subprocess.Popen([*RUN, "create", name, *args, "--keep"], stdin=subprocess.PIPE,
                           stdout=subprocess.PIPE)
    line = job.stdout.readline().decode()
    assert line.endswith(":%s\n" % name.split(":")[-1]), line
    kept.setdefault(name, []).append(job)


def remove(name, *args):
    if not WINDOWS:
        ctl("rm", name, *args)
    for job in kept.pop(name, []):
        job.communicate()
        assert job.returncode == 0, job.returncode


def on_unix(test):
    """Takes what Windows lacks: signals, terminals, a list of objects, objects that stay."""
    if not WINDOWS:
        return test
    print("Left out on Windows:", test.__name__)
    return None


def on_windows(test):
    return test if WINDOWS else None


def infos(name, kind=None):
    found = json.loads(text("list", "--json", name))
    return [info for info in found if kind in (None, info["kind"])]


def values(name):
    return [part["value"] for part in parts(name)]


def parts(name):
    return json.loads(text("inspect", "--json", "-s", name))[0]["semaphores"]


def until(condition):
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.002)


class Terminal:
    """A process on a pseudo-terminal, so many columns wide."""

    def __init__(self, *args, width=80, env=None, stdin=None):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ.update(env or {})
            if stdin is not None:
                os.dup2(stdin, 0)
            # The size is that of the other side, which cannot know when to set it.
            fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))
            os.execv(args[0], args)
        self.out = b""
        self.before = termios.tcgetattr(self.fd)

    def ready(self, seconds):
        return bool(select.select([self.fd], [], [], seconds)[0])

    def more(self):
        """FALSE at the end."""
        assert self.ready(PATIENCE), self.out
        try:
            got = os.read(self.fd, 65536)
        except OSError:
            got = b""
        self.out += got
        return got != b""

    def expect(self, what):
        while what not in self.out:
            assert self.more(), self.out

    def send(self, what):
        os.write(self.fd, what)

    def finish(self):
        while self.more():
            pass
        os.close(self.fd)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


class Case(unittest.TestCase):
    n = 0

    def name(self):
        Case.n += 1
        return "%s%d-ü" % (PREFIX, Case.n)

    def key(self):
        Case.n += 1
        return "sysv:0x%08x" % (KEY + Case.n)

    def names(self):
        """One for each mechanism."""
        if WINDOWS:
            return self.name(), "win32:Local\\" + self.name()
        return self.name(), self.key(), "posix:/" + self.name()

    def sets(self):
        return self.names()[:1 if WINDOWS else 2]


def clean_up():
    for name in list(kept):
        remove(name)
    if WINDOWS:
        return
    for name in text("list", "--names", "*" + PREFIX + "*").splitlines():
        for kind in "-s", "-m":
            subprocess.run([*RUN, "rm", "-f", kind, name], stderr=subprocess.DEVNULL)


def main():
    try:
        unittest.main(verbosity=0, argv=sys.argv)
    finally:
        clean_up()
