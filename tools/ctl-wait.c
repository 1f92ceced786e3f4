/* ctl-wait.c: ipcctl wait: take a unit, and hold it while a command runs
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ctl.h"

static int count = 1, which;
static double timeout = -1;
static gboolean no_undo, zero, any_owner;

static const GOptionEntry entries[] = {
  { "timeout", 't', 0, G_OPTION_ARG_DOUBLE, &timeout,
    N_("give up after so long, with exit status 3; 0 only tries"), N_("SECONDS") },
  { "count", 'c', 0, G_OPTION_ARG_INT, &count, N_("so many units, 1 unless given"), N_("UNITS") },
  { "index", 'i', 0, G_OPTION_ARG_INT, &which, N_("which semaphore of the set, from 0"),
    N_("INDEX") },
  { "zero", 'z', 0, G_OPTION_ARG_NONE, &zero, N_("wait until the value is zero, and take nothing"),
    NULL },
  { "no-undo", 0, 0, G_OPTION_ARG_NONE, &no_undo,
    N_("for posix: the unit is lost if ipcctl is killed"), NULL },
  { "any-owner", 0, 0, G_OPTION_ARG_NONE, &any_owner,
    N_("also one of another user, or that others may write to"), NULL },
  { 0 }
};

/* -- The unit -- */

/* The command ends first.  A semaphore that was removed meanwhile wants nothing back. */
static int
run_with (IpcSemaphore *semaphore, char **command)
{
  const IpcSemaphoreOp give = { (guint) which, count };
  const int status = ctl_run_command (command);
  g_autoptr (GError) error = NULL;

  if (zero || ipc_semaphore_operate (semaphore, &give, 1, 0, NULL, &error))
    return status;

  ctl_fail (error);
  return status != 0 ? status : CTL_FAILED;
}

static gint64
timeout_us (void)
{
  return timeout < 0 ? -1 : (gint64) MIN (timeout * G_USEC_PER_SEC, 9e18);
}

static int
wait_for (const char *name, char **command)
{
  const IpcSemaphoreOp take = { (guint) which, zero ? 0 : -count };
  g_autoptr (IpcSemaphore) semaphore = NULL;
  IpcSemaphoreFlags flags = IPC_SEMAPHORE_FLAGS_NONE;
  g_autoptr (GError) error = NULL;

  if (command != NULL && !no_undo && !zero)
    flags |= IPC_SEMAPHORE_UNDO;
  if (any_owner)
    flags |= IPC_SEMAPHORE_ANY_OWNER;

  semaphore = ipc_semaphore_open (name, flags, &error);
  if (semaphore == NULL || !ipc_semaphore_operate (semaphore, &take, 1, timeout_us (), NULL, &error))
    return ctl_fail (error);

  return command != NULL ? run_with (semaphore, command) : CTL_DONE;
}

/* What stands behind "--" is not for us.  NULL: there is no command. */
static char **
split_command (int *argc, char **argv)
{
  for (int i = 1; i < *argc; i++)
    if (g_str_equal (argv[i], "--"))
      {
        *argc = i;
        argv[i] = NULL;
        return argv + i + 1;
      }

  return NULL;
}

static int
run (int argc, char **argv)
{
  char **command = split_command (&argc, argv);

  if (!ctl_parse (&ctl_wait, entries, &argc, &argv))
    return CTL_USAGE;
  if (argc != 2)
    return ctl_usage (&ctl_wait, _("one name is needed; a command stands behind \"--\""));
  if (command != NULL && command[0] == NULL)
    return ctl_usage (&ctl_wait, _("there is no command behind \"--\""));
  if (count < 1 || which < 0)
    return ctl_usage (&ctl_wait, _("a number is too small"));

  return wait_for (argv[1], command);
}

const CtlVerb ctl_wait = {
  "wait", N_("NAME [-- COMMAND…]"), N_("take a unit, and hold it while COMMAND runs"),
  N_("Without COMMAND the unit stays taken.  With it, the unit comes back when the command ends "
     "or is killed; if ipcctl itself is killed the command is, too, and the unit comes back all "
     "the same.  The "
     "exit status is that of the command."),
  run
};
