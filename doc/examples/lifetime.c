/* lifetime.c: a name and the object behind it are two things
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <ipc/ipc.h>
#include <stdlib.h>

static void
tell (const char *what, IpcSegment *segment)
{
  g_print ("%s: %s\n", what,
           ipc_segment_is_current (segment) ? "whoever opens the name gets this one"
                                            : "the name means another one, or none");
}

static gboolean
run (const char *name, GError **error)
{
  g_autoptr (IpcSegment) first = ipc_segment_create (name, 4096, IPC_SEGMENT_FLAGS_NONE, error);
  if (first == NULL)
    return FALSE;
  tell ("made", first);

  /* A fresh object takes the name; who has the old one open keeps it. */
  g_autoptr (IpcSegment) second = ipc_segment_new_full (name, IPC_OPEN_REPLACE, 8192, 0600,
                                                        IPC_SEGMENT_FLAGS_NONE, NULL, error);
  if (second == NULL)
    return FALSE;
  tell ("replaced, the old one", first);
  tell ("replaced, the new one", second);

  /* Removes the name if it still means this object: here it does not, and nothing happens. */
  if (!ipc_segment_unlink (first, error))
    return FALSE;
  tell ("the old one unlinked, the new one", second);

  /* Dropping the last reference would not remove it. */
  if (!ipc_segment_unlink (second, error))
    return FALSE;
  tell ("the new one unlinked, the new one", second);
  return ipc_segment_write (second, 0, "still here", 11, error);
}

int
main (int argc, char **argv)
{
  const char *name = argc > 1 ? argv[1] : "lifetime";
  g_autoptr (GError) error = NULL;

  if (run (name, &error))
    return EXIT_SUCCESS;

  ipc_segment_unlink_name (name, NULL);
  g_printerr ("%s\n", error->message);
  return EXIT_FAILURE;
}
