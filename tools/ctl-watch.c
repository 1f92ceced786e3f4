/* ctl-watch.c: ipcctl watch: how an object changes
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ctl.h"

#include <unistd.h>

#define SHOWN_MAX 12 /* values, or holders: a view has to fit the screen */

static double interval = 0.5;
static int changes;

static const GOptionEntry entries[] = {
  { "interval", 'n', 0, G_OPTION_ARG_DOUBLE, &interval, N_("look so often, 0.5 unless given"),
    N_("SECONDS") },
  { "changes", 'c', 0, G_OPTION_ARG_INT, &changes, N_("end after so many changes"), N_("NUMBER") },
  CTL_KIND_ENTRIES,
  { 0 }
};

/* -- One look: lines of text -- */

static void
add_line (GPtrArray *lines, char *line)
{
  g_ptr_array_add (lines, line);
}

static void
add_segment (GPtrArray *lines, IpcInfo *info)
{
  g_autofree char *size = ctl_text_number (ipc_info_get_size (info));
  const gint64 attached = ipc_info_get_attach_count (info);

  add_line (lines, g_strdup_printf (_("size %s, state %s"), size,
                                    ctl_text_state (ipc_info_get_state (info))));
  if (attached >= 0)
    add_line (lines, g_strdup_printf (_("attached %d"), (int) attached));
}

static void
add_holders (GPtrArray *lines, IpcInfo *info)
{
  gint64 pid, units;

  for (guint i = 0; i < SHOWN_MAX && ipc_info_get_holder (info, i, &pid, &units); i++)
    {
      g_autofree char *command = ctl_text_command (info, pid);

      add_line (lines, g_strdup_printf (_("held by %d: %d units, %s"), (int) pid, (int) units,
                                        command));
    }
}

static void
add_semaphore (GPtrArray *lines, IpcInfo *info)
{
  g_autofree char *value = ctl_text_number (ipc_info_get_value (info));
  g_autofree char *waiters = ctl_text_number (ipc_info_get_waiters (info));
  g_autofree char *zero = ctl_text_number (ipc_info_get_zero_waiters (info));

  add_line (lines, g_strdup_printf (_("value %s, waiters %s, for zero %s"), value, waiters, zero));
  add_holders (lines, info);
}

/* FALSE: it is gone, or cannot be asked. */
static gboolean
look_at_set (IpcSemaphore *set, GPtrArray *lines, GError **error)
{
  for (guint i = 0; i < MIN (ipc_semaphore_get_size (set), SHOWN_MAX); i++)
    {
      g_autoptr (IpcInfo) info = ipc_semaphore_get_info (set, i, error);

      if (info == NULL)
        return FALSE;
      add_semaphore (lines, info);
    }

  return ipc_semaphore_is_current (set)
         || (g_set_error (error, IPC_ERROR, IPC_ERROR_REMOVED, _("the name is gone")), FALSE);
}

/* A segment is not opened: who watches is no user. */
static gboolean
look (const char *name, IpcSemaphore *set, GPtrArray *lines, GError **error)
{
  g_autoptr (GPtrArray) found = NULL;

  if (set != NULL)
    return look_at_set (set, lines, error);

  found = ctl_find (name, IPC_KIND_SEGMENT, error);
  if (found != NULL)
    add_segment (lines, found->pdata[0]);
  return found != NULL;
}

/* -- What is shown of it -- */

/* As much as fits into a line. */
static void
print_fitting (const char *before, const char *text, const char *after, int width)
{
  g_autofree char *fitting = ctl_text_cut (text, width);

  printf ("%s%s%s\033[K\n", before, fitting, after);
}

/* In place: up to where the last view began, and over it. */
static void
redraw (const char *name, GPtrArray *lines, guint *shown)
{
  const int width = ctl_terminal_width ();
  const guint n = MIN (lines->len, (guint) MAX (ctl_terminal_height () - 2, 1));

  if (*shown > 0)
    printf ("\033[%uA\r", *shown);
  print_fitting (ctl_color ("1"), name, ctl_color ("0"), width - 1);
  for (guint i = 0; i < n; i++)
    print_fitting ("  ", lines->pdata[i], "", width - 3);
  printf ("\033[J");
  *shown = n + 1;
}

static void
print_change (GPtrArray *lines)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  g_autofree char *time = g_date_time_format (now, "%H:%M:%S");

  printf ("%s ", time);
  for (guint i = 0; i < lines->len; i++)
    printf (" %s%s", (char *) lines->pdata[i], i + 1 < lines->len ? ";" : "");
  printf ("\n");
}

static gboolean
differs (GPtrArray *lines, GPtrArray *before)
{
  if (before == NULL || lines->len != before->len)
    return TRUE;

  for (guint i = 0; i < lines->len; i++)
    if (!g_str_equal (lines->pdata[i], before->pdata[i]))
      return TRUE;

  return FALSE;
}

static int
watch (const char *name, IpcSemaphore *set)
{
  const gboolean live = ctl_terminal_obeys (STDOUT_FILENO);
  g_autofree char *title = ctl_text_safe (name);
  g_autoptr (GPtrArray) before = NULL;
  g_autoptr (GError) error = NULL;
  guint shown = 0;
  int seen = 0;

  while (ctl_signal_caught () == 0)
    {
      g_autoptr (GPtrArray) lines = g_ptr_array_new_with_free_func (g_free);

      if (!look (name, set, lines, &error))
        return ctl_fail (error);

      if (differs (lines, before))
        {
          if (live)
            redraw (title, lines, &shown);
          else
            print_change (lines);
          if (fflush (stdout) != 0 || (changes > 0 && ++seen > changes))
            return CTL_DONE;
        }
      g_clear_pointer (&before, g_ptr_array_unref);
      before = g_steal_pointer (&lines);
      ctl_sleep ((int) CLAMP (interval * 1000, 1, 3600 * 1000));
    }

  return ctl_signal_end ();
}

/* -- The verb -- */

static int
run (int argc, char **argv)
{
  g_autoptr (GPtrArray) found = NULL;
  g_autoptr (IpcSemaphore) set = NULL;
  g_autoptr (GError) error = NULL;

  if (!ctl_parse (&ctl_watch, entries, &argc, &argv))
    return CTL_USAGE;
  if (argc != 2)
    return ctl_usage (&ctl_watch, _("one name is needed"));

  if (!(interval >= 0)) /* or no number at all */
    return ctl_usage (&ctl_watch, _("a number is too small"));

  found = ctl_find (argv[1], ctl_wanted_kind (), &error);
  if (found == NULL)
    return ctl_fail (error);

  if (ipc_info_get_kind (found->pdata[found->len - 1]) == IPC_KIND_SEMAPHORE)
    {
      set = ipc_semaphore_open (argv[1], IPC_SEMAPHORE_ANY_OWNER, &error);
      if (set == NULL)
        return ctl_fail (error);
    }

  ctl_signals_catch ();
  return watch (argv[1], set);
}

const CtlVerb ctl_watch = {
  "watch", N_("NAME"), N_("show how values, holders and waiters change"),
  N_("On a terminal the view is redrawn in place; otherwise each change is a line.  Of a "
     "semaphore and a segment with one name the semaphore is meant, unless --segment is given."),
  run
};
