/* ipc-sleep-linux.c: sleeping and waking by futex
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ipc-life-private.h"

#include <errno.h>
#include <linux/futex.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define SLICE_US (10 * 1000) /* of a sleep that only one word can end */
#define GUARD_NAP_NS (500 * 1000)

/* Linux 5.16; older kernel headers lack both. */
#ifndef SYS_futex_waitv
#define SYS_futex_waitv 449
#endif

typedef struct
{
  guint64 value;
  guint64 address;
  guint32 flags;
  guint32 reserved;
} FutexWaiter;

#define FUTEX_SIZE_U32 2

/* Time as the kernel takes it on every machine; the C library's may have 32 bits. */
typedef struct
{
  gint64 sec;
  gint64 nsec;
} FutexTime;

#ifdef SYS_futex_time64
#define FUTEX_CALL SYS_futex_time64
#else
#define FUTEX_CALL SYS_futex
#endif

static FutexTime
time_at (gint64 us)
{
  return (FutexTime){ us / G_USEC_PER_SEC, us % G_USEC_PER_SEC * 1000 };
}

static FutexWaiter
waiter_of (const guint32 *word, guint32 expected, guint32 flags)
{
  return (FutexWaiter){ expected, (guintptr) word, FUTEX_SIZE_U32 | flags, 0 };
}

/* futex_waitv(2).  -1: @errno is ENOSYS or EPERM where the kernel lacks it or a sandbox denies it. */
static long
sleep_on_words (const FutexWaiter *waiters, guint n, const FutexTime *until)
{
  static int denied; /* atomic */
  long r;

  errno = ENOSYS;
  if (g_atomic_int_get (&denied))
    return -1;

  r = syscall (SYS_futex_waitv, waiters, n, 0, until, CLOCK_MONOTONIC);
  if (r < 0 && (errno == ENOSYS || errno == EPERM))
    g_atomic_int_set (&denied, TRUE);

  return r;
}

static gboolean
is_denied (long r)
{
  return r < 0 && (errno == ENOSYS || errno == EPERM);
}

static long
sleep_on_one (guint32 *word, guint32 expected, const FutexTime *until)
{
  return syscall (FUTEX_CALL, word, FUTEX_WAIT_BITSET, expected, until, NULL,
                  FUTEX_BITSET_MATCH_ANY);
}

/* Nobody is told of a death here. */
gboolean
ipc_life_hears_death (void)
{
  return FALSE;
}

/* TRUE: perhaps woken. */
static gboolean
sleep_on_nap (const IpcNap *nap, const IpcStop *stop, gint64 until)
{
  FutexTime ts = time_at (until);
  const FutexTime *limit = until == G_MAXINT64 ? NULL : &ts;
  long r;

  if (stop == NULL)
    return sleep_on_one (nap->word, nap->expected, limit) == 0;

  const FutexWaiter waiters[] = {
    waiter_of (nap->word, nap->expected, 0),
    waiter_of (&stop->count, 0, FUTEX_PRIVATE_FLAG),
  };
  r = sleep_on_words (waiters, 2, limit);
  if (!is_denied (r))
    return r >= 0;

  ts = time_at (MIN (until, g_get_monotonic_time () + SLICE_US));
  return g_atomic_int_get ((int *) &stop->count) != 0
         || sleep_on_one (nap->word, nap->expected, &ts) == 0;
}

IpcSleep
ipc_life_sleep (const IpcNap *nap, const IpcStop *stop, const IpcPeers *peers G_GNUC_UNUSED,
                gint64 until)
{
  return sleep_on_nap (nap, stop, until) ? IPC_SLEEP_WOKEN : IPC_SLEEP_OVER;
}

guint
ipc_life_naps_max (void)
{
  return IPC_NAPS_MAX;
}

IpcSleep
ipc_life_sleep_many (const IpcNap *naps, gsize n_naps, const IpcStop *kick, guint32 seen,
                     const IpcPeers *peers G_GNUC_UNUSED, gint64 until, gsize *woken)
{
  FutexWaiter waiters[IPC_NAPS_MAX + 1];
  FutexTime ts = time_at (until);
  long r;

  for (gsize i = 0; i < n_naps; i++)
    waiters[i] = waiter_of (naps[i].word, naps[i].expected, 0);
  waiters[n_naps] = waiter_of (&kick->count, seen, FUTEX_PRIVATE_FLAG);

  r = sleep_on_words (waiters, (guint) n_naps + 1, until == G_MAXINT64 ? NULL : &ts);
  *woken = (gsize) r;
  if (r >= 0 && *woken < n_naps)
    return IPC_SLEEP_WOKEN;
  if (!is_denied (r))
    return IPC_SLEEP_OVER;

  ts = time_at (MIN (until, g_get_monotonic_time () + SLICE_US));
  syscall (FUTEX_CALL, &kick->count, FUTEX_WAIT_BITSET_PRIVATE, seen, &ts, NULL,
           FUTEX_BITSET_MATCH_ANY);
  return IPC_SLEEP_OVER;
}

int
ipc_life_wake (IpcPlace *place G_GNUC_UNUSED, guint32 *word, int n)
{
  return (int) syscall (FUTEX_CALL, word, FUTEX_WAKE, n, NULL, NULL, 0);
}

void
ipc_stop_init (IpcStop *self, gboolean shared G_GNUC_UNUSED)
{
  *self = (IpcStop){ 0 };
}

void
ipc_stop_set (IpcStop *self)
{
  g_atomic_int_inc ((int *) &self->count);
  syscall (FUTEX_CALL, &self->count, FUTEX_WAKE_PRIVATE, G_MAXINT, NULL, NULL, 0);
}

void
ipc_guard_await (IpcGuard *self)
{
  const FutexTime nap = { 0, GUARD_NAP_NS };

  while (atomic_exchange_explicit (self, 2, memory_order_acquire) != 0)
    syscall (FUTEX_CALL, self, FUTEX_WAIT_PRIVATE, 2, &nap, NULL, 0);
}

void
ipc_guard_wake (IpcGuard *self)
{
  syscall (FUTEX_CALL, self, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}
