/* ipc-queue-private.h: the waits that one semaphore object has pending in main loops
 *
 * A queue is served by one dispatcher thread at a time, from the first wait that comes until none
 * is left.  It may use the object's handle while it has a wait of that object that has not
 * returned, since that keeps a reference; the queue itself it owns.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "ipc-backend-private.h"

typedef struct
{
  GTask          *task;
  IpcSemaphoreOp *ops;
  guint           n_ops;
  gboolean        slept; /* it was tried before */
  gulong          cancelled_id;
  GError         *reason; /* why it ended; NULL: it was done */
  IpcWait         wait;
} IpcPending;

struct _IpcQueue
{
  gatomicrefcount        ref_count;
  const IpcSemaphoreOps *ops;
  gpointer               handle;
  GMutex                 lock;
  GQueue                 pending; /* of IpcPending, in the order in which they came */
  gboolean               served;
  void                 (*kick) (gpointer data); /* NULL: its dispatcher looks up by itself */
  gpointer               kick_data;
};

IpcQueue *ipc_queue_new (const IpcSemaphoreOps *ops, gpointer handle);
IpcQueue *ipc_queue_ref (IpcQueue *self);
void      ipc_queue_unref (IpcQueue *self);

/* Takes @pending over.  Starts a dispatcher if there is none. */
void      ipc_queue_push (IpcQueue *self, IpcPending *pending);
/* For the dispatcher, before it serves: how it is woken. */
void      ipc_queue_set_kick (IpcQueue *self, void (*kick) (gpointer data), gpointer data);
/* Something that ends a wait has happened. */
void      ipc_queue_kick (IpcQueue *self);

/* For the dispatcher: tries every wait once, and ends those that are over.  @done: those that
 * ended, to be returned when the handle is not needed any more.  @nap: what to sleep on, if the
 * mechanism can tell.  @until: lowered to when the next wait is over.
 * FALSE: none is left, and the queue is not served any more. */
gboolean  ipc_queue_serve (IpcQueue *self, GSList **done, IpcNap *nap, gint64 *until);
/* Every wait ends with @reason. */
void      ipc_queue_fail (IpcQueue *self, const GError *reason);

/* Ends one wait: @reason, or %NULL if it was done; it is taken over.  ipc_pending_return_all() lets
 * the callers know, each in its own main context. */
void      ipc_pending_end (IpcPending *self, GError *reason, GSList **done);
void      ipc_pending_return_all (GSList *done);

/* The dispatcher of mechanisms that can only sleep on one object at a time: a thread for each. */
void      ipc_queue_serve_by_thread (IpcQueue *self);
