/* ipc-queue-thread.c: a thread for each object, for mechanisms that can sleep on one at a time
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ipc-queue-private.h"
#include "ipc-thread-private.h"

/* Sleeps for the first wait, which for System V also keeps its place among other processes.  The
 * others, if they want something else, are tried again after a slice; what ends one of them rings the
 * alarm, which is heard at once where the mechanism can. */
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
  wait.cancellable = self->alarm;
  wait.deadline = MIN (wait.deadline, g_get_monotonic_time () + IPC_SLICE_US);
  if (!self->ops->operate (self->handle, first->want->ops, first->want->n_ops, &wait, &error))
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
      IpcPause pause = { .waiting = NULL };

      g_cancellable_reset (self->alarm);
      left = ipc_queue_serve (self, &done, &pause);
      ipc_pending_return_all (done);
      if (left)
        sleep_for_first (self);
    }
  while (left);

  ipc_queue_unref (self);
  return NULL;
}

static void
ring (gpointer alarm)
{
  g_cancellable_cancel (alarm);
}

void
ipc_queue_serve_by_thread (IpcQueue *self)
{
  g_autoptr (GError) error = NULL;

  if (self->alarm == NULL)
    {
      self->alarm = g_cancellable_new ();
      ipc_queue_set_kick (self, ring, self->alarm);
    }

  if (ipc_thread_start ("ipc-wait", serve_in_thread, ipc_queue_ref (self), &error))
    return;

  ipc_queue_unref (self);
  ipc_queue_fail (self, error);
}
