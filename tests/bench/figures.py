#!/usr/bin/python3
# figures.py: tables and plots of the manual, from what the benchmarks wrote down
#
# Usage: figures.py plots BENCH.json PEERS.json FOLDER     writes FOLDER/performance-*.svg
#        figures.py tables BENCH.json PEERS.json FILE.xml  writes the section with every figure
#        figures.py readme BENCH.json README.md            puts its figures into it
#
# Plots are drawn by gnuplot, $GNUPLOT.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
import json
import os
import re
import subprocess
import sys
from xml.sax.saxutils import escape

HEAD = """set terminal svg size %d,%d dynamic noenhanced font 'sans-serif,14' background '#ffffff'
set output '%s'
set border 3 linecolor '#666666'
set tics nomirror textcolor '#222222'
set grid %s linecolor '#dddddd' linetype 1
set style fill solid 0.9 noborder
"""
OURS, OTHERS = "#2a6f97", "#9aa5ab"


def load(path):
    with open(path) as file:
        return json.load(file)


def row_of(bench, name):
    return next((row for row in bench["rows"] if row["row"] == name), None)


def metric_of(bench, row, case, index=0):
    """None if it was not measured."""
    for each in row_of(bench, row)["cases"]:
        if each["case"] == case and each["metrics"]:
            return each["metrics"][index]
    return None


def number(value):
    """Three digits that count."""
    if value == 0 or abs(value) >= 100:
        return "%.0f" % value
    return "%.*f" % (2 if abs(value) < 10 else 1, value)


def color(name):
    return name.replace("#", "0x")


def is_ours(name):
    return name.split()[0] in ("native", "sysv", "posix", "segment", "libipc")


# -- Plots --

def plot(path, width, height, grid, commands):
    script = HEAD % (width, height, path, grid) + commands
    subprocess.run([os.environ.get("GNUPLOT") or "gnuplot"], input=script, check=True,
                   universal_newlines=True)
    # The name and the version of what drew it would differ from machine to machine; a page shrinks a
    # picture whose size it knows.
    with open(path) as file:
        text = file.read()
    text = re.sub(r"<(desc|title)>.*?</\1>\n?", "", text, flags=re.DOTALL)
    text = re.sub(r"<svg\s+", '<svg width="%d" height="%d" ' % (width, height), text, count=1)
    with open(path, "w") as file:
        file.write(text)


def bars(path, label, entries):
    """One line for each of @entries (name, value), to the right, on a logarithmic axis."""
    lines = []
    for i, (name, value) in enumerate(entries):
        paint = color(OURS if is_ours(name) else OTHERS)
        lines.append('%g %d %s "%s" "%s"' % (value, len(entries) - i, paint, name, number(value)))
    least = min(value for _, value in entries)
    most = max(value for _, value in entries)
    low, high = 10 ** len(str(int(least))) / 10, most * 6
    plot(path, 760, 60 + 26 * len(entries), "x", """$data << EOD
%s
EOD
set logscale x
set xrange [%g:%g]
set yrange [0.3:%g]
set ytics scale 0
set xlabel '%s' textcolor '#222222'
unset key
plot $data using (%g):2:(%g):1:($2-0.36):($2+0.36):3:ytic(4) with boxxyerror lc rgb variable, \\
     $data using ($1*1.1):2:5 with labels left textcolor '#222222'
""" % ("\n".join(lines), low, high, len(entries) + 0.7, label, low, low))


def peer_entries(peers, row):
    found = next(each for each in peers["rows"] if each["row"] == row)
    entries = [(each["peer"], each["median"]) for each in found["peers"] if "median" in each]
    return sorted(entries, key=lambda entry: entry[1])


def wake_plot(bench, path):
    blocks, parts = [], []
    for number, case in enumerate(("sem_t", "native", "posix", "semop", "sysv")):
        values = metric_of(bench, "wake", case, 1)["percentiles"]
        points = "\n".join("%g %d" % (value, i) for i, value in enumerate(values))
        blocks.append("$wake%d << EOD\n%s\nEOD" % (number, points))
        parts.append("$wake%d using 1:2 with steps linewidth %g dashtype %d title '%s'" %
                     (number, 3 if case == "native" else 1.8, 1 if is_ours(case) else 2, case))
    plot(path, 760, 420, "x y", """%s
set logscale x
set xlabel 'from the post to the return of the wait, us' textcolor '#222222'
set ylabel '%% of wake-ups' textcolor '#222222'
set yrange [0:100]
set key bottom right
plot %s
""" % ("\n".join(blocks), ", \\\n  ".join(parts)))


def copy_plot(bench, path):
    sizes = [("64", "64 B"), ("4k", "4 KiB"), ("1m", "1 MiB"), ("8m", "8 MiB"), ("64m", "64 MiB")]
    lines = []
    for name, title in sizes:
        ratios = [metric_of(bench, "%s-%s" % (verb, name), "segment") for verb in ("read", "write")]
        if None not in ratios:
            lines.append('"%s" %g %g' % (title, *(each["ratio_paired"] for each in ratios)))
    plot(path, 760, 380, "y", """$data << EOD
%s
EOD
set style data histogram
set style histogram clustered gap 1
set yrange [0:*]
set ylabel "time, as a multiple of memcpy's" textcolor '#222222'
set arrow from graph 0, first 1 to graph 1, first 1 nohead linecolor '#aa3333' front
set key top right
plot $data using 2:xtic(1) title 'ipc_segment_read' linecolor rgb '%s', \\
     $data using 3 title 'ipc_segment_write' linecolor rgb '#74a9c4'
""" % ("\n".join(lines), OURS))


def goal_plot(bench, path):
    """How much of each limit is used up: what is not beyond 1 is met."""
    lines = []
    for row in bench["rows"]:
        for goal in row["goals"]:
            if goal.get("value", 0) > 0:
                used = goal["limit"] / goal["value"] if goal["at_least"] else \
                    goal["value"] / goal["limit"]
                lines.append((used, "%s: %s, %s" % (row["row"], goal["case"], goal["metric"])))
    data = "\n".join('%g %d %s "%s"' % (min(used, 4), len(lines) - i,
                                        color("#aa3333" if used > 1 else OURS), name)
                     for i, (used, name) in enumerate(lines))
    plot(path, 760, 60 + 22 * len(lines), "x", """$data << EOD
%s
EOD
set xrange [0:4]
set yrange [0.3:%g]
set ytics scale 0
set xlabel 'part of the limit' textcolor '#222222'
set arrow from 1, graph 0 to 1, graph 1 nohead linecolor '#222222' front
unset key
plot $data using (0):2:(0):1:($2-0.36):($2+0.36):3:ytic(4) with boxxyerror linecolor rgb variable
""" % (data, len(lines) + 0.7))


def plots(bench, peers, folder):
    path = os.path.join(folder, "performance-%s.svg")
    bars(path % "pair", "wait and post, uncontended, ns", peer_entries(peers, "pair"))
    bars(path % "ping-pong", "there and back, one processor, us", peer_entries(peers, "ping-pong"))
    wake_plot(bench, path % "wake")
    copy_plot(bench, path % "copy")
    goal_plot(bench, path % "goals")


# -- Tables --

def entry(text):
    return "<entry>%s</entry>" % escape(text) if text else "<entry/>"


def xml_row(cells):
    return "        <row>%s</row>" % "".join(entry(cell) for cell in cells)


def xml_table(title, head, rows):
    return """  <table>
    <title>%s</title>
    <tgroup cols="%d">
      <thead>
%s
      </thead>
      <tbody>
%s
      </tbody>
    </tgroup>
  </table>""" % (escape(title), len(head), xml_row(head), "\n".join(xml_row(row) for row in rows))


def figure(name, title, phrase):
    return """  <figure>
    <title>%s</title>
    <mediaobject>
      <imageobject><imagedata fileref="performance-%s.svg" format="SVG"/></imageobject>
      <textobject><phrase>%s</phrase></textobject>
    </mediaobject>
  </figure>""" % (escape(title), name, escape(phrase))


def goal_text(goal):
    limit = "%s %g" % ("at least" if goal["at_least"] else "at most", goal["limit"])
    if goal["relation"] == "ratio":
        return "%s of %s" % (limit, goal["against"])
    if goal["relation"] == "over":
        return "%s %s over %s" % (limit, goal["unit"], goal["against"])
    return "%s %s" % (limit, goal["unit"])


def goal_rows(bench):
    for row in bench["rows"]:
        for goal in row["goals"]:
            measured = number(goal["value"]) if "value" in goal else "not measured"
            verdict = {True: "yes", False: "no"}.get(goal.get("met"), "")
            yield ["%s: %s, %s" % (row["title"], goal["case"], goal["metric"]), goal_text(goal),
                   measured, verdict]


def figure_rows(row):
    for case in row["cases"]:
        if "missing" in case:
            yield [case["case"], case["missing"], "", "", ""]
        for metric in case["metrics"]:
            ratio = "%s of %s" % (number(metric["ratio_paired"]), case["against"]) \
                if "ratio_paired" in metric else ""
            yield [case["case"], "%s, %s" % (metric["metric"], metric["unit"]),
                   number(metric["best"]), number(metric["median"]), ratio]


def peer_rows(peers):
    names = [each["peer"] for each in peers["rows"][0]["peers"]]
    for i, name in enumerate(names):
        cells = [name]
        for row in peers["rows"]:
            each = row["peers"][i]
            cells.append("%s (%s)" % (number(each["median"]), number(each.get("ratio", 1)))
                         if "median" in each else "-")
        yield cells


def machine(bench):
    facts = bench["machine"]
    return "%s, %d processors, %s %s, glibc %s" % (
        facts["processor"], facts["processors"], facts["system"], facts["kernel"], facts["libc"])


def tables(bench, peers, path):
    goals = [goal for row in bench["rows"] for goal in row["goals"] if "met" in goal]
    parts = ["""<?xml version="1.0"?>
<!-- Made by tests/bench/figures.py (make bench-docs) from bench.json and bench-peers.json
     SPDX-License-Identifier: LGPL-2.1-or-later -->
<!DOCTYPE section PUBLIC "-//OASIS//DTD DocBook XML V4.3//EN"
               "http://www.oasis-open.org/docbook/xml/4.3/docbookx.dtd">
<section id="performance-figures">
  <title>Figures</title>
  <para>
    All of these come from one run of <literal>make bench-docs</literal> on one machine: %s.
    %d of %d goals were met in it.
  </para>""" % (escape(machine(bench)), sum(goal["met"] for goal in goals), len(goals)),
             figure("pair", "Wait and post, nobody else there",
                    "The library takes as long as sem_t; who makes system calls, some "
                    "hundred times as long."),
             figure("ping-pong", "There and back between two processes on one processor",
                    "The switch from process to process is most of it for everybody."),
             figure("wake", "How soon a sleeper is there",
                    "The distribution of wake-up times of native semaphores and of what there is."),
             figure("copy", "Copies out of a segment and into it",
                    "As long as memcpy takes, and less for what is larger than the caches."),
             figure("goals", "Goals, and how much of each limit is used up",
                    "What is beyond one is missed; the table tells the figures."),
             xml_table("Goals", ["what", "goal", "measured", "met"], goal_rows(bench)),
             xml_table("Beside others: median, and in brackets how many times that of sem_t",
                       ["peer"] + ["%s, %s" % (row["title"], row["unit"]) for row in peers["rows"]],
                       peer_rows(peers))]
    for row in bench["rows"]:
        parts.append(xml_table(row["title"], ["case", "metric", "best", "median", "ratio, paired"],
                               figure_rows(row)))
    with open(path, "w") as file:
        file.write("\n".join(parts) + "\n</section>\n")


# -- README --

def ratio(bench, row, case):
    return "%.1f" % metric_of(bench, row, case)["ratio_paired"]


def readme(bench, path):
    sem_t = metric_of(bench, "pair", "sem_t")["median"]
    cells = "%s, with UNDO %s | %.0f | %s" % (
        ratio(bench, "pair", "native"), ratio(bench, "pair", "native UNDO"),
        metric_of(bench, "pair", "sysv")["median"] / sem_t, ratio(bench, "pair", "posix"))
    with open(path) as file:
        text = file.read()
    new, n = re.subn(r"(\| a wait and a post, .* \(`make bench`\) \| ).*( \|)\n",
                     lambda match: match.group(1) + cells + match.group(2) + "\n", text)
    if n != 1:
        sys.exit("%s has no line for the figures" % path)
    with open(path, "w") as file:
        file.write(new)


def main(arguments):
    verb = arguments.pop(0)
    if verb == "readme":
        return readme(load(arguments[0]), arguments[1])
    bench, peers, target = load(arguments[0]), load(arguments[1]), arguments[2]
    return {"plots": plots, "tables": tables}[verb](bench, peers, target)


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit("figures.py: what to make, from which files, and where to")
    main(sys.argv[1:])
