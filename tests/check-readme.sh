#!/bin/bash
# check-readme.sh: README.md's programs and that of libipc(3), taken out of it, compiled and run
#
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck source=meet/meet.sh source-path=SCRIPTDIR
. "${0%/*}/meet/meet.sh"

readme=$IPC_SRCDIR/README.md
scripts=$IPC_SRCDIR/doc/examples
PYTHON=${PYTHON:-python3}
GJS=${GJS:-gjs}
missing=()
names+=("$plain")

# program LANGUAGE: the only block of that language
program ()
{
  awk -v begin="\`\`\`$1" '$0 == "```" { inside = 0 }
                           inside { print }
                           $0 == begin { inside = 1; blocks++ }
                           END { exit blocks != 1 }' "$readme"
}

# take LANGUAGE: the manual has the same program, and here it works on names of its own
take ()
{
  program "$1" >"$work/block" || fail "README.md has not one program in $1"
  [[ $(<"$scripts/counter.$2") == *"$(<"$work/block")" ]] ||
    fail "README.md has another program than doc/examples/counter.$2"
  sed "s/\\([\"']\\)counter\\1/\\1$plain\\1/g" "$work/block" >"$work/count.$2"
}

# compile NAME
compile ()
{
  # shellcheck disable=SC2086 # flags are words
  $CC -Wall -Wextra -Werror -o "$work/$1" "$work/$1.c" -I"$IPC_BUILDDIR/include" \
    -I"$IPC_SRCDIR/include" $GLIB_CFLAGS -L"$IPC_BUILDDIR/lib/.libs" -lipc-1.0 $GLIB_LIBS ||
    fail "$1.c does not compile"
}

# -- C --
take c c
grep -qxF '    cc count.c -o count $(pkg-config --cflags --libs ipc)' "$readme" ||
  fail "README.md does not say how to compile"
compile count
expect 1 "$work/count"
expect 2 "$work/count"

# -- The manual page, whose lines are the inside of a function --
{
  echo '#include <ipc/ipc.h>'
  echo 'int main (void) { g_autoptr (GError) error = NULL;'
  sed -n '/^\.EX$/,/^\.EE$/{/^\./d; s/\\-/-/g; s/\\e/\\/g; s/"counter"/"'"$plain"'"/; p}' \
    "$IPC_SRCDIR/doc/libipc.3"
  echo 'return 0; }'
} >"$work/page.c"
compile page
expect 3 "$work/page"

# -- Python and JavaScript, on the same objects --
take python py
take js js
if ! has_typelib; then
  echo "$meet_test: built without introspection, so Python and JavaScript have nothing to import"
else
  if "$PYTHON" -c 'import gi' 2>/dev/null; then
    expect 4 "$PYTHON" "$work/count.py"
    expect 5 "$work/count"
  else
    missing+=("Python's gi")
  fi
  if command -v "$GJS" >/dev/null; then
    expect "my turn" "$GJS" -m "$work/count.js"
    expect 1 "$ours" semaphore-value "$plain"
  else
    missing+=(gjs)
  fi
fi

[ ${#missing[@]} = 0 ] || skip "not installed: ${missing[*]}"
