/* check-native-kill.c: processes that change native sets, killed at any moment: all or nothing
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ipc-check-semaphore.h"


static const guint values[] = { 2, 0, 5 };

#define KILLS 100
#define MOVERS 3

typedef struct
{
  const char *name;
  guint      *moves; /* shared; atomic */
} Mover;

/* Units go round; two steps each, which are one. */
static void
move_units (gpointer data)
{
  const Mover *self = data;
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_open (self->name, IPC_SEMAPHORE_FLAGS_NONE);

  for (guint i = 0;; i++)
    {
      const IpcSemaphoreOp ops[] = { { i % 3, -1 }, { (i + 1) % 3, +1 } };

      ipc_semaphore_operate (sem, ops, 2, i % 2 ? 0 : 1000, NULL, NULL);
      g_atomic_int_inc (self->moves);
    }
}

/* How often the others move before one is killed varies, so that the moment does. */
static void
await_moves (const Mover *self, guint n)
{
  const guint start = (guint) g_atomic_int_get (self->moves);

  while ((guint) g_atomic_int_get (self->moves) - start < n)
    g_thread_yield ();
}

/* Several @run until all were killed.  Then everything is at rest. */
static void
kill_movers (IpcSemaphore *sem, void (*run) (gpointer mover))
{
  const Mover mover = { ipc_check_name_of (sem), ipc_check_shared (sizeof (guint)) };
  g_autoptr (IpcInfo) info = NULL;
  gpointer shared = ipc_check_share (mover);
  pid_t pids[MOVERS];

  for (int i = 0; i < MOVERS; i++)
    pids[i] = ipc_check_fork (run, shared);
  for (int i = 0; i < KILLS; i++)
    {
      await_moves (&mover, (guint) g_random_int_range (1, 40));
      ipc_check_kill (pids[i % MOVERS]);
      pids[i % MOVERS] = ipc_check_fork (run, shared);
    }
  for (int i = 0; i < MOVERS; i++)
    ipc_check_kill (pids[i]);

  info = ipc_semaphore_get_info (sem, 0, NULL);
  ck_assert_ptr_nonnull (info);
}

START_TEST (killed_movers_lose_and_double_nothing)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_set_new (_i, values, 3, IPC_SEMAPHORE_FLAGS_NONE);
  guint sum = 0;

  kill_movers (sem, move_units);
  for (guint i = 0; i < 3; i++)
    sum += ipc_check_value (sem, i);
  ck_assert_uint_eq (sum, values[0] + values[1] + values[2]);
}
END_TEST

/* What is held of one is held of the other. */
static void
take_pairs (gpointer data)
{
  const Mover *self = data;
  const IpcSemaphoreOp take[] = { { 0, -1 }, { 2, -1 } }, give[] = { { 2, +1 }, { 0, +1 } };
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_open (self->name, IPC_SEMAPHORE_UNDO);

  for (;;)
    {
      ipc_semaphore_operate (sem, take, 2, -1, NULL, NULL);
      ipc_semaphore_operate (sem, give, 2, -1, NULL, NULL);
      g_atomic_int_inc (self->moves);
    }
}

START_TEST (killed_holders_of_pairs_give_back_pairs)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_set_new (_i, values, 3, IPC_SEMAPHORE_FLAGS_NONE);

  kill_movers (sem, take_pairs);
  ipc_check_values (sem, values, 3);
}
END_TEST

static void
add_tests (Suite *suite)
{
  TCase *tcase = ipc_check_tcase (suite, "native-kill");

  ipc_check_add_backend_test (tcase, killed_movers_lose_and_double_nothing, IPC_BACKEND_NATIVE);
  ipc_check_add_backend_test (tcase, killed_holders_of_pairs_give_back_pairs, IPC_BACKEND_NATIVE);
}

int
main (void)
{
  return ipc_check_main ("native-kill", add_tests);
}
