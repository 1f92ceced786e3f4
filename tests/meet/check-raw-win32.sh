#!/bin/bash
# check-raw-win32.sh: meets a program with CreateSemaphore() and CreateFileMapping()
#
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck source=meet.sh source-path=SCRIPTDIR
. "${0%/*}/meet.sh"

# shellcheck disable=SC2086  # a command and its arguments
ours ()
{
  ${LOG_COMPILER:-} "$meet_programs/ipc-peer.exe" "$@"
}

# shellcheck disable=SC2086
theirs ()
{
  ${LOG_COMPILER:-} "$meet_programs/raw-win32.exe" "$@"
}
ours=ours

# What is made is there until its maker is told to end.
hold ()
{
  rm -f "$work/keys" "$work/held"
  mkfifo "$work/keys"
  "$@" <"$work/keys" >"$work/held" &
  maker=$!
  exec 4>"$work/keys"
  until_true grep -qs held "$work/held"
}

release ()
{
  exec 4>&-
  wait $maker || fail "a maker ended badly"
}

# segments_meet MAKER NAME OTHER NAME SIZE-FOR-MAKER SIZE-FOR-OTHER
segments_meet ()
{
  hold "$1" segment-create "$2" 1000
  expect "$5" "$1" segment-size "$2"
  expect "$6" "$3" segment-size "$4"
  share_bytes "$1" "$2" "$3" "$4" up 0
  share_bytes "$3" "$4" "$1" "$2" down $((1000 - 256))
  "$3" segment-create "$4" 1000 </dev/null 2>/dev/null && fail "$3 made what was there"
  release
  "$3" segment-size "$4" 2>/dev/null && fail "$3 still finds it"
  true
}

# semaphores_meet MAKER NAME OTHER NAME
semaphores_meet ()
{
  hold "$1" semaphore-create "$2" 2
  "$3" semaphore-wait "$4" 0 && "$1" semaphore-wait "$2" 0 || fail "two units were not there"
  "$3" semaphore-wait "$4" 20000 2>/dev/null
  [ $? = 3 ] || fail "$3 took what is not there"
  "$1" semaphore-wait "$2" 20000 2>/dev/null
  [ $? = 3 ] || fail "$1 took what is not there"
  "$1" semaphore-wait "$2" -1 &
  "$3" semaphore-post "$4" && wait $! || fail "$3 did not wake $1"
  "$3" semaphore-wait "$4" -1 &
  "$1" semaphore-post "$2" && wait $! || fail "$1 did not wake $3"
  release
}

write_patterns
# Theirs does not tell its size but to the page; ours does, among its own.
segments_meet ours "win32:Local\\$plain" theirs "Local\\$plain" 1000 4096
segments_meet theirs "Local\\$plain" ours "win32:Local\\$plain" 4096 4096
# A plain name is in the namespace of the session.
segments_meet ours "$plain" theirs "Local\\$plain" 1000 4096
segments_meet theirs "$plain" ours "native:$plain" 4096 4096
semaphores_meet ours "win32:Local\\$plain" theirs "Local\\$plain"
semaphores_meet theirs "Local\\$plain" ours "win32:Local\\$plain"
