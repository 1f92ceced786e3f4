#!/bin/bash
# run-stress.sh: the long runs, one line each, up to the first that fails
#
# run-stress.sh "COMMAND ARGUMENT..."...
#
# SPDX-License-Identifier: LGPL-2.1-or-later
set -u
cd "$IPC_BUILDDIR" || exit 1

for run; do
  read -r -a command <<<"$run"
  # "bash .../check-tsan.sh 2000000" is told as "check-tsan.sh 2000000".
  title=$(sed 's/^[^ ]*sh //; s/^[^ ]*\///' <<<"$run")
  log=tests/stress/${title// /-}.out
  began=$SECONDS
  printf '%-30s ' "$title"
  if ! "${command[@]}" >"$log" 2>&1 </dev/null; then
    echo "FAILED; the end of $log:"
    tail -n 20 "$log"
    exit 1
  fi
  printf '%3d:%02d  %s\n' $(((SECONDS - began) / 60)) $(((SECONDS - began) % 60)) \
    "$(tail -n 1 "$log")"
done
