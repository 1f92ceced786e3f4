/* ipc-name-path.c: the System V key that ftok(3) makes of a file
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ipc-error-private.h"
#include "ipc-name-private.h"

/**
 * ipc_name_for_path:
 * @path: (type filename): an existing file that the caller may stat
 * @project_id: which of several objects of this file; only its low 8 bits count, and they must
 *   not all be zero
 * @error: return location for a #GError, or %NULL
 *
 * Makes the System V name that programs agree on by ftok(3): the key holds 16 bits of the file's
 * inode number, 8 of its device and 8 of @project_id, so that two files may get the same key.
 *
 * Returns: (transfer full) (nullable): a name such as `sysv:0x61023a1f`, to be freed by g_free();
 *   %NULL with %IPC_ERROR_NOT_FOUND if there is no such file, %IPC_ERROR_INVALID_ARGUMENT if the
 *   low 8 bits of @project_id are zero, %IPC_ERROR_PERMISSION_DENIED if a folder of the path may
 *   not be searched, %IPC_ERROR_FAILED for what else the file system says, and
 *   %IPC_ERROR_NOT_SUPPORTED on a platform without System V objects
 * Since: 0.1
 */
char *
ipc_name_for_path (const char *path, int project_id, GError **error)
{
  gint32 key = 0;

  g_return_val_if_fail (path != NULL, NULL);

  if ((project_id & 0xff) == 0)
    return ipc_null_throw (error, IPC_ERROR_INVALID_ARGUMENT, "ftok", path,
                           "the low 8 bits of the project id are zero; take 1 to 255");

  if (!ipc_name_key_of_path (path, project_id, &key, error))
    return NULL;

  return g_strdup_printf ("sysv:0x%08x", (guint) key);
}
