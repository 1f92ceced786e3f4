/* ipc-segment-lock.c: resizing and detaching: one at a time, and none while the process forks
 *
 * A child has none of its parent's other threads: the lock of a segment that one of these was just
 * changing would never be given back.  So fork() waits until no segment is being changed.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ipc-segment-private.h"
#include "ipc-thread-private.h"

/* Neither owned by a thread nor made by the heap, so that a child can let it go as its parent does. */
static GMutex mutex;
static GCond changed;
static guint n_changing;
static gboolean is_forking;

/* Who comes from now on waits, so that those who are inside come to an end. */
static void
before_fork (void)
{
  g_mutex_lock (&mutex);
  is_forking = TRUE;
  while (n_changing > 0)
    g_cond_wait (&changed, &mutex);
}

static void
after_fork (void)
{
  is_forking = FALSE;
  g_cond_broadcast (&changed);
  g_mutex_unlock (&mutex);
}

void
ipc_segment_lock_prepare (void)
{
  ipc_thread_at_fork (before_fork, after_fork, after_fork);
}

void
ipc_segment_lock (IpcSegment *self)
{
  g_mutex_lock (&mutex);
  while (is_forking)
    g_cond_wait (&changed, &mutex);
  n_changing++;
  g_mutex_unlock (&mutex);

  g_mutex_lock (&self->lock);
}

void
ipc_segment_unlock (IpcSegment *self)
{
  g_mutex_unlock (&self->lock);

  g_mutex_lock (&mutex);
  if (--n_changing == 0)
    g_cond_broadcast (&changed);
  g_mutex_unlock (&mutex);
}
