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
  %D%/check-list \
  %D%/check-list-race \
  %D%/check-native \
  %D%/check-native-child \
  %D%/check-native-kill \
  %D%/check-native-life \
  %D%/check-native-place \
  %D%/check-native-spin \
  %D%/check-native-wait \
  %D%/check-oom \
  %D%/check-pid-space \
  %D%/check-process \
  %D%/check-segment \
  %D%/check-segment-crowd \
  %D%/check-segment-data \
  %D%/check-segment-faults \
  %D%/check-segment-flags \
  %D%/check-segment-named \
  %D%/check-segment-names \
  %D%/check-segment-peers \
  %D%/check-segment-resize \
  %D%/check-segment-room \
  %D%/check-segment-seal \
  %D%/check-segment-share \
  %D%/check-segment-space \
  %D%/check-segment-threads \
  %D%/check-semaphore \
  %D%/check-semaphore-account \
  %D%/check-semaphore-clock \
  %D%/check-semaphore-faults \
  %D%/check-semaphore-named \
  %D%/check-semaphore-object \
  %D%/check-semaphore-post \
  %D%/check-semaphore-race \
  %D%/check-semaphore-set \
  %D%/check-semaphore-space \
  %D%/check-semaphore-spoilt \
  %D%/check-semaphore-sysv \
  %D%/check-semaphore-trust \
  %D%/check-semaphore-undo \
  %D%/check-semaphore-wait \
  %D%/check-threads \
  %D%/check-time-space

# Tests of private parts see lib/ and link to everything in it.
ipc_private_tests = \
  %D%/check-backend \
  %D%/check-clockwait \
  %D%/check-deadline \
  %D%/check-errno \
  %D%/check-error \
  %D%/check-info \
  %D%/check-ipcctl-gc \
  %D%/check-list-calls \
  %D%/check-list-files \
  %D%/check-name \
  %D%/check-native-calls \
  %D%/check-native-faults \
  %D%/check-native-limits \
  %D%/check-native-set \
  %D%/check-native-wake \
  %D%/check-publish \
  %D%/check-segment-calls \
  %D%/check-semaphore-calls \
  %D%/check-set-peers \
  %D%/check-wait-clock \
  %D%/check-word \
  %D%/check-word-peers

ipc_public_libs = %D%/libipc-check.la lib/libipc-1.0.la $(GLIB_LIBS) $(CHECK_LIBS)
ipc_private_cppflags = $(AM_CPPFLAGS) -I$(srcdir)/lib -DIPC_COMPILATION
ipc_private_libs = %D%/libipc-check.la lib/libipc-core.la $(GLIB_LIBS) $(CHECK_LIBS)

# On Windows: what does not need what Windows lacks; the manual tells what that is for each of the
# others.
ipc_win32_tests = \
  %D%/check-async \
  %D%/check-async-end \
  %D%/check-async-load \
  %D%/check-async-set \
  %D%/check-backend \
  %D%/check-deadline \
  %D%/check-errno-win32 \
  %D%/check-error \
  %D%/check-info \
  %D%/check-list-win32 \
  %D%/check-name \
  %D%/check-native \
  %D%/check-native-kill \
  %D%/check-native-wake \
  %D%/check-segment \
  %D%/check-segment-data \
  %D%/check-segment-flags \
  %D%/check-segment-handle \
  %D%/check-segment-named \
  %D%/check-segment-names \
  %D%/check-segment-threads \
  %D%/check-semaphore \
  %D%/check-semaphore-faults \
  %D%/check-semaphore-named \
  %D%/check-semaphore-object \
  %D%/check-semaphore-race \
  %D%/check-semaphore-set \
  %D%/check-semaphore-undo \
  %D%/check-semaphore-wait \
  %D%/check-semaphore-win32 \
  %D%/check-set-peers \
  %D%/check-threads \
  %D%/check-word \
  %D%/check-word-peers

if HAVE_CHECK
check_LTLIBRARIES += %D%/libipc-check.la
if BACKEND_WIN32
check_PROGRAMS += $(ipc_win32_tests)
TESTS += $(ipc_win32_tests)
else
check_PROGRAMS += $(ipc_private_tests)
if INSTALLED_TESTS
nobase_insttest_PROGRAMS += $(ipc_public_tests)
else
check_PROGRAMS += $(ipc_public_tests)
endif
TESTS += $(ipc_public_tests) $(ipc_private_tests)
endif
endif

%C%_libipc_check_la_SOURCES = \
  %D%/ipc-check-async.c \
  %D%/ipc-check-async.h \
  %D%/ipc-check-named.c \
  %D%/ipc-check-named.h \
  %D%/ipc-check-private.h \
  %D%/ipc-check-segment.c \
  %D%/ipc-check-segment.h \
  %D%/ipc-check-semaphore.c \
  %D%/ipc-check-semaphore.h \
  %D%/ipc-check-vain.c \
  %D%/ipc-check.c \
  %D%/ipc-check.h
if BACKEND_WIN32
%C%_libipc_check_la_SOURCES += \
  %D%/ipc-check-leaks-win32.c \
  %D%/ipc-check-win32.c
else
%C%_libipc_check_la_SOURCES += \
  %D%/ipc-check-fault.h \
  %D%/ipc-check-fd.c \
  %D%/ipc-check-leaks-linux.c \
  %D%/ipc-check-peer.c \
  %D%/ipc-check-posix.c \
  %D%/ipc-check-space.c \
  %D%/ipc-check-space.h \
  %D%/ipc-check-sysv.c \
  %D%/ipc-check-sysv.h
endif

%C%_check_word_CPPFLAGS = $(ipc_private_cppflags)
%C%_check_word_LDADD = $(ipc_private_libs)

%C%_check_set_peers_CPPFLAGS = $(ipc_private_cppflags)
%C%_check_set_peers_LDADD = $(ipc_private_libs)

%C%_check_word_peers_CPPFLAGS = $(ipc_private_cppflags)
%C%_check_word_peers_LDADD = $(ipc_private_libs)

%C%_check_deadline_CPPFLAGS = $(ipc_private_cppflags)
%C%_check_deadline_LDADD = $(ipc_private_libs)

%C%_check_backend_CPPFLAGS = $(ipc_private_cppflags)
%C%_check_backend_LDADD = $(ipc_private_libs)

%C%_check_clockwait_CPPFLAGS = $(ipc_private_cppflags)
%C%_check_clockwait_LDADD = $(ipc_private_libs)

%C%_check_errno_CPPFLAGS = $(ipc_private_cppflags)
%C%_check_errno_LDADD = $(ipc_private_libs)

%C%_check_errno_win32_CPPFLAGS = $(ipc_private_cppflags)
%C%_check_errno_win32_LDADD = $(ipc_private_libs)

%C%_check_error_CPPFLAGS = $(ipc_private_cppflags)
%C%_check_error_LDADD = $(ipc_private_libs)

%C%_check_ipcctl_gc_LDADD = $(ipc_public_libs)

%C%_check_info_CPPFLAGS = $(ipc_private_cppflags)
%C%_check_info_LDADD = $(ipc_private_libs)

%C%_check_list_calls_CPPFLAGS = $(ipc_private_cppflags)
%C%_check_list_calls_LDADD = $(ipc_private_libs)
%C%_check_list_calls_LDFLAGS = $(AM_LDFLAGS) $(call ipc_wraps,$(ipc_list_calls))
ipc_list_calls = \
  fcntl fdopendir fstat fstatat getentropy open openat readdir renameat renameat2 semctl shmctl \
  unlinkat

%C%_check_list_files_CPPFLAGS = $(ipc_private_cppflags)
%C%_check_list_files_LDADD = $(ipc_private_libs)

%C%_check_name_CPPFLAGS = $(ipc_private_cppflags)
%C%_check_name_LDADD = $(ipc_private_libs)

%C%_check_native_calls_CPPFLAGS = $(ipc_private_cppflags)
%C%_check_native_calls_LDADD = $(ipc_private_libs)
%C%_check_native_calls_LDFLAGS = $(AM_LDFLAGS) $(call ipc_wraps,$(ipc_native_calls))
ipc_native_calls = \
  dup3 fchmod fcntl fstat ftruncate linkat madvise mmap open openat posix_fallocate

%C%_check_native_faults_CPPFLAGS = $(ipc_private_cppflags)
%C%_check_native_faults_LDADD = $(ipc_private_libs)

%C%_check_native_limits_CPPFLAGS = $(ipc_private_cppflags)
%C%_check_native_limits_LDADD = $(ipc_private_libs)

%C%_check_native_set_CPPFLAGS = $(ipc_private_cppflags)
%C%_check_native_set_LDADD = $(ipc_private_libs)

%C%_check_native_wake_CPPFLAGS = $(ipc_private_cppflags)
%C%_check_native_wake_LDADD = $(ipc_private_libs)
%C%_check_native_wake_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=ipc_life_wake

%C%_check_publish_CPPFLAGS = $(ipc_private_cppflags)
%C%_check_publish_LDADD = $(ipc_private_libs)

%C%_check_semaphore_calls_CPPFLAGS = $(ipc_private_cppflags)
%C%_check_semaphore_calls_LDADD = $(ipc_private_libs)
%C%_check_semaphore_calls_LDFLAGS = $(AM_LDFLAGS) $(call ipc_wraps,$(ipc_semaphore_calls))
ipc_semaphore_calls = \
  fchmod fstat linkat mmap openat posix_fallocate renameat sem_clockwait sem_getvalue sem_init \
  sem_post sem_timedwait sem_trywait semctl semget semop semtimedop unlinkat

%C%_check_wait_clock_CPPFLAGS = $(ipc_private_cppflags)
%C%_check_wait_clock_LDADD = $(ipc_private_libs)
%C%_check_wait_clock_LDFLAGS = $(AM_LDFLAGS) $(call ipc_wraps,$(ipc_wait_clock_calls))
ipc_wait_clock_calls = sem_clockwait sem_timedwait semtimedop syscall

%C%_check_segment_calls_CPPFLAGS = $(ipc_private_cppflags)
%C%_check_segment_calls_LDADD = $(ipc_private_libs)
%C%_check_segment_calls_LDFLAGS = $(AM_LDFLAGS) $(call ipc_wraps,$(ipc_segment_calls))
ipc_segment_calls = \
  fchmod fcntl fstat fstatfs ftruncate getentropy linkat madvise memfd_create mlock mmap openat \
  posix_fallocate renameat shmat shmctl shmget unlinkat

# ipc_wraps NAME...: the linker leads these calls of the library through the test, which lets them
# fail.  Those with an offset have another name where a long is too short for one.
ipc_comma = ,
ipc_offset_calls = \
  fcntl fstat fstatat fstatfs ftruncate mmap open openat posix_fallocate readdir
ipc_wraps = $(addprefix -Wl$(ipc_comma)--wrap=,\
  $(filter-out $(ipc_offset_calls),$(1)) \
  $(addsuffix $(OFFSET_SUFFIX),$(filter $(ipc_offset_calls),$(1))))

%C%_check_async_LDADD = $(ipc_public_libs)
%C%_check_async_end_LDADD = $(ipc_public_libs)
%C%_check_async_life_LDADD = $(ipc_public_libs)
%C%_check_async_load_LDADD = $(ipc_public_libs)
%C%_check_async_set_LDADD = $(ipc_public_libs)
%C%_check_list_LDADD = $(ipc_public_libs)
%C%_check_list_win32_LDADD = $(ipc_public_libs)
%C%_check_list_race_LDADD = $(ipc_public_libs)
%C%_check_native_LDADD = $(ipc_public_libs)
%C%_check_native_child_LDADD = $(ipc_public_libs)
%C%_check_native_kill_LDADD = $(ipc_public_libs)
%C%_check_native_life_LDADD = $(ipc_public_libs)
%C%_check_native_place_LDADD = $(ipc_public_libs)

%C%_check_native_spin_LDADD = $(ipc_public_libs)
%C%_check_native_wait_LDADD = $(ipc_public_libs)
%C%_check_oom_LDADD = $(ipc_public_libs)
%C%_check_pid_space_LDADD = $(ipc_public_libs)
%C%_check_process_LDADD = $(ipc_public_libs)
%C%_check_segment_LDADD = $(ipc_public_libs)
%C%_check_segment_crowd_LDADD = $(ipc_public_libs)
%C%_check_segment_data_LDADD = $(ipc_public_libs)
%C%_check_segment_faults_LDADD = $(ipc_public_libs)
%C%_check_segment_flags_LDADD = $(ipc_public_libs)
%C%_check_segment_handle_LDADD = $(ipc_public_libs)
%C%_check_segment_named_LDADD = $(ipc_public_libs)
%C%_check_segment_names_LDADD = $(ipc_public_libs)
%C%_check_segment_peers_LDADD = $(ipc_public_libs)
%C%_check_segment_resize_LDADD = $(ipc_public_libs)
%C%_check_segment_room_LDADD = $(ipc_public_libs)
%C%_check_segment_seal_LDADD = $(ipc_public_libs)
%C%_check_segment_share_LDADD = $(ipc_public_libs)
%C%_check_segment_space_LDADD = $(ipc_public_libs)
%C%_check_segment_threads_LDADD = $(ipc_public_libs)
%C%_check_semaphore_LDADD = $(ipc_public_libs)
%C%_check_semaphore_account_LDADD = $(ipc_public_libs)
# Its clock takes the place of the C library's for GLib as well.
%C%_check_semaphore_clock_LDFLAGS = $(AM_LDFLAGS) -export-dynamic
%C%_check_semaphore_clock_LDADD = $(ipc_public_libs)
%C%_check_semaphore_faults_LDADD = $(ipc_public_libs)
%C%_check_semaphore_named_LDADD = $(ipc_public_libs)
%C%_check_semaphore_object_LDADD = $(ipc_public_libs)
%C%_check_semaphore_post_LDADD = $(ipc_public_libs)
%C%_check_semaphore_race_LDADD = $(ipc_public_libs)
%C%_check_semaphore_set_LDADD = $(ipc_public_libs)
%C%_check_semaphore_space_LDADD = $(ipc_public_libs)
%C%_check_semaphore_spoilt_LDADD = $(ipc_public_libs)
%C%_check_semaphore_sysv_LDADD = $(ipc_public_libs)
%C%_check_semaphore_trust_LDADD = $(ipc_public_libs)
%C%_check_semaphore_undo_LDADD = $(ipc_public_libs)
%C%_check_semaphore_wait_LDADD = $(ipc_public_libs)
%C%_check_semaphore_win32_LDADD = $(ipc_public_libs)
%C%_check_threads_LDADD = $(ipc_public_libs)
%C%_check_time_space_LDADD = $(ipc_public_libs)

# -- Under the thread sanitizer ----------------------------------------------------------------

# No compiler for Windows has it.
if BACKEND_NATIVE
if !BACKEND_WIN32
ipc_tsan_scripts = %D%/tsan/check-async-tsan.sh
TESTS += $(ipc_tsan_scripts)
endif
endif
EXTRA_DIST += \
  %D%/tsan/check-async-tsan.sh \
  %D%/tsan/tsan-async.c \
  %D%/tsan/tsan-glib.c

# -- Scripts -----------------------------------------------------------------------------------

# Exit status 77 is a skip; where $CI is set nothing may be missing, and a skip is a failure.
ipc_test_scripts = \
  %D%/check-bootstrap.sh \
  %D%/check-dbus.sh \
  %D%/check-examples.sh \
  %D%/check-faults.sh \
  %D%/check-gi.py \
  %D%/check-gjs.js \
  %D%/check-headers.sh \
  %D%/check-ipcctl.py \
  %D%/check-ipcctl-hostile.py \
  %D%/check-ipcctl-wait.py \
  %D%/check-main-loop.sh \
  %D%/check-porting.sh \
  %D%/check-python.py \
  %D%/check-readme.sh \
  %D%/check-stories.sh \
  %D%/check-style.sh \
  %D%/check-symbols.sh \
  %D%/check-tool.sh \
  %D%/check-vala.sh
ipc_win32_scripts = \
  %D%/check-ipcctl.py \
  %D%/check-ipcctl-wait.py \
  %D%/meet/check-raw-win32.sh \
  %D%/windows/check-examples-win32.sh
if BACKEND_WIN32
TESTS += $(ipc_win32_scripts)
else
TESTS += $(ipc_test_scripts)
endif

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

if BACKEND_WIN32
ipc_meet_programs = %D%/meet/ipc-peer %D%/meet/raw-win32
else
TESTS += $(ipc_meet_scripts)
ipc_meet_programs = %D%/meet/ipc-peer %D%/meet/raw-posix %D%/meet/raw-sysv
endif
if HAVE_BOOST
ipc_meet_programs += %D%/meet/boost-peer
endif
if INSTALLED_TESTS
nobase_insttest_PROGRAMS += $(ipc_meet_programs)
else
check_PROGRAMS += $(ipc_meet_programs)
endif
%C%_meet_raw_posix_SOURCES = %D%/meet/foreign-peer.h %D%/meet/raw-posix.c
%C%_meet_raw_posix_CPPFLAGS = -D_GNU_SOURCE
%C%_meet_raw_posix_LDADD =
%C%_meet_raw_sysv_SOURCES = %D%/meet/foreign-peer.h %D%/meet/raw-sysv.c
%C%_meet_raw_sysv_CPPFLAGS = -D_GNU_SOURCE
%C%_meet_raw_sysv_LDADD =
%C%_meet_raw_win32_SOURCES = %D%/meet/foreign-peer.h %D%/meet/raw-win32.c
%C%_meet_raw_win32_LDADD =
%C%_meet_boost_peer_SOURCES = %D%/meet/boost-peer.cpp %D%/meet/foreign-peer.h
%C%_meet_boost_peer_LDADD =

EXTRA_DIST += \
  $(ipc_test_scripts) $(ipc_meet_scripts) $(ipc_win32_scripts) $(ipc_script_parts) \
  %D%/README.md %D%/check-installed.sh %D%/check-vala.vala %D%/ipcctl_check.py \
  %D%/run-installed.sh \
  %D%/meet/meet-word-size.sh \
  %D%/windows/cross-glib.sh %D%/windows/wine-run.sh

# -- Installed, for gnome-desktop-testing-runner -------------------------------------------------

# What scripts read.
ipc_script_parts = %D%/meet/meet.sh %D%/vala.sh %D%/with-peer.sh

# Those that need neither the sources nor a compiler.
ipc_installed_scripts = \
  $(ipc_meet_scripts) \
  %D%/check-examples.sh \
  %D%/check-main-loop.sh \
  %D%/check-stories.sh
if HAVE_GIO_UNIX
ipc_installed_scripts += %D%/check-dbus.sh
endif
if HAVE_INTROSPECTION
ipc_installed_scripts += %D%/check-gi.py %D%/check-gjs.js
if PYTHON_OVERRIDES
ipc_installed_scripts += %D%/check-python.py
endif
endif

if INSTALLED_TESTS
nobase_insttest_SCRIPTS += $(ipc_installed_scripts) %D%/run-installed.sh
nobase_insttest_DATA += $(ipc_script_parts)
insttestmeta_DATA += $(addsuffix .test,$(ipc_public_tests) $(ipc_installed_scripts))
endif
ipc_installed_environment = \
  PYTHON=$(PYTHON) IPC_TYPELIB=$(typelibdir)/Ipc-1.0.typelib
$(insttestmeta_DATA): %.test: Makefile
	$(AM_V_GEN)$(MKDIR_P) $(@D) && printf '%s\n' '[Test]' 'Type=session' \
	  'Exec=env $(ipc_installed_environment) $(insttestdir)/%D%/run-installed.sh $*' >$@
CLEANFILES += $(insttestmeta_DATA)

# -- How they are run --------------------------------------------------------------------------

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
  CHECK_LIBS='$(CHECK_LIBS)'; export CHECK_LIBS; \
  IPC_TYPELIB='$(abs_top_builddir)/lib/Ipc-1.0.typelib'; export IPC_TYPELIB; \
  GI_TYPELIB_PATH="$(abs_top_builddir)/lib$${GI_TYPELIB_PATH:+:$$GI_TYPELIB_PATH}"; \
  export GI_TYPELIB_PATH; \
  PYTHONPATH="$(abs_top_srcdir)/bindings/python$${PYTHONPATH:+:$$PYTHONPATH}"; \
  export PYTHONPATH; \
  PYTHONDONTWRITEBYTECODE=1; export PYTHONDONTWRITEBYTECODE; \
  EXEEXT='$(EXEEXT)'; export EXEEXT; \
  LOG_COMPILER='$(LOG_COMPILER)'; export LOG_COMPILER; \
  PATH="$(abs_top_builddir)/lib/.libs:$$PATH"; export PATH; \
  LD_LIBRARY_PATH="$(abs_top_builddir)/lib/.libs$${LD_LIBRARY_PATH:+:$$LD_LIBRARY_PATH}"; \
  export LD_LIBRARY_PATH;

# In a build of its own.
coverage:
	$(AM_V_at)CC='$(CC)' $(BASH_SHELL) $(srcdir)/%D%/coverage.sh $(srcdir) $@
.PHONY: coverage
EXTRA_DIST += %D%/coverage.md %D%/coverage.py %D%/coverage.sh

# A program outside the tree, against what was installed.
installcheck-local:
	$(AM_V_at)test -n '$(DESTDIR)' || \
	  PKG_CONFIG='$(PKG_CONFIG)' CC='$(CC)' CXX='$(CXX)' PYTHON='$(PYTHON)' PERL='$(PERL)' \
	  $(BASH_SHELL) $(srcdir)/%D%/check-installed.sh '$(prefix)' '$(libdir)' \
	  '$(pyoverridesdir)'
