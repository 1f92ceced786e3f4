#!/bin/bash
# check-util-linux.sh: meets ipcs(1), ipcmk(1) and ipcrm(1)
#
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck source=meet.sh source-path=SCRIPTDIR
. "${0%/*}/meet.sh"

need ipcs ipcmk ipcrm
write_patterns
export LC_ALL=C

# row -m|-s ID: what ipcs says of it
row ()
{
  ipcs "$1" -i "$2"
}

# says TEXT COMMAND...: somewhere in what it prints, blanks counting as one
says ()
{
  local text=$1 got
  shift
  got=$("$@" | tr -s '[:blank:]' ' ')
  [[ $got == *"$text"* ]]
}

waiters_are ()
{
  says "$2" row -s "$1"
}

# -- Our segment, their tools --
"$ours" segment-create "sysv:$key" 4321 || fail "segment-create"
id=$("$ours" segment-id "sysv:$key")
says "bytes=4321" row -m "$id" || fail "ipcs does not show the size"
says "mode=0600 access_perms=0600" row -m "$id" || fail "ipcs does not show the permissions"
says "$(printf '0x%08x %d' "$key" "$id")" ipcs -m || fail "ipcs does not list the key"
ipcrm -M "$key" || fail "ipcrm -M"
refused 1 "No such file" "$ours" segment-size "sysv:$key"

# -- Our set, their tools --
"$ours" semaphore-create "sysv:$key" 5 0 7 || fail "semaphore-create"
id=$("$ours" semaphore-id "sysv:$key")
says "nsems = 3" row -s "$id" || fail "ipcs does not show the size of the set"
for value in "0 5 0 0" "1 0 0 0" "2 7 0 0"; do
  says "$value" row -s "$id" || fail "ipcs does not show the values"
done
"$ours" semaphore-set "sysv:$key" 0 0
says "0 0 0 0" row -s "$id" || fail "ipcs does not show the value that was set"

# Who waits is seen by ipcs, and told when ipcrm ends it.
"$ours" semaphore-wait "sysv:$key" -1 2>"$work/said" &
until_true waiters_are "$id" "0 0 1 0"
"$ours" semaphore-post "sysv:$key"
wait $! || fail "the waiter was not woken: $(cat "$work/said")"
"$ours" semaphore-post "sysv:$key"
"$ours" semaphore-wait-zero "sysv:$key" -1 2>"$work/said" &
until_true waiters_are "$id" "0 1 0 1"
ipcrm -s "$id" || fail "ipcrm -s"
wait $!
[ $? = 1 ] || fail "a waiter outlived its set"
grep -q removed "$work/said" || fail "a waiter was told: $(cat "$work/said")"

# -- Their segment, our calls --
id=$(ipcmk -M 4096 -p 0600 | tr -dc 0-9)
[ -n "$id" ] || fail "ipcmk -M"
their_key=$(ipcs -m | awk -v id="$id" '$2 == id { print $1 }')
keys+=("$their_key")
expect 4096 "$ours" segment-size "sysv:id:$id"
share_bytes "$ours" "sysv:id:$id" "$ours" "sysv:$their_key" up 1000
"$ours" segment-unlink "sysv:$their_key" || fail "their segment cannot be removed"
ipcs -m | grep -q "$their_key" && fail "their segment is still there"

# -- Their set, our calls.  ipcmk never uses it, so it has no mark that its values are set. --
id=$(ipcmk -S 3 -p 0600 | tr -dc 0-9)
[ -n "$id" ] || fail "ipcmk -S"
their_key=$(ipcs -s | awk -v id="$id" '$2 == id { print $1 }')
keys+=("$their_key")
expect "0 0 0" "$ours" semaphore-value "sysv:id:$id"
"$ours" semaphore-post "sysv:id:$id" || fail "semaphore-post"
says "0 1 0 0" row -s "$id" || fail "ipcs does not show the unit"
expect "1 0 0" "$ours" semaphore-value "sysv:$their_key"
"$ours" semaphore-unlink "sysv:$their_key" || fail "their set cannot be removed"
