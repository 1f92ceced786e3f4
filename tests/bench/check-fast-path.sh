#!/bin/bash
# check-fast-path.sh: how many instructions an uncontended wait and post are
#
# The same everywhere, unlike time.  The limit is generous: it is passed when a call begins to do
# more, and not when a compiler does it in another way.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
set -u

limit=140
few=1000
many=11000

if ! command -v valgrind >/dev/null; then
  echo "SKIP check-fast-path.sh: valgrind is not installed"
  exit 77
fi

program=$IPC_BUILDDIR/tests/bench/.libs/fast-path
[ -x "$program" ] || program=$IPC_BUILDDIR/tests/bench/fast-path

# instructions PAIRS: of the whole program
instructions ()
{
  valgrind --tool=callgrind --callgrind-out-file=/dev/null "$program" "$1" 2>&1 |
    sed -n 's/.*I *refs: *//p' | tr -d ,
}

a=$(instructions $few)
b=$(instructions $many)
if [ -z "$a" ] || [ -z "$b" ]; then
  echo "FAIL: valgrind counts nothing"
  "$program" $few
  exit 1
fi

each=$(((b - a) / (many - few)))
echo "a wait and a post: $each instructions; at most $limit"
[ $each -gt 0 ] && [ $each -le $limit ]
