# tests/local.mk: what `make check` builds and runs
#
# SPDX-License-Identifier: LGPL-2.1-or-later

# -- Programs, by the check framework ----------------------------------------------------------

# Tests of the interface use what a program would: public headers and the shared library.
ipc_public_tests = \
  %D%/check-async \
  %D%/check-async-end \
  %D%/check-async-life \
  %D%/check-async-load \
  %D%/check-async-set \
  %D%/check-native \
  %D%/check-native-child \
  %D%/check-native-kill \
  %D%/check-native-life \
  %D%/check-native-place \
  %D%/check-native-wait \
  %D%/check-segment \
  %D%/check-segment-crowd \
  %D%/check-segment-data \
  %D%/check-segment-faults \
  %D%/check-segment-names \
  %D%/check-segment-peers \
  %D%/check-segment-resize \
  %D%/check-segment-room \
  %D%/check-segment-seal \
  %D%/check-segment-share \
  %D%/check-segment-space \
  %D%/check-semaphore \
  %D%/check-semaphore-faults \
  %D%/check-semaphore-object \
  %D%/check-semaphore-race \
  %D%/check-semaphore-set \
  %D%/check-semaphore-space \
  %D%/check-semaphore-sysv \
  %D%/check-semaphore-trust \
  %D%/check-semaphore-undo \
  %D%/check-semaphore-wait \
  %D%/check-threads

# Tests of private parts see lib/ and link to everything in it.
ipc_private_tests = \
  %D%/check-deadline \
  %D%/check-error \
  %D%/check-info \
  %D%/check-name \
  %D%/check-native-calls \
  %D%/check-native-faults \
  %D%/check-native-limits \
  %D%/check-native-set \
  %D%/check-publish \
  %D%/check-semaphore-calls

ipc_public_libs = %D%/libipc-check.la lib/libipc-1.0.la $(GLIB_LIBS) $(CHECK_LIBS)
ipc_private_cppflags = $(AM_CPPFLAGS) -I$(srcdir)/lib -DIPC_COMPILATION
ipc_private_libs = %D%/libipc-check.la lib/libipc-core.la $(GLIB_LIBS) $(CHECK_LIBS)

if HAVE_CHECK
check_LTLIBRARIES += %D%/libipc-check.la
check_PROGRAMS += $(ipc_public_tests) $(ipc_private_tests)
TESTS += $(ipc_public_tests) $(ipc_private_tests)
endif

%C%_libipc_check_la_SOURCES = \
  %D%/ipc-check-async.c \
  %D%/ipc-check-async.h \
  %D%/ipc-check-peer.c \
  %D%/ipc-check-segment.c \
  %D%/ipc-check-segment.h \
  %D%/ipc-check-semaphore.c \
  %D%/ipc-check-semaphore.h \
  %D%/ipc-check.c \
  %D%/ipc-check.h

%C%_check_deadline_CPPFLAGS = $(ipc_private_cppflags)
%C%_check_deadline_LDADD = $(ipc_private_libs)

%C%_check_error_CPPFLAGS = $(ipc_private_cppflags)
%C%_check_error_LDADD = $(ipc_private_libs)

%C%_check_info_CPPFLAGS = $(ipc_private_cppflags)
%C%_check_info_LDADD = $(ipc_private_libs)

%C%_check_name_CPPFLAGS = $(ipc_private_cppflags)
%C%_check_name_LDADD = $(ipc_private_libs)

%C%_check_native_calls_CPPFLAGS = $(ipc_private_cppflags)
%C%_check_native_calls_LDADD = $(ipc_private_libs)
%C%_check_native_calls_LDFLAGS = $(AM_LDFLAGS) $(check_native_calls_wraps)
check_native_calls_wraps = \
  -Wl,--wrap=dup3,--wrap=fchmod,--wrap=fcntl,--wrap=ftruncate,--wrap=linkat,--wrap=madvise \
  -Wl,--wrap=mmap,--wrap=open,--wrap=openat,--wrap=posix_fallocate

%C%_check_native_faults_CPPFLAGS = $(ipc_private_cppflags)
%C%_check_native_faults_LDADD = $(ipc_private_libs)

%C%_check_native_limits_CPPFLAGS = $(ipc_private_cppflags)
%C%_check_native_limits_LDADD = $(ipc_private_libs)

%C%_check_native_set_CPPFLAGS = $(ipc_private_cppflags)
%C%_check_native_set_LDADD = $(ipc_private_libs)

%C%_check_publish_CPPFLAGS = $(ipc_private_cppflags)
%C%_check_publish_LDADD = $(ipc_private_libs)

# The linker leads these calls of the library through the test, which lets them fail.
%C%_check_semaphore_calls_CPPFLAGS = $(ipc_private_cppflags)
%C%_check_semaphore_calls_LDADD = $(ipc_private_libs)
%C%_check_semaphore_calls_LDFLAGS = $(AM_LDFLAGS) \
  -Wl,--wrap=semget,--wrap=semctl,--wrap=semop,--wrap=semtimedop,--wrap=openat,--wrap=fchmod \
  -Wl,--wrap=linkat,--wrap=renameat,--wrap=unlinkat,--wrap=posix_fallocate,--wrap=mmap \
  -Wl,--wrap=sem_init,--wrap=sem_post,--wrap=sem_trywait,--wrap=sem_getvalue \
  -Wl,--wrap=sem_clockwait,--wrap=sem_timedwait

%C%_check_async_LDADD = $(ipc_public_libs)
%C%_check_async_end_LDADD = $(ipc_public_libs)
%C%_check_async_life_LDADD = $(ipc_public_libs)
%C%_check_async_load_LDADD = $(ipc_public_libs)
%C%_check_async_set_LDADD = $(ipc_public_libs)
%C%_check_native_LDADD = $(ipc_public_libs)
%C%_check_native_child_LDADD = $(ipc_public_libs)
%C%_check_native_kill_LDADD = $(ipc_public_libs)
%C%_check_native_life_LDADD = $(ipc_public_libs)
%C%_check_native_place_LDADD = $(ipc_public_libs)
%C%_check_native_wait_LDADD = $(ipc_public_libs)
%C%_check_segment_LDADD = $(ipc_public_libs)
%C%_check_segment_crowd_LDADD = $(ipc_public_libs)
%C%_check_segment_data_LDADD = $(ipc_public_libs)
%C%_check_segment_faults_LDADD = $(ipc_public_libs)
%C%_check_segment_names_LDADD = $(ipc_public_libs)
%C%_check_segment_peers_LDADD = $(ipc_public_libs)
%C%_check_segment_resize_LDADD = $(ipc_public_libs)
%C%_check_segment_room_LDADD = $(ipc_public_libs)
%C%_check_segment_seal_LDADD = $(ipc_public_libs)
%C%_check_segment_share_LDADD = $(ipc_public_libs)
%C%_check_segment_space_LDADD = $(ipc_public_libs)
%C%_check_semaphore_LDADD = $(ipc_public_libs)
%C%_check_semaphore_faults_LDADD = $(ipc_public_libs)
%C%_check_semaphore_object_LDADD = $(ipc_public_libs)
%C%_check_semaphore_race_LDADD = $(ipc_public_libs)
%C%_check_semaphore_set_LDADD = $(ipc_public_libs)
%C%_check_semaphore_space_LDADD = $(ipc_public_libs)
%C%_check_semaphore_sysv_LDADD = $(ipc_public_libs)
%C%_check_semaphore_trust_LDADD = $(ipc_public_libs)
%C%_check_semaphore_undo_LDADD = $(ipc_public_libs)
%C%_check_semaphore_wait_LDADD = $(ipc_public_libs)
%C%_check_threads_LDADD = $(ipc_public_libs)

# -- Scripts -----------------------------------------------------------------------------------

# Exit status 77 is a skip; where $CI is set nothing may be missing, and a skip is a failure.
ipc_test_scripts = \
  %D%/check-dbus.sh \
  %D%/check-examples.sh \
  %D%/check-gi.py \
  %D%/check-gjs.js \
  %D%/check-headers.sh \
  %D%/check-main-loop.sh \
  %D%/check-python.py \
  %D%/check-style.sh \
  %D%/check-symbols.sh \
  %D%/check-vala.sh
TESTS += $(ipc_test_scripts)

# Programs of others that meet ours, both ways.  The scripts are the tests; ipc-peer is our side,
# the other programs have neither libipc nor GLib in them.
ipc_meet_scripts = \
  %D%/meet/check-boost.sh \
  %D%/meet/check-name-hash.sh \
  %D%/meet/check-perl.pl \
  %D%/meet/check-raw-posix.sh \
  %D%/meet/check-raw-sysv.sh \
  %D%/meet/check-sysv-ipc.py \
  %D%/meet/check-util-linux.sh
TESTS += $(ipc_meet_scripts)

check_PROGRAMS += %D%/meet/ipc-peer %D%/meet/raw-posix %D%/meet/raw-sysv
%C%_meet_raw_posix_SOURCES = %D%/meet/foreign-peer.h %D%/meet/raw-posix.c
%C%_meet_raw_posix_CPPFLAGS = -D_GNU_SOURCE
%C%_meet_raw_posix_LDADD =
%C%_meet_raw_sysv_SOURCES = %D%/meet/foreign-peer.h %D%/meet/raw-sysv.c
%C%_meet_raw_sysv_CPPFLAGS = -D_GNU_SOURCE
%C%_meet_raw_sysv_LDADD =
if HAVE_BOOST
check_PROGRAMS += %D%/meet/boost-peer
endif
%C%_meet_boost_peer_SOURCES = %D%/meet/boost-peer.cpp %D%/meet/foreign-peer.h
%C%_meet_boost_peer_LDADD =

EXTRA_DIST += \
  $(ipc_test_scripts) $(ipc_meet_scripts) %D%/check-installed.sh %D%/check-vala.vala \
  %D%/vala.sh \
  %D%/meet/meet.sh %D%/with-peer.sh

TEST_EXTENSIONS = .sh .pl .py .js
SH_LOG_COMPILER = $(BASH_SHELL)
PL_LOG_COMPILER = $(BASH_SHELL) $(srcdir)/%D%/with-peer.sh $(PERL)
JS_LOG_COMPILER = $(BASH_SHELL) $(srcdir)/%D%/with-peer.sh $(GJS) -m
PY_LOG_COMPILER = $(BASH_SHELL) $(srcdir)/%D%/with-peer.sh $(PYTHON)

# What every test finds in its environment; HACKING.md lists it.
AM_TESTS_ENVIRONMENT = \
  IPC_SRCDIR='$(abs_top_srcdir)'; export IPC_SRCDIR; \
  IPC_BUILDDIR='$(abs_top_builddir)'; export IPC_BUILDDIR; \
  CC='$(CC)'; export CC; \
  CXX='$(CXX)'; export CXX; \
  NM='$(NM)'; export NM; \
  GJS='$(GJS)'; export GJS; \
  PERL='$(PERL)'; export PERL; \
  PYTHON='$(PYTHON)'; export PYTHON; \
  PKG_CONFIG='$(PKG_CONFIG)'; export PKG_CONFIG; \
  GLIB_CFLAGS='$(GLIB_CFLAGS)'; export GLIB_CFLAGS; \
  GLIB_LIBS='$(GLIB_LIBS)'; export GLIB_LIBS; \
  GI_TYPELIB_PATH="$(abs_top_builddir)/lib$${GI_TYPELIB_PATH:+:$$GI_TYPELIB_PATH}"; \
  export GI_TYPELIB_PATH; \
  PYTHONPATH="$(abs_top_srcdir)/bindings/python$${PYTHONPATH:+:$$PYTHONPATH}"; \
  export PYTHONPATH; \
  PYTHONDONTWRITEBYTECODE=1; export PYTHONDONTWRITEBYTECODE; \
  LD_LIBRARY_PATH="$(abs_top_builddir)/lib/.libs$${LD_LIBRARY_PATH:+:$$LD_LIBRARY_PATH}"; \
  export LD_LIBRARY_PATH;

# A program outside the tree, against what was installed.
installcheck-local:
	$(AM_V_at)test -n '$(DESTDIR)' || PKG_CONFIG='$(PKG_CONFIG)' CC='$(CC)' PYTHON='$(PYTHON)' \
	  PERL='$(PERL)' $(BASH_SHELL) $(srcdir)/%D%/check-installed.sh '$(prefix)' '$(libdir)' \
	  '$(pyoverridesdir)'
