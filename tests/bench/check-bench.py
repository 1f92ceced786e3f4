#!/usr/bin/python3
# check-bench.py: the benchmark runs, and writes down a figure for everything
#
# No figure is judged: how fast a machine is that runs tests is nobody's fault.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
import json
import math
import os
import signal
import subprocess
import tempfile
import time
import unittest

BENCH = os.path.join(os.environ.get("IPC_BUILDDIR", "."), "tests/bench/bench")
# Who sleeps may use no time at all, who starves gets nothing, on a busy machine all do, and not all
# objects have descriptors.
MAY_BE_ZERO = ["% of a CPU", "least/most", "pairs/ms", "per object"]
MAY_BE_LESS = ["KiB"]  # what others of the same memory gave back meanwhile
PATIENCE = 300  # seconds
FIGURES = ["best", "median", "mean", "p99", "worst"]


def run(*arguments):
    return subprocess.run([BENCH] + list(arguments), stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, universal_newlines=True)


class Bench(unittest.TestCase):
    def check_metric(self, metric):
        self.assertGreater(metric["n"], 0)
        for figure in FIGURES:
            self.assertTrue(math.isfinite(metric[figure]))
            if metric["unit"] in MAY_BE_ZERO:
                self.assertGreaterEqual(metric[figure], 0)
            elif metric["unit"] not in MAY_BE_LESS:
                self.assertGreater(metric[figure], 0)

    def check_row(self, row):
        cases = [case["case"] for case in row["cases"]]
        self.assertEqual(len(set(cases)), len(cases))
        for case in row["cases"]:
            self.assertIn(case.get("against", cases[0]), cases)
            if "missing" not in case:
                self.assertGreater(len(case["metrics"]), 0)
            for metric in case["metrics"]:
                with self.subTest(case=case["case"], metric=metric["metric"]):
                    self.check_metric(metric)
        for goal in row["goals"]:
            self.assertIn(goal["case"], cases)
            self.assertIn(goal.get("against", cases[0]), cases)
            if "value" in goal:
                self.assertIsInstance(goal["met"], bool)

    def test_every_row(self):
        listed = [line.split()[0] for line in run("--list").stdout.splitlines()]
        self.assertIn("pair", listed)
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "bench.json")
            done = run("--quick", "--json", path)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            with open(path) as file:
                report = json.load(file)
        self.assertEqual([row["row"] for row in report["rows"]], listed)
        self.assertTrue(report["quick"])
        self.assertGreater(report["machine"]["processors"], 0)
        for row in report["rows"]:
            with self.subTest(row=row["row"]):
                self.check_row(row)
                self.assertIn("\n%s: " % row["row"], "\n" + done.stdout)

    def left_by(self, bench):
        return [name for name in os.listdir("/dev/shm") if "bench-%d-" % bench.pid in name]

    def test_nothing_is_left(self):
        bench = subprocess.Popen([BENCH, "--quick", "semaphore-open", "segment-open"],
                                 stdout=subprocess.DEVNULL)
        self.assertEqual(bench.wait(PATIENCE), 0)
        self.assertEqual(self.left_by(bench), [])

    def test_nothing_is_left_when_it_is_interrupted(self):
        bench = subprocess.Popen([BENCH, "recovery"], stdout=subprocess.DEVNULL)
        end = time.monotonic() + PATIENCE
        while not self.left_by(bench) and time.monotonic() < end:
            os.sched_yield()
        bench.send_signal(signal.SIGTERM)
        self.assertNotEqual(bench.wait(PATIENCE), 0)
        self.assertEqual(self.left_by(bench), [])

    def test_unknown_row(self):
        done = run("no-such-row")
        self.assertEqual(done.returncode, 2)
        self.assertIn("--list", done.stderr)


if __name__ == "__main__":
    unittest.main()
