# doc/local.mk: the examples; doc/Makefile.am makes the reference manual
#
# SPDX-License-Identifier: LGPL-2.1-or-later

# Compiled as their reader would compile them: public headers and the shared library only.
ipc_examples = \
  %D%/examples/box \
  %D%/examples/counter \
  %D%/examples/lifetime \
  %D%/examples/port-go-1-after \
  %D%/examples/port-go-2-after \
  %D%/examples/port-qt-after \
  %D%/examples/segment-reader \
  %D%/examples/segment-writer \
  %D%/examples/semaphore-set-1 \
  %D%/examples/semaphore-set-2
# These fork, hand descriptors over or wait for signals.
if !BACKEND_WIN32
ipc_examples += \
  %D%/examples/crash-pool \
  %D%/examples/crash-signal \
  %D%/examples/ipc-demo \
  %D%/examples/main-loop \
  %D%/examples/sealed
endif
if HAVE_GIO_UNIX
ipc_examples += %D%/examples/dbus-client %D%/examples/dbus-server
endif
ipc_example_scripts = \
  %D%/examples/counter.js \
  %D%/examples/counter.py \
  %D%/examples/main-loop.js \
  %D%/examples/main-loop.py \
  %D%/examples/segment.py \
  %D%/examples/semaphore.py
if INSTALLED_TESTS
nobase_insttest_PROGRAMS += $(ipc_examples)
nobase_insttest_SCRIPTS += $(ipc_example_scripts)
else
noinst_PROGRAMS += $(ipc_examples)
endif
EXTRA_DIST += \
  $(ipc_example_scripts) \
  %D%/examples/main-loop.vala \
  %D%/examples/port-go-1-before.go \
  %D%/examples/port-go-2-before.go

%C%_examples_dbus_client_SOURCES = %D%/examples/dbus-client.c %D%/examples/dbus-shared.h
%C%_examples_dbus_client_CPPFLAGS = $(AM_CPPFLAGS) $(GIO_UNIX_CFLAGS)
%C%_examples_dbus_server_SOURCES = %D%/examples/dbus-server.c %D%/examples/dbus-shared.h
%C%_examples_dbus_server_CPPFLAGS = $(AM_CPPFLAGS) $(GIO_UNIX_CFLAGS)

%C%_examples_ipc_demo_SOURCES = \
  %D%/examples/ipc-demo-crew.c \
  %D%/examples/ipc-demo-crew.h \
  %D%/examples/ipc-demo-ring.c \
  %D%/examples/ipc-demo-ring.h \
  %D%/examples/ipc-demo.c

# What man(1) shows; the manual itself is made by doc/Makefile.am.
dist_man_MANS += %D%/ipc-names.7 %D%/libipc.3

# For every program that names no _LDADD of its own.
LDADD = lib/libipc-1.0.la $(GLIB_LIBS)

# What the porting guides port from: neither libipc nor GLib is in these.
if BACKEND_POSIX
noinst_PROGRAMS += %D%/examples/port-posix-before
endif
if BACKEND_SYSV
noinst_PROGRAMS += %D%/examples/port-sysv-before
endif
%C%_examples_port_posix_before_CPPFLAGS = -D_GNU_SOURCE
%C%_examples_port_posix_before_LDADD =
%C%_examples_port_sysv_before_CPPFLAGS = -D_GNU_SOURCE
%C%_examples_port_sysv_before_LDADD =
if HAVE_BOOST
noinst_PROGRAMS += %D%/examples/port-boost-before
endif
%C%_examples_port_boost_before_SOURCES = %D%/examples/port-boost-before.cpp
%C%_examples_port_boost_before_LDADD =
if HAVE_QT
noinst_PROGRAMS += %D%/examples/port-qt-before
endif
%C%_examples_port_qt_before_SOURCES = %D%/examples/port-qt-before.cpp
%C%_examples_port_qt_before_CPPFLAGS = $(QT_CFLAGS)
%C%_examples_port_qt_before_CXXFLAGS = $(AM_CXXFLAGS) -std=gnu++17 -fPIC
%C%_examples_port_qt_before_LDADD = $(QT_LIBS)
