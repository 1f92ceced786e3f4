/* ipc-list-native.c: native semaphores: what their files say to who does not use them
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ipc-list-private.h"
#include "ipc-native-private.h"

#include <stdlib.h>
#include <unistd.h>

#define LOOK_MAX (16 * 1024 * 1024) /* of a file; what is beyond is not told */

static gboolean
read_at (int fd, gpointer buffer, gsize size, gsize offset)
{
  return pread (fd, buffer, size, (off_t) offset) == (gssize) size;
}

/* How much of the file says something: it ends behind the row of the last lane that was used. */
static gsize
size_to_read (const IpcNativeFile *head, gsize size)
{
  const uint32_t used = atomic_load_explicit (&head->lanes_used, memory_order_relaxed);
  const gsize end = ipc_native_file_row (MIN (used, IPC_LANE_MAX), head->n_values);

  return head->n_values == 1 ? size : MIN (size, end);
}

/* A copy, and not a mapping: a hostile owner could cut the file off while it is looked at. */
static void
native_look (int fd, gsize size, IpcInfo *info)
{
  IpcNative self = { 0 };
  IpcNativeFile head;
  gpointer copy = NULL;
  guint value = 0;

  if (!read_at (fd, &head, sizeof head, 0)
      || ipc_native_file_check (&head, size, "ipc_info_list", info->name, NULL) == 0)
    return;

  info->size = head.n_values;
  ipc_native_add_head (&head, info);
  size = size_to_read (&head, size);
  if (size > LOOK_MAX || posix_memalign (&copy, 64, size) != 0)
    return;

  self.n_values = head.n_values;
  self.file = copy;
  ipc_native_place (&self);
  if (read_at (fd, copy, size, 0) && ipc_native_get_value (&self, 0, "ipc_info_list", &value, NULL))
    {
      /* More lanes may be in use by now than were read. */
      self.file->lanes_used = head.lanes_used;
      ipc_native_add_lanes (&self, 0, info);
      info->value = value;
    }
  free (copy);
}

static gboolean
native_list (gboolean all, GPtrArray *infos, GCancellable *cancellable, GError **error)
{
  return ipc_list_files (IPC_BACKEND_NATIVE, all, native_look, infos, cancellable, error);
}

const IpcListOps ipc_list_native_ops = {
  .backend = IPC_BACKEND_NATIVE,
  .list = native_list,
  .remove_unused = ipc_lease_remove,
};
