# sanitizers.sh: the tests where a wrong access or a leak is seen
#
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash

# shellcheck disable=SC2034  # .ci/run installs them
gate_packages+=" libclang-rt-14-dev valgrind"

# GLib's slices would hide a leaked object from the sanitizer.  Some tests want a process to die of
# SIGSEGV or SIGBUS and not of a report.
gate_asan ()
{
  local flags='-fsanitize=address,undefined -fno-sanitize-recover=undefined'
  configured --disable-introspection \
    CFLAGS="-O1 -g -fno-omit-frame-pointer $flags" LDFLAGS="$flags" || return
  export G_SLICE=always-malloc
  export ASAN_OPTIONS=detect_leaks=1:detect_stack_use_after_return=1:handle_segv=0:handle_sigbus=0
  export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
  export CK_TIMEOUT_MULTIPLIER=4
  run_programs tests/check-examples.sh
}

# Left out: races and crowds, since valgrind runs one thread at a time; a full file system, where its
# own look for leaks goes through a mapping whose pages cannot be had, and gets the same SIGBUS for
# ever; and what must be in time beside a process that is stopped.
gate_valgrind ()
{
  configured --disable-introspection CFLAGS='-O1 -g' || return
  export G_SLICE=always-malloc CK_TIMEOUT_MULTIPLIER=4
  run_programs "" "./libtool --mode=execute valgrind -q --error-exitcode=9 \
    --leak-check=full --errors-for-leak-kinds=definite --show-leak-kinds=definite \
    --suppressions=/usr/share/glib-2.0/valgrind/glib.supp" \
    '/check-(async-load|list-race|native-kill|native-limits|native-set|segment-crowd|semaphore-race)$'
}
