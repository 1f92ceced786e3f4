/* ipc-guard-private.h: a short mutual exclusion of the threads of one process
 *
 * One exchange to enter and a plain store to leave: half the price of a mutex.  A sleeper that marks
 * the guard just before the store is not woken; it naps for a millisecond at most.  Inline, since
 * what stands around the exchange of a shared word is waited for.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <glib.h>
#include <stdatomic.h>

#ifdef HAVE_SYS_SINGLE_THREADED_H
#include <sys/single_threaded.h>
#endif

static inline gboolean
ipc_has_threads (void)
{
#ifdef HAVE_SYS_SINGLE_THREADED_H
  return !__libc_single_threaded;
#else
  return TRUE;
#endif
}

/* 0: free; 1: taken; 2: taken, and somebody may sleep. */
typedef _Atomic guint32 IpcGuard;

/* The parts that sleep and wake are the system's. */
void ipc_guard_await (IpcGuard *self);
void ipc_guard_wake (IpcGuard *self);

static inline void
ipc_guard_enter (IpcGuard *self)
{
  if (ipc_has_threads () && atomic_exchange_explicit (self, 1, memory_order_acquire) != 0)
    ipc_guard_await (self);
}

static inline void
ipc_guard_leave (IpcGuard *self)
{
  const gboolean contended = atomic_load_explicit (self, memory_order_relaxed) == 2;

  atomic_store_explicit (self, 0, memory_order_release);
  if (contended)
    ipc_guard_wake (self);
}
