# stress.sh: that the tests which kill, stop and scribble find what they are for
#
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash

# shellcheck disable=SC2034  # .ci/run installs them
gate_packages+=" clang libclang-rt-14-dev patch spin"

# The tests of the native semaphore, and its models, find the faults that they are for.
gate_mutants ()
{
  configured --disable-introspection && make "$jobs" check-mutants
}

# The long runs, none of them longer than a minute or so.
gate_stress ()
{
  common_build && make -C "$common/build" check-stress STRESS=quick
}

# Inputs that nobody has thought of, half a minute for each target; the same ones each time, as far as
# a machine lets them be, so that what fails here is not the luck of who comes next.
gate_fuzz ()
{
  configured --disable-introspection && make "$jobs" && make fuzz FUZZ_SECONDS=30 FUZZ_SEED=1
}
