/* check-semaphore-wait.c: how long a wait lasts, and what ends it
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ipc-check-semaphore.h"

#include <signal.h>
#include <time.h>
#ifdef G_OS_UNIX
# include <sys/resource.h>
# include <sys/time.h>
#endif

/* -- Time -- */

/* Each way to wait for something that does not happen. */
static gboolean
wait_for_unit (IpcSemaphore *sem, gint64 timeout_us, GError **error)
{
  return ipc_semaphore_wait (sem, timeout_us, NULL, error);
}

static gboolean
wait_for_step (IpcSemaphore *sem, gint64 timeout_us, GError **error)
{
  const IpcSemaphoreOp take = { 0, -1 };

  return ipc_semaphore_operate (sem, &take, 1, timeout_us, NULL, error);
}

static gboolean
wait_for_zero (IpcSemaphore *sem, gint64 timeout_us, GError **error)
{
  return ipc_semaphore_wait_zero (sem, timeout_us, NULL, error);
}

typedef gboolean (*WaitFunc) (IpcSemaphore *sem, gint64 timeout_us, GError **error);

/* By the clock of the system and not by that of the library. */
static gint64
monotonic_us (void)
{
#ifdef G_OS_UNIX
  struct timespec ts;

  ck_assert_int_eq (clock_gettime (CLOCK_MONOTONIC, &ts), 0);
  return (gint64) ts.tv_sec * G_USEC_PER_SEC + ts.tv_nsec / 1000;
#else
  return g_get_monotonic_time ();
#endif
}

/* How long it took.  The upper bound allows for machines that are busy. */
static gint64
check_times_out (IpcSemaphore *sem, WaitFunc wait, gint64 timeout_us)
{
  g_autoptr (GError) error = NULL;
  const gint64 start = monotonic_us ();
  gint64 took;

  ck_assert (!wait (sem, timeout_us, &error));
  took = monotonic_us () - start;
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_TIMED_OUT, ipc_semaphore_get_name (sem));
  ck_assert_int_ge (took, timeout_us);
  ck_assert_int_lt (took, timeout_us + 10 * G_USEC_PER_SEC);
  return took;
}

START_TEST (wait_times_out_and_not_early)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 0, IPC_SEMAPHORE_FLAGS_NONE);

  for (gint64 timeout = 1; timeout <= 20000; timeout *= 3)
    {
      check_times_out (sem, wait_for_unit, timeout);
      check_times_out (sem, wait_for_step, timeout);
    }
  ck_assert_uint_eq (ipc_check_value (sem, 0), 0);
}
END_TEST

/* Even a busy machine is on time once. */
START_TEST (wait_times_out_on_time)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 0, IPC_SEMAPHORE_FLAGS_NONE);
  gint64 took = G_MAXINT64;

  for (int i = 0; i < 300 && took > 30000; i++)
    took = check_times_out (sem, wait_for_unit, 20000);
  ck_assert_int_le (took, 30000);
}
END_TEST

START_TEST (zero_times_out_and_not_early)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 1, IPC_SEMAPHORE_FLAGS_NONE);

  check_times_out (sem, wait_for_zero, 1);
  check_times_out (sem, wait_for_zero, 20000);
  ck_assert_uint_eq (ipc_check_value (sem, 0), 1);
}
END_TEST

/* For longer than a machine runs: none of these may wrap round and end at once, or spin. */
static const gint64 huge_timeouts[] = {
  -1, G_MININT64, G_MAXINT64, G_MAXINT64 - 1, G_MAXINT64 / 1000, G_MAXINT64 / 2,
  (gint64) G_MAXINT32 * G_USEC_PER_SEC, (gint64) G_MAXUINT32 * G_USEC_PER_SEC,
};

typedef struct
{
  const char *name;
  gint64      timeout_us;
} LongWait;

static void
wait_long (gpointer data)
{
  const LongWait *arg = data;
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_open (arg->name, IPC_SEMAPHORE_FLAGS_NONE);
  g_autoptr (GError) error = NULL;

  ipc_check_ok (ipc_semaphore_wait (sem, arg->timeout_us, NULL, &error), error);
}

/* So that the deadline, and not the timeout, is at the end of what can be counted. */
static void
wait_to_the_end_of_time (gpointer data)
{
  LongWait *arg = data;

  arg->timeout_us = G_MAXINT64 - monotonic_us () - 1;
  wait_long (arg);
}

static void
check_long_wait (IpcSemaphore *sem, void (*child) (gpointer data), gint64 timeout_us)
{
  LongWait arg = { ipc_check_name_of (sem), timeout_us };
  g_autoptr (GError) error = NULL;
  pid_t peer = ipc_check_fork (child, ipc_check_share (arg));

  ck_assert (ipc_check_blocked (peer));
  ipc_check_ok (ipc_semaphore_post (sem, &error), error);
  ck_assert_int_eq (ipc_check_join (peer), 0);
}

START_TEST (huge_timeouts_are_for_ever)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 0, IPC_SEMAPHORE_FLAGS_NONE);

  for (gsize i = 0; i < G_N_ELEMENTS (huge_timeouts); i++)
    check_long_wait (sem, wait_long, huge_timeouts[i]);
  check_long_wait (sem, wait_to_the_end_of_time, 0);
}
END_TEST

#ifdef G_OS_UNIX

static gpointer
nothing (gpointer data G_GNUC_UNUSED)
{
  return NULL;
}

static gint64
cpu_us (void)
{
  struct rusage usage;

  ck_assert_int_eq (getrusage (RUSAGE_SELF, &usage), 0);
  return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * G_USEC_PER_SEC + usage.ru_utime.tv_usec
         + usage.ru_stime.tv_usec;
}

/* A wait that may be cancelled or closed looks up now and then, but it does not spin. */
START_TEST (waiting_costs_next_to_nothing)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 0, IPC_SEMAPHORE_FLAGS_NONE);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  gint64 start;

  g_thread_join (g_thread_new ("other", nothing, NULL));
  ck_assert (!ipc_semaphore_wait (sem, 1000, cancellable, NULL));
  start = cpu_us ();
  ck_assert (!ipc_semaphore_wait (sem, 400 * 1000, cancellable, NULL));
  ck_assert_int_lt (cpu_us () - start, 100 * 1000);
}
END_TEST

/* -- Signals -- */

static volatile sig_atomic_t n_signals;

static void
count_signal (int signal G_GNUC_UNUSED)
{
  n_signals++;
}

/* One each millisecond; without SA_RESTART, so that each interrupts what is being waited in. */
static void
start_storm (void)
{
  const struct sigaction action = { .sa_handler = count_signal };
  const struct itimerval each_ms = { { 0, 1000 }, { 0, 1000 } };

  ck_assert_int_eq (sigaction (SIGALRM, &action, NULL), 0);
  ck_assert_int_eq (setitimer (ITIMER_REAL, &each_ms, NULL), 0);
}

static void
stop_storm (void)
{
  const struct itimerval never = { { 0, 0 }, { 0, 0 } };

  ck_assert_int_eq (setitimer (ITIMER_REAL, &never, NULL), 0);
}

START_TEST (signals_neither_end_nor_prolong_a_wait)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 0, IPC_SEMAPHORE_FLAGS_NONE);

  start_storm ();
  check_times_out (sem, wait_for_unit, 100 * 1000);
  check_times_out (sem, wait_for_step, 100 * 1000);
  stop_storm ();
  ck_assert_int_gt (n_signals, 0);
}
END_TEST

START_TEST (signals_neither_end_nor_prolong_a_wait_for_zero)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 1, IPC_SEMAPHORE_FLAGS_NONE);

  start_storm ();
  check_times_out (sem, wait_for_zero, 100 * 1000);
  stop_storm ();
  ck_assert_int_gt (n_signals, 0);
}
END_TEST

typedef struct
{
  const char *name;
  int        *n_signals; /* shared */
} Storm;

/* Without a deadline, and with a handler that tells what it has seen. */
static void
wait_in_storm (gpointer data)
{
  Storm *storm = data;
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_open (storm->name, IPC_SEMAPHORE_FLAGS_NONE);
  g_autoptr (GError) error = NULL;

  start_storm ();
  ipc_check_ok (ipc_semaphore_wait (sem, -1, NULL, &error), error);
  stop_storm ();
  *storm->n_signals = n_signals;
}

START_TEST (signals_do_not_end_an_endless_wait)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 0, IPC_SEMAPHORE_FLAGS_NONE);
  g_autoptr (IpcSemaphore) other = ipc_check_semaphore_new (_i, 0, IPC_SEMAPHORE_FLAGS_NONE);
  Storm storm = { ipc_check_name_of (sem), ipc_check_shared (sizeof (int)) };
  g_autoptr (GError) error = NULL;
  pid_t peer = ipc_check_fork (wait_in_storm, &storm);

  /* The peer is hit while this one waits, too. */
  ck_assert (ipc_check_blocked (peer));
  ck_assert (!wait_for_unit (other, 100 * 1000, NULL));
  ck_assert (ipc_check_blocked (peer));
  ipc_check_ok (ipc_semaphore_post (sem, &error), error);
  ck_assert_int_eq (ipc_check_join (peer), 0);
  ck_assert_int_gt (*storm.n_signals, 0);
}
END_TEST

#endif

/* -- Removal -- */

static void
check_all_removed (IpcSemaphore *sem)
{
  ipc_check_all_fail (sem, IPC_ERROR_REMOVED, NULL);
  ck_assert (!ipc_semaphore_is_current (sem));
}

START_TEST (removal_wakes_who_waits)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 0, IPC_SEMAPHORE_FLAGS_NONE);
  gpointer name = ipc_check_name_of (sem);
  g_autoptr (GError) error = NULL;
  pid_t peers[] = { ipc_check_fork (ipc_check_peer_wait_removed, name),
                    ipc_check_fork (ipc_check_peer_wait_removed, name) };

  ck_assert (ipc_check_blocked (peers[0]));
  ck_assert (ipc_check_blocked (peers[1]));
  ipc_check_ok (ipc_semaphore_unlink (sem, &error), error);
  ck_assert_int_eq (ipc_check_join (peers[0]), 0);
  ck_assert_int_eq (ipc_check_join (peers[1]), 0);
  check_all_removed (sem);
}
END_TEST

START_TEST (removal_by_name_wakes_who_waits)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 0, IPC_SEMAPHORE_FLAGS_NONE);
  gpointer name = ipc_check_name_of (sem);
  g_autoptr (GError) error = NULL;
  pid_t peer = ipc_check_fork (ipc_check_peer_wait_removed, name);

  ck_assert (ipc_check_blocked (peer));
  ipc_check_ok (ipc_semaphore_unlink_name (name, &error), error);
  ck_assert_int_eq (ipc_check_join (peer), 0);
  check_all_removed (sem);
}
END_TEST

/* Where removal wakes nobody, who has it open keeps it. */
START_TEST (removal_leaves_it_to_who_has_it)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 0, IPC_SEMAPHORE_FLAGS_NONE);
  gpointer name = ipc_check_name_of (sem);
  g_autoptr (GError) error = NULL;
  pid_t peer = ipc_check_fork (ipc_check_peer_wait, name);

  ck_assert (ipc_check_blocked (peer));
  ipc_check_ok (ipc_semaphore_unlink (sem, &error), error);
  ck_assert (ipc_check_blocked (peer));
  ipc_check_ok (ipc_semaphore_post (sem, &error), error);
  ck_assert_int_eq (ipc_check_join (peer), 0);
  ck_assert_uint_eq (ipc_check_value (sem, 0), 0);
}
END_TEST

/* -- A waiter that dies -- */

START_TEST (killed_waiter_takes_nothing_along)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 0, IPC_SEMAPHORE_FLAGS_NONE);
  gpointer name = ipc_check_name_of (sem);
  g_autoptr (GError) error = NULL;
  pid_t dies = ipc_check_fork (ipc_check_peer_wait, name);
  pid_t lives;

  ck_assert (ipc_check_blocked (dies));
  lives = ipc_check_fork (ipc_check_peer_wait, name);
  ck_assert (ipc_check_blocked (lives));
  ipc_check_kill (dies);

  ipc_check_ok (ipc_semaphore_post (sem, &error), error);
  ck_assert_int_eq (ipc_check_join (lives), 0);
  ck_assert_uint_eq (ipc_check_value (sem, 0), 0);
  ipc_check_ok (ipc_semaphore_post (sem, &error), error);
  ck_assert_uint_eq (ipc_check_value (sem, 0), 1);
}
END_TEST

static void
add_tests (Suite *suite)
{
  TCase *tcase = ipc_check_tcase (suite, "semaphore-wait");
  const TTest *all[] = {
    wait_times_out_and_not_early, wait_times_out_on_time, huge_timeouts_are_for_ever,
    killed_waiter_takes_nothing_along,
#ifdef G_OS_UNIX
    waiting_costs_next_to_nothing, signals_neither_end_nor_prolong_a_wait,
    signals_do_not_end_an_endless_wait,
#endif
  };
  const TTest *zero[] = {
    zero_times_out_and_not_early,
#ifdef G_OS_UNIX
    signals_neither_end_nor_prolong_a_wait_for_zero,
#endif
  };
  const TTest *removed[] = { removal_wakes_who_waits, removal_by_name_wakes_who_waits };

  for (gsize i = 0; i < G_N_ELEMENTS (all); i++)
    ipc_check_add_semaphore_test (tcase, all[i], IPC_CHECK_GET_VALUE, 0);
  for (gsize i = 0; i < G_N_ELEMENTS (zero); i++)
    ipc_check_add_semaphore_test (tcase, zero[i], IPC_CHECK_WAIT_ZERO, 0);
  for (gsize i = 0; i < G_N_ELEMENTS (removed); i++)
    ipc_check_add_semaphore_test (tcase, removed[i], IPC_CHECK_WAKES_REMOVED, 0);
  ipc_check_add_semaphore_test (tcase, removal_leaves_it_to_who_has_it, IPC_CHECK_GET_VALUE,
                                IPC_CHECK_WAKES_REMOVED);
}

int
main (void)
{
  return ipc_check_main ("semaphore-wait", add_tests);
}
