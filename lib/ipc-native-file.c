/* ipc-native-file.c: what is in the memory of a native semaphore, on every system
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ipc-error-private.h"
#include "ipc-native-private.h"

#include <unistd.h>

#define SET_VALUE_SIZE sizeof (uint32_t)

gsize
ipc_native_file_row (guint lane, guint n_values)
{
  return IPC_NATIVE_SET_OFFSET + n_values * (SET_VALUE_SIZE + sizeof (IpcSetEntry))
         + (gsize) lane * n_values * sizeof (IpcSetShare);
}

/* A row for each lane; they take memory only when their lane is taken. */
gsize
ipc_native_file_size (guint n_values)
{
  return n_values == 1 ? IPC_NATIVE_SET_OFFSET : ipc_native_file_row (IPC_LANE_MAX, n_values);
}

static void
write_values (IpcNativeFile *file, const IpcRequest *request)
{
  _Atomic uint32_t *values = (gpointer) ((char *) file + IPC_NATIVE_SET_OFFSET);

  if (request->n_values == 1)
    {
      atomic_init (&file->word, ipc_word_make (request->values[0], 0, IPC_LANE_NONE, 0));
      return;
    }

  atomic_init (&file->word, ipc_word_make (1, 0, IPC_LANE_NONE, 0));
  for (guint i = 0; i < request->n_values; i++)
    atomic_init (&values[i], request->values[i]);
}

void
ipc_native_file_write (IpcNativeFile *file, const IpcRequest *request)
{
  file->magic = IPC_NATIVE_MAGIC;
  file->layout = IPC_NATIVE_LAYOUT;
  file->n_values = request->n_values;
  file->n_lanes = IPC_LANE_MAX;
  file->creator_pid = (uint32_t) getpid ();
  file->created = g_get_real_time ();
  write_values (file, request);
}

guint
ipc_native_file_check (const IpcNativeFile *file, gsize size, const char *call, const char *object,
                       GError **error)
{
  /* A peer may change what is read twice. */
  const IpcNativeFile head = *(const volatile IpcNativeFile *) file;

  if (head.magic != IPC_NATIVE_MAGIC)
    ipc_throw (error, IPC_ERROR_CORRUPT, call, object,
               "what has this name is no native semaphore");
  else if (head.layout != IPC_NATIVE_LAYOUT)
    ipc_throw (error, IPC_ERROR_CORRUPT, call, object,
               "it has layout %u and this version of libipc knows layout %u; let both programs use "
               "the same version, and unlink it",
               head.layout, IPC_NATIVE_LAYOUT);
  else if (head.n_values == 0 || head.n_values > IPC_SET_MAX || head.n_lanes != IPC_LANE_MAX
           || size != ipc_native_file_size (head.n_values))
    ipc_throw (error, IPC_ERROR_CORRUPT, call, object,
               "its head contradicts its size; unlink it and create it again");
  else
    return head.n_values;

  return 0;
}
