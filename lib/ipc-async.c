/* ipc-async.c: waits in a main loop
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ipc-error-private.h"
#include "ipc-queue-private.h"
#include "ipc-semaphore-private.h"

static IpcQueue *
queue_of (IpcSemaphore *self)
{
  IpcQueue *found = g_atomic_pointer_get (&self->queue);
  IpcQueue *queue;

  if (found != NULL && !ipc_queue_is_inherited (found))
    return found;

  /* What fork() has copied stays as it is: waits in it refer to it. */
  queue = ipc_queue_new (self->ops, self->handle);
  if (!g_atomic_pointer_compare_and_exchange (&self->queue, found, queue))
    ipc_queue_unref (queue);

  return g_atomic_pointer_get (&self->queue);
}

static void
on_cancelled (GCancellable *cancellable G_GNUC_UNUSED, gpointer queue)
{
  ipc_queue_kick (queue);
}

/* Takes a reference of @task over. */
static IpcPending *
pending_new (IpcSemaphore *self, GTask *task, const IpcSemaphoreOp *ops, guint n_ops,
             gint64 timeout_us, const char *call)
{
  IpcPending *pending = g_new0 (IpcPending, 1);
  GCancellable *cancellable = g_task_get_cancellable (task);

  pending->task = task;
  pending->want = ipc_want_new (ops, n_ops);
  pending->is_try = timeout_us == 0;
  pending->wait = (IpcWait){
    .deadline = ipc_deadline_after (timeout_us != 0 ? timeout_us : IPC_PATIENCE_US),
    .cancellable = cancellable,
    .closed = &self->closed,
    .call = call,
    .object = self->name,
  };

  if (cancellable != NULL)
    pending->cancelled_id = g_cancellable_connect (cancellable, G_CALLBACK (on_cancelled),
                                                   ipc_queue_ref (queue_of (self)),
                                                   (GDestroyNotify) ipc_queue_unref);
  return pending;
}

/* A try is a try: it queues behind nobody, and fails if it cannot be done.  But a peer that is just
 * changing the object may be stopped, and the caller must not wait for it: the queue does. */
static IpcOutcome
try_only (IpcSemaphore *self, const IpcSemaphoreOp *ops, guint n_ops, const char *call,
          GError **error)
{
  IpcOutcome outcome = self->ops->try_operate (self->handle, ops, n_ops, call, error);
  IpcNap nap = { 0 };

  /* Nobody goes without because of the dead. */
  if (outcome == IPC_OUTCOME_WOULD_BLOCK && self->ops->try_nap != NULL)
    {
      self->ops->recover (self->handle);
      outcome = self->ops->try_nap (self->handle, ops, n_ops, FALSE, call, &nap, error);
    }

  if (outcome != IPC_OUTCOME_WOULD_BLOCK || nap.busy)
    return outcome;

  ipc_throw (error, IPC_ERROR_TIMED_OUT, call, self->name, "not at once");
  return IPC_OUTCOME_FAILED;
}

/* Without waiting, unless somebody waits for the same already, who comes first. */
static IpcOutcome
try_at_once (IpcSemaphore *self, const IpcSemaphoreOp *ops, gsize n_ops, gint64 timeout_us,
             GCancellable *cancellable, const char *call, GError **error)
{
  if (!ipc_semaphore_check_ops (self, ops, n_ops, call, error)
      || g_cancellable_set_error_if_cancelled (cancellable, error))
    return IPC_OUTCOME_FAILED;

  if (timeout_us == 0)
    return try_only (self, ops, (guint) n_ops, call, error);

  if (ipc_queue_wants (queue_of (self), ops, (guint) n_ops))
    return IPC_OUTCOME_WOULD_BLOCK;

  return self->ops->try_operate (self->handle, ops, (guint) n_ops, call, error);
}

static void
begin (IpcSemaphore *self, GTask *task, const IpcSemaphoreOp *ops, gsize n_ops, gint64 timeout_us,
       const char *call)
{
  GError *error = NULL;
  const IpcOutcome outcome = try_at_once (self, ops, n_ops, timeout_us,
                                          g_task_get_cancellable (task), call, &error);

  if (outcome == IPC_OUTCOME_WOULD_BLOCK)
    {
      ipc_queue_push (queue_of (self),
                      pending_new (self, task, ops, (guint) n_ops, timeout_us, call));
      return;
    }

  if (outcome == IPC_OUTCOME_DONE)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
  g_object_unref (task);
}

/* A unit that was taken is reported even if the cancellable is cancelled before the callback runs:
 * or it would be lost. */
static GTask *
task_new (IpcSemaphore *self, GCancellable *cancellable, GAsyncReadyCallback callback,
          gpointer user_data, gpointer tag)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_check_cancellable (task, FALSE);
  g_task_set_source_tag (task, tag);
  return task;
}

/**
 * ipc_semaphore_wait_async:
 * @self: a semaphore
 * @timeout_us: how long to wait, in microseconds of the monotonic clock; 0 to only try, negative
 *   to wait for ever
 * @cancellable: (nullable): ends the wait when it is cancelled: native at once, others within 50 ms
 * @callback: (scope async): called when the wait is over
 * @user_data: (closure): for @callback
 *
 * Takes one unit of semaphore 0, as ipc_semaphore_wait(), without blocking the caller.
 *
 * @callback runs in the thread-default #GMainContext that was in force at this call, never inside
 * this call.  In it, ipc_semaphore_wait_finish() tells what came of it.  Waits of one object for the
 * same are served in the order in which they were begun.
 *
 * A pending wait keeps a reference to @self: dropping yours does not end it.  Cancelling it does,
 * and so does ipc_semaphore_close(), with %IPC_ERROR_CLOSED.  A unit is either taken and reported or
 * not taken: if @cancellable comes too late, the wait succeeds.
 *
 * No thread of the pool of #GTask is used.  Native semaphores: one thread of the process waits for
 * up to a hundred objects.  System V and POSIX: a thread for each object, while it has waits.
 *
 * Since: 0.1
 */
void
ipc_semaphore_wait_async (IpcSemaphore *self, gint64 timeout_us, GCancellable *cancellable,
                          GAsyncReadyCallback callback, gpointer user_data)
{
  static const IpcSemaphoreOp take = { 0, -1 };

  g_return_if_fail (IS_SEMAPHORE (self));

  begin (self, task_new (self, cancellable, callback, user_data, ipc_semaphore_wait_async), &take,
         1, timeout_us, "ipc_semaphore_wait_async");
}

/**
 * ipc_semaphore_wait_finish:
 * @self: a semaphore
 * @result: what the callback was given
 * @error: return location for a #GError, or %NULL
 *
 * What came of ipc_semaphore_wait_async().
 *
 * Returns: %TRUE if a unit was taken; %FALSE, and none was, with an error of ipc_semaphore_wait(), or
 *   %IPC_ERROR_NO_SPACE if no thread could be had
 * Since: 0.1
 */
gboolean
ipc_semaphore_wait_finish (IpcSemaphore *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (IS_SEMAPHORE (self), FALSE);
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * ipc_semaphore_operate_async:
 * @self: a semaphore or set
 * @ops: (array length=n_ops): what to do; copied
 * @n_ops: how many steps, at least 1
 * @timeout_us: how long to wait, in microseconds of the monotonic clock; 0 to only try, negative
 *   to wait for ever
 * @cancellable: (nullable): ends the wait when it is cancelled: native at once, others within 50 ms
 * @callback: (scope async): called when the wait is over
 * @user_data: (closure): for @callback
 *
 * Does all of @ops at once or nothing, as ipc_semaphore_operate(), without blocking the caller.
 * What ipc_semaphore_wait_async() says of threads, order and ending is true here as well.
 *
 * Since: 0.1
 */
void
ipc_semaphore_operate_async (IpcSemaphore *self, const IpcSemaphoreOp *ops, gsize n_ops,
                             gint64 timeout_us, GCancellable *cancellable,
                             GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (IS_SEMAPHORE (self));
  g_return_if_fail (ops != NULL || n_ops == 0);

  begin (self, task_new (self, cancellable, callback, user_data, ipc_semaphore_operate_async), ops,
         n_ops, timeout_us, "ipc_semaphore_operate_async");
}

/**
 * ipc_semaphore_operate_finish:
 * @self: a semaphore or set
 * @result: what the callback was given
 * @error: return location for a #GError, or %NULL
 *
 * What came of ipc_semaphore_operate_async().
 *
 * Returns: %TRUE if all was done; %FALSE, and nothing was, with an error of
 *   ipc_semaphore_operate(), or %IPC_ERROR_NO_SPACE if no thread could be had
 * Since: 0.1
 */
gboolean
ipc_semaphore_operate_finish (IpcSemaphore *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (IS_SEMAPHORE (self), FALSE);
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}
