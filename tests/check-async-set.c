/* check-async-set.c: several steps at once, waits for zero, and different waits side by side, in a
 * main loop
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ipc-check-async.h"


static void
operate (IpcSemaphore *sem, const IpcSemaphoreOp *ops, gsize n_ops)
{
  g_autoptr (GError) error = NULL;

  ipc_check_ok (ipc_semaphore_operate (sem, ops, n_ops, 0, NULL, &error), error);
}

static void
add_to (IpcSemaphore *sem, guint index, int delta)
{
  operate (sem, &(const IpcSemaphoreOp){ index, delta }, 1);
}

static void
begin_step (IpcCheckAsync *wait, IpcSemaphore *sem, guint index, int delta)
{
  ipc_check_async_operate (wait, sem, &(const IpcSemaphoreOp){ index, delta }, 1, IPC_CHECK_LONG);
}

/* -- Several at once -- */

START_TEST (all_steps_or_none)
{
  static const guint values[] = { 1, 0, 5 }, half[] = { 1, 2, 5 }, after[] = { 0, 0, 6 };
  static const IpcSemaphoreOp ops[] = { { 0, -1 }, { 1, -2 }, { 2, +1 } };
  g_autoptr (IpcSemaphore) set = ipc_check_set_new (_i, values, 3, IPC_SEMAPHORE_FLAGS_NONE);
  g_auto (IpcCheckAsync) wait = { 0 };

  ipc_check_async_operate (&wait, set, ops, 3, IPC_CHECK_LONG);
  add_to (set, 0, -1);
  add_to (set, 1, +2);
  ipc_check_async_pends (&wait);
  ck_assert_uint_eq (ipc_check_value (set, 1), 2);
  ipc_check_peer_posts (set);
  ipc_check_async_done (&wait);
  ipc_check_values (set, after, 3);

  /* And with nothing to wait for. */
  operate (set, (const IpcSemaphoreOp[]){ { 0, +1 }, { 1, +2 }, { 2, -1 } }, 3);
  ipc_check_values (set, half, 3);
  wait = (IpcCheckAsync){ 0 };
  ipc_check_async_operate (&wait, set, ops, 3, 0);
  ipc_check_values (set, after, 3);
  ipc_check_async_done (&wait);
}
END_TEST

START_TEST (waits_of_a_set_side_by_side)
{
  static const guint values[5] = { 0 };
  g_autoptr (IpcSemaphore) set = ipc_check_set_new (_i, values, 5, IPC_SEMAPHORE_FLAGS_NONE);
  IpcCheckAsync waits[5] = { { 0 } };

  for (guint i = 0; i < 5; i++)
    begin_step (&waits[i], set, i, -1 - (int) i);
  for (guint i = 5; i-- > 0;)
    {
      ipc_check_async_pends (&waits[i]);
      add_to (set, i, (int) i + 1);
      ipc_check_async_done (&waits[i]);
      ck_assert_uint_eq (waits[i].turn, 5 - i);
    }
  ipc_check_values (set, values, 5);
}
END_TEST

static void
take_all (gpointer name)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_open (name, IPC_SEMAPHORE_FLAGS_NONE);

  while (ipc_check_value (sem, 0) > 0)
    add_to (sem, 0, -1);
}

START_TEST (peer_makes_it_zero)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 3, IPC_SEMAPHORE_FLAGS_NONE);
  gpointer name = ipc_check_name_of (sem);
  g_auto (IpcCheckAsync) wait = { 0 }, at_once = { 0 };

  begin_step (&wait, sem, 0, 0);
  ipc_check_async_pends (&wait);
  ck_assert_int_eq (ipc_check_join (ipc_check_async_fork (take_all, name)), 0);
  ipc_check_async_done (&wait);
  begin_step (&at_once, sem, 0, 0);
  ipc_check_async_done (&at_once);
}
END_TEST

/* -- Different waits of one object -- */

/* Each waits for something else; none keeps another from what is there for it. */
START_TEST (different_waits_do_not_hide_each_other)
{
  static const int deltas[] = { -4, 0, -1, -3 };
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 0, IPC_SEMAPHORE_FLAGS_NONE);
  IpcCheckAsync waits[4] = { { 0 } };

  begin_step (&waits[0], sem, 0, deltas[0]);
  ipc_check_async_pends (&waits[0]);
  begin_step (&waits[1], sem, 0, deltas[1]);
  ipc_check_async_done (&waits[1]);

  begin_step (&waits[2], sem, 0, deltas[2]);
  begin_step (&waits[3], sem, 0, deltas[3]);
  ipc_check_async_pends (&waits[3]);
  ipc_check_peer_posts (sem);
  ipc_check_async_done (&waits[2]);
  ipc_check_async_pends (&waits[3]);
  add_to (sem, 0, +3);
  ipc_check_async_done (&waits[3]);
  ipc_check_async_pends (&waits[0]);
  add_to (sem, 0, +4);
  ipc_check_async_done (&waits[0]);
  ck_assert_uint_eq (ipc_check_value (sem, 0), 0);
}
END_TEST

/* Units that come while a wait further behind is just being tried, for those before it. */

#define N_PAIRS 400

typedef struct
{
  const char *name;
  int        *round; /* atomic, shared */
} Giver;

/* Two units each round, at another moment each time. */
static void
give_each_round (gpointer data)
{
  const Giver *self = data;
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_open (self->name, IPC_SEMAPHORE_FLAGS_NONE);

  for (int i = 1; i <= N_PAIRS; i++)
    {
      while (g_atomic_int_get (self->round) < i)
        g_thread_yield ();
      for (int spins = i % 40 * 20; spins > 0; spins--)
        g_atomic_int_get (self->round);
      add_to (sem, 0, +2);
    }
}

/* What the dispatcher does anew for each that comes is what the units fall into. */
static void
stir (IpcSemaphore *sem)
{
  g_auto (IpcCheckAsync) wait = { 0 };

  ipc_check_async_operate (&wait, sem, &(const IpcSemaphoreOp){ 0, -20000 }, 1, 1);
  ipc_check_async_fails (&wait, IPC_ERROR, IPC_ERROR_TIMED_OUT, NULL);
}

START_TEST (no_wait_is_forgotten)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 0, IPC_SEMAPHORE_FLAGS_NONE);
  Giver giver = { ipc_check_name_of (sem), ipc_check_shared (sizeof (int)) };
  pid_t peer = ipc_check_fork (give_each_round, ipc_check_share (giver));
  g_autofree IpcCheckAsync *small = g_new0 (IpcCheckAsync, N_PAIRS);
  g_autofree IpcCheckAsync *large = g_new0 (IpcCheckAsync, N_PAIRS);

  for (int i = 0; i < N_PAIRS; i++)
    {
      begin_step (&small[i], sem, 0, -2);
      ipc_check_async_operate (&large[i], sem, &(const IpcSemaphoreOp){ 0, -10000 - i }, 1, -1);
    }
  for (int i = 0; i < N_PAIRS; i++)
    {
      g_atomic_int_set (giver.round, i + 1);
      stir (sem);
      ipc_check_async_done (&small[i]);
    }
  ck_assert_int_eq (ipc_check_join (peer), 0);
  ck_assert_uint_eq (ipc_check_value (sem, 0), 0);

  ck_assert (ipc_semaphore_close (sem, NULL));
  for (int i = 0; i < N_PAIRS; i++)
    {
      ipc_check_async_fails (&large[i], IPC_ERROR, IPC_ERROR_CLOSED, NULL);
      ipc_check_async_clear (&large[i]);
    }
}
END_TEST

/* -- What cannot be -- */

static void
check_refused (IpcSemaphore *sem, const IpcSemaphoreOp *ops, gsize n_ops, IpcError code)
{
  g_auto (IpcCheckAsync) wait = { 0 };

  ipc_check_async_operate (&wait, sem, ops, n_ops, -1);
  ipc_check_async_fails (&wait, IPC_ERROR, (int) code, ipc_semaphore_get_name (sem));
}

START_TEST (errors_come_through_finish)
{
  static const IpcSemaphoreOp beyond[] = { { 1, +1 } }, zero[] = { { 0, 0 } };
  static const IpcSemaphoreOp two[] = { { 0, +1 }, { 0, -1 } };
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 1, IPC_SEMAPHORE_FLAGS_NONE);
  const int max = (int) ipc_semaphore_get_max_value (sem);

  check_refused (sem, beyond, 1, IPC_ERROR_OUT_OF_RANGE);
  check_refused (sem, zero, 0, IPC_ERROR_INVALID_ARGUMENT);
  check_refused (sem, &(const IpcSemaphoreOp){ 0, G_MININT }, 1, IPC_ERROR_OVERFLOW);
  if (ipc_check_semaphore_has ((guint) _i, IPC_CHECK_SETS))
    check_refused (sem, &(const IpcSemaphoreOp){ 0, max }, 1, IPC_ERROR_OVERFLOW);
  if (!ipc_check_semaphore_has ((guint) _i, IPC_CHECK_WAIT_ZERO))
    check_refused (sem, zero, 1, IPC_ERROR_NOT_SUPPORTED);
  if (!ipc_check_semaphore_has ((guint) _i, IPC_CHECK_SETS))
    check_refused (sem, two, 2, IPC_ERROR_NOT_SUPPORTED);
  ck_assert_uint_eq (ipc_check_value (sem, 0), 1);
}
END_TEST

/* What can be only later is found out then: the value would pass its maximum when its turn comes. */
START_TEST (error_of_a_pending_wait)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 1, IPC_SEMAPHORE_FLAGS_NONE);
  const int max = (int) ipc_semaphore_get_max_value (sem);
  const IpcSemaphoreOp ops[] = { { 0, -2 }, { 0, max }, { 0, +1 } };
  g_auto (IpcCheckAsync) wait = { 0 };

  ipc_check_async_operate (&wait, sem, ops, 3, IPC_CHECK_LONG);
  ipc_check_async_pends (&wait);
  add_to (sem, 0, +2);
  ipc_check_async_fails (&wait, IPC_ERROR, IPC_ERROR_OVERFLOW, ipc_semaphore_get_name (sem));
  ck_assert_uint_eq (ipc_check_value (sem, 0), 3);
}
END_TEST

/* -- Who waits -- */

static void
check_waiters (IpcSemaphore *sem, gint64 for_units, gint64 for_zero)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (IpcInfo) info = ipc_semaphore_get_info (sem, 0, &error);

  ipc_check_ok (info != NULL, error);
  ck_assert_int_eq (ipc_info_get_waiters (info), for_units);
  ck_assert_int_eq (ipc_info_get_zero_waiters (info), for_zero);
}

START_TEST (each_wait_is_a_waiter)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 1, IPC_SEMAPHORE_FLAGS_NONE);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  IpcCheckAsync waits[5] = { { 0 } };

  for (guint i = 0; i < 2; i++)
    begin_step (&waits[i], sem, 0, 0);
  ipc_check_async_pends (&waits[0]);
  check_waiters (sem, 0, 2);
  for (guint i = 2; i < 5; i++)
    begin_step (&waits[i], sem, 0, -2);
  ipc_check_async_pends (&waits[4]);
  check_waiters (sem, 3, 2);

  add_to (sem, 0, -1);
  ipc_check_async_done (&waits[0]);
  ipc_check_async_done (&waits[1]);
  check_waiters (sem, 3, 0);
  add_to (sem, 0, +6);
  for (guint i = 2; i < 5; i++)
    ipc_check_async_done (&waits[i]);
  check_waiters (sem, 0, 0);
}
END_TEST

static void
add_tests (Suite *suite)
{
  TCase *tcase = ipc_check_tcase (suite, "async-set");

  tcase_add_checked_fixture (tcase, ipc_check_async_reset, NULL);
  ipc_check_add_semaphore_test (tcase, all_steps_or_none, IPC_CHECK_SETS, 0);
  ipc_check_add_semaphore_test (tcase, waits_of_a_set_side_by_side, IPC_CHECK_SETS, 0);
  ipc_check_add_semaphore_test (tcase, peer_makes_it_zero, IPC_CHECK_WAIT_ZERO, 0);
  ipc_check_add_semaphore_test (tcase, different_waits_do_not_hide_each_other, IPC_CHECK_WAIT_ZERO,
                                0);
  ipc_check_add_semaphore_test (tcase, errors_come_through_finish, IPC_CHECK_GET_VALUE, 0);
  ipc_check_add_semaphore_test (tcase, error_of_a_pending_wait, IPC_CHECK_SETS, 0);
  ipc_check_add_backend_test (tcase, no_wait_is_forgotten, IPC_BACKEND_NATIVE);
  ipc_check_add_backend_test (tcase, each_wait_is_a_waiter, IPC_BACKEND_NATIVE);
}

int
main (void)
{
  return ipc_check_main ("async-set", add_tests);
}
