/* ctl-object.c: which objects are meant
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ctl.h"

#include <string.h>

gboolean ctl_only_semaphores, ctl_only_segments, ctl_only_mine;
char *ctl_only_backend;

IpcKind
ctl_wanted_kind (void)
{
  if (ctl_only_semaphores == ctl_only_segments)
    return IPC_KIND_NONE;

  return ctl_only_semaphores ? IPC_KIND_SEMAPHORE : IPC_KIND_SEGMENT;
}

/* IPC_BACKEND_NONE: there is no such mechanism. */
static IpcBackend
parse_backend (const char *text)
{
  for (int i = IPC_BACKEND_NATIVE; i <= IPC_BACKEND_WIN32; i++)
    if (g_str_equal (text, ipc_backend_get_name (i)))
      return i;

  return IPC_BACKEND_NONE;
}

gboolean
ctl_wanted_filter (const CtlVerb *verb, char **patterns, CtlFilter *filter)
{
  *filter = (CtlFilter){ .kind = ctl_wanted_kind (), .mine = ctl_only_mine, .patterns = patterns };
  if (ctl_only_backend == NULL)
    return TRUE;

  filter->backend = parse_backend (ctl_only_backend);
  if (filter->backend != IPC_BACKEND_NONE)
    return TRUE;

  ctl_usage (verb, _("there is no mechanism \"%s\""), ctl_only_backend);
  return FALSE;
}

/* -- Many -- */

/* Without a scheme: libipc's own of that name, and the file that a segment of that name is. */
static gboolean
matches_bare (IpcInfo *info, const char *pattern)
{
  static const char *const begins[] = { "native:", "posix:/", "win32:Local\\" };
  const char *name = ipc_info_get_name (info);
  const gsize n = ipc_info_get_kind (info) == IPC_KIND_SEGMENT ? G_N_ELEMENTS (begins) : 1;

  for (gsize i = 0; i < n && strchr (pattern, ':') == NULL; i++)
    if (g_str_has_prefix (name, begins[i]) && ctl_system_matches (pattern, name + strlen (begins[i])))
      return TRUE;

  return FALSE;
}

static gboolean
matches (IpcInfo *info, char **patterns)
{
  if (patterns == NULL || patterns[0] == NULL)
    return TRUE;

  for (guint i = 0; patterns[i] != NULL; i++)
    if (ctl_system_matches (patterns[i], ipc_info_get_name (info))
        || matches_bare (info, patterns[i]))
      return TRUE;

  return FALSE;
}

static gboolean
is_wanted (IpcInfo *info, const CtlFilter *filter)
{
  return (filter->kind == IPC_KIND_NONE || filter->kind == ipc_info_get_kind (info))
         && (!filter->mine || ipc_info_get_uid (info) == ctl_system_user ())
         && (!filter->stale || ipc_info_get_state (info) == IPC_STATE_STALE)
         && matches (info, filter->patterns);
}

static int
compare (gconstpointer a, gconstpointer b)
{
  IpcInfo *one = *(IpcInfo *const *) a, *other = *(IpcInfo *const *) b;
  const int by_name = strcmp (ipc_info_get_name (one), ipc_info_get_name (other));

  return by_name != 0 ? by_name
                      : (int) ipc_info_get_kind (one) - (int) ipc_info_get_kind (other);
}

GPtrArray *
ctl_list_objects (const CtlFilter *filter, GError **error)
{
  g_autoptr (GPtrArray) all = ipc_info_list (filter->backend, NULL, error);
  GPtrArray *wanted;

  if (all == NULL)
    return NULL;

  wanted = g_ptr_array_new_with_free_func ((GDestroyNotify) ipc_info_unref);
  for (guint i = 0; i < all->len; i++)
    if (is_wanted (all->pdata[i], filter))
      g_ptr_array_add (wanted, ctl_complete (all->pdata[i]));

  g_ptr_array_sort (wanted, compare);
  return wanted;
}
