/* ipc-name-key.c: ftok(3)
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ipc-error-private.h"
#include "ipc-name-private.h"

#include <errno.h>
#include <sys/ipc.h>

gboolean
ipc_name_key_of_path (const char *path, int project_id, gint32 *key, GError **error)
{
  *key = ftok (path, project_id);

  return *key != -1
         || ipc_throw_errno_remedy (error, errno, "ftok", path, "the file must exist and stay");
}
