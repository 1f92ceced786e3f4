/* ctl-process-linux.c: a command that ends with this process, and what others are called
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ctl.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t child;

static void
pass_on (int number)
{
  kill (child, number);
}

/* The terminal sends its signals to the command as well; others are passed on. */
static void
leave_signals_to_child (void)
{
  signal (SIGINT, SIG_IGN);
  signal (SIGQUIT, SIG_IGN);
  signal (SIGTERM, pass_on);
  signal (SIGHUP, pass_on);
}

/* If ipcctl is killed its unit comes back, so that the command must not go on. */
static void
become (char **command, pid_t parent)
{
  int errsv;

  if (prctl (PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid () != parent)
    _exit (127);

  execvp (command[0], command);
  errsv = errno;
  ctl_warn ("%s: %s", command[0], g_strerror (errsv));
  _exit (errsv == ENOENT ? 127 : 126);
}

int
ctl_run_command (char **command)
{
  const pid_t parent = getpid ();
  int status = 0;

  fflush (NULL);
  child = fork ();
  if (child == 0)
    become (command, parent);
  if (child < 0)
    {
      ctl_warn ("fork: %s", g_strerror (errno));
      return CTL_FAILED;
    }

  leave_signals_to_child ();
  while (waitpid (child, &status, 0) < 0 && errno == EINTR)
    continue;

  return WIFSIGNALED (status) ? 128 + WTERMSIG (status) : WEXITSTATUS (status);
}

/* Who uses a native semaphore is told by the number that it has in its own PID namespace.  Here that
 * may be somebody else's, who then has not mapped the file. */
static gboolean
is_meant (IpcInfo *info, gint64 pid)
{
  g_autofree char *name = ipc_name_canonicalize (ipc_info_get_name (info), NULL);
  g_autofree char *path = g_strdup_printf ("/proc/%" G_GINT64_FORMAT "/maps", pid);
  g_autofree char *file = NULL;
  g_autofree char *maps = NULL;

  if (name == NULL || !g_str_has_prefix (name, "native:"))
    return TRUE;

  file = g_strconcat ("/ipc-sem.", name + strlen ("native:"), NULL);
  return g_file_get_contents (path, &maps, NULL, NULL) && strstr (maps, file) != NULL;
}

char *
ctl_text_command (IpcInfo *info, gint64 pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%" G_GINT64_FORMAT "/cmdline", pid);
  g_autofree char *command = NULL;
  gsize length = 0;

  if (!is_meant (info, pid) || !g_file_get_contents (path, &command, &length, NULL) || length == 0)
    return g_strdup ("?");

  for (gsize i = 0; i + 1 < length; i++)
    if (command[i] == '\0')
      command[i] = ' ';

  return ctl_text_safe (command);
}
