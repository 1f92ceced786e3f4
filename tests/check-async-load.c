/* check-async-load.c: many waits in one main loop, and what else the process has to do
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ipc-check-async.h"

#include <string.h>

#define N_WAITS 10000
#define N_SEMAPHORES 100

typedef struct
{
  guint         n;
  IpcSemaphore *sems[N_SEMAPHORES * 4];
  const char   *names[N_SEMAPHORES * 4];
} Fleet;

static void
fleet_init (Fleet *self, guint backend, guint n)
{
  self->n = n;
  for (guint i = 0; i < n; i++)
    {
      self->sems[i] = ipc_check_semaphore_new (backend, 0, IPC_SEMAPHORE_FLAGS_NONE);
      self->names[i] = ipc_check_name_of (self->sems[i]);
    }
}

static void
fleet_clear (Fleet *self)
{
  for (guint i = 0; i < self->n; i++)
    {
      ck_assert_uint_eq (ipc_check_value (self->sems[i], 0), 0);
      g_object_unref (self->sems[i]);
    }
}

/* -- Ten thousand -- */

#define N_STEPS 40

typedef struct
{
  const Fleet *fleet;
  guint        each; /* how many posts each semaphore gets */
  int         *step; /* atomic, shared: up to which the peer posts */
} Poster;

/* Here and there, so that neighbours do not come one after the other. */
static guint
semaphore_of_post (const Poster *self, guint post)
{
  return post * 37 % self->fleet->n;
}

static void
post_in_steps (gpointer data)
{
  const Poster *self = data;
  const guint n_posts = self->each * self->fleet->n;
  IpcSemaphore *sems[N_SEMAPHORES];

  for (guint i = 0; i < self->fleet->n; i++)
    sems[i] = ipc_check_semaphore_open (self->fleet->names[i], IPC_SEMAPHORE_FLAGS_NONE);
  for (guint step = 1; step <= N_STEPS; step++)
    {
      while ((guint) g_atomic_int_get (self->step) < step)
        g_thread_yield ();
      for (guint i = (step - 1) * n_posts / N_STEPS; i < step * n_posts / N_STEPS; i++)
        ipc_check_post (sems[semaphore_of_post (self, i)]);
    }
  for (guint i = 0; i < self->fleet->n; i++)
    g_object_unref (sems[i]);
}

/* Every wait was done, and those of each semaphore in their order. */
static void
check_order (const IpcCheckAsync *waits, guint n_waits, guint n_sems)
{
  for (guint i = 0; i < n_waits; i++)
    {
      ck_assert_uint_eq (waits[i].n_calls, 1);
      ck_assert (waits[i].done);
      if (i >= n_sems)
        ck_assert_uint_gt (waits[i].turn, waits[i - n_sems].turn);
    }
}

START_TEST (ten_thousand_waits)
{
  Fleet fleet;
  Poster poster = { NULL, N_WAITS / N_SEMAPHORES, ipc_check_shared (sizeof (int)) };
  g_autofree IpcCheckAsync *waits = g_new0 (IpcCheckAsync, N_WAITS);
  pid_t peer;

  fleet_init (&fleet, (guint) _i, N_SEMAPHORES);
  poster.fleet = ipc_check_share (fleet);
  peer = ipc_check_fork (post_in_steps, ipc_check_share (poster));
  for (guint i = 0; i < N_WAITS; i++)
    ipc_check_async_wait (&waits[i], fleet.sems[i % N_SEMAPHORES], -1, NULL);
  ipc_check_async_pends (&waits[0]);
  if (IPC_CHECK_SEES_THREADS && ipc_check_semaphore_backend ((guint) _i) == IPC_BACKEND_NATIVE)
    ck_assert_uint_eq (ipc_check_count_threads ("ipc-"), 1);
  ck_assert_uint_lt (ipc_check_count_threads (""), N_SEMAPHORES + 5);

  /* What was posted is what ends, at every step. */
  for (guint step = 1; step <= N_STEPS; step++)
    {
      g_atomic_int_set (poster.step, (int) step);
      ipc_check_async_turns (step * N_WAITS / N_STEPS);
    }
  ck_assert_int_eq (ipc_check_join (peer), 0);
  check_order (waits, N_WAITS, N_SEMAPHORES);
  fleet_clear (&fleet);
}
END_TEST

/* All of them end at once, or not at all. */
START_TEST (ten_thousand_waits_are_cancelled)
{
  Fleet fleet;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autofree IpcCheckAsync *waits = g_new0 (IpcCheckAsync, N_WAITS);

  fleet_init (&fleet, (guint) _i, N_SEMAPHORES);
  for (guint i = 0; i < N_WAITS; i++)
    ipc_check_async_wait (&waits[i], fleet.sems[i % N_SEMAPHORES], -1,
                          i % 2 == 0 ? cancellable : NULL);
  g_cancellable_cancel (cancellable);
  ipc_check_async_turns (N_WAITS / 2);
  for (guint i = 0; i < N_SEMAPHORES; i++)
    ck_assert (ipc_semaphore_close (fleet.sems[i], NULL));
  ipc_check_async_turns (N_WAITS);
  for (guint i = 0; i < N_WAITS; i++)
    {
      ipc_check_async_fails (&waits[i], i % 2 == 0 ? G_IO_ERROR : IPC_ERROR,
                             i % 2 == 0 ? (int) G_IO_ERROR_CANCELLED : (int) IPC_ERROR_CLOSED, NULL);
      ipc_check_async_clear (&waits[i]);
    }
  for (guint i = 0; i < fleet.n; i++)
    g_object_unref (fleet.sems[i]);
}
END_TEST

/* -- More objects than one thread can sleep on -- */

static void
post_backwards (gpointer data)
{
  const Fleet *fleet = data;

  for (guint i = fleet->n; i-- > 0;)
    {
      g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_open (fleet->names[i],
                                                               IPC_SEMAPHORE_FLAGS_NONE);
      ipc_check_post (sem);
    }
}

START_TEST (more_objects_than_a_thread_can_sleep_on)
{
  Fleet fleet;
  pid_t peer;
  IpcCheckAsync waits[300] = { { 0 } };

  fleet_init (&fleet, (guint) _i, G_N_ELEMENTS (waits));
  for (guint round = 0; round < 3; round++)
    {
      memset (waits, 0, sizeof waits);
      for (guint i = 0; i < G_N_ELEMENTS (waits); i++)
        ipc_check_async_wait (&waits[i], fleet.sems[i], -1, NULL);
      ipc_check_async_pends (&waits[0]);
      if (IPC_CHECK_SEES_THREADS)
        ck_assert_uint_eq (ipc_check_count_threads ("ipc-"), 3);
      peer = ipc_check_async_fork (post_backwards, ipc_check_share (fleet));
      ck_assert_int_eq (ipc_check_join (peer), 0);
      for (guint i = 0; i < G_N_ELEMENTS (waits); i++)
        ipc_check_async_done (&waits[i]);
    }
  fleet_clear (&fleet);
}
END_TEST

/* -- The pool of GTask -- */

#define N_BLOCKERS 40

typedef struct
{
  IpcCheckGate *starts, *ends;
} Blocker;

static void
block (GTask *task, gpointer source G_GNUC_UNUSED, gpointer data,
       GCancellable *cancellable G_GNUC_UNUSED)
{
  const Blocker *self = data;

  ipc_check_gate_open (self->starts);
  ipc_check_gate_pass (self->ends);
  g_task_return_boolean (task, TRUE);
}

static void
on_unblocked (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer data)
{
  ck_assert (g_task_propagate_boolean (G_TASK (result), NULL));
  ++*(guint *) data;
}

static void
occupy_pool (Blocker *blocker, guint *n_unblocked)
{
  for (guint i = 0; i < N_BLOCKERS; i++)
    {
      g_autoptr (GTask) task = g_task_new (NULL, NULL, on_unblocked, n_unblocked);

      g_task_set_task_data (task, blocker, NULL);
      g_task_run_in_thread (task, block);
    }
  ipc_check_gate_pass (blocker->starts);
}

/* Blocks for as long as the pool has threads; the rest waits for them.  The pool gets new ones at any
 * time, so that the peer is started before it: a copy made by fork() may have a lock of GLib that one
 * of them holds. */
START_TEST (pool_of_tasks_is_not_needed)
{
  Fleet fleet;
  Poster poster = { NULL, N_STEPS, ipc_check_shared (sizeof (int)) };
  Blocker blocker = { ipc_check_gate_new (), ipc_check_gate_new () };
  IpcCheckAsync waits[N_STEPS] = { { 0 } };
  guint n_unblocked = 0;
  pid_t peer;

  fleet_init (&fleet, (guint) _i, 1);
  poster.fleet = ipc_check_share (fleet);
  peer = ipc_check_fork (post_in_steps, ipc_check_share (poster));
  occupy_pool (&blocker, &n_unblocked);

  ipc_check_async_begin (waits, N_STEPS, fleet.sems[0], NULL);
  for (guint i = 0; i < N_STEPS; i++)
    {
      g_atomic_int_inc (poster.step);
      ipc_check_async_done (&waits[i]);
    }
  ck_assert_uint_eq (n_unblocked, 0);
  ck_assert_int_eq (ipc_check_join (peer), 0);

  ipc_check_gate_open (blocker.ends);
  while (n_unblocked < N_BLOCKERS)
    g_main_context_iteration (NULL, TRUE);
  fleet_clear (&fleet);
  ipc_check_gate_free (blocker.starts);
  ipc_check_gate_free (blocker.ends);
}
END_TEST

static void
add_tests (Suite *suite)
{
  TCase *tcase = ipc_check_tcase (suite, "async-load");

  tcase_add_checked_fixture (tcase, ipc_check_async_reset, NULL);
  ipc_check_add_semaphore_test (tcase, ten_thousand_waits, IPC_CHECK_GET_VALUE, 0);
  ipc_check_add_semaphore_test (tcase, ten_thousand_waits_are_cancelled, 0, 0);
  ipc_check_add_semaphore_test (tcase, pool_of_tasks_is_not_needed, IPC_CHECK_GET_VALUE, 0);
  ipc_check_add_backend_test (tcase, more_objects_than_a_thread_can_sleep_on, IPC_BACKEND_NATIVE);
}

int
main (void)
{
  return ipc_check_main ("async-load", add_tests);
}
