#!/bin/bash
# wine-run.sh PROGRAM.exe ARGUMENT...: runs a Windows program of this build without a display
#
# The log compiler of `make check` in a build for Windows on another system.  What it needs is kept in
# the folder that cross-glib.sh fills; the Wine prefix is private, so that no other is touched.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
set -u

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd) || exit 1
cache=$("$here/cross-glib.sh" --where) || exit 1
limit=${IPC_WINE_SECONDS:-300}

export WINEPREFIX=${IPC_WINEPREFIX:-$cache/wine}
export HOME=$WINEPREFIX.home
unset DISPLAY WAYLAND_DISPLAY
export WINEDEBUG=${WINEDEBUG:--all}
# GLib asks for it before it asks the console, and where there is none it cannot print.
export LANG=${LANG:-C.UTF-8}
export WINEDLLOVERRIDES="winemenubuilder.exe,winedbg.exe=d;mscoree,mshtml="
export WINEPATH="${IPC_BUILDDIR:-$PWD}/lib/.libs;$cache/prefix/bin;/usr/x86_64-w64-mingw32/lib"
mkdir -p "$HOME"

# The first start makes the prefix; two at once would make it twice.
if ! [ -e "$WINEPREFIX/made" ]; then
  exec 9>"$WINEPREFIX.lock"
  flock 9
  if ! [ -e "$WINEPREFIX/made" ]; then
    rm -rf "$WINEPREFIX"
    timeout 300 /usr/lib/wine/wine64 wineboot -i >/dev/null 2>&1 9>&- || exit 99
    touch "$WINEPREFIX/made"
  fi
  exec 9>&-
fi

# libtool's wrapper would only start the program itself.
program=$1
shift
inner=$(dirname "$program")/.libs/$(basename "$program")
[ ! -e "$inner" ] || program=$inner
exec timeout --kill-after=10 "$limit" /usr/lib/wine/wine64 "$program" "$@"
