# tests/stress/local.mk: what kills, stops and scribbles; `make check` runs a short form of each,
# `make check-stress` the long ones
#
# SPDX-License-Identifier: LGPL-2.1-or-later

# Without arguments a program runs for a few seconds.
ipc_stress_programs = \
  %D%/hostile \
  %D%/soak
check_PROGRAMS += $(ipc_stress_programs)
TESTS += $(ipc_stress_programs)

%C%_hostile_LDADD = lib/libipc-1.0.la $(GLIB_LIBS)
%C%_soak_LDADD = lib/libipc-1.0.la $(GLIB_LIBS)

ipc_stress_scripts = \
  %D%/check-tsan.sh
TESTS += $(ipc_stress_scripts)
EXTRA_DIST += $(ipc_stress_scripts) %D%/tsan-word.c

# Each a command line, run in the build folder.
STRESS_RUNS = \
  "%D%/hostile 60" \
  "%D%/soak --seconds 60" \
  "$(BASH_SHELL) $(srcdir)/%D%/check-tsan.sh 2000000"

check-stress: $(check_PROGRAMS)
	@$(AM_TESTS_ENVIRONMENT) \
	for run in $(STRESS_RUNS); do \
	  echo "== $$run"; \
	  $$run || { echo "FAILED: $$run"; exit 1; }; \
	done; \
	echo "check-stress: all passed"
.PHONY: check-stress
