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

/* What a wait is for.  Waits of a queue for the same share it, and it is enough to try one. */
typedef struct
{
  IpcSemaphoreOp *ops;
  guint           n_ops;
  gboolean        slept;    /* it was tried before */
  guint           index;    /* what stood in the way when it was last tried in vain */
  gboolean        for_zero;
  gboolean        busy;     /* see IpcNap */
  guint64         failed;   /* the round in which that was */
} IpcWant;

typedef struct
{
  GTask   *task;
  IpcWant *want;
  gulong   cancelled_id;
  gboolean is_try; /* it waits only for who is just changing the object */
  GError  *reason; /* why it ended; NULL: it was done */
  IpcWait  wait;
} IpcPending;

/* Until when there is nothing to do for a queue. */
typedef struct
{
  IpcNap nap;        /* what to sleep on; no word if the mechanism cannot tell */
  gint64 until;      /* when the next wait is over */
  int   *waiting; /* of the caller, or NULL: how many are left that wait for units, and for zero, of
                   * each semaphore in turn */
} IpcPause;

struct _IpcQueue
{
  gatomicrefcount        ref_count;
  guint                  generation; /* of this process, see ipc_queue_is_inherited() */
  const IpcSemaphoreOps *ops;
  gpointer               handle;
  GMutex                 lock;
  GQueue                 pending; /* of IpcPending, in the order in which they came */
  guint64                round;
  gboolean               served;
  void                 (*kick) (gpointer data);
  gpointer               kick_data;
  GCancellable          *alarm; /* ends the sleep of a thread that serves this queue alone */
};

IpcQueue *ipc_queue_new (const IpcSemaphoreOps *ops, gpointer handle);
IpcQueue *ipc_queue_ref (IpcQueue *self);
void      ipc_queue_unref (IpcQueue *self);

/* Whether it is the copy that fork() made of a parent's: nobody serves it here, and its lock may
 * never be given back. */
gboolean  ipc_queue_is_inherited (const IpcQueue *self);

IpcWant  *ipc_want_new (const IpcSemaphoreOp *ops, guint n_ops);
/* Whether somebody waits for the same. */
gboolean  ipc_queue_wants (IpcQueue *self, const IpcSemaphoreOp *ops, guint n_ops);

/* Takes @pending over.  Starts a dispatcher if there is none. */
void      ipc_queue_push (IpcQueue *self, IpcPending *pending);
/* For the dispatcher, before it serves: how it is woken. */
void      ipc_queue_set_kick (IpcQueue *self, void (*kick) (gpointer data), gpointer data);
/* Something that ends a wait has happened. */
void      ipc_queue_kick (IpcQueue *self);

/* For the dispatcher: tries all once, and ends those that are over.  pause->waiting is set before, to
 * zeros.  @done: those that ended, to be
 * returned when the handle is not needed any more.
 * FALSE: none is left, and the queue is not served any more. */
gboolean  ipc_queue_serve (IpcQueue *self, GSList **done, IpcPause *pause);
/* There is no thread to serve it: every wait ends with IPC_ERROR_NO_SPACE. */
void      ipc_queue_fail (IpcQueue *self, const GError *reason);

/* Ends one wait: @reason, or %NULL if it was done; it is taken over.  ipc_pending_return_all() lets
 * the callers know, each in its own main context. */
void      ipc_pending_end (IpcPending *self, GError *reason, GSList **done);
void      ipc_pending_return_all (GSList *done);

/* The dispatcher of mechanisms that can only sleep on one object at a time: a thread for each. */
void      ipc_queue_serve_by_thread (IpcQueue *self);
