#!/bin/bash
# run-fuzz.sh: looks for inputs that make a target of tests/fuzz fail, for a while
#
# run-fuzz.sh [TARGET...]
#
# FUZZ_SECONDS: how long each target runs (600).  FUZZ_ENGINE=afl: by AFL++ instead of libFuzzer.
# FUZZ_SEED: where chance begins; 0, as it is without, is somewhere else each time.
# FUZZ_SOURCES: the sources of the library.  The corpus of the tree is where it begins; what it finds
# beyond that is kept in tests/fuzz/found of the build folder, and the programs in tests/fuzz/ENGINE.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
set -u
export LC_ALL=C.UTF-8

fuzz=$IPC_SRCDIR/tests/fuzz
seconds=${FUZZ_SECONDS:-600}
seed=${FUZZ_SEED:-0}
engine=${FUZZ_ENGINE:-libfuzzer}
found=$IPC_BUILDDIR/tests/fuzz/found
work=$IPC_BUILDDIR/tests/fuzz/$engine
mkdir -p "$work" || exit 1
targets=("$@")
[ $# != 0 ] || targets=(name open calls)

sanitizers=-fsanitize=address,undefined
case $engine in
  libfuzzer) compiler=clang flags="$sanitizers -fno-sanitize-recover=undefined"
             instrument=-fsanitize=fuzzer-no-link link=-fsanitize=fuzzer tool=clang ;;
  afl) compiler=afl-clang-fast flags='' instrument='' link=-fsanitize=fuzzer tool=afl-fuzz ;;
  *) echo "FUZZ_ENGINE is libfuzzer or afl" >&2 && exit 2 ;;
esac

# A name of its own for everything, and nothing left of it.
if ! command -v "$tool" >/dev/null || ! command -v "$compiler" >/dev/null ||
    ! unshare --map-root-user --mount --ipc true 2>/dev/null; then
  echo "SKIP fuzz: needs $tool and namespaces of its own"
  [ -z "${CI:-}" ] && exit 77
  exit 1
fi

# -- Building ----------------------------------------------------------------------------------

# compile OBJECT SOURCE
compile ()
{
  # shellcheck disable=SC2086  # lists of flags
  $compiler -std=gnu11 -O1 -g -w -pthread -fno-omit-frame-pointer $flags $instrument -D_GNU_SOURCE \
    -DIPC_COMPILATION -DIPC_PATIENCE_US=2000 '-DG_LOG_DOMAIN="Ipc"' \
    -I"$IPC_SRCDIR/lib" -I"$IPC_SRCDIR/include" \
    -I"$IPC_BUILDDIR/include" -I"$IPC_BUILDDIR" $GLIB_CFLAGS -c "$2" -o "$work/$1.o"
}

build ()
{
  local source target objects=()
  for source in $FUZZ_SOURCES; do
    # What stands in the sources, or is made in the build folder.
    [ -e "$source" ] || source=$IPC_SRCDIR/$source
    objects+=("$work/$(basename "$source" .c).o")
    compile "$(basename "$source" .c)" "$source" || return
  done
  for source in "$fuzz"/fuzz{,-acts,-model}.c; do
    objects+=("$work/$(basename "$source" .c).o")
    compile "$(basename "$source" .c)" "$source" || return
  done
  for target in "${targets[@]}"; do
    compile "fuzz-$target" "$fuzz/fuzz-$target.c" || return
    # shellcheck disable=SC2086
    $compiler -pthread $flags $link "$work"/fuzz-"$target".o "${objects[@]}" \
      $GLIB_LIBS -o "$work/fuzz-$target" || return
  done
}

# -- Running -----------------------------------------------------------------------------------

# in_world COMMAND...: with shared memory and System V objects of its own
in_world ()
{
  unshare --map-root-user --mount --ipc bash -euc \
    'mount -t tmpfs -o mode=1777 tmpfs /dev/shm; exec "$@"' in_world "$@"
}

run_libfuzzer ()
{
  mkdir -p "$found/$1" && in_world "$work/fuzz-$1" -max_total_time="$seconds" -seed="$seed" \
    -timeout=30 -max_len=512 -rss_limit_mb=1024 -print_final_stats=1 -verbosity=0 \
    -artifact_prefix="$found/$1-" "$found/$1" "$fuzz/corpus/$1" >"$work/$1.log" 2>&1
}

run_afl ()
{
  local afl_seed=()
  [ "$seed" = 0 ] || afl_seed=(-s "$seed")
  mkdir -p "$found/afl-$1" && AFL_NO_UI=1 AFL_SKIP_CPUFREQ=1 AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 \
    in_world afl-fuzz -V "$seconds" "${afl_seed[@]}" -t 5000 -i "$fuzz/corpus/$1" \
    -o "$found/afl-$1" "$work/fuzz-$1" >"$work/$1.log" 2>&1 &&
    ! compgen -G "$found/afl-$1/default/crashes/id*" >/dev/null &&
    ! compgen -G "$found/afl-$1/default/hangs/id*" >/dev/null
}

# What it did, from what it says.
figures ()
{
  case $engine in
    libfuzzer) sed -n 's/^stat::number_of_executed_units: *\([0-9]*\).*/\1 inputs/p' \
                 "$work/$1.log" ;;
    afl) sed -n 's/^execs_done *: *\([0-9]*\).*/\1 inputs/p' "$found/afl-$1/default/fuzzer_stats" ;;
  esac
}

# Objects must not be hidden from the sanitizer by GLib.
export G_SLICE=always-malloc
[ "$engine" = afl ] ||
  export ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1

build || { echo "the targets do not compile" && exit 1; }
failures=0
for target in "${targets[@]}"; do
  if "run_$engine" "$target"; then
    echo "fuzz-$target: $(figures "$target") in $seconds s, nothing found"
  else
    echo "FAIL fuzz-$target: the input is in $found"
    tail -n 40 "$work/$target.log"
    failures=$((failures + 1))
  fi
done
[ $failures = 0 ]
