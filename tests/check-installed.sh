#!/bin/bash
# check-installed.sh: programs outside the tree, built and run against what was installed
#
# Usage: check-installed.sh PREFIX [LIBDIR [OVERRIDES]]; OVERRIDES: of Python's gi, or "no"
#
# SPDX-License-Identifier: LGPL-2.1-or-later
set -u

prefix=$1
libdir=${2:-$prefix/lib}
overrides=${3:-no}
PKG_CONFIG=${PKG_CONFIG:-pkg-config}
PERL=${PERL:-perl}
PYTHON=${PYTHON:-python3}
export PKG_CONFIG_PATH="$libdir/pkgconfig${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}"
export LD_LIBRARY_PATH="$libdir${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
export GI_TYPELIB_PATH="$libdir/girepository-1.0"

work=$(mktemp -d) || exit 1
key=$((0x49500000 + $$))
name=$(printf 'sysv:0x%x' $key)
trap 'ipcrm -M $key 2>/dev/null; rm -rf "$work"' EXIT
cd "$work" || exit 1
skips=0

fail ()
{
  echo "FAIL check-installed: $*" >&2
  exit 1
}

skip ()
{
  echo "SKIP check-installed: $*"
  [ -z "${CI:-}" ] || fail "nothing may be missing here"
  skips=$((skips + 1))
}

# expect TEXT COMMAND...
expect ()
{
  local text=$1 got
  shift
  got=$("$@" | tr -d '\0') || fail "$* ended with an error"
  [ "$got" = "$text" ] || fail "$*: expected \"$text\", got \"$got\""
}

# -- C, as a user of the library would compile it --
cat >share.c <<'EOS'
#include <ipc/ipc.h>
#include <string.h>

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (IpcSegment) segment = NULL;
  char text[64] = "";

  if (argc == 3)
    {
      segment = ipc_segment_open_or_create (argv[1], sizeof text, IPC_SEGMENT_FLAGS_NONE, &error);
      if (segment && ipc_segment_write (segment, 0, argv[2], strlen (argv[2]) + 1, &error))
        return 0;
    }
  else
    {
      segment = ipc_segment_open (argv[1], IPC_SEGMENT_READ_ONLY, &error);
      if (segment && ipc_segment_read (segment, 0, text, sizeof text - 1, &error))
        {
          g_print ("%s", text);
          return 0;
        }
    }

  g_printerr ("%s\n", error->message);
  return 1;
}
EOS
flags=$($PKG_CONFIG --cflags --libs ipc) || fail "pkg-config does not know ipc"
# shellcheck disable=SC2086  # flags are words
${CC:-cc} -Wall -Wextra -Werror -o share share.c $flags || fail "share.c does not compile"

c_writes ()
{
  ./share "$name" "written by C" || fail "./share could not write"
}

c_writes
expect "written by C" ./share "$name"

# -- C++, the same program --
if command -v "${CXX:-c++}" >/dev/null; then
  # shellcheck disable=SC2086
  ${CXX:-c++} -Wall -Wextra -Werror -x c++ -o share-c++ share.c -x none $flags ||
    fail "share.c does not compile as C++"
  expect "written by C" ./share-c++ "$name"
else
  skip "a C++ compiler is missing"
fi

# -- The tool, and that its translations are found --
if [ -x "$prefix/bin/ipcctl" ]; then
  expect "$name" "$prefix/bin/ipcctl" list --names "$name"
  expect "written by C" "$prefix/bin/ipcctl" read "$name"
  LC_ALL=C.UTF-8 LANGUAGE=de "$prefix/bin/ipcctl" --help | grep -q '^Aufruf:' ||
    fail "ipcctl does not speak German"
fi

# -- Perl, with nothing of ours --
if "$PERL" -e 'exit 0' 2>/dev/null; then
  # shellcheck disable=SC2016  # Perl's variables
  expect "written by C" "$PERL" -e \
    '$id = shmget ($ARGV[0], 0, 0) // die "$!"; shmread ($id, $text, 0, 64) or die "$!";
     print $text' "$key"
  # shellcheck disable=SC2016
  "$PERL" -e '$id = shmget ($ARGV[0], 0, 0) // die "$!"; shmwrite ($id, "written by Perl", 0, 64)
            or die "$!"' "$key" || fail "Perl could not write"
  expect "written by Perl" ./share "$name"
else
  skip "Perl is missing"
fi

# -- Python, through the installed typelib --
if ! [ -e "$GI_TYPELIB_PATH/Ipc-1.0.typelib" ]; then
  echo "check-installed: built without introspection"
elif "$PYTHON" -c 'import gi' 2>/dev/null; then
  cat >share.py <<'EOS'
import sys
import gi
gi.require_version('Ipc', '1.0')
from gi.repository import Ipc

segment = Ipc.Segment.open(sys.argv[1], Ipc.SegmentFlags.FLAGS_NONE)
print(segment.read_bytes(0, 64).get_data().split(b'\0')[0].decode(), end='')
segment.write(0, b'written by Python\0')
EOS
  c_writes
  expect "written by C" "$PYTHON" share.py "$name"
  expect "written by Python" ./share "$name"

  # Without this path only where Python looks by itself, which a prefix like this one may not be.
  if [ "$overrides" != no ]; then
    cat >view.py <<'EOS'
import sys
import gi
gi.require_version('Ipc', '1.0')
from gi.repository import Ipc

with Ipc.Segment.open(sys.argv[1]) as segment:
    segment.get_view()[11:18] = b'view\0\0\0'
EOS
    PYTHONPATH=${overrides%/gi/overrides} PYTHONDONTWRITEBYTECODE=1 "$PYTHON" view.py "$name" ||
      fail "Python does not find the override in $overrides"
    expect "written by view" ./share "$name"
  fi
else
  skip "Python's gi is missing"
fi

# -- Vala, through the installed vapi --
datadir=$prefix/share
if ! [ -e "$datadir/vala/vapi/ipc.vapi" ]; then
  echo "check-installed: built without Vala"
elif command -v valac >/dev/null; then
  cat >share.vala <<'EOS'
int main (string[] args) {
  try {
    var segment = Ipc.Segment.open (args[1], Ipc.SegmentFlags.READ_ONLY);
    print ("%s", (string) segment.read_bytes (0, 64).get_data ());
    return 0;
  } catch (Error error) {
    printerr ("%s\n", error.message);
    return 1;
  }
}
EOS
  c_writes
  # shellcheck disable=SC2046
  valac --quiet --vapidir "$datadir/vala/vapi" --girdir "$datadir/gir-1.0" --pkg ipc \
    $(for flag in $flags; do printf -- '-X %s ' "$flag"; done) -o share-vala share.vala ||
    fail "share.vala does not compile"
  expect "written by C" ./share-vala "$name"
else
  skip "valac is missing"
fi

[ $skips = 0 ] || exit 77
