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

cache=/var/cache/libipc-ci

# base_system CODENAME [ARCHITECTURE]: a Debian with nothing on it but what debootstrap puts there;
# kept for the next time
base_system ()
{
  local codename=$1 arch=${2:-$(dpkg --print-architecture)} base mirror
  base=$cache/$codename-$arch-minbase.tar.gz
  if ! [ -e "$base" ]; then
    mirror=$(apt-get indextargets --format '$(REPO_URI)' "Codename: $codename" 'Component: main' |
             head -n 1)
    mkdir -p "$cache" &&
      debootstrap --variant=minbase --arch="$arch" "$codename" "$work/$gate/base" "$mirror" >&2 &&
      tar -C "$work/$gate/base" -czf "$base.new" . && mv "$base.new" "$base" || return
    rm -rf "$work/$gate/base"
  fi
  echo "$base"
}

# empty_system DIR [ARCHITECTURE]: such a Debian of this release in DIR, which finds the network
empty_system ()
{
  local base codename
  codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
  base=$(base_system "$codename" ${2+"$2"}) && mkdir -p "$1" && tar -C "$1" -xzf "$base" &&
    cp -L /etc/resolv.conf /etc/hosts "$1/etc/"
}

# system_with DIR ARCHITECTURE PACKAGE...: the same, with packages
system_with ()
{
  local dir=$1 arch=$2
  shift 2
  empty_system "$dir" "$arch" && mkdir -p "$cache/$arch" || return
  # Nothing of it has to last.
  echo force-unsafe-io >"$dir/etc/dpkg/dpkg.cfg.d/fast"
  echo 'Acquire::Languages "none";' >"$dir/etc/apt/apt.conf.d/fast"
  # What was fetched once is at hand the next time.
  cp -R "$cache/$arch/." "$dir/var/cache/apt/archives"
  in_system "$dir" apt-get update &&
    in_system "$dir" env DEBIAN_FRONTEND=noninteractive \
      apt-get install --yes --no-install-recommends "$@" || return
  cp -n "$dir"/var/cache/apt/archives/*.deb "$cache/$arch/"
  rm "$dir"/var/cache/apt/archives/*.deb
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
