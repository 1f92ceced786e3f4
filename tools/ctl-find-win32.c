/* ctl-find-win32.c: what bears a name, where a list has only names: it is opened for a moment
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ctl.h"

static IpcInfo *
ask_segment (const char *name, GError **error)
{
  g_autoptr (IpcSegment) segment
    = ipc_segment_open (name, IPC_SEGMENT_READ_ONLY | IPC_SEGMENT_ANY_OWNER, error);

  return segment != NULL ? ipc_segment_get_info (segment, error) : NULL;
}

static IpcInfo *
ask_semaphore (const char *name, GError **error)
{
  g_autoptr (IpcSemaphore) semaphore = ipc_semaphore_open (name, IPC_SEMAPHORE_ANY_OWNER, error);

  return semaphore != NULL ? ipc_semaphore_get_info (semaphore, 0, error) : NULL;
}

/* @reason: why it cannot be asked, unless it is not there. */
static void
add (GPtrArray *found, IpcInfo *info, GError **reason)
{
  if (info != NULL)
    g_ptr_array_add (found, info);
  else if (g_error_matches (*reason, IPC_ERROR, IPC_ERROR_NOT_FOUND))
    g_clear_error (reason);
}

/* A name of Windows has one object, and asking for one of the other kind fails. */
GPtrArray *
ctl_find (const char *name, IpcKind kind, GError **error)
{
  g_autoptr (GPtrArray) found = g_ptr_array_new_with_free_func ((GDestroyNotify) ipc_info_unref);
  g_autofree char *canonical = ipc_name_canonicalize (name, error);
  g_autoptr (GError) no_segment = NULL;
  g_autoptr (GError) no_semaphore = NULL;

  if (canonical == NULL)
    return NULL;

  if (kind != IPC_KIND_SEMAPHORE)
    add (found, ask_segment (canonical, &no_segment), &no_segment);
  if (kind != IPC_KIND_SEGMENT)
    add (found, ask_semaphore (canonical, &no_semaphore), &no_semaphore);

  if (found->len > 0)
    return g_steal_pointer (&found);
  if (no_segment != NULL)
    g_propagate_error (error, g_steal_pointer (&no_segment));
  else if (no_semaphore != NULL)
    g_propagate_error (error, g_steal_pointer (&no_semaphore));
  else
    g_set_error (error, IPC_ERROR, IPC_ERROR_NOT_FOUND,
                 _("\"%s\": there is no such object; ipcctl list shows those that there are"), name);
  return NULL;
}

IpcInfo *
ctl_complete (IpcInfo *listed)
{
  const char *name = ipc_info_get_name (listed);
  IpcInfo *info = ipc_info_get_kind (listed) == IPC_KIND_SEGMENT ? ask_segment (name, NULL)
                                                                 : ask_semaphore (name, NULL);

  return info != NULL ? info : ipc_info_ref (listed);
}
