#!/bin/bash
# check-main-loop.sh: in each language the example counts posts while its timer ticks
#
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck source=meet/meet.sh source-path=SCRIPTDIR
. "${0%/*}/meet/meet.sh"
# shellcheck source=vala.sh source-path=SCRIPTDIR
. "${0%/*}/vala.sh"

PYTHON=${PYTHON:-python3}
GJS=${GJS:-gjs}
scripts=${IPC_SRCDIR:-.}/doc/examples
said=$work/said
missing=()

posted ()
{
  grep -q "^post $1, " "$said"
}

ticks ()
{
  sed -n '1i 0
    s/^post .*, after \([0-9]*\) ticks$/\1/p' "$said" | tail -n 1
}

# counts NAME COMMAND...: up to a few ticks of its timer
counts ()
{
  local name=$1 n=0 pid end=$((SECONDS + patience))
  shift
  rm -f "$said"
  "$@" "$name" >"$said" 2>&1 &
  pid=$!
  until_true grep -qsx "Counting what is posted to $name\\." "$said"
  until [ "$(ticks)" -ge 3 ]; do
    [ $SECONDS -lt $end ] || fail "$*: no timer ticks: $(cat "$said")"
    n=$((n + 1))
    "$ours" semaphore-post "$name" || fail "$*: cannot post"
    until_true posted $n
  done
  kill -INT $pid
  wait $pid || fail "$*: it ended badly: $(cat "$said")"
  grep -qx "$n posts, [0-9]* ticks" "$said" || fail "$*: $n were posted: $(cat "$said")"
  refused 1 "No such file" "$ours" semaphore-value "$name"
}

# removed NAME COMMAND...: it says so and ends when the semaphore is removed
removed ()
{
  local name=$1 pid
  shift
  rm -f "$said"
  "$@" "$name" >"$said" 2>&1 &
  pid=$!
  until_true grep -qs "^Counting" "$said"
  "$ours" semaphore-unlink "$name" || fail "cannot remove it"
  wait $pid
  grep -q "it was unlinked" "$said" || fail "$*: removed, it said: $(cat "$said")"
}

lacks ()
{
  echo "SKIP $meet_test in $1: $2"
  missing+=("$1")
}

names+=("$plain")
counts "$plain" "${IPC_BUILDDIR:-.}/doc/examples/main-loop"
counts "sysv:$key" "${IPC_BUILDDIR:-.}/doc/examples/main-loop"
removed "$plain" "${IPC_BUILDDIR:-.}/doc/examples/main-loop"

if ! has_typelib; then
  echo "$meet_test: built without introspection, so only C is left"
  exit 0
fi

if "$PYTHON" -c 'import gi' 2>/dev/null; then
  counts "$plain" "$PYTHON" "$scripts/main-loop.py"
  removed "$plain" "$PYTHON" "$scripts/main-loop.py"
else
  lacks Python "gi is not installed"
fi

if command -v "$GJS" >/dev/null; then
  counts "$plain" "$GJS" -m "$scripts/main-loop.js"
  removed "$plain" "$GJS" -m "$scripts/main-loop.js"
else
  lacks JavaScript "gjs is not installed"
fi

if [ ! -e "$IPC_BUILDDIR/lib/ipc.vapi" ]; then
  echo "$meet_test: there is no ipc.vapi of the build, so Vala is left out"
elif command -v valac >/dev/null; then
  vala_program "$scripts/main-loop.vala"
  counts "$plain" "$work/main-loop"
  removed "$plain" "$work/main-loop"
else
  lacks Vala "valac is not installed"
fi

[ ${#missing[@]} = 0 ] || skip "${missing[*]}"
