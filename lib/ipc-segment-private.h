/* ipc-segment-private.h: the inside of an IpcSegment, for the files that make up the object
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "ipc-backend-private.h"
#include "ipc-mapping-private.h"

struct _IpcSegment
{
  GObject parent_instance;

  /* Set before @open is, and the same from then on: reading and writing need no lock. */
  guint8               *data;
  gsize                 size;
  IpcSegmentFlags       flags;
  int                   open; /* atomic; FALSE before it is opened and after it is detached */

  IpcMapping           *mapping;
  const IpcSegmentOps  *ops;
  gpointer              handle;
  IpcName              *parsed;
  char                 *name;
  IpcOpenMode           open_mode;
  guint                 permissions;
  gsize                 page_size;
  gboolean              created;
};

#define IPC_SEGMENT_ALL_FLAGS \
  (IPC_SEGMENT_ANY_OWNER | IPC_SEGMENT_READ_ONLY | IPC_SEGMENT_POPULATE | IPC_SEGMENT_LOCKED \
   | IPC_SEGMENT_HUGE_PAGES)

/* The class is final, so that comparing the type is the whole check, at the price of a load. */
extern GType ipc_segment_type;

#define IS_SEGMENT(self) ((self) != NULL && G_TYPE_FROM_INSTANCE (self) == ipc_segment_type)

/* FALSE with IPC_ERROR_CLOSED if @self was detached, or never opened. */
gboolean ipc_segment_check_open (IpcSegment *self, const char *call, GError **error);
