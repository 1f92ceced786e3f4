# deb.sh: Debian's packages, on a system that has nothing else of ours; and 32-bit peers
#
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash

# shellcheck disable=SC2034  # .ci/run installs them
gate_packages+=" blhc debhelper dh-python dpkg-dev fakeroot libglib2.0-doc lintian mmdebstrap"
gate_packages+=" gcc-multilib xz-utils"

# lintian_is_silent CHANGES: no error, warning, information or pedantic remark
lintian_is_silent ()
{
  lintian --allow-root --pedantic -I -E "$1" | tee lintian.log
  ! grep -E '^[EWIP]: ' lintian.log
}

# names_of FIELD DEB...: the packages of others, without versions
names_of ()
{
  local field=$1 deb
  shift
  for deb in "$@"; do
    dpkg-deb --field "$deb" "$field" | tr ',' '\n' | sed -E 's/^ *//; s/[ (:|].*//'
  done | grep -vE '^(gir1.2-ipc|ipcctl|libipc|python3-ipc)' | sort -u
}

# The programs of debian/tests with nothing of ours but the packages; a purge takes everything.
try_debs ()
{
  in_system system env CI=true bash -euc '
    all_files ()
    {
      find / -xdev \( -path /dev -o -path /proc -o -path /root -o -path /tmp -o -path /var/cache \
        -o -path /var/lib/apt -o -path /var/lib/dpkg -o -path /var/log \) -prune -o -print |
        LC_ALL=C sort
    }
    owns ()
    {
      [ "$(dpkg --search "$2" | cut -d: -f1)" = "$1" ] || { echo "error: $2 is not in $1"; exit 1; }
    }
    all_files >/root/before
    apt-get install --yes /root/debs/*.deb
    owns ipcctl /usr/share/bash-completion/completions/ipcctl
    owns ipcctl /usr/share/locale/de/LC_MESSAGES/libipc.mo
    owns ipcctl /usr/share/man/man1/ipcctl.1.gz
    owns libipc-dev /usr/share/man/man3/libipc.3.gz
    cd /root/src
    for test in build examples installed; do
      echo "---- debian/tests/$test"
      "debian/tests/$test"
    done
    cd /root/debs
    dpkg --purge $(for deb in *.deb; do echo "${deb%%_*}"; done)
    all_files >/root/after
    diff /root/before /root/after
    [ -z "$(ls /dev/shm)" ]'
}

# dpkg-buildpackage by itself runs all tests; here they do not, since the gate `check` does the same,
# and those that are installed run in the end.
gate_deb ()
{
  local debs
  common_build && cd "$work/$gate" || return
  DEB_BUILD_OPTIONS="nocheck parallel=$(nproc)" make -C "$common/build" deb >build.log 2>&1 ||
    { tail -n 60 build.log; return 1; }
  blhc --bindnow build.log && lintian_is_silent "$common"/build/deb/*.changes || return
  debs=("$common"/build/deb/*.deb)
  # shellcheck disable=SC2046  # lists of words
  system_with system "$(dpkg --print-architecture)" g++ perl pkgconf valac \
      $(names_of Depends "${debs[@]}") $(names_of Recommends "${debs[@]}") &&
    mkdir system/root/debs && cp "${debs[@]}" system/root/debs/ &&
    cp -a "$common/src" system/root/src && try_debs
}

# A process of 64 bits and one of 32 share objects; the latter lives in the system of the gate.
meet_word_sizes ()
{
  printf '#!/bin/sh\nexec chroot "%s" /root/build/tests/meet/ipc-peer "$@"\n' "$PWD/system" >peer32
  chmod +x peer32
  IPC_BUILDDIR=$common/build IPC_SRCDIR=$common/src IPC_OTHER_PEER=$PWD/peer32 \
    unshare --mount --ipc --pid --fork bash -euc '
    mount --make-rprivate /
    mount -t proc proc /proc
    mount -t tmpfs -o mode=1777 tmpfs /dev/shm
    mount --bind /proc system/proc
    mount --bind /dev/shm system/dev/shm
    bash "$IPC_SRCDIR/tests/meet/meet-word-size.sh"'
}

gate_i386 ()
{
  echo 'int main (void) { return 0; }' >empty.c && gcc -m32 -static empty.c -o empty || return
  # Some virtual machines cannot, whatever their kernel could.
  ./empty || { echo "this machine runs no programs of 32 bits"; return 77; }
  common_build && cd "$work/$gate" &&
    system_with system i386 check gcc gettext libc6-dev libglib2.0-dev make pkgconf &&
    cp -a "$common/src" system/root/src || return
  # What is not installed there is skipped, and the tests with its programs run elsewhere.
  in_system system bash -euc "
      mkdir /root/build && cd /root/build
      ../src/configure --enable-tests --disable-introspection
      make $jobs && make $jobs check VERBOSE=1" &&
    meet_word_sizes
}
