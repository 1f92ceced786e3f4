/* check-wait-clock.c: by which clock the kernel is asked to end each wait; the linker lets us between
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ipc-check-async.h"
#include "ipc-check-space.h"

#include <linux/futex.h>
#include <semaphore.h>
#include <stdarg.h>
#include <sys/sem.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* P17, P18: CLOCK_MONOTONIC cannot be set, and stands still while the machine sleeps.  No machine has
 * to sleep for this: what the kernel is asked for names a clock, or is a time from now on, which it
 * counts by that one, too; see semtimedop(2), futex(2). */

#ifndef SYS_futex_waitv
#define SYS_futex_waitv 449
#endif

#define WAIT_US 30000
#define WAIT_MAX_US (30 * G_USEC_PER_SEC)
#define MUCH_US (100 * G_USEC_PER_SEC) /* more than anything sleeps at once here */
#define ASKED_MAX 4096

typedef struct
{
  const char *call;
  clockid_t   clock;
  gboolean    relative;
  gint64      us;
} Asked;

/* Under the lock: a thread may sleep for the wait. */
static GMutex lock;
static Asked asked[ASKED_MAX];
static int n_asked;

static gint64 wait_us;
static const char *in_vain; /* a kind of wait that was over before anybody slept */

static void
note (const char *call, clockid_t clock, gboolean relative, gint64 sec, gint64 nsec)
{
  g_mutex_lock (&lock);
  ck_assert_int_lt (n_asked, ASKED_MAX);
  asked[n_asked++] = (Asked){ call, clock, relative, sec * G_USEC_PER_SEC + nsec / 1000 };
  g_mutex_unlock (&lock);
}

/* -- What ends a sleep: calls of the library -- */

/* As the library passes it to futex(2), on every machine. */
typedef struct
{
  gint64 sec;
  gint64 nsec;
} FutexTime;

static void
note_futex (long op, const FutexTime *timeout)
{
  const gboolean relative = (op & FUTEX_CMD_MASK) == FUTEX_WAIT;

  if (relative || (op & FUTEX_CMD_MASK) == FUTEX_WAIT_BITSET)
    note ("futex", op & FUTEX_CLOCK_REALTIME ? CLOCK_REALTIME : CLOCK_MONOTONIC, relative,
          timeout->sec, timeout->nsec);
}

static gboolean
is_futex (long number)
{
#ifdef SYS_futex_time64
  if (number == SYS_futex_time64)
    return TRUE;
#endif
  return number == SYS_futex;
}

long __real_syscall (long number, ...);
long __wrap_syscall (long number, ...);

long
__wrap_syscall (long number, ...)
{
  va_list args;
  long a[6];

  va_start (args, number);
  for (gsize i = 0; i < G_N_ELEMENTS (a); i++)
    a[i] = va_arg (args, long);
  va_end (args);

  /* The timeout is the argument number 3 of both. */
  if (is_futex (number) && a[3] != 0)
    note_futex (a[1], (const FutexTime *) a[3]);
  if (number == SYS_futex_waitv && a[3] != 0)
    note ("futex_waitv", (clockid_t) a[4], FALSE, ((const FutexTime *) a[3])->sec,
          ((const FutexTime *) a[3])->nsec);
  return __real_syscall (number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

int __real_semtimedop (int id, struct sembuf *ops, size_t n, const struct timespec *timeout);
int __wrap_semtimedop (int id, struct sembuf *ops, size_t n, const struct timespec *timeout);

int
__wrap_semtimedop (int id, struct sembuf *ops, size_t n, const struct timespec *timeout)
{
  if (timeout != NULL)
    note ("semtimedop", CLOCK_MONOTONIC, TRUE, timeout->tv_sec, timeout->tv_nsec);
  return __real_semtimedop (id, ops, n, timeout);
}

int __real_sem_timedwait (sem_t *sem, const struct timespec *until);
int __wrap_sem_timedwait (sem_t *sem, const struct timespec *until);

int
__wrap_sem_timedwait (sem_t *sem, const struct timespec *until)
{
  note ("sem_timedwait", CLOCK_REALTIME, FALSE, until->tv_sec, until->tv_nsec);
  return __real_sem_timedwait (sem, until);
}

#ifdef HAVE_SEM_CLOCKWAIT
int __real_sem_clockwait (sem_t *sem, clockid_t clock, const struct timespec *until);
int __wrap_sem_clockwait (sem_t *sem, clockid_t clock, const struct timespec *until);

int
__wrap_sem_clockwait (sem_t *sem, clockid_t clock, const struct timespec *until)
{
  note ("sem_clockwait", clock, FALSE, until->tv_sec, until->tv_nsec);
  return __real_sem_clockwait (sem, clock, until);
}
#endif

/* -- What they must be -- */

/* A point in time lies where the monotonic clock is, and neither where the day is nor decades on, where
 * the clock is that counts the machine's sleep. */
static void
check_one (const char *kind, const Asked *self, gint64 began)
{
  const gint64 from = self->relative ? 0 : began;
  const gint64 to = self->relative ? wait_us : g_get_monotonic_time () + MUCH_US;

  ck_assert_msg (self->clock == CLOCK_MONOTONIC, "%s: %s by clock %d", kind, self->call,
                 (int) self->clock);
  ck_assert_msg (self->us >= from && self->us <= to,
                 "%s: %s until %" G_GINT64_FORMAT ", and it began at %" G_GINT64_FORMAT, kind,
                 self->call, self->us, began);
}

static void
check_asked (const char *kind, gint64 began)
{
  g_mutex_lock (&lock);
  if (n_asked == 0)
    in_vain = kind;
  for (int i = 0; i < n_asked; i++)
    check_one (kind, &asked[i], began);
  n_asked = 0;
  g_mutex_unlock (&lock);
}

/* Longer ones, until each was slept for: a busy machine may start a thread too late for that. */
static void
wait_by_each (gpointer backend)
{
  wait_us = WAIT_US;
  do
    {
      in_vain = NULL;
      ipc_check_each_wait (GPOINTER_TO_UINT (backend), wait_us, check_asked);
      wait_us *= 4;
    }
  while (in_vain != NULL && wait_us < WAIT_MAX_US);
  ck_assert_msg (in_vain == NULL, "%s: nobody asked the kernel", in_vain);
}

START_TEST (each_wait_ends_by_the_monotonic_clock)
{
  wait_by_each (GUINT_TO_POINTER (_i));
}
END_TEST

static void
start_waits (gpointer backend)
{
  ck_assert_int_eq (ipc_check_join (ipc_check_fork (wait_by_each, backend)), 0);
}

START_TEST (no_wait_ends_by_a_clock_that_counts_sleep)
{
  for (guint n = 0; n < IPC_CHECK_N_CLOCKS; n++)
    ck_assert_int_eq (ipc_check_with_clocks (n, start_waits, GUINT_TO_POINTER (_i)), 0);
}
END_TEST

static void
add_tests (Suite *suite)
{
  TCase *tcase = ipc_check_tcase (suite, "wait-clock");
  const gboolean clocks = ipc_check_needs_clocks ("waits where the clocks differ");

  for (guint i = 0; i < ipc_check_n_semaphore_backends; i++)
    {
#ifndef HAVE_SEM_CLOCKWAIT /* then it is the clock of the day, in slices: see check-clockwait */
      if (ipc_check_semaphore_backend (i) == IPC_BACKEND_POSIX)
        continue;
#endif
      tcase_add_loop_test (tcase, each_wait_ends_by_the_monotonic_clock, (int) i, (int) i + 1);
      if (clocks)
        tcase_add_loop_test (tcase, no_wait_ends_by_a_clock_that_counts_sleep, (int) i, (int) i + 1);
    }
}

int
main (void)
{
  return ipc_check_main ("wait-clock", add_tests);
}
