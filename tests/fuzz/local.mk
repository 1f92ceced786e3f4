# tests/fuzz/local.mk: inputs that nobody has thought of; `make check` tries again what was found,
# `make fuzz` looks for more
#
# SPDX-License-Identifier: LGPL-2.1-or-later

ipc_fuzz_targets = %D%/fuzz-calls %D%/fuzz-name %D%/fuzz-open
if BACKEND_NATIVE
if !BACKEND_WIN32
check_PROGRAMS += $(ipc_fuzz_targets)
TESTS += $(ipc_fuzz_targets)
endif
endif
EXTRA_DIST += %D%/corpus %D%/run-fuzz.sh

ipc_fuzz_sources = %D%/fuzz-main.c %D%/fuzz.c %D%/fuzz.h
%C%_fuzz_calls_SOURCES = \
  %D%/fuzz-acts.c \
  %D%/fuzz-acts.h \
  %D%/fuzz-calls.c \
  %D%/fuzz-model.c \
  %D%/fuzz-model.h \
  $(ipc_fuzz_sources)
%C%_fuzz_calls_CPPFLAGS = $(ipc_private_cppflags)
%C%_fuzz_calls_LDADD = lib/libipc-core.la $(GLIB_LIBS)
%C%_fuzz_name_SOURCES = %D%/fuzz-name.c $(ipc_fuzz_sources)
%C%_fuzz_name_CPPFLAGS = $(ipc_private_cppflags)
%C%_fuzz_name_LDADD = lib/libipc-core.la $(GLIB_LIBS)
# With little patience for a peer that is only bytes in a file, as run-fuzz.sh builds it too; these
# objects stand before those of the library.
%C%_fuzz_open_SOURCES = \
  %D%/fuzz-open.c \
  $(ipc_fuzz_sources) \
  lib/ipc-native-lane.c \
  lib/ipc-native-try-set.c \
  lib/ipc-segment-posix.c
%C%_fuzz_open_CPPFLAGS = $(ipc_private_cppflags) -DIPC_PATIENCE_US=2000
%C%_fuzz_open_LDADD = lib/libipc-core.la $(GLIB_LIBS)

# FUZZ_SECONDS: how long each target runs; FUZZ_ENGINE=afl: by AFL++; FUZZ_SEED: where chance begins.
FUZZ_SECONDS = 600
fuzz: all
	$(AM_V_at)$(AM_TESTS_ENVIRONMENT) \
	  FUZZ_SECONDS='$(FUZZ_SECONDS)' FUZZ_ENGINE='$(FUZZ_ENGINE)' FUZZ_SEED='$(FUZZ_SEED)' \
	  FUZZ_SOURCES='$(filter %.c,$(lib_libipc_core_la_SOURCES) $(nodist_lib_libipc_core_la_SOURCES))' \
	  $(BASH_SHELL) $(srcdir)/%D%/run-fuzz.sh
.PHONY: fuzz
