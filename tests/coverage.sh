#!/bin/bash
# coverage.sh: which lines and branches of lib/ the tests reach
#
# Usage: coverage.sh SOURCES FOLDER; `make coverage` says so.  It builds in FOLDER, and writes
# coverage.txt and coverage.json there.  coverage.md names what is not reached, and tells why: who adds
# something to that must name it, too, or test it.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
set -eu

src=$(cd "$1" && pwd)
mkdir -p "$2"
cd "$2"
jobs=-j$(nproc)

# Other users are among the peers, and they write their counters, too.
umask 0

# Without a shared library a process has one set of counters, which it writes as a whole.
[ -e Makefile ] || "$src/configure" --quiet --enable-tests --disable-introspection \
  --disable-shared --enable-static CPPFLAGS=-DIPC_CHECK_COVERAGE LDFLAGS=--coverage \
  CFLAGS='-O0 -g --coverage -fprofile-update=atomic' ${CC:+CC="$CC"}
make "$jobs"
make "$jobs" check TESTS=
find . -name '*.gcda' -delete
rm -f a-conftest.*

programs=$(find tests -maxdepth 1 -type f -perm /111 -name 'check-*' | LC_ALL=C sort)
CK_TIMEOUT_MULTIPLIER=4 make "$jobs" check-am VERBOSE=1 \
  TESTS="${programs//$'\n'/ } tests/check-ipcctl.py"

# A brace that ends a block has branches, for what g_autoptr() frees there; nobody wrote them.
gcovr --root "$src" --filter "$src/lib/" --exclude-unreachable-branches --print-summary \
  --fail-under-line 90 --fail-under-branch 75 \
  --txt coverage.txt --json-summary-pretty --json-summary coverage.json --json coverage-lines.json .
"$src/tests/coverage.py" coverage-lines.json "$src/tests/coverage.md"
