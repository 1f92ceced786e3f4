#!/bin/bash
# check-name-hash.sh: the key of sysv:/NAME is the one that rustatian/ipc and others use
#
# FNV-1a, 32 bit, of the name with its leading slash; ipcs(1) shows what the kernel was asked for.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck source=meet.sh source-path=SCRIPTDIR
. "${0%/*}/meet.sh"

need ipcs

# The same sum once more, by another hand.
fnv1a ()
{
  local -i hash=2166136261 i
  for ((i = 0; i < ${#1}; i++)); do
    hash=$(((hash ^ $(printf '%d' "'${1:i:1}")) * 16777619 & 0xffffffff))
  done
  printf '0x%08x' "$hash"
}

# Values known from elsewhere: the empty text, "a" and "foobar" are the published test vectors.
[ "$(fnv1a '')" = 0x811c9dc5 ] || fail "this script's own sum of ''"
[ "$(fnv1a a)" = 0xe40c292c ] || fail "this script's own sum of 'a'"
[ "$(fnv1a foobar)" = 0xbf9cf968 ] || fail "this script's own sum of 'foobar'"
[ "$(fnv1a /mylock)" = 0xc23dfe97 ] || fail "this script's own sum of '/mylock'"

hash=$(fnv1a "/$plain")
keys+=("$hash")
"$ours" segment-create "sysv:/$plain" 100 || fail "segment-create"
"$ours" semaphore-create "sysv:/$plain" 1 || fail "semaphore-create"
ipcs -m | grep -q "^$hash " || fail "the segment has another key than $hash"
ipcs -s | grep -q "^$hash " || fail "the set has another key than $hash"
expect 1 "$ours" semaphore-value "sysv:$hash"
expect 100 "$ours" segment-size "sysv:$hash"
