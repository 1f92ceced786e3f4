/* check-semaphore-clock.c: waits while the time of day is set back and forth by hours
 *
 * This program's clock_gettime() and gettimeofday() take the place of the C library's for GLib and
 * the library, too: each look at the time of day finds it an hour before or after.  Nothing may
 * depend on it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ipc-check-semaphore.h"

#include <signal.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define STEP_S G_GINT64_CONSTANT (3600)
#define WAIT_US 60000
#define LATE_US (20 * G_USEC_PER_SEC) /* a slow machine, and no hour */

static int n_looks; /* atomic */

static time_t
step (void)
{
  return g_atomic_int_add (&n_looks, 1) % 2 ? STEP_S : -STEP_S;
}

int
clock_gettime (clockid_t clock, struct timespec *now)
{
  const int r = (int) syscall (SYS_clock_gettime, clock, now);

  if (r == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
    now->tv_sec += step ();
  return r;
}

int
gettimeofday (struct timeval *now, void *zone G_GNUC_UNUSED)
{
  struct timespec precise;
  const int r = clock_gettime (CLOCK_REALTIME, &precise);

  *now = (struct timeval){ precise.tv_sec, precise.tv_nsec / 1000 };
  return r;
}

START_TEST (time_of_day_steps_here)
{
  const gint64 one = g_get_real_time (), two = g_get_real_time ();

  ck_assert_int_gt (ABS (two - one), STEP_S * G_USEC_PER_SEC);
}
END_TEST

static void
check_took (gint64 began)
{
  const gint64 took = g_get_monotonic_time () - began;

  ck_assert_int_ge (took, WAIT_US);
  ck_assert_int_lt (took, LATE_US);
}

START_TEST (timed_wait_lasts_as_long_as_asked)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 0, IPC_SEMAPHORE_FLAGS_NONE);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();

  for (guint i = 0; i < 3; i++)
    {
      g_autoptr (GError) error = NULL;
      const gint64 began = g_get_monotonic_time ();

      ck_assert (!ipc_semaphore_wait (sem, WAIT_US, i % 2 ? cancellable : NULL, &error));
      ipc_check_error (error, IPC_ERROR, IPC_ERROR_TIMED_OUT, NULL);
      check_took (began);
    }
}
END_TEST

static void
on_done (GObject *source, GAsyncResult *result, gpointer data)
{
  GError **error = data;

  ck_assert (!ipc_semaphore_wait_finish (IPC_SEMAPHORE (source), result, error));
}

START_TEST (wait_in_a_main_loop_lasts_as_long_as_asked)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 0, IPC_SEMAPHORE_FLAGS_NONE);
  g_autoptr (GError) error = NULL;
  const gint64 began = g_get_monotonic_time ();

  ipc_semaphore_wait_async (sem, WAIT_US, NULL, on_done, &error);
  while (error == NULL)
    g_main_context_iteration (NULL, TRUE);

  ipc_check_error (error, IPC_ERROR, IPC_ERROR_TIMED_OUT, NULL);
  check_took (began);
}
END_TEST

/* Units of the dead come back although the clock steps; and a holder that is stopped is none. */
START_TEST (holder_dies_while_the_clock_steps)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 1, IPC_SEMAPHORE_FLAGS_NONE);
  IpcCheckHolder *holder;
  g_autoptr (GError) error = NULL;
  pid_t pid;

  holder = ipc_check_holder_new (sem);
  pid = ipc_check_fork (ipc_check_peer_hold, holder);
  ipc_check_gate_pass (holder->holds);
  ck_assert_int_eq (kill (pid, SIGSTOP), 0);
  ck_assert (!ipc_semaphore_wait (sem, WAIT_US, NULL, &error));
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_TIMED_OUT, NULL);
  ck_assert_int_eq (kill (pid, SIGCONT), 0);
  ipc_check_kill (pid);
  ipc_check_comes_back (sem);
}
END_TEST

static void
add_tests (Suite *suite)
{
  TCase *tcase = ipc_check_tcase (suite, "semaphore-clock");

  tcase_add_test (tcase, time_of_day_steps_here);
  ipc_check_add_semaphore_test (tcase, timed_wait_lasts_as_long_as_asked, 0, 0);
  ipc_check_add_semaphore_test (tcase, wait_in_a_main_loop_lasts_as_long_as_asked, 0, 0);
  ipc_check_add_semaphore_test (tcase, holder_dies_while_the_clock_steps, IPC_CHECK_UNDO, 0);
}

int
main (void)
{
  return ipc_check_main ("semaphore-clock", add_tests);
}
