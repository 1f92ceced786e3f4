/* ctl-post.c: ipcctl post: give units to a semaphore
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ctl.h"

static int count = 1, which;
static gboolean any_owner;

static const GOptionEntry entries[] = {
  { "count", 'c', 0, G_OPTION_ARG_INT, &count, N_("so many units, 1 unless given"), N_("UNITS") },
  { "index", 'i', 0, G_OPTION_ARG_INT, &which, N_("which semaphore of the set, from 0"),
    N_("INDEX") },
  { "any-owner", 0, 0, G_OPTION_ARG_NONE, &any_owner,
    N_("also one of another user, or that others may write to"), NULL },
  { 0 }
};

static int
run (int argc, char **argv)
{
  g_autoptr (IpcSemaphore) semaphore = NULL;
  g_autoptr (GError) error = NULL;
  IpcSemaphoreOp op;

  if (!ctl_parse (&ctl_post, entries, &argc, &argv))
    return CTL_USAGE;
  if (argc != 2)
    return ctl_usage (&ctl_post, _("one name is needed"));
  if (count < 1 || which < 0)
    return ctl_usage (&ctl_post, _("a number is too small"));

  op.index = (guint) which;
  op.delta = count;
  semaphore = ipc_semaphore_open (argv[1], any_owner ? IPC_SEMAPHORE_ANY_OWNER
                                                     : IPC_SEMAPHORE_FLAGS_NONE, &error);
  if (semaphore == NULL || !ipc_semaphore_operate (semaphore, &op, 1, 0, NULL, &error))
    return ctl_fail (error);

  return CTL_DONE;
}

const CtlVerb ctl_post = {
  "post", N_("NAME"), N_("give a unit to a semaphore"), NULL, run
};
