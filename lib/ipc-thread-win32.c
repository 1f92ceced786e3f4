/* ipc-thread-win32.c: threads that the library starts in a program that is not its own
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ipc-thread-private.h"

gboolean
ipc_thread_start (const char *name, GThreadFunc func, gpointer data, GError **error)
{
  GThread *thread = g_thread_try_new (name, func, data, error);

  if (thread == NULL)
    return FALSE;

  g_thread_unref (thread);
  return TRUE;
}

void
ipc_thread_at_fork (void (*before) (void) G_GNUC_UNUSED, void (*in_parent) (void) G_GNUC_UNUSED,
                    void (*in_child) (void) G_GNUC_UNUSED)
{
}
