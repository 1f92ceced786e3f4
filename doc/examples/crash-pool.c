/* crash-pool.c: the first story of crash recovery: who takes a unit gives it back
 *
 * A pool of two resources.  A process takes one and is killed before it can give it back.  With
 * UNDO the unit returns by itself, and the next in line gets it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <ipc/ipc.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define POOL_SIZE 2

/* In a process of its own: takes a unit and dies with it, as after kill -9 or the OOM killer. */
static void
take_one_and_die (const char *name)
{
  g_autoptr (IpcSemaphore) pool = ipc_semaphore_open (name, IPC_SEMAPHORE_UNDO, NULL);

  if (pool != NULL && ipc_semaphore_wait (pool, -1, NULL, NULL))
    raise (SIGKILL);
  _exit (EXIT_FAILURE);
}

/* A wait that needs the whole pool, and so the unit of the dead, too. */
static gboolean
take_all (IpcSemaphore *pool, GError **error)
{
  const IpcSemaphoreOp all = { .index = 0, .delta = -POOL_SIZE };

  return ipc_semaphore_operate (pool, &all, 1, 10 * G_USEC_PER_SEC, NULL, error);
}

static gboolean
tell (IpcSemaphore *pool, GError **error)
{
  g_autoptr (IpcInfo) info = ipc_semaphore_get_info (pool, 0, error);

  if (info == NULL)
    return FALSE;

  /* System V gives units back as well, but does not tell: -1. */
  g_print ("got all %d units; came back from a process that died: %" G_GINT64_FORMAT "\n",
           POOL_SIZE, ipc_info_get_recovered_units (info));
  return TRUE;
}

int
main (int argc, char **argv)
{
  const char *name = argc > 1 ? argv[1] : "crash-pool";
  g_autoptr (GError) error = NULL;
  g_autoptr (IpcSemaphore) pool = ipc_semaphore_create (name, POOL_SIZE, IPC_SEMAPHORE_UNDO, &error);
  int status = EXIT_FAILURE;
  pid_t child;

  if (pool != NULL)
    {
      child = fork ();
      if (child == 0)
        take_one_and_die (name);
      waitpid (child, NULL, 0);
      if (take_all (pool, &error) && tell (pool, &error))
        status = EXIT_SUCCESS;
      ipc_semaphore_unlink (pool, NULL);
    }
  if (error != NULL)
    g_printerr ("%s\n", error->message);
  return status;
}
