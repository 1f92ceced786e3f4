/* check-semaphore-set.c: sets, several steps at once, waiting for zero, setting values
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ipc-check-semaphore.h"

#include <string.h>

static const guint three[] = { 5, 1, 0 };

static gboolean
operate (IpcSemaphore *sem, const IpcSemaphoreOp *ops, gsize n_ops, gint64 timeout_us,
         GError **error)
{
  return ipc_semaphore_operate (sem, ops, n_ops, timeout_us, NULL, error);
}

/* -- A set -- */

START_TEST (set_has_its_values)
{
  g_autoptr (IpcSemaphore) made = ipc_check_set_new (_i, three, 3, IPC_SEMAPHORE_FLAGS_NONE);
  g_autoptr (IpcSemaphore) found = ipc_check_semaphore_open (ipc_semaphore_get_name (made), 0);

  ck_assert_uint_eq (ipc_semaphore_get_size (made), 3);
  ck_assert_uint_eq (ipc_semaphore_get_size (found), 3);
  ipc_check_values (made, three, 3);
  ipc_check_values (found, three, 3);
}
END_TEST

static IpcSemaphore *
open_sized (const char *name, gsize n_values, GError **error)
{
  const guint values[4] = { 9, 9, 9, 9 };

  return ipc_semaphore_new_full (name, IPC_OPEN_OR_CREATE, values, n_values, 0600,
                                 IPC_SEMAPHORE_FLAGS_NONE, NULL, error);
}

START_TEST (set_must_be_large_enough)
{
  g_autoptr (IpcSemaphore) made = ipc_check_set_new (_i, three, 3, IPC_SEMAPHORE_FLAGS_NONE);
  const char *name = ipc_semaphore_get_name (made);
  g_autoptr (GError) error = NULL;

  for (gsize n = 1; n <= 3; n++)
    {
      g_autoptr (IpcSemaphore) found = open_sized (name, n, &error);

      ipc_check_ok (found != NULL, error);
      ck_assert_uint_eq (ipc_semaphore_get_size (found), 3);
    }
  ck_assert_ptr_null (open_sized (name, 4, &error));
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_SIZE_MISMATCH, "has 3|and 4");
  ipc_check_values (made, three, 3);
}
END_TEST

START_TEST (set_may_be_large)
{
  guint values[250];
  IpcSemaphoreOp ops[100];
  g_autoptr (IpcSemaphore) sem = NULL;
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (values); i++)
    values[i] = i;
  sem = ipc_check_set_new (_i, values, G_N_ELEMENTS (values), IPC_SEMAPHORE_FLAGS_NONE);
  ipc_check_values (sem, values, G_N_ELEMENTS (values));

  for (guint i = 0; i < G_N_ELEMENTS (ops); i++)
    {
      const guint index = 249 - i;

      ops[i] = (IpcSemaphoreOp) { index, i % 2 == 0 ? 1000 : -(int) index };
      values[index] = i % 2 == 0 ? index + 1000 : 0;
    }
  ipc_check_ok (operate (sem, ops, G_N_ELEMENTS (ops), 0, &error), error);
  ipc_check_values (sem, values, G_N_ELEMENTS (values));
}
END_TEST

START_TEST (replaced_set_may_have_another_size)
{
  g_autoptr (IpcSemaphore) one = ipc_check_semaphore_new (_i, 7, IPC_SEMAPHORE_FLAGS_NONE);
  g_autoptr (GError) error = NULL;
  g_autoptr (IpcSemaphore) set = ipc_semaphore_new_full (ipc_semaphore_get_name (one),
                                                         IPC_OPEN_REPLACE, three, 3, 0600,
                                                         IPC_SEMAPHORE_FLAGS_NONE, NULL, &error);

  ipc_check_ok (set != NULL, error);
  ck_assert_uint_eq (ipc_semaphore_get_size (set), 3);
  ipc_check_values (set, three, 3);
}
END_TEST

/* -- Several steps at once -- */

START_TEST (steps_are_done_together)
{
  const IpcSemaphoreOp ops[] = { { 0, -3 }, { 1, +2 }, { 2, 0 }, { 1, -1 } };
  const guint expected[] = { 2, 2, 0 };
  g_autoptr (IpcSemaphore) sem = ipc_check_set_new (_i, three, 3, IPC_SEMAPHORE_FLAGS_NONE);
  g_autoptr (GError) error = NULL;

  ipc_check_ok (operate (sem, ops, 4, 0, &error), error);
  ipc_check_values (sem, expected, 3);
}
END_TEST

START_TEST (all_or_nothing_when_one_must_wait)
{
  const IpcSemaphoreOp ops[] = { { 0, -1 }, { 1, +4 }, { 2, -1 } };
  g_autoptr (IpcSemaphore) sem = ipc_check_set_new (_i, three, 3, IPC_SEMAPHORE_FLAGS_NONE);

  for (gint64 timeout = 0; timeout <= 20000; timeout += 20000)
    {
      g_autoptr (GError) error = NULL;

      ck_assert (!operate (sem, ops, 3, timeout, &error));
      ipc_check_error (error, IPC_ERROR, IPC_ERROR_TIMED_OUT, "ipc_semaphore_operate");
      ipc_check_values (sem, three, 3);
    }
}
END_TEST

START_TEST (all_or_nothing_when_one_overflows)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_set_new (_i, three, 3, IPC_SEMAPHORE_FLAGS_NONE);
  const int max = (int) ipc_semaphore_get_max_value (sem);
  const IpcSemaphoreOp ops[] = { { 0, -1 }, { 2, +1 }, { 1, +max } };
  g_autoptr (GError) error = NULL;

  ck_assert (!operate (sem, ops, 3, -1, &error));
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_OVERFLOW, ipc_semaphore_get_name (sem));
  ipc_check_values (sem, three, 3);
}
END_TEST

/* Steps on one semaphore, one after the other, as semop(2) does them.  What is above 1000000 counts
 * from the maximum. */
#define TOP 1000000

typedef struct
{
  int value;
  int deltas[2];
  int code;     /* -1: it is done */
  int expected;
} OrderCase;

static const OrderCase order_cases[] = {
  { 0, { +1, -1 }, -1, 0 },
  { 0, { -1, +1 }, IPC_ERROR_TIMED_OUT, 0 },
  { 1, { -1, 0 }, -1, 0 },
  { 1, { 0, -1 }, IPC_ERROR_TIMED_OUT, 1 },
  { 0, { 0, +1 }, -1, 1 },
  { 1, { 0, +1 }, IPC_ERROR_TIMED_OUT, 1 },
  { 0, { 0, 0 }, -1, 0 },
  { 2, { -1, -1 }, -1, 0 },
  { 1, { -1, -1 }, IPC_ERROR_TIMED_OUT, 1 },
  { 3, { -2, +4 }, -1, 5 },
  { TOP, { +1, -1 }, IPC_ERROR_OVERFLOW, TOP },
  { TOP, { +1, 0 }, IPC_ERROR_OVERFLOW, TOP },
  { TOP, { -1, +1 }, -1, TOP },
  { TOP - 1, { +1, +1 }, IPC_ERROR_OVERFLOW, TOP - 1 },
  /* Together they are beyond the maximum from wherever they start. */
  { 0, { TOP, +1 }, IPC_ERROR_OVERFLOW, 0 },
  { 0, { TOP, TOP }, IPC_ERROR_OVERFLOW, 0 },
  { 0, { TOP, -1 }, -1, TOP - 1 },
};

static int
from_top (int value, int max)
{
  return value < TOP / 2 ? value : max - (TOP - value);
}

START_TEST (steps_are_done_in_their_order)
{
  g_autoptr (IpcSemaphore) probe = ipc_check_semaphore_new (_i, 0, IPC_SEMAPHORE_FLAGS_NONE);
  const int max = (int) ipc_semaphore_get_max_value (probe);

  for (gsize i = 0; i < G_N_ELEMENTS (order_cases); i++)
    {
      const OrderCase *c = &order_cases[i];
      const IpcSemaphoreOp ops[] = { { 0, from_top (c->deltas[0], max) },
                                     { 0, from_top (c->deltas[1], max) } };
      const guint value = (guint) from_top (c->value, max);
      g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, value, 0);
      g_autoptr (GError) error = NULL;
      gboolean done = operate (sem, ops, 2, 0, &error);

      ck_assert_msg (done == (c->code < 0) && (done || error->code == c->code), "case %d: %s",
                     (int) i, done ? "done" : error->message);
      ck_assert_int_eq ((int) ipc_check_value (sem, 0), from_top (c->expected, max));
      ck_assert (ipc_semaphore_unlink (sem, NULL));
    }
}
END_TEST

static void
take_of_both (gpointer name)
{
  const IpcSemaphoreOp ops[] = { { 0, -1 }, { 1, -2 } };
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_open (name, IPC_SEMAPHORE_FLAGS_NONE);
  g_autoptr (GError) error = NULL;

  ipc_check_ok (operate (sem, ops, 2, IPC_CHECK_LONG, &error), error);
}

START_TEST (peer_waits_until_all_steps_are_possible)
{
  static const guint none[] = { 0, 0 };
  const IpcSemaphoreOp give[] = { { 0, +1 }, { 1, +1 }, { 1, +1 } };
  guint values[] = { 0, 0 };
  g_autoptr (IpcSemaphore) sem = ipc_check_set_new (_i, none, 2, IPC_SEMAPHORE_FLAGS_NONE);
  g_autoptr (GError) error = NULL;
  pid_t peer = ipc_check_fork (take_of_both, ipc_check_name_of (sem));

  for (gsize i = 0; i < G_N_ELEMENTS (give); i++)
    {
      ck_assert (ipc_check_blocked (peer));
      ipc_check_values (sem, values, 2);
      ipc_check_ok (operate (sem, &give[i], 1, 0, &error), error);
      values[give[i].index]++;
    }
  ck_assert_int_eq (ipc_check_join (peer), 0);
  ipc_check_values (sem, none, 2);
}
END_TEST

#define MOVES 3000
#define N_MOVERS 4

static void
move_units (gpointer name)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_open (name, IPC_SEMAPHORE_FLAGS_NONE);
  g_autoptr (GRand) rand = g_rand_new ();
  g_autoptr (GError) error = NULL;

  for (int i = 0; i < MOVES; i++)
    {
      const int n = g_rand_int_range (rand, 1, 4);
      const guint from = (guint) g_rand_int_range (rand, 0, 5);
      const IpcSemaphoreOp ops[] = { { from, -n }, { (from + 1) % 5, +n } };

      if (!operate (sem, ops, 2, 0, &error))
        ipc_check_error (error, IPC_ERROR, IPC_ERROR_TIMED_OUT, NULL);
      g_clear_error (&error);
    }
}

START_TEST (peers_lose_and_double_nothing)
{
  static const guint start[] = { 10, 10, 10, 10, 10 };
  g_autoptr (IpcSemaphore) sem = ipc_check_set_new (_i, start, 5, IPC_SEMAPHORE_FLAGS_NONE);
  pid_t peers[N_MOVERS];
  guint sum = 0;

  for (int i = 0; i < N_MOVERS; i++)
    peers[i] = ipc_check_fork (move_units, ipc_check_name_of (sem));
  for (int i = 0; i < N_MOVERS; i++)
    ck_assert_int_eq (ipc_check_join (peers[i]), 0);
  for (guint i = 0; i < 5; i++)
    sum += ipc_check_value (sem, i);
  ck_assert_uint_eq (sum, 50);
}
END_TEST

/* What every backend can: one step of one unit. */
START_TEST (one_step_is_a_post_or_a_wait)
{
  const IpcSemaphoreOp give = { 0, +1 }, take = { 0, -1 };
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 0, IPC_SEMAPHORE_FLAGS_NONE);
  g_autoptr (GError) error = NULL;

  ipc_check_ok (operate (sem, &give, 1, 0, &error), error);
  ck_assert_uint_eq (ipc_check_value (sem, 0), 1);
  ipc_check_ok (operate (sem, &take, 1, -1, &error), error);
  ck_assert_uint_eq (ipc_check_value (sem, 0), 0);
  ck_assert (!operate (sem, &take, 1, 20000, &error));
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_TIMED_OUT, NULL);
}
END_TEST

/* -- Zero -- */

START_TEST (zero_is_seen_and_nothing_taken)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 0, IPC_SEMAPHORE_FLAGS_NONE);
  g_autoptr (GError) error = NULL;

  ipc_check_ok (ipc_semaphore_wait_zero (sem, -1, NULL, &error), error);
  ipc_check_ok (ipc_semaphore_wait_zero (sem, 0, NULL, &error), error);
  ipc_check_ok (ipc_semaphore_post (sem, &error), error);
  ck_assert (!ipc_semaphore_wait_zero (sem, 0, NULL, &error));
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_TIMED_OUT, "ipc_semaphore_wait_zero");
  ck_assert_uint_eq (ipc_check_value (sem, 0), 1);
}
END_TEST

/* "All workers are done": each takes the unit that stands for its work. */
START_TEST (zero_waits_for_all_workers)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 3, IPC_SEMAPHORE_FLAGS_NONE);
  gpointer name = ipc_check_name_of (sem);
  pid_t waiters[] = { ipc_check_fork (ipc_check_peer_wait_zero, name),
                      ipc_check_fork (ipc_check_peer_wait_zero, name) };

  for (int worker = 0; worker < 3; worker++)
    {
      ck_assert (ipc_check_blocked (waiters[0]));
      ck_assert (ipc_check_blocked (waiters[1]));
      ck_assert_int_eq (ipc_check_join (ipc_check_fork (ipc_check_peer_wait, name)), 0);
    }
  ck_assert_int_eq (ipc_check_join (waiters[0]), 0);
  ck_assert_int_eq (ipc_check_join (waiters[1]), 0);
}
END_TEST

/* -- Setting a value -- */

START_TEST (value_is_set)
{
  const guint expected[] = { 5, 77, 0 };
  g_autoptr (IpcSemaphore) sem = ipc_check_set_new (_i, three, 3, IPC_SEMAPHORE_FLAGS_NONE);
  const guint max = ipc_semaphore_get_max_value (sem);
  g_autoptr (GError) error = NULL;

  ipc_check_ok (ipc_semaphore_set_value (sem, 1, 77, &error), error);
  ipc_check_values (sem, expected, 3);
  ipc_check_ok (ipc_semaphore_set_value (sem, 0, max, &error), error);
  ck_assert_uint_eq (ipc_check_value (sem, 0), max);

  ck_assert (!ipc_semaphore_set_value (sem, 0, max + 1, &error));
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_OVERFLOW, "ipc_semaphore_set_value");
  ck_assert_uint_eq (ipc_check_value (sem, 0), max);
}
END_TEST

START_TEST (setting_a_value_wakes_who_can_go_on)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 0, IPC_SEMAPHORE_FLAGS_NONE);
  gpointer name = ipc_check_name_of (sem);
  g_autoptr (GError) error = NULL;
  pid_t taker = ipc_check_fork (ipc_check_peer_wait, name);
  pid_t other = ipc_check_fork (ipc_check_peer_wait, name);
  pid_t zero;

  ck_assert (ipc_check_blocked (taker));
  ck_assert (ipc_check_blocked (other));
  ipc_check_ok (ipc_semaphore_set_value (sem, 0, 5, &error), error);
  ck_assert_int_eq (ipc_check_join (taker), 0);
  ck_assert_int_eq (ipc_check_join (other), 0);

  zero = ipc_check_fork (ipc_check_peer_wait_zero, name);
  ck_assert (ipc_check_blocked (zero));
  ipc_check_ok (ipc_semaphore_set_value (sem, 0, 0, &error), error);
  ck_assert_int_eq (ipc_check_join (zero), 0);
}
END_TEST

static void
add_tests (Suite *suite)
{
  TCase *tcase = ipc_check_tcase (suite, "semaphore-set");
  const TTest *sets[] = {
    set_has_its_values, set_must_be_large_enough, set_may_be_large,
    replaced_set_may_have_another_size, steps_are_done_together, all_or_nothing_when_one_must_wait,
    all_or_nothing_when_one_overflows, steps_are_done_in_their_order,
    peer_waits_until_all_steps_are_possible, peers_lose_and_double_nothing,
  };

  for (gsize i = 0; i < G_N_ELEMENTS (sets); i++)
    ipc_check_add_semaphore_test (tcase, sets[i], IPC_CHECK_SETS, 0);
  ipc_check_add_semaphore_test (tcase, one_step_is_a_post_or_a_wait, IPC_CHECK_GET_VALUE, 0);
  ipc_check_add_semaphore_test (tcase, zero_is_seen_and_nothing_taken, IPC_CHECK_WAIT_ZERO, 0);
  ipc_check_add_semaphore_test (tcase, zero_waits_for_all_workers, IPC_CHECK_WAIT_ZERO, 0);
  ipc_check_add_semaphore_test (tcase, value_is_set, IPC_CHECK_SETS | IPC_CHECK_SET_VALUE, 0);
  ipc_check_add_semaphore_test (tcase, setting_a_value_wakes_who_can_go_on,
                                IPC_CHECK_SET_VALUE | IPC_CHECK_WAIT_ZERO, 0);
}

int
main (void)
{
  return ipc_check_main ("semaphore-set", add_tests);
}
