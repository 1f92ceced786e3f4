# compilers.sh: no warning from either compiler
#
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash

# shellcheck disable=SC2034  # .ci/run installs them
gate_packages+=" clang"

gate_gcc ()
{
  common_build
}

# To clang a variable that only holds a reference until the end of its block is unused; gcc knows.
gate_clang ()
{
  configured CC=clang CXX=clang++ --enable-werror CFLAGS='-O2 -g -Wno-unused-variable' &&
    build_programs
}
