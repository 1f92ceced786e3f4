/* check-native-spin.c: waits that look on for a moment before they sleep
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ipc-check-semaphore.h"

#define TURNS 3000
#define SPIN_AND_UNDO (IPC_SEMAPHORE_SPIN | IPC_SEMAPHORE_UNDO)

static const guint nobody[] = { 0, 0 };

/* Takes one of semaphore @mine, gives one to the other. */
static void
pass_on (IpcSemaphore *sem, guint mine)
{
  const IpcSemaphoreOp take = { mine, -1 }, give = { !mine, +1 };

  for (int i = 0; i < TURNS; i++)
    {
      g_autoptr (GError) error = NULL;

      ipc_check_ok (ipc_semaphore_operate (sem, &take, 1, IPC_CHECK_LONG, NULL, &error), error);
      ipc_check_ok (ipc_semaphore_operate (sem, &give, 1, 0, NULL, &error), error);
    }
}

static void
be_the_other_of_a_set (gpointer name)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_open (name, IPC_SEMAPHORE_SPIN);

  pass_on (sem, 1);
}

START_TEST (set_goes_to_and_fro)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_set_new (_i, nobody, 2, IPC_SEMAPHORE_SPIN);
  const IpcSemaphoreOp first = { 0, +1 };
  const pid_t pid = ipc_check_fork (be_the_other_of_a_set, (gpointer) ipc_check_name_of (sem));
  g_autoptr (GError) error = NULL;

  ipc_check_ok (ipc_semaphore_operate (sem, &first, 1, 0, NULL, &error), error);
  pass_on (sem, 0);
  ck_assert_int_eq (ipc_check_join (pid), 0);
  ipc_check_values (sem, (const guint[]){ 1, 0 }, 2);
}
END_TEST

/* A turn of two that must not be taken by both. */
typedef struct
{
  char  name[256];
  guint guarded; /* by the semaphore */
} Turn;

static void
count_turns (IpcSemaphore *sem, Turn *turn)
{
  for (int i = 0; i < TURNS; i++)
    {
      g_autoptr (GError) error = NULL;

      ipc_check_ok (ipc_semaphore_wait (sem, IPC_CHECK_LONG, NULL, &error), error);
      turn->guarded++;
      ipc_check_ok (ipc_semaphore_post (sem, &error), error);
    }
}

static void
count_beside (gpointer data)
{
  Turn *turn = data;
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_open (turn->name, SPIN_AND_UNDO);

  count_turns (sem, turn);
}

START_TEST (one_at_a_time)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 1, SPIN_AND_UNDO);
  Turn *turn = ipc_check_shared (sizeof *turn);
  pid_t pid;

  g_strlcpy (turn->name, ipc_check_name_of (sem), sizeof turn->name);
  pid = ipc_check_fork (count_beside, turn);
  count_turns (sem, turn);
  ck_assert_int_eq (ipc_check_join (pid), 0);
  ck_assert_uint_eq (turn->guarded, 2 * TURNS);
  ck_assert_uint_eq (ipc_check_value (sem, 0), 1);
}
END_TEST

START_TEST (killed_holder_gives_back)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 1, SPIN_AND_UNDO);
  IpcCheckHolder *holder = ipc_check_holder_new (sem);
  const pid_t pid = ipc_check_fork (ipc_check_peer_hold, holder);

  ipc_check_gate_pass (holder->holds);
  ipc_check_is_held (sem);
  holder->signal = SIGKILL;
  ipc_check_gate_open (holder->ends);
  ipc_check_comes_back (sem);
  ck_assert_int_eq (ipc_check_join (pid), 128 + SIGKILL);
}
END_TEST

START_TEST (nothing_to_wait_for_ends_in_time)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 0, IPC_SEMAPHORE_SPIN);
  g_autoptr (GError) error = NULL;
  const gint64 begin = g_get_monotonic_time ();

  ck_assert (!ipc_semaphore_wait (sem, 30 * 1000, NULL, &error));
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_TIMED_OUT, NULL);
  ck_assert_int_ge (g_get_monotonic_time () - begin, 30 * 1000);
}
END_TEST

static void
add_tests (Suite *suite)
{
  TCase *tcase = ipc_check_tcase (suite, "native-spin");

  ipc_check_add_backend_test (tcase, set_goes_to_and_fro, IPC_BACKEND_NATIVE);
  ipc_check_add_backend_test (tcase, one_at_a_time, IPC_BACKEND_NATIVE);
  ipc_check_add_backend_test (tcase, killed_holder_gives_back, IPC_BACKEND_NATIVE);
  ipc_check_add_backend_test (tcase, nothing_to_wait_for_ends_in_time, IPC_BACKEND_NATIVE);
}

int
main (void)
{
  return ipc_check_main ("native-spin", add_tests);
}
