# tests/bench/local.mk: how fast it is; `make bench` writes a table, and bench.json
#
# SPDX-License-Identifier: LGPL-2.1-or-later

# It stands beside what Linux has, and links to what a program links to.
if BACKEND_NATIVE
if !BACKEND_WIN32
check_PROGRAMS += %D%/bench
check_PROGRAMS += %D%/fast-path
TESTS += %D%/check-bench.py %D%/check-fast-path.sh
endif
endif
EXTRA_DIST += %D%/check-bench.py %D%/check-fast-path.sh

%C%_bench_SOURCES = \
  %D%/bench-contended.c \
  %D%/bench-copy.c \
  %D%/bench-fast.c \
  %D%/bench-idle.c \
  %D%/bench-json.c \
  %D%/bench-loop.c \
  %D%/bench-objects.c \
  %D%/bench-open.c \
  %D%/bench-process.c \
  %D%/bench-recovery.c \
  %D%/bench-report.c \
  %D%/bench-rows.h \
  %D%/bench-series.c \
  %D%/bench-subject.c \
  %D%/bench-subject.h \
  %D%/bench-touch.c \
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

# -- Beside others of its kind: those that are installed ---------------------------------------

bench_peers = %D%/peers/peer-libipc %D%/peers/peer-posix
if HAVE_APR
bench_peers += %D%/peers/peer-apr
endif
if HAVE_BOOST
bench_peers += %D%/peers/peer-boost
endif
if HAVE_QT
bench_peers += %D%/peers/peer-qt
endif
EXTRA_PROGRAMS = $(bench_peers)
CLEANFILES += $(EXTRA_PROGRAMS) bench-peers.json

%C%_peers_peer_libipc_SOURCES = %D%/peers/peer-libipc.c %D%/peers/peer.h
%C%_peers_peer_posix_SOURCES = %D%/peers/peer-posix.c %D%/peers/peer.h
%C%_peers_peer_posix_LDADD =
%C%_peers_peer_apr_SOURCES = %D%/peers/peer-apr.c %D%/peers/peer.h
%C%_peers_peer_apr_CPPFLAGS = $(APR_CFLAGS)
%C%_peers_peer_apr_LDADD = $(APR_LIBS)
%C%_peers_peer_boost_SOURCES = %D%/peers/peer-boost.cpp %D%/peers/peer.h
%C%_peers_peer_boost_LDADD =
%C%_peers_peer_qt_SOURCES = %D%/peers/peer-qt.cpp %D%/peers/peer.h
%C%_peers_peer_qt_CPPFLAGS = $(QT_CFLAGS)
%C%_peers_peer_qt_CXXFLAGS = $(AM_CXXFLAGS) -std=gnu++17 -fPIC
%C%_peers_peer_qt_LDADD = $(QT_LIBS)

bench_peer_scripts = %D%/peers/bench-peers.py %D%/peers/peer-perl.pl %D%/peers/peer-sysv-ipc.py
EXTRA_DIST += $(bench_peer_scripts)

# BENCH_PEERS_FLAGS='--rounds 3'
bench-peers: $(bench_peers)
	IPC_BUILDDIR=. PERL='$(PERL)' $(srcdir)/%D%/peers/bench-peers.py \
	  --json bench-peers.json $(BENCH_PEERS_FLAGS)
.PHONY: bench-peers

# -- Figures of the manual and of README.md ----------------------------------------------------

bench_figures = PYTHONDONTWRITEBYTECODE=1 GNUPLOT='$(GNUPLOT)' python3 $(srcdir)/%D%/figures.py
bench_kept = $(srcdir)/doc/bench.json $(srcdir)/doc/bench-peers.json

# Into the build folder, from what was measured last.
bench-plots:
	$(bench_figures) plots bench.json bench-peers.json .
CLEANFILES += performance-*.svg

# Into the sources, from what is kept there.
bench-figures:
	$(bench_figures) plots $(bench_kept) $(srcdir)/doc
	$(bench_figures) tables $(bench_kept) $(srcdir)/doc/performance-figures.xml
	$(bench_figures) readme $(srcdir)/doc/bench.json $(srcdir)/README.md

# Measures all of it, keeps that, and makes the figures: some minutes on a machine that is quiet.
bench-docs:
	$(MAKE) $(AM_MAKEFLAGS) bench BENCH_FLAGS=
	$(MAKE) $(AM_MAKEFLAGS) bench-peers BENCH_PEERS_FLAGS=
	cp bench.json bench-peers.json $(srcdir)/doc/
	$(MAKE) $(AM_MAKEFLAGS) bench-figures
.PHONY: bench-docs bench-figures bench-plots

TESTS += %D%/check-figures.sh
EXTRA_DIST += %D%/check-figures.sh %D%/figures.py
