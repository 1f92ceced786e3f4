#!/bin/bash
# check-tool.sh: the manual page of ipcctl, its completion and its translations
#
# SPDX-License-Identifier: LGPL-2.1-or-later
set -u
export LC_ALL=C.UTF-8

failures=0

fail ()
{
  echo "FAIL $*"
  failures=$((failures + 1))
}

skip ()
{
  echo "left out: $*"
  [ -z "${CI:-}" ] || fail "nothing may be missing here"
}

# -- The manual page --
verbs=$("$IPC_BUILDDIR/tools/ipcctl" --help | sed -nE 's/^  ([a-z]+) .*/\1/p')
[ "$(wc -w <<<"$verbs")" = 12 ] || fail "ipcctl --help has other verbs: $verbs"
page=$IPC_SRCDIR/tools/ipcctl.1
if command -v man >/dev/null; then
  warnings=$(MANROFFSEQ='' MANWIDTH=80 man --warnings -E UTF-8 -l -Tutf8 -Z "$page" 2>&1 >/dev/null)
  [ -z "$warnings" ] || fail "man --warnings: $warnings"
else
  skip "man is not installed"
fi
for verb in $verbs; do
  grep -q "^\.B ipcctl $verb" "$page" || fail "the manual page does not show $verb"
  # Each option stands in the page.
  for option in $("$IPC_BUILDDIR/tools/ipcctl" "$verb" --help | grep -oE '^ +(-., )?--[a-z-]+' |
                    grep -oE -- '--[a-z-]+'); do
    [ "$option" = --help ] || tr -d '\\' <"$page" | grep -qE -- "(${option}|-.)[^a-z-]?" ||
      fail "the manual page has no $option of $verb"
  done
done

# -- Completion: as bash calls it --
name=ipcctl-tool-$$
PATH=$IPC_BUILDDIR/tools:$PATH
trap 'ipcctl rm -f -s "$name" 2>/dev/null' EXIT
ipcctl create "$name" --value 1 || fail "no semaphore could be made"
# shellcheck source=/dev/null
. "$IPC_SRCDIR/tools/completions/ipcctl"

# completes LINE EXPECTED...: all of these are offered
completes ()
{
  local want
  COMP_LINE=$1
  COMP_POINT=${#COMP_LINE}
  read -ra COMP_WORDS <<<"$COMP_LINE"
  COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
  _ipcctl
  shift
  for want; do
    [[ " ${COMPREPLY[*]} " == *" $want "* ]] ||
      fail "\"$COMP_LINE\" is completed by \"${COMPREPLY[*]}\" and not by $want"
  done
}

completes "ipcctl in" inspect
completes "ipcctl " list gc bench
completes "ipcctl list --ba" --backend
completes "ipcctl list --backend na" native
completes "ipcctl post ${name:0:12}" "$name"
completes "ipcctl post native:${name:0:12}" "$name"
completes "ipcctl wait $name --ti" --timeout
completes "ipcctl help wa" wait watch

# -- Translations --
if command -v msgfmt >/dev/null && command -v xgettext >/dev/null; then
  work=$(mktemp -d)
  trap 'ipcctl rm -f -s "$name" 2>/dev/null; rm -rf "$work"' EXIT
  (cd "$IPC_SRCDIR" && sed '/^#/d' po/POTFILES.in |
    xgettext --files-from=- --from-code=UTF-8 --keyword=_ --keyword=N_ --keyword=g_dngettext:2,3 \
      --output="$work/libipc.pot") || fail "xgettext"
  [ "$(cd "$IPC_SRCDIR" && ls tools/*.[ch])" = "$(sed '/^#/d' "$IPC_SRCDIR/po/POTFILES.in")" ] ||
    fail "po/POTFILES.in is not the list of the sources"
  for lang in $(sed 's/#.*//' "$IPC_SRCDIR/po/LINGUAS"); do
    msgmerge --quiet --no-fuzzy-matching -o "$work/$lang.po" "$IPC_SRCDIR/po/$lang.po" \
      "$work/libipc.pot" || fail "msgmerge $lang"
    LC_ALL=C msgfmt --check --statistics -o "$work/$lang.mo" "$work/$lang.po" 2>"$work/said" ||
      fail "$(cat "$work/said")"
    grep -qE '^[0-9]+ translated messages?\.$' "$work/said" || fail "$lang: $(cat "$work/said")"
  done
else
  skip "gettext is not installed"
fi

[ $failures = 0 ]
