#!/bin/bash
# check-headers.sh: each public header compiles alone, in C99 and C++, whatever stands around it
#
# SPDX-License-Identifier: LGPL-2.1-or-later
set -u

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0
skipped=

fail ()
{
  echo "FAIL $*" >&2
  failures=$((failures + 1))
}

# Warnings inside GLib's headers are not ours.
glib=${GLIB_CFLAGS//-I/-isystem }
flags="-fsyntax-only -D_GNU_SOURCE -Wall -Wextra -pedantic -Werror"
flags="$flags -I$IPC_BUILDDIR/include -I$IPC_SRCDIR/include $glib"
c99="$CC -x c -std=c99 $flags"
cpp="$CXX -x c++ -std=c++11 $flags"

# What it could clash with.
sys=$'#include <sys/ipc.h>\n#include <sys/sem.h>\n#include <sys/shm.h>\n'

# compiles COMPILER... < SOURCE
compiles ()
{
  "$@" - 2>"$work/errors"
}

# header NAME [FLAG...]: alone, after and before the others
header ()
{
  local name=$1 compiler text ours
  shift
  ours="#include <ipc/$name>"$'\n'
  for compiler in "${compilers[@]}"; do
    for text in "$ours" "$sys$ours" "$ours$sys"; do
      # shellcheck disable=SC2086  # a compiler and its flags
      compiles $compiler "$@" <<<"$text int check_headers;" && continue
      fail "$name does not compile by: $compiler $*"
      printf '%s\n' "$text"
      head -n 5 "$work/errors"
    done
  done
}

compilers=("$c99")
if echo 'int check_headers;' | $CXX -x c++ -fsyntax-only - 2>/dev/null; then
  compilers+=("$cpp")
else
  skipped="no C++ compiler"
fi

for file in "$IPC_SRCDIR"/include/ipc/*.h "$IPC_BUILDDIR"/include/ipc/ipc-version.h; do
  name=${file##*/}
  case $name in
    ipc.h) header "$name" ;;
    *)
      header "$name" -DIPC_COMPILATION
      # shellcheck disable=SC2086
      if compiles $c99 <<<"#include <ipc/$name>"; then
        fail "$name can be included without <ipc/ipc.h>"
      fi
      grep -q 'Only <ipc/ipc.h>' "$work/errors" || fail "$name does not say what to include instead"
      ;;
  esac
  [ "$name" = ipc.h ] || grep -q "^#include <ipc/$name>" "$IPC_SRCDIR/include/ipc/ipc.h" ||
    fail "ipc.h does not include $name"
  grep -nE '^ *# *include *[<"]' "$file" | grep -vE '<(ipc/ipc[a-z-]*|gio/gio)\.h>' &&
    fail "$name includes something of the platform"
done

[ $failures = 0 ] || exit 1
if [ -n "$skipped" ]; then
  echo "SKIP check-headers in C++: $skipped"
  [ -z "${CI:-}" ] || exit 1
  exit 77
fi
