/* check-native.c: what native semaphores promise beyond the others: who holds what, told and kept
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ipc-check-semaphore.h"

#include <unistd.h>

#define MAXIMUM ((1u << 23) - 1)

static gboolean
change (IpcSemaphore *sem, int delta, GError **error)
{
  const IpcSemaphoreOp op = { 0, delta };

  return ipc_semaphore_operate (sem, &op, 1, 0, NULL, error);
}

/* -- Told -- */

static gint64
held_by (IpcInfo *info, pid_t holder)
{
  gint64 pid, units;

  for (guint i = 0; ipc_info_get_holder (info, i, &pid, &units); i++)
    if (pid == holder)
      return units;

  return 0;
}

static void
hold_three (gpointer data)
{
  IpcCheckHolder *holder = data;
  g_autoptr (IpcSemaphore) sem = ipc_check_take (holder->name, IPC_SEMAPHORE_UNDO);

  ipc_check_change (sem, -2);
  ipc_check_gate_open (holder->holds);
  ipc_check_gate_pass (holder->ends);
}

START_TEST (holders_are_told)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 9, IPC_SEMAPHORE_UNDO);
  g_autoptr (IpcInfo) before = ipc_check_info (sem);
  g_autoptr (IpcInfo) info = NULL;
  IpcCheckHolder *one, *three;
  pid_t pids[2];

  one = ipc_check_holder_new (sem);
  three = ipc_check_holder_new (sem);
  pids[0] = ipc_check_fork (ipc_check_peer_hold, one);
  pids[1] = ipc_check_fork (hold_three, three);
  ipc_check_gate_pass (one->holds);
  ipc_check_gate_pass (three->holds);
  ipc_check_change (sem, -1);

  info = ipc_check_info (sem);
  ck_assert_uint_eq (ipc_info_get_n_holders (before), 0);
  ck_assert_uint_eq (ipc_info_get_n_holders (info), 3);
  ck_assert_int_eq (held_by (info, pids[0]), 1);
  ck_assert_int_eq (held_by (info, pids[1]), 3);
  ck_assert_int_eq (held_by (info, getpid ()), 1);
  ck_assert_int_eq (ipc_info_get_value (info), 4);
  ipc_check_kill (pids[0]);
  ipc_check_kill (pids[1]);
}
END_TEST

START_TEST (what_is_given_back_is_held_no_more)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 9, IPC_SEMAPHORE_UNDO);
  g_autoptr (IpcInfo) some = NULL, none = NULL;

  ipc_check_change (sem, -4);
  ipc_check_change (sem, +3);
  some = ipc_check_info (sem);
  ipc_check_change (sem, +1);
  none = ipc_check_info (sem);
  ck_assert_int_eq (held_by (some, getpid ()), 1);
  ck_assert_uint_eq (ipc_info_get_n_holders (none), 0);
}
END_TEST

/* Those who ask get everything back first, so that no sleeper is needed. */
START_TEST (recoveries_are_told)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 5, IPC_SEMAPHORE_FLAGS_NONE);
  const gint64 start = g_get_real_time ();

  for (int round = 1; round <= 3; round++)
    {
      IpcCheckHolder *holder;
      g_autoptr (IpcInfo) before = ipc_check_info (sem);
      g_autoptr (IpcInfo) info = NULL;
      pid_t pid;

      holder = ipc_check_holder_new (sem);
      pid = ipc_check_fork (hold_three, holder);
      ipc_check_gate_pass (holder->holds);
      ck_assert_uint_eq (ipc_check_value (sem, 0), 2);
      ipc_check_kill (pid);

      info = ipc_check_info (sem);
      ck_assert_int_eq (ipc_info_get_recovered_units (before), 3 * (round - 1));
      ck_assert_int_eq (ipc_info_get_recovered_units (info), 3 * round);
      ck_assert_int_eq (ipc_info_get_recovered_pid (info), pid);
      ck_assert_int_ge (ipc_info_get_recovered_time (info), start);
      ck_assert_int_le (ipc_info_get_recovered_time (info), g_get_real_time ());
      ck_assert_int_eq (ipc_info_get_value (info), 5);
      ck_assert_uint_eq (ipc_info_get_n_holders (info), 0);
    }
}
END_TEST

START_TEST (what_has_no_room_is_not_told_as_recovered)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 3, IPC_SEMAPHORE_FLAGS_NONE);
  IpcCheckHolder *holder = ipc_check_holder_new (sem);
  const pid_t pid = ipc_check_fork (hold_three, holder);

  ipc_check_gate_pass (holder->holds);
  ipc_check_change (sem, (int) MAXIMUM - 2);
  ipc_check_kill (pid);
  ipc_check_told (sem, (int) MAXIMUM, 0, 2);
}
END_TEST

static void
start_waiters (IpcSemaphore *sem, void (*wait) (gpointer name), pid_t pids[2])
{
  for (int i = 0; i < 2; i++)
    {
      pids[i] = ipc_check_fork (wait, ipc_check_name_of (sem));
      ck_assert (ipc_check_blocked (pids[i]));
    }
}

START_TEST (killed_waiters_are_forgotten)
{
  g_autoptr (IpcSemaphore) empty = ipc_check_semaphore_new (_i, 0, IPC_SEMAPHORE_FLAGS_NONE);
  g_autoptr (IpcSemaphore) full = ipc_check_semaphore_new (_i, 1, IPC_SEMAPHORE_FLAGS_NONE);
  pid_t for_units[2], for_zero[2];

  start_waiters (empty, ipc_check_peer_wait, for_units);
  start_waiters (full, ipc_check_peer_wait_zero, for_zero);
  ipc_check_waiters (empty, 0, 2, 0);
  ipc_check_waiters (full, 0, 0, 2);

  for (int i = 0; i < 2; i++)
    {
      ipc_check_kill (for_units[i]);
      ipc_check_kill (for_zero[i]);
      ipc_check_waiters (empty, 0, 1 - i, 0);
      ipc_check_waiters (full, 0, 0, 1 - i);
    }
}
END_TEST

/* Removing the old one, or looking after its dead, does not touch the new one-> */
START_TEST (replaced_semaphore_keeps_its_users)
{
  static const guint nine = 9;
  g_autoptr (IpcSemaphore) old = ipc_check_semaphore_new (_i, 0, IPC_SEMAPHORE_FLAGS_NONE);
  g_autoptr (IpcSemaphore) new = NULL;
  pid_t pids[2];

  start_waiters (old, ipc_check_peer_wait, pids);
  new = ipc_semaphore_new_full (ipc_semaphore_get_name (old), IPC_OPEN_REPLACE, &nine, 1, 0600, 0,
                                NULL, NULL);
  ipc_check_waiters (old, 0, 2, 0);
  ipc_check_waiters (new, 0, 0, 0);
  ipc_check_change (old, +2);
  for (int i = 0; i < 2; i++)
    ck_assert_int_eq (ipc_check_join (pids[i]), 0);
  ck_assert (ipc_semaphore_unlink (old, NULL));
  ck_assert (ipc_semaphore_is_current (new));
  ck_assert_uint_eq (ipc_check_value (new, 0), 9);
}
END_TEST

/* -- What one process has of an object -- */

START_TEST (handles_share_one_mapping_and_one_file)
{
  const char *name = ipc_check_semaphore_name (_i);
  const guint fds = ipc_check_count_fds (), maps = ipc_check_count_maps ("/dev/shm/");
  IpcSemaphore *handles[12];

  handles[0] = ipc_semaphore_create (name, 12, IPC_SEMAPHORE_FLAGS_NONE, NULL);
  ck_assert_uint_eq (ipc_check_count_maps ("/dev/shm/"), maps + 1);
  for (gsize i = 1; i < G_N_ELEMENTS (handles); i++)
    handles[i] = ipc_check_semaphore_open (name, i % 2 ? IPC_SEMAPHORE_UNDO : 0);

  /* One to use it, and one to own a lane by. */
  ck_assert_uint_eq (ipc_check_count_maps ("/dev/shm/"), maps + 2);
  ck_assert_uint_eq (ipc_check_count_fds (), fds + 1);
  for (gsize i = 0; i < G_N_ELEMENTS (handles); i++)
    {
      ipc_check_change (handles[i], -1);
      ipc_check_change (handles[i], +1);
      g_object_unref (handles[i]);
    }
  ck_assert_uint_eq (ipc_check_count_maps ("/dev/shm/"), maps);
  ck_assert_uint_eq (ipc_check_count_fds (), fds);
}
END_TEST

static gpointer
give_one (gpointer sem)
{
  ipc_check_change (sem, +1);
  return NULL;
}

static gpointer
take_two (gpointer sem)
{
  ipc_check_change (sem, -2);
  return NULL;
}

/* Taken by one thread and one handle, given back by others. */
static void
pass_units_around (gpointer name)
{
  g_autoptr (IpcSemaphore) one = ipc_check_semaphore_open (name, IPC_SEMAPHORE_UNDO);
  g_autoptr (IpcSemaphore) other = ipc_check_semaphore_open (name, IPC_SEMAPHORE_UNDO);

  g_thread_join (g_thread_new ("taker", take_two, one));
  ipc_check_change (other, -1);
  g_thread_join (g_thread_new ("giver", give_one, one));
  g_thread_join (g_thread_new ("giver", give_one, other));
  ipc_check_change (one, +1);
}

START_TEST (units_belong_to_the_process)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 3, IPC_SEMAPHORE_FLAGS_NONE);
  gpointer name = ipc_check_name_of (sem);
  g_autoptr (IpcInfo) info = NULL;

  ck_assert_int_eq (ipc_check_join (ipc_check_fork (pass_units_around, name)), 0);
  info = ipc_check_info (sem);
  ck_assert_int_eq (ipc_info_get_value (info), 3);
  ck_assert_int_eq (ipc_info_get_recovered_units (info), 0);
}
END_TEST

/* A handle that is gone gives nothing back: the process may still be at work. */
static void
hold_without_a_handle (gpointer data)
{
  IpcCheckHolder *holder = data;
  g_autoptr (IpcSemaphore) again = NULL;

  g_object_unref (ipc_check_take (holder->name, IPC_SEMAPHORE_UNDO));
  g_object_unref (ipc_check_take (holder->name, IPC_SEMAPHORE_UNDO));
  again = ipc_check_semaphore_open (holder->name, IPC_SEMAPHORE_UNDO);
  ipc_check_change (again, +1);
  g_clear_object (&again);
  ipc_check_gate_open (holder->holds);
  ipc_check_gate_pass (holder->ends);
}

START_TEST (units_outlive_their_handle)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 2, IPC_SEMAPHORE_FLAGS_NONE);
  g_autoptr (IpcInfo) info = NULL;
  IpcCheckHolder *holder;
  pid_t pid;

  holder = ipc_check_holder_new (sem);
  pid = ipc_check_fork (hold_without_a_handle, holder);
  ipc_check_gate_pass (holder->holds);
  info = ipc_check_info (sem);
  ck_assert_int_eq (held_by (info, pid), 1);
  ipc_check_change (sem, -1);
  ipc_check_stays_held (sem);
  ipc_check_kill (pid);
  ipc_check_comes_back (sem);
}
END_TEST

static void
give_more_than_taken (gpointer name)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_take (name, IPC_SEMAPHORE_UNDO);

  ipc_check_change (sem, +3);
  ipc_check_change (sem, +2);
  ipc_check_change (sem, -1);
}

/* System V would take it back. */
START_TEST (what_is_given_beyond_what_was_held_stands)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 1, IPC_SEMAPHORE_FLAGS_NONE);
  gpointer name = ipc_check_name_of (sem);
  g_autoptr (IpcInfo) info = NULL;

  ck_assert_int_eq (ipc_check_join (ipc_check_fork (give_more_than_taken, name)), 0);
  info = ipc_check_info (sem);
  ck_assert_int_eq (ipc_info_get_value (info), 5);
  ck_assert_int_eq (ipc_info_get_recovered_units (info), 1);
}
END_TEST

/* -- Values -- */

START_TEST (value_is_not_set_while_units_are_held)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 5, IPC_SEMAPHORE_FLAGS_NONE);
  IpcCheckHolder *holder;
  g_autoptr (GError) error = NULL;
  pid_t pid;

  holder = ipc_check_holder_new (sem);
  pid = ipc_check_fork (hold_three, holder);
  ipc_check_gate_pass (holder->holds);
  ck_assert (!ipc_semaphore_set_value (sem, 0, 8, &error));
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_WOULD_BLOCK, "ipc_semaphore_set_value|UNDO");
  g_clear_error (&error);
  ck_assert_uint_eq (ipc_check_value (sem, 0), 2);

  /* What the dead held is no hindrance. */
  ipc_check_kill (pid);
  ipc_check_ok (ipc_semaphore_set_value (sem, 0, 8, &error), error);
  ck_assert_uint_eq (ipc_check_value (sem, 0), 8);
}
END_TEST

START_TEST (maximum_is_kept)
{
  static const IpcSemaphoreFlags flags[] = { IPC_SEMAPHORE_FLAGS_NONE, IPC_SEMAPHORE_UNDO };

  for (gsize i = 0; i < G_N_ELEMENTS (flags); i++)
    {
      g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, MAXIMUM - 3, flags[i]);
      g_autoptr (GError) error = NULL;

      ck_assert_uint_eq (ipc_semaphore_get_max_value (sem), MAXIMUM);
      ck_assert (!change (sem, +4, &error));
      ipc_check_error (error, IPC_ERROR, IPC_ERROR_OVERFLOW, "ipc_semaphore_operate|8388607");
      g_clear_error (&error);
      ipc_check_change (sem, +3);
      ck_assert (!ipc_semaphore_post (sem, &error));
      ipc_check_error (error, IPC_ERROR, IPC_ERROR_OVERFLOW, "ipc_semaphore_post|8388607");
      ck_assert_uint_eq (ipc_check_value (sem, 0), MAXIMUM);

      ipc_check_change (sem, -(int) MAXIMUM);
      ck_assert_uint_eq (ipc_check_value (sem, 0), 0);
      ipc_check_change (sem, +(int) MAXIMUM);
      ck_assert_uint_eq (ipc_check_value (sem, 0), MAXIMUM);
    }
}
END_TEST

static void
add_tests (Suite *suite)
{
  TCase *tcase = ipc_check_tcase (suite, "native");
  const TTest *all[] = {
    holders_are_told, what_is_given_back_is_held_no_more, recoveries_are_told,
    what_has_no_room_is_not_told_as_recovered,
    killed_waiters_are_forgotten, replaced_semaphore_keeps_its_users,
    units_belong_to_the_process, units_outlive_their_handle,
    what_is_given_beyond_what_was_held_stands, value_is_not_set_while_units_are_held,
    maximum_is_kept,
  };

  for (gsize i = 0; i < G_N_ELEMENTS (all); i++)
    ipc_check_add_backend_test (tcase, all[i], IPC_BACKEND_NATIVE);
  if (ipc_check_needs_unix ("handles_share_one_mapping_and_one_file", "files"))
    ipc_check_add_backend_test (tcase, handles_share_one_mapping_and_one_file, IPC_BACKEND_NATIVE);
}

int
main (void)
{
  return ipc_check_main ("native", add_tests);
}
