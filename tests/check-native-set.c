/* check-native-set.c: native sets: who stops or dies in the middle of a change, and what then
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ipc-check-semaphore.h"

#include "ipc-native-private.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

/* A call that must end although nobody lets it: the patience of the library, and what a busy
 * machine may add.  One that has its own deadline needs no patience. */
#define PATIENT_US (3 * G_USEC_PER_SEC)
#define PROMPT_US (700 * 1000)

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
  g_autofree char *file = g_strconcat ("ipc-sem.", plain, NULL);
  g_autofree char *path = g_strconcat ("/dev/shm/", file, NULL);
  g_autoptr (IpcName) name = ipc_name_parse (plain, NULL);
  const int fd = open (path, O_RDWR | O_CLOEXEC);
  g_autoptr (GError) error = NULL;
  IpcNative *native;
  struct stat st;

  ck_assert_int_ge (fd, 0);
  ck_assert_int_eq (fstat (fd, &st), 0);
  native = ipc_native_get (fd, &st, name, file, &error);
  ipc_check_ok (native != NULL, error);
  return native;
}

/* -- Stopped between lock and unlock -- */

static void
stop_with_lock (gpointer plain)
{
  IpcNative *native = native_of (plain);
  const int lane = ipc_native_lane (native, NULL);
  uint64_t before;

  ck_assert_int_ge (lane, 0);
  ck_assert_int_eq (ipc_native_lock_set (native, lane, 0, &before), IPC_WORD_DONE);
  raise (SIGSTOP);
  ipc_native_unlock_set (native, lane, FALSE);
}

static pid_t
start_stopped (IpcSemaphore *sem)
{
  pid_t pid = ipc_check_fork (stop_with_lock, (gpointer) ipc_semaphore_get_name (sem));
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

static void
check_took (gint64 start, gint64 limit_us)
{
  const gint64 took = g_get_monotonic_time () - start;

  ck_assert_msg (took < limit_us, "it took %d ms", (int) (took / 1000));
}

START_TEST (who_cannot_wait_is_told_of_a_stopped_peer)
{
  g_autoptr (IpcSemaphore) sem = set_new ();
  const pid_t pid = start_stopped (sem);
  const IpcSemaphoreOp take = { 2, -5 };
  GError *errors[4] = { NULL };
  gint64 start = g_get_monotonic_time ();

  ck_assert (!ipc_semaphore_try_wait (sem, &errors[0]));
  check_took (start, PATIENT_US);
  start = g_get_monotonic_time ();
  ck_assert (!ipc_semaphore_operate (sem, &take, 1, 0, NULL, &errors[1]));
  check_took (start, PATIENT_US);
  start = g_get_monotonic_time ();
  ck_assert (!ipc_semaphore_post (sem, &errors[2]));
  check_took (start, PATIENT_US);
  start = g_get_monotonic_time ();
  ck_assert (!ipc_semaphore_set_value (sem, 1, 7, &errors[3]));
  check_took (start, PATIENT_US);

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

START_TEST (deadlines_hold_while_a_peer_is_stopped)
{
  g_autoptr (IpcSemaphore) sem = set_new ();
  const pid_t pid = start_stopped (sem);
  g_autoptr (GError) error = NULL;
  const gint64 start = g_get_monotonic_time ();

  ck_assert (!ipc_semaphore_wait (sem, 30 * 1000, NULL, &error));
  check_took (start, PROMPT_US);
  ck_assert_int_ge (g_get_monotonic_time () - start, 30 * 1000);
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_TIMED_OUT, NULL);
  let_go_on (pid);
}
END_TEST

static gpointer
cancel_when_blocked (gpointer cancellable)
{
  ck_assert (ipc_check_blocked (getpid ()));
  g_cancellable_cancel (cancellable);
  return NULL;
}

START_TEST (cancelling_works_while_a_peer_is_stopped)
{
  g_autoptr (IpcSemaphore) sem = set_new ();
  const pid_t pid = start_stopped (sem);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  GThread *thread = g_thread_new ("canceller", cancel_when_blocked, cancellable);
  const gint64 start = g_get_monotonic_time ();

  ck_assert (!ipc_semaphore_wait (sem, -1, cancellable, &error));
  check_took (start, PROMPT_US);
  ipc_check_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, NULL);
  g_thread_join (thread);
  let_go_on (pid);
}
END_TEST

static void
on_done (GObject *source, GAsyncResult *result, gpointer loop)
{
  g_autoptr (GError) error = NULL;

  ipc_check_ok (ipc_semaphore_wait_finish (IPC_SEMAPHORE (source), result, &error), error);
  g_main_loop_quit (loop);
}

START_TEST (main_loop_goes_on_while_a_peer_is_stopped)
{
  g_autoptr (IpcSemaphore) sem = set_new ();
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  const pid_t pid = start_stopped (sem);
  const gint64 start = g_get_monotonic_time ();

  ipc_semaphore_wait_async (sem, IPC_CHECK_LONG, NULL, on_done, loop);
  check_took (start, PROMPT_US);
  let_go_on (pid);
  g_main_loop_run (loop);
  ck_assert_uint_eq (ipc_check_value (sem, 0), values[0] - 1);
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
  g_auto (IpcCheckHolder) holder = { 0 };
  g_autoptr (IpcInfo) info = NULL;
  pid_t pid;

  ipc_check_holder_init (&holder, sem);
  pid = ipc_check_fork (ipc_check_peer_hold, &holder);
  ipc_check_gate_pass (holder.holds);
  ipc_check_kill (start_stopped (sem));
  ipc_check_kill (start_stopped (sem));
  ipc_check_kill (pid);

  info = ipc_semaphore_get_info (sem, 0, NULL);
  ck_assert_int_eq (ipc_info_get_value (info), values[0]);
  ck_assert_int_eq (ipc_info_get_recovered_units (info), 1);
}
END_TEST

static void
use_what_is_removed (gpointer sem)
{
  g_autoptr (GError) error = NULL;
  const gint64 start = g_get_monotonic_time ();

  ck_assert (!ipc_semaphore_try_wait (sem, &error));
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_REMOVED, NULL);
  check_took (start, PROMPT_US);
}

/* A lane that its dead owner left in use, of a set from which nothing comes back any more. */
START_TEST (lane_of_a_removed_set_holds_nobody_up)
{
  g_autoptr (IpcSemaphore) sem = set_new ();
  g_auto (IpcCheckHolder) holder = { 0 };
  pid_t pid;

  ipc_check_holder_init (&holder, sem);
  pid = ipc_check_fork (ipc_check_peer_hold, &holder);
  ipc_check_gate_pass (holder.holds);
  ipc_check_kill (pid);
  ck_assert (ipc_semaphore_unlink (sem, NULL));
  ck_assert_int_eq (ipc_check_join (ipc_check_fork (use_what_is_removed, sem)), 0);
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
    who_cannot_wait_is_told_of_a_stopped_peer, deadlines_hold_while_a_peer_is_stopped,
    cancelling_works_while_a_peer_is_stopped, main_loop_goes_on_while_a_peer_is_stopped,
    killed_peer_gives_the_lock_back, all_the_dead_are_looked_after_at_once,
    half_an_unlink_is_finished_by_others, lane_of_a_removed_set_holds_nobody_up,
  };

  for (gsize i = 0; i < G_N_ELEMENTS (all); i++)
    tcase_add_test (tcase, all[i]);
}

int
main (void)
{
  return ipc_check_main ("native-set", add_tests);
}
