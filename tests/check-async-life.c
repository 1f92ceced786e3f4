/* check-async-life.c: waits in a main loop across fork and death, and the threads behind them
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ipc-check-async.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Older headers lack it. */
#ifndef SYS_futex_waitv
#define SYS_futex_waitv 449
#endif

/* Of a busy machine; otherwise it would be for ever. */
#define BOUND_US (10 * G_USEC_PER_SEC)

/* -- fork -- */

/* In the child no wait of the parent is pending: what it posts is the parent's. */
static void
use_inherited (gpointer data)
{
  IpcSemaphore *sem = data;
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_auto (IpcCheckAsync) one = { 0 }, other = { 0 };

  g_main_context_push_thread_default (context);
  ipc_check_async_wait (&one, sem, IPC_CHECK_LONG, NULL);
  ipc_check_async_wait (&other, sem, IPC_CHECK_LONG, cancellable);
  ipc_check_async_pends (&one);
  g_cancellable_cancel (cancellable);
  ipc_check_async_fails (&other, G_IO_ERROR, G_IO_ERROR_CANCELLED, NULL);
  ipc_check_post (sem);
  ipc_check_post (sem);
  ipc_check_async_done (&one);
  g_main_context_pop_thread_default (context);
}

/* One of the two units goes to each, whoever is first. */
START_TEST (child_waits_by_itself)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 0, IPC_SEMAPHORE_FLAGS_NONE);
  g_auto (IpcCheckAsync) wait = { 0 };
  pid_t child;

  ipc_check_async_wait (&wait, sem, -1, NULL);
  ipc_check_async_pends (&wait);
  child = ipc_check_async_fork (use_inherited, sem);
  ck_assert_int_eq (ipc_check_join (child), 0);
  ipc_check_async_done (&wait);
  ck_assert_uint_eq (ipc_check_value (sem, 0), 0);
}
END_TEST

typedef struct
{
  IpcSemaphore *sem;
  GCancellable *cancellable;
} Inherited;

/* Whatever the child does to what it has inherited, the waits of the parent do not see it. */
static void
end_inherited (gpointer data)
{
  const Inherited *self = data;

  g_cancellable_cancel (self->cancellable);
  ck_assert (ipc_semaphore_close (self->sem, NULL));
}

START_TEST (child_does_not_end_the_waits_of_its_parent)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 0, IPC_SEMAPHORE_FLAGS_NONE);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  Inherited inherited = { sem, cancellable };
  g_auto (IpcCheckAsync) wait = { 0 };

  ipc_check_async_wait (&wait, sem, -1, cancellable);
  ipc_check_async_pends (&wait);
  ck_assert_int_eq (ipc_check_join (ipc_check_async_fork (end_inherited, &inherited)), 0);
  ipc_check_async_pends (&wait);
  ipc_check_post (sem);
  ipc_check_async_done (&wait);
}
END_TEST

/* -- Death -- */

START_TEST (unit_of_a_killed_holder_ends_the_wait)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 1, IPC_SEMAPHORE_FLAGS_NONE);
  IpcCheckHolder *holder;
  g_auto (IpcCheckAsync) wait = { 0 };
  pid_t peer;

  holder = ipc_check_holder_new (sem);
  peer = ipc_check_fork (ipc_check_peer_hold, holder);
  ipc_check_gate_pass (holder->holds);
  ipc_check_async_wait (&wait, sem, IPC_CHECK_LONG, NULL);
  ipc_check_async_pends (&wait);
  ipc_check_kill (peer);
  ipc_check_async_done (&wait);
  ck_assert_uint_eq (ipc_check_value (sem, 0), 0);
}
END_TEST

/* The holder dies when nobody looks: a wait that only tries looks before it fails. */
START_TEST (try_finds_the_unit_of_the_dead)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 1, IPC_SEMAPHORE_FLAGS_NONE);
  IpcCheckHolder *holder;
  g_auto (IpcCheckAsync) wait = { 0 };
  pid_t peer;

  holder = ipc_check_holder_new (sem);
  peer = ipc_check_fork (ipc_check_peer_hold, holder);
  ipc_check_gate_pass (holder->holds);
  ipc_check_kill (peer);
  ipc_check_async_wait (&wait, sem, 0, NULL);
  ipc_check_async_done (&wait);
}
END_TEST

typedef struct
{
  const char   *name;
  guint         n_takes; /* then it goes on waiting */
  IpcCheckGate *waits;
} Taker;

static void
take_and_wait (gpointer data)
{
  const Taker *self = data;
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_open (self->name, IPC_SEMAPHORE_UNDO);
  g_autofree IpcCheckAsync *waits = g_new0 (IpcCheckAsync, self->n_takes + 1);

  ipc_check_async_begin (waits, self->n_takes + 1, sem, NULL);
  for (guint i = 0; i < self->n_takes; i++)
    ipc_check_async_done (&waits[i]);
  ipc_check_async_pends (&waits[self->n_takes]);
  ipc_check_gate_open (self->waits);
  ipc_check_async_join (&waits[self->n_takes]);
}

/* What a main loop took under UNDO comes back with its death, and what it waited for is not gone. */
START_TEST (killed_main_loop_takes_nothing_along)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 3, IPC_SEMAPHORE_FLAGS_NONE);
  Taker taker = { ipc_semaphore_get_name (sem), 3, ipc_check_gate_new () };
  pid_t peer = ipc_check_fork (take_and_wait, &taker);

  ipc_check_gate_pass (taker.waits);
  ck_assert_uint_eq (ipc_check_value (sem, 0), 0);
  ipc_check_kill (peer);
  for (guint i = 0; i < 3; i++)
    {
      g_autoptr (GError) error = NULL;

      ipc_check_ok (ipc_semaphore_wait (sem, IPC_CHECK_LONG, NULL, &error), error);
    }
  ipc_check_is_held (sem);
  ipc_check_post (sem);
  ck_assert_uint_eq (ipc_check_value (sem, 0), 1);
  ipc_check_gate_free (taker.waits);
}
END_TEST

/* -- Threads -- */

static void
await_no_threads (void)
{
  const gint64 deadline = g_get_monotonic_time () + IPC_CHECK_LONG;

  while (ipc_check_count_threads ("ipc-") > 0)
    {
      ck_assert_msg (g_get_monotonic_time () < deadline, "a thread stays");
      sched_yield ();
    }
}

START_TEST (threads_end_when_nothing_is_left)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 0, IPC_SEMAPHORE_FLAGS_NONE);

  for (guint i = 0; i < 2; i++)
    {
      g_auto (IpcCheckAsync) wait = { 0 };

      ipc_check_async_wait (&wait, sem, -1, NULL);
      ipc_check_async_pends (&wait);
      ck_assert_uint_eq (ipc_check_count_threads ("ipc-"), 1);
      ipc_check_post (sem);
      ipc_check_async_done (&wait);
      await_no_threads ();
    }
}
END_TEST

static pid_t handler_tid;

static void
note_thread (int number G_GNUC_UNUSED)
{
  handler_tid = gettid ();
}

/* A signal that the program's own thread blocks waits for it, and does not run elsewhere. */
START_TEST (signals_are_left_to_the_program)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 0, IPC_SEMAPHORE_FLAGS_NONE);
  g_auto (IpcCheckAsync) wait = { 0 };
  sigset_t usr1, mask;

  sigemptyset (&usr1);
  sigaddset (&usr1, SIGUSR1);
  ck_assert (signal (SIGUSR1, note_thread) != SIG_ERR);
  ipc_check_async_wait (&wait, sem, -1, NULL);
  ipc_check_async_pends (&wait);

  ck_assert_int_eq (pthread_sigmask (SIG_BLOCK, &usr1, &mask), 0);
  ck_assert (!sigismember (&mask, SIGUSR1));
  ck_assert_int_eq (kill (getpid (), SIGUSR1), 0);
  ipc_check_async_pends (&wait);
  ck_assert_int_eq (handler_tid, 0);
  ck_assert_int_eq (pthread_sigmask (SIG_UNBLOCK, &usr1, NULL), 0);
  ck_assert_int_eq (handler_tid, gettid ());
  ipc_check_post (sem);
  ipc_check_async_done (&wait);
}
END_TEST

static void
wait_without_threads (gpointer name)
{
  const struct rlimit none = { 0, 0 };
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_open (name, IPC_SEMAPHORE_ANY_OWNER);
  IpcCheckAsync waits[3] = { { 0 } };

  /* GLib starts a thread of its own for the first one. */
  ipc_check_async_wait (&waits[2], sem, -1, NULL);
  ipc_check_async_done (&waits[2]);
  ck_assert_int_eq (setrlimit (RLIMIT_NPROC, &none), 0);
  for (guint i = 0; i < 2; i++)
    {
      ipc_check_async_wait (&waits[i], sem, -1, NULL);
      ipc_check_async_fails (&waits[i], IPC_ERROR, IPC_ERROR_NO_SPACE, name);
      ipc_check_async_clear (&waits[i]);
    }
  /* What needs no thread goes on. */
  ipc_check_post (sem);
  waits[0] = (IpcCheckAsync){ 0 };
  ipc_check_async_wait (&waits[0], sem, -1, NULL);
  ipc_check_async_done (&waits[0]);
  /* A look for leaks would need one, too. */
  _exit (EXIT_SUCCESS);
}

START_TEST (no_thread_is_an_error)
{
  const guint one = 1;
  const char *name = ipc_check_semaphore_name (_i);
  g_autoptr (GError) error = NULL;
  g_autoptr (IpcSemaphore) sem = ipc_semaphore_new_full (name, IPC_OPEN_CREATE, &one, 1, 0666, 0,
                                                         NULL, &error);

  ipc_check_ok (sem != NULL, error);
  ck_assert_int_eq (ipc_check_as_nobody (wait_without_threads, (gpointer) name), 0);
}
END_TEST

/* -- A kernel, or a sandbox, that cannot sleep on many words -- */

static void
deny_futex_waitv (int errsv)
{
  struct sock_filter code[] = {
    BPF_STMT (BPF_LD | BPF_W | BPF_ABS, offsetof (struct seccomp_data, nr)),
    BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, SYS_futex_waitv, 0, 1),
    BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (guint) errsv),
    BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const struct sock_fprog program = { G_N_ELEMENTS (code), code };

  ck_assert_int_eq (prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
  ck_assert_int_eq (prctl (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), 0);
  ck_assert_int_eq (syscall (SYS_futex_waitv, NULL, 0, 0, NULL, 0), -1);
  ck_assert_int_eq (errno, errsv);
}

static void
check_without_waitv (guint i, int errsv)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (i, 0, IPC_SEMAPHORE_FLAGS_NONE);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  IpcCheckAsync waits[3] = { { 0 } };
  gint64 start;

  deny_futex_waitv (errsv);
  ipc_check_async_begin (waits, 2, sem, NULL);
  ipc_check_async_wait (&waits[2], sem, -1, cancellable);
  ipc_check_peer_posts (sem);
  ipc_check_async_done (&waits[0]);
  ipc_check_async_pends (&waits[1]);

  start = g_get_monotonic_time ();
  g_cancellable_cancel (cancellable);
  ipc_check_async_fails (&waits[2], G_IO_ERROR, G_IO_ERROR_CANCELLED, NULL);
  ck_assert_int_lt (waits[2].ended - start, BOUND_US);
  ipc_check_async_clear (&waits[2]);
  ipc_check_peer_posts (sem);
  ipc_check_async_done (&waits[1]);
}

START_TEST (works_without_futex_waitv)
{
  check_without_waitv ((guint) _i, ENOSYS);
}
END_TEST

START_TEST (works_where_futex_waitv_is_denied)
{
  check_without_waitv ((guint) _i, EPERM);
}
END_TEST

static void
add_tests (Suite *suite)
{
  TCase *tcase = ipc_check_tcase (suite, "async-life");
  const TTest *all[] = {
    child_waits_by_itself, child_does_not_end_the_waits_of_its_parent,
    threads_end_when_nothing_is_left, signals_are_left_to_the_program,
  };
  const TTest *undo[] = {
    unit_of_a_killed_holder_ends_the_wait, try_finds_the_unit_of_the_dead,
    killed_main_loop_takes_nothing_along,
  };

  for (gsize i = 0; i < G_N_ELEMENTS (all); i++)
    ipc_check_add_semaphore_test (tcase, all[i], 0, 0);
  for (gsize i = 0; i < G_N_ELEMENTS (undo); i++)
    ipc_check_add_semaphore_test (tcase, undo[i], IPC_CHECK_UNDO, 0);
  ipc_check_add_backend_test (tcase, works_without_futex_waitv, IPC_BACKEND_NATIVE);
  /* Valgrind answers that there is none. */
  if (ipc_check_needs_bare_process ("works_where_futex_waitv_is_denied"))
    ipc_check_add_backend_test (tcase, works_where_futex_waitv_is_denied, IPC_BACKEND_NATIVE);
  if (ipc_check_needs_root ("async-life: no_thread_is_an_error"))
    ipc_check_add_semaphore_test (tcase, no_thread_is_an_error, 0, 0);
}

int
main (void)
{
  return ipc_check_main ("async-life", add_tests);
}
