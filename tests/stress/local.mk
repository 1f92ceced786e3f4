# tests/stress/local.mk: what kills, stops and scribbles; `make check` runs a short form of each,
# `make check-stress` the long ones
#
# SPDX-License-Identifier: LGPL-2.1-or-later

# Without arguments a program runs for a minute at most.
ipc_stress_programs =
ipc_stress_scripts =
# Each a command line, run in the build folder.
STRESS_RUNS =

ipc_stress_core_libs = lib/libipc-core.la $(GLIB_LIBS)
if BACKEND_NATIVE
ipc_stress_programs += \
  %D%/hostile \
  %D%/interleave \
  %D%/soak \
  %D%/step \
  %D%/wakeups
ipc_stress_scripts += \
  %D%/check-tsan.sh
STRESS_RUNS += \
  "%D%/step 1 all" \
  "%D%/step 2" \
  "%D%/interleave 180" \
  "%D%/hostile 60" \
  "%D%/soak --seconds 60" \
  "%D%/wakeups 60" \
  "$(BASH_SHELL) $(srcdir)/%D%/check-tsan.sh 2000000" \
  "$(BASH_SHELL) $(srcdir)/%D%/check-mutants.sh --all"
endif

check_PROGRAMS += $(ipc_stress_programs)
TESTS += $(ipc_stress_programs) $(ipc_stress_scripts)
EXTRA_DIST += \
  %D%/check-mutants.sh \
  %D%/check-tsan.sh \
  %D%/mutants \
  %D%/run-stress.sh \
  %D%/tsan-word.c

%C%_hostile_LDADD = lib/libipc-1.0.la $(GLIB_LIBS)
%C%_soak_LDADD = lib/libipc-1.0.la $(GLIB_LIBS)

# With a sweep so seldom that it cannot hide a lost wake-up; this object stands before that of the
# library.
%C%_wakeups_SOURCES = %D%/wakeups.c lib/ipc-native-watch.c
%C%_wakeups_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/lib -DIPC_COMPILATION \
  -DPERIOD_FIRST_US=20000000 -DPERIOD_US=20000000
%C%_wakeups_LDADD = lib/libipc-core.la $(GLIB_LIBS)

# A process that is stepped and killed.
ipc_step_sources = \
  %D%/step-object.c \
  %D%/step-object.h \
  %D%/step-path.c \
  %D%/step-report.c \
  %D%/step-report.h \
  %D%/step-victim.c \
  %D%/step-victim.h

%C%_interleave_SOURCES = $(ipc_step_sources) %D%/interleave.c
%C%_interleave_CPPFLAGS = $(ipc_private_cppflags)
%C%_interleave_LDADD = $(ipc_stress_core_libs)

%C%_step_SOURCES = \
  $(ipc_step_sources) \
  %D%/step-cases.c \
  %D%/step-names.c \
  %D%/step-pairs.c \
  %D%/step-trios.c \
  %D%/step.c \
  %D%/step.h
%C%_step_CPPFLAGS = $(ipc_private_cppflags)
%C%_step_LDADD = $(ipc_stress_core_libs)

# One line each, up to the first that fails; what they print is in tests/stress/*.out.
check-stress: all $(check_PROGRAMS)
	$(AM_V_at)$(AM_TESTS_ENVIRONMENT) \
	  $(BASH_SHELL) $(srcdir)/%D%/run-stress.sh $(STRESS_RUNS)
CLEANFILES += %D%/*.out

# That these tests find what they are for.
check-mutants: lib/libipc-core.la
	$(AM_V_at)$(AM_TESTS_ENVIRONMENT) $(BASH_SHELL) $(srcdir)/%D%/check-mutants.sh

.PHONY: check-mutants check-stress
