# tools.sh: what the gates share; .ci/run reads it
#
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash

# copy_tree DIR: what git would clone, with the changes that are not committed yet
copy_tree ()
{
  mkdir -p "$1" && cd "$root" || return
  git -c safe.directory="$root" ls-files -z --cached --others --exclude-standard |
    while IFS= read -r -d '' file; do [ -e "$file" ] && printf '%s\0' "$file"; done |
    tar -c --null --no-recursion -T - | tar -x -C "$1"
  [ -e "$1/configure.ac" ]
}

# configured FLAG...: a copy in ./src, configured in ./build
configured ()
{
  copy_tree "$PWD/src" && cd "$work/$gate" && src/autogen.sh && mkdir build && cd build &&
    ../src/configure --enable-tests "$@"
}

# common_build: one build in $common for the gates that only look at what comes out of it: every
# warning an error, with the manual, for a prefix of its own.  The first that wants it makes it.
common_build ()
{
  local lock
  exec {lock}>"$common.lock" && flock "$lock" || return
  [ ! -e "$common/failed" ] || { echo "error: it was not built; the gate gcc says why"; return 1; }
  [ ! -e "$common/built" ] || return 0
  mkdir -p "$common/build" && touch "$common/failed" && copy_tree "$common/src" &&
    cd "$common" && src/autogen.sh && cd build &&
    ../src/configure --prefix="$common/prefix" --enable-tests --enable-gtk-doc --enable-werror \
      CC=gcc CFLAGS='-O2 -g -D_FORTIFY_SOURCE=2' &&
    build_programs && mv "$common/failed" "$common/built"
}

build_programs ()
{
  make "$jobs" && make "$jobs" check TESTS=
}

# run_programs SCRIPTS [PREFIX [WITHOUT]]: no test but SCRIPTS and the compiled ones; WITHOUT is a
# pattern of those that are left out
run_programs ()
{
  local programs
  build_programs || return
  programs=$(find tests -maxdepth 1 -type f -perm /111 -name 'check-*' |
    grep -vE "${3:-^$}" | LC_ALL=C sort)
  make "$jobs" check-am VERBOSE=1 TESTS="${programs//$'\n'/ } $1" LOG_COMPILER="${2:-}"
}

# system_with DIR ARCHITECTURE PACKAGE...: a Debian of this release in DIR that has nothing but what
# every Debian has, and the packages; it finds the network
system_with ()
{
  local dir=$1 arch=$2 codename mirror
  shift 2
  codename=$(. /etc/os-release && echo "$VERSION_CODENAME") &&
    mirror=$(apt-get indextargets --format '$(REPO_URI)' "Codename: $codename" 'Component: main' |
             head -n 1) || return
  # Nothing of it has to last, so that nothing is flushed; the caller knows what the kernel runs.
  mmdebstrap --skip=check/qemu --mode=root --variant=minbase --architectures="$arch" --include="$*" \
      --aptopt='Acquire::Languages "none"' --dpkgopt=force-unsafe-io \
      "$codename" "$dir" "$mirror" >&2 &&
    cp -L /etc/resolv.conf /etc/hosts "$dir/etc/"
}

# empty_system DIR: the same without packages
empty_system ()
{
  system_with "$1" "$(dpkg --print-architecture)"
}

# in_system DIR COMMAND...: in namespaces of its own, with which its mounts and processes end
in_system ()
{
  unshare --mount --ipc --pid --fork bash -euc '
    mount --make-rprivate /
    # A root that is a mount, for tests that make namespaces of their own.
    mount --bind "$1" "$1"
    cd "$1"
    mount -t proc proc proc
    mkdir -p dev/shm
    mount -t tmpfs -o mode=1777 tmpfs dev/shm
    # Terminals, for tests that look at what is told on one.
    mkdir -p dev/pts
    mount -t devpts -o newinstance,ptmxmode=0666 devpts dev/pts
    ln -sf pts/ptmx dev/ptmx
    shift
    exec chroot . env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 "$@"' \
    in_system "$@"
}
