#!/bin/bash
# check-raw-sysv.sh: meets a program with the bare calls of System V
#
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck source=meet.sh source-path=SCRIPTDIR
. "${0%/*}/meet.sh"

meet_program raw-sysv "sysv:$key" "$key" 1000

# The lowest and the highest key, unsigned and signed: the same 32 bits.
low=$(printf '0x%x' $((0x80000000 | ($$ << 2 | 1))))
keys+=("$low")
"$ours" segment-create "sysv:$low" 10 || fail "a key with the highest bit set"
expect 10 "$meet_programs/raw-sysv" segment-size "$low"
expect 10 "$ours" segment-size "sysv:$((low - 0x100000000))"
"$ours" segment-unlink "sysv:$low"
