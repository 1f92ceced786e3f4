#!/bin/bash
# check-faults.sh: README.md of the tests: each test in it is there, each row in a comment is in it
#
# SPDX-License-Identifier: LGPL-2.1-or-later
set -u
cd "$IPC_SRCDIR/tests" || exit 1

failures=0
fail ()
{
  echo "FAIL $*"
  failures=$((failures + 1))
}

# One cell of tests is groups like `file`, `file`: `test`, `test`; ...
tests=0
while IFS='|' read -r _ row _ cell _; do
  IFS=';' read -ra groups <<<"$cell"
  for group in "${groups[@]}"; do
    mapfile -t files < <(grep -oE '`[^`]*-?[^`]*`' <<<"${group%%:*}" | tr -d '`')
    for file in "${files[@]}"; do
      [ -e "$file.c" ] || [ -e "$file" ] || fail "row${row}there is no $file"
    done
    [ "$group" != "${group#*:}" ] || continue
    mapfile -t names < <(grep -oE '`[a-z0-9_]*`' <<<"${group#*:}" | tr -d '`')
    for name in "${names[@]}"; do
      tests=$((tests + 1))
      for file in "${files[@]}"; do
        grep -qF "START_TEST ($name)" "$file.c" || fail "row${row}$file has no $name"
      done
    done
  done
done < <(grep -E '^\| [NMP][0-9]+ \|' README.md)
[ $tests -gt 80 ] || fail "only $tests tests were found in the table"

while IFS= read -r row; do
  grep -q "^| $row |" README.md || fail "$row of a comment is not in the table"
done < <(sed -nE 's%^/\* (-- )?(([NMP][0-9]+[:,.]? ?)+).*%\2%p' ./*.c | grep -oE '[NMP][0-9]+' |
           sort -u)

[ $failures = 0 ]
