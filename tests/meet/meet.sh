# meet.sh: what the scripts that meet foreign programs share; to be sourced by bash
#
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
set -u

meet_test=${0##*/}
meet_test=${meet_test%.sh}
meet_programs=${IPC_BUILDDIR:-.}/tests/meet
ours=$meet_programs/ipc-peer
work=$(mktemp -d) || exit 1
patience=120

# Names and keys that nobody else has.  The trap removes what bears them.
plain=ipc-meet-$$
# A pid has at most 22 bits; odd keys for our objects, even ones for theirs.
key=$(printf '0x%x' $((0x40000000 | $$ << 2 | 1)))
other_key=$(printf '0x%x' $((0x40000000 | $$ << 2 | 2)))

# Keys that a script adds to these two are removed, too, and so are names of ours.
keys=("$key" "$other_key")
names=()

remove_all ()
{
  local k name
  for name in "${names[@]}"; do
    "$ours" segment-unlink "$name"
    "$ours" semaphore-unlink "$name"
  done
  for k in "${keys[@]}"; do
    "$ours" segment-unlink "sysv:$k"
    "$ours" semaphore-unlink "sysv:$k"
  done
  rm -f "/dev/shm/$plain" "/dev/shm/sem.$plain" "/dev/shm/$plain-2" "/dev/shm/sem.$plain-2"
} 2>/dev/null

# A child that is not yet the program that it will be has these traps, too.
leave ()
{
  local status=$?
  [ "$BASHPID" = $$ ] || exit $status
  # shellcheck disable=SC2046 # one word each
  kill $(jobs -p) 2>/dev/null
  remove_all
  rm -rf "$work"
  exit $status
}
trap leave EXIT
trap 'exit 1' INT TERM HUP

fail ()
{
  echo "FAIL $meet_test: $*" >&2
  exit 1
}

skip ()
{
  echo "SKIP $meet_test: $*"
  [ -z "${CI:-}" ] || fail "nothing may be missing here"
  exit 77
}

need ()
{
  local program
  for program in "$@"; do
    command -v "$program" >/dev/null || skip "$program is not installed"
  done
}

# Whatever was built without it cannot be imported.
has_typelib ()
{
  [ -z "${IPC_TYPELIB:-}" ] || [ -e "$IPC_TYPELIB" ]
}

# expect TEXT COMMAND...: it succeeds and prints TEXT
expect ()
{
  local text=$1 got
  shift
  got=$("$@") || fail "$*: it failed"
  [ "$got" = "$text" ] || fail "$*: expected \"$text\", got \"$got\""
}

# refused STATUS WORDS COMMAND...: it fails with STATUS and says WORDS
refused ()
{
  local status=$1 words=$2 got
  shift 2
  got=$("$@" 2>&1)
  [ $? = "$status" ] || fail "$*: expected exit status $status; it said: $got"
  case $got in
    *"$words"*) ;;
    *) fail "$*: \"$words\" is not in: $got" ;;
  esac
}

# until_true COMMAND...: a peer needs a moment for what it was started to do
until_true ()
{
  local end=$((SECONDS + patience))
  until "$@"; do
    [ $SECONDS -lt $end ] || fail "waited too long for: $*"
  done
}

# is_asleep PID: it runs the program, not the shell that starts it, and sleeps
is_asleep ()
{
  local exe stat
  exe=$(readlink "/proc/$1/exe") || fail "peer $1 has ended"
  case ${exe##*/} in
    *sh) return 1 ;;
  esac
  stat=$(cat "/proc/$1/stat" 2>/dev/null) || fail "peer $1 has ended"
  [[ ${stat##*) } == S* ]]
}

# All 256 bytes, and the same backwards.
write_patterns ()
{
  local i up='' down=''
  for i in {0..255}; do
    up+=$(printf '\\x%02x' "$i")
    down=$(printf '\\x%02x' "$i")$down
  done
  printf '%b' "$up" >"$work/up"
  printf '%b' "$down" >"$work/down"
}

# share_bytes WRITER NAME READER NAME PATTERN OFFSET
share_bytes ()
{
  "$1" segment-write "$2" "$6" <"$work/$5" || fail "$1 cannot write"
  "$3" segment-read "$4" "$6" 256 >"$work/got" || fail "$3 cannot read"
  cmp "$work/$5" "$work/got" || fail "$3 read something else than $1 wrote"
}

# meet_segments MAKER NAME OTHER NAME SIZE: OTHER removes it, as the last
meet_segments ()
{
  "$1" segment-create "$2" "$5" || fail "$1 cannot create a segment"
  expect "$5" "$3" segment-size "$4"
  share_bytes "$1" "$2" "$3" "$4" up 0
  share_bytes "$3" "$4" "$1" "$2" down $(($5 - 256))
  "$3" segment-unlink "$4" || fail "$3 cannot remove the segment"
  "$1" segment-size "$2" 2>/dev/null && fail "$1 still finds the segment"
  true
}

# wake_up SLEEPER NAME WAKER NAME
wake_up ()
{
  "$1" semaphore-wait "$2" -1 &
  until_true is_asleep $!
  "$3" semaphore-post "$4" || fail "$3 cannot post"
  wait $! || fail "$1 was not woken well"
}

# meet_semaphores MAKER NAME OTHER NAME: the one that tells values is asked for them
meet_semaphores ()
{
  "$1" semaphore-create "$2" 2 || fail "$1 cannot create a semaphore"
  expect 2 "$ours" semaphore-value "$5"
  "$3" semaphore-wait "$4" 0 || fail "$3 cannot take"
  expect 1 "$ours" semaphore-value "$5"
  "$1" semaphore-wait "$2" 0 || fail "$1 cannot take"
  "$3" semaphore-wait "$4" 20000 2>/dev/null
  [ $? = 3 ] || fail "$3 took what is not there"
  wake_up "$1" "$2" "$3" "$4"
  wake_up "$3" "$4" "$1" "$2"
  "$1" semaphore-post "$2" && "$3" semaphore-post "$4"
  expect 2 "$ours" semaphore-value "$5"
  "$3" semaphore-unlink "$4" || fail "$3 cannot remove the semaphore"
  "$1" semaphore-post "$2" 2>/dev/null && fail "$1 still finds the semaphore"
  true
}

# meet_program PROGRAM OUR-NAME THEIR-NAME SIZE: both ways
meet_program ()
{
  local theirs=$meet_programs/$1
  [ -x "$theirs" ] || skip "$1 was not built"
  write_patterns
  meet_segments "$ours" "$2" "$theirs" "$3" "$4"
  meet_segments "$theirs" "$3" "$ours" "$2" "$4"
  meet_semaphores "$ours" "$2" "$theirs" "$3" "$2"
  meet_semaphores "$theirs" "$3" "$ours" "$2" "$2"
}

# start COMMAND...: in the background, up to where it wants the Enter key
start ()
{
  rm -f "$work/started"
  mkfifo "$work/keys"
  "$@" <"$work/keys" >"$work/started" 2>&1 &
  started=$!
  exec 3>"$work/keys"
  until_true grep -qs Enter "$work/started"
}

press_enter ()
{
  echo >&3
  exec 3>&-
  rm "$work/keys"
  wait "$started" || fail "it ended badly: $(cat "$work/started")"
}
