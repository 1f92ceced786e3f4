/* box.c: one process puts a text into shared memory, another one takes it out
 *
 * Usage: box put NAME TEXT
 *        box get NAME
 *
 * The name alone says which programs of others it meets: sysv:0x1234, posix:/box, or just box.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <ipc/ipc.h>
#include <stdlib.h>
#include <string.h>

#define SIZE 1024
#define PATIENCE (10 * G_USEC_PER_SEC)

static gboolean
put (const char *name, const char *text, GError **error)
{
  g_autoptr (IpcSegment) box = ipc_segment_create (name, SIZE, IPC_SEGMENT_FLAGS_NONE, error);
  g_autoptr (IpcSemaphore) full = NULL;

  if (box == NULL)
    return FALSE;

  full = ipc_semaphore_create (name, 0, IPC_SEMAPHORE_FLAGS_NONE, error);
  if (full != NULL && ipc_segment_write (box, 0, text, strlen (text) + 1, error)
      && ipc_semaphore_post (full, error))
    return TRUE;

  /* It went wrong: take back what was made. */
  ipc_segment_unlink (box, NULL);
  if (full != NULL)
    ipc_semaphore_unlink (full, NULL);
  return FALSE;
}

static gboolean
get (const char *name, GError **error)
{
  g_autoptr (IpcSemaphore) full = ipc_semaphore_open (name, IPC_SEMAPHORE_FLAGS_NONE, error);
  g_autoptr (IpcSegment) box = NULL;
  char text[SIZE] = "";

  if (full == NULL || !ipc_semaphore_wait (full, PATIENCE, NULL, error))
    return FALSE;

  box = ipc_segment_open (name, IPC_SEGMENT_READ_ONLY, error);
  if (box == NULL || !ipc_segment_read (box, 0, text, sizeof text - 1, error))
    return FALSE;

  g_print ("%s\n", text);
  return ipc_segment_unlink (box, error) && ipc_semaphore_unlink (full, error);
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;

  if (argc == 4 && strcmp (argv[1], "put") == 0 && put (argv[2], argv[3], &error))
    return EXIT_SUCCESS;
  if (argc == 3 && strcmp (argv[1], "get") == 0 && get (argv[2], &error))
    return EXIT_SUCCESS;

  g_printerr ("%s\n", error != NULL ? error->message : "Usage: box put NAME TEXT | get NAME");
  return EXIT_FAILURE;
}
