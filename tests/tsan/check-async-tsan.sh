#!/bin/bash
# check-async-tsan.sh: waits in main loops under the thread sanitizer
#
# Usage: check-async-tsan.sh [WAITS]; IPC_ENGINE names another folder with the files of lib/.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck disable=SC2086  # the compiler and its flags are words
set -u

here=$IPC_SRCDIR/tests/tsan
engine=${IPC_ENGINE:-$IPC_SRCDIR/lib}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

if ! echo 'int main (void) { return 0; }' |
    $CC -fsanitize=thread -x c - -o "$work/probe" 2>/dev/null || ! "$work/probe"; then
  echo "SKIP check-async-tsan: the compiler has no thread sanitizer that works here"
  [ -z "${CI:-}" ] || exit 1
  exit 77
fi

# What has to do with threads is compiled for the sanitizer; the rest comes as it is.
archive=$IPC_BUILDDIR/lib/.libs/libipc-core.a
mapfile -t sources < <("${AR:-ar}" t "$archive" | sed -nE 's/^libipc_core_la-(.*)\.o$/\1.c/p' |
  grep -E '^ipc-(async|queue|thread|native|life|sleep|word|set|semaphore|deadline|error)[-.]')
flags="-std=gnu11 -O1 -g -pthread -D_GNU_SOURCE -DIPC_COMPILATION $GLIB_CFLAGS"
flags="$flags -I$IPC_BUILDDIR -I$IPC_BUILDDIR/include -I$IPC_SRCDIR/include -I$engine"

$CC $flags -c "$here/tsan-glib.c" -o "$work/tsan-glib.o" &&
  $CC $flags -fsanitize=thread "${sources[@]/#/$engine/}" "$here/tsan-async.c" \
    "$work/tsan-glib.o" "$archive" $GLIB_LIBS -ldl \
    -o "$work/tsan-async" || exit 1

# What GLib does inside is its own business; its slices would hand memory on unseen.
G_SLICE=always-malloc TSAN_OPTIONS=halt_on_error=1:exitcode=66:ignore_noninstrumented_modules=1 \
  "$work/tsan-async" "$@"
