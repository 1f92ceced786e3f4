/* ipc-native-file.c: the file of a native semaphore: made whole, checked before it is used
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ipc-error-private.h"
#include "ipc-native-private.h"
#include "ipc-publish-private.h"

#include <sys/mman.h>

#define SET_VALUE_SIZE sizeof (uint32_t)

static gsize
held_offset (guint n_values)
{
  return IPC_NATIVE_SET_OFFSET + n_values * (SET_VALUE_SIZE + sizeof (IpcSetEntry));
}

/* A row for each lane; they take memory only when their lane is taken. */
gsize
ipc_native_file_size (guint n_values)
{
  return n_values == 1 ? IPC_NATIVE_SET_OFFSET
                       : held_offset (n_values) + (gsize) IPC_LANE_MAX * n_values * SET_VALUE_SIZE;
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

/* Everything but the rows is there from the beginning. */
static gboolean
reserve_file (int fd, const IpcRequest *request, GError **error)
{
  const char *call = "ipc_semaphore_create";
  const char *object = request->name->text;

  if (!ipc_publish_reserve (fd, sizeof (IpcNativeFile), call, object, error))
    return FALSE;
  if (request->n_values > 1
      && !ipc_publish_reserve_part (fd, IPC_NATIVE_SET_OFFSET,
                                    held_offset (request->n_values) - IPC_NATIVE_SET_OFFSET, call,
                                    object, error))
    return FALSE;

  return ipc_publish_set_size (fd, ipc_native_file_size (request->n_values), call, object, error);
}

gboolean
ipc_native_file_fill (int fd, gpointer data, GError **error)
{
  const IpcRequest *request = data;
  const gsize size = held_offset (request->n_values);
  IpcNativeFile *file;

  if (!reserve_file (fd, request, error))
    return FALSE;

  file = mmap (NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (file == MAP_FAILED)
    return ipc_throw_errno (error, errno, "mmap", request->name->text);

  file->magic = IPC_NATIVE_MAGIC;
  file->layout = IPC_NATIVE_LAYOUT;
  file->n_values = request->n_values;
  file->n_lanes = IPC_LANE_MAX;
  file->creator_pid = (uint32_t) getpid ();
  file->created = g_get_real_time ();
  write_values (file, request);
  munmap (file, size);
  return TRUE;
}

guint
ipc_native_file_check (const IpcNativeFile *file, gsize size, const char *object, GError **error)
{
  /* A peer may change what is read twice. */
  const IpcNativeFile head = *(const volatile IpcNativeFile *) file;
  const char *call = "ipc_semaphore_open";

  if (head.magic != IPC_NATIVE_MAGIC)
    ipc_throw (error, IPC_ERROR_CORRUPT, call, object,
               "the file of this name in " IPC_SHM_DIR " is no native semaphore");
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

gboolean
ipc_native_reserve_lane (int fd, guint lane, guint n_values, const char *object, GError **error)
{
  const char *call = "ipc_semaphore_open";
  const gsize row = (gsize) n_values * SET_VALUE_SIZE;

  return ipc_publish_reserve_part (fd, IPC_NATIVE_LANES_OFFSET + lane * sizeof (IpcLane),
                                   sizeof (IpcLane), call, object, error)
         && (n_values == 1
             || ipc_publish_reserve_part (fd, held_offset (n_values) + lane * row, row, call, object,
                                          error));
}
