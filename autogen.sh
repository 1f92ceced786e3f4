#!/bin/sh
# autogen.sh: makes configure from a git checkout
#
# SPDX-License-Identifier: LGPL-2.1-or-later
set -e
cd "$(dirname "$0")"

for tool in autoreconf libtoolize gtkdocize; do
  if ! command -v "$tool" >/dev/null; then
    echo "autogen.sh: $tool is missing; ./bootstrap deps installs it" >&2
    exit 1
  fi
done

gtkdocize --copy
exec autoreconf --force --install "$@"
