/* ipc-segment-new.c: the short constructors of a segment, its name, and what can be asked of it
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ipc-error-private.h"
#include "ipc-info-private.h"
#include "ipc-open-private.h"
#include "ipc-segment-private.h"

/* @call: which of the constructors, for messages. */
static IpcSegment *
new_as (const char *call, const char *name, IpcOpenMode open_mode, gsize size, guint permissions,
        IpcSegmentFlags flags, GCancellable *cancellable, GError **error)
{
  g_autoptr (IpcSegment) self = NULL;

  if (!ipc_open_check_numbers (open_mode, flags, IPC_SEGMENT_ALL_FLAGS, call, name, error))
    return NULL;

  self = g_object_new (IPC_TYPE_SEGMENT, "name", name, "open-mode", open_mode, "size", (guint64) size,
                       "permissions", permissions, "flags", flags, NULL);
  self->call = call;
  return g_initable_init (G_INITABLE (self), cancellable, error) ? g_steal_pointer (&self) : NULL;
}

/**
 * ipc_segment_new_full:
 * @name: the name of the segment
 * @open_mode: what opening may find and what it may make
 * @size: bytes to make it with; of one that exists, the least that it must have
 *   (0, with %IPC_OPEN_EXISTING: any)
 * @permissions: 0 to 0777, exact; 0600 is usual
 * @flags: how to map it
 * @cancellable: (nullable): ends the wait for a peer that is just creating the segment
 * @error: return location for a #GError, or %NULL
 *
 * Opens a segment, or makes one, and maps it whole, at its real size.  One that exists is never
 * truncated or grown.
 *
 * With %IPC_SEGMENT_READ_ONLY a segment may be made, too: it is zero until a peer writes to it.
 *
 * Each option is a property as well, for g_initable_new().
 *
 * Returns: (transfer full): a new object; %NULL with
 *   %IPC_ERROR_INVALID_NAME if @name breaks a rule,
 *   %IPC_ERROR_INVALID_ARGUMENT for a mode, a size, permissions or flags that cannot be, or for
 *     making a segment by its System V id,
 *   %IPC_ERROR_NOT_SUPPORTED if the mechanism is not built in, or this system has no /dev/shm,
 *   %IPC_ERROR_EXISTS or %IPC_ERROR_NOT_FOUND as @open_mode says,
 *   %IPC_ERROR_SIZE_MISMATCH if the existing segment is smaller than @size,
 *   %IPC_ERROR_PERMISSION_DENIED if the caller may not,
 *   %IPC_ERROR_UNTRUSTED if it belongs to somebody else than this user or root, if others may write
 *     to it and @permissions do not say so, unless %IPC_SEGMENT_ANY_OWNER was given; or if a
 *     symbolic link bears the name,
 *   %IPC_ERROR_CORRUPT if a directory, a FIFO or something else that is no memory bears the name, or
 *     a file that stays empty for a second,
 *   %IPC_ERROR_NO_SPACE if memory, or a limit of the system or of this process, is used up,
 *   %IPC_ERROR_REMOVED if it was removed while it was being opened,
 *   %G_IO_ERROR_CANCELLED if @cancellable was cancelled,
 *   %IPC_ERROR_FAILED for anything else that the system says
 * Since: 0.1
 */
IpcSegment *
ipc_segment_new_full (const char *name, IpcOpenMode open_mode, gsize size, guint permissions,
                      IpcSegmentFlags flags, GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (name != NULL, NULL);

  return new_as ("ipc_segment_new_full", name, open_mode, size, permissions, flags, cancellable,
                 error);
}

/**
 * ipc_segment_create:
 * @name: the name of the segment
 * @size: its size in bytes, from 1
 * @flags: how to map it
 * @error: return location for a #GError, or %NULL
 *
 * Makes a segment, readable and writable by this user only.  Its memory is zero, and reserved.
 *
 * Returns: (transfer full): a new object; %NULL with %IPC_ERROR_EXISTS if the name is taken, or an
 *   error of ipc_segment_new_full()
 * Since: 0.1
 */
IpcSegment *
ipc_segment_create (const char *name, gsize size, IpcSegmentFlags flags, GError **error)
{
  g_return_val_if_fail (name != NULL, NULL);

  return new_as ("ipc_segment_create", name, IPC_OPEN_CREATE, size, 0600, flags, NULL, error);
}

/**
 * ipc_segment_open:
 * @name: the name of the segment
 * @flags: how to map it
 * @error: return location for a #GError, or %NULL
 *
 * Opens a segment that exists, at its real size.
 *
 * Returns: (transfer full): a new object; %NULL with %IPC_ERROR_NOT_FOUND if there is none, or an
 *   error of ipc_segment_new_full()
 * Since: 0.1
 */
IpcSegment *
ipc_segment_open (const char *name, IpcSegmentFlags flags, GError **error)
{
  g_return_val_if_fail (name != NULL, NULL);

  return new_as ("ipc_segment_open", name, IPC_OPEN_EXISTING, 0, 0600, flags, NULL, error);
}

/**
 * ipc_segment_open_or_create:
 * @name: the name of the segment
 * @size: its size in bytes if this call makes it, else the least that it must have
 * @flags: how to map it
 * @error: return location for a #GError, or %NULL
 *
 * Opens a segment, or makes one, readable and writable by this user only, if there is none.
 * ipc_segment_get_created() tells which it was.
 *
 * Returns: (transfer full): a new object; %NULL with %IPC_ERROR_SIZE_MISMATCH if there is one that
 *   is smaller, or an error of ipc_segment_new_full()
 * Since: 0.1
 */
IpcSegment *
ipc_segment_open_or_create (const char *name, gsize size, IpcSegmentFlags flags, GError **error)
{
  g_return_val_if_fail (name != NULL, NULL);

  return new_as ("ipc_segment_open_or_create", name, IPC_OPEN_OR_CREATE, size, 0600, flags, NULL,
                 error);
}

/**
 * ipc_segment_unlink:
 * @self: a segment; it may be detached
 * @error: return location for a #GError, or %NULL
 *
 * Removes the name of @self, if it still means this segment; a second call does nothing.  Who has
 * the segment open keeps it, this process as well, and the name is free for a new one.
 *
 * Returns: %TRUE if the name does not mean this segment any more; %FALSE with
 *   %IPC_ERROR_PERMISSION_DENIED if the caller may not remove it, or %IPC_ERROR_CLOSED if @self was
 *   never opened
 * Since: 0.1
 */
gboolean
ipc_segment_unlink (IpcSegment *self, GError **error)
{
  g_return_val_if_fail (IS_SEGMENT (self), FALSE);

  if (self->handle == NULL)
    return ipc_segment_check_open (self, "ipc_segment_unlink", error);

  return self->ops->unlink (self->handle, error);
}

/**
 * ipc_segment_unlink_name:
 * @name: the name of a segment
 * @error: return location for a #GError, or %NULL
 *
 * Removes the name @name, whoever uses it.  See ipc_segment_unlink().
 *
 * Returns: %TRUE if it was removed; %FALSE with %IPC_ERROR_NOT_FOUND if there was none,
 *   %IPC_ERROR_PERMISSION_DENIED if the caller may not, %IPC_ERROR_CORRUPT if a directory bears it,
 *   %IPC_ERROR_INVALID_NAME if @name breaks a rule, %IPC_ERROR_NOT_SUPPORTED if the mechanism is not
 *   built in
 * Since: 0.1
 */
gboolean
ipc_segment_unlink_name (const char *name, GError **error)
{
  g_autoptr (IpcName) parsed = NULL;
  const IpcSegmentOps *ops;

  g_return_val_if_fail (name != NULL, FALSE);

  parsed = ipc_name_parse_segment (name, error);
  if (parsed == NULL)
    return FALSE;

  ops = ipc_segment_ops_lookup (parsed->backend, "ipc_segment_unlink_name", name, error);
  return ops != NULL && ops->unlink_name (parsed, error);
}

/**
 * ipc_segment_get_info:
 * @self: a segment; it may be detached
 * @error: return location for a #GError, or %NULL
 *
 * What the system knows of the segment now: its size, owner and permissions; with System V also who
 * made it, who used it last, how many have it attached, and when.  What the mechanism does not tell
 * is -1.
 *
 * Once the name of a `native` or `posix` segment is gone, this tells what was known when it was
 * opened.
 *
 * Returns: (transfer full): a new #IpcInfo; %NULL with %IPC_ERROR_REMOVED if it was removed and
 *   nobody has it attached any more, %IPC_ERROR_PERMISSION_DENIED, or %IPC_ERROR_CLOSED if @self was
 *   never opened
 * Since: 0.1
 */
IpcInfo *
ipc_segment_get_info (IpcSegment *self, GError **error)
{
  g_autoptr (IpcInfo) info = NULL;

  g_return_val_if_fail (IS_SEGMENT (self), NULL);

  if (self->handle == NULL)
    {
      ipc_segment_check_open (self, "ipc_segment_get_info", error);
      return NULL;
    }

  info = ipc_info_new_live (self->label, self->ops->backend, IPC_KIND_SEGMENT);
  return self->ops->get_info (self->handle, info, error) ? g_steal_pointer (&info) : NULL;
}

/**
 * ipc_segment_get_name:
 * @self: a segment
 *
 * Says what the segment is called.
 *
 * Returns: (transfer none) (nullable): the name, as it was given; %NULL if it has none
 * Since: 0.1
 */
const char *
ipc_segment_get_name (IpcSegment *self)
{
  g_return_val_if_fail (IS_SEGMENT (self), NULL);

  return self->name;
}

/**
 * ipc_segment_get_backend:
 * @self: a segment
 *
 * Says which mechanism the name of the segment means.
 *
 * Returns: the mechanism that carries it
 * Since: 0.1
 */
IpcBackend
ipc_segment_get_backend (IpcSegment *self)
{
  g_return_val_if_fail (IS_SEGMENT (self), IPC_BACKEND_NONE);

  return self->ops != NULL ? self->ops->backend : IPC_BACKEND_NONE;
}

/**
 * ipc_segment_get_permissions:
 * @self: a segment
 *
 * Says who may use the segment.
 *
 * Returns: the permissions that it had when it was opened, the low nine bits of its mode
 * Since: 0.1
 */
guint
ipc_segment_get_permissions (IpcSegment *self)
{
  g_return_val_if_fail (IS_SEGMENT (self), 0);

  return self->permissions;
}

/**
 * ipc_segment_get_flags:
 * @self: a segment
 *
 * Says how the segment is used.
 *
 * Returns: the flags that are in force: those that it was opened with, without
 *   %IPC_SEGMENT_HUGE_PAGES where the system had none
 * Since: 0.1
 */
IpcSegmentFlags
ipc_segment_get_flags (IpcSegment *self)
{
  const IpcView *view;

  g_return_val_if_fail (IS_SEGMENT (self), IPC_SEGMENT_FLAGS_NONE);

  view = ipc_segment_view (self);
  return view != NULL ? view->flags : self->flags;
}

/**
 * ipc_segment_get_created:
 * @self: a segment
 *
 * Says who made the segment.
 *
 * Returns: whether opening @self made the segment
 * Since: 0.1
 */
gboolean
ipc_segment_get_created (IpcSegment *self)
{
  g_return_val_if_fail (IS_SEGMENT (self), FALSE);

  return self->created;
}

/**
 * ipc_segment_is_read_only:
 * @self: a segment
 *
 * Says whether writing to the segment is %IPC_ERROR_READ_ONLY.
 *
 * Returns: whether it was opened with %IPC_SEGMENT_READ_ONLY
 * Since: 0.1
 */
gboolean
ipc_segment_is_read_only (IpcSegment *self)
{
  g_return_val_if_fail (IS_SEGMENT (self), FALSE);

  return (self->flags & IPC_SEGMENT_READ_ONLY) != 0;
}

/**
 * ipc_segment_is_current:
 * @self: a segment
 *
 * Whether the name of @self still means this segment, and not another one that was made under the
 * name after this one was removed or replaced.  A process that keeps a removed segment shares it
 * only with those who also kept it.
 *
 * Returns: %FALSE if the name is gone or means another segment, or @self was never opened
 * Since: 0.1
 */
gboolean
ipc_segment_is_current (IpcSegment *self)
{
  g_return_val_if_fail (IS_SEGMENT (self), FALSE);

  return self->handle != NULL && self->ops->is_current (self->handle);
}

/**
 * ipc_segment_get_id:
 * @self: a segment
 * @id: (out) (optional): return location for the System V id, as ipcs(1) shows it
 *
 * Gives the number that System V tools know the segment by.
 *
 * Returns: %FALSE if the mechanism has no ids
 * Since: 0.1
 */
gboolean
ipc_segment_get_id (IpcSegment *self, int *id)
{
  int found;

  g_return_val_if_fail (IS_SEGMENT (self), FALSE);

  found = self->handle != NULL && self->ops->get_id != NULL ? self->ops->get_id (self->handle) : -1;
  if (found >= 0 && id != NULL)
    *id = found;

  return found >= 0;
}
