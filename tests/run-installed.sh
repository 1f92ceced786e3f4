#!/bin/bash
# run-installed.sh: runs a test where it was installed, against the library that the system finds
#
# Usage: run-installed.sh tests/NAME; the .test files of gnome-desktop-testing-runner say so
#
# SPDX-License-Identifier: LGPL-2.1-or-later
set -eu

IPC_BUILDDIR=$(cd "$(dirname "$0")/.." && pwd)
export IPC_BUILDDIR IPC_SRCDIR="$IPC_BUILDDIR" PYTHONDONTWRITEBYTECODE=1
test=$IPC_BUILDDIR/$1
with_peer=("$BASH" "$IPC_BUILDDIR/tests/with-peer.sh")

case $test in
  *.sh) exec "$BASH" "$test" ;;
  *.pl) exec "${with_peer[@]}" perl "$test" ;;
  *.py) exec "${with_peer[@]}" "${PYTHON:-python3}" "$test" ;;
  *.js) exec "${with_peer[@]}" gjs -m "$test" ;;
  *) exec "$test" ;;
esac
