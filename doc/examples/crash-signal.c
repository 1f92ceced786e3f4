/* crash-signal.c: the second story of crash recovery: one process posts, another one waits
 *
 * Nobody holds anything, so nothing is to come back: what a process has posted stands when it
 * dies.  Such a semaphore needs no UNDO.  (With UNDO a native post stands as well; System V would
 * take it back.)
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <ipc/ipc.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define N_JOBS 3

/* In a process of its own: tells of three jobs and dies. */
static void
post_and_die (const char *name)
{
  g_autoptr (IpcSemaphore) ready = ipc_semaphore_open (name, IPC_SEMAPHORE_FLAGS_NONE, NULL);

  for (int job = 0; job < N_JOBS; job++)
    if (ready == NULL || !ipc_semaphore_post (ready, NULL))
      _exit (EXIT_FAILURE);
  raise (SIGKILL);
}

static gboolean
do_jobs (IpcSemaphore *ready, GError **error)
{
  for (int job = 1; job <= N_JOBS; job++)
    {
      if (!ipc_semaphore_wait (ready, 10 * G_USEC_PER_SEC, NULL, error))
        return FALSE;
      g_print ("job %d of %d, from a process that is dead\n", job, N_JOBS);
    }
  return TRUE;
}

int
main (int argc, char **argv)
{
  const char *name = argc > 1 ? argv[1] : "crash-signal";
  g_autoptr (GError) error = NULL;
  g_autoptr (IpcSemaphore) ready = ipc_semaphore_create (name, 0, IPC_SEMAPHORE_FLAGS_NONE, &error);
  int status = EXIT_FAILURE;
  pid_t child;

  if (ready != NULL)
    {
      child = fork ();
      if (child == 0)
        post_and_die (name);
      waitpid (child, NULL, 0);
      if (do_jobs (ready, &error))
        status = EXIT_SUCCESS;
      ipc_semaphore_unlink (ready, NULL);
    }
  if (error != NULL)
    g_printerr ("%s\n", error->message);
  return status;
}
