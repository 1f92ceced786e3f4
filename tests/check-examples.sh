#!/bin/bash
# check-examples.sh: the examples do what their comments say, as processes, and leave nothing
#
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck source=meet/meet.sh source-path=SCRIPTDIR
. "${0%/*}/meet/meet.sh"

examples=${IPC_BUILDDIR:-.}/doc/examples
scripts=${IPC_SRCDIR:-.}/doc/examples
PYTHON=${PYTHON:-python3}

segment_py ()
{
  "$PYTHON" "$scripts/segment.py" "$@"
}

semaphore_py ()
{
  "$PYTHON" "$scripts/semaphore.py" "$@"
}

# nothing_left KEY: neither a segment nor a set
nothing_left ()
{
  awk -v key=$(($1)) '$1 == key { found = 1 } END { exit found }' \
    /proc/sysvipc/shm /proc/sysvipc/sem || fail "an object of key $1 was left"
}

# What the examples are given; nothing: the name that is in them.
given=("sysv:$key")

# segment_pair KEY TEXT WRITER READER
segment_pair ()
{
  local key=$1 text=$2 writer=$3 reader=$4
  # shellcheck disable=SC2086 # a command and its verb
  {
    start $writer "${given[@]}"
    expect "sysv:$key has 1024 bytes and says: $text" $reader "${given[@]}"
    press_enter
    refused 1 "No such file" $reader "${given[@]}"
  }
  nothing_left "$key"
}

# semaphore_pair KEY WORKER WAITER
semaphore_pair ()
{
  local key=$1 one=$2 two=$3 pid
  rm -f "$work/second"
  # shellcheck disable=SC2086
  {
    start $one "${given[@]}"
    grep -q "3 jobs in sysv:$key" "$work/started" || fail "$one says: $(cat "$work/started")"
    $two "${given[@]}" >"$work/second" 2>&1 &
  }
  pid=$!
  until_true grep -qs "3 jobs are not done" "$work/second"
  press_enter
  wait $pid || fail "$two says: $(cat "$work/second")"
  grep -q "^All done" "$work/started" || fail "$one says: $(cat "$work/started")"
  for job in 1 2 3; do
    grep -q "^job $job of 3 is done" "$work/second" || fail "$two says: $(cat "$work/second")"
  done
  nothing_left "$key"
}

pairs ()
{
  segment_pair "$1" "Hello from another process" \
    "$examples/segment-writer" "$examples/segment-reader"
  semaphore_pair "$2" "$examples/semaphore-set-1" "$examples/semaphore-set-2"
}

# The keys that the comments name, in a namespace where nobody else can have them.
if [ "${1:-}" = --default-keys ]; then
  keys=(0x1 0x12334)
  given=()
  pairs 0x1 0x12334
  exit 0
fi

# -- C --
pairs "$key" "$key"

"$examples/segment-writer" "sysv:$key" "$(printf '%2000s' too-long)" >"$work/said" 2>&1 </dev/null
[ $? = 1 ] || fail "a text that does not fit was written: $(cat "$work/said")"
nothing_left "$key"

private=(unshare --ipc)
[ "$(id -u)" = 0 ] || private=(unshare --user --map-root-user --ipc)
if "${private[@]}" true 2>/dev/null; then
  "${private[@]}" "$BASH" "$0" --default-keys || fail "with the default keys"
elif awk '$1 == 1 || $1 == 74548 { exit 1 }' /proc/sysvipc/shm /proc/sysvipc/sem; then
  "$BASH" "$0" --default-keys || fail "with the default keys"
else
  echo "SKIP $meet_test, default keys: somebody else has them"
fi

# -- Python, alone and with C --
if ! has_typelib; then
  echo "$meet_test: built without introspection, so Python has nothing to import"
elif "$PYTHON" -c 'import gi; gi.require_version ("Ipc", "1.0")' 2>/dev/null; then
  segment_pair "$key" "Hello from Python" "segment_py write" "segment_py read"
  segment_pair "$key" "Hello from Python" "segment_py write" "$examples/segment-reader"
  segment_pair "$key" "Hello from another process" "$examples/segment-writer" "segment_py read"
  semaphore_pair "$key" "semaphore_py work" "$examples/semaphore-set-2"
  semaphore_pair "$key" "$examples/semaphore-set-1" "semaphore_py wait"
else
  echo "SKIP $meet_test, Python: gi is not installed"
  [ -z "${CI:-}" ] || fail "nothing may be missing here"
fi

# -- The demo --

# demo STATUS WORDS ARGUMENT...: it ends so, says that, and leaves nothing
demo ()
{
  local status=$1 words=$2
  shift 2
  "$examples/ipc-demo" "$@" >"$work/demo" 2>&1 &
  demo_ends $! "$status" "$words" "$*"
}

# Each mechanism is asked: a name that one of them forgot would be in the way of nobody but it.
demo_ends ()
{
  local scheme name part left
  wait "$1"
  [ $? = "$2" ] || fail "demo $4: it said: $(cat "$work/demo")"
  grep -q -e "$3" "$work/demo" || fail "demo $4: \"$3\" is not in: $(cat "$work/demo")"
  for scheme in native sysv; do
    name=$scheme:/ipc-demo-$1
    refused 1 "No such file" "$ours" segment-size "$name"
    for part in filled empty lock; do
      refused 1 "No such file" "$ours" semaphore-value "$name-$part"
    done
  done
  for left in /dev/shm/*"ipc-demo-$1"*; do
    [ ! -e "$left" ] || fail "demo $4 left $left"
  done
}

done_well="nothing lost, nothing doubled"
demo 0 "50 consumers killed, $done_well"
for backend in native sysv; do
  demo 0 "1 consumer killed, $done_well" --size 16 --kills 1 --backend $backend
  demo 0 "25 consumers killed, $done_well" --size 16 --kills 25 --backend $backend
done
demo 0 "0 consumers killed, $done_well" --size 16 --kills 0 --backend posix
demo 1 "UNDO" --size 16 --kills 1 --backend posix
demo 1 "are too many" --size 1 --kills 25
demo 1 "No such file" /no/such/file
demo 1 "No space left" --size 16 --kills 1 --output /dev/full
demo 0 "$done_well" --size 0 --kills 0 --output "$work/copy" "$0"
cmp "$0" "$work/copy" || fail "the demo spoilt its file"

# Interrupted long before its end, it takes everybody and everything with it.
rm -f "$work/demo"
"$examples/ipc-demo" --size 65536 >"$work/demo" 2>&1 &
pid=$!
until_true grep -qs Moving "$work/demo"
kill -TERM $pid
demo_ends $pid 1 Interrupted SIGTERM
