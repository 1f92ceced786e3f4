/* ctl-inspect.c: ipcctl inspect: all that is known of an object
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ctl.h"

static gboolean json;

static const GOptionEntry entries[] = {
  { "json", 'j', 0, G_OPTION_ARG_NONE, &json, N_("write JSON"), NULL },
  CTL_KIND_ENTRIES,
  { 0 }
};

static void
line (const char *label, const char *text)
{
  const int padding = 18 - ctl_text_width (label);

  printf ("  %s%*s %s\n", label, MAX (padding, 0), "", text);
}

/* What is not known is left out. */
static void
line_take (const char *label, gint64 number, char *text)
{
  if (number >= 0)
    line (label, text);
  g_free (text);
}

static void
print_process (IpcInfo *info, const char *label, gint64 pid)
{
  g_autofree char *command = pid > 0 ? ctl_text_command (info, pid) : NULL;

  if (pid > 0)
    line_take (label, pid, g_strdup_printf ("%" G_GINT64_FORMAT "  %s", pid, command));
}

static void
print_place (IpcInfo *info)
{
  g_autofree char *owner = ctl_text_owner (ipc_info_get_uid (info));
  g_autofree char *mode = ctl_text_mode (ipc_info_get_permissions (info));

  line (_("state"), ctl_text_state (ipc_info_get_state (info)));
  if (ipc_info_get_path (info) != NULL)
    line_take (_("file"), 0, ctl_text_safe (ipc_info_get_path (info)));
  line_take (_("key"), ipc_info_get_key (info),
             g_strdup_printf ("0x%08x", (guint) ipc_info_get_key (info)));
  line_take (_("id"), ipc_info_get_id (info), ctl_text_number (ipc_info_get_id (info)));
  line_take (_("owner"), ipc_info_get_uid (info),
             g_strdup_printf ("%s (%" G_GINT64_FORMAT ":%" G_GINT64_FORMAT ")", owner,
                              ipc_info_get_uid (info), ipc_info_get_gid (info)));
  line (_("mode"), mode);
}

static void
print_times (IpcInfo *info)
{
  print_process (info, _("made by"), ipc_info_get_creator_pid (info));
  print_process (info, _("last used by"), ipc_info_get_last_pid (info));
  line_take (_("made or changed"), ipc_info_get_change_time (info),
             ctl_text_time (ipc_info_get_change_time (info)));
  line_take (_("last attached"), ipc_info_get_attach_time (info),
             ctl_text_time (ipc_info_get_attach_time (info)));
  line_take (_("last detached"), ipc_info_get_detach_time (info),
             ctl_text_time (ipc_info_get_detach_time (info)));
  line_take (_("last used"), ipc_info_get_use_time (info),
             ctl_text_time (ipc_info_get_use_time (info)));
}

static void
print_holders (IpcInfo *info)
{
  gint64 pid, units;

  for (guint i = 0; ipc_info_get_holder (info, i, &pid, &units); i++)
    {
      g_autofree char *command = ctl_text_command (info, pid);
      g_autofree char *since = ctl_text_time (ipc_info_get_holder_since (info, i));

      line_take (_("held by"), 0,
                 g_strdup_printf (_("%d  %d units, a user since %s  %s"), (int) pid, (int) units,
                                  since, command));
    }
}

static void
print_recovered (IpcInfo *info)
{
  g_autofree char *time = ctl_text_time (ipc_info_get_recovered_time (info));

  if (ipc_info_get_recovered_units (info) > 0)
    line_take (_("recovered units"), 0,
               g_strdup_printf (_("%d, the last from process %d at %s"),
                                (int) ipc_info_get_recovered_units (info),
                                (int) ipc_info_get_recovered_pid (info), time));
  else
    line_take (_("recovered units"), ipc_info_get_recovered_units (info), g_strdup ("0"));
}

static void
print_semaphore (IpcInfo *info, guint index, gint64 size)
{
  if (size > 1)
    printf ("  %u:\n", index);
  line_take (_("value"), ipc_info_get_value (info), ctl_text_number (ipc_info_get_value (info)));
  line_take (_("waiters"), ipc_info_get_waiters (info), ctl_text_number (ipc_info_get_waiters (info)));
  line_take (_("waiters for zero"), ipc_info_get_zero_waiters (info),
             ctl_text_number (ipc_info_get_zero_waiters (info)));
  print_holders (info);
}

/* Once it is open, each of the set can be asked, and what the dead held is back. */
static GPtrArray *
ask_set (const char *name)
{
  g_autoptr (IpcSemaphore) set = ipc_semaphore_open (name, IPC_SEMAPHORE_ANY_OWNER, NULL);
  GPtrArray *infos = g_ptr_array_new_with_free_func ((GDestroyNotify) ipc_info_unref);

  for (guint i = 0; set != NULL && i < ipc_semaphore_get_size (set); i++)
    {
      IpcInfo *info = ipc_semaphore_get_info (set, i, NULL);

      if (info != NULL)
        g_ptr_array_add (infos, info);
    }

  return infos;
}

static void
print_text (IpcInfo *listed, GPtrArray *set)
{
  IpcInfo *info = set->len > 0 ? set->pdata[0] : listed;
  g_autofree char *name = ctl_text_safe (ipc_info_get_name (listed));

  printf ("%s%s%s: %s\n", ctl_color ("1"), name, ctl_color ("0"),
          ctl_text_kind (ipc_info_get_kind (listed)));
  print_place (listed);
  if (ipc_info_get_kind (listed) == IPC_KIND_SEGMENT)
    {
      line_take (_("bytes"), ipc_info_get_size (listed), ctl_text_number (ipc_info_get_size (listed)));
      line_take (_("attached"), ipc_info_get_attach_count (listed),
                 ctl_text_number (ipc_info_get_attach_count (listed)));
    }
  print_times (info);
  if (ipc_info_get_kind (listed) != IPC_KIND_SEMAPHORE)
    return;

  line_take (_("semaphores"), ipc_info_get_size (info), ctl_text_number (ipc_info_get_size (info)));
  print_recovered (info);
  print_semaphore (info, 0, ipc_info_get_size (info));
  for (guint i = 1; i < set->len; i++)
    print_semaphore (set->pdata[i], i, set->len);
}

/* What was listed, and each of the set. */
static void
print_json (GString *out, IpcInfo *listed, GPtrArray *set)
{
  ctl_json_info (out, listed, "  ");
  if (ipc_info_get_kind (listed) != IPC_KIND_SEMAPHORE)
    return;

  g_string_truncate (out, out->len - 4);
  g_string_append (out, ",\n    \"semaphores\": [");
  for (guint i = 0; i < set->len; i++)
    {
      g_string_append (out, i > 0 ? ",\n" : "\n");
      ctl_json_info (out, set->pdata[i], "      ");
    }
  g_string_append (out, "\n    ]\n  }");
}

static int
run (int argc, char **argv)
{
  g_autoptr (GString) out = g_string_new ("[\n");
  g_autoptr (GPtrArray) found = NULL;
  g_autoptr (GError) error = NULL;

  if (!ctl_parse (&ctl_inspect, entries, &argc, &argv))
    return CTL_USAGE;
  if (argc != 2)
    return ctl_usage (&ctl_inspect, _("one name is needed"));

  found = ctl_find (argv[1], ctl_wanted_kind (), &error);
  if (found == NULL)
    return ctl_fail (error);

  for (guint i = 0; i < found->len; i++)
    {
      const gboolean semaphore = ipc_info_get_kind (found->pdata[i]) == IPC_KIND_SEMAPHORE;
      g_autoptr (GPtrArray) set = semaphore ? ask_set (argv[1]) : g_ptr_array_new ();

      if (json)
        {
          g_string_append (out, i > 0 ? ",\n" : "");
          print_json (out, found->pdata[i], set);
        }
      else
        print_text (found->pdata[i], set);
    }
  if (json)
    printf ("%s\n]\n", out->str);
  return CTL_DONE;
}

const CtlVerb ctl_inspect = {
  "inspect", N_("NAME"), N_("show all that is known of an object: who holds it, who waits"),
  N_("Of a native semaphore, units that dead processes held come back first."), run
};
