# tests/bench/local.mk: how fast it is; `make bench` writes a table, and bench.json
#
# SPDX-License-Identifier: LGPL-2.1-or-later

# It stands beside what Linux has, and links to what a program links to.
if BACKEND_NATIVE
check_PROGRAMS += %D%/bench
TESTS += %D%/check-bench.py
endif
EXTRA_DIST += %D%/check-bench.py

%C%_bench_SOURCES = \
  %D%/bench-contended.c \
  %D%/bench-copy.c \
  %D%/bench-fast.c \
  %D%/bench-idle.c \
  %D%/bench-json.c \
  %D%/bench-objects.c \
  %D%/bench-open.c \
  %D%/bench-process.c \
  %D%/bench-recovery.c \
  %D%/bench-report.c \
  %D%/bench-rows.h \
  %D%/bench-series.c \
  %D%/bench-subject.c \
  %D%/bench-subject.h \
  %D%/bench-wake.c \
  %D%/bench-way.c \
  %D%/bench-way.h \
  %D%/bench.c \
  %D%/bench.h
%C%_bench_CPPFLAGS = $(AM_CPPFLAGS)
%C%_bench_LDADD = lib/libipc-1.0.la $(GLIB_LIBS) -lm

# BENCH_FLAGS='--quick pair' runs a part.
bench: all %D%/bench$(EXEEXT)
	%D%/bench$(EXEEXT) --json bench.json $(BENCH_FLAGS)
CLEANFILES += bench.json
.PHONY: bench
