/* port-go-1-after.c: what port-go-1-before.go does
 *
 * Usage: port-go-1-after work TEXT [SEGMENT SEMAPHORE]
 *        port-go-1-after wait [SEGMENT SEMAPHORE]
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
work (const char *text, char **names, GError **error)
{
  /* Made with 1, so nobody can come between making it and Add(0). */
  g_autoptr (IpcSemaphore) busy = ipc_semaphore_create (names[1], 1, IPC_SEMAPHORE_FLAGS_NONE, error);
  g_autoptr (IpcSegment) segment = NULL;
  gboolean done = FALSE;

  if (busy == NULL)
    return FALSE;

  segment = ipc_segment_create (names[0], SIZE, IPC_SEGMENT_FLAGS_NONE, error);
  if (segment != NULL && ipc_segment_write (segment, 0, text, strlen (text) + 1, error))
    {
      g_print ("Enter finishes the work.\n");
      getchar ();
      done = ipc_semaphore_wait (busy, 0, NULL, error); /* Done(0): takes the unit, never waits */
    }

  /* The peer that waits removes both; if it went wrong, nobody else would. */
  if (!done)
    {
      ipc_semaphore_unlink (busy, NULL);
      if (segment != NULL)
        ipc_segment_unlink (segment, NULL);
    }
  return done;
}

static gboolean
wait_for_it (char **names, GError **error)
{
  g_autoptr (IpcSemaphore) busy = ipc_semaphore_open (names[1], IPC_SEMAPHORE_FLAGS_NONE, error);
  g_autoptr (IpcSegment) segment = NULL;
  char text[SIZE] = "";

  if (busy == NULL || !ipc_semaphore_wait_zero (busy, PATIENCE, NULL, error))
    return FALSE;

  segment = ipc_segment_open (names[0], IPC_SEGMENT_READ_ONLY, error);
  if (segment == NULL || !ipc_segment_read (segment, 0, text, sizeof text - 1, error))
    return FALSE;

  g_print ("%s\n", text);
  return ipc_segment_unlink (segment, error) && ipc_semaphore_unlink (busy, error);
}

int
main (int argc, char **argv)
{
  static char *usual[] = { (char *) "sysv:0x1", (char *) "sysv:0x12334" };
  gboolean works = argc > 2 && strcmp (argv[1], "work") == 0;
  int given = works ? 3 : 2;
  char **names = argc == given + 2 ? argv + given : usual;
  g_autoptr (GError) error = NULL;

  if (works && work (argv[2], names, &error))
    return EXIT_SUCCESS;
  if (!works && argc > 1 && strcmp (argv[1], "wait") == 0 && wait_for_it (names, &error))
    return EXIT_SUCCESS;

  g_printerr ("%s\n", error != NULL ? error->message : "Usage: port-go-1-after work TEXT | wait");
  return EXIT_FAILURE;
}
