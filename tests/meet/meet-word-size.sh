#!/bin/bash
# meet-word-size.sh: a process of 64 bits and one of 32 share objects, whoever makes them
#
# Usage: with IPC_OTHER_PEER, an ipc-peer of 32 bits, beside what meet.sh wants
#
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck source=meet.sh source-path=SCRIPTDIR
. "${0%/*}/meet.sh"

theirs=${IPC_OTHER_PEER:?an ipc-peer of 32 bits}
names+=("$plain")

# kill_holder HOLDER OTHER NAME VALUE...: HOLDER has all units and is killed; OTHER, asleep, gets one
kill_holder ()
{
  local name=$3 holder waiter
  "$1" semaphore-create "$name" "${@:4}" || fail "$1 cannot create a set"
  expect "${*:4}" "$2" semaphore-value "$name"
  rm -f "$work/held"
  "$1" semaphore-hold "$name" "${@:4}" >"$work/held" &
  holder=$!
  until_true grep -qs held "$work/held"
  "$2" semaphore-wait "$name" -1 &
  waiter=$!
  until_true is_asleep $waiter
  kill -KILL $holder
  wait $waiter || fail "$2 was not woken when $1 was killed"
  expect "$(($4 - 1))${5:+ $5}" "$1" semaphore-value "$name"
  "$2" semaphore-unlink "$name" || fail "$2 cannot remove the set"
}

# meet_all MAKER OTHER NAME
meet_all ()
{
  meet_segments "$1" "$3" "$2" "$3" 5000
  meet_semaphores "$1" "$3" "$2" "$3" "$3"
  kill_holder "$1" "$2" "$3" 1
  kill_holder "$1" "$2" "$3" 3 5
}

write_patterns
for name in "$plain" "sysv:$key"; do
  meet_all "$ours" "$theirs" "$name"
  meet_all "$theirs" "$ours" "$name"
done
meet_segments "$ours" "posix:/$plain" "$theirs" "posix:/$plain" 5000

# More than 32 bits can address: refused, and not cut to what is left of the size.
truncate --size 5G "/dev/shm/$plain"
expect 5368709120 "$ours" segment-size "posix:/$plain"
refused 1 "do not fit into this process's address space" "$theirs" segment-size "posix:/$plain"
