#!/usr/bin/python3
# bench-peers.py: the library beside others of its kind, each a process of its own
#
# All run on one processor, so that a round trip is two switches for everybody.  Each row is
# measured in rounds, all peers in turn.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
import argparse
import json
import os
import platform
import signal
import statistics
import subprocess
import sys

ROWS = [
    ("pair", "wait and post, uncontended", "ns", 1),
    ("ping-pong", "there and back, on one processor", "us", 1000),
    ("segment-create", "create, map and remove 64 KiB", "us", 1000),
    ("segment-open", "open, map and close 64 KiB", "us", 1000),
]
# What it is called, its program, what its names begin with.
PEERS = [
    ("POSIX by hand", "peer-posix", ""),
    ("libipc", "peer-libipc", "native:"),
    ("libipc UNDO", "peer-libipc", "undo:"),
    ("libipc sysv:", "peer-libipc", "sysv:/"),
    ("Boost.Interprocess", "peer-boost", ""),
    ("Qt", "peer-qt", ""),
    ("APR", "peer-apr", ""),
    ("Python sysv_ipc", "peer-sysv-ipc.py", ""),
    ("Perl IPC::SysV", "peer-perl.pl", ""),
]
BASE = PEERS[0][0]
SEMAPHORES_ONLY = ["libipc UNDO"]
SKIP = 77
PATIENCE = 60  # seconds


class Missing(Exception):
    pass


def pin():
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


def command(program):
    here = os.path.dirname(os.path.abspath(__file__))
    if program.endswith(".py"):
        return ["/usr/bin/python3", os.path.join(here, program)]
    if program.endswith(".pl"):
        return [os.environ.get("PERL") or "perl", os.path.join(here, program)]
    return [os.path.join(os.environ.get("IPC_BUILDDIR", "."), "tests/bench/peers", program)]


def measure(program, row, name):
    try:
        peer = subprocess.Popen(command(program) + [row, name], stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, universal_newlines=True, preexec_fn=pin,
                                start_new_session=True)
    except FileNotFoundError:
        raise Missing("not installed")
    try:
        said, complaint = peer.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        os.killpg(peer.pid, signal.SIGKILL)
        peer.communicate()
        raise Missing("does not end")
    if peer.returncode == SKIP:
        raise Missing("cannot")
    if peer.returncode != 0:
        raise Missing((complaint.strip().splitlines() or ["failed"])[0])
    return float(said)


def measure_row(row, n_rounds):
    figures = {peer: [] for peer, _, _ in PEERS}
    missing = {}
    for number in range(n_rounds):
        for peer, program, prefix in PEERS:
            if peer in missing:
                continue
            name = "%sbench-peer-%d-%d" % (prefix, os.getpid(), number)
            try:
                if peer in SEMAPHORES_ONLY and row.startswith("segment"):
                    raise Missing("semaphores only")
                figures[peer].append(measure(program, row, name))
            except Missing as reason:
                missing[peer] = str(reason)
    return figures, missing


def report(row, n_rounds):
    name, title, unit, divisor = row
    figures, missing = measure_row(name, n_rounds)
    peers = []
    print("%s: %s (%d rounds)\n  %-20s %10s %10s %9s" %
          (name, title, n_rounds, "time, " + unit, "best", "median", "median"))
    for peer, _, _ in PEERS:
        if peer in missing:
            print("  %-20s not measured: %s" % (peer, missing[peer]))
            peers.append({"peer": peer, "missing": missing[peer]})
            continue
        best = min(figures[peer]) / divisor
        median = statistics.median(figures[peer]) / divisor
        entry = {"peer": peer, "best": best, "median": median}
        if peer != BASE and figures[BASE]:
            entry["ratio"] = median / (statistics.median(figures[BASE]) / divisor)
        print("  %-20s %10.2f %10.2f %s" %
              (peer, best, median, "%8.2fx" % entry["ratio"] if "ratio" in entry else ""))
        peers.append(entry)
    print(flush=True)
    return {"row": name, "title": title, "unit": unit, "base": BASE, "peers": peers}


def main():
    parser = argparse.ArgumentParser(description="the library beside others of its kind")
    parser.add_argument("--json", metavar="FILE", help="write the figures to FILE, too")
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args()
    rows = [report(row, options.rounds) for row in ROWS]
    if options.json:
        with open(options.json, "w") as file:
            json.dump({"kernel": platform.release(), "rows": rows}, file, indent=1)
            file.write("\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
