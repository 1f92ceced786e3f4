# windows.sh: the build for Windows, and its tests under Wine
#
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash

# As everybody would.  The GLib that it builds for Windows is kept for the next time.
gate_windows ()
{
  copy_tree "$PWD/src" && "$work/$gate/src/bootstrap" check-windows
}

# The same on a Debian with nothing installed, where nothing was kept.
gate_windows-empty ()
{
  if [ "$(id -u)" != 0 ]; then
    echo "error: the gate windows-empty needs root"
    return 1
  fi
  empty_system system && copy_tree "$work/$gate/system/root/libipc" || return
  in_system "$work/$gate/system" env -u LC_ALL CI=true /root/libipc/bootstrap check-windows
}
