/* ipc-thread-posix.c: threads that the library starts in a program that is not its own
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ipc-thread-private.h"

#include <pthread.h>
#include <signal.h>

/* A new thread has the mask of who starts it.  Handlers must not run where the program does not
 * expect them, and a signal that the program's threads block must not end it through this one. */
gboolean
ipc_thread_start (const char *name, GThreadFunc func, gpointer data, GError **error)
{
  sigset_t all, before;
  GThread *thread;

  sigfillset (&all);
  pthread_sigmask (SIG_SETMASK, &all, &before);
  thread = g_thread_try_new (name, func, data, error);
  pthread_sigmask (SIG_SETMASK, &before, NULL);
  if (thread == NULL)
    return FALSE;

  g_thread_unref (thread);
  return TRUE;
}

void
ipc_thread_at_fork (void (*before) (void), void (*in_parent) (void), void (*in_child) (void))
{
  pthread_atfork (before, in_parent, in_child);
}
