/* check-async.c: waits in a main loop: where they end, in which order, and when
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ipc-check-async.h"

#define MS 1000 /* microseconds */

/* What even a busy machine keeps. */
#define SOON_US (10000 * MS) /* of a busy machine */

/* -- Where -- */

typedef struct
{
  IpcSemaphore *sem;
  IpcCheckGate *waits;
  IpcCheckAsync wait;
  gboolean      in_context;
} OtherThread;

static void
note_context (GObject *source, GAsyncResult *result, gpointer data)
{
  OtherThread *self = data;
  g_autoptr (GMainContext) context = g_main_context_ref_thread_default ();

  self->wait.n_calls++;
  self->wait.thread = g_thread_self ();
  self->wait.done = ipc_semaphore_wait_finish (IPC_SEMAPHORE (source), result, &self->wait.error);
  self->in_context = context != g_main_context_default () && g_main_context_is_owner (context);
}

static gpointer
wait_in_other_thread (gpointer data)
{
  OtherThread *self = data;
  g_autoptr (GMainContext) context = g_main_context_new ();

  g_main_context_push_thread_default (context);
  ipc_semaphore_wait_async (self->sem, IPC_CHECK_LONG, NULL, note_context, self);
  ipc_check_gate_open (self->waits);
  ipc_check_async_done (&self->wait);
  g_main_context_pop_thread_default (context);
  return NULL;
}

/* The default context of the process is never run here. */
START_TEST (result_comes_to_the_context_of_the_caller)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 0, IPC_SEMAPHORE_FLAGS_NONE);
  OtherThread other = { .sem = sem, .waits = ipc_check_gate_new () };
  GThread *thread = g_thread_new ("other", wait_in_other_thread, &other);

  ipc_check_gate_pass (other.waits);
  ipc_check_peer_posts (sem);
  g_thread_join (thread);
  ck_assert (other.in_context);
  ck_assert_ptr_eq (other.wait.thread, thread);
  ipc_check_gate_free (other.waits);
}
END_TEST

/* ipc_check_async_wait() looks that the callback is not called inside the call. */
START_TEST (what_is_there_is_taken_at_once)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 2, IPC_SEMAPHORE_FLAGS_NONE);
  g_auto (IpcCheckAsync) one = { 0 }, other = { 0 };
  const IpcSemaphoreOp give = { 0, +1 };

  ipc_check_async_wait (&one, sem, 0, NULL);
  ck_assert_uint_eq (ipc_check_value (sem, 0), 1);
  ipc_check_async_done (&one);
  ipc_check_async_operate (&other, sem, &give, 1, 0);
  ck_assert_uint_eq (ipc_check_value (sem, 0), 2);
  ipc_check_async_done (&other);
  ck_assert_ptr_eq (other.thread, g_thread_self ());
  ck_assert_uint_eq (ipc_check_count_threads ("ipc-"), 0);
}
END_TEST

START_TEST (peer_ends_the_wait)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 0, IPC_SEMAPHORE_FLAGS_NONE);
  g_auto (IpcCheckAsync) wait = { 0 };

  ipc_check_async_wait (&wait, sem, -1, NULL);
  ipc_check_async_pends (&wait);
  ipc_check_peer_posts (sem);
  ipc_check_async_done (&wait);
  ck_assert_uint_eq (ipc_check_value (sem, 0), 0);
}
END_TEST

typedef struct
{
  IpcSemaphore *sem;
  guint         left;
} Chain;

static void
wait_again (GObject *source, GAsyncResult *result, gpointer data)
{
  Chain *chain = data;
  g_autoptr (GError) error = NULL;

  if (source != NULL)
    ipc_check_ok (ipc_semaphore_wait_finish (chain->sem, result, &error), error);
  if (chain->left-- > 0)
    ipc_semaphore_wait_async (chain->sem, -1, NULL, wait_again, chain);
}

static void
post_500 (gpointer name)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_open (name, IPC_SEMAPHORE_FLAGS_NONE);

  for (guint i = 0; i < 500; i++)
    ipc_check_post (sem);
}

/* Each wait is begun by the callback of the one before. */
START_TEST (callbacks_begin_new_waits)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 0, IPC_SEMAPHORE_FLAGS_NONE);
  Chain chain = { sem, 500 };
  pid_t peer = ipc_check_fork (post_500, ipc_check_name_of (sem));

  wait_again (NULL, NULL, &chain);
  while (chain.left != G_MAXUINT)
    g_main_context_iteration (NULL, TRUE);
  ck_assert_int_eq (ipc_check_join (peer), 0);
  ck_assert_uint_eq (ipc_check_value (sem, 0), 0);
}
END_TEST

/* -- In which order -- */

START_TEST (first_come_first_served)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 0, IPC_SEMAPHORE_FLAGS_NONE);
  IpcCheckAsync waits[30] = { { 0 } };

  ipc_check_async_begin (waits, G_N_ELEMENTS (waits), sem, NULL);
  for (guint n = 1; n <= G_N_ELEMENTS (waits); n++)
    {
      if (n % 10 == 0)
        ipc_check_peer_posts (sem);
      else
        ipc_check_post (sem);
      ipc_check_async_turns (n);
    }
  for (guint i = 0; i < G_N_ELEMENTS (waits); i++)
    {
      ipc_check_async_done (&waits[i]);
      ck_assert_uint_eq (waits[i].turn, i + 1);
    }
}
END_TEST

/* The unit is there when the second one begins, and the first has not yet had it. */
START_TEST (newcomer_does_not_push_ahead)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 0, IPC_SEMAPHORE_FLAGS_NONE);

  for (guint i = 0; i < 50; i++)
    {
      g_auto (IpcCheckAsync) first = { 0 }, second = { 0 };

      ipc_check_async_wait (&first, sem, IPC_CHECK_LONG, NULL);
      ipc_check_async_pends (&first);
      ipc_check_post (sem);
      ipc_check_async_wait (&second, sem, IPC_CHECK_LONG, NULL);
      ipc_check_async_done (&first);
      ipc_check_async_pends (&second);
      ipc_check_post (sem);
      ipc_check_async_done (&second);
    }
}
END_TEST

/* Two objects of one process are two users of the semaphore. */
START_TEST (two_objects_of_one_semaphore)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 0, IPC_SEMAPHORE_FLAGS_NONE);
  g_autoptr (IpcSemaphore) other = ipc_check_semaphore_open (ipc_semaphore_get_name (sem),
                                                             IPC_SEMAPHORE_FLAGS_NONE);
  IpcCheckAsync waits[10] = { { 0 } };

  ipc_check_async_begin (waits, 5, sem, NULL);
  ipc_check_async_begin (waits + 5, 5, other, NULL);
  for (guint n = 1; n <= G_N_ELEMENTS (waits); n++)
    {
      ipc_check_peer_posts (sem);
      ipc_check_async_turns (n);
    }
  ck_assert_uint_eq (ipc_check_value (sem, 0), 0);
}
END_TEST

/* -- Time -- */

static void
check_times_out (IpcSemaphore *sem, gint64 timeout_us)
{
  g_auto (IpcCheckAsync) wait = { 0 };
  const gint64 start = g_get_monotonic_time ();

  ipc_check_async_wait (&wait, sem, timeout_us, NULL);
  ipc_check_async_fails (&wait, IPC_ERROR, IPC_ERROR_TIMED_OUT, ipc_semaphore_get_name (sem));
  ck_assert_int_ge (wait.ended - start, timeout_us);
  ck_assert_int_lt (wait.ended - start, timeout_us + SOON_US);
}

START_TEST (wait_times_out_and_not_early)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 0, IPC_SEMAPHORE_FLAGS_NONE);

  for (gint64 timeout = 0; timeout < 100 * MS; timeout = timeout * 5 + 700)
    check_times_out (sem, timeout);
  ck_assert_uint_eq (ipc_check_value (sem, 0), 0);
}
END_TEST

START_TEST (each_has_its_own_time)
{
  static const gint64 timeouts[] = { IPC_CHECK_LONG, 200 * MS, 20 * MS, -1 };
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 0, IPC_SEMAPHORE_FLAGS_NONE);
  IpcCheckAsync waits[4] = { { 0 } };
  const gint64 start = g_get_monotonic_time ();

  for (guint i = 0; i < 4; i++)
    ipc_check_async_wait (&waits[i], sem, timeouts[i], NULL);
  for (guint i = 2; i >= 1; i--)
    {
      ipc_check_async_fails (&waits[i], IPC_ERROR, IPC_ERROR_TIMED_OUT, NULL);
      ck_assert_int_ge (waits[i].ended - start, timeouts[i]);
      ipc_check_async_clear (&waits[i]);
    }
  for (guint i = 0; i < 4; i += 3)
    {
      ipc_check_async_pends (&waits[i]);
      ipc_check_post (sem);
      ipc_check_async_done (&waits[i]);
    }
}
END_TEST

/* For longer than a machine runs. */
START_TEST (huge_timeouts_are_for_ever)
{
  static const gint64 timeouts[] = { -1, G_MININT64, G_MAXINT64, G_MAXINT64 / 2, G_MAXINT64 / 1000 };
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 0, IPC_SEMAPHORE_FLAGS_NONE);
  IpcCheckAsync waits[G_N_ELEMENTS (timeouts)] = { { 0 } };

  for (guint i = 0; i < G_N_ELEMENTS (timeouts); i++)
    ipc_check_async_wait (&waits[i], sem, timeouts[i], NULL);
  check_times_out (sem, 100 * MS);
  for (guint i = 0; i < G_N_ELEMENTS (timeouts); i++)
    {
      ipc_check_async_pends (&waits[i]);
      ipc_check_post (sem);
      ipc_check_async_done (&waits[i]);
    }
}
END_TEST

static void
add_tests (Suite *suite)
{
  TCase *tcase = ipc_check_tcase (suite, "async");
  const TTest *all[] = {
    result_comes_to_the_context_of_the_caller, what_is_there_is_taken_at_once, peer_ends_the_wait,
    callbacks_begin_new_waits, first_come_first_served, newcomer_does_not_push_ahead,
    two_objects_of_one_semaphore, wait_times_out_and_not_early, each_has_its_own_time,
    huge_timeouts_are_for_ever,
  };

  tcase_add_checked_fixture (tcase, ipc_check_async_reset, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (all); i++)
    ipc_check_add_semaphore_test (tcase, all[i], IPC_CHECK_GET_VALUE, 0);
}

int
main (void)
{
  return ipc_check_main ("async", add_tests);
}
