/* counter.c: two processes share a number and take turns; each of them runs this program
 *
 * cc counter.c -o counter $(pkg-config --cflags --libs ipc)
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <ipc/ipc.h>

static gboolean
count_one_more (GError **error)
{
  g_autoptr (IpcSegment) segment = ipc_segment_open_or_create ("counter", sizeof (int),
                                                               IPC_SEGMENT_FLAGS_NONE, error);
  g_autoptr (IpcSemaphore) turn = segment == NULL ? NULL :
    ipc_semaphore_open_or_create ("counter", 1, IPC_SEMAPHORE_UNDO, error);
  int *counter;

  /* UNDO: if this process is killed before it gives the turn back, the next one gets it. */
  if (turn == NULL || !ipc_semaphore_wait (turn, 10 * G_USEC_PER_SEC, NULL, error))
    return FALSE;

  counter = ipc_segment_get_data (segment, NULL);
  g_print ("%d\n", ++*counter);

  return ipc_semaphore_post (turn, error);
}

int
main (void)
{
  g_autoptr (GError) error = NULL;

  if (count_one_more (&error))
    return 0;

  g_printerr ("%s\n", error->message);
  return 1;
}
