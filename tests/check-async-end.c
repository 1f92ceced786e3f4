/* check-async-end.c: what ends a wait in a main loop before there is a unit, and that none is lost
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ipc-check-async.h"

#include <sched.h>
#include <sys/mman.h>
#include <unistd.h>

/* Cancelled at once is what native promises, 50 ms the others; and a busy machine. */
#define AT_ONCE_US (200 * 1000)
#define SOON_US G_USEC_PER_SEC

/* -- Cancelling -- */

START_TEST (cancelled_before_takes_nothing)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 1, IPC_SEMAPHORE_FLAGS_NONE);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_auto (IpcCheckAsync) wait = { 0 };

  g_cancellable_cancel (cancellable);
  ipc_check_async_wait (&wait, sem, -1, cancellable);
  ipc_check_async_fails (&wait, G_IO_ERROR, G_IO_ERROR_CANCELLED, NULL);
  ck_assert_uint_eq (ipc_check_value (sem, 0), 1);
}
END_TEST

static gint64
cancel_bound (guint i)
{
  return ipc_check_semaphore_backend (i) == IPC_BACKEND_NATIVE ? AT_ONCE_US : SOON_US;
}

START_TEST (cancelling_ends_a_pending_wait)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 0, IPC_SEMAPHORE_FLAGS_NONE);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();

  for (guint i = 0; i < 10; i++)
    {
      g_auto (IpcCheckAsync) wait = { 0 };
      gint64 start;

      ipc_check_async_wait (&wait, sem, -1, cancellable);
      ipc_check_async_pends (&wait);
      start = g_get_monotonic_time ();
      g_cancellable_cancel (cancellable);
      ipc_check_async_fails (&wait, G_IO_ERROR, G_IO_ERROR_CANCELLED, NULL);
      ck_assert_int_lt (wait.ended - start, cancel_bound ((guint) _i));
      g_cancellable_reset (cancellable);
    }
  ipc_check_post (sem);
  ck_assert_uint_eq (ipc_check_value (sem, 0), 1);
}
END_TEST

START_TEST (cancelling_leaves_the_others)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 0, IPC_SEMAPHORE_FLAGS_NONE);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  IpcCheckAsync waits[6] = { { 0 } };

  for (guint i = 0; i < G_N_ELEMENTS (waits); i++)
    ipc_check_async_wait (&waits[i], sem, -1, i % 2 == 0 ? cancellable : NULL);
  g_cancellable_cancel (cancellable);
  for (guint i = 0; i < G_N_ELEMENTS (waits); i += 2)
    {
      ipc_check_async_fails (&waits[i], G_IO_ERROR, G_IO_ERROR_CANCELLED, NULL);
      ipc_check_async_clear (&waits[i]);
    }
  for (guint i = 1; i < G_N_ELEMENTS (waits); i += 2)
    {
      ipc_check_async_pends (&waits[i]);
      ipc_check_peer_posts (sem);
      ipc_check_async_done (&waits[i]);
    }
  ck_assert_uint_eq (ipc_check_value (sem, 0), 0);
}
END_TEST

/* What the handlers of others do to a cancellable that is being cancelled is no business of ours. */
START_TEST (one_cancellable_for_many_objects)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  IpcSemaphore *sems[5];
  IpcCheckAsync waits[5] = { { 0 } };

  for (guint i = 0; i < 5; i++)
    {
      sems[i] = ipc_check_semaphore_new (_i, 0, IPC_SEMAPHORE_FLAGS_NONE);
      ipc_check_async_wait (&waits[i], sems[i], -1, cancellable);
    }
  g_cancellable_cancel (cancellable);
  for (guint i = 0; i < 5; i++)
    {
      ipc_check_async_fails (&waits[i], G_IO_ERROR, G_IO_ERROR_CANCELLED, NULL);
      ipc_check_async_clear (&waits[i]);
      g_object_unref (sems[i]);
    }
}
END_TEST

/* A wait that blocks its thread, cancelled from another one. */
typedef struct
{
  IpcSemaphore *sem;
  GCancellable *cancellable;
  IpcCheckGate *starts;
  pid_t         tid;
  gint64        ended;
  GError       *error;
} BlockedThread;

static gpointer
block (gpointer data)
{
  BlockedThread *self = data;

  self->tid = gettid ();
  ipc_check_gate_open (self->starts);
  ck_assert (!ipc_semaphore_wait (self->sem, -1, self->cancellable, &self->error));
  self->ended = g_get_monotonic_time ();
  return NULL;
}

static gint64
time_to_cancel (IpcSemaphore *sem)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (IpcCheckGate) starts = ipc_check_gate_new ();
  BlockedThread blocked = { sem, cancellable, starts, 0, 0, NULL };
  GThread *thread = g_thread_new ("blocked", block, &blocked);
  gint64 start;

  ipc_check_gate_pass (starts);
  ck_assert (ipc_check_blocked (blocked.tid));
  start = g_get_monotonic_time ();
  g_cancellable_cancel (cancellable);
  g_thread_join (thread);
  ipc_check_error (blocked.error, G_IO_ERROR, G_IO_ERROR_CANCELLED, NULL);
  g_clear_error (&blocked.error);
  return blocked.ended - start;
}

/* A third of them: others have the processor, too.  Who looks up every few milliseconds is seldom so
 * quick. */
START_TEST (cancelling_a_blocked_thread_takes_no_slices)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 0, IPC_SEMAPHORE_FLAGS_NONE);
  guint n_quick = 0;

  for (guint i = 0; i < 30; i++)
    n_quick += time_to_cancel (sem) < 1000;
  ck_assert_uint_ge (n_quick, 10);
}
END_TEST

/* -- A post against a cancellation -- */

#define N_ROUNDS 600

/* Each round the peer posts once; the two race. */
typedef struct
{
  const char *name;
  int        *round; /* atomic, shared: up to which the peer posts */
} Racer;

static void
post_each_round (gpointer data)
{
  const Racer *self = data;
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_open (self->name, IPC_SEMAPHORE_FLAGS_NONE);

  for (int i = 1; i <= N_ROUNDS; i++)
    {
      while (g_atomic_int_get (self->round) < i)
        sched_yield ();
      ipc_check_post (sem);
    }
}

/* Aims at the moment in which it could go either way: later when it came too early. */
static gboolean
race_once (IpcSemaphore *sem, const Racer *racer, int number, guint *delay)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_auto (IpcCheckAsync) wait = { 0 };

  ipc_check_async_wait (&wait, sem, -1, cancellable);
  g_atomic_int_set (racer->round, number);
  for (guint i = 0; i < *delay; i++)
    sched_yield ();
  g_cancellable_cancel (cancellable);
  ipc_check_async_join (&wait);
  if (!wait.done)
    ipc_check_error (wait.error, G_IO_ERROR, G_IO_ERROR_CANCELLED, NULL);
  *delay = wait.done ? *delay - *delay / 8 - (*delay > 0) : *delay + *delay / 8 + 1;
  return wait.done;
}

START_TEST (cancelling_never_swallows_a_unit)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 0, IPC_SEMAPHORE_FLAGS_NONE);
  const Racer racer = { ipc_semaphore_get_name (sem), ipc_check_shared (sizeof (int)) };
  pid_t peer = ipc_check_fork (post_each_round, (gpointer) &racer);
  guint n_taken = 0, delay = 0;

  for (int i = 1; i <= N_ROUNDS; i++)
    n_taken += race_once (sem, &racer, i, &delay);
  ck_assert_int_eq (ipc_check_join (peer), 0);
  ck_assert_uint_eq (ipc_check_value (sem, 0) + n_taken, N_ROUNDS);

  /* It was a race, and not always the same end. */
  ck_assert_uint_gt (n_taken, 0);
  ck_assert_uint_lt (n_taken, N_ROUNDS);
  munmap (racer.round, sizeof (int));
}
END_TEST

/* -- The end of the object -- */

START_TEST (closing_ends_all)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 0, IPC_SEMAPHORE_FLAGS_NONE);
  const char *name = ipc_semaphore_get_name (sem);
  IpcCheckAsync waits[5] = { { 0 } };
  gint64 start;

  ipc_check_async_begin (waits, 4, sem, NULL);
  ipc_check_async_pends (&waits[3]);
  start = g_get_monotonic_time ();
  ck_assert (ipc_semaphore_close (sem, NULL));
  ipc_check_async_wait (&waits[4], sem, -1, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (waits); i++)
    {
      ipc_check_async_fails (&waits[i], IPC_ERROR, IPC_ERROR_CLOSED, name);
      ck_assert_int_lt (waits[i].ended - start, cancel_bound ((guint) _i));
      ipc_check_async_clear (&waits[i]);
    }
}
END_TEST

/* A pending wait keeps the object; cancelling it lets go. */
START_TEST (pending_wait_keeps_the_object)
{
  IpcSemaphore *sem = ipc_check_semaphore_new (_i, 0, IPC_SEMAPHORE_FLAGS_NONE);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  const char *name = g_intern_string (ipc_semaphore_get_name (sem));
  IpcCheckAsync waits[2] = { { 0 } };
  GWeakRef weak;

  g_weak_ref_init (&weak, sem);
  ipc_check_async_wait (&waits[0], sem, -1, NULL);
  ipc_check_async_wait (&waits[1], sem, -1, cancellable);
  g_object_unref (sem);

  ck_assert_int_eq (ipc_check_join (ipc_check_async_fork (ipc_check_peer_post, (gpointer) name)), 0);
  ipc_check_async_done (&waits[0]);
  ipc_check_async_pends (&waits[1]);
  sem = g_weak_ref_get (&weak);
  ck_assert_ptr_nonnull (sem);
  g_object_unref (sem);

  g_cancellable_cancel (cancellable);
  ipc_check_async_fails (&waits[1], G_IO_ERROR, G_IO_ERROR_CANCELLED, NULL);
  ipc_check_async_settle ();
  ck_assert_ptr_null (g_weak_ref_get (&weak));
  g_weak_ref_clear (&weak);
  ipc_check_async_clear (&waits[1]);
}
END_TEST

START_TEST (removal_ends_all)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 0, IPC_SEMAPHORE_FLAGS_NONE);
  const char *name = ipc_semaphore_get_name (sem);
  g_autoptr (GError) error = NULL;
  IpcCheckAsync waits[4] = { { 0 } };

  ipc_check_async_begin (waits, 3, sem, NULL);
  ipc_check_async_pends (&waits[2]);
  ipc_check_ok (ipc_semaphore_unlink_name (name, &error), error);
  ipc_check_async_wait (&waits[3], sem, -1, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (waits); i++)
    {
      ipc_check_async_fails (&waits[i], IPC_ERROR, IPC_ERROR_REMOVED, name);
      ipc_check_async_clear (&waits[i]);
    }
}
END_TEST

/* Where removal wakes nobody, who has it open keeps it. */
START_TEST (removal_leaves_it_to_who_has_it)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 0, IPC_SEMAPHORE_FLAGS_NONE);
  g_autoptr (GError) error = NULL;
  g_auto (IpcCheckAsync) wait = { 0 };

  ipc_check_async_wait (&wait, sem, -1, NULL);
  ipc_check_ok (ipc_semaphore_unlink (sem, &error), error);
  ipc_check_async_pends (&wait);
  ipc_check_post (sem);
  ipc_check_async_done (&wait);
}
END_TEST

static void
add_tests (Suite *suite)
{
  TCase *tcase = ipc_check_tcase (suite, "async-end");
  const TTest *all[] = {
    cancelled_before_takes_nothing, cancelling_ends_a_pending_wait, cancelling_leaves_the_others,
    one_cancellable_for_many_objects, cancelling_never_swallows_a_unit, closing_ends_all,
    pending_wait_keeps_the_object,
  };

  for (gsize i = 0; i < G_N_ELEMENTS (all); i++)
    ipc_check_add_semaphore_test (tcase, all[i], IPC_CHECK_GET_VALUE, 0);
  ipc_check_add_backend_test (tcase, cancelling_a_blocked_thread_takes_no_slices,
                              IPC_BACKEND_NATIVE);
  ipc_check_add_semaphore_test (tcase, removal_ends_all, IPC_CHECK_WAKES_REMOVED, 0);
  ipc_check_add_semaphore_test (tcase, removal_leaves_it_to_who_has_it, 0,
                                IPC_CHECK_WAKES_REMOVED);
}

int
main (void)
{
  return ipc_check_main ("async-end", add_tests);
}
