# include/local.mk: the installed headers
#
# SPDX-License-Identifier: LGPL-2.1-or-later

# Those that declare enumerations.
ipc_enum_headers = \
  %D%/ipc/ipc-error.h \
  %D%/ipc/ipc-info.h \
  %D%/ipc/ipc-segment.h \
  %D%/ipc/ipc-semaphore.h \
  %D%/ipc/ipc-types.h

ipc_headers = \
  $(ipc_enum_headers) \
  %D%/ipc/ipc.h

ipcincludedir = $(includedir)/ipc-1.0/ipc
ipcinclude_HEADERS = $(ipc_headers)
nodist_ipcinclude_HEADERS = %D%/ipc/ipc-version.h
