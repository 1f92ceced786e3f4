/* ipc-segment-handle.c: handles of Windows, by which segments are handed to other processes
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ipc-error-private.h"
#include "ipc-open-private.h"
#include "ipc-segment-private.h"

/**
 * ipc_segment_dup_handle_for_pid:
 * @self: a segment
 * @pid: the process that shall have it; it must be running
 * @error: return location for a #GError, or %NULL
 *
 * A handle of the segment that is valid in the process @pid alone, on Windows.  Send that number to
 * it, by a pipe or a command line; there ipc_segment_new_from_handle() makes a segment of it.  It
 * needs no name, and works with segments of ipc_segment_create_anonymous().
 *
 * If @self was opened read-only, the other process can only map it so.
 *
 * A handle that the other process does not take over stays open until that process ends.
 *
 * Returns: the handle; 0 with
 *   %IPC_ERROR_NOT_SUPPORTED on other systems (there: ipc_segment_dup_fd()),
 *   %IPC_ERROR_NOT_FOUND if there is no such process,
 *   %IPC_ERROR_PERMISSION_DENIED if it is somebody else's,
 *   %IPC_ERROR_REMOVED if @self was unlinked, or
 *   %IPC_ERROR_CLOSED
 * Since: 0.1
 */
guint64
ipc_segment_dup_handle_for_pid (IpcSegment *self, guint pid, GError **error)
{
  const char *call = "ipc_segment_dup_handle_for_pid";

  g_return_val_if_fail (IS_SEGMENT (self), 0);

  if (!ipc_segment_check_open (self, call, error))
    return 0;

  return self->ops->dup_handle != NULL ? self->ops->dup_handle (self->handle, pid, error)
                                       : (guint64) ipc_segment_throw_cannot (self, call, error);
}

/**
 * ipc_segment_new_from_handle:
 * @handle: a handle of this process
 * @flags: how to map it
 * @error: return location for a #GError, or %NULL
 *
 * Opens the segment behind a handle that a peer made for this process by
 * ipc_segment_dup_handle_for_pid() or DuplicateHandle(), on Windows.  It is mapped whole.
 *
 * The new object owns @handle and closes it at its end.  If this call fails the handle stays the
 * caller's.
 *
 * Returns: (transfer full): a new object; %NULL with
 *   %IPC_ERROR_NOT_SUPPORTED on other systems (there: ipc_segment_new_from_fd()),
 *   %IPC_ERROR_INVALID_ARGUMENT if it is no handle of shared memory, or for flags that cannot be,
 *   %IPC_ERROR_UNTRUSTED if it is another user's, or one that does not say whose it is,
 *   %IPC_ERROR_PERMISSION_DENIED if it does not allow writing and %IPC_SEGMENT_READ_ONLY was not
 *     given,
 *   %IPC_ERROR_CORRUPT if a part of it is reserved without being memory, or
 *   %IPC_ERROR_NO_SPACE if address space is used up
 * Since: 0.1
 */
IpcSegment *
ipc_segment_new_from_handle (guint64 handle, IpcSegmentFlags flags, GError **error)
{
  const char *call = "ipc_segment_new_from_handle";
  const IpcRequest request = {
    .call = call,
    .name = &ipc_segment_no_name,
    .mode = IPC_OPEN_EXISTING,
    .permissions = 0600,
    .flags = flags,
  };
  const IpcSegmentOps *ops = ipc_segment_anonymous_ops (call, error);
  IpcOpened opened = { 0 };

  if (ops == NULL
      || !ipc_open_check_numbers (IPC_OPEN_EXISTING, flags, IPC_SEGMENT_ALL_FLAGS, call,
                                  IPC_NAME_NONE, error))
    return NULL;
  if (ops->adopt_handle == NULL)
    return ipc_null_throw (error, IPC_ERROR_NOT_SUPPORTED, call, IPC_NAME_NONE,
                           "there are no handles on this system; use ipc_segment_new_from_fd()");

  return ipc_segment_wrap (ops, ops->adopt_handle (handle, &request, &opened, error), &opened,
                           flags);
}
