#!/bin/bash
# check-kills-outside.sh: as kills, but the victims are killed from outside, by SIGKILL
#
# check-kills-outside.sh [KILLS]
#
# Where the programs of Windows run under Wine nothing of Windows sees that coming.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
set -u
export LC_ALL=C.UTF-8

number=${1:-40}
program=${IPC_BUILDDIR:-.}/tests/stress/kills${EXEEXT:-}

# The victims have the word in their command lines, and each only once.
victims ()
{
  local dir words
  for dir in /proc/[0-9]*; do
    mapfile -d '' -t words 2>/dev/null <"$dir/cmdline"
    [[ "${words[*]}" == *"kills-victim $1"* ]] && echo "${dir##*/}"
  done
}

kill_all ()
{
  local pid
  for pid in $(victims "$1"); do
    kill -KILL "$pid" 2>/dev/null
  done
}

# shellcheck disable=SC2086  # a command and its arguments
exec 3< <(exec ${LOG_COMPILER:-} "$program" --outside --kills "$number")
pid=$!
trap 'kill "$pid" 2>/dev/null' EXIT

while read -r -u 3 line; do
  line=${line%$'\r'}
  case $line in
    kills-*) kill_all "$line" ;;
    *) echo "$line" ;;
  esac
done
wait "$pid"
status=$?
trap - EXIT
exit $status
