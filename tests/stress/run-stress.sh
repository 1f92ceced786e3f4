#!/bin/bash
# run-stress.sh: the long runs, one line each, up to the first that fails
#
# run-stress.sh "COMMAND ARGUMENT..."...
#
# HOURS: over and over for so long.  Each run adds a line to tests/stress/figures.json: what was run,
# when, for how many seconds, and the numbers that it told.  At the end the sums of this time.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
set -u
export LC_ALL=C.UTF-8
cd "$IPC_BUILDDIR" || exit 1
# Wine's launcher ends what takes long.
export IPC_WINE_SECONDS=${IPC_WINE_SECONDS:-1800}

figures=tests/stress/figures.json
end=$(awk -v began="$SECONDS" -v hours="${HOURS:-0}" 'BEGIN { print int (began + hours * 3600) }')
this_time=$(mktemp) || exit 1
trap 'rm -f "$this_time"' EXIT

# numbers_of LOG: "12 kills, worst gap 3.5 ms" of its last lines as ,"kills":12,"ms":3.5
numbers_of ()
{
  grep -v '^seed ' "$1" | tail -n 10 | grep -oE '[0-9]+(\.[0-9]+)? [a-z]+( [a-z]+)?' |
    awk '{ value = $1; sub (/^[^ ]* /, ""); if (!($0 in seen)) printf ",\"%s\":%s", $0, value
           seen[$0] = 1 }'
}

# record TITLE SECONDS STATUS LOG
record ()
{
  printf '{"run":"%s","at":"%s","seconds":%d,"status":%d%s}\n' "$1" "$(date -u +%FT%TZ)" "$2" "$3" \
    "$(numbers_of "$4")" | tee -a "$this_time" >>"$figures"
}

# once COMMAND ARGUMENT...
once ()
{
  # "bash .../check-tsan.sh 2000000" is told as "check-tsan.sh 2000000".
  local title log began=$SECONDS status
  title=$(sed 's/^[^ ]*sh //; s/^[^ ]*\///' <<<"$*")
  log=tests/stress/${title// /-}.out
  printf '%-30s ' "$title"
  "$@" >"$log" 2>&1 </dev/null
  status=$?
  record "$title" $((SECONDS - began)) $status "$log"
  if [ $status != 0 ]; then
    echo "FAILED; the end of $log:"
    tail -n 20 "$log"
    exit 1
  fi
  printf '%3d:%02d  %s\n' $(((SECONDS - began) / 60)) $(((SECONDS - began) % 60)) \
    "$(tail -n 1 "$log")"
}

# What can be added up.
sums ()
{
  grep -oE '"(kills|killed|victims|operations|stops|runs|rounds|hostile writes|turns|seconds)":[0-9]+' \
    "$this_time" | awk -F'[":]+' '{ sum[$2] += $3 } END { for (of in sum) print sum[of], of }' |
    LC_ALL=C sort -k 2
}

while :; do
  for run; do
    read -r -a command <<<"$run"
    once "${command[@]}"
  done
  [ "$SECONDS" -lt "$end" ] || break
done
echo "in all, $(wc -l <"$this_time") runs and none failed: $(sums | paste -sd, | sed 's/,/, /g')"
