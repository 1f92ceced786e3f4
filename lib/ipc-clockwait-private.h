/* ipc-clockwait-private.h: sem_clockwait(3), also where the C library lacks it
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <semaphore.h>
#include <time.h>

/* As sem_clockwait (sem, CLOCK_MONOTONIC, until). */
int ipc_sem_clockwait (sem_t *sem, const struct timespec *until);

/* What that is where the C library lacks it (glibc before 2.30, musl); elsewhere it is for tests.
 * The time left, and no more than a slice of it, is handed to sem_timedwait(3) on the realtime
 * clock: a caller looks at the monotonic clock and comes back, so that a step of the realtime clock
 * can make one slice too long or too short, and no more. */
int ipc_sem_clockwait_by_slices (sem_t *sem, const struct timespec *until);
