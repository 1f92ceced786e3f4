/* port-go-2-after.c: what port-go-2-before.go does
 *
 * Usage: port-go-2-after put /NAME TEXT
 *        port-go-2-after get /NAME
 *
 * The Go library makes a segment of POSIX and a set of System V of one name.  Two schemes say so
 * here; once all programs are ported, "box" alone is simpler: see box.c.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <ipc/ipc.h>
#include <stdlib.h>
#include <string.h>

#define SIZE 1024
#define PATIENCE (10 * G_USEC_PER_SEC)

typedef struct
{
  char *segment;   /* posix:/NAME */
  char *semaphore; /* sysv:/NAME, whose key is the hash of /NAME */
} Names;

static gboolean
put (const Names *names, const char *text, GError **error)
{
  g_autoptr (IpcSegment) box = ipc_segment_create (names->segment, SIZE, IPC_SEGMENT_FLAGS_NONE,
                                                   error);
  g_autoptr (IpcSemaphore) full = NULL;

  if (box == NULL)
    return FALSE;

  full = ipc_semaphore_create (names->semaphore, 0, IPC_SEMAPHORE_FLAGS_NONE, error);
  if (full != NULL && ipc_segment_write (box, 0, text, strlen (text) + 1, error)
      && ipc_semaphore_post (full, error))
    return TRUE;

  ipc_segment_unlink (box, NULL);
  if (full != NULL)
    ipc_semaphore_unlink (full, NULL);
  return FALSE;
}

static gboolean
get (const Names *names, GError **error)
{
  g_autoptr (IpcSemaphore) full = ipc_semaphore_open (names->semaphore, IPC_SEMAPHORE_FLAGS_NONE,
                                                      error);
  g_autoptr (IpcSegment) box = NULL;
  char text[SIZE] = "";

  if (full == NULL || !ipc_semaphore_wait (full, PATIENCE, NULL, error))
    return FALSE;

  box = ipc_segment_open (names->segment, IPC_SEGMENT_READ_ONLY, error);
  if (box == NULL || !ipc_segment_read (box, 0, text, sizeof text - 1, error))
    return FALSE;

  g_print ("%s\n", text);
  return ipc_segment_unlink (box, error) && ipc_semaphore_unlink (full, error);
}

int
main (int argc, char **argv)
{
  g_autofree char *segment = g_strconcat ("posix:", argc > 2 ? argv[2] : "", NULL);
  g_autofree char *semaphore = g_strconcat ("sysv:", argc > 2 ? argv[2] : "", NULL);
  const Names names = { segment, semaphore };
  g_autoptr (GError) error = NULL;

  if (argc == 4 && strcmp (argv[1], "put") == 0 && put (&names, argv[3], &error))
    return EXIT_SUCCESS;
  if (argc == 3 && strcmp (argv[1], "get") == 0 && get (&names, &error))
    return EXIT_SUCCESS;

  g_printerr ("%s\n", error != NULL ? error->message : "Usage: put /NAME TEXT | get /NAME");
  return EXIT_FAILURE;
}
