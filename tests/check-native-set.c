/* check-native-set.c: native sets: who stops or dies in the middle of a change, and what then
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ipc-check-async.h"

#include "ipc-native-private.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

/* Calls that must end although nobody lets them: the patience of the library, and what a busy machine
 * may add.  One that has its own deadline needs no patience, which even a busy machine shows once. */
#define PATIENT_US (20 * G_USEC_PER_SEC)
#define PROMPT_US (700 * 1000)
#define TRIES 5

static const guint values[] = { 2, 0, 5 };

static IpcSemaphore *
set_new (void)
{
  g_autoptr (GError) error = NULL;
  IpcSemaphore *self = ipc_semaphore_new_full (ipc_check_plain_name (), IPC_OPEN_CREATE, values, 3,
                                               0600, IPC_SEMAPHORE_FLAGS_NONE, NULL, &error);

  ipc_check_ok (self != NULL, error);
  return self;
}

/* What the process of this call has of a semaphore that it has open. */
static IpcNative *
native_of (const char *plain)
{
  g_autoptr (IpcName) name = ipc_name_parse (plain, NULL);
  const IpcRequest request = { .name = name, .mode = IPC_OPEN_EXISTING, .permissions = 0600 };
  g_autoptr (GError) error = NULL;
  IpcOpened opened;
  IpcNative *native = ipc_native_open (&request, &opened, &error);

  ipc_check_ok (native != NULL, error);
  return native;
}

/* -- Stopped between lock and unlock -- */

static void
stop_with_lock (gpointer plain)
{
  IpcNative *native = native_of (plain);
  const int lane = ipc_native_lane (native, "ipc_semaphore_open", NULL);
  uint64_t before;

  ck_assert_int_ge (lane, 0);
  ck_assert_int_eq (ipc_native_lock_set (native, lane, 0, &before), IPC_WORD_DONE);
  raise (SIGSTOP);
  ipc_native_unlock_set (native, lane, FALSE);
}

static pid_t
start_stopped (IpcSemaphore *sem)
{
  pid_t pid = ipc_check_fork (stop_with_lock, ipc_check_name_of (sem));
  siginfo_t info;

  ck_assert_int_eq (waitid (P_PID, (id_t) pid, &info, WSTOPPED | WEXITED | WNOWAIT), 0);
  ck_assert_int_eq (info.si_code, CLD_STOPPED);
  return pid;
}

static void
let_go_on (pid_t pid)
{
  ck_assert_int_eq (kill (pid, SIGCONT), 0);
  ck_assert_int_eq (ipc_check_join (pid), 0);
}

START_TEST (who_cannot_wait_is_told_of_a_stopped_peer)
{
  g_autoptr (IpcSemaphore) sem = set_new ();
  const pid_t pid = start_stopped (sem);
  const IpcSemaphoreOp take = { 2, -5 };
  GError *errors[4] = { NULL };
  const gint64 start = g_get_monotonic_time ();

  ck_assert (!ipc_semaphore_try_wait (sem, &errors[0]));
  ck_assert (!ipc_semaphore_operate (sem, &take, 1, 0, NULL, &errors[1]));
  ck_assert (!ipc_semaphore_post (sem, &errors[2]));
  ck_assert (!ipc_semaphore_set_value (sem, 1, 7, &errors[3]));
  ck_assert_int_lt (g_get_monotonic_time () - start, PATIENT_US);
  ipc_check_error (errors[0], IPC_ERROR, IPC_ERROR_WOULD_BLOCK, NULL);
  ipc_check_error (errors[1], IPC_ERROR, IPC_ERROR_TIMED_OUT, NULL);
  ipc_check_error (errors[2], IPC_ERROR, IPC_ERROR_TIMED_OUT, "ipc_semaphore_post|stopped");
  ipc_check_error (errors[3], IPC_ERROR, IPC_ERROR_TIMED_OUT, "ipc_semaphore_set_value|stopped");
  for (gsize i = 0; i < G_N_ELEMENTS (errors); i++)
    g_clear_error (&errors[i]);

  let_go_on (pid);
  ipc_check_values (sem, values, 3);
}
END_TEST

/* @call: how long it took. */
static void
check_prompt (IpcSemaphore *sem, gint64 (*call) (IpcSemaphore *sem))
{
  gint64 took = G_MAXINT64;

  for (int i = 0; i < TRIES && took >= PROMPT_US; i++)
    took = call (sem);
  ck_assert_msg (took < PROMPT_US, "it took %d ms", (int) (took / 1000));
}

static gint64
wait_in_vain (IpcSemaphore *sem)
{
  g_autoptr (GError) error = NULL;
  const gint64 start = g_get_monotonic_time ();

  ck_assert (!ipc_semaphore_wait (sem, 30 * 1000, NULL, &error));
  ck_assert_int_ge (g_get_monotonic_time () - start, 30 * 1000);
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_TIMED_OUT, NULL);
  return g_get_monotonic_time () - start;
}

static gpointer
cancel_when_blocked (gpointer cancellable)
{
  ck_assert (ipc_check_blocked (getpid ()));
  g_cancellable_cancel (cancellable);
  return NULL;
}

static gint64
wait_until_cancelled (IpcSemaphore *sem)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  GThread *thread = g_thread_new ("canceller", cancel_when_blocked, cancellable);
  const gint64 start = g_get_monotonic_time ();

  ck_assert (!ipc_semaphore_wait (sem, -1, cancellable, &error));
  ipc_check_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, NULL);
  g_thread_join (thread);
  return g_get_monotonic_time () - start;
}

static gint64 (*const waits[]) (IpcSemaphore *sem) = { wait_in_vain, wait_until_cancelled };

START_TEST (wait_ends_while_a_peer_is_stopped)
{
  g_autoptr (IpcSemaphore) sem = set_new ();
  const pid_t pid = start_stopped (sem);

  check_prompt (sem, waits[_i]);
  let_go_on (pid);
}
END_TEST

static const IpcSemaphoreOp take = { 2, -1 };
static const gint64 timeouts[] = { IPC_CHECK_LONG, 0 };
static IpcCheckAsync begun[TRIES];
static guint n_begun, which;

static gint64
begin (IpcSemaphore *sem)
{
  const gint64 start = g_get_monotonic_time ();

  ipc_check_async_operate (&begun[n_begun++], sem, &take, 1, timeouts[which]);
  return g_get_monotonic_time () - start;
}

START_TEST (main_loop_goes_on_while_a_peer_is_stopped)
{
  g_autoptr (IpcSemaphore) sem = set_new ();
  const pid_t pid = start_stopped (sem);

  which = (guint) _i;
  check_prompt (sem, begin);
  for (guint i = 0; timeouts[which] == 0 && i < n_begun; i++)
    ipc_check_async_fails (&begun[i], IPC_ERROR, IPC_ERROR_TIMED_OUT, "not in time");
  let_go_on (pid);
  for (guint i = 0; timeouts[which] != 0 && i < n_begun; i++)
    ipc_check_async_done (&begun[i]);
}
END_TEST

/* A try has the answer of the set and not that of its lock, if the peer is quick enough. */
START_TEST (main_loop_tries_beside_a_busy_peer)
{
  g_autoptr (IpcSemaphore) sem = set_new ();

  while (ipc_check_value (sem, 2) == values[2])
    {
      g_auto (IpcCheckAsync) try = { 0 };
      const pid_t pid = start_stopped (sem);

      ipc_check_async_operate (&try, sem, &take, 1, 0);
      let_go_on (pid);
      ipc_check_async_join (&try);
    }
}
END_TEST

START_TEST (killed_peer_gives_the_lock_back)
{
  g_autoptr (IpcSemaphore) sem = set_new ();
  g_autoptr (GError) error = NULL;

  ipc_check_kill (start_stopped (sem));
  ipc_check_ok (ipc_semaphore_try_wait (sem, &error), error);
  ipc_check_kill (start_stopped (sem));
  ipc_check_ok (ipc_semaphore_post (sem, &error), error);
  ipc_check_kill (start_stopped (sem));
  ipc_check_ok (ipc_semaphore_wait (sem, IPC_CHECK_LONG, NULL, &error), error);
  ipc_check_kill (start_stopped (sem));
  ipc_check_ok (ipc_semaphore_set_value (sem, 1, 7, &error), error);
  ck_assert_uint_eq (ipc_check_value (sem, 0), values[0] - 1);
  ck_assert_uint_eq (ipc_check_value (sem, 1), 7);
}
END_TEST

/* Two died: the one who had the lock comes last. */
START_TEST (all_the_dead_are_looked_after_at_once)
{
  g_autoptr (IpcSemaphore) sem = set_new ();
  IpcCheckHolder *holder;
  g_autoptr (IpcInfo) info = NULL;
  pid_t pid;

  holder = ipc_check_holder_new (sem);
  pid = ipc_check_fork (ipc_check_peer_hold, holder);
  ipc_check_gate_pass (holder->holds);
  ipc_check_kill (start_stopped (sem));
  ipc_check_kill (start_stopped (sem));
  ipc_check_kill (pid);

  info = ipc_semaphore_get_info (sem, 0, NULL);
  ck_assert_int_eq (ipc_info_get_value (info), values[0]);
  ck_assert_int_eq (ipc_info_get_recovered_units (info), 1);
}
END_TEST

static gint64
try_what_is_removed (IpcSemaphore *sem)
{
  g_autoptr (GError) error = NULL;
  const gint64 start = g_get_monotonic_time ();

  ck_assert (!ipc_semaphore_try_wait (sem, &error));
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_REMOVED, NULL);
  return g_get_monotonic_time () - start;
}

static void
use_what_is_removed (gpointer sem)
{
  check_prompt (sem, try_what_is_removed);
}

/* A lane that its dead owner left in use, of a set from which nothing comes back any more. */
START_TEST (lane_of_a_removed_set_holds_nobody_up)
{
  g_autoptr (IpcSemaphore) sem = set_new ();
  IpcCheckHolder *holder;
  pid_t pid;

  holder = ipc_check_holder_new (sem);
  pid = ipc_check_fork (ipc_check_peer_hold, holder);
  ipc_check_gate_pass (holder->holds);
  ipc_check_kill (pid);
  ck_assert (ipc_semaphore_unlink (sem, NULL));
  ck_assert_int_eq (ipc_check_join (ipc_check_fork (use_what_is_removed, sem)), 0);
}
END_TEST

static void
open_beside_stopped (gpointer plain)
{
  g_autoptr (GError) error = NULL;

  ck_assert_ptr_null (ipc_semaphore_open (plain, IPC_SEMAPHORE_FLAGS_NONE, &error));
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_TIMED_OUT, "ipc_semaphore_open|stopped|let it go on");
}

/* The lane of the dead is the first that is free, and its units cannot come back before the lock. */
START_TEST (newcomer_is_told_of_a_stopped_peer)
{
  g_autoptr (IpcSemaphore) sem = set_new ();
  gpointer plain = ipc_check_name_of (sem);
  IpcCheckHolder *holder;
  pid_t dead, stopped;

  holder = ipc_check_holder_new (sem);
  dead = ipc_check_fork (ipc_check_peer_hold, holder);
  ipc_check_gate_pass (holder->holds);
  stopped = start_stopped (sem);
  ipc_check_kill (dead);
  ck_assert_int_eq (ipc_check_join (ipc_check_fork (open_beside_stopped, plain)), 0);
  let_go_on (stopped);
  ck_assert_int_eq (ipc_check_join (ipc_check_fork (ipc_check_peer_post, plain)), 0);
  ck_assert_uint_eq (ipc_check_value (sem, 0), values[0] + 1);
}
END_TEST

/* Its owner is there to give it back, and there is nothing to give it back to. */
START_TEST (lock_of_a_removed_set_is_forgotten)
{
  g_autoptr (IpcSemaphore) sem = set_new ();
  IpcNative *native = native_of (ipc_semaphore_get_name (sem));
  const int lane = ipc_native_lane (native, "ipc_semaphore_open", NULL);
  uint64_t before;

  ck_assert_int_eq (ipc_native_lock_set (native, lane, 0, &before), IPC_WORD_DONE);
  ck_assert (ipc_native_is_owed (native, lane));
  ck_assert (ipc_semaphore_unlink (sem, NULL));
  ipc_native_unlock_set (native, lane, TRUE);
  ck_assert (!ipc_native_is_owed (native, lane));
  ipc_native_unref (native);
}
END_TEST

/* -- Killed in the middle of unlinking -- */

/* Between the mark and the name nothing has happened yet; after the name, others finish it. */
static void
unlink_half_way (const char *plain, gboolean name_goes)
{
  g_autofree char *path = g_strconcat ("/dev/shm/ipc-sem.", plain, NULL);
  IpcNative *native = native_of (plain);

  atomic_store (&native->file->unlinking, 1);
  if (name_goes)
    ck_assert_int_eq (unlink (path), 0);
  ipc_native_unref (native);
}

static void
take_until_removed (gpointer plain)
{
  const IpcSemaphoreOp many = { 2, -99 };
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_open (plain, IPC_SEMAPHORE_FLAGS_NONE);
  g_autoptr (GError) error = NULL;

  ck_assert (!ipc_semaphore_operate (sem, &many, 1, IPC_CHECK_LONG, NULL, &error));
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_REMOVED, plain);
}

START_TEST (half_an_unlink_is_finished_by_others)
{
  g_autoptr (IpcSemaphore) sem = set_new ();
  const char *plain = ipc_semaphore_get_name (sem);
  const pid_t waiters[] = {
    ipc_check_fork (ipc_check_peer_wait_zero, (gpointer) plain),
    ipc_check_fork (take_until_removed, (gpointer) plain),
  };
  const IpcSemaphoreOp two = { 0, -2 };
  g_autoptr (GError) error = NULL;

  ck_assert (ipc_check_blocked (waiters[0]));
  ck_assert (ipc_check_blocked (waiters[1]));
  unlink_half_way (plain, FALSE);
  ipc_check_ok (ipc_semaphore_operate (sem, &two, 1, 0, NULL, &error), error);
  ck_assert_int_eq (ipc_check_join (waiters[0]), 0);

  unlink_half_way (plain, TRUE);
  ck_assert_int_eq (ipc_check_join (waiters[1]), 0);
  ck_assert (!ipc_semaphore_post (sem, &error));
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_REMOVED, plain);
  ck_assert (!ipc_check_semaphore_exists (plain));
}
END_TEST

static void
add_tests (Suite *suite)
{
  TCase *tcase = ipc_check_tcase (suite, "native-set");
  const TTest *all[] = {
    who_cannot_wait_is_told_of_a_stopped_peer, main_loop_tries_beside_a_busy_peer,
    killed_peer_gives_the_lock_back, all_the_dead_are_looked_after_at_once,
    half_an_unlink_is_finished_by_others, lane_of_a_removed_set_holds_nobody_up,
    newcomer_is_told_of_a_stopped_peer, lock_of_a_removed_set_is_forgotten,
  };

  for (gsize i = 0; i < G_N_ELEMENTS (all); i++)
    tcase_add_test (tcase, all[i]);
  tcase_add_loop_test (tcase, wait_ends_while_a_peer_is_stopped, 0, G_N_ELEMENTS (waits));
  tcase_add_loop_test (tcase, main_loop_goes_on_while_a_peer_is_stopped, 0, G_N_ELEMENTS (timeouts));
}

int
main (void)
{
  return ipc_check_main ("native-set", add_tests);
}
