/* ctl-list.c: ipcctl list: a table of the objects that there are
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ctl.h"

static gboolean json, names, stale;

static const GOptionEntry entries[] = {
  { "json", 'j', 0, G_OPTION_ARG_NONE, &json, N_("write JSON, with all that is known"), NULL },
  { "names", 'n', 0, G_OPTION_ARG_NONE, &names, N_("write only the names"), NULL },
  CTL_FILTER_ENTRIES,
  { "stale", 0, 0, G_OPTION_ARG_NONE, &stale, N_("only what certainly no process uses"), NULL },
  { 0 }
};

/* -- The table -- */

static const CtlColumn columns[] = {
  { N_("NAME"), FALSE, 0 },
  { N_("KIND"), FALSE, 2 },
  { N_("BACKEND"), FALSE, 6 },
  { N_("SIZE/VALUE"), TRUE, 1 },
  { N_("OWNER"), FALSE, 3 },
  { N_("MODE"), FALSE, 5 },
  { N_("USERS"), TRUE, 4 },
  { N_("HOLDERS"), TRUE, 7 },
  { N_("AGE"), TRUE, 1 },
  { N_("STATE"), FALSE, 0 },
};

/* Bytes; or a value, and how many the set has. */
static char *
size_or_value (IpcInfo *info)
{
  g_autofree char *value = NULL;

  if (ipc_info_get_kind (info) == IPC_KIND_SEGMENT)
    return ctl_text_size (ipc_info_get_size (info));

  value = ctl_text_number (ipc_info_get_value (info));
  if (ipc_info_get_size (info) <= 1)
    return g_steal_pointer (&value);

  return g_strdup_printf ("%s (%d)", value, (int) ipc_info_get_size (info));
}

/* How often a segment is attached, or who waits at a semaphore. */
static char *
users (IpcInfo *info)
{
  const gint64 waiters = ipc_info_get_waiters (info);

  if (ipc_info_get_kind (info) == IPC_KIND_SEGMENT)
    return ctl_text_number (ipc_info_get_attach_count (info));

  return ctl_text_number (waiters < 0 ? -1 : waiters + ipc_info_get_zero_waiters (info));
}

static char *
holders (IpcInfo *info)
{
  const gboolean known = ipc_info_get_backend (info) == IPC_BACKEND_NATIVE
                         && ipc_info_get_kind (info) == IPC_KIND_SEMAPHORE;

  return ctl_text_number (known ? (gint64) ipc_info_get_n_holders (info) : -1);
}

static char **
row_of (IpcInfo *info)
{
  char **cells = g_new0 (char *, G_N_ELEMENTS (columns) + 1);
  guint n = 0;

  cells[n++] = ctl_text_safe (ipc_info_get_name (info));
  cells[n++] = g_strdup (ctl_text_kind (ipc_info_get_kind (info)));
  cells[n++] = g_strdup (ipc_backend_get_name (ipc_info_get_backend (info)));
  cells[n++] = size_or_value (info);
  cells[n++] = ctl_text_owner (ipc_info_get_uid (info));
  cells[n++] = ctl_text_mode (ipc_info_get_permissions (info));
  cells[n++] = users (info);
  cells[n++] = holders (info);
  cells[n++] = ctl_text_age (ipc_info_get_change_time (info));
  cells[n++] = g_strdup (ctl_text_state (ipc_info_get_state (info)));
  return cells;
}

static void
print_table (GPtrArray *infos)
{
  g_autoptr (GPtrArray) rows = g_ptr_array_new_with_free_func ((GDestroyNotify) g_strfreev);

  for (guint i = 0; i < infos->len; i++)
    g_ptr_array_add (rows, row_of (infos->pdata[i]));

  ctl_table_print (columns, G_N_ELEMENTS (columns), rows, ctl_terminal_width ());
}

static void
print_json (GPtrArray *infos)
{
  g_autoptr (GString) out = g_string_new ("[");

  for (guint i = 0; i < infos->len; i++)
    {
      g_string_append (out, i > 0 ? ",\n" : "\n");
      ctl_json_info (out, infos->pdata[i], "  ");
    }
  printf ("%s\n]\n", out->str);
}

static void
print_names (GPtrArray *infos)
{
  for (guint i = 0; i < infos->len; i++)
    {
      g_autofree char *name = ctl_text_safe (ipc_info_get_name (infos->pdata[i]));

      printf ("%s\n", name);
    }
}

static int
run (int argc, char **argv)
{
  g_autoptr (GPtrArray) infos = NULL;
  g_autoptr (GError) error = NULL;
  CtlFilter filter;

  if (!ctl_parse (&ctl_list, entries, &argc, &argv)
      || !ctl_wanted_filter (&ctl_list, argv + 1, &filter))
    return CTL_USAGE;

  filter.stale = stale;
  infos = ctl_list_objects (&filter, &error);
  if (infos == NULL)
    return ctl_fail (error);

  if (json)
    print_json (infos);
  else if (names)
    print_names (infos);
  else
    print_table (infos);
  return CTL_DONE;
}

const CtlVerb ctl_list = {
  "list", N_("[PATTERN…]"), N_("list the objects, and whether they are in use"),
  N_("PATTERN is a name or has wildcards: 'native:*'.  USERS is how often a segment is attached, "
     "or how many wait at a semaphore.  STATE is stale only where it is certain that no process "
     "uses the object."),
  run
};
