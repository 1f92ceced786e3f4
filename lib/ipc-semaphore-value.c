/* ipc-semaphore-value.c: the values of a semaphore or set
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ipc-error-private.h"
#include "ipc-semaphore-private.h"

/**
 * ipc_semaphore_get_value:
 * @self: a semaphore or set
 * @index: which of the set, from 0
 * @value: (out): return location for its value, in units
 * @error: return location for a #GError, or %NULL
 *
 * The value now; another process may change it at once.
 *
 * Returns: (skip): %TRUE if @value was set; %FALSE with %IPC_ERROR_OUT_OF_RANGE if the set has no
 *   semaphore @index, %IPC_ERROR_NOT_SUPPORTED if the backend does not tell (win32),
 *   %IPC_ERROR_REMOVED, %IPC_ERROR_CLOSED, or %IPC_ERROR_PERMISSION_DENIED
 * Since: 0.1
 */
gboolean
ipc_semaphore_get_value (IpcSemaphore *self, guint index, guint *value, GError **error)
{
  const char *call = "ipc_semaphore_get_value";

  g_return_val_if_fail (IS_SEMAPHORE (self), FALSE);
  g_return_val_if_fail (value != NULL, FALSE);

  return ipc_semaphore_is_open (self, call, error)
         && ipc_semaphore_check_able (self, self->ops->get_value != NULL, call, error)
         && ipc_semaphore_check_index (self, index, call, error)
         && self->ops->get_value (self->handle, index, value, error);
}

/**
 * ipc_semaphore_set_value:
 * @self: a semaphore or set
 * @index: which of the set, from 0
 * @value: its new value, in units
 * @error: return location for a #GError, or %NULL
 *
 * Sets the value, and wakes who can go on with it.
 *
 * System V: with %IPC_SEMAPHORE_UNDO it is refused, since setting a value wipes what every process
 * would give back when it ends (semctl(2), SETVAL), and units would be lost.  Native: it is refused
 * while a process holds units under %IPC_SEMAPHORE_UNDO, which would come on top.
 *
 * Returns: %TRUE if it was set; %FALSE with %IPC_ERROR_OVERFLOW if @value is above the maximum,
 *   %IPC_ERROR_OUT_OF_RANGE if the set has no semaphore @index, %IPC_ERROR_NOT_SUPPORTED if the
 *   backend cannot (posix, win32) or under %IPC_SEMAPHORE_UNDO (System V), %IPC_ERROR_WOULD_BLOCK
 *   while units are held (native), %IPC_ERROR_TIMED_OUT if a peer was stopped while it changed the set
 *   (native), %IPC_ERROR_REMOVED, %IPC_ERROR_CLOSED, or %IPC_ERROR_PERMISSION_DENIED
 * Since: 0.1
 */
gboolean
ipc_semaphore_set_value (IpcSemaphore *self, guint index, guint value, GError **error)
{
  const char *call = "ipc_semaphore_set_value";

  g_return_val_if_fail (IS_SEMAPHORE (self), FALSE);

  if (!ipc_semaphore_is_open (self, call, error)
      || !ipc_semaphore_check_able (self, self->ops->set_value != NULL, call, error)
      || !ipc_semaphore_check_index (self, index, call, error))
    return FALSE;

  if (value > self->ops->max_value)
    return ipc_throw (error, IPC_ERROR_OVERFLOW, call, self->name,
                      "value %u; a value here goes from 0 to %u", value, self->ops->max_value);

  return self->ops->set_value (self->handle, index, value, error);
}

/**
 * ipc_semaphore_get_max_value:
 * @self: a semaphore
 *
 * Says where %IPC_ERROR_OVERFLOW begins.
 *
 * Returns: the highest value that the mechanism can count to
 * Since: 0.1
 */
guint
ipc_semaphore_get_max_value (IpcSemaphore *self)
{
  g_return_val_if_fail (IS_SEMAPHORE (self), 0);

  return self->ops != NULL ? self->ops->max_value : 0;
}

/**
 * ipc_semaphore_get_size:
 * @self: a semaphore
 *
 * Says how large the set is.
 *
 * Returns: how many semaphores the set has
 * Since: 0.1
 */
guint
ipc_semaphore_get_size (IpcSemaphore *self)
{
  g_return_val_if_fail (IS_SEMAPHORE (self), 0);

  return self->size;
}
