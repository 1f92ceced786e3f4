/* check-native-child.c: native semaphores after fork, and after all files were closed
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ipc-check-semaphore.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* -- Children, by fork(3) and by the system call alone -- */

static pid_t
raw_clone (void)
{
  return (pid_t) syscall (SYS_clone, SIGCHLD, 0, 0, 0, 0);
}

static pid_t (*const ways[]) (void) = { fork, raw_clone };

typedef struct
{
  IpcSemaphore *sem;
  IpcCheckGate *holds, *ends;
} Inherited;

static void
use_in_child (const Inherited *self, int delta)
{
  ipc_check_change (self->sem, delta);
  ipc_check_gate_open (self->holds);
  ipc_check_gate_pass (self->ends);
  _exit (0);
}

/* Five units; this process has two, and its child changes them by @delta. */
static pid_t
start_child (Inherited *self, int way, int delta)
{
  pid_t pid;

  self->sem = ipc_semaphore_create (ipc_check_plain_name (), 5, IPC_SEMAPHORE_UNDO, NULL);
  self->holds = ipc_check_gate_new ();
  self->ends = ipc_check_gate_new ();
  ipc_check_change (self->sem, -2);

  pid = ways[way]();
  if (pid == 0)
    use_in_child (self, delta);
  ipc_check_gate_pass (self->holds);
  return pid;
}

static void
end_child (Inherited *self, pid_t pid)
{
  ipc_check_kill (pid);
  ipc_check_gate_free (self->holds);
  ipc_check_gate_free (self->ends);
}

START_TEST (child_holds_for_itself)
{
  Inherited both;
  const pid_t pid = start_child (&both, _i, -2);

  ipc_check_told (both.sem, 1, 2, 0);
  end_child (&both, pid);
  ipc_check_told (both.sem, 3, 1, 2);
  ipc_check_change (both.sem, +2);
  ipc_check_told (both.sem, 5, 0, 2);
  g_object_unref (both.sem);
}
END_TEST

/* It holds nothing, so that what it gives is a gift, and its parent still holds all of its own. */
START_TEST (child_gives_nothing_of_its_parents)
{
  Inherited both;
  const pid_t pid = start_child (&both, _i, +2);

  ipc_check_told (both.sem, 5, 1, 0);
  end_child (&both, pid);
  ipc_check_told (both.sem, 5, 1, 0);
  ipc_check_change (both.sem, +2);
  ipc_check_told (both.sem, 7, 0, 0);
  g_object_unref (both.sem);
}
END_TEST

/* -- What waits in threads of the parent, which a child does not have -- */

#define STACK_SIZE (1024 * 1024)

typedef struct
{
  IpcSemaphore *sem;
  GCancellable *cancellable;
  gpointer      stack;
  pthread_t     thread;
} Sleeping;

static void *
wait_until_closed (void *data)
{
  const Sleeping *self = data;
  g_autoptr (GError) error = NULL;

  ck_assert (!ipc_semaphore_wait (self->sem, IPC_CHECK_LONG, self->cancellable, &error));
  ck_assert (g_error_matches (error, IPC_ERROR, IPC_ERROR_CLOSED));
  return NULL;
}

/* On a stack of its own, so that the test knows where it is. */
static void
start_sleeper (Sleeping *self)
{
  pthread_attr_t attr;

  self->sem = ipc_semaphore_create (ipc_check_plain_name (), 0, IPC_SEMAPHORE_FLAGS_NONE, NULL);
  self->cancellable = g_cancellable_new ();
  self->stack = mmap (NULL, STACK_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ck_assert_ptr_ne (self->stack, MAP_FAILED);
  pthread_attr_init (&attr);
  pthread_attr_setstack (&attr, self->stack, STACK_SIZE);
  ck_assert_int_eq (pthread_create (&self->thread, &attr, wait_until_closed, self), 0);
  pthread_attr_destroy (&attr);
  ipc_check_waiters (self->sem, 0, 1, 0);
}

static void
end_sleeper (Sleeping *self)
{
  ipc_semaphore_close (self->sem, NULL);
  ck_assert_int_eq (pthread_join (self->thread, NULL), 0);
  munmap (self->stack, STACK_SIZE);
  g_object_unref (self->cancellable);
  g_object_unref (self->sem);
}

/* The memory may be anybody's by then: the C library gives it to the next thread. */
static void
end_waits_in_child (const Sleeping *self)
{
  mprotect (self->stack, STACK_SIZE, PROT_NONE);
  g_cancellable_cancel (self->cancellable);
  _exit (ipc_semaphore_close (self->sem, NULL) ? 0 : 1);
}

START_TEST (child_ends_waits_without_its_parents_threads)
{
  Sleeping parents;
  pid_t pid;

  start_sleeper (&parents);
  pid = ways[_i]();
  if (pid == 0)
    end_waits_in_child (&parents);
  ck_assert_int_eq (ipc_check_join (pid), 0);
  ipc_check_told (parents.sem, 0, 0, 0);
  end_sleeper (&parents);
}
END_TEST

/* -- Claims are the process's own: a description that two share would let both claim at once -- */

static void
move_in_child (IpcSemaphore *sem, int fd)
{
  IpcInfo *info = ipc_semaphore_get_info (sem, 0, NULL);

  ck_assert_ptr_nonnull (info);
  ck_assert_int_eq (lseek (fd, 77, SEEK_SET), 77);
  /* valgrind would miss them. */
  ipc_info_unref (info);
  g_object_unref (sem);
  _exit (0);
}

START_TEST (child_shares_no_open_file)
{
  const char *plain = ipc_check_plain_name ();
  g_autoptr (IpcSemaphore) made = ipc_semaphore_create (plain, 5, IPC_SEMAPHORE_FLAGS_NONE, NULL);
  g_autoptr (IpcSemaphore) sem = NULL;
  pid_t pid;
  int fd;

  /* A file has its name only when it was opened by it. */
  g_clear_object (&made);
  sem = ipc_check_semaphore_open (plain, IPC_SEMAPHORE_UNDO);
  fd = ipc_check_semaphore_fd (plain);
  ck_assert_int_ge (fd, 3);

  pid = ways[_i]();
  if (pid == 0)
    move_in_child (sem, fd);
  ck_assert_int_eq (ipc_check_join (pid), 0);
  ck_assert_int_eq (lseek (fd, 0, SEEK_CUR), 0);
}
END_TEST

/* -- Descriptors that others have closed -- */

/* Every number up to 63 is then another file, of which any byte may be locked. */
static void
replace_all_files (const char *keep_out)
{
  int other = memfd_create ("other", 0);

  ck_assert_int_ge (other, 0);
  for (int fd = 3; fd < 64; fd++)
    if (fd != other)
      dup2 (other, fd);
  ck_assert_int_lt (ipc_check_semaphore_fd (keep_out), 0);
}

static void
give_one (gpointer sem)
{
  ipc_check_change (sem, +1);
}

static void
wait_with_lost_file (gpointer name)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_open (name, IPC_SEMAPHORE_UNDO);
  g_autoptr (GError) error = NULL;

  replace_all_files (name);
  ck_assert (!ipc_semaphore_wait (sem, 100 * 1000, NULL, &error));
  ck_assert (error->code == IPC_ERROR_TIMED_OUT);
  ck_assert (!ipc_semaphore_try_wait (sem, NULL));
  /* What needs no file goes on, in a child as well. */
  ck_assert_int_eq (ipc_check_join (ipc_check_fork (give_one, sem)), 0);
  ipc_check_change (sem, -1);
  ipc_check_change (sem, +1);
}

START_TEST (lost_file_makes_nobody_dead)
{
  const char *plain = ipc_check_plain_name ();
  g_autoptr (IpcSemaphore) sem = ipc_semaphore_create (plain, 1, IPC_SEMAPHORE_UNDO, NULL);

  ipc_check_change (sem, -1);
  ck_assert_int_eq (ipc_check_join (ipc_check_fork (wait_with_lost_file, (gpointer) plain)), 0);
  ipc_check_told (sem, 1, 1, 0);
}
END_TEST

static void
take_lane_with_lost_file (gpointer name)
{
  g_autoptr (IpcSemaphore) plain = ipc_check_semaphore_open (name, IPC_SEMAPHORE_FLAGS_NONE);
  g_autoptr (IpcSemaphore) again = NULL;
  g_autoptr (GError) error = NULL;

  replace_all_files (name);
  again = ipc_semaphore_open (name, IPC_SEMAPHORE_UNDO, &error);
  ipc_check_ok (again != NULL, error);
  ipc_check_change (again, -1);
  ipc_check_change (plain, -1);
  _exit (0);
}

START_TEST (opening_again_mends_a_lost_file)
{
  const char *plain = ipc_check_plain_name ();
  g_autoptr (IpcSemaphore) sem = ipc_semaphore_create (plain, 4, IPC_SEMAPHORE_FLAGS_NONE, NULL);
  pid_t pid = ipc_check_fork (take_lane_with_lost_file, (gpointer) plain);

  ck_assert_int_eq (ipc_check_join (pid), 0);
  ipc_check_told (sem, 3, 0, 1);
}
END_TEST

/* A daemon: it forks, closes all, and goes on with what it inherited.  The framework's file is closed
 * as well, so that nothing is asserted.  Ends with 0 if it took a unit, else with the error. */
static void
take_as_daemon (gpointer sem)
{
  g_autoptr (GError) error = NULL;

  for (int fd = 3; fd < 64; fd++)
    close (fd);
  if (ipc_semaphore_wait (sem, 2 * IPC_CHECK_LONG, NULL, &error))
    _exit (0);
  _exit (strstr (error->message, "open it again") != NULL ? error->code : 99);
}

START_TEST (daemon_finds_the_file_again)
{
  g_autoptr (IpcSemaphore) sem = ipc_semaphore_create (ipc_check_plain_name (), 4,
                                                       IPC_SEMAPHORE_UNDO, NULL);

  ck_assert_int_eq (ipc_check_join (ipc_check_fork (take_as_daemon, sem)), 0);
  ipc_check_told (sem, 4, 0, 1);
}
END_TEST

START_TEST (daemon_without_the_file_is_told)
{
  static const guint nine = 9;
  g_autoptr (IpcSemaphore) sem = ipc_semaphore_create (ipc_check_plain_name (), 4,
                                                       IPC_SEMAPHORE_UNDO, NULL);
  g_autoptr (IpcSemaphore) other = ipc_semaphore_new_full (ipc_semaphore_get_name (sem),
                                                           IPC_OPEN_REPLACE, &nine, 1, 0600, 0, NULL,
                                                           NULL);

  ck_assert_int_eq (ipc_check_join (ipc_check_fork (take_as_daemon, sem)), IPC_ERROR_FAILED);
  ipc_check_told (sem, 4, 0, 0);
  ipc_check_told (other, 9, 0, 0);
}
END_TEST

/* Nobody else is there to find out that the holder died. */
START_TEST (daemon_looks_after_the_dead)
{
  g_autoptr (IpcSemaphore) sem = ipc_semaphore_create (ipc_check_plain_name (), 1, 0, NULL);
  IpcCheckHolder *holder;
  pid_t pid, daemon_pid;

  holder = ipc_check_holder_new (sem);
  pid = ipc_check_fork (ipc_check_peer_hold, holder);
  ipc_check_gate_pass (holder->holds);
  daemon_pid = ipc_check_fork (take_as_daemon, sem);
  ck_assert (ipc_check_blocked (daemon_pid));
  ipc_check_kill (pid);
  ck_assert_int_eq (ipc_check_join (daemon_pid), 0);
}
END_TEST

static void
add_tests (Suite *suite)
{
  TCase *tcase = ipc_check_tcase (suite, "native-child");
  const TTest *alone[] = {
    lost_file_makes_nobody_dead, opening_again_mends_a_lost_file, daemon_finds_the_file_again,
    daemon_without_the_file_is_told, daemon_looks_after_the_dead,
  };
  const int n_ways = G_N_ELEMENTS (ways);

  if (!ipc_backend_is_available (IPC_BACKEND_NATIVE))
    {
      ipc_check_skip ("native-child", "this platform has no native semaphores");
      return;
    }

  tcase_add_loop_test (tcase, child_holds_for_itself, 0, n_ways);
  tcase_add_loop_test (tcase, child_gives_nothing_of_its_parents, 0, n_ways);
  tcase_add_loop_test (tcase, child_ends_waits_without_its_parents_threads, 0, n_ways);
  tcase_add_loop_test (tcase, child_shares_no_open_file, 0, n_ways);
  for (gsize i = 0; i < G_N_ELEMENTS (alone); i++)
    tcase_add_test (tcase, alone[i]);
}

int
main (void)
{
  return ipc_check_main ("native-child", add_tests);
}
