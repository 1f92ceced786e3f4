#!/bin/bash
# abi.sh: the binary interface of the library against that of the last release
#
# Usage: abi.sh abi-baseline|abi-check LIBRARY BASELINE SUPPRESSIONS
#
# Wants a library with debugging symbols.  `abi-check` fails where a program that was built with the
# release could break, and only tells what is new.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
set -u

verb=$1
library=$2
baseline=$3
suppressions=$4

# Without line numbers and paths, so that only the interface changes it.
write ()
{
  abidw --exported-interfaces-only --no-show-locs --no-corpus-path --no-comp-dir-path \
    --type-id-style hash --suppressions "$suppressions" --out-file "$1" "$library"
}

# Not --headers-dir nor --drop-private-types: they would hide changes of GLib's types.
differ ()
{
  abidiff "$@" --suppressions "$suppressions" "$baseline" "$library"
}

case $verb in
  abi-baseline)
    write "$baseline" ;;
  abi-check)
    machine=$(sed -n "1s/.*architecture='\([^']*\)'.*/\1/p" "$baseline")
    write "$PWD/abi.new" && now=$(sed -n "1s/.*architecture='\([^']*\)'.*/\1/p" "$PWD/abi.new")
    rm -f "$PWD/abi.new"
    if [ "$machine" != "${now:-}" ]; then
      echo "abi: the baseline is of $machine, the library of ${now:-nothing that abidw can read}"
      exit 77
    fi

    # Any status is a break: abidiff calls some that are "4, a change".
    if ! differ --no-added-syms; then
      echo "abi: programs built with the release may break with this library"
      exit 1
    fi
    if ! differ; then
      echo "abi: nothing breaks, but there is something new; make abi-baseline takes it in"
      exit 0
    fi
    echo "abi: the same as the baseline" ;;
  *)
    echo "abi.sh: there is no verb \"$verb\"" >&2
    exit 2 ;;
esac
