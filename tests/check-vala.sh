#!/bin/bash
# check-vala.sh: a Vala program compiles with the vapi and shares memory and semaphores
#
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck source=meet/meet.sh source-path=SCRIPTDIR
. "${0%/*}/meet/meet.sh"
# shellcheck source=vala.sh source-path=SCRIPTDIR
. "${0%/*}/vala.sh"

if [ ! -e "$IPC_BUILDDIR/lib/ipc.vapi" ]; then
  echo "SKIP $meet_test: built without Vala"
  exit 77
fi
need valac

vala_program "$IPC_SRCDIR/tests/check-vala.vala"
"$work/check-vala" "sysv:$key" || fail "it failed with a System V name"
names+=("$plain")
"$work/check-vala" "$plain" || fail "it failed with a native name"
