/* ctl-find-linux.c: what bears a name, by the list of all objects
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ctl.h"

#include <string.h>

/* By its id, an object is found whatever its key. */
static gboolean
bears (IpcInfo *info, const char *canonical)
{
  gint64 id;

  if (g_str_equal (ipc_info_get_name (info), canonical))
    return TRUE;
  if (!g_str_has_prefix (canonical, "sysv:id:"))
    return FALSE;

  id = g_ascii_strtoll (canonical + strlen ("sysv:id:"), NULL, 10);
  return ipc_info_get_backend (info) == IPC_BACKEND_SYSV && ipc_info_get_id (info) == id;
}

GPtrArray *
ctl_find (const char *name, IpcKind kind, GError **error)
{
  g_autoptr (GPtrArray) found = g_ptr_array_new_with_free_func ((GDestroyNotify) ipc_info_unref);
  g_autofree char *canonical = ipc_name_canonicalize (name, error);
  g_autoptr (GPtrArray) all = NULL;

  if (canonical == NULL)
    return NULL;

  all = ipc_info_list (ipc_name_get_backend (name, NULL), NULL, error);
  if (all == NULL)
    return NULL;

  for (guint i = 0; i < all->len; i++)
    if (bears (all->pdata[i], canonical)
        && (kind == IPC_KIND_NONE || kind == ipc_info_get_kind (all->pdata[i])))
      g_ptr_array_add (found, ipc_info_ref (all->pdata[i]));

  if (found->len > 0)
    return g_steal_pointer (&found);

  g_set_error (error, IPC_ERROR, IPC_ERROR_NOT_FOUND,
               _("\"%s\": there is no such object; ipcctl list shows those that there are"), name);
  return NULL;
}

IpcInfo *
ctl_complete (IpcInfo *listed)
{
  return ipc_info_ref (listed);
}
