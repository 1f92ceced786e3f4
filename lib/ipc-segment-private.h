/* ipc-segment-private.h: the inside of an IpcSegment, for the files that make up the object
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "ipc-backend-private.h"
#include "ipc-mapping-private.h"

/* The memory as it is mapped now.  It never changes: resizing makes another one, and this one stays
 * until the object goes, for threads that are still copying. */
typedef struct
{
  guint8         *data;
  gsize           size;
  IpcSegmentFlags flags; /* what was granted */
  gsize           page_size;
  IpcMapping     *mapping;
} IpcView;

struct _IpcSegment
{
  GObject parent_instance;

  IpcView              *view; /* atomic; NULL until it is opened; reading and writing need no lock */
  int                   open; /* atomic; FALSE before it is opened and after it is detached */

  GMutex                lock;  /* of resizing and detaching */
  GPtrArray            *views; /* all that there were */
  guint                 n_spent; /* how many of them, from the first, have no memory any more */
  gsize                 size;  /* asked for */
  IpcSegmentFlags       flags; /* asked for */
  const char           *call;  /* that opens it, for messages */
  const char           *label; /* in messages: the name, or what stands for it */
  const IpcSegmentOps  *ops;
  gpointer              handle;
  IpcName              *parsed;
  char                 *name;
  IpcOpenMode           open_mode;
  guint                 permissions;
  gboolean              created;
};

#define IPC_SEGMENT_ALL_FLAGS \
  (IPC_SEGMENT_ANY_OWNER | IPC_SEGMENT_READ_ONLY | IPC_SEGMENT_POPULATE | IPC_SEGMENT_LOCKED \
   | IPC_SEGMENT_HUGE_PAGES)

/* The class is final, so that comparing the type is the whole check, at the price of a load. */
extern GType ipc_segment_type;

#define IS_SEGMENT(self) ((self) != NULL && G_TYPE_FROM_INSTANCE (self) == ipc_segment_type)

static inline const IpcView *
ipc_segment_view (IpcSegment *self)
{
  return g_atomic_pointer_get (&self->view);
}

/* What @opened found becomes the memory of @self; @mapping as well, or a new one where it is NULL.
 * The old one is for the caller to retire. */
void     ipc_segment_adopt (IpcSegment *self, const IpcOpened *opened, IpcMapping *mapping);

/* The lock of @self.  Other threads cannot fork while it is taken.  Prepared once. */
void     ipc_segment_lock_prepare (void);
void     ipc_segment_lock (IpcSegment *self);
void     ipc_segment_unlock (IpcSegment *self);

/* The name of what has none. */
extern const IpcName ipc_segment_no_name;

/* An object of what a row has opened without a name; NULL if @handle is. */
IpcSegment *ipc_segment_wrap (const IpcSegmentOps *ops, gpointer handle, const IpcOpened *opened,
                              IpcSegmentFlags flags);

/* FALSE with IPC_ERROR_NOT_SUPPORTED. */
gboolean ipc_segment_throw_cannot (IpcSegment *self, const char *call, GError **error);

/* FALSE with IPC_ERROR_CLOSED if @self was detached, or never opened. */
gboolean ipc_segment_check_open (IpcSegment *self, const char *call, GError **error);

/* The same; where it is open, which is nearly always, at the price of a load. */
static inline gboolean
ipc_segment_is_open (IpcSegment *self, const char *call, GError **error)
{
  return G_LIKELY (g_atomic_int_get (&self->open)) || ipc_segment_check_open (self, call, error);
}
