/* ipc-peer.c: drives the library from scripts that meet foreign programs
 *
 * Usage: ipc-peer VERB NAME [ARGUMENT...].  The foreign peers raw-sysv, raw-posix and boost-peer
 * know the same verbs.  Exit status: 0 done, 1 failed, 2 usage, 3 timed out.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <ipc/ipc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef G_OS_WIN32
#include <fcntl.h>
#include <io.h>
#endif

#define STATUS_USAGE 2
#define STATUS_TIMED_OUT 3
#define MAX_SET 16

typedef gboolean (*Verb) (const char *name, char **arguments, GError **error);

/* On Windows an object goes with the last process that has it: until standard input ends. */
static void
hold (void)
{
#ifdef G_OS_WIN32
  printf ("held\n");
  fflush (stdout);
  while (getchar () != EOF)
    ;
#endif
}

/* Bytes are bytes. */
static void
use_binary_streams (void)
{
#ifdef G_OS_WIN32
  _setmode (_fileno (stdin), _O_BINARY);
  _setmode (_fileno (stdout), _O_BINARY);
#endif
}

static IpcSegment *
open_segment (const char *name, GError **error)
{
  return ipc_segment_open (name, IPC_SEGMENT_FLAGS_NONE, error);
}

static IpcSemaphore *
open_semaphore (const char *name, GError **error)
{
  return ipc_semaphore_open (name, IPC_SEMAPHORE_FLAGS_NONE, error);
}

static guint
number (const char *text)
{
  return (guint) strtoul (text, NULL, 0);
}

static gboolean
segment_create (const char *name, char **arguments, GError **error)
{
  g_autoptr (IpcSegment) segment = ipc_segment_create (name, number (arguments[0]),
                                                       IPC_SEGMENT_FLAGS_NONE, error);

  if (segment != NULL)
    hold ();
  return segment != NULL;
}

static gboolean
segment_size (const char *name, char **arguments, GError **error)
{
  g_autoptr (IpcSegment) segment = open_segment (name, error);

  if (segment == NULL)
    return FALSE;
  printf ("%" G_GSIZE_FORMAT "\n", ipc_segment_get_size (segment));
  return TRUE;
}

static gboolean
segment_id (const char *name, char **arguments, GError **error)
{
  g_autoptr (IpcSegment) segment = open_segment (name, error);
  int id = -1;

  if (segment == NULL)
    return FALSE;
  ipc_segment_get_id (segment, &id);
  printf ("%d\n", id);
  return TRUE;
}

static gboolean
segment_read (const char *name, char **arguments, GError **error)
{
  g_autoptr (IpcSegment) segment = ipc_segment_open (name, IPC_SEGMENT_READ_ONLY, error);
  g_autoptr (GBytes) bytes = NULL;

  if (segment == NULL)
    return FALSE;
  bytes = ipc_segment_read_bytes (segment, number (arguments[0]), number (arguments[1]), error);
  if (bytes == NULL)
    return FALSE;
  fwrite (g_bytes_get_data (bytes, NULL), 1, g_bytes_get_size (bytes), stdout);
  return TRUE;
}

static gboolean
segment_write (const char *name, char **arguments, GError **error)
{
  g_autoptr (IpcSegment) segment = open_segment (name, error);
  char buffer[4096];

  if (segment == NULL)
    return FALSE;
  return ipc_segment_write (segment, number (arguments[0]), buffer,
                            fread (buffer, 1, sizeof buffer, stdin), error);
}

static gboolean
segment_unlink (const char *name, char **arguments, GError **error)
{
  return ipc_segment_unlink_name (name, error);
}

static gboolean
semaphore_create (const char *name, char **arguments, GError **error)
{
  g_autoptr (IpcSemaphore) semaphore = NULL;
  guint values[MAX_SET];
  guint n = 0;

  for (; n < MAX_SET && arguments[n] != NULL; n++)
    values[n] = number (arguments[n]);
  semaphore = ipc_semaphore_new_full (name, IPC_OPEN_CREATE, values, n, 0600,
                                      IPC_SEMAPHORE_FLAGS_NONE, NULL, error);
  if (semaphore != NULL)
    hold ();
  return semaphore != NULL;
}

static gboolean
semaphore_id (const char *name, char **arguments, GError **error)
{
  g_autoptr (IpcSemaphore) semaphore = open_semaphore (name, error);
  int id = -1;

  if (semaphore == NULL)
    return FALSE;
  ipc_semaphore_get_id (semaphore, &id);
  printf ("%d\n", id);
  return TRUE;
}

/* All values of a set, in one line. */
static gboolean
semaphore_value (const char *name, char **arguments, GError **error)
{
  g_autoptr (IpcSemaphore) semaphore = open_semaphore (name, error);
  guint value;

  if (semaphore == NULL)
    return FALSE;
  for (guint i = 0; i < ipc_semaphore_get_size (semaphore); i++)
    {
      if (!ipc_semaphore_get_value (semaphore, i, &value, error))
        return FALSE;
      printf ("%s%u", i > 0 ? " " : "", value);
    }
  printf ("\n");
  return TRUE;
}

static gboolean
semaphore_set (const char *name, char **arguments, GError **error)
{
  g_autoptr (IpcSemaphore) semaphore = open_semaphore (name, error);

  return semaphore != NULL
         && ipc_semaphore_set_value (semaphore, number (arguments[0]), number (arguments[1]), error);
}

static gboolean
semaphore_post (const char *name, char **arguments, GError **error)
{
  g_autoptr (IpcSemaphore) semaphore = open_semaphore (name, error);

  return semaphore != NULL && ipc_semaphore_post (semaphore, error);
}

static gboolean
semaphore_wait (const char *name, char **arguments, GError **error)
{
  g_autoptr (IpcSemaphore) semaphore = open_semaphore (name, error);

  return semaphore != NULL
         && ipc_semaphore_wait (semaphore, strtoll (arguments[0], NULL, 10), NULL, error);
}

static gboolean
semaphore_wait_zero (const char *name, char **arguments, GError **error)
{
  g_autoptr (IpcSemaphore) semaphore = open_semaphore (name, error);

  return semaphore != NULL
         && ipc_semaphore_wait_zero (semaphore, strtoll (arguments[0], NULL, 10), NULL, error);
}

/* Holds so many units of each, under UNDO, until it is killed. */
static gboolean
semaphore_hold (const char *name, char **arguments, GError **error)
{
  g_autoptr (IpcSemaphore) semaphore = ipc_semaphore_open (name, IPC_SEMAPHORE_UNDO, error);
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  IpcSemaphoreOp ops[MAX_SET];
  guint n = 0;

  for (; n < MAX_SET && arguments[n] != NULL; n++)
    ops[n] = (IpcSemaphoreOp) { .index = n, .delta = -(gint) number (arguments[n]) };
  if (semaphore == NULL || !ipc_semaphore_operate (semaphore, ops, n, 0, NULL, error))
    return FALSE;
  printf ("held\n");
  fflush (stdout);
  g_main_loop_run (loop);
  return TRUE;
}

static gboolean
semaphore_unlink (const char *name, char **arguments, GError **error)
{
  return ipc_semaphore_unlink_name (name, error);
}

static const struct
{
  const char *word;
  int         n_arguments; /* at least */
  Verb        verb;
  const char *usage;
} verbs[] = {
  { "segment-create", 1, segment_create, "SIZE" },
  { "segment-size", 0, segment_size, "" },
  { "segment-id", 0, segment_id, "" },
  { "segment-read", 2, segment_read, "OFFSET LENGTH, to standard output" },
  { "segment-write", 1, segment_write, "OFFSET, from standard input" },
  { "segment-unlink", 0, segment_unlink, "" },
  { "semaphore-create", 1, semaphore_create, "VALUE..." },
  { "semaphore-id", 0, semaphore_id, "" },
  { "semaphore-value", 0, semaphore_value, "" },
  { "semaphore-set", 2, semaphore_set, "INDEX VALUE" },
  { "semaphore-post", 0, semaphore_post, "" },
  { "semaphore-wait", 1, semaphore_wait, "MICROSECONDS, negative: for ever" },
  { "semaphore-wait-zero", 1, semaphore_wait_zero, "MICROSECONDS, negative: for ever" },
  { "semaphore-hold", 1, semaphore_hold, "UNITS..., until it is killed" },
  { "semaphore-unlink", 0, semaphore_unlink, "" },
};

static int
run (Verb verb, const char *name, char **arguments)
{
  g_autoptr (GError) error = NULL;

  if (verb (name, arguments, &error))
    return EXIT_SUCCESS;
  fprintf (stderr, "%s\n", error->message);
  return g_error_matches (error, IPC_ERROR, IPC_ERROR_TIMED_OUT) ? STATUS_TIMED_OUT : EXIT_FAILURE;
}

int
main (int argc, char **argv)
{
  use_binary_streams ();
  for (gsize i = 0; argc >= 3 && i < G_N_ELEMENTS (verbs); i++)
    if (strcmp (argv[1], verbs[i].word) == 0 && argc >= 3 + verbs[i].n_arguments)
      return run (verbs[i].verb, argv[2], argv + 3);

  fprintf (stderr, "Usage: ipc-peer VERB NAME [ARGUMENT...]\n");
  for (gsize i = 0; i < G_N_ELEMENTS (verbs); i++)
    fprintf (stderr, "  %-20s %s\n", verbs[i].word, verbs[i].usage);
  return STATUS_USAGE;
}
