/* ipc-native-info.c: what is known of a native semaphore
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ipc-info-private.h"
#include "ipc-native-private.h"

gboolean
ipc_native_get_value (const IpcNative *self, guint index, const char *call, guint *value,
                      GError **error)
{
  const uint64_t w = atomic_load_explicit (self->word.word, memory_order_acquire);

  if (ipc_word_lane (w) == IPC_LANE_REMOVED)
    return ipc_native_throw (self, IPC_WORD_GONE, call, error);

  *value = self->n_values == 1
               ? ipc_word_value (w)
               : atomic_load_explicit (&self->set.values[index], memory_order_acquire);
  return TRUE;
}

static gint64
held_by (const IpcNative *self, guint lane, guint index)
{
  return self->n_values == 1 ? ipc_lane_held (&self->word.lanes[lane])
                             : (gint64) ipc_set_held (&self->set, (int) lane, index);
}

static gint64
waiting_in (const IpcNative *self, guint lane, guint index, gboolean for_zero)
{
  const IpcLane *shared = &self->word.lanes[lane];

  if (self->n_values > 1)
    return atomic_load (ipc_set_waiting (&self->set, (int) lane, index, for_zero));

  return atomic_load (for_zero ? &shared->waiting_zero : &shared->waiting);
}

void
ipc_native_add_lanes (const IpcNative *self, guint index, IpcInfo *info)
{
  const guint n = ipc_native_lanes_used (self);

  info->waiters = info->zero_waiters = 0;
  for (guint i = 0; i < n; i++)
    {
      const IpcLane *lane = &self->word.lanes[i];
      const gint64 held = held_by (self, i, index);

      info->waiters += waiting_in (self, i, index, FALSE);
      info->zero_waiters += waiting_in (self, i, index, TRUE);
      if (held > 0)
        ipc_info_add_holder (info, atomic_load (&lane->pid), held,
                             ipc_info_time (atomic_load (&lane->since)));
    }
}

void
ipc_native_add_head (const IpcNativeFile *head, IpcInfo *info)
{
  info->creator_pid = head->creator_pid;
  info->change_time = head->created;
  info->recovered_units = (gint64) atomic_load (&head->recovered_units);
  if (info->recovered_units > 0)
    {
      info->recovered_pid = atomic_load (&head->recovered_pid);
      info->recovered_time = atomic_load (&head->recovered_time);
    }
}

gboolean
ipc_native_get_info (IpcNative *self, guint index, IpcInfo *info, GError **error)
{
  const IpcNativeFile *file = self->file;
  guint value = 0;

  ipc_native_sweep (self, TRUE);
  if (!ipc_native_get_value (self, index, "ipc_semaphore_get_info", &value, error))
    return FALSE;

  ipc_native_add_lanes (self, index, info);
  info->value = value;
  info->size = self->n_values; /* as it was when it was opened: a peer may scribble over the file */
  ipc_place_describe (self->place, info);
  ipc_native_add_head (file, info);
  return TRUE;
}
