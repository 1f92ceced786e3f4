#!/usr/bin/env python3
"""coverage.py: what the tests do not reach is named in coverage.md, and what is named there exists

Usage: coverage.py COVERAGE.JSON COVERAGE.MD, the first as gcovr --json writes it.  A function that
is named may be reached: in races that differs from run to run.

SPDX-License-Identifier: LGPL-2.1-or-later
"""

import json
import os
import re
import sys


def is_missed(line, text):
    """What throws behind "||" stands in one line with what succeeds: then the last of its branches
    is that it has thrown."""
    if line.get("gcovr/noncode"):
        return False
    branches = line["branches"]
    return line["count"] == 0 or (re.match(r" *(return .*)?\|\| \w*throw", text) is not None
                                  and branches != [] and branches[-1]["count"] == 0)


def function_at(functions, number):
    """The one that begins last before a line."""
    return max((f for f in functions if f["lineno"] <= number), key=lambda f: f["lineno"])["name"]


def examine(report, root):
    """Which functions there are, as (file, function); the missed lines of each that has any."""
    there, missed = set(), {}
    for entry in report["files"]:
        file = os.path.basename(entry["file"])
        there.update((file, f["name"]) for f in entry["functions"])
        with open(os.path.join(root, entry["file"]), encoding="utf-8") as source:
            texts = source.read().split("\n")
        for line in entry["lines"]:
            number = line["line_number"]
            if is_missed(line, texts[number - 1]):
                name = file, function_at(entry["functions"], number)
                missed.setdefault(name, []).append(str(number))
    return there, missed


def read_named(path):
    """Rows are | `file` | `function`, `function` | why |."""
    with open(path, encoding="utf-8") as table:
        rows = re.findall(r"^\| `(\S+)` \| (.*?) \| .+ \|$", table.read(), re.M)
    return {(file, name) for file, cell in rows for name in re.findall(r"`(\w+)`", cell)}


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        report = json.load(file)
    named = read_named(sys.argv[2])
    root = os.path.join(os.path.dirname(os.path.abspath(sys.argv[2])), os.pardir)
    there, missed = examine(report, root)
    faults = [f"{file}: {name}: not reached, and not named in coverage.md: line "
              + ", ".join(lines) for (file, name), lines in sorted(missed.items())
              if (file, name) not in named]
    faults += [f"{file}: {name}: named in coverage.md, and not there"
               for file, name in sorted(named - there)]
    print("\n".join(faults) or f"{len(missed)} functions are not reached as a whole, and all of "
          f"them named; {len(named)} are")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
