/* check-semaphore-undo.c: units come back when their holder is gone, and only then
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ipc-check-semaphore.h"

#include <fcntl.h>
#include <signal.h>
#ifdef G_OS_UNIX
# include <sys/wait.h>
#endif
#include <unistd.h>

/* -- Ways to go -- */

START_TEST (units_of_a_holder_that_ends_come_back)
{
  static const int signals[] = {
    0, -1, SIGKILL,
#ifdef G_OS_UNIX
    SIGTERM, SIGSEGV,
#endif
  };
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 1, IPC_SEMAPHORE_FLAGS_NONE);

  for (gsize i = 0; i < G_N_ELEMENTS (signals); i++)
    {
      IpcCheckHolder *holder;
      g_autoptr (GError) error = NULL;
      pid_t pid;

      holder = ipc_check_holder_new (sem);
      holder->signal = signals[i];
      pid = ipc_check_fork (ipc_check_peer_hold, holder);
      ipc_check_gate_pass (holder->holds);
      ipc_check_is_held (sem);
      ipc_check_gate_open (holder->ends);
      ck_assert_int_eq (ipc_check_join (pid), signals[i] > 0 ? 128 + signals[i] : 0);
      ipc_check_comes_back (sem);
      ipc_check_ok (ipc_semaphore_post (sem, &error), error);
    }
}
END_TEST

START_TEST (waiter_gets_what_a_killed_peer_held)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 1, IPC_SEMAPHORE_FLAGS_NONE);
  IpcCheckHolder *holder;
  pid_t pid, waiter;

  holder = ipc_check_holder_new (sem);
  pid = ipc_check_fork (ipc_check_peer_hold, holder);
  ipc_check_gate_pass (holder->holds);
  waiter = ipc_check_fork (ipc_check_peer_wait, (gpointer) holder->name);
  ck_assert (ipc_check_blocked (waiter));
  ipc_check_kill (pid);
  ck_assert_int_eq (ipc_check_join (waiter), 0);
  ipc_check_is_held (sem);
}
END_TEST

static void
take_of_a_set (gpointer data)
{
  IpcCheckHolder *holder = data;
  const IpcSemaphoreOp ops[] = { { 0, -3 }, { 2, -1 }, { 0, -1 }, { 0, +2 } };
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_open (holder->name, IPC_SEMAPHORE_UNDO);
  g_autoptr (GError) error = NULL;

  ipc_check_ok (ipc_semaphore_operate (sem, ops, G_N_ELEMENTS (ops), 0, NULL, &error), error);
  ipc_check_gate_open (holder->holds);
  ipc_check_gate_pass (holder->ends);
}

START_TEST (units_of_a_whole_set_come_back)
{
  static const guint values[] = { 5, 1, 1 }, held[] = { 3, 1, 0 };
  const IpcSemaphoreOp all[] = { { 0, -5 }, { 1, -1 }, { 2, -1 } };
  g_autoptr (IpcSemaphore) sem = ipc_check_set_new (_i, values, 3, IPC_SEMAPHORE_FLAGS_NONE);
  g_autoptr (GError) error = NULL;
  IpcCheckHolder *holder;
  pid_t pid;

  holder = ipc_check_holder_new (sem);
  pid = ipc_check_fork (take_of_a_set, holder);
  ipc_check_gate_pass (holder->holds);
  ipc_check_values (sem, held, 3);
  ipc_check_kill (pid);

  ipc_check_ok (ipc_semaphore_operate (sem, all, 3, IPC_CHECK_LONG, NULL, &error), error);
  for (guint i = 0; i < 3; i++)
    ck_assert_uint_eq (ipc_check_value (sem, i), 0);
}
END_TEST

static void
take_two_give_one_back (gpointer data)
{
  IpcCheckHolder *holder = data;
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_open (holder->name, IPC_SEMAPHORE_UNDO);
  g_autoptr (GError) error = NULL;

  ipc_check_ok (ipc_semaphore_try_wait (sem, &error), error);
  ipc_check_ok (ipc_semaphore_try_wait (sem, &error), error);
  ipc_check_ok (ipc_semaphore_post (sem, &error), error);
  ipc_check_gate_open (holder->holds);
  ipc_check_gate_pass (holder->ends);
}

START_TEST (what_was_given_back_does_not_come_again)
{
  const IpcSemaphoreOp both = { 0, -2 };
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 2, IPC_SEMAPHORE_FLAGS_NONE);
  g_autoptr (GError) error = NULL;
  IpcCheckHolder *holder;
  pid_t pid;

  holder = ipc_check_holder_new (sem);
  pid = ipc_check_fork (take_two_give_one_back, holder);
  ipc_check_gate_pass (holder->holds);
  ck_assert_uint_eq (ipc_check_value (sem, 0), 1);
  ipc_check_kill (pid);
  ipc_check_ok (ipc_semaphore_operate (sem, &both, 1, IPC_CHECK_LONG, NULL, &error), error);
  ck_assert_uint_eq (ipc_check_value (sem, 0), 0);
}
END_TEST

static void
take_without_undo (gpointer data)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_take (((IpcCheckHolder *) data)->name,
                                                 IPC_SEMAPHORE_FLAGS_NONE);
}

START_TEST (nothing_comes_back_without_undo)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 2, IPC_SEMAPHORE_FLAGS_NONE);
  IpcCheckHolder *plain, *undo;
  pid_t pid;

  plain = ipc_check_holder_new (sem);
  undo = ipc_check_holder_new (sem);
  ck_assert_int_eq (ipc_check_join (ipc_check_fork (take_without_undo, plain)), 0);
  /* The unit of a later process comes back: so whatever was due from the earlier one has come. */
  pid = ipc_check_fork (ipc_check_peer_hold, undo);
  ipc_check_gate_pass (undo->holds);
  ipc_check_kill (pid);
  ipc_check_comes_back (sem);
}
END_TEST

/* -- What is no end of a process -- */

static gpointer
take_in_thread (gpointer name)
{
  return ipc_check_take (name, IPC_SEMAPHORE_UNDO);
}

static void
hold_by_a_thread_that_ends (gpointer data)
{
  IpcCheckHolder *holder = data;
  GThread *thread = g_thread_new ("taker", take_in_thread, (gpointer) holder->name);
  g_autoptr (IpcSemaphore) sem = g_thread_join (thread);

  ipc_check_gate_open (holder->holds);
  ipc_check_gate_pass (holder->ends);
}

static void
check_living_holder (IpcSemaphore *sem, pid_t pid)
{
  ipc_check_stays_held (sem);
  ipc_check_is_held (sem);
  ipc_check_kill (pid);
  ipc_check_comes_back (sem);
}

START_TEST (end_of_a_thread_is_no_end)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 1, IPC_SEMAPHORE_FLAGS_NONE);
  IpcCheckHolder *holder;
  pid_t pid;

  holder = ipc_check_holder_new (sem);
  pid = ipc_check_fork (hold_by_a_thread_that_ends, holder);
  ipc_check_gate_pass (holder->holds);
  check_living_holder (sem, pid);
}
END_TEST

#ifdef G_OS_UNIX

/* As daemons do, and programs before they start others. */
static void
hold_and_close_all (gpointer data)
{
  IpcCheckHolder *holder = data;
  g_autoptr (IpcSemaphore) sem = ipc_check_take (holder->name, IPC_SEMAPHORE_UNDO);

  for (int fd = 3; fd < 1024; fd++)
    close (fd);
  raise (SIGSTOP);
  while (pause () < 0)
    continue;
}

static void
hold_stopped (gpointer data)
{
  IpcCheckHolder *holder = data;
  g_autoptr (IpcSemaphore) sem = ipc_check_take (holder->name, IPC_SEMAPHORE_UNDO);

  raise (SIGSTOP);
}

/* That it stopped says that it has come so far. */
static pid_t
start_until_stop (void (*child) (gpointer data), IpcCheckHolder *holder)
{
  pid_t pid = ipc_check_fork (child, holder);
  siginfo_t info;

  ck_assert_int_eq (waitid (P_PID, (id_t) pid, &info, WSTOPPED), 0);
  ck_assert_int_eq (info.si_code, CLD_STOPPED);
  return pid;
}

START_TEST (closing_all_files_is_no_end)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 1, IPC_SEMAPHORE_FLAGS_NONE);
  IpcCheckHolder *holder;
  pid_t pid;

  holder = ipc_check_holder_new (sem);
  pid = start_until_stop (hold_and_close_all, holder);
  ck_assert_int_eq (kill (pid, SIGCONT), 0);
  check_living_holder (sem, pid);
}
END_TEST

/* And it holds nobody up. */
START_TEST (stopped_holder_keeps_its_units)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 1, IPC_SEMAPHORE_FLAGS_NONE);
  IpcCheckHolder *holder;

  holder = ipc_check_holder_new (sem);
  check_living_holder (sem, start_until_stop (hold_stopped, holder));
}
END_TEST

/* -- What is one -- */

START_TEST (zombie_holds_nothing)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 1, IPC_SEMAPHORE_FLAGS_NONE);
  IpcCheckHolder *holder;
  siginfo_t info;
  pid_t pid;

  holder = ipc_check_holder_new (sem);
  ipc_check_gate_open (holder->ends);
  pid = ipc_check_fork (ipc_check_peer_hold, holder);
  ck_assert_int_eq (waitid (P_PID, (id_t) pid, &info, WEXITED | WNOWAIT), 0);
  ipc_check_comes_back (sem);
  ck_assert_int_eq (ipc_check_join (pid), 0);
}
END_TEST

static void
outlive_parent (IpcCheckHolder *holder)
{
  *holder->other = getpid ();
  ipc_check_gate_open (holder->holds);
  ipc_check_gate_pass (holder->ends);
}

static void
hold_fork_and_go (gpointer data)
{
  IpcCheckHolder *holder = data;
  g_autoptr (IpcSemaphore) sem = ipc_check_take (holder->name, IPC_SEMAPHORE_UNDO);

  if (fork () == 0)
    outlive_parent (holder);
}

START_TEST (child_that_lives_on_holds_nothing_for_its_parent)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 1, IPC_SEMAPHORE_FLAGS_NONE);
  IpcCheckHolder *holder;

  holder = ipc_check_holder_new (sem);
  ck_assert_int_eq (ipc_check_join (ipc_check_fork (hold_fork_and_go, holder)), 0);
  ipc_check_gate_pass (holder->holds);
  ipc_check_comes_back (sem);
  ck_assert_int_eq (kill (*holder->other, 0), 0);
  ipc_check_gate_open (holder->ends);
}
END_TEST

static void
end_at_once (gpointer data G_GNUC_UNUSED)
{
}

/* The ledger of a child starts empty. */
START_TEST (child_gives_nothing_back_for_its_parent)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 1, IPC_SEMAPHORE_UNDO);
  g_autoptr (IpcSemaphore) plain = ipc_check_semaphore_open (ipc_semaphore_get_name (sem), 0);
  g_autoptr (GError) error = NULL;

  ipc_check_ok (ipc_semaphore_try_wait (sem, &error), error);
  ck_assert_int_eq (ipc_check_join (ipc_check_fork (end_at_once, NULL)), 0);
  ipc_check_stays_held (plain);
}
END_TEST

typedef struct
{
  const char *name;
  int         input[2];
  int         started[2];
} Program;

/* The end of @started that this process has closes when it becomes the program. */
static void
hold_and_exec (gpointer data)
{
  Program *program = data;
  g_autoptr (IpcSemaphore) sem = ipc_check_take (program->name, IPC_SEMAPHORE_UNDO);

  dup2 (program->input[0], STDIN_FILENO);
  execlp ("cat", "cat", NULL);
}

/* To the kernel it is the same process, which System V goes by; the library's own state is gone. */
START_TEST (program_that_is_replaced_lets_go)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 1, IPC_SEMAPHORE_FLAGS_NONE);
  Program program = { .name = ipc_semaphore_get_name (sem) };
  char byte;
  pid_t pid;

  ck_assert_int_eq (pipe2 (program.input, O_CLOEXEC), 0);
  ck_assert_int_eq (pipe2 (program.started, O_CLOEXEC), 0);
  pid = ipc_check_fork (hold_and_exec, &program);
  close (program.started[1]);
  ck_assert_int_eq (read (program.started[0], &byte, 1), 0);

  if (ipc_check_semaphore_has (_i, IPC_CHECK_SYSTEM_V))
    ipc_check_stays_held (sem);
  else
    ipc_check_comes_back (sem);
  ck_assert_int_eq (kill (pid, 0), 0);
  close (program.input[1]);
  ck_assert_int_eq (ipc_check_join (pid), 0);
}
END_TEST

#endif

static void
add_tests (Suite *suite)
{
  TCase *tcase = ipc_check_tcase (suite, "semaphore-undo");
  const TTest *all[] = {
    units_of_a_holder_that_ends_come_back, waiter_gets_what_a_killed_peer_held,
    units_of_a_whole_set_come_back, what_was_given_back_does_not_come_again,
    nothing_comes_back_without_undo, end_of_a_thread_is_no_end,
#ifdef G_OS_UNIX
    closing_all_files_is_no_end, stopped_holder_keeps_its_units, zombie_holds_nothing,
    child_that_lives_on_holds_nothing_for_its_parent, child_gives_nothing_back_for_its_parent,
    program_that_is_replaced_lets_go,
#endif
  };

  for (gsize i = 0; i < G_N_ELEMENTS (all); i++)
    ipc_check_add_semaphore_test (tcase, all[i], IPC_CHECK_UNDO | IPC_CHECK_SETS, 0);
}

int
main (void)
{
  return ipc_check_main ("semaphore-undo", add_tests);
}
