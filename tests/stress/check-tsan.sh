#!/bin/bash
# check-tsan.sh: the engine of the native semaphore under the thread sanitizer
#
# Usage: check-tsan.sh [OPERATIONS]; IPC_ENGINE names another folder with ipc-word.c and ipc-set.c.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
set -u
# shellcheck disable=SC2086  # $CC is a compiler and what stands before it, such as ccache

engine=${IPC_ENGINE:-$IPC_SRCDIR/lib}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
touch "$work/config.h"

if ! echo 'int main (void) { return 0; }' |
    $CC -fsanitize=thread -x c - -o "$work/probe" 2>/dev/null || ! "$work/probe"; then
  echo "SKIP check-tsan: the compiler has no thread sanitizer that works here"
  [ -z "${CI:-}" ] || exit 1
  exit 77
fi

$CC -std=gnu11 -O1 -g -pthread -fsanitize=thread -I"$work" -I"$engine" -I"$IPC_SRCDIR/lib" \
  "$IPC_SRCDIR/tests/stress/tsan-word.c" "$engine/ipc-word.c" "$engine/ipc-set.c" \
  -o "$work/tsan-word" || exit 1
TSAN_OPTIONS=halt_on_error=1:exitcode=66 "$work/tsan-word" "$@"
