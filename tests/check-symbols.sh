#!/bin/bash
# check-symbols.sh: what is exported, mapped, declared and documented is one and the same list, and
# each enumerator has the number that it was published with
#
# SPDX-License-Identifier: LGPL-2.1-or-later
set -u
export LC_ALL=C

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
status=0

# Comments go; each declaration becomes one line.
declarations ()
{
  for header in "$IPC_SRCDIR"/include/ipc/*.h; do
    $CC -fpreprocessed -dD -P -E -x c "$header"
  done | grep -v '^ *#' | tr '\n' ' ' | sed 's/IPC_PUBLIC/\n&/g; s/;/;\n/g'
}

# A final type brings its get_type; every other declaration is a prototype.
functions ()
{
  sed -nE '
    s/.*G_DECLARE_FINAL_TYPE \([A-Za-z]+, ([a-z_]+),.*/\1_get_type/p; t
    s/^[^(]*[ *](ipc_[a-z0-9_]+) \(.*/\1/p'
}

declarations >"$work/declarations"
functions <"$work/declarations" | sort -u >"$work/declared"
grep '^IPC_PUBLIC' "$work/declarations" | functions | sort -u >"$work/marked"
$NM -D --defined-only "$IPC_BUILDDIR/lib/.libs/libipc-1.0.so" |
  sed -nE 's/.* T ([A-Za-z0-9_]+).*/\1/p' | sort -u >"$work/exported"
$NM -D --defined-only "$IPC_BUILDDIR/lib/.libs/libipc-1.0.so" |
  sed -nE 's/.* [^AT] ([A-Za-z0-9_]+).*/\1/p' >"$work/data"
sed -nE 's/^ +([a-z0-9_]+);$/\1/p' "$IPC_SRCDIR/lib/libipc.map" | sort -u >"$work/map"
grep -E '^ipc_[a-z0-9_]+$' "$IPC_SRCDIR/doc/ipc-sections.txt" | sort -u >"$work/documented"

# same A B: two lists, and what the difference would mean
same ()
{
  diff "$work/$1" "$work/$2" >"$work/diff" && return
  echo "FAIL $1 (<) and $2 (>) differ:"
  grep '^[<>]' "$work/diff"
  status=1
}

if ! [ -s "$work/exported" ]; then
  echo "FAIL no exported functions in $IPC_BUILDDIR/lib/.libs/libipc-1.0.so"
  exit 1
fi
same declared marked
same declared map
same map exported
# A tarball has no debian/.
symbols=$IPC_SRCDIR/debian/libipc-1.0-0.symbols
if [ -e "$symbols" ]; then
  sed -nE 's/^ (ipc_[a-z0-9_]+)@.*/\1/p' "$symbols" | sort -u >"$work/packaged"
  same map packaged
fi
same declared documented

# Numbers are in no symbol, and most are in no debugging symbol that abidiff would look at.
sed -nE '/^typedef enum/,/^}/s/^ +(IPC_[A-Z0-9_]+).*/\1/p' "$IPC_SRCDIR"/include/ipc/*.h |
  sort >"$work/enumerators"
sed -nE 's/^(IPC_[A-Z0-9_]+) = [0-9]+$/\1/p' "$IPC_SRCDIR/lib/libipc.enums" |
  sort >"$work/numbered"
same enumerators numbered
{
  echo '#include <ipc/ipc.h>'
  sed -nE 's/^(IPC_[A-Z0-9_]+) = (.*)/_Static_assert (\1 == \2, "\1 was published as \2");/p' \
    "$IPC_SRCDIR/lib/libipc.enums"
} >"$work/numbers.c"
# shellcheck disable=SC2086  # flags are words
if ! $CC -fsyntax-only -I"$IPC_SRCDIR/include" -I"$IPC_BUILDDIR/include" $GLIB_CFLAGS \
    "$work/numbers.c"; then
  echo "FAIL an enumerator has changed its number"
  status=1
fi

if [ -s "$work/data" ]; then
  echo "FAIL exported data:"
  cat "$work/data"
  status=1
fi
exit $status
