/* ipc-name-key-none.c: no ftok(3), on a platform without System V objects
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ipc-error-private.h"
#include "ipc-name-private.h"

gboolean
ipc_name_key_of_path (const char *path, int project_id G_GNUC_UNUSED, gint32 *key G_GNUC_UNUSED,
                      GError **error)
{
  return ipc_throw (error, IPC_ERROR_NOT_SUPPORTED, "ftok", path,
                    "there are no System V objects on this platform; take a plain name");
}
