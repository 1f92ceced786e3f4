/* ipc-semaphore-new.c: the short constructors of a semaphore, and what can be asked of one
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ipc-error-private.h"
#include "ipc-info-private.h"
#include "ipc-open-private.h"
#include "ipc-queue-private.h"
#include "ipc-semaphore-private.h"

/* @call: which of the constructors, for messages. */
static IpcSemaphore *
new_as (const char *call, const char *name, IpcOpenMode open_mode, const guint *initial_values,
        gsize n_values, guint permissions, IpcSemaphoreFlags flags, GCancellable *cancellable,
        GError **error)
{
  g_autoptr (IpcSemaphore) self = NULL;
  GVariant *values = NULL;

  if (!ipc_open_check_numbers (open_mode, flags, IPC_SEMAPHORE_ALL_FLAGS, call, name, error))
    return NULL;

  if (n_values > 0)
    values = g_variant_new_fixed_array (G_VARIANT_TYPE_UINT32, initial_values, n_values,
                                        sizeof (guint));

  self = g_object_new (IPC_TYPE_SEMAPHORE, "name", name, "open-mode", open_mode, "initial-values",
                       values, "permissions", permissions, "flags", flags, NULL);
  self->call = call;
  return g_initable_init (G_INITABLE (self), cancellable, error) ? g_steal_pointer (&self) : NULL;
}

/**
 * ipc_semaphore_new_full:
 * @name: the name of the semaphore or set
 * @open_mode: what opening may find and what it may make
 * @initial_values: (array length=n_values) (nullable): their values, if this call makes them
 * @n_values: how many; an existing set must have at least so many (0: any number)
 * @permissions: 0 to 0777, exact; 0600 is usual
 * @flags: how to use it
 * @cancellable: (nullable): ends the wait for a peer that is just creating the set
 * @error: return location for a #GError, or %NULL
 *
 * Opens a set of semaphores, or makes one.
 *
 * An opener never sees a set without its values: a System V set is waited for until its creator
 * has used it once (semop(2) sets `sem_otime`), one second at most; if that never happens a foreign
 * program made it without the mark, and it is used as it stands.
 *
 * Returns: (transfer full): a new semaphore; %NULL with
 *   %IPC_ERROR_INVALID_NAME if @name breaks a rule,
 *   %IPC_ERROR_INVALID_ARGUMENT for a mode, permissions, flags or number of values that cannot be,
 *   %IPC_ERROR_NOT_SUPPORTED if the mechanism lacks sets, %IPC_SEMAPHORE_UNDO, or is not built in,
 *   %IPC_ERROR_OVERFLOW if a value is above the maximum,
 *   %IPC_ERROR_EXISTS or %IPC_ERROR_NOT_FOUND as @open_mode says,
 *   %IPC_ERROR_SIZE_MISMATCH if the existing set is smaller than @n_values,
 *   %IPC_ERROR_PERMISSION_DENIED if the caller may not,
 *   %IPC_ERROR_UNTRUSTED if it is somebody else's and %IPC_SEMAPHORE_ANY_OWNER was not given,
 *   %IPC_ERROR_CORRUPT if something else bears the name,
 *   %IPC_ERROR_NO_SPACE if memory or a limit of the system is used up,
 *   %G_IO_ERROR_CANCELLED if @cancellable was cancelled, %IPC_ERROR_FAILED for anything else
 * Since: 0.1
 */
IpcSemaphore *
ipc_semaphore_new_full (const char *name, IpcOpenMode open_mode, const guint *initial_values,
                        gsize n_values, guint permissions, IpcSemaphoreFlags flags,
                        GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (name != NULL, NULL);
  g_return_val_if_fail (initial_values != NULL || n_values == 0, NULL);

  return new_as ("ipc_semaphore_new_full", name, open_mode, initial_values, n_values, permissions,
                 flags, cancellable, error);
}

/**
 * ipc_semaphore_create:
 * @name: the name of the semaphore
 * @initial_value: its first value
 * @flags: how to use it
 * @error: return location for a #GError, or %NULL
 *
 * Makes one semaphore, readable and writable by this user only.
 *
 * Returns: (transfer full): a new semaphore; %NULL with %IPC_ERROR_EXISTS if the name is taken, or
 *   an error of ipc_semaphore_new_full()
 * Since: 0.1
 */
IpcSemaphore *
ipc_semaphore_create (const char *name, guint initial_value, IpcSemaphoreFlags flags,
                      GError **error)
{
  g_return_val_if_fail (name != NULL, NULL);

  return new_as ("ipc_semaphore_create", name, IPC_OPEN_CREATE, &initial_value, 1, 0600, flags, NULL,
                 error);
}

/**
 * ipc_semaphore_open:
 * @name: the name of the semaphore or set
 * @flags: how to use it
 * @error: return location for a #GError, or %NULL
 *
 * Opens a semaphore, or a set of any size, that exists.
 *
 * Returns: (transfer full): a new object; %NULL with %IPC_ERROR_NOT_FOUND if there is none, or an
 *   error of ipc_semaphore_new_full()
 * Since: 0.1
 */
IpcSemaphore *
ipc_semaphore_open (const char *name, IpcSemaphoreFlags flags, GError **error)
{
  g_return_val_if_fail (name != NULL, NULL);

  return new_as ("ipc_semaphore_open", name, IPC_OPEN_EXISTING, NULL, 0, 0600, flags, NULL, error);
}

/**
 * ipc_semaphore_open_or_create:
 * @name: the name of the semaphore
 * @initial_value: its first value, if this call makes it
 * @flags: how to use it
 * @error: return location for a #GError, or %NULL
 *
 * Opens a semaphore, or makes one, readable and writable by this user only, if there is none.
 * ipc_semaphore_get_created() tells which it was.
 *
 * Returns: (transfer full): a new object; %NULL with an error of ipc_semaphore_new_full()
 * Since: 0.1
 */
IpcSemaphore *
ipc_semaphore_open_or_create (const char *name, guint initial_value, IpcSemaphoreFlags flags,
                              GError **error)
{
  g_return_val_if_fail (name != NULL, NULL);

  return new_as ("ipc_semaphore_open_or_create", name, IPC_OPEN_OR_CREATE, &initial_value, 1, 0600,
                 flags, NULL, error);
}

/**
 * ipc_semaphore_close:
 * @self: a semaphore
 * @error: return location for a #GError, or %NULL
 *
 * Ends the use of @self: waits in other threads and in main loops end with %IPC_ERROR_CLOSED, and
 * so does every later call.  The semaphore itself stays, and so does its name.
 *
 * A second call does nothing.  What the handle occupies is freed with the last reference.
 *
 * Returns: %TRUE
 * Since: 0.1
 */
gboolean
ipc_semaphore_close (IpcSemaphore *self, GError **error)
{
  g_return_val_if_fail (IS_SEMAPHORE (self), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  if (self->handle != NULL && g_atomic_int_compare_and_exchange (&self->closed, FALSE, TRUE))
    {
      g_atomic_pointer_set (&self->word, NULL);
      self->ops->shut (self->handle);
      if (g_atomic_pointer_get (&self->queue) != NULL)
        ipc_queue_kick (self->queue);
    }

  return TRUE;
}

/**
 * ipc_semaphore_unlink:
 * @self: a semaphore; it may be closed
 * @error: return location for a #GError, or %NULL
 *
 * Removes the name of @self, if it still means this semaphore; a second call does nothing.
 *
 * Native and System V: every wait on it ends at once with %IPC_ERROR_REMOVED, and so does every later
 * call of who has it open.  POSIX: who has it open keeps it, and waits go on.
 *
 * Returns: %TRUE if the name does not mean this semaphore any more; %FALSE with
 *   %IPC_ERROR_PERMISSION_DENIED if the caller may not remove it, or %IPC_ERROR_CLOSED if @self was
 *   never opened
 * Since: 0.1
 */
gboolean
ipc_semaphore_unlink (IpcSemaphore *self, GError **error)
{
  g_return_val_if_fail (IS_SEMAPHORE (self), FALSE);

  if (self->handle == NULL)
    return ipc_semaphore_check_open (self, "ipc_semaphore_unlink", error);

  return self->ops->unlink (self->handle, error);
}

/**
 * ipc_semaphore_unlink_name:
 * @name: the name of a semaphore or set
 * @error: return location for a #GError, or %NULL
 *
 * Removes the name @name, whoever uses it.  See ipc_semaphore_unlink().
 *
 * Returns: %TRUE if it was removed; %FALSE with %IPC_ERROR_NOT_FOUND if there was none,
 *   %IPC_ERROR_PERMISSION_DENIED if the caller may not, %IPC_ERROR_INVALID_NAME if @name breaks a
 *   rule, %IPC_ERROR_NOT_SUPPORTED if the mechanism is not built in
 * Since: 0.1
 */
gboolean
ipc_semaphore_unlink_name (const char *name, GError **error)
{
  g_autoptr (IpcName) parsed = NULL;
  const IpcSemaphoreOps *ops;

  g_return_val_if_fail (name != NULL, FALSE);

  parsed = ipc_name_parse (name, error);
  if (parsed == NULL)
    return FALSE;

  ops = ipc_semaphore_ops_lookup (parsed->backend, "ipc_semaphore_unlink_name", name, error);
  return ops != NULL && ops->unlink_name (parsed, error);
}

/**
 * ipc_semaphore_get_info:
 * @self: a semaphore
 * @index: which of the set, from 0
 * @error: return location for a #GError, or %NULL
 *
 * What the system and the library know of the semaphore now: its value, how many wait for units
 * and for zero, who used it last, owner, permissions, times.  What the mechanism does not tell is
 * -1.
 *
 * Returns: (transfer full): a new #IpcInfo; %NULL with %IPC_ERROR_OUT_OF_RANGE if the set has no
 *   semaphore @index, %IPC_ERROR_REMOVED, %IPC_ERROR_CLOSED, or %IPC_ERROR_PERMISSION_DENIED
 * Since: 0.1
 */
IpcInfo *
ipc_semaphore_get_info (IpcSemaphore *self, guint index, GError **error)
{
  const char *call = "ipc_semaphore_get_info";
  g_autoptr (IpcInfo) info = NULL;

  g_return_val_if_fail (IS_SEMAPHORE (self), NULL);

  if (!ipc_semaphore_is_open (self, call, error)
      || !ipc_semaphore_check_index (self, index, call, error))
    return NULL;

  info = ipc_info_new_live (self->name, self->parsed->backend, IPC_KIND_SEMAPHORE);
  return self->ops->get_info (self->handle, index, info, error) ? g_steal_pointer (&info) : NULL;
}

/**
 * ipc_semaphore_get_name:
 * @self: a semaphore
 *
 * Says what the semaphore is called.
 *
 * Returns: (transfer none): the name, as it was given
 * Since: 0.1
 */
const char *
ipc_semaphore_get_name (IpcSemaphore *self)
{
  g_return_val_if_fail (IS_SEMAPHORE (self), NULL);

  return self->name;
}

/**
 * ipc_semaphore_get_backend:
 * @self: a semaphore
 *
 * Says which mechanism the name of the semaphore means.
 *
 * Returns: the mechanism that carries it
 * Since: 0.1
 */
IpcBackend
ipc_semaphore_get_backend (IpcSemaphore *self)
{
  g_return_val_if_fail (IS_SEMAPHORE (self), IPC_BACKEND_NONE);

  return self->parsed != NULL ? self->parsed->backend : IPC_BACKEND_NONE;
}

/**
 * ipc_semaphore_get_permissions:
 * @self: a semaphore
 *
 * Says who may use the semaphore.
 *
 * Returns: the permissions that it had when it was opened, the low nine bits of its mode
 * Since: 0.1
 */
guint
ipc_semaphore_get_permissions (IpcSemaphore *self)
{
  g_return_val_if_fail (IS_SEMAPHORE (self), 0);

  return self->permissions;
}

/**
 * ipc_semaphore_get_flags:
 * @self: a semaphore
 *
 * Says how the semaphore is used.
 *
 * Returns: the flags that it was opened with
 * Since: 0.1
 */
IpcSemaphoreFlags
ipc_semaphore_get_flags (IpcSemaphore *self)
{
  g_return_val_if_fail (IS_SEMAPHORE (self), IPC_SEMAPHORE_FLAGS_NONE);

  return self->flags;
}

/**
 * ipc_semaphore_get_created:
 * @self: a semaphore
 *
 * Says who made the semaphore.
 *
 * Returns: whether opening @self made the semaphore
 * Since: 0.1
 */
gboolean
ipc_semaphore_get_created (IpcSemaphore *self)
{
  g_return_val_if_fail (IS_SEMAPHORE (self), FALSE);

  return self->created;
}

/**
 * ipc_semaphore_is_current:
 * @self: a semaphore
 *
 * Whether the name of @self still means this semaphore, and not another one that was made under
 * the name after this one was removed.  A process that keeps a removed semaphore waits for posts
 * that go elsewhere.
 *
 * Returns: %FALSE if the name is gone or means another semaphore, or @self was never opened
 * Since: 0.1
 */
gboolean
ipc_semaphore_is_current (IpcSemaphore *self)
{
  g_return_val_if_fail (IS_SEMAPHORE (self), FALSE);

  return self->handle != NULL && self->ops->is_current (self->handle);
}

/**
 * ipc_semaphore_get_id:
 * @self: a semaphore
 * @id: (out) (optional): return location for the System V id, as ipcs(1) shows it
 *
 * Gives the number that System V tools know the semaphore by.
 *
 * Returns: %FALSE if the mechanism has no ids
 * Since: 0.1
 */
gboolean
ipc_semaphore_get_id (IpcSemaphore *self, int *id)
{
  int found;

  g_return_val_if_fail (IS_SEMAPHORE (self), FALSE);

  found = self->handle != NULL && self->ops->get_id != NULL ? self->ops->get_id (self->handle) : -1;
  if (found >= 0 && id != NULL)
    *id = found;

  return found >= 0;
}
