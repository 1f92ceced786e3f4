# coverage.sh: how much of lib/ the tests reach
#
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash

# shellcheck disable=SC2034  # .ci/run installs them
gate_packages+=" gcovr"

# What `make coverage` does; it fails below 90 % of the lines and 75 % of the branches, and if a
# function that is not reached as a whole is not named in tests/coverage.md.
gate_coverage ()
{
  copy_tree "$PWD/src" && cd "$work/$gate" && src/autogen.sh && src/tests/coverage.sh src build
}
