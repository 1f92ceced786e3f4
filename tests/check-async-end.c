/* check-async-end.c: what ends a wait in a main loop before there is a unit, and that none is lost
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ipc-check-async.h"

/* Cancelled at once is what native promises, 50 ms the others.  Of several rounds the quickest shows
 * that, and each what a busy machine keeps. */
#define SOON_US (200 * 1000)
#define BOUND_US (10 * G_USEC_PER_SEC)

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

START_TEST (cancelling_ends_a_pending_wait)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 0, IPC_SEMAPHORE_FLAGS_NONE);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  gint64 best = G_MAXINT64;

  for (guint i = 0; i < 10 || (best >= SOON_US && i < 100); i++)
    {
      g_auto (IpcCheckAsync) wait = { 0 };
      gint64 start;

      ipc_check_async_wait (&wait, sem, -1, cancellable);
      ipc_check_async_pends (&wait);
      start = g_get_monotonic_time ();
      g_cancellable_cancel (cancellable);
      ipc_check_async_fails (&wait, G_IO_ERROR, G_IO_ERROR_CANCELLED, NULL);
      ck_assert_int_lt (wait.ended - start, BOUND_US);
      best = MIN (best, wait.ended - start);
      g_cancellable_reset (cancellable);
    }
  ck_assert_int_lt (best, SOON_US);
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

static void
run_until_over (GCancellable *cancellable G_GNUC_UNUSED, IpcCheckAsync *wait)
{
  ipc_check_async_join (wait);
}

/* A dialog, say, that is there until all has ended. */
START_TEST (handler_may_run_the_main_loop)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 0, IPC_SEMAPHORE_FLAGS_NONE);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_auto (IpcCheckAsync) wait = { 0 };

  ipc_check_async_wait (&wait, sem, -1, cancellable);
  ipc_check_async_pends (&wait);
  g_cancellable_connect (cancellable, G_CALLBACK (run_until_over), &wait, NULL);
  g_cancellable_cancel (cancellable);
  ipc_check_async_fails (&wait, G_IO_ERROR, G_IO_ERROR_CANCELLED, NULL);
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

  self->tid = ipc_check_thread_id ();
  ipc_check_gate_open (self->starts);
  ck_assert (!ipc_semaphore_wait (self->sem, -1, self->cancellable, &self->error));
  self->ended = g_get_monotonic_time ();
  return NULL;
}

/* It is in the wait when this returns. */
static GThread *
start_blocked (BlockedThread *self)
{
  GThread *thread = g_thread_new ("blocked", block, self);

  ipc_check_gate_pass (self->starts);
  ck_assert (ipc_check_blocked (self->tid));
  return thread;
}

static gint64
time_to_cancel (IpcSemaphore *sem)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (IpcCheckGate) starts = ipc_check_gate_new ();
  BlockedThread blocked = { sem, cancellable, starts, 0, 0, NULL };
  GThread *thread = start_blocked (&blocked);
  const gint64 start = g_get_monotonic_time ();

  g_cancellable_cancel (cancellable);
  g_thread_join (thread);
  ipc_check_error (blocked.error, G_IO_ERROR, G_IO_ERROR_CANCELLED, NULL);
  g_clear_error (&blocked.error);
  return blocked.ended - start;
}

static void
join_thread (GCancellable *cancellable G_GNUC_UNUSED, GThread *thread)
{
  g_thread_join (thread);
}

START_TEST (handler_may_join_a_blocked_thread)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 0, IPC_SEMAPHORE_FLAGS_NONE);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (IpcCheckGate) starts = ipc_check_gate_new ();
  BlockedThread blocked = { sem, cancellable, starts, 0, 0, NULL };
  GThread *thread = start_blocked (&blocked);

  g_cancellable_connect (cancellable, G_CALLBACK (join_thread), thread, NULL);
  g_cancellable_cancel (cancellable);
  ipc_check_error (blocked.error, G_IO_ERROR, G_IO_ERROR_CANCELLED, NULL);
  g_clear_error (&blocked.error);
}
END_TEST

/* Some of them: others have the processor, too.  Who looks up now and then is seldom so quick. */
START_TEST (cancelling_a_blocked_thread_takes_no_slices)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 0, IPC_SEMAPHORE_FLAGS_NONE);
  guint n_quick = 0;

  for (guint i = 0; i < 150 && n_quick < 10; i++)
    n_quick += time_to_cancel (sem) < 1000;
  ck_assert_uint_eq (n_quick, 10);
}
END_TEST

/* -- A post against a cancellation -- */

/* How often each end must come. */
#define N_ENDS 40

/* Each round the peer posts once; the two race. */
typedef struct
{
  const char *name;
  int        *round; /* atomic, shared: up to which the peer posts; negative: it ends */
} Racer;

static void
post_each_round (gpointer data)
{
  const Racer *self = data;
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_open (self->name, IPC_SEMAPHORE_FLAGS_NONE);

  for (int i = 1;; i++)
    {
      int round;

      while ((round = g_atomic_int_get (self->round)) == i - 1)
        g_thread_yield ();
      if (round < 0)
        return;
      ipc_check_post (sem);
    }
}

/* Cancels so long after the peer may post, or, if @aim is negative, before. */
static gboolean
race_once (IpcSemaphore *sem, const Racer *racer, int number, int aim)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_auto (IpcCheckAsync) wait = { 0 };

  ipc_check_async_wait (&wait, sem, -1, cancellable);
  if (aim < 0)
    g_cancellable_cancel (cancellable);
  else
    g_atomic_int_set (racer->round, number);
  for (int i = 0; i < ABS (aim); i++)
    g_thread_yield ();
  g_cancellable_cancel (cancellable);
  g_atomic_int_set (racer->round, number);

  ipc_check_async_join (&wait);
  if (!wait.done)
    ipc_check_error (wait.error, G_IO_ERROR, G_IO_ERROR_CANCELLED, NULL);
  return wait.done;
}

/* Aims at the moment in which it could go either way, further each time that it went one way: so both
 * ends come, whoever is the quicker here. */
START_TEST (cancelling_never_swallows_a_unit)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 0, IPC_SEMAPHORE_FLAGS_NONE);
  const Racer racer = { ipc_check_name_of (sem), ipc_check_shared (sizeof (int)) };
  pid_t peer = ipc_check_fork (post_each_round, ipc_check_share (racer));
  guint n_taken = 0, n_cancelled = 0;
  int aim = 0;

  for (int i = 1; MIN (n_taken, n_cancelled) < N_ENDS; i++)
    {
      const gboolean taken = race_once (sem, &racer, i, aim);
      const int step = 1 + ABS (aim) / 4;

      n_taken += taken;
      n_cancelled += !taken;
      aim += taken ? -step : step;
      /* What the wait has not taken is there, and the next round begins without it. */
      if (!taken)
        ipc_check_comes_back (sem);
      ck_assert_uint_eq (ipc_check_value (sem, 0), 0);
    }
  g_atomic_int_set (racer.round, -1);
  ck_assert_int_eq (ipc_check_join (peer), 0);
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
      ck_assert_int_lt (waits[i].ended - start, BOUND_US);
      ipc_check_async_clear (&waits[i]);
    }
}
END_TEST

/* A pending wait keeps the object; cancelling it lets go. */
START_TEST (pending_wait_keeps_the_object)
{
  IpcSemaphore *sem = ipc_check_semaphore_new (_i, 0, IPC_SEMAPHORE_FLAGS_NONE);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  gpointer name = ipc_check_name_of (sem);
  IpcCheckAsync waits[2] = { { 0 } };
  GWeakRef weak;

  g_weak_ref_init (&weak, sem);
  ipc_check_async_wait (&waits[0], sem, -1, NULL);
  ipc_check_async_wait (&waits[1], sem, -1, cancellable);
  g_object_unref (sem);

  ck_assert_int_eq (ipc_check_join (ipc_check_async_fork (ipc_check_peer_post, name)), 0);
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
    pending_wait_keeps_the_object, handler_may_run_the_main_loop,
    handler_may_join_a_blocked_thread,
  };

  tcase_add_checked_fixture (tcase, ipc_check_async_reset, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (all); i++)
    ipc_check_add_semaphore_test (tcase, all[i], IPC_CHECK_GET_VALUE, 0);
  /* Valgrind has no futex_waitv(2). */
  if (ipc_check_needs_bare_process ("cancelling_a_blocked_thread_takes_no_slices"))
    ipc_check_add_backend_test (tcase, cancelling_a_blocked_thread_takes_no_slices,
                                IPC_BACKEND_NATIVE);
  ipc_check_add_semaphore_test (tcase, removal_ends_all, IPC_CHECK_WAKES_REMOVED, 0);
  if (ipc_check_needs_unix ("removal_leaves_it_to_who_has_it", "names that go before their object"))
    ipc_check_add_semaphore_test (tcase, removal_leaves_it_to_who_has_it, 0,
                                  IPC_CHECK_WAKES_REMOVED);
}

int
main (void)
{
  return ipc_check_main ("async-end", add_tests);
}
