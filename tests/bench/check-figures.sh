#!/bin/bash
# check-figures.sh: what the manual and README.md say of speed is what the benchmark wrote down
#
# SPDX-License-Identifier: LGPL-2.1-or-later
set -eu

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
doc=$IPC_SRCDIR/doc
figures=$IPC_SRCDIR/tests/bench/figures.py

python3 "$figures" tables "$doc/bench.json" "$doc/bench-peers.json" "$work/performance-figures.xml"
cp "$IPC_SRCDIR/README.md" "$work/README.md"
chmod u+w "$work/README.md"
python3 "$figures" readme "$doc/bench.json" "$work/README.md"

for made in "$work/performance-figures.xml:$doc" "$work/README.md:$IPC_SRCDIR"; do
  file=${made%%:*}
  cmp "$file" "${made#*:}/${file##*/}" && continue
  echo "FAIL: ${file##*/} is not what doc/bench.json says; make bench-figures writes it"
  exit 1
done
