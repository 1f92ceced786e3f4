#!/bin/bash
# check-examples-win32.sh: both pairs of examples meet, each program as a process of Windows
#
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck source=../meet/meet.sh source-path=SCRIPTDIR
. "${0%/*}/../meet/meet.sh"

examples=${IPC_BUILDDIR:-.}/doc/examples

# shellcheck disable=SC2086  # a command and its arguments
example ()
{
  ${LOG_COMPILER:-} "$examples/$1.exe" "${@:2}"
}
ours=true

# says FILE WORDS...
says ()
{
  local words
  for words in "${@:2}"; do
    grep -q "$words" "$1" || fail "\"$words\" is not in: $(cat "$1")"
  done
}

# segment_pair NAME
segment_pair ()
{
  start example segment-writer "$1"
  example segment-reader "$1" >"$work/second" 2>&1 || fail "the reader: $(cat "$work/second")"
  says "$work/second" "1024 bytes and says: Hello from another process"
  press_enter
  refused 1 "$plain" example segment-reader "$1"
}

# semaphore_pair NAME
semaphore_pair ()
{
  local pid
  start example semaphore-set-1 "$1"
  says "$work/started" "3 jobs in"
  rm -f "$work/second"
  example semaphore-set-2 "$1" >"$work/second" 2>&1 &
  pid=$!
  until_true grep -qs "3 jobs are not done" "$work/second"
  press_enter
  wait $pid || fail "the waiter: $(cat "$work/second")"
  says "$work/started" "^All done"
  says "$work/second" "^Zero" "^job 1 of 3 is done" "^job 2 of 3 is done" "^job 3 of 3 is done"
  example semaphore-set-2 "$1" >"$work/second" 2>&1 && fail "the semaphore was left"
  true
}

segment_pair "$plain"
segment_pair "win32:Local\\$plain"
semaphore_pair "$plain"
