/* ipc-info-holder.c: which processes hold units of a semaphore
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ipc-info-private.h"

/**
 * ipc_info_get_n_holders:
 * @self: an #IpcInfo
 *
 * How many processes held units of this semaphore under %IPC_SEMAPHORE_UNDO.
 *
 * Returns: the count; 0 where the mechanism does not tell (native does)
 * Since: 0.1
 */
guint
ipc_info_get_n_holders (IpcInfo *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->holders->len;
}

/**
 * ipc_info_get_holder:
 * @self: an #IpcInfo
 * @index: which of them, from 0
 * @pid: (out) (optional): return location for its process id, as it saw it itself: in its own PID
 *   namespace
 * @units: (out) (optional): return location for how many units it holds
 *
 * One of the processes that held units of this semaphore.
 *
 * Returns: %FALSE if there are not so many
 * Since: 0.1
 */
gboolean
ipc_info_get_holder (IpcInfo *self, guint index, gint64 *pid, gint64 *units)
{
  const IpcHolder *holder;

  g_return_val_if_fail (self != NULL, FALSE);

  if (index >= self->holders->len)
    return FALSE;

  holder = &g_array_index (self->holders, IpcHolder, index);
  if (pid != NULL)
    *pid = holder->pid;
  if (units != NULL)
    *units = holder->units;
  return TRUE;
}

/**
 * ipc_info_get_holder_since:
 * @self: an #IpcInfo
 * @index: which of the holders, from 0
 *
 * Since when that process has used the semaphore under %IPC_SEMAPHORE_UNDO.  When it took each of its
 * units nobody notes: taking one must not cost a look at the clock.
 *
 * Returns: microseconds since 1970-01-01 UTC, in whole seconds; -1 if there are not so many holders
 * Since: 0.1
 */
gint64
ipc_info_get_holder_since (IpcInfo *self, guint index)
{
  g_return_val_if_fail (self != NULL, -1);

  return index < self->holders->len ? g_array_index (self->holders, IpcHolder, index).since : -1;
}
