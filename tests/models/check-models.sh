#!/bin/bash
# check-models.sh: Spin tries all that the models of the native semaphore can do, and finds no error
#
# check-models.sh           the small searches, for "make check"
# check-models.sh --long    the large ones; IPC_MODEL_MEMORY is what one may use, in MiB
# check-models.sh --mutants all faults of the list below, each of which must be found
# check-models.sh MUTANT... these faults
#
# A search that was cut short has shown nothing, and fails.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
set -u
export LC_ALL=C.UTF-8

models=$(cd "$(dirname "$0")" && pwd) || exit 1
memory=${IPC_MODEL_MEMORY:-2000}

# A model, and what is tried.
short=(
  "word -DOPS=2 -DDEATHS=1"
  "word -DWORKERS=1 -DGIVERS=1"
  "word -DSETTERS=1 -DOPS=1 -DDEATHS=0"
  "set -DUNITS=0 -DOPS=1 -DDEATHS=1"
  "wake -DHELD=0 -DGIVERS=1"
  "wake -DHELD=1 -DGIVERS=0 -DUNITS=0 -DKINDS=3"
  "turn -DTURNS=1"
)
long=(
  "word"
  "word -DDEATHS=3"
  "word -DWORKERS=3 -DLANES=3 -DOPS=1 -DDEATHS=1"
  "set -DUNITS=0 -DOPS=1 -DDEATHS=2"
  "set -DDEATHS=1"
  "wake -DHELD=0 -DGIVERS=2 -DMORE=3"
  "turn -DTURNS=1 -DGIVERS=1"
)

# The smallest search that finds each fault; README.md says what they are.
declare -A mutants=(
  [1]="word -DOPS=1 -DDEATHS=1"
  [2]="word -DOPS=2 -DDEATHS=1"
  [3]="word -DOPS=1 -DDEATHS=1"
  [4]="word -DOPS=1 -DDEATHS=1"
  [5]="word -DOPS=1 -DDEATHS=1"
  [6]="word -DOPS=1 -DDEATHS=1"
  [7]="word -DOPS=1 -DDEATHS=1 -DGIVERS=1"
  [8]="wake -DHELD=0 -DGIVERS=1"
  [9]="wake -DHELD=0 -DGIVERS=1"
  [11]="word -DSETTERS=1 -DOPS=1 -DDEATHS=0"
  [12]="word -DSETTERS=1 -DOPS=2 -DDEATHS=0 -DWORKERS=1"
  [13]="word -DSETTERS=1 -DOPS=1 -DDEATHS=0"
  [21]="set -DUNITS=0 -DOPS=1 -DDEATHS=1"
  [22]="set -DUNITS=0 -DOPS=1 -DDEATHS=1"
  [23]="set -DUNITS=0 -DOPS=1 -DDEATHS=1"
  [24]="set -DUNITS=0 -DOPS=1 -DDEATHS=1"
  [25]="set -DUNITS=0 -DOPS=1 -DDEATHS=1"
  [26]="set -DUNITS=0 -DOPS=1 -DDEATHS=2"
  [27]="set -DUNITS=0 -DOPS=1 -DDEATHS=1"
  [31]="wake -DHELD=0 -DGIVERS=2 -DUNITS=0 -DKINDS=2 -DMORE=3"
  [32]="wake -DHELD=0 -DGIVERS=1"
  [33]="wake -DHELD=1 -DGIVERS=0 -DUNITS=0 -DKINDS=3"
  [34]="wake -DHELD=0 -DGIVERS=1"
  [41]="turn -DTURNS=1"
  [42]="turn -DTURNS=1"
  [43]="turn -DTURNS=1"
)

missing=
for tool in spin "${CC:=cc}"; do
  command -v "${tool%% *}" >/dev/null || missing=${tool%% *}
done
if [ -n "$missing" ]; then
  echo "SKIP check-models: $missing is missing"
  [ -z "${CI:-}" ] && exit 77
  exit 1
fi

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

# search MODEL FLAG...: what it says is in $work/out
search ()
{
  local model=$1
  shift
  (
    cd "$work" && rm -f pan ./*.trail || exit
    spin "$@" -a "$models/$model.pml" || exit
    # shellcheck disable=SC2086  # a compiler and its flags
    $CC $optimize -w -DSAFETY -DHC4 -DMEMLIM="$memory" -o pan pan.c || exit
    ./pan -m1000000
  ) >"$work/out" 2>&1 </dev/null
}

says ()
{
  grep -qE "$1" "$work/out"
}

states ()
{
  sed -nE 's/^ *([0-9.e+]+) states, stored.*/\1/p' "$work/out"
}

failures=0

# line WHAT OUTCOME
line ()
{
  printf '%-60s %s\n' "$1" "$2"
}

fail ()
{
  line "$1" FAILED
  tail -n 60 "$work/out"
  failures=$((failures + 1))
}

# check_model CONFIGURATION: all of it was looked at, and it was right
check_model ()
{
  local began=$SECONDS words
  read -r -a words <<<"$1"
  if search "${words[@]}" && says 'errors: 0$' && ! says 'not completed'; then
    line "$1" "$(states) states, $((SECONDS - began)) s"
  else
    fail "$1"
  fi
}

# check_mutant NUMBER: what is asserted is found to be wrong
check_mutant ()
{
  local configuration=${mutants[$1]:-} words
  if [ -z "$configuration" ]; then
    echo "there is no mutant $1" >&2
    exit 1
  fi
  read -r -a words <<<"$configuration -DMUTANT=$1"
  if search "${words[@]}" && says 'assertion violated'; then
    line "mutant $1: $configuration" "found, $(states) states"
  else
    fail "mutant $1: $configuration"
  fi
}

optimize=-O0
case ${1:-} in
  "") for configuration in "${short[@]}"; do check_model "$configuration"; done ;;
  --long) optimize=-O2
          for configuration in "${long[@]}"; do check_model "$configuration"; done ;;
  --mutants) for mutant in $(printf '%s\n' "${!mutants[@]}" | sort -n); do
               check_mutant "$mutant"
             done ;;
  *) for mutant; do check_mutant "$mutant"; done ;;
esac
[ $failures = 0 ]
