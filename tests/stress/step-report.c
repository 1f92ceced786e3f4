/* step-report.c: how a program that kills its children says what went wrong, and cleans up
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "step-object.h"
#include "step-report.h"
#include "step-victim.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static char doing[256];

void
step_doing (const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_vsnprintf (doing, sizeof doing, format, args);
  va_end (args);
}

void
step_judge (char *fault)
{
  if (fault == NULL)
    return;

  g_print ("FAIL %s: %s\n", doing, fault);
  fflush (NULL);
  _exit (EXIT_FAILURE);
}

/* In a signal handler. */
static void
on_hung (void)
{
  static char before[] = "FAIL nothing moves any more: ", after[] = "\n";
  const struct iovec parts[] = {
    { before, sizeof before - 1 },
    { doing, strlen (doing) },
    { after, sizeof after - 1 },
  };

  _exit (writev (STDOUT_FILENO, parts, G_N_ELEMENTS (parts)) < 0 ? 2 : EXIT_FAILURE);
}

int
step_guarded (const char *program, void (*work) (gconstpointer data), gconstpointer data)
{
  int status = 0;
  pid_t pid;

  object_set_prefix (program);
  fflush (NULL);
  pid = fork ();
  g_assert_cmpint (pid, >=, 0);
  if (pid == 0)
    {
      prctl (PR_SET_PDEATHSIG, SIGKILL);
      victim_init (on_hung);
      work (data);
      exit (EXIT_SUCCESS);
    }

  while (waitpid (pid, &status, 0) != pid)
    continue;
  object_remove_names ();
  if (WIFEXITED (status))
    return WEXITSTATUS (status);

  g_print ("FAIL ended by signal %d\n", WTERMSIG (status));
  return EXIT_FAILURE;
}
