# doc/local.mk: the examples; doc/Makefile.am makes the reference manual
#
# SPDX-License-Identifier: LGPL-2.1-or-later

# Compiled as their reader would compile them: public headers and the shared library only.
ipc_examples = \
  %D%/examples/ipc-demo \
  %D%/examples/main-loop \
  %D%/examples/segment-reader \
  %D%/examples/segment-writer \
  %D%/examples/semaphore-set-1 \
  %D%/examples/semaphore-set-2
noinst_PROGRAMS += $(ipc_examples)
if HAVE_GIO_UNIX
ipc_examples += %D%/examples/dbus-client %D%/examples/dbus-server
endif
EXTRA_DIST += \
  %D%/examples/main-loop.js \
  %D%/examples/main-loop.py \
  %D%/examples/main-loop.vala \
  %D%/examples/segment.py \
  %D%/examples/semaphore.py

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

# For every program that names no _LDADD of its own.
LDADD = lib/libipc-1.0.la $(GLIB_LIBS)
