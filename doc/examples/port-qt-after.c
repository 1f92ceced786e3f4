/* port-qt-after.c: what port-qt-before.cpp does
 *
 * Usage: port-qt-after put NAME TEXT     until Enter is pressed
 *        port-qt-after get NAME
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <ipc/ipc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SIZE 1024
#define PATIENCE (10 * G_USEC_PER_SEC)

static gboolean
put (const char *name, const char *text, GError **error)
{
  g_autoptr (IpcSegment) memory = ipc_segment_create (name, SIZE, IPC_SEGMENT_FLAGS_NONE, error);
  g_autoptr (IpcSemaphore) turn = NULL;
  gboolean done = FALSE;

  if (memory == NULL)
    return FALSE;

  /* UNDO is what Qt always does: a turn of a process that dies is free again. */
  turn = ipc_semaphore_create (name, 1, IPC_SEMAPHORE_UNDO, error);
  if (turn != NULL && ipc_semaphore_wait (turn, PATIENCE, NULL, error))
    done = ipc_segment_write (memory, 0, text, strlen (text) + 1, error)
           && ipc_semaphore_post (turn, error);

  if (done)
    {
      g_print ("Wrote to %s.  Enter removes it.\n", name);
      getchar ();
    }

  /* Dropping an object removes nothing here; who made it says when it goes. */
  ipc_segment_unlink (memory, NULL);
  if (turn != NULL)
    ipc_semaphore_unlink (turn, NULL);
  return done;
}

static gboolean
get (const char *name, GError **error)
{
  g_autoptr (IpcSegment) memory = ipc_segment_open (name, IPC_SEGMENT_READ_ONLY, error);
  g_autoptr (IpcSemaphore) turn = NULL;
  char text[SIZE] = "";

  if (memory == NULL)
    return FALSE;

  turn = ipc_semaphore_open (name, IPC_SEMAPHORE_UNDO, error);
  if (turn == NULL || !ipc_semaphore_wait (turn, PATIENCE, NULL, error)
      || !ipc_segment_read (memory, 0, text, sizeof text - 1, error))
    return FALSE;

  g_print ("%s\n", text);
  return ipc_semaphore_post (turn, error);
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;

  if (argc == 4 && strcmp (argv[1], "put") == 0 && put (argv[2], argv[3], &error))
    return EXIT_SUCCESS;
  if (argc == 3 && strcmp (argv[1], "get") == 0 && get (argv[2], &error))
    return EXIT_SUCCESS;

  g_printerr ("%s\n", error != NULL ? error->message : "Usage: put NAME TEXT | get NAME");
  return EXIT_FAILURE;
}
