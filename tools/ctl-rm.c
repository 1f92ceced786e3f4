/* ctl-rm.c: ipcctl rm: remove objects by name
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ctl.h"

static gboolean force;

static const GOptionEntry entries[] = {
  { "force", 'f', 0, G_OPTION_ARG_NONE, &force, N_("what is not there is no error"), NULL },
  CTL_KIND_ENTRIES,
  { 0 }
};

/* Of two objects with one name none is removed by a guess. */
static IpcKind
kind_of (const char *name, GError **error)
{
  g_autoptr (GPtrArray) found = ctl_find (name, ctl_wanted_kind (), error);

  if (found == NULL)
    return IPC_KIND_NONE;
  if (found->len == 1)
    return ipc_info_get_kind (found->pdata[0]);

  g_set_error (error, IPC_ERROR, IPC_ERROR_FAILED,
               _("\"%s\": there is a semaphore and a segment of this name; say --semaphore or "
                 "--segment"),
               name);
  return IPC_KIND_NONE;
}

static int
remove_one (const char *name)
{
  g_autoptr (GError) error = NULL;
  const IpcKind kind = kind_of (name, &error);

  if ((kind == IPC_KIND_SEGMENT && ipc_segment_unlink_name (name, &error))
      || (kind == IPC_KIND_SEMAPHORE && ipc_semaphore_unlink_name (name, &error)))
    return CTL_DONE;
  if (force && g_error_matches (error, IPC_ERROR, IPC_ERROR_NOT_FOUND))
    return CTL_DONE;

  return ctl_fail (error);
}

static int
run (int argc, char **argv)
{
  int status = CTL_DONE;

  if (!ctl_parse (&ctl_rm, entries, &argc, &argv))
    return CTL_USAGE;
  if (argc < 2)
    return ctl_usage (&ctl_rm, _("a name is needed"));

  for (int i = 1; i < argc; i++)
    {
      const int one = remove_one (argv[i]);

      status = MAX (status, one);
    }

  return status;
}

const CtlVerb ctl_rm = {
  "rm", N_("NAME…"), N_("remove objects, whoever uses them"),
  N_("Processes that have a segment mapped keep it; who waits at a native or System V semaphore "
     "is told that it was removed."),
  run
};
