/* check-native-place.c: native semaphores across users and namespaces, and where /proc is not
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ipc-check-semaphore.h"

#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#define NOBODY 65534

static void
change (IpcSemaphore *sem, int delta)
{
  const IpcSemaphoreOp op = { 0, delta };
  g_autoptr (GError) error = NULL;

  ipc_check_ok (ipc_semaphore_operate (sem, &op, 1, 0, NULL, &error), error);
}

static void
check_told (IpcSemaphore *sem, int value, guint n_holders, int recovered)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (IpcInfo) info = ipc_semaphore_get_info (sem, 0, &error);

  ipc_check_ok (info != NULL, error);
  ck_assert_int_eq (ipc_info_get_value (info), value);
  ck_assert_uint_eq (ipc_info_get_n_holders (info), n_holders);
  ck_assert_int_eq (ipc_info_get_recovered_units (info), recovered);
}

/* -- Another user than who opened it -- */

static void
become_nobody (void)
{
  ck_assert_int_eq (setresgid (NOBODY, NOBODY, NOBODY), 0);
  ck_assert_int_eq (setresuid (NOBODY, NOBODY, NOBODY), 0);
}

static void
take_as_nobody (gpointer sem)
{
  g_autoptr (GError) error = NULL;

  become_nobody ();
  ck_assert (!ipc_semaphore_try_wait (sem, &error));
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_PERMISSION_DENIED, "before giving up privileges");
}

START_TEST (child_of_another_user_gets_no_lane)
{
  g_autoptr (IpcSemaphore) sem = ipc_semaphore_create (ipc_check_plain_name (), 1,
                                                       IPC_SEMAPHORE_UNDO, NULL);

  ck_assert_int_eq (ipc_check_join (ipc_check_fork (take_as_nobody, sem)), 0);
  check_told (sem, 1, 0, 0);
}
END_TEST

static void
hold_as_nobody (gpointer data)
{
  IpcCheckHolder *holder = data;
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_open (holder->name, IPC_SEMAPHORE_UNDO);

  become_nobody ();
  change (sem, -1);
  ipc_check_gate_open (holder->holds);
  ipc_check_gate_pass (holder->ends);
}

START_TEST (lane_outlives_a_change_of_user)
{
  g_autoptr (IpcSemaphore) sem = ipc_semaphore_create (ipc_check_plain_name (), 1, 0, NULL);
  g_auto (IpcCheckHolder) holder = { 0 };
  pid_t pid;

  ipc_check_holder_init (&holder, sem);
  pid = ipc_check_fork (hold_as_nobody, &holder);
  ipc_check_gate_pass (holder.holds);
  check_told (sem, 0, 1, 0);
  ipc_check_kill (pid);
  ipc_check_comes_back (sem);
}
END_TEST

/* -- Where /proc is not -- */

static void
hide_proc (void)
{
  ck_assert_int_eq (mount ("tmpfs", "/proc", "tmpfs", 0, "size=4096"), 0);
}

/* By _exit(2): what a sanitizer does at exit(3) needs /proc. */
static void
wait_without_proc (gpointer name)
{
  ipc_check_peer_wait (name);
  _exit (0);
}

static void
use_without_proc (gpointer name)
{
  g_autoptr (IpcSemaphore) sem = NULL;
  g_autoptr (IpcSemaphore) undo = NULL;
  g_autoptr (GError) error = NULL;

  hide_proc ();
  undo = ipc_semaphore_create (name, 2, IPC_SEMAPHORE_UNDO, &error);
  ck_assert_ptr_null (undo);
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_NOT_SUPPORTED, "/proc|without UNDO");
  g_clear_error (&error);

  /* Nothing is left of it, and a plain one needs no /proc. */
  sem = ipc_semaphore_create (name, 2, IPC_SEMAPHORE_FLAGS_NONE, &error);
  ipc_check_ok (sem != NULL, error);
  change (sem, -1);
  ck_assert_int_eq (ipc_check_join (ipc_check_fork (wait_without_proc, name)), 0);
  ck_assert (!ipc_semaphore_wait (sem, 20 * 1000, NULL, &error));
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_TIMED_OUT, NULL);
  change (sem, +3);
  _exit (0);
}

START_TEST (undo_needs_proc)
{
  const char *plain = ipc_check_plain_name ();
  g_autoptr (IpcSemaphore) sem = NULL;

  ck_assert_int_eq (ipc_check_in_namespaces (CLONE_NEWNS, 0, use_without_proc, (gpointer) plain), 0);
  sem = ipc_check_semaphore_open (plain, IPC_SEMAPHORE_UNDO);
  check_told (sem, 3, 0, 0);
}
END_TEST

/* -- Another PID namespace: no process id decides anything -- */

/* fork(2) itself: the new process is the first of its namespace, and sees no parent.  When it has
 * ended no other can be made, not even by a sanitizer at exit(3). */
static void
hold_from_another_namespace (gpointer data)
{
  IpcCheckHolder *holder = data;
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_open (holder->name, 0);
  pid_t pid = fork ();

  if (pid == 0)
    {
      ck_assert_int_eq (getpid (), 1);
      ipc_check_peer_hold (holder);
      _exit (0);
    }

  ipc_check_gate_pass (holder->holds);
  check_told (sem, 0, 1, 0);
  ipc_check_kill (pid);
  ipc_check_comes_back (sem);
  _exit (0);
}

START_TEST (holder_may_have_process_ids_of_its_own)
{
  g_autoptr (IpcSemaphore) sem = ipc_semaphore_create (ipc_check_plain_name (), 1, 0, NULL);
  g_auto (IpcCheckHolder) holder = { 0 };

  ipc_check_holder_init (&holder, sem);
  ck_assert_int_eq (ipc_check_in_namespaces (CLONE_NEWPID, 0, hold_from_another_namespace, &holder),
                    0);
}
END_TEST

static void
add_tests (Suite *suite)
{
  TCase *tcase = ipc_check_tcase (suite, "native-place");

  if (!ipc_backend_is_available (IPC_BACKEND_NATIVE))
    {
      ipc_check_skip ("native-place", "this platform has no native semaphores");
      return;
    }

  if (ipc_check_needs_root ("native semaphores of another user"))
    {
      tcase_add_test (tcase, child_of_another_user_gets_no_lane);
      tcase_add_test (tcase, lane_outlives_a_change_of_user);
    }
  if (ipc_check_needs_namespaces ("native semaphores in other namespaces"))
    {
      tcase_add_test (tcase, undo_needs_proc);
      tcase_add_test (tcase, holder_may_have_process_ids_of_its_own);
    }
}

int
main (void)
{
  return ipc_check_main ("native-place", add_tests);
}
