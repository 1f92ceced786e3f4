# rpm.sh: packages for Fedora and its relatives, and that the binary interface has not changed
#
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash

# shellcheck disable=SC2034  # .ci/run installs them
gate_packages+=" abigail-tools rpm rpmlint dnf createrepo-c debugedit elfutils cpio"
gate_packages+=" reprotest diffoscope-minimal faketime locales-all gnome-desktop-testing"

gate_abi ()
{
  common_build && make -C "$common/build" abi-check
}

# Builds, looks, installs as a user of dnf would, and compiles programs with what was installed.
gate_rpm ()
{
  # Of the tests one of each kind; the gate `check` runs all.
  local tests="tests/check-symbols.sh tests/check-segment tests/check-semaphore tests/check-gi.py"
  local flags="--define '__arch_install_post /usr/lib/rpm/check-rpaths'"
  flags+=" --define 'check_flags TESTS=\"$tests\"'"
  common_build && cd "$common/build" && make "$jobs" rpm RPMBUILD_FLAGS="$flags" || return
  rpm_files=$PWD/rpm/topdir
  rpmlint --config "$common/src/rpm/rpmlint.toml" \
    "$rpm_files"/RPMS/*/*.rpm "$rpm_files"/SRPMS/*.rpm rpm/libipc.spec &&
    cd "$work/$gate" && mkdir repository && cp "$rpm_files"/RPMS/*/*.rpm repository &&
    rpm_host_provides && createrepo_c --quiet repository || return
  [ "$(id -u)" = 0 ] || { echo "error: the gate rpm needs root"; return 1; }
  unshare --mount --ipc --pid --fork bash -euc "
    $(declare -f rpm_install rpm_consume)
    mount --make-rprivate /
    mkdir root merged
    # An overlay has its layers elsewhere than the root itself.
    mount -t tmpfs tmpfs root
    rpm_install
    rpm_consume '$common/src'"
}

# A package that stands for GLib and the rest of this Debian: it provides exactly what rpm's own
# generators read off the files here, so that dnf has something to solve.
rpm_host_provides ()
{
  local libdir pcdir
  libdir=$(dirname "$(ldconfig -p | sed -n 's/.*libglib-2.0.so.0 .*=> //p' | head -n 1)") &&
    pcdir=$(pkg-config --variable=pcfiledir gio-2.0) || return
  {
    printf '%s\n' 'Name: host-provides' 'Version: 1' 'Release: 1' 'Summary: This system' \
      'License: none' 'BuildArch: noarch'
    printf '%s\n' "$libdir"/lib{c,m,gcc_s,stdc++,glib-2.0,gobject-2.0,gio-2.0,subunit}.so.? \
      "$libdir"/ld-linux*.so.? |
      /usr/lib/rpm/elfdeps --provides
    printf '%s\n' "$pcdir"/{glib,gobject,gio}-2.0.pc | /usr/lib/rpm/pkgconfigdeps.sh --provides
    # The glibc of Fedora says this by hand.
    echo 'rtld(GNU_HASH)'
    /usr/bin/python3 -c 'import gi, sys; print("python(abi) = %d.%d" % sys.version_info[:2])' &&
      echo python3-gobject-base
    basename "$(dirname /usr/share/doc/gnome-desktop-testing/.)"
    perl -Mstrict -Mwarnings -e 'print "$_\n" foreach @INC{"strict.pm", "warnings.pm"}' |
      /usr/lib/rpm/perl.prov
    ls /bin/bash /bin/sh /usr/bin/{bash,env,gjs,perl,pkg-config,python3}
  } | sed '7,$s/^/Provides: /' >host-provides.spec
  printf '%s\n' '%description' 'What this system has.' '%files' >>host-provides.spec
  rpmbuild -bb --quiet --define "_topdir $PWD/host" host-provides.spec &&
    cp host/RPMS/noarch/*.rpm repository
}

# Everything but host-provides by name; that it comes along is for dnf to find out.
rpm_install ()
{
  local packages=()
  mapfile -t packages < <(rpm --query --queryformat '%{NAME}\n' --package repository/*.rpm |
    grep -vx host-provides)
  dnf --assumeyes --installroot="$PWD/root" --releasever=1 --disablerepo='*' \
    --setopt=reposdir=/nonexistent --setopt=cachedir="$PWD/cache" --nogpgcheck \
    --repofrompath=ipc,"file://$PWD/repository" install "${packages[@]}"
  rpm --root "$PWD/root" --query host-provides
  rpm --root "$PWD/root" --verify "${packages[@]}"
}

# What dnf put into ./root, as if it stood in this system.
rpm_consume ()
{
  local overrides
  overrides=$(cd root && find usr/lib -path '*/gi/overrides')
  mount -t overlay overlay -o lowerdir=root:/ merged
  mount --bind /dev merged/dev
  mount -t proc proc merged/proc
  mount -t tmpfs -o mode=1777 tmpfs merged/tmp
  cp "$1/tests/check-installed.sh" merged/tmp
  chroot merged env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/tmp CI=true \
    bash /tmp/check-installed.sh /usr /usr/lib64 "/$overrides"
  # Again one of each kind.  The loader of Fedora looks in lib64 by itself.
  chroot merged env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/tmp CI=true \
    LD_LIBRARY_PATH=/usr/lib64 GI_TYPELIB_PATH=/usr/lib64/girepository-1.0 \
    gnome-desktop-testing-runner libipc/check-{semaphore,gi.py,perl.pl}.test 2>&1 | tee tests.log
  grep -q 'passed=3; skipped=0; failed=0' tests.log
}

# Two builds in different places, at different times, by different hands, are the same to the bit:
# the tarball, and all that is installed.
gate_reprotest ()
{
  local epoch
  epoch=$(git -c safe.directory="$root" -C "$root" log -1 --format=%ct) &&
    copy_tree "$PWD/src" && cd "$work/$gate" || return
  reprotest --store-dir "$PWD/out" --min-cpus 1 --source-root src \
    --vary=-all,+environment,+build_path,+exec_path,+timezone,+locales,+umask,+home,+num_cpus,+time \
    "set -e; export SOURCE_DATE_EPOCH=$epoch
     export TAR_OPTIONS='--sort=name --owner=0 --group=0 --numeric-owner --mode=go=rX --mtime=@$epoch'
     ./autogen.sh
     ./configure --quiet --prefix=/usr --enable-gtk-doc \
       CFLAGS=\"-O2 -g -ffile-prefix-map=\$PWD=.\"
     make $jobs
     make install DESTDIR=\$PWD/tree
     tar -cf tree.tar tree
     make dist" \
    'tree.tar libipc-*.tar.xz' -- null
}
