/* check-semaphore-account.c: what a process holds under UNDO, and how much that can be
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ipc-check-semaphore.h"

/* A set has a second semaphore, which stays zero. */
static void
account_is_full (guint i, gsize n_values)
{
  const guint none[] = { 0, 0 };
  g_autoptr (IpcSemaphore) plain = ipc_check_set_new (i, none, n_values, IPC_SEMAPHORE_FLAGS_NONE);
  g_autoptr (IpcSemaphore) undo = ipc_check_semaphore_open (ipc_semaphore_get_name (plain),
                                                            IPC_SEMAPHORE_UNDO);
  const int max = (int) ipc_semaphore_get_max_value (plain);
  const IpcSemaphoreOp take_all = { 0, -max }, give = { 0, +1 }, take = { 0, -1 };
  g_autoptr (GError) error = NULL;

  ipc_check_ok (ipc_semaphore_set_value (plain, 0, (guint) max, &error), error);
  ipc_check_ok (ipc_semaphore_operate (undo, &take_all, 1, 0, NULL, &error), error);
  ipc_check_ok (ipc_semaphore_operate (plain, &give, 1, 0, NULL, &error), error);
  ck_assert (!ipc_semaphore_operate (undo, &take, 1, IPC_CHECK_LONG, NULL, &error));
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_OVERFLOW, ipc_semaphore_get_name (plain));
  g_clear_error (&error);
  ck_assert (!ipc_semaphore_wait (undo, IPC_CHECK_LONG, NULL, &error));
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_OVERFLOW, ipc_semaphore_get_name (plain));
  ck_assert_uint_eq (ipc_check_value (plain, 0), 1);

  g_clear_error (&error);
  ipc_check_ok (ipc_semaphore_operate (undo, &give, 1, 0, NULL, &error), error);
  ipc_check_ok (ipc_semaphore_operate (undo, &take, 1, 0, NULL, &error), error);
  ck_assert_uint_eq (ipc_check_value (plain, 0), 1);
}

/* Who only takes holds more and more; what can be noted ends at the maximum of a value. */
START_TEST (account_that_is_full_is_an_overflow)
{
  account_is_full (_i, 1);
  account_is_full (_i, 2);
}
END_TEST

static void
give_and_take (gpointer name)
{
  const IpcSemaphoreOp steps[] = { { 0, +3 }, { 0, -3 } };
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_open (name, IPC_SEMAPHORE_UNDO);
  g_autoptr (GError) error = NULL;

  ipc_check_ok (ipc_semaphore_operate (sem, steps, 2, 0, NULL, &error), error);
}

/* It is what all steps together change that is held. */
START_TEST (steps_that_change_nothing_hold_nothing)
{
  const guint none[] = { 0, 0 };

  for (gsize n = 1; n <= G_N_ELEMENTS (none); n++)
    {
      g_autoptr (IpcSemaphore) sem = ipc_check_set_new (_i, none, n, IPC_SEMAPHORE_FLAGS_NONE);
      const pid_t pid = ipc_check_fork (give_and_take, ipc_check_name_of (sem));

      ck_assert_int_eq (ipc_check_join (pid), 0);
      ck_assert (!ipc_semaphore_try_wait (sem, NULL));
      ck_assert_uint_eq (ipc_check_value (sem, 0), 0);
    }
}
END_TEST

static void
take_five (IpcCheckHolder *holder, gsize n_values)
{
  const IpcSemaphoreOp five[] = { { 0, -5 }, { 1, -5 } };
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_open (holder->name, IPC_SEMAPHORE_UNDO);
  g_autoptr (GError) error = NULL;

  ipc_check_ok (ipc_semaphore_operate (sem, five, n_values, 0, NULL, &error), error);
  ipc_check_gate_open (holder->holds);
  ipc_check_gate_pass (holder->ends);
}

static void
take_five_of_one (gpointer holder)
{
  take_five (holder, 1);
}

static void
take_five_of_both (gpointer holder)
{
  take_five (holder, 2);
}

/* Others have given meanwhile.  A set has a second semaphore with room for all.  Who asks for all that
 * is told looks after the dead first. */
static void
value_is_filled_up (guint i, gsize n_values, guint room)
{
  const guint nine[] = { 9, 9 };
  g_autoptr (IpcSemaphore) sem = ipc_check_set_new (i, nine, n_values, IPC_SEMAPHORE_FLAGS_NONE);
  const guint max = ipc_semaphore_get_max_value (sem);
  const guint filled[] = { max, 9 };
  IpcCheckHolder *holder = ipc_check_holder_new (sem);
  g_autoptr (IpcInfo) info = NULL;
  const pid_t pid = ipc_check_fork (n_values == 1 ? take_five_of_one : take_five_of_both, holder);

  ipc_check_gate_pass (holder->holds);
  ipc_check_change (sem, (int) (max - room - 4));
  ck_assert_uint_eq (ipc_check_value (sem, 0), max - room);
  ipc_check_kill (pid);
  info = ipc_check_info (sem);
  ck_assert_int_eq (ipc_info_get_value (info), (int) max);
  ipc_check_values (sem, filled, (guint) n_values);

  /* What had no room does not come later. */
  ipc_check_change (sem, -2);
  ck_assert_uint_eq (ipc_check_value (sem, 0), max - 2);
}

START_TEST (as_much_comes_back_as_fits)
{
  for (guint room = 0; room <= 5; room++)
    for (gsize n = 1; n <= 2; n++)
      value_is_filled_up (_i, n, room);
}
END_TEST

static void
add_tests (Suite *suite)
{
  TCase *tcase = ipc_check_tcase (suite, "semaphore-account");
  const TTest *all[] = {
    account_that_is_full_is_an_overflow, steps_that_change_nothing_hold_nothing,
    as_much_comes_back_as_fits,
  };

  for (gsize i = 0; i < G_N_ELEMENTS (all); i++)
    ipc_check_add_semaphore_test (tcase, all[i], IPC_CHECK_UNDO | IPC_CHECK_SETS, 0);
}

int
main (void)
{
  return ipc_check_main ("semaphore-account", add_tests);
}
