/* ipc-segment-win32-private.h: a segment that is a section of the page file
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "ipc-win32-private.h"

typedef struct
{
  GMutex     lock;    /* of the handle */
  HANDLE     section; /* NULL once it was unlinked */
  char      *text;    /* the name as its user wrote it */
  IpcBackend backend;
  gboolean   has_name;
  gboolean   read_only;
  gsize      size;
  guint32    creator_pid; /* 0: not known */
  guint      permissions;
} Win32Segment;

/* Handles of the rows, or NULL with @error set. */
gpointer ipc_segment_win32_open (const IpcRequest *request, IpcOpened *opened, GError **error);
gpointer ipc_segment_win32_open_anonymous (const IpcRequest *request, IpcOpened *opened,
                                           GError **error);
/* @handle is of this process; it is taken over, unless this fails. */
gpointer ipc_segment_win32_adopt (guint64 handle, const IpcRequest *request, IpcOpened *opened,
                                  GError **error);

/* IPC_ERROR_NOT_SUPPORTED: a name cannot be taken from an object. */
gboolean ipc_segment_win32_throw_in_use (const char *call, const char *object, GError **error);
