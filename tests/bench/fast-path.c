/* fast-path.c: takes and gives a unit that nobody else wants, as often as its argument says
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <ipc/ipc.h>
#include <stdlib.h>
#include <unistd.h>

static gboolean
run (IpcSemaphore *turn, long n, GError **error)
{
  while (n-- > 0)
    if (!ipc_semaphore_wait (turn, -1, NULL, error) || !ipc_semaphore_post (turn, error))
      return FALSE;

  return TRUE;
}

int
main (int argc, char **argv)
{
  g_autofree char *name = g_strdup_printf ("native:fast-path-%d", (int) getpid ());
  g_autoptr (GError) error = NULL;
  g_autoptr (IpcSemaphore) turn = ipc_semaphore_create (name, 1, IPC_SEMAPHORE_FLAGS_NONE, &error);

  gboolean done = turn != NULL && run (turn, argc > 1 ? atol (argv[1]) : 1, &error);

  if (turn != NULL)
    ipc_semaphore_unlink (turn, NULL);
  if (!done)
    g_printerr ("%s\n", error->message);

  return done ? 0 : 1;
}
