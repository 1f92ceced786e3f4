/* check-clockwait.c: waits for a POSIX semaphore, also where the C library lacks the clock for them
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ipc-check.h"
#include "ipc-clockwait-private.h"

#include <errno.h>

#define A_DAY (G_GINT64_CONSTANT (24) * 60 * 60 * G_USEC_PER_SEC)

/* Both ways. */
typedef int (*ClockWait) (sem_t *sem, const struct timespec *until);

static const ClockWait clock_waits[] = { ipc_sem_clockwait, ipc_sem_clockwait_by_slices };

static int
wait_for_us (ClockWait wait, sem_t *sem, gint64 us)
{
  const gint64 until = g_get_monotonic_time () + us;
  const struct timespec ts = { until / G_USEC_PER_SEC, until % G_USEC_PER_SEC * 1000 };

  errno = 0;
  return wait (sem, &ts);
}

START_TEST (clockwait_takes_or_times_out)
{
  const ClockWait wait = clock_waits[_i];
  const gint64 start = g_get_monotonic_time ();
  sem_t sem;

  ck_assert_int_eq (sem_init (&sem, FALSE, 2), 0);
  ck_assert_int_eq (wait_for_us (wait, &sem, A_DAY), 0);
  ck_assert_int_eq (wait_for_us (wait, &sem, -A_DAY / 1000), 0);
  ck_assert_int_eq (wait_for_us (wait, &sem, -1), -1);
  ck_assert_int_eq (errno, ETIMEDOUT);
  ck_assert_int_lt (g_get_monotonic_time () - start, 10 * G_USEC_PER_SEC);

  ck_assert_int_eq (wait_for_us (wait, &sem, 10000), -1);
  ck_assert_int_eq (errno, ETIMEDOUT);
  ck_assert_int_ge (g_get_monotonic_time () - start, 9000);
  ck_assert_int_eq (sem_destroy (&sem), 0);
}
END_TEST

/* So that a step of the realtime clock does not show for long. */
START_TEST (clockwait_by_slices_looks_up)
{
  const gint64 start = g_get_monotonic_time ();
  sem_t sem;

  ck_assert_int_eq (sem_init (&sem, FALSE, 0), 0);
  ck_assert_int_eq (wait_for_us (ipc_sem_clockwait_by_slices, &sem, A_DAY), -1);
  ck_assert_int_eq (errno, ETIMEDOUT);
  ck_assert_int_lt (g_get_monotonic_time () - start, 10 * G_USEC_PER_SEC);
  ck_assert_int_eq (sem_destroy (&sem), 0);
}
END_TEST

static void
add_tests (Suite *suite)
{
  TCase *tcase = ipc_check_tcase (suite, "clockwait");

  tcase_add_loop_test (tcase, clockwait_takes_or_times_out, 0, G_N_ELEMENTS (clock_waits));
  tcase_add_test (tcase, clockwait_by_slices_looks_up);
}

int
main (void)
{
  return ipc_check_main ("clockwait", add_tests);
}
