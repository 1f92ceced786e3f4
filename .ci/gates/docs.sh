# docs.sh: the manual is whole, its links lead somewhere, its words are spelt right, its programs run
#
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash

# shellcheck disable=SC2034  # .ci/run installs them
gate_packages+=" codespell man-db"

# What codespell takes for mistakes: names of people, of other projects and of their files.
words=damon,filetest,gir,hendler,isnt

# A page of man(1) with nothing to warn of.
man_page ()
{
  local said
  said=$(man --warnings -E UTF-8 -l -Tutf8 -Z "$1" 2>&1 >/dev/null) && [ -z "$said" ] && return
  echo "error: $1: $said"
  return 1
}

spelling ()
{
  local file
  for file in doc/*.[1-8] tools/*.[1-8]; do
    [ ! -e "$file" ] || man_page "$file" || return
  done
  find . -type f -not -path './po/*' -not -path './tests/fuzz/corpus/*' -not -name COPYING -print0 |
    xargs -0 codespell --ignore-words-list="$words"
}

# The programs in it are run by `make check`.
gate_docs ()
{
  (copy_tree "$PWD/src" && cd "$work/$gate/src" && spelling) && common_build &&
    make -C "$common/build/doc" check || return
  # The tarball has not all that HACKING.md speaks of.
  "$common/src/doc/check-links.py" "$common/build/doc/html" "$common/src/HACKING.md"
}
