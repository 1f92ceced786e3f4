/* semaphore-set-1.c: works on shared memory while others wait; semaphore-set-2.c is its peer
 *
 * A semaphore counts the jobs that are not done yet.  Start this one, then semaphore-set-2 in
 * another terminal: it waits until the count is zero.  "ipcs -s" shows the set meanwhile.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <ipc/ipc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SIZE 4096
#define N_JOBS 3

static gboolean
do_job (IpcSegment *segment, int job, GError **error)
{
  g_autofree char *line = g_strdup_printf ("job %d of %d is done\n", job, N_JOBS);

  /* All lines are equally long, so each has its place. */
  return ipc_segment_write (segment, ((gsize) job - 1) * strlen (line), line, strlen (line), error);
}

static gboolean
do_jobs (IpcSegment *segment, IpcSemaphore *todo, GError **error)
{
  for (int job = 1; job <= N_JOBS; job++)
    {
      if (!do_job (segment, job, error))
        return FALSE;
      /* Down by one.  There is a unit, so this never has to wait. */
      if (!ipc_semaphore_wait (todo, -1, NULL, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
work (const char *name, IpcSegment *segment, IpcSemaphore *todo, GError **error)
{
  const IpcSemaphoreOp add_the_others = { .index = 0, .delta = N_JOBS - 1 };

  if (!ipc_semaphore_operate (todo, &add_the_others, 1, -1, NULL, error))
    return FALSE;
  g_print ("%d jobs in %s.  Enter does them.\n", N_JOBS, name);
  getchar ();
  if (!do_jobs (segment, todo, error))
    return FALSE;

  /* Nothing is removed here: the peer that waits is the last to need it. */
  g_print ("All done.\n");
  return TRUE;
}

static gboolean
run (const char *name, GError **error)
{
  /* A segment and a set may have the same name: they are two objects. */
  g_autoptr (IpcSegment) segment = ipc_segment_create (name, SIZE, IPC_SEGMENT_FLAGS_NONE, error);
  if (segment == NULL)
    return FALSE;

  /* The set starts at 1 and not at 0: a peer that comes early must not find "all done". */
  g_autoptr (IpcSemaphore) todo = ipc_semaphore_create (name, 1, IPC_SEMAPHORE_FLAGS_NONE, error);
  if (todo != NULL && work (name, segment, todo, error))
    return TRUE;

  /* It went wrong: take back what was made. */
  ipc_segment_unlink (segment, NULL);
  if (todo != NULL)
    ipc_semaphore_unlink (todo, NULL);
  return FALSE;
}

int
main (int argc, char **argv)
{
  const char *name = argc > 1 ? argv[1] : "sysv:0x12334";
  g_autoptr (GError) error = NULL;

  if (run (name, &error))
    return EXIT_SUCCESS;
  g_printerr ("%s\n", error->message);
  return EXIT_FAILURE;
}
