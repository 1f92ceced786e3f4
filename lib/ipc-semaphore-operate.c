/* ipc-semaphore-operate.c: taking, giving, waiting for zero
 *
 * Every call first tries without a deadline, since asking for the time costs more than taking a
 * unit that is there.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ipc-error-private.h"
#include "ipc-semaphore-private.h"
#include "ipc-word-private.h"

static inline gboolean
is_closed (IpcSemaphore *self)
{
  return g_atomic_int_get (&self->closed);
}

gboolean
ipc_semaphore_check_open (IpcSemaphore *self, const char *call, GError **error)
{
  if (self->handle == NULL)
    return ipc_throw (error, IPC_ERROR_CLOSED, call, self->name != NULL ? self->name : "",
                      "it was never opened; g_initable_init() opens it");

  if (is_closed (self))
    return ipc_throw (error, IPC_ERROR_CLOSED, call, self->name, "it was closed; open it again");

  return TRUE;
}

gboolean
ipc_semaphore_check_able (IpcSemaphore *self, gboolean able, const char *call, GError **error)
{
  return able
         || ipc_throw (error, IPC_ERROR_NOT_SUPPORTED, call, self->name,
                       "%s semaphores cannot do this; native: ones can",
                       ipc_backend_get_name (self->parsed->backend));
}

gboolean
ipc_semaphore_check_index (IpcSemaphore *self, guint index, const char *call, GError **error)
{
  return index < self->size
         || ipc_throw (error, IPC_ERROR_OUT_OF_RANGE, call, self->name,
                       "index %u; the set has %u, counted from 0", index, self->size);
}

static gboolean
throw_would_block (IpcSemaphore *self, const char *call, GError **error)
{
  return ipc_throw (error, IPC_ERROR_WOULD_BLOCK, call, self->name,
                    "not now; give a timeout to wait for it");
}

static gboolean
wait_for (IpcSemaphore *self, const IpcSemaphoreOp *ops, guint n_ops, gint64 timeout_us,
          GCancellable *cancellable, const char *call, GError **error)
{
  const IpcWait wait = {
    .deadline = ipc_deadline_after (timeout_us),
    .cancellable = cancellable,
    .closed = ipc_has_threads () ? &self->closed : NULL,
    .call = call,
    .object = self->name,
  };

  return self->ops->operate (self->handle, ops, n_ops, &wait, error);
}

static const IpcSemaphoreOp take_one = { 0, -1 };

/* Nobody goes without because of the dead: they are looked after before a try fails. */
static IpcOutcome
second_try (IpcSemaphore *self, const IpcSemaphoreOp *ops, guint n_ops, const char *call,
            GError **error)
{
  return self->ops->try_again != NULL ? self->ops->try_again (self->handle, ops, n_ops, call, error)
                                      : IPC_OUTCOME_WOULD_BLOCK;
}

/* After a try that @outcome came of. */
static gboolean
go_on (IpcSemaphore *self, IpcOutcome outcome, const IpcSemaphoreOp *ops, guint n_ops,
       gint64 timeout_us, GCancellable *cancellable, const char *call, GError **error)
{
  if (outcome == IPC_OUTCOME_WOULD_BLOCK && timeout_us != 0)
    return wait_for (self, ops, n_ops, timeout_us, cancellable, call, error);

  if (outcome == IPC_OUTCOME_WOULD_BLOCK)
    outcome = second_try (self, ops, n_ops, call, error);

  return outcome == IPC_OUTCOME_DONE
         || (outcome == IPC_OUTCOME_WOULD_BLOCK
             && ipc_throw (error, IPC_ERROR_TIMED_OUT, call, self->name, "not at once"));
}

static gboolean
operate (IpcSemaphore *self, const IpcSemaphoreOp *ops, guint n_ops, gint64 timeout_us,
         GCancellable *cancellable, const char *call, GError **error)
{
  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return FALSE;

  return go_on (self, self->ops->try_operate (self->handle, ops, n_ops, call, error), ops, n_ops,
                timeout_us, cancellable, call, error);
}

/* -- One unit: where nothing is in the way, by the calls' own hands; no register is saved then -- */

static inline gboolean
take_at_once (IpcSemaphore *self)
{
  _Atomic guint64 *word = g_atomic_pointer_get (&self->word);

  return G_LIKELY (word != NULL) && ipc_word_try_take (word);
}

static inline gboolean
give_at_once (IpcSemaphore *self)
{
  _Atomic guint64 *word = g_atomic_pointer_get (&self->word);

  return G_LIKELY (word != NULL) && ipc_word_try_give (word);
}

static G_GNUC_NO_INLINE gboolean
take (IpcSemaphore *self, gint64 timeout_us, GCancellable *cancellable, GError **error)
{
  const char *call = "ipc_semaphore_wait";
  IpcOutcome outcome;

  if (cancellable == NULL && !is_closed (self) && ipc_held_change (&self->held, -1))
    return TRUE;
  if (!ipc_semaphore_is_open (self, call, error)
      || (cancellable != NULL && g_cancellable_set_error_if_cancelled (cancellable, error)))
    return FALSE;

  outcome = self->ops->try_take (self->handle, call, error);
  return G_LIKELY (outcome == IPC_OUTCOME_DONE)
         || go_on (self, outcome, &take_one, 1, timeout_us, cancellable, call, error);
}

static G_GNUC_NO_INLINE gboolean
give (IpcSemaphore *self, GError **error)
{
  if (!is_closed (self) && ipc_held_change (&self->held, +1))
    return TRUE;
  if (!ipc_semaphore_is_open (self, "ipc_semaphore_post", error))
    return FALSE;

  return self->ops->give (self->handle, error);
}

/**
 * ipc_semaphore_post:
 * @self: a semaphore
 * @error: return location for a #GError, or %NULL
 *
 * Adds one unit to semaphore 0 and wakes who waits for it.  It never waits itself, but in a native set
 * for a peer that is just changing it: moments, and a second at most if that one is stopped.
 *
 * Of all functions this one may be called from a signal handler: for a semaphore that is no set and
 * was opened without %IPC_SEMAPHORE_UNDO, with @error %NULL.  It may set errno, which a handler puts
 * back.
 *
 * Returns: %TRUE if it was added; %FALSE with %IPC_ERROR_OVERFLOW if the value was the maximum,
 *   %IPC_ERROR_REMOVED, %IPC_ERROR_CLOSED, %IPC_ERROR_PERMISSION_DENIED, or %IPC_ERROR_TIMED_OUT if a
 *   peer was stopped while it changed the set (native)
 * Since: 0.1
 */
gboolean
ipc_semaphore_post (IpcSemaphore *self, GError **error)
{
  g_return_val_if_fail (IS_SEMAPHORE (self), FALSE);

  if (give_at_once (self))
    return TRUE;

  return give (self, error);
}

/**
 * ipc_semaphore_wait:
 * @self: a semaphore
 * @timeout_us: how long to wait, in microseconds of the monotonic clock; 0 to only try, negative
 *   to wait for ever
 * @cancellable: (nullable): ends the wait when it is cancelled, within 50 ms
 * @error: return location for a #GError, or %NULL
 *
 * Takes one unit of semaphore 0, waiting while there is none.  A signal neither ends nor prolongs
 * the wait, and neither does setting the system's time.
 *
 * Who waits longest is served first by System V while nothing can end the wait but its timeout;
 * a wait that a cancellable or another thread can end looks again every 40 ms and queues anew.
 * Native and POSIX semaphores keep no order.
 *
 * Returns: %TRUE if a unit was taken; %FALSE, and none was, with %IPC_ERROR_TIMED_OUT if none came
 *   in time, %G_IO_ERROR_CANCELLED, %IPC_ERROR_REMOVED if the semaphore was removed (not POSIX),
 *   %IPC_ERROR_CLOSED if it was closed, also by another thread meanwhile, %IPC_ERROR_OVERFLOW if this
 *   process holds as many units under %IPC_SEMAPHORE_UNDO as can be noted, or
 *   %IPC_ERROR_PERMISSION_DENIED
 * Since: 0.1
 */
gboolean
ipc_semaphore_wait (IpcSemaphore *self, gint64 timeout_us, GCancellable *cancellable,
                    GError **error)
{
  g_return_val_if_fail (IS_SEMAPHORE (self), FALSE);

  if (cancellable == NULL && take_at_once (self))
    return TRUE;

  return take (self, timeout_us, cancellable, error);
}

/**
 * ipc_semaphore_try_wait:
 * @self: a semaphore
 * @error: return location for a #GError, or %NULL
 *
 * Takes one unit of semaphore 0 if there is one.
 *
 * Returns: %TRUE if a unit was taken; %FALSE with %IPC_ERROR_WOULD_BLOCK if there was none,
 *   %IPC_ERROR_REMOVED, %IPC_ERROR_CLOSED, or %IPC_ERROR_PERMISSION_DENIED
 * Since: 0.1
 */
gboolean
ipc_semaphore_try_wait (IpcSemaphore *self, GError **error)
{
  const char *call = "ipc_semaphore_try_wait";
  IpcOutcome outcome;

  g_return_val_if_fail (IS_SEMAPHORE (self), FALSE);

  if (take_at_once (self))
    return TRUE;
  if (!ipc_semaphore_is_open (self, call, error))
    return FALSE;

  outcome = self->ops->try_take (self->handle, call, error);
  if (outcome == IPC_OUTCOME_WOULD_BLOCK)
    outcome = second_try (self, &take_one, 1, call, error);

  return outcome == IPC_OUTCOME_DONE
         || (outcome == IPC_OUTCOME_WOULD_BLOCK && throw_would_block (self, call, error));
}

/**
 * ipc_semaphore_wait_zero:
 * @self: a semaphore
 * @timeout_us: how long to wait, in microseconds of the monotonic clock; 0 to only try, negative
 *   to wait for ever
 * @cancellable: (nullable): ends the wait when it is cancelled, within 50 ms
 * @error: return location for a #GError, or %NULL
 *
 * Waits until semaphore 0 is zero, and takes nothing: "all workers are done".
 *
 * Returns: %TRUE if it was zero; %FALSE with %IPC_ERROR_NOT_SUPPORTED if the backend cannot
 *   (posix, win32), %IPC_ERROR_TIMED_OUT, %G_IO_ERROR_CANCELLED, %IPC_ERROR_REMOVED,
 *   %IPC_ERROR_CLOSED, or %IPC_ERROR_PERMISSION_DENIED
 * Since: 0.1
 */
gboolean
ipc_semaphore_wait_zero (IpcSemaphore *self, gint64 timeout_us, GCancellable *cancellable,
                         GError **error)
{
  static const IpcSemaphoreOp zero = { 0, 0 };
  const char *call = "ipc_semaphore_wait_zero";

  g_return_val_if_fail (IS_SEMAPHORE (self), FALSE);

  return ipc_semaphore_is_open (self, call, error)
         && ipc_semaphore_check_able (self, self->ops->has_zero, call, error)
         && operate (self, &zero, 1, timeout_us, cancellable, call, error);
}

/* A delta beyond the maximum could never be granted. */
static gboolean
check_op (IpcSemaphore *self, const IpcSemaphoreOp *op, const char *call, GError **error)
{
  const gint64 delta = op->delta;

  if (!ipc_semaphore_check_index (self, op->index, call, error))
    return FALSE;

  if (delta == 0)
    return ipc_semaphore_check_able (self, self->ops->has_zero, call, error);

  return ABS (delta) <= self->ops->max_value
         || ipc_throw (error, IPC_ERROR_OVERFLOW, call, self->name,
                       "a change by %d; a value here goes from 0 to %u", op->delta,
                       self->ops->max_value);
}

gboolean
ipc_semaphore_check_ops (IpcSemaphore *self, const IpcSemaphoreOp *ops, gsize n_ops,
                         const char *call, GError **error)
{
  if (!ipc_semaphore_is_open (self, call, error))
    return FALSE;

  if (n_ops == 0 || n_ops > G_MAXUINT)
    return ipc_throw (error, IPC_ERROR_INVALID_ARGUMENT, call, self->name,
                      "%" G_GSIZE_FORMAT " steps; give at least one", n_ops);

  if (n_ops > 1 && !ipc_semaphore_check_able (self, self->ops->max_size > 1, call, error))
    return FALSE;

  for (gsize i = 0; i < n_ops; i++)
    if (!check_op (self, &ops[i], call, error))
      return FALSE;

  return TRUE;
}

/**
 * ipc_semaphore_operate:
 * @self: a semaphore or set
 * @ops: (array length=n_ops): what to do
 * @n_ops: how many steps, at least 1
 * @timeout_us: how long to wait, in microseconds of the monotonic clock; 0 to only try, negative
 *   to wait for ever
 * @cancellable: (nullable): ends the wait when it is cancelled, within 50 ms
 * @error: return location for a #GError, or %NULL
 *
 * Does all of @ops at once, or nothing: takes units, adds units, waits for zero.  The steps are
 * done in their order, and each must be possible when its turn comes; until all are, the call
 * waits.  See semop(2).
 *
 * Returns: %TRUE if all was done; %FALSE, and nothing was, with
 *   %IPC_ERROR_INVALID_ARGUMENT if @n_ops is 0 or more than the system can do at once (System V:
 *   SEMOPM, the third number in /proc/sys/kernel/sem),
 *   %IPC_ERROR_NOT_SUPPORTED if the backend cannot do several at once or wait for zero,
 *   %IPC_ERROR_OUT_OF_RANGE if a step means a semaphore that the set does not have,
 *   %IPC_ERROR_OVERFLOW if a value, or what this process holds of it under %IPC_SEMAPHORE_UNDO, would
 *     pass the maximum, or a step could never be granted,
 *   %IPC_ERROR_TIMED_OUT, %G_IO_ERROR_CANCELLED, %IPC_ERROR_REMOVED, %IPC_ERROR_CLOSED, or
 *   %IPC_ERROR_PERMISSION_DENIED
 * Since: 0.1
 */
gboolean
ipc_semaphore_operate (IpcSemaphore *self, const IpcSemaphoreOp *ops, gsize n_ops,
                       gint64 timeout_us, GCancellable *cancellable, GError **error)
{
  const char *call = "ipc_semaphore_operate";

  g_return_val_if_fail (IS_SEMAPHORE (self), FALSE);
  g_return_val_if_fail (ops != NULL || n_ops == 0, FALSE);

  return ipc_semaphore_check_ops (self, ops, n_ops, call, error)
         && operate (self, ops, (guint) n_ops, timeout_us, cancellable, call, error);
}
