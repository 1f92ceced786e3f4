/* check-native-wait.c: who sleeps on a native semaphore, and what wakes him
 *
 * Each test runs twice: with the kernel as it is, and as one without futex_waitv(2).
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ipc-check-semaphore.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_futex_waitv
#define SYS_futex_waitv 449
#endif

/* Of several rounds, the quickest shows what can be done and each what a busy machine keeps. */
#define ROUNDS 12
#define QUICK_US (10 * 1000)
#define SOON_US (50 * 1000)
#define SLICES_US (200 * 1000)
#define BOUND_US (10 * G_USEC_PER_SEC)

/* As Linux before 5.16, or a sandbox. */
static void
take_away_waitv (void)
{
  struct sock_filter code[] = {
    BPF_STMT (BPF_LD | BPF_W | BPF_ABS, offsetof (struct seccomp_data, nr)),
    BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, SYS_futex_waitv, 0, 1),
    BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
    BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const struct sock_fprog program = { G_N_ELEMENTS (code), code };

  ck_assert_int_eq (prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
  ck_assert_int_eq (prctl (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), 0);
  ck_assert_int_eq (syscall (SYS_futex_waitv, NULL, 0, 0, NULL, 0), -1);
  ck_assert_int_eq (errno, ENOSYS);
}

/* What the quickest must be.  The kernel may be such a one, and valgrind is. */
static gint64
quick_us (void)
{
  return syscall (SYS_futex_waitv, NULL, 0, 0, NULL, 0) < 0 && errno == ENOSYS ? SLICES_US
                                                                              : QUICK_US;
}

static IpcSemaphore *
sem_new (int loop, guint value)
{
  g_autoptr (GError) error = NULL;
  IpcSemaphore *self = ipc_semaphore_create (ipc_check_plain_name (), value, 0, &error);

  ipc_check_ok (self != NULL, error);
  if (loop == 1)
    take_away_waitv ();
  return self;
}

/* -- Threads that sleep, and are to end at once -- */

typedef struct
{
  IpcSemaphore *sem;
  int           delta;
  GCancellable *cancellable;
  GError       *error;
  gint64        ended;
} Sleeper;

static gpointer
sleep_in_thread (gpointer data)
{
  Sleeper *self = data;
  const IpcSemaphoreOp op = { 0, self->delta };

  ipc_semaphore_operate (self->sem, &op, 1, -1, self->cancellable, &self->error);
  self->ended = g_get_monotonic_time ();
  return NULL;
}

/* By the count of those who sleep, which is told. */
static void
await_sleepers (IpcSemaphore *sem, int n)
{
  for (;;)
    {
      g_autoptr (IpcInfo) info = ipc_check_info (sem);

      if (ipc_info_get_waiters (info) + ipc_info_get_zero_waiters (info) == n)
        return;
    }
}

static gboolean
another_round (int round, gint64 best, gint64 limit_us)
{
  return round < ROUNDS || (best >= limit_us && round < 25 * ROUNDS);
}

/* How long after @end the sleeper ended, which is by @code.  @sem: the same, to look at it. */
static gint64
end_of_sleep (IpcSemaphore *sem, Sleeper *self, void (*end) (Sleeper *self), GQuark domain, int code)
{
  GThread *thread = g_thread_new ("sleeper", sleep_in_thread, self);
  gint64 start;

  await_sleepers (sem, 1);
  start = g_get_monotonic_time ();
  end (self);
  g_thread_join (thread);
  ipc_check_error (self->error, domain, code, NULL);
  g_clear_error (&self->error);
  ck_assert_int_lt (self->ended - start, BOUND_US);
  return self->ended - start;
}

static void
cancel (Sleeper *self)
{
  g_cancellable_cancel (self->cancellable);
}

static void
close_it (Sleeper *self)
{
  ck_assert (ipc_semaphore_close (self->sem, NULL));
}

/* Half of them sleep until there are two units, half until there is none. */
START_TEST (cancelling_ends_a_sleep_at_once)
{
  g_autoptr (IpcSemaphore) sem = sem_new (_i, 1);
  gint64 best = G_MAXINT64;

  for (int i = 0; another_round (i, best, quick_us ()); i++)
    {
      g_autoptr (GCancellable) cancellable = g_cancellable_new ();
      Sleeper sleeper = { sem, i % 2 ? -2 : 0, cancellable, NULL, 0 };
      const gint64 took = end_of_sleep (sem, &sleeper, cancel, G_IO_ERROR, G_IO_ERROR_CANCELLED);

      best = MIN (best, took);
    }
  ck_assert_int_lt (best, quick_us ());
  ck_assert_uint_eq (ipc_check_value (sem, 0), 1);
}
END_TEST

START_TEST (closing_ends_a_sleep_at_once)
{
  g_autoptr (IpcSemaphore) sem = sem_new (_i, 1);
  gint64 best = G_MAXINT64;

  for (int i = 0; another_round (i, best, quick_us ()); i++)
    {
      g_autoptr (IpcSemaphore) other = ipc_check_semaphore_open (ipc_semaphore_get_name (sem), 0);
      Sleeper sleeper = { other, i % 2 ? -2 : 0, NULL, NULL, 0 };
      const gint64 took = end_of_sleep (sem, &sleeper, close_it, IPC_ERROR, IPC_ERROR_CLOSED);

      best = MIN (best, took);
    }
  ck_assert_int_lt (best, quick_us ());
  ck_assert_uint_eq (ipc_check_value (sem, 0), 1);
}
END_TEST

/* -- Sleepers of every kind on one word -- */

START_TEST (each_is_woken_by_what_it_waits_for)
{
  g_autoptr (IpcSemaphore) sem = sem_new (_i, 2);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  Sleeper sleepers[] = {
    { sem, 0, NULL, NULL, 0 },
    { sem, -4, NULL, NULL, 0 },
    { sem, -3, cancellable, NULL, 0 },
    { sem, 0, cancellable, NULL, 0 },
  };
  GThread *threads[4];

  for (int i = 0; i < 4; i++)
    threads[i] = g_thread_new ("sleeper", sleep_in_thread, &sleepers[i]);
  await_sleepers (sem, 4);

  /* Three are there: one goes on, and so do then those who wait for none. */
  ipc_check_change (sem, +1);
  g_thread_join (threads[2]);
  g_thread_join (threads[0]);
  g_thread_join (threads[3]);
  await_sleepers (sem, 1);
  ipc_check_change (sem, +5);
  g_thread_join (threads[1]);
  for (int i = 0; i < 4; i++)
    ck_assert_ptr_null (sleepers[i].error);
  ck_assert_uint_eq (ipc_check_value (sem, 0), 1);
  await_sleepers (sem, 0);
}
END_TEST

START_TEST (units_given_at_once_wake_as_many)
{
  g_autoptr (IpcSemaphore) sem = sem_new (_i, 0);
  Sleeper sleepers[6];
  GThread *threads[6];

  for (int i = 0; i < 6; i++)
    {
      sleepers[i] = (Sleeper){ sem, -1, NULL, NULL, 0 };
      threads[i] = g_thread_new ("sleeper", sleep_in_thread, &sleepers[i]);
    }
  await_sleepers (sem, 6);
  ipc_check_change (sem, +4);
  await_sleepers (sem, 2);
  ipc_check_change (sem, +2);
  for (int i = 0; i < 6; i++)
    {
      g_thread_join (threads[i]);
      ck_assert_ptr_null (sleepers[i].error);
    }
  ck_assert_uint_eq (ipc_check_value (sem, 0), 0);
}
END_TEST

/* -- Who looks after the dead, and dies -- */

/* Beside those of the lanes: the lock byte of the one sleeper that looks after the dead. */
#define DUTY_BYTE ((G_GINT64_CONSTANT (1) << 40) + G_MAXUINT16)

static void
await_duty (IpcSemaphore *sem)
{
  g_autofree char *path = g_strconcat ("/dev/shm/ipc-sem.", ipc_semaphore_get_name (sem), NULL);
  const int fd = open (path, O_RDWR | O_CLOEXEC);
  struct flock lock;

  do
    {
      sched_yield ();
      lock = (struct flock){ .l_type = F_WRLCK, .l_start = DUTY_BYTE, .l_len = 1 };
      ck_assert_int_eq (fcntl (fd, F_OFD_GETLK, &lock), 0);
    }
  while (lock.l_type == F_UNLCK);
  close (fd);
}

static pid_t
start_waiter (IpcSemaphore *sem)
{
  const pid_t pid = ipc_check_fork (ipc_check_peer_wait, ipc_check_name_of (sem));

  ck_assert (ipc_check_blocked (pid));
  return pid;
}

/* Each dies in its turn, the first certainly on duty; the last gets the unit. */
START_TEST (dead_on_duty_are_replaced)
{
  g_autoptr (IpcSemaphore) sem = sem_new (_i, 1);
  IpcCheckHolder *holder;
  pid_t pid, waiters[3];

  holder = ipc_check_holder_new (sem);
  pid = ipc_check_fork (ipc_check_peer_hold, holder);
  ipc_check_gate_pass (holder->holds);
  waiters[0] = start_waiter (sem);
  await_duty (sem);
  waiters[1] = start_waiter (sem);
  waiters[2] = start_waiter (sem);

  ipc_check_kill (waiters[0]);
  await_duty (sem);
  ipc_check_kill (waiters[1]);
  ipc_check_kill (pid);
  ck_assert_int_eq (ipc_check_join (waiters[2]), 0);
  ipc_check_is_held (sem);
}
END_TEST

static void
take_and_give (gpointer name)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_take (name, IPC_SEMAPHORE_UNDO);

  ipc_check_change (sem, +1);
}

/* On one processor, so that who is woken is killed before it runs. */
START_TEST (wake_up_is_not_lost_with_who_was_woken)
{
  g_autoptr (IpcSemaphore) sem = sem_new (_i, 0);
  cpu_set_t first;

  CPU_ZERO (&first);
  CPU_SET (sched_getcpu (), &first);
  ck_assert_int_eq (sched_setaffinity (0, sizeof first, &first), 0);
  for (int i = 0; i < 2 * ROUNDS; i++)
    {
      gpointer name = ipc_check_name_of (sem);
      pid_t waiters[] = { ipc_check_fork (take_and_give, name), ipc_check_fork (take_and_give, name) };

      await_sleepers (sem, 2);
      ipc_check_change (sem, +1);
      ipc_check_kill (waiters[i % 2]);
      ck_assert_int_eq (ipc_check_join (waiters[1 - i % 2]), 0);
      ipc_check_change (sem, -1);
    }
}
END_TEST

/* Who is on duty sweeps every 20 ms. */
START_TEST (units_of_the_dead_come_soon)
{
  g_autoptr (IpcSemaphore) sem = sem_new (_i, 1);
  gint64 best = G_MAXINT64;

  for (int i = 0; another_round (i, best, SOON_US); i++)
    {
      IpcCheckHolder *holder;
      Sleeper sleeper = { sem, -1, NULL, NULL, 0 };
      GThread *thread;
      gint64 start;
      pid_t pid;

      holder = ipc_check_holder_new (sem);
      pid = ipc_check_fork (ipc_check_peer_hold, holder);
      ipc_check_gate_pass (holder->holds);
      thread = g_thread_new ("sleeper", sleep_in_thread, &sleeper);
      await_duty (sem);
      ipc_check_kill (pid);
      start = g_get_monotonic_time ();
      g_thread_join (thread);
      ck_assert_ptr_null (sleeper.error);
      best = MIN (best, sleeper.ended - start);
      ipc_check_change (sem, +1);
    }
  ck_assert_int_lt (best, SOON_US);
}
END_TEST

static void
add_tests (Suite *suite)
{
  TCase *tcase = ipc_check_tcase (suite, "native-wait");
  const TTest *twice[] = {
    cancelling_ends_a_sleep_at_once, closing_ends_a_sleep_at_once,
    each_is_woken_by_what_it_waits_for, units_given_at_once_wake_as_many,
    dead_on_duty_are_replaced, wake_up_is_not_lost_with_who_was_woken, units_of_the_dead_come_soon,
  };

  if (!ipc_backend_is_available (IPC_BACKEND_NATIVE))
    {
      ipc_check_skip ("native-wait", "this platform has no native semaphores");
      return;
    }

  for (gsize i = 0; i < G_N_ELEMENTS (twice); i++)
    tcase_add_loop_test (tcase, twice[i], 0, 2);
}

int
main (void)
{
  return ipc_check_main ("native-wait", add_tests);
}
