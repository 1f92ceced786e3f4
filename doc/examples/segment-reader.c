/* segment-reader.c: reads what segment-writer.c shares
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <ipc/ipc.h>
#include <stdlib.h>

static gboolean
show (const char *name, GError **error)
{
  /* Read-only is enforced by the processor: a stray write would end this process, and not spoil
   * the data of the others. */
  g_autoptr (IpcSegment) segment = ipc_segment_open (name, IPC_SEGMENT_READ_ONLY, error);
  if (segment == NULL)
    return FALSE;

  /* The size is what the system says.  What a peer wrote is input: look for the end of the text
   * only inside the segment. */
  gsize size = ipc_segment_get_size (segment);
  g_autoptr (GBytes) bytes = ipc_segment_read_bytes (segment, 0, size, error);
  if (bytes == NULL)
    return FALSE;

  g_autofree char *text = g_strndup (g_bytes_get_data (bytes, NULL), size);
  g_print ("%s has %" G_GSIZE_FORMAT " bytes and says: %s\n", name, size, text);

  /* The memory stays for others; only this process lets go of it. */
  return ipc_segment_detach (segment, error);
}

int
main (int argc, char **argv)
{
  const char *name = argc > 1 ? argv[1] : "sysv:0x1";
  g_autoptr (GError) error = NULL;

  if (show (name, &error))
    return EXIT_SUCCESS;
  g_printerr ("%s\n", error->message);
  return EXIT_FAILURE;
}
