/* ipc-check-async.h: waits in a main loop, and what came of them
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "ipc-check-semaphore.h"

/* One wait.  Zeroed before it begins. */
typedef struct
{
  guint    n_calls; /* of the callback: 1 once it is over */
  guint    turn;    /* which one of this process it was to end, from 1 */
  gboolean done;
  GError  *error;
  GThread *thread; /* in which the callback ran */
  gint64   ended;  /* monotonic microseconds */
} IpcCheckAsync;

void ipc_check_async_wait (IpcCheckAsync *self, IpcSemaphore *sem, gint64 timeout_us,
                           GCancellable *cancellable);
void ipc_check_async_operate (IpcCheckAsync *self, IpcSemaphore *sem, const IpcSemaphoreOp *ops,
                              gsize n_ops, gint64 timeout_us);
/* @n waits for one unit each. */
void ipc_check_async_begin (IpcCheckAsync *waits, guint n, IpcSemaphore *sem,
                            GCancellable *cancellable);
void ipc_check_async_clear (IpcCheckAsync *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (IpcCheckAsync, ipc_check_async_clear)

/* Runs the thread-default main context until it is over; it was done. */
void ipc_check_async_done (IpcCheckAsync *self);
/* The same, with this error. */
void ipc_check_async_fails (IpcCheckAsync *self, GQuark domain, int code, const char *words);
/* Until it is over, however. */
void ipc_check_async_join (IpcCheckAsync *self);

/* Until @n waits of this process were over since it began, and no more are. */
void ipc_check_async_turns (guint n);
/* All that can happen has happened, and this wait is not over. */
void ipc_check_async_pends (IpcCheckAsync *self);

/* Runs the main context until the other threads sleep and nothing is left to call. */
void ipc_check_async_settle (void);

/* Waits in vain for so long, once by each kind of wait that backend @i has, in a main loop and not.
 * @over is told after each what it was, and when it began. */
void ipc_check_each_wait (guint i, gint64 timeout_us, void (*over) (const char *kind, gint64 began));

/* One unit, by this process and by another one. */
void ipc_check_post (IpcSemaphore *sem);
void ipc_check_peer_posts (IpcSemaphore *sem);

/* As ipc_check_fork(), for a process that has threads.  What only these knew is lost in the copy, so
 * that the child ends as another program, in which nobody looks for leaks. */
pid_t ipc_check_async_fork (void (*child) (gpointer data), gpointer data);

/* Turns are counted from here; for the beginning of a test, where they are not processes. */
void ipc_check_async_reset (void);

/* Elsewhere there are none to be counted. */
#ifdef G_OS_UNIX
# define IPC_CHECK_SEES_THREADS TRUE
#else
# define IPC_CHECK_SEES_THREADS FALSE
#endif

/* Threads of this process whose name begins with @prefix; "": all. */
guint ipc_check_count_threads (const char *prefix);
