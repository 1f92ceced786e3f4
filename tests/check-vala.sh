#!/bin/bash
# check-vala.sh: a Vala program compiles with the vapi and shares memory and semaphores
#
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck source=meet/meet.sh source-path=SCRIPTDIR
. "${0%/*}/meet/meet.sh"

if [ ! -e "$IPC_BUILDDIR/lib/ipc.vapi" ]; then
  echo "SKIP $meet_test: built without Vala"
  exit 77
fi
need valac

cp "$IPC_SRCDIR/tests/check-vala.vala" "$work" && cd "$work" || exit 1
valac --quiet --ccode --vapidir "$IPC_BUILDDIR/lib" --girdir "$IPC_BUILDDIR/lib" \
  --pkg ipc check-vala.vala || fail "valac"
# shellcheck disable=SC2086 # flags are words
"$IPC_BUILDDIR/libtool" --quiet --tag=CC --mode=link \
  ${CC:-cc} -w ${CFLAGS:-} -I"$IPC_BUILDDIR/include" -I"$IPC_SRCDIR/include" $GLIB_CFLAGS \
  -o check-vala check-vala.c "$IPC_BUILDDIR/lib/libipc-1.0.la" $GLIB_LIBS ||
  fail "what valac made does not compile"
./check-vala "sysv:$key" || fail "it failed"
