# tests/stress/local.mk: what kills, stops and scribbles; `make check` runs a short form of each,
# `make check-stress` the long ones
#
# SPDX-License-Identifier: LGPL-2.1-or-later

# Without arguments a program runs for a minute at most.
ipc_stress_programs =
ipc_stress_scripts =
# Each a command line, run in the build folder; `make check-stress STRESS=quick` takes the second list.
STRESS = long
STRESS_RUNS_long =
STRESS_RUNS_quick =
STRESS_RUNS_soak =

ipc_stress_core_libs = lib/libipc-core.la $(GLIB_LIBS)
if BACKEND_NATIVE
ipc_stress_programs += %D%/kills
STRESS_RUNS_long += "$(LOG_COMPILER) %D%/kills$(EXEEXT) --kills 1000"
STRESS_RUNS_quick += "$(LOG_COMPILER) %D%/kills$(EXEEXT) --kills 200"
STRESS_RUNS_soak += "$(LOG_COMPILER) %D%/kills$(EXEEXT) --kills 4000"
if BACKEND_WIN32
# Under Wine; elsewhere kills does the same by itself.
ipc_stress_scripts += %D%/check-kills-outside.sh
STRESS_RUNS_long += "$(BASH_SHELL) $(srcdir)/%D%/check-kills-outside.sh 1000"
STRESS_RUNS_quick += "$(BASH_SHELL) $(srcdir)/%D%/check-kills-outside.sh 200"
else
ipc_stress_programs += \
  %D%/step \
  %D%/wakeups \
  %D%/interleave \
  %D%/churn \
  %D%/hostile \
  %D%/load \
  %D%/soak
ipc_stress_scripts += \
  %D%/check-tsan.sh
STRESS_RUNS_long += \
  "%D%/step 1 16" \
  "%D%/step 2 1024" \
  "%D%/interleave 40" \
  "%D%/hostile 30" \
  "%D%/soak --seconds 30" \
  "%D%/soak --seconds 1 --kills 10000 --scheme sysv:" \
  "%D%/load 10" \
  "%D%/churn 20" \
  "%D%/wakeups 30" \
  "$(BASH_SHELL) $(srcdir)/%D%/check-tsan.sh 2000000" \
  "$(BASH_SHELL) $(srcdir)/tests/tsan/check-async-tsan.sh 100000"
STRESS_RUNS_quick += \
  "%D%/step 1 64" \
  "%D%/step 2 4096" \
  "%D%/interleave 15" \
  "%D%/hostile 10" \
  "%D%/soak --seconds 15" \
  "%D%/soak --seconds 1 --kills 1000 --scheme sysv:" \
  "%D%/load 2" \
  "%D%/churn 5" \
  "%D%/wakeups 15" \
  "$(BASH_SHELL) $(srcdir)/%D%/check-tsan.sh 500000"
STRESS_RUNS_soak += \
  "%D%/soak --seconds 600" \
  "%D%/soak --seconds 1 --kills 10000 --scheme sysv:" \
  "%D%/step 1 all" \
  "%D%/step 2 8" \
  "%D%/interleave 300" \
  "%D%/hostile 120" \
  "%D%/load 60" \
  "%D%/churn 600" \
  "%D%/wakeups 120"
endif
endif

check_PROGRAMS += $(ipc_stress_programs)
TESTS += $(ipc_stress_programs) $(ipc_stress_scripts)
EXTRA_DIST += \
  %D%/check-kills-outside.sh \
  %D%/check-mutants.sh \
  %D%/check-tsan.sh \
  %D%/mutants \
  %D%/run-stress.sh \
  %D%/tsan-word.c

%C%_kills_LDADD = lib/libipc-1.0.la $(GLIB_LIBS)
%C%_hostile_LDADD = lib/libipc-1.0.la $(GLIB_LIBS)
%C%_churn_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/tests
%C%_churn_LDADD = $(ipc_public_libs)
%C%_load_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/tests
%C%_load_LDADD = $(ipc_public_libs)
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
  %D%/step-kinds.c \
  %D%/step-names.c \
  %D%/step-pairs.c \
  %D%/step-trios.c \
  %D%/step.c \
  %D%/step.h
%C%_step_CPPFLAGS = $(ipc_private_cppflags)
%C%_step_LDADD = $(ipc_stress_core_libs)

# One line each, up to the first that fails; what they print is in tests/stress/*.out, and the figures
# of all runs in tests/stress/figures.json.
check-stress: all
	$(AM_V_at)$(MAKE) $(AM_MAKEFLAGS) $(check_PROGRAMS)
	$(AM_V_at)$(AM_TESTS_ENVIRONMENT) \
	  $(BASH_SHELL) $(srcdir)/%D%/run-stress.sh $(STRESS_RUNS_$(STRESS))
CLEANFILES += %D%/*.out %D%/figures.json

# The same over and over, for HOURS; then what it came to in all.
HOURS = 1
soak: all
	$(AM_V_at)$(MAKE) $(AM_MAKEFLAGS) $(check_PROGRAMS)
	$(AM_V_at)$(AM_TESTS_ENVIRONMENT) HOURS='$(HOURS)' \
	  $(BASH_SHELL) $(srcdir)/%D%/run-stress.sh $(STRESS_RUNS_soak)

# That these tests, and the models, find what they are for.
check-mutants: lib/libipc-core.la tests/libipc-check.la
	$(AM_V_at)$(AM_TESTS_ENVIRONMENT) $(BASH_SHELL) $(srcdir)/%D%/check-mutants.sh
	$(AM_V_at)$(AM_TESTS_ENVIRONMENT) \
	  $(BASH_SHELL) $(srcdir)/tests/models/check-models.sh --mutants

.PHONY: check-mutants check-stress soak
