/* ipc-clockwait.c: sem_clockwait(3), also where the C library lacks it
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ipc-clockwait-private.h"
#include "ipc-deadline-private.h"

#define NSEC_PER_USEC 1000

int
ipc_sem_clockwait_by_slices (sem_t *sem, const struct timespec *until)
{
  const gint64 until_us = (gint64) until->tv_sec * G_USEC_PER_SEC + until->tv_nsec / NSEC_PER_USEC;
  const gint64 left = until_us - g_get_monotonic_time ();
  const gint64 real = g_get_real_time () + CLAMP (left, 0, IPC_SLICE_US);
  const struct timespec ts = { real / G_USEC_PER_SEC, real % G_USEC_PER_SEC * NSEC_PER_USEC };

  return sem_timedwait (sem, &ts);
}

int
ipc_sem_clockwait (sem_t *sem, const struct timespec *until)
{
#ifdef HAVE_SEM_CLOCKWAIT
  return sem_clockwait (sem, CLOCK_MONOTONIC, until);
#else
  return ipc_sem_clockwait_by_slices (sem, until);
#endif
}
