/* semaphore-set-2.c: waits until semaphore-set-1.c has done all its jobs
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <ipc/ipc.h>
#include <stdlib.h>

#define PATIENCE (10 * 60 * G_USEC_PER_SEC)

static gboolean
show (IpcSegment *segment, GError **error)
{
  gsize size = ipc_segment_get_size (segment);
  g_autoptr (GBytes) bytes = ipc_segment_read_bytes (segment, 0, size, error);
  if (bytes == NULL)
    return FALSE;

  g_autofree char *text = g_strndup (g_bytes_get_data (bytes, NULL), size);
  g_print ("Zero.  The segment says:\n%s", text);
  return TRUE;
}

/* The last to need the two objects removes them; closing alone would leave them.  On Windows a name
 * cannot go while somebody has the object open, and goes with the last who has. */
static gboolean
remove_both (IpcSegment *segment, IpcSemaphore *todo, GError **error)
{
  if (!ipc_segment_unlink (segment, error)
      && !(error != NULL && g_error_matches (*error, IPC_ERROR, IPC_ERROR_NOT_SUPPORTED)))
    return FALSE;

  g_clear_error (error);
  return ipc_semaphore_unlink (todo, error);
}

static gboolean
run (const char *name, GError **error)
{
  guint n_jobs;

  g_autoptr (IpcSemaphore) todo = ipc_semaphore_open (name, IPC_SEMAPHORE_FLAGS_NONE, error);
  if (todo == NULL || !ipc_semaphore_get_value (todo, 0, &n_jobs, error))
    return FALSE;
  g_autoptr (IpcSegment) segment = ipc_segment_open (name, IPC_SEGMENT_READ_ONLY, error);
  if (segment == NULL)
    return FALSE;

  g_print ("%u jobs are not done; waiting for zero.\n", n_jobs);
  return ipc_semaphore_wait_zero (todo, PATIENCE, NULL, error) && show (segment, error)
         && remove_both (segment, todo, error);
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
