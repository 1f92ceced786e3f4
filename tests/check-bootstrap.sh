#!/bin/bash
# check-bootstrap.sh: which packages ./bootstrap asks dnf for, and what it says when it gets none
#
# Everything that would look at this system or change it is a script of ours.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
set -u

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
mkdir "$work/bin" "$work/tree"
cp "$IPC_SRCDIR/bootstrap" "$work/tree"
status=0

# The system's commands but those of packages, and of who we are.
for program in awk bash cat cut date dirname env getconf grep head mkdir paste rm sed sleep sort \
    tail touch tput tr uniq; do
  path=$(command -v $program) && ln -s "$path" "$work/bin/$program"
done

# fake NAME: standard input is its script; $work is where we are
fake ()
{
  { printf '#!%s\nwork=%q\n' "$BASH" "$work"; cat; } >"$work/bin/$1"
  chmod +x "$work/bin/$1"
}

fake id <<'EOS'
cat "$work/uid"
EOS
# Asked about each package each time, and so without another program.
fake rpm <<'EOS'
while read -r package; do
  [ "$package" != "${!#}" ] || exit 0
done <"$work/installed"
exit 1
EOS
# As dnf does: one package that it does not know, and it installs nothing.
fake dnf <<'EOS'
echo "$*" >>"$work/dnf"
unknown=$(cat "$work/unknown")
for package; do
  case $package in -* | install) continue ;; esac
  if [ "$package" = "$unknown" ]; then
    [[ $* == *--setopt=strict=False* ]] && continue
    echo "Error: Unable to find a match: $package"
    exit 1
  fi
  echo "$package" >>"$work/new"
done
cat "$work/new" >>"$work/installed"
EOS

# fresh UID: a Fedora with nothing on it
fresh ()
{
  echo "$1" >"$work/uid"
  echo none >"$work/unknown"
  rm -f "$work/bin/sudo"
  : >"$work/installed"
}

# bootstrap VERB: its words are in $said, what it asked dnf for in $work/asked, one word a line
bootstrap ()
{
  : >"$work/dnf"
  : >"$work/new"
  said=$(PATH=$work/bin bash "$work/tree/bootstrap" "$1" 2>&1 </dev/null)
  code=$?
  tr ' ' '\n' <"$work/dnf" | grep -vE '^(-.*|install)$' >"$work/asked"
}

fail ()
{
  printf 'FAIL %s: exit status %s\n%s\n-- dnf was asked\n%s\n' "$1" "$code" "$said" \
    "$(cat "$work/dnf")"
  status=1
}

# says CASE CODE TEXT: and the last line says what came of it
says ()
{
  # shellcheck disable=SC2015  # fail is for either
  [ "$code" = "$2" ] && [[ $(tail -n 1 <<<"$said") == *"$3"* ]] || fail "$1"
}

asked_nothing ()
{
  [ ! -s "$work/dnf" ] || fail "$1"
}

fresh 0
bootstrap deps
says "as root" 0 "all packages are installed"
for package in gcc make autoconf-archive glib2-devel gobject-introspection-devel vala gtk-doc \
    check-devel python3-gobject gjs; do
  grep -qx "$package" "$work/asked" || fail "as root, $package"
done
[ -z "$(sort "$work/asked" | uniq -d)" ] || fail "a package was asked for twice"
bootstrap deps
says "again" 0 "all packages are installed"
asked_nothing "again"

sed -i '/^vala$/d' "$work/installed"
bootstrap deps
[ "$(cat "$work/asked")" = vala ] || fail "only one was missing"

# What the build needs must come; what a test meets may not be in every release.
fresh 0
echo vala >"$work/unknown"
bootstrap deps
says "a package is unknown" 1 "packages failed: Error: Unable to find a match: vala"
echo python3-sysv_ipc >"$work/unknown"
bootstrap deps
says "a test's peer is unknown" 0 "installed all packages but python3-sysv_ipc"
[[ $said == *"not to be had: python3-sysv_ipc; "* ]] || fail "a test's peer is unknown"
grep -qx gjs "$work/installed" || fail "another peer came all the same"

fresh 1000
bootstrap deps
says "without sudo" 1 "as root, install: gcc"
asked_nothing "without sudo"
fake sudo <<'EOS'
[ "$1" != -v ]
EOS
bootstrap deps
says "sudo refuses" 1 "sudo was refused: gcc"
asked_nothing "sudo refuses"
fake sudo <<'EOS'
[ "$1" = -v ] || { echo "$1" >>"$work/sudo"; "$@"; }
EOS
bootstrap deps
says "with sudo" 0 "all packages are installed"
grep -qx dnf "$work/sudo" || fail "dnf ran without sudo"

rm "$work/bin/dnf"
bootstrap deps
says "no package manager" 0 ""
[[ $said == *"neither apt-get nor dnf is here"* ]] || fail "no package manager"

exit $status
