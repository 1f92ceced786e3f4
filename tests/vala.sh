# vala.sh: compiles Vala against the library that was just built; to be sourced after meet.sh
#
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash

# vala_program SOURCE: makes the program $work/NAME of SOURCE, NAME.vala
# shellcheck disable=SC2154 # work is from meet.sh
vala_program ()
{
  local name=${1##*/}
  name=${name%.vala}
  (
    cp "$1" "$work" && cd "$work" || exit 1
    valac --quiet --ccode --vapidir "$IPC_BUILDDIR/lib" --girdir "$IPC_BUILDDIR/lib" \
      --pkg ipc "$name.vala" || fail "valac $name.vala"
    # shellcheck disable=SC2086 # flags are words
    "$IPC_BUILDDIR/libtool" --quiet --tag=CC --mode=link \
      ${CC:-cc} -w ${CFLAGS:-} -I"$IPC_BUILDDIR/include" -I"$IPC_SRCDIR/include" $GLIB_CFLAGS \
      -o "$name" "$name.c" "$IPC_BUILDDIR/lib/libipc-1.0.la" $GLIB_LIBS ||
      fail "what valac made of $name.vala does not compile"
  ) || exit 1
}
