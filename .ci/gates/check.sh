# check.sh: the commands of README.md and HACKING.md, here and on an empty machine
#
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash

# shellcheck disable=SC2034  # .ci/run installs them
gate_packages+=" git xz-utils util-linux mmdebstrap libglib2.0-doc"

# What README.md tells everybody to do.
gate_check ()
{
  copy_tree "$PWD/src" && "$work/$gate/src/bootstrap" check
}

# As a user who can write to the build folder and to nothing else.
gate_distcheck ()
{
  copy_tree "$PWD/src" && cd "$work/$gate" && src/autogen.sh && chmod -R a-w,a+rX src &&
    mkdir build || return
  local user=()
  if [ "$(id -u)" = 0 ]; then
    chown "$nobody" build
    user=(setpriv --reuid="${nobody%:*}" --regid="${nobody#*:}" --clear-groups)
  fi
  cd build || return
  # Without CI: what only root can do is skipped here.
  "${user[@]}" env -u CI HOME="$PWD" TMPDIR="$PWD" ../src/configure --enable-gtk-doc &&
    "${user[@]}" env -u CI HOME="$PWD" TMPDIR="$PWD" make "$jobs" distcheck VERBOSE=1
}

# ./bootstrap demo and ./bootstrap check on an empty machine, which knows of no locale.
gate_chroot ()
{
  if [ "$(id -u)" != 0 ]; then
    echo "error: the gate chroot needs root"
    return 1
  fi
  empty_system system && copy_tree "$work/$gate/system/root/libipc" && cd "$work/$gate" || return
  in_system system env -u LC_ALL CI=true bash -euc '
    for verb in demo check; do
      /root/libipc/bootstrap $verb
    done'
}

# Programs outside the tree, in C, Vala, Perl and Python.
gate_install ()
{
  common_build && cd "$common/build" && make install && make installcheck
}
