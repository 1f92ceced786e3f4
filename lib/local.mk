# lib/local.mk: the library; with the two tables of ipc-backend.c the only place where the
# platform is chosen
#
# SPDX-License-Identifier: LGPL-2.1-or-later

# Everything is compiled once, into libipc-core.la; tests of private parts link to that.
noinst_LTLIBRARIES += %D%/libipc-core.la
%C%_libipc_core_la_CPPFLAGS = $(AM_CPPFLAGS) -DIPC_COMPILATION -DG_LOG_DOMAIN=\"Ipc\"
%C%_libipc_core_la_CFLAGS = $(AM_CFLAGS) -fvisibility=hidden
%C%_libipc_core_la_LIBADD = $(GLIB_LIBS)

ipc_private_headers = \
  %D%/ipc-backend-private.h \
  %D%/ipc-clockwait-private.h \
  %D%/ipc-copy-private.h \
  %D%/ipc-deadline-private.h \
  %D%/ipc-error-private.h \
  %D%/ipc-guard-private.h \
  %D%/ipc-held-private.h \
  %D%/ipc-info-private.h \
  %D%/ipc-life-private.h \
  %D%/ipc-list-private.h \
  %D%/ipc-mapping-private.h \
  %D%/ipc-name-private.h \
  %D%/ipc-native-private.h \
  %D%/ipc-open-private.h \
  %D%/ipc-pages-private.h \
  %D%/ipc-place-private.h \
  %D%/ipc-publish-private.h \
  %D%/ipc-queue-private.h \
  %D%/ipc-segment-file-private.h \
  %D%/ipc-segment-private.h \
  %D%/ipc-segment-win32-private.h \
  %D%/ipc-semaphore-private.h \
  %D%/ipc-semaphore-sysv-private.h \
  %D%/ipc-set-private.h \
  %D%/ipc-sysv-private.h \
  %D%/ipc-thread-private.h \
  %D%/ipc-trust-private.h \
  %D%/ipc-win32-private.h \
  %D%/ipc-word-private.h

%C%_libipc_core_la_SOURCES = \
  $(ipc_private_headers) \
  %D%/ipc-async.c \
  %D%/ipc-backend.c \
  %D%/ipc-deadline.c \
  %D%/ipc-error.c \
  %D%/ipc-info-holder.c \
  %D%/ipc-info.c \
  %D%/ipc-list.c \
  %D%/ipc-mapping.c \
  %D%/ipc-name-path.c \
  %D%/ipc-name.c \
  %D%/ipc-open.c \
  %D%/ipc-pages.c \
  %D%/ipc-queue-thread.c \
  %D%/ipc-queue.c \
  %D%/ipc-segment-data.c \
  %D%/ipc-segment-handle.c \
  %D%/ipc-segment-lock.c \
  %D%/ipc-segment-new.c \
  %D%/ipc-segment-share.c \
  %D%/ipc-segment.c \
  %D%/ipc-semaphore-new.c \
  %D%/ipc-semaphore-operate.c \
  %D%/ipc-semaphore-value.c \
  %D%/ipc-semaphore.c \
  %D%/ipc-types.c
nodist_%C%_libipc_core_la_SOURCES = %D%/ipc-enum-types.c

if HOST_X86
%C%_libipc_core_la_SOURCES += %D%/ipc-copy-x86.c
else
%C%_libipc_core_la_SOURCES += %D%/ipc-copy.c
endif
if BACKEND_WIN32
%C%_libipc_core_la_SOURCES += \
  %D%/ipc-error-win32.c \
  %D%/ipc-list-win32.c \
  %D%/ipc-name-key-none.c \
  %D%/ipc-name-win32.c \
  %D%/ipc-pages-win32.c \
  %D%/ipc-section-win32.c \
  %D%/ipc-security-win32.c \
  %D%/ipc-segment-win32-open.c \
  %D%/ipc-segment-win32.c \
  %D%/ipc-semaphore-win32.c \
  %D%/ipc-thread-win32.c
else
%C%_libipc_core_la_SOURCES += \
  %D%/ipc-error-errno.c \
  %D%/ipc-name-key.c \
  %D%/ipc-pages-linux.c \
  %D%/ipc-thread-posix.c \
  %D%/ipc-trust.c
endif
if BACKEND_SYSV
%C%_libipc_core_la_SOURCES += \
  %D%/ipc-list-sysv.c \
  %D%/ipc-segment-sysv.c \
  %D%/ipc-semaphore-sysv-open.c \
  %D%/ipc-semaphore-sysv.c \
  %D%/ipc-sysv.c
endif
if BACKEND_POSIX
%C%_libipc_core_la_SOURCES += \
  %D%/ipc-clockwait.c \
  %D%/ipc-lease.c \
  %D%/ipc-list-shm.c \
  %D%/ipc-nameless.c \
  %D%/ipc-publish.c \
  %D%/ipc-reserve.c \
  %D%/ipc-segment-file.c \
  %D%/ipc-segment-memfd.c \
  %D%/ipc-segment-posix.c \
  %D%/ipc-semaphore-posix.c
endif

# The native semaphore: one engine, and what it asks of the platform.
if BACKEND_NATIVE
%C%_libipc_core_la_SOURCES += \
  %D%/ipc-native-dispatch.c \
  %D%/ipc-native-file.c \
  %D%/ipc-native-info.c \
  %D%/ipc-native-lane.c \
  %D%/ipc-native-try-set.c \
  %D%/ipc-native-try.c \
  %D%/ipc-native-turn.c \
  %D%/ipc-native-wait.c \
  %D%/ipc-native-watch.c \
  %D%/ipc-native.c \
  %D%/ipc-semaphore-native.c \
  %D%/ipc-set.c \
  %D%/ipc-word.c
if BACKEND_WIN32
%C%_libipc_core_la_SOURCES += \
  %D%/ipc-life-win32.c \
  %D%/ipc-place-win32-open.c \
  %D%/ipc-place-win32-private.h \
  %D%/ipc-place-win32.c \
  %D%/ipc-sleep-win32.c
else
%C%_libipc_core_la_SOURCES += \
  %D%/ipc-life-linux.c \
  %D%/ipc-list-native.c \
  %D%/ipc-place-linux-private.h \
  %D%/ipc-place-linux.c \
  %D%/ipc-sleep-linux.c
endif
endif

lib_LTLIBRARIES += %D%/libipc-1.0.la
%C%_libipc_1_0_la_SOURCES =
%C%_libipc_1_0_la_LIBADD = %D%/libipc-core.la $(GLIB_LIBS)
%C%_libipc_1_0_la_LDFLAGS = \
  $(AM_LDFLAGS) -version-info $(IPC_LT_VERSION) $(NO_UNDEFINED_LDFLAGS)
if HAVE_VERSION_SCRIPT
%C%_libipc_1_0_la_LDFLAGS += -Wl,--version-script=$(srcdir)/%D%/libipc.map
EXTRA_%C%_libipc_1_0_la_DEPENDENCIES = %D%/libipc.map
endif
EXTRA_DIST += %D%/libipc.map %D%/libipc.enums %D%/ipc-enum-types.c.template

# The binary interface of the last release; HACKING.md says when to write it anew.
ipc_abi = \
  $(BASH_SHELL) $(srcdir)/build-aux/abi.sh $@ lib/.libs/libipc-1.0.so \
  $(srcdir)/%D%/libipc.abi $(srcdir)/%D%/libipc.abignore
abi-baseline abi-check: %D%/libipc-1.0.la
	$(AM_V_at)$(ipc_abi)
.PHONY: abi-baseline abi-check
EXTRA_DIST += build-aux/abi.sh %D%/libipc.abi %D%/libipc.abignore

# The *_get_type () of the enumerations; the headers declare them by hand.
%D%/ipc-enum-types.c: %D%/ipc-enum-types.c.template $(ipc_enum_headers)
	$(AM_V_GEN)$(MKDIR_P) $(@D) && $(GLIB_MKENUMS) \
	  --template $(srcdir)/%D%/ipc-enum-types.c.template \
	  $(addprefix $(srcdir)/,$(ipc_enum_headers)) >$@.new && mv $@.new $@
CLEANFILES += %D%/ipc-enum-types.c

if HAVE_INTROSPECTION
include $(INTROSPECTION_MAKEFILE)
INTROSPECTION_GIRS = %D%/Ipc-1.0.gir
INTROSPECTION_SCANNER_ARGS = \
  --add-include-path=$(builddir)/%D% --warn-all --warn-error \
  --identifier-prefix=Ipc --symbol-prefix=ipc
INTROSPECTION_COMPILER_ARGS = --includedir=$(builddir)/%D%
%C%_Ipc_1_0_gir_NAMESPACE = Ipc
%C%_Ipc_1_0_gir_VERSION = 1.0
%C%_Ipc_1_0_gir_LIBS = %D%/libipc-1.0.la
%C%_Ipc_1_0_gir_FILES = \
  $(ipc_headers) $(nodist_ipcinclude_HEADERS) \
  $(filter %.c,$(%C%_libipc_core_la_SOURCES))
%C%_Ipc_1_0_gir_CFLAGS = $(AM_CPPFLAGS) -DIPC_COMPILATION
%C%_Ipc_1_0_gir_PACKAGES = gobject-2.0 gio-2.0
%C%_Ipc_1_0_gir_INCLUDES = GObject-2.0 Gio-2.0
%C%_Ipc_1_0_gir_EXPORT_PACKAGES = ipc
%C%_Ipc_1_0_gir_C_INCLUDES = ipc/ipc.h
%D%/Ipc-1.0.gir: %D%/libipc-1.0.la

girdir = $(datadir)/gir-1.0
gir_DATA = $(INTROSPECTION_GIRS)
typelibdir = $(libdir)/girepository-1.0
typelib_DATA = $(INTROSPECTION_GIRS:.gir=.typelib)
CLEANFILES += $(gir_DATA) $(typelib_DATA)

if ENABLE_VAPIGEN
# A rule of our own: that of vapigen's makefile runs again at each make and forgets ipc.deps.
%D%/ipc.vapi: %D%/Ipc-1.0.gir
	$(AM_V_GEN)$(VAPIGEN) --quiet --library=ipc --directory=$(@D) --pkg gio-2.0 $< && touch $@
%D%/ipc.deps:
	$(AM_V_GEN)$(MKDIR_P) $(@D) && echo gio-2.0 > $@
vapidir = $(datadir)/vala/vapi
vapi_DATA = %D%/ipc.vapi %D%/ipc.deps
CLEANFILES += $(vapi_DATA)
endif
endif
