#!/bin/bash
# check-porting.sh: the guides' programs do the same before and after, and meet each other
#
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck source=meet/meet.sh source-path=SCRIPTDIR
. "${0%/*}/meet/meet.sh"

examples=${IPC_BUILDDIR:-.}/doc/examples
box=$examples/box
missing=()

# hands_over PROGRAM NAME PROGRAM NAME: what one puts the other gets, and nothing is left
hands_over ()
{
  local text="$1 put this at $SECONDS"
  "$1" put "$2" "$text" || fail "$1 put: it failed"
  expect "$text" "$3" get "$4"
  "$3" get "$4" 2>/dev/null && fail "$3 found something more in $4"
  true
}

# meets BEFORE NAME NAME-OF-OURS: all four pairs
meets ()
{
  hands_over "$1" "$2" "$1" "$2"
  hands_over "$1" "$2" "$box" "$3"
  hands_over "$box" "$3" "$1" "$2"
  hands_over "$box" "$3" "$box" "$3"
}

# -- System V, POSIX, Boost --
names+=("$plain")
meets "$examples/port-sysv-before" "$key" "sysv:$key"
meets "$examples/port-posix-before" "/$plain" "posix:/$plain"
if [ -x "$examples/port-boost-before" ]; then
  meets "$examples/port-boost-before" "$plain" "posix:/$plain"
else
  missing+=(Boost)
fi
# Once all programs are ported the name can be plain.
hands_over "$box" "$plain" "$box" "$plain"

# -- Go, first generation: the keys of a set and of a segment --
after=$examples/port-go-1-after
start "$after" work "all is done" "sysv:$key" "sysv:$other_key"
"$after" wait "sysv:$key" "sysv:$other_key" >"$work/waited" 2>&1 &
waits=$!
until_true is_asleep $waits
# What Add(0) and Done(0) do.
"$meet_programs/raw-sysv" semaphore-post "$other_key" || fail "a foreign Add"
"$meet_programs/raw-sysv" semaphore-wait "$other_key" 0 || fail "a foreign Done"
press_enter
wait $waits || fail "$after wait: $(cat "$work/waited")"
[ "$(cat "$work/waited")" = "all is done" ] || fail "$after wait: $(cat "$work/waited")"
refused 1 "No such file" "$ours" semaphore-value "sysv:$other_key"

# -- Go, second generation: /dev/shm, and a key that is the hash of the name --
after=$examples/port-go-2-after
names+=("posix:/$plain" "sysv:/$plain")
hands_over "$after" "/$plain" "$after" "/$plain"
"$after" put "/$plain" "for Go" || fail "$after put"
expect "for Go" "$meet_programs/raw-posix" segment-read "/$plain" 0 6
"$ours" semaphore-wait "sysv:/$plain" 0 || fail "$after did not post"
"$meet_programs/raw-posix" segment-unlink "/$plain" || fail "a foreign Remove"
"$ours" semaphore-unlink "sysv:/$plain" || fail "Unlink"

# -- Qt: its memory has the key that ftok(3) makes of a file --
after=$examples/port-qt-after
start "$after" put "$plain" "on the turn"
expect "on the turn" "$after" get "$plain"
press_enter
refused 1 "No such file" "$after" get "$plain"

ftok_key ()
{
  local inode device
  read -r inode device < <(stat -c '%i %d' "$1")
  printf '0x%08x' $(($2 << 24 | (device & 0xff) << 16 | (inode & 0xffff)))
}

if [ -x "$examples/port-qt-before" ]; then
  export TMPDIR=$work
  start "$examples/port-qt-before" put "$plain" "made by Qt"
  expect "made by Qt" "$examples/port-qt-before" get "$plain"
  file=$(sed -n 's/^Wrote to \(.*\)\.  Enter removes it\.$/\1/p' "$work/started")
  qt_key=$(ftok_key "$file" 0x51) # Q
  keys+=("$qt_key")
  expect "made by Qt" "$ours" segment-read "sysv:$qt_key" 0 10
  press_enter
  refused 1 "No such file" "$ours" segment-size "sysv:$qt_key"
else
  missing+=("Qt 6")
fi

[ ${#missing[@]} = 0 ] || skip "not installed: ${missing[*]}"
