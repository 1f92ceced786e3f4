/* segment-writer.c: shares a text with other processes; segment-reader.c is its peer
 *
 * Start this one, then segment-reader in another terminal.  "ipcs -m" shows the segment meanwhile.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <ipc/ipc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SIZE 1024

static gboolean
share (const char *name, const char *text, GError **error)
{
  /* Create means: a new one.  If the name is taken this fails, and nobody's memory is spoilt. */
  g_autoptr (IpcSegment) segment = ipc_segment_create (name, SIZE, IPC_SEGMENT_FLAGS_NONE, error);
  if (segment == NULL)
    return FALSE;

  /* The memory is all zeros, so the text ends where the zeros begin.  A text that is too long is
   * an error, too: nothing is ever written beyond the end. */
  if (!ipc_segment_write (segment, 0, text, strlen (text) + 1, error))
    {
      ipc_segment_unlink (segment, NULL);
      return FALSE;
    }
  g_print ("Wrote %" G_GSIZE_FORMAT " bytes to %s.  Enter removes it.\n", strlen (text) + 1, name);
  getchar ();

  /* The memory would outlive this process.  Who made it removes it; readers that have it open
   * keep it until they let go. */
  return ipc_segment_unlink (segment, error);
}

int
main (int argc, char **argv)
{
  const char *name = argc > 1 ? argv[1] : "sysv:0x1";
  const char *text = argc > 2 ? argv[2] : "Hello from another process";
  g_autoptr (GError) error = NULL;

  if (share (name, text, &error))
    return EXIT_SUCCESS;
  g_printerr ("%s\n", error->message);
  return EXIT_FAILURE;
}
