#!/bin/bash
# check-stories.sh: the manual's short programs say what the manual says
#
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck source=meet/meet.sh source-path=SCRIPTDIR
. "${0%/*}/meet/meet.sh"

examples=${IPC_BUILDDIR:-.}/doc/examples

# says WORDS COMMAND...: it succeeds, and this is in what it prints
says ()
{
  local words=$1 got
  shift
  got=$("$@" 2>&1) || fail "$*: it failed: $got"
  [[ $got == *"$words"* ]] || fail "$*: \"$words\" is not in: $got"
}

# gone NAME: neither a segment nor a semaphore
gone ()
{
  refused 1 "No such file" "$ours" semaphore-value "$1"
  refused 1 "No such file" "$ours" segment-size "$1"
}

names+=("$plain" "posix:/$plain")
says "got all 2 units; came back from a process that died: 1" "$examples/crash-pool" "$plain"
says "got all 2 units" "$examples/crash-pool" "sysv:$key"
refused 1 UNDO "$examples/crash-pool" "posix:/$plain"

for name in "$plain" "sysv:$key" "posix:/$plain"; do
  says "job 3 of 3, from a process that is dead" "$examples/crash-signal" "$name"
  says "the old one unlinked, the new one: whoever opens the name gets this one" \
    "$examples/lifetime" "$name"
  gone "$name"
done

says "the peer reads: look, but do not touch" "$examples/sealed"
says "it is sealed against writing" "$examples/sealed"
