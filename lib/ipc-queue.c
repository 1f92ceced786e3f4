/* ipc-queue.c: the waits that one semaphore object has pending in main loops
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ipc-error-private.h"
#include "ipc-queue-private.h"
#include "ipc-thread-private.h"

#include <string.h>

/* Grows with each fork() on the way to this process. */
static guint generation;

static void
after_fork_in_child (void)
{
  generation++;
}

IpcQueue *
ipc_queue_new (const IpcSemaphoreOps *ops, gpointer handle)
{
  static gsize once;
  IpcQueue *self = g_new0 (IpcQueue, 1);

  if (g_once_init_enter (&once))
    {
      ipc_thread_at_fork (NULL, NULL, after_fork_in_child);
      g_once_init_leave (&once, 1);
    }

  self->generation = generation;
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

  if (!ipc_queue_is_inherited (self))
    g_mutex_clear (&self->lock);
  g_clear_object (&self->alarm);
  g_free (self);
}

gboolean
ipc_queue_is_inherited (const IpcQueue *self)
{
  return self->generation != generation;
}

/* -- What for -- */

IpcWant *
ipc_want_new (const IpcSemaphoreOp *ops, guint n_ops)
{
  IpcWant *self = g_atomic_rc_box_new0 (IpcWant);

  self->ops = g_new (IpcSemaphoreOp, n_ops);
  memcpy (self->ops, ops, n_ops * sizeof (IpcSemaphoreOp));
  self->n_ops = n_ops;
  return self;
}

static void
want_clear (gpointer data)
{
  IpcWant *self = data;

  g_free (self->ops);
}

static void
want_unref (IpcWant *self)
{
  g_atomic_rc_box_release_full (self, want_clear);
}

/* With the lock.  NULL: nobody wants this yet. */
static IpcWant *
find_want (IpcQueue *self, const IpcSemaphoreOp *ops, guint n_ops)
{
  for (GList *l = self->pending.head; l != NULL; l = l->next)
    {
      IpcWant *want = ((IpcPending *) l->data)->want;

      if (want->n_ops == n_ops && memcmp (want->ops, ops, n_ops * sizeof (IpcSemaphoreOp)) == 0)
        return want;
    }

  return NULL;
}

gboolean
ipc_queue_wants (IpcQueue *self, const IpcSemaphoreOp *ops, guint n_ops)
{
  gboolean found;

  g_mutex_lock (&self->lock);
  found = find_want (self, ops, n_ops) != NULL;
  g_mutex_unlock (&self->lock);
  return found;
}

/* With the lock. */
static void
share_want (IpcQueue *self, IpcPending *pending)
{
  IpcWant *want = find_want (self, pending->want->ops, pending->want->n_ops);

  if (want == NULL)
    return;

  want_unref (pending->want);
  pending->want = g_atomic_rc_box_acquire (want);
}

/* -- Ending -- */

static void
pending_free (IpcPending *self)
{
  g_object_unref (self->task);
  want_unref (self->want);
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
  /* Not g_cancellable_disconnect(), which would wait for the handlers of others, and one of these may
   * wait for us.  Our own may still be running: it has a reference of the queue, and needs no more. */
  if (self->cancelled_id != 0)
    g_signal_handler_disconnect (g_task_get_cancellable (self->task), self->cancelled_id);

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
  if (ipc_queue_is_inherited (self))
    return;

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
  share_want (self, pending);
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

/* -- Serving; with the lock -- */

static IpcOutcome
try_want (IpcQueue *self, IpcWant *want, const char *call, IpcNap *nap, GError **error)
{
  const gboolean slept = want->slept;

  want->slept = TRUE;
  return self->ops->try_nap != NULL
             ? self->ops->try_nap (self->handle, want->ops, want->n_ops, slept, call, nap, error)
             : self->ops->try_operate (self->handle, want->ops, want->n_ops, call, error);
}

/* The first to be tried in vain decides: what has changed since then ends the sleep at once.  But
 * while somebody is changing the object nothing else changes. */
static void
add_nap (IpcNap *all, const IpcNap *nap)
{
  if (all->word == NULL || (nap->busy && !all->busy))
    *all = *nap;
}

/* TRUE: it ended.  Who comes later has nothing before those who wait for the same. */
static gboolean
try_pending (IpcQueue *self, IpcPending *pending, IpcNap *nap, GSList **done)
{
  IpcWant *want = pending->want;
  GError *error = NULL;
  IpcNap own = { 0 };

  if (want->failed == self->round)
    return FALSE;

  if (try_want (self, want, pending->wait.call, &own, &error) != IPC_OUTCOME_WOULD_BLOCK)
    {
      ipc_pending_end (pending, error, done);
      return TRUE;
    }

  want->failed = self->round;
  want->index = own.index;
  want->for_zero = own.for_zero;
  want->busy = own.busy;
  add_nap (nap, &own);
  return FALSE;
}

static void
try_all (IpcQueue *self, GSList **done, IpcNap *nap)
{
  GList *next;

  self->round++;
  *nap = (IpcNap){ 0 };
  for (GList *l = self->pending.head; l != NULL; l = next)
    {
      next = l->next;
      if (try_pending (self, l->data, nap, done))
        g_queue_delete_link (&self->pending, l);
    }
}

/* A try has its answer as soon as the object could be looked at. */
static gboolean
has_answer (const IpcPending *pending)
{
  return pending->is_try && !pending->want->busy;
}

static gboolean
is_time_over (IpcQueue *self)
{
  const gint64 now = g_get_monotonic_time ();

  for (GList *l = self->pending.head; l != NULL; l = l->next)
    if (has_answer (l->data) || ((IpcPending *) l->data)->wait.deadline <= now)
      return TRUE;

  return FALSE;
}

static gboolean
goes_on (const IpcPending *pending, GError **reason)
{
  if (!ipc_wait_goes_on (&pending->wait, reason))
    return FALSE;

  return !has_answer (pending)
         || ipc_throw (reason, IPC_ERROR_TIMED_OUT, pending->wait.call, pending->wait.object,
                       "not at once");
}

static void
end_those_over (IpcQueue *self, GSList **done, IpcPause *pause)
{
  GList *next;

  for (GList *l = self->pending.head; l != NULL; l = next)
    {
      IpcPending *pending = l->data;
      GError *reason = NULL;

      next = l->next;
      if (goes_on (pending, &reason))
        {
          pause->until = MIN (pause->until, pending->wait.deadline);
          if (pause->waiting != NULL)
            pause->waiting[2 * pending->want->index + (pending->want->for_zero ? 1 : 0)]++;
          continue;
        }
      ipc_pending_end (pending, reason, done);
      g_queue_delete_link (&self->pending, l);
    }
}

/* Nobody goes without because of the dead: they are looked after once more before a wait fails. */
gboolean
ipc_queue_serve (IpcQueue *self, GSList **done, IpcPause *pause)
{
  gboolean left;

  pause->until = IPC_DEADLINE_NEVER;
  g_mutex_lock (&self->lock);
  try_all (self, done, &pause->nap);
  if (self->ops->recover != NULL && is_time_over (self) && self->ops->recover (self->handle))
    try_all (self, done, &pause->nap);
  end_those_over (self, done, pause);
  left = self->pending.head != NULL;
  self->served = left;
  g_mutex_unlock (&self->lock);
  return left;
}

static GError *
no_thread (const IpcPending *pending, const GError *reason)
{
  GError *error = NULL;

  ipc_throw (&error, IPC_ERROR_NO_SPACE, pending->wait.call, pending->wait.object,
             "there is no thread to be had that could wait: %s", reason->message);
  return error;
}

void
ipc_queue_fail (IpcQueue *self, const GError *reason)
{
  GSList *done = NULL;
  IpcPending *pending;

  g_mutex_lock (&self->lock);
  while ((pending = g_queue_pop_head (&self->pending)) != NULL)
    ipc_pending_end (pending, no_thread (pending, reason), &done);
  self->served = FALSE;
  g_mutex_unlock (&self->lock);

  ipc_pending_return_all (done);
}
