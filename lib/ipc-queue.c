/* ipc-queue.c: the waits that one semaphore object has pending in main loops
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ipc-queue-private.h"
#include <ipc/ipc-error.h>

#include <string.h>

IpcQueue *
ipc_queue_new (const IpcSemaphoreOps *ops, gpointer handle)
{
  IpcQueue *self = g_new0 (IpcQueue, 1);

  g_atomic_ref_count_init (&self->ref_count);
  g_mutex_init (&self->lock);
  self->ops = ops;
  self->handle = handle;
  return self;
}

IpcQueue *
ipc_queue_ref (IpcQueue *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
ipc_queue_unref (IpcQueue *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  g_mutex_clear (&self->lock);
  g_free (self);
}

/* -- Ending -- */

static void
pending_free (IpcPending *self)
{
  g_object_unref (self->task);
  g_free (self->ops);
  g_free (self);
}

void
ipc_pending_end (IpcPending *self, GError *reason, GSList **done)
{
  self->reason = reason;
  *done = g_slist_prepend (*done, self);
}

static void
pending_return (IpcPending *self)
{
  /* Waits until the callback, which may be kicking us, is out. */
  if (self->cancelled_id != 0)
    g_cancellable_disconnect (g_task_get_cancellable (self->task), self->cancelled_id);

  if (self->reason != NULL)
    g_task_return_error (self->task, self->reason);
  else
    g_task_return_boolean (self->task, TRUE);

  pending_free (self);
}

void
ipc_pending_return_all (GSList *done)
{
  done = g_slist_reverse (done);
  g_slist_free_full (done, (GDestroyNotify) pending_return);
}

/* -- Coming -- */

void
ipc_queue_set_kick (IpcQueue *self, void (*kick) (gpointer data), gpointer data)
{
  g_mutex_lock (&self->lock);
  self->kick = kick;
  self->kick_data = data;
  g_mutex_unlock (&self->lock);
}

void
ipc_queue_kick (IpcQueue *self)
{
  g_mutex_lock (&self->lock);
  if (self->served && self->kick != NULL)
    self->kick (self->kick_data);
  g_mutex_unlock (&self->lock);
}

void
ipc_queue_push (IpcQueue *self, IpcPending *pending)
{
  gboolean served;

  g_mutex_lock (&self->lock);
  g_queue_push_tail (&self->pending, pending);
  served = self->served;
  self->served = TRUE;
  g_mutex_unlock (&self->lock);

  if (served)
    ipc_queue_kick (self);
  else if (self->ops->dispatch != NULL)
    self->ops->dispatch (self->handle, self);
  else
    ipc_queue_serve_by_thread (self);
}

/* -- Serving -- */

static IpcOutcome
try_pending (IpcQueue *self, IpcPending *pending, IpcNap *nap, GError **error)
{
  const gboolean slept = pending->slept;

  pending->slept = TRUE;
  return self->ops->try_nap != NULL
             ? self->ops->try_nap (self->handle, pending->ops, pending->n_ops, slept, nap, error)
             : self->ops->try_operate (self->handle, pending->ops, pending->n_ops, error);
}

/* Nobody goes without because of the dead. */
static IpcOutcome
last_try (IpcQueue *self, const IpcPending *pending, GError *reason, GError **error)
{
  if (!g_error_matches (reason, IPC_ERROR, IPC_ERROR_TIMED_OUT) || self->ops->recover == NULL
      || !self->ops->recover (self->handle))
    return IPC_OUTCOME_WOULD_BLOCK;

  return self->ops->try_operate (self->handle, pending->ops, pending->n_ops, error);
}

static gboolean
is_alike (const IpcPending *a, const IpcPending *b)
{
  return b != NULL && a->n_ops == b->n_ops
         && memcmp (a->ops, b->ops, a->n_ops * sizeof (IpcSemaphoreOp)) == 0;
}

/* @failed: a wait before it that could not be done just now.  TRUE: it ended. */
static gboolean
serve_one (IpcQueue *self, IpcPending *pending, const IpcPending *failed, IpcNap *nap,
           GSList **done)
{
  GError *reason = NULL, *error = NULL;
  IpcOutcome outcome = is_alike (pending, failed) ? IPC_OUTCOME_WOULD_BLOCK
                                                  : try_pending (self, pending, nap, &error);

  if (outcome == IPC_OUTCOME_WOULD_BLOCK)
    {
      if (ipc_wait_goes_on (&pending->wait, &reason))
        return FALSE;
      outcome = last_try (self, pending, reason, &error);
    }

  if (outcome == IPC_OUTCOME_WOULD_BLOCK)
    error = g_steal_pointer (&reason);
  g_clear_error (&reason);
  ipc_pending_end (pending, error, done);
  return TRUE;
}

gboolean
ipc_queue_serve (IpcQueue *self, GSList **done, IpcNap *nap, gint64 *until)
{
  const IpcPending *failed = NULL;
  gboolean left;
  GList *next;

  g_mutex_lock (&self->lock);
  for (GList *l = self->pending.head; l != NULL; l = next)
    {
      IpcPending *pending = l->data;

      next = l->next;
      if (serve_one (self, pending, failed, nap, done))
        g_queue_delete_link (&self->pending, l);
      else
        {
          failed = pending;
          *until = MIN (*until, pending->wait.deadline);
        }
    }
  left = self->pending.head != NULL;
  self->served = left;
  g_mutex_unlock (&self->lock);
  return left;
}

void
ipc_queue_fail (IpcQueue *self, const GError *reason)
{
  GSList *done = NULL;
  IpcPending *pending;

  g_mutex_lock (&self->lock);
  while ((pending = g_queue_pop_head (&self->pending)) != NULL)
    ipc_pending_end (pending, g_error_copy (reason), &done);
  self->served = FALSE;
  g_mutex_unlock (&self->lock);

  ipc_pending_return_all (done);
}

/* -- A thread for each object -- */

/* Sleeps for the first wait, which for System V also keeps its place among other processes.  The
 * others, if they want something else, are tried again after a slice. */
static void
sleep_for_first (IpcQueue *self)
{
  GSList *done = NULL;
  IpcPending *first;
  IpcWait wait;
  g_autoptr (GError) error = NULL;

  g_mutex_lock (&self->lock);
  first = g_queue_peek_head (&self->pending);
  g_mutex_unlock (&self->lock);

  wait = first->wait;
  wait.deadline = MIN (wait.deadline, g_get_monotonic_time () + IPC_SLICE_US);
  if (!self->ops->operate (self->handle, first->ops, first->n_ops, &wait, &error))
    return; /* serving finds out again why */

  g_mutex_lock (&self->lock);
  g_queue_remove (&self->pending, first);
  g_mutex_unlock (&self->lock);
  ipc_pending_end (first, NULL, &done);
  ipc_pending_return_all (done);
}

static gpointer
serve_in_thread (gpointer data)
{
  IpcQueue *self = data;
  gboolean left;

  do
    {
      GSList *done = NULL;
      gint64 until = IPC_DEADLINE_NEVER;

      left = ipc_queue_serve (self, &done, NULL, &until);
      ipc_pending_return_all (done);
      if (left)
        sleep_for_first (self);
    }
  while (left);

  ipc_queue_unref (self);
  return NULL;
}

void
ipc_queue_serve_by_thread (IpcQueue *self)
{
  g_autoptr (GError) error = NULL;
  GThread *thread = g_thread_try_new ("ipc-wait", serve_in_thread, ipc_queue_ref (self), &error);

  if (thread != NULL)
    {
      g_thread_unref (thread);
      return;
    }

  ipc_queue_unref (self);
  ipc_queue_fail (self, error);
}
