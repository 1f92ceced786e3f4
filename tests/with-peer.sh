#!/bin/bash
# with-peer.sh: runs a test by an interpreter, or says that the interpreter is missing
#
# SPDX-License-Identifier: LGPL-2.1-or-later
set -eu
test=${*: -1}

if ! command -v "$1" >/dev/null; then
  echo "SKIP ${test##*/}: $1 is not installed"
  [ -n "${CI:-}" ] && exit 1
  exit 77
fi
exec "$@"
