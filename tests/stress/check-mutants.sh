#!/bin/bash
# check-mutants.sh: the tests find the faults that they are for
#
# check-mutants.sh [--all] [MUTANT...]
#
# Each patch in mutants/ puts one fault into the library and names the runs that shall find it.  The
# first run must; with --all the others are tried as well.  The library without a fault must pass.
# "model N" is Spin's search of the model with the same fault.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
set -u
export LC_ALL=C.UTF-8

stress=$IPC_SRCDIR/tests/stress
archive=$IPC_BUILDDIR/lib/.libs/libipc-core.a
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

# Longer than any run takes, and than a stepped victim that does not move is waited for.
limit=240

all=
[ "${1:-}" != --all ] || { all=1 && shift; }
mutants=("$@")
[ $# != 0 ] || mapfile -t mutants < <(basename -s .patch "$stress"/mutants/*.patch)

for tool in patch timeout "$CC"; do
  if ! command -v "${tool%% *}" >/dev/null; then
    echo "SKIP check-mutants: ${tool%% *} is missing"
    [ -z "${CI:-}" ] && exit 77
    exit 1
  fi
done

die ()
{
  echo "$*" >&2
  exit 1
}

# -- Building ----------------------------------------------------------------------------------

# compile LIB SOURCE OBJECT [FLAG...]: with the private headers of LIB
compile ()
{
  local lib=$1 source=$2 object=$3
  shift 3
  # shellcheck disable=SC2086  # lists of flags
  $CC -std=gnu11 -O2 -g -w -pthread -D_GNU_SOURCE -DIPC_COMPILATION '-DG_LOG_DOMAIN="Ipc"' "$@" \
    -I"$lib" -I"$IPC_SRCDIR/include" -I"$IPC_BUILDDIR/include" -I"$IPC_BUILDDIR" $GLIB_CFLAGS \
    -c "$source" -o "$object" || die "$source does not compile"
}

# once SOURCE...: their objects, in $compiled; with the headers of the library without a fault
once ()
{
  local source
  compiled=()
  for source; do
    compiled+=("$work/$(basename "$source" .c).o")
    [ -e "${compiled[-1]}" ] ||
      compile "$IPC_SRCDIR/lib" "$source" "${compiled[-1]}" -I"$IPC_SRCDIR/tests"
  done
}

# The tests of the engine, once for all; a wake-up that is lost must not be hidden by a sweep.
compile_tests ()
{
  local source
  compile "$IPC_SRCDIR/lib" "$IPC_SRCDIR/tests/check-native-wake.c" "$work/wake.o" \
    -I"$IPC_SRCDIR/tests"
  for source in "$stress"/{interleave,soak,step*,wakeups}.c; do
    compile "$IPC_SRCDIR/lib" "$source" "$work/$(basename "$source" .c).o"
  done
  compile "$IPC_SRCDIR/lib" "$IPC_SRCDIR/lib/ipc-native-watch.c" "$work/seldom.o" \
    -DPERIOD_FIRST_US=20000000 -DPERIOD_US=20000000
}

# link PROGRAM DIR: with the objects in DIR, which stand before those of the library
link ()
{
  local objects compiled mutated=() more=
  case $1 in
    step) objects=("$work"/step*.o) ;;
    interleave) objects=("$work"/{interleave,step-object,step-path,step-report,step-victim}.o) ;;
    wakeups) objects=("$work"/{wakeups,seldom}.o) ;;
    wake) objects=("$work/wake.o" "$IPC_BUILDDIR/tests/.libs/libipc-check.a")
          more="-Wl,--wrap=ipc_life_wake $CHECK_LIBS" ;;
    check-*) once "$IPC_SRCDIR/tests/$1.c"
             objects=("${compiled[@]}" "$IPC_BUILDDIR/tests/.libs/libipc-check.a")
             more=$CHECK_LIBS ;;
    fuzz-*) once "$IPC_SRCDIR/tests/fuzz/$1.c" "$IPC_SRCDIR"/tests/fuzz/fuzz{,-acts,-main,-model}.c
            objects=("${compiled[@]}") ;;
    *) objects=("$work/$1.o") ;;
  esac
  shopt -s nullglob
  mutated=("$2"/*.o)
  shopt -u nullglob
  # shellcheck disable=SC2086
  $CC -pthread "${objects[@]}" "${mutated[@]}" "$archive" $GLIB_LIBS $more -o "$2/$1" ||
    die "$1 does not link"
}

# users_of DIR FILE: the sources that have FILE in them
users_of ()
{
  case $2 in
    lib/ipc-word-private.h) (cd "$1" && grep -lE 'ipc_held_change \(' lib/*.c) ;;
    *) echo "$2" ;;
  esac
}

# mutate DIR PATCH: DIR/lib with the fault, and DIR/*.o of what it is in
mutate ()
{
  local file
  mkdir -p "$1/lib" && cp "$IPC_SRCDIR"/lib/*.[ch] "$1/lib/" || exit 1
  [ -n "$2" ] || return
  patch --quiet --directory="$1" --strip=1 --no-backup-if-mismatch <"$2" >"$1/patch.log" 2>&1 ||
    die "$2 does not fit: $(cat "$1/patch.log")"
  file=$(sed -n 's,^+++ b/,,p' "$2")
  for file in $(users_of "$1" "$file"); do
    compile "$1/lib" "$1/$file" "$1/$(basename "$file" .c).o"
  done
}

# -- Running -----------------------------------------------------------------------------------

# run DIR PROGRAM [ARGUMENT...]: the exit status of the run with what is in DIR
run ()
{
  local dir=$1 program=$2
  shift 2
  case $program in
    model) ! timeout $limit bash "$IPC_SRCDIR/tests/models/check-models.sh" "$@" ;;
    tsan) IPC_ENGINE=$dir/lib timeout $limit bash "$stress/check-tsan.sh" "$@" ;;
    *)
      [ -x "$dir/$program" ] || link "$program" "$dir"
      timeout $limit "$dir/$program" "$@"
      ;;
  esac
}

# "step 2 1 trio: slow helper" has three arguments; the last one is all the rest.
split ()
{
  local program level every rest
  read -r -a command <<<"$1"
  read -r program level every rest <<<"$1"
  [ "$program" != step ] || command=(step "$level" "$every" "$rest")
}

# found DIR RUN: whether it fails, and why; a run that passes, or could not be, has not found it
found ()
{
  local status
  split "$2"
  run "$1" "${command[@]}" >"$1/out" 2>&1 </dev/null
  status=$?
  case $status in
    0) reason=passed ;;
    2 | 77) die "$2: $(tail -n 1 "$1/out")" ;;
    124) reason="does not end" ;;
    *) reason=$(grep -m 1 -oE 'FAIL.*|:[FE]:.*|WARNING: ThreadSanitizer.*' "$1/out" ||
                grep -v ' Aborted ' "$1/out" | tail -n 1) ;;
  esac
  [ $status != 0 ]
}

runs_of ()
{
  if [ -n "$all" ]; then
    sed -n 's/^Run: //p' "$1"
  else
    sed -n 's/^Run: //p' "$1" | head -n 1
  fi
}

# line WHAT RUN OUTCOME
line ()
{
  printf '%-29s %-45s %s\n' "$1" "$2" "$(cut -c 1-100 <<<"$3")"
}

failures=0

# check_mutant NAME: at least one of its runs finds it
check_mutant ()
{
  local dir=$work/$1 patch=$stress/mutants/$1.patch reason caught='' text
  mutate "$dir" "$patch"
  while read -r text <&3; do
    if found "$dir" "$text"; then
      caught=1
      line "$1" "$text" "$reason"
    else
      line "$1" "$text" "did not find it"
    fi
  done 3< <(runs_of "$patch")
  rm -rf "$dir"
  [ -n "$caught" ] || failures=$((failures + 1))
}

# The same runs find nothing where there is no fault.
check_library ()
{
  local dir=$work/library reason text
  mutate "$dir" ""
  while read -r text <&3; do
    if found "$dir" "$text"; then
      line "the library itself" "$text" "$reason"
      failures=$((failures + 1))
    else
      line "the library itself" "$text" passed
    fi
  done 3< <(for name; do runs_of "$stress/mutants/$name.patch"; done | grep -v '^model ' | sort -u)
}

[ -e "$archive" ] || die "$archive is missing; make builds it"
compile_tests
for name in "${mutants[@]}"; do
  [ -e "$stress/mutants/$name.patch" ] || die "there is no mutant $name"
  check_mutant "$name"
done
check_library "${mutants[@]}"
echo "${#mutants[@]} mutants, $failures failures"
[ $failures = 0 ]
