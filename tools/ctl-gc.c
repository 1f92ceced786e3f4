/* ctl-gc.c: ipcctl gc: remove what certainly no process uses
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ctl.h"

#include <string.h>
#include <unistd.h>

static gboolean dry_run, yes;

static const GOptionEntry entries[] = {
  { "dry-run", 'n', 0, G_OPTION_ARG_NONE, &dry_run, N_("only tell what would go"), NULL },
  { "yes", 'y', 0, G_OPTION_ARG_NONE, &yes, N_("do not ask"), NULL },
  CTL_FILTER_ENTRIES,
  { 0 }
};

static char *
describe (IpcInfo *info)
{
  g_autofree char *name = ctl_text_safe (ipc_info_get_name (info));
  g_autofree char *owner = ctl_text_owner (ipc_info_get_uid (info));
  g_autofree char *age = ctl_text_age (ipc_info_get_change_time (info));

  /* Translators: name, kind, owner, age */
  return g_strdup_printf (_("%s (%s of %s, %s old)"), name,
                          ctl_text_kind (ipc_info_get_kind (info)), owner, age);
}

static gboolean
is_yes (const char *answer)
{
  /* Translators: the letters that mean yes */
  return answer[0] != '\0' && answer[0] != '\n' && strchr (_("yY"), answer[0]) != NULL;
}

/* Nothing goes without a yes; an end of the input is none. */
static gboolean
agreed (guint n)
{
  char answer[64] = "";

  printf (g_dngettext (GETTEXT_PACKAGE, "Remove this %u object? [y/N] ",
                       "Remove these %u objects? [y/N] ", n),
          n);
  fflush (stdout);
  if (fgets (answer, sizeof answer, stdin) == NULL)
    printf ("\n");

  return is_yes (answer);
}

/* It may have come into use since it was listed: then it stays, and that is no failure. */
static int
collect (IpcInfo *info, guint *removed)
{
  g_autofree char *text = describe (info);
  g_autofree char *reason = NULL;
  g_autoptr (GError) error = NULL;

  if (ipc_info_remove_unused (info, &error))
    {
      printf (_("removed %s\n"), text);
      *removed += 1;
      return CTL_DONE;
    }

  if (!g_error_matches (error, IPC_ERROR, IPC_ERROR_IN_USE)
      && !g_error_matches (error, IPC_ERROR, IPC_ERROR_REMOVED))
    return ctl_fail (error);

  reason = ctl_text_safe (error->message);
  printf (_("left %s: %s\n"), text, reason);
  return CTL_DONE;
}

static int
collect_all (GPtrArray *infos)
{
  int status = CTL_DONE;
  guint removed = 0;

  for (guint i = 0; i < infos->len && ctl_signal_caught () == 0; i++)
    {
      const int one = collect (infos->pdata[i], &removed);

      status = MAX (status, one);
    }

  printf (g_dngettext (GETTEXT_PACKAGE, "%u object removed\n", "%u objects removed\n", removed),
          removed);
  return ctl_signal_caught () != 0 ? ctl_signal_end () : status;
}

static int
gc (const CtlFilter *filter)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) infos = ctl_list_objects (filter, &error);

  if (infos == NULL)
    return ctl_fail (error);
  if (infos->len == 0)
    {
      printf (_("nothing to remove\n"));
      return CTL_DONE;
    }

  for (guint i = 0; i < infos->len && (dry_run || !yes); i++)
    {
      g_autofree char *text = describe (infos->pdata[i]);

      printf (dry_run ? _("would remove %s\n") : _("not in use: %s\n"), text);
    }
  if (dry_run)
    return CTL_DONE;
  if (!yes && !agreed (infos->len))
    {
      printf (_("nothing was removed\n"));
      return CTL_FAILED;
    }

  ctl_signals_catch ();
  return collect_all (infos);
}

static int
run (int argc, char **argv)
{
  CtlFilter filter;

  if (!ctl_parse (&ctl_gc, entries, &argc, &argv)
      || !ctl_wanted_filter (&ctl_gc, argv + 1, &filter))
    return CTL_USAGE;
  if (!dry_run && !yes && !ctl_is_terminal (STDIN_FILENO))
    return ctl_usage (&ctl_gc, _("there is no terminal to ask on; say --yes or --dry-run"));

  filter.stale = TRUE;
  return gc (&filter);
}

const CtlVerb ctl_gc = {
  "gc", N_("[PATTERN…]"), N_("remove what certainly no process uses"),
  N_("PATTERN is a name or has wildcards: 'native:*'.  Only objects that are listed as stale go, "
     "and only if they still are; a process that is just opening one with libipc keeps it.  Objects "
     "that are meant to outlive their users are stale as well: look at --dry-run first."),
  run
};
