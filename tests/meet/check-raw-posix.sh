#!/bin/bash
# check-raw-posix.sh: meets a program with sem_open(3) and shm_open(3)
#
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck source=meet.sh source-path=SCRIPTDIR
. "${0%/*}/meet.sh"

meet_program raw-posix "posix:/$plain" "/$plain" 1000

# A bare name is the shared memory of the same name.
"$meet_programs/raw-posix" segment-create "/$plain" 300
for name in "$plain" "/$plain" "native:$plain" "posix:$plain"; do
  expect 300 "$ours" segment-size "$name"
  share_bytes "$ours" "$name" "$meet_programs/raw-posix" "/$plain" up 10
done
"$ours" segment-unlink "$plain"
