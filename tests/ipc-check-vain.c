/* ipc-check-vain.c: waits of each kind, for what does not come
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ipc-check-async.h"

typedef struct
{
  IpcSemaphore *empty, *full;
  IpcSemaphore *set; /* of an empty one and a full one, or NULL */
} Scene;

static const IpcSemaphoreOp take_both[] = { { 0, -1 }, { 1, -1 } };
static const IpcSemaphoreOp until_zero = { 0, 0 };

static gboolean
wait_plainly (const Scene *self, gint64 timeout_us, GError **error)
{
  return ipc_semaphore_wait (self->empty, timeout_us, NULL, error);
}

static gboolean
wait_cancellably (const Scene *self, gint64 timeout_us, GError **error)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();

  return ipc_semaphore_wait (self->empty, timeout_us, cancellable, error);
}

static gboolean
finish (IpcCheckAsync *wait, GError **error)
{
  ipc_check_async_join (wait);
  if (wait->error != NULL)
    g_propagate_error (error, g_steal_pointer (&wait->error));
  return wait->done;
}

static gboolean
wait_in_a_main_loop (const Scene *self, gint64 timeout_us, GError **error)
{
  g_auto (IpcCheckAsync) wait = { 0 };

  ipc_check_async_wait (&wait, self->empty, timeout_us, NULL);
  return finish (&wait, error);
}

static gboolean
wait_for_zero (const Scene *self, gint64 timeout_us, GError **error)
{
  return ipc_semaphore_wait_zero (self->full, timeout_us, NULL, error);
}

static gboolean
wait_for_zero_in_a_main_loop (const Scene *self, gint64 timeout_us, GError **error)
{
  g_auto (IpcCheckAsync) wait = { 0 };

  ipc_check_async_operate (&wait, self->full, &until_zero, 1, timeout_us);
  return finish (&wait, error);
}

static gboolean
wait_for_a_set (const Scene *self, gint64 timeout_us, GError **error)
{
  return ipc_semaphore_operate (self->set, take_both, 2, timeout_us, NULL, error);
}

static gboolean
wait_for_a_set_in_a_main_loop (const Scene *self, gint64 timeout_us, GError **error)
{
  g_auto (IpcCheckAsync) wait = { 0 };

  ipc_check_async_operate (&wait, self->set, take_both, 2, timeout_us);
  return finish (&wait, error);
}

static const struct
{
  const char      *kind;
  IpcCheckFeatures needs;
  gboolean       (*wait) (const Scene *self, gint64 timeout_us, GError **error);
} waits[] = {
  { "wait", IPC_CHECK_NOTHING, wait_plainly },
  { "wait that can be cancelled", IPC_CHECK_NOTHING, wait_cancellably },
  { "wait in a main loop", IPC_CHECK_NOTHING, wait_in_a_main_loop },
  { "wait for zero", IPC_CHECK_WAIT_ZERO, wait_for_zero },
  { "wait for zero in a main loop", IPC_CHECK_WAIT_ZERO, wait_for_zero_in_a_main_loop },
  { "wait for a set", IPC_CHECK_SETS, wait_for_a_set },
  { "wait for a set in a main loop", IPC_CHECK_SETS, wait_for_a_set_in_a_main_loop },
};

void
ipc_check_each_wait (guint i, gint64 timeout_us, void (*over) (const char *kind, gint64 began))
{
  static const guint values[] = { 0, 1 };
  const gboolean sets = ipc_check_semaphore_has (i, IPC_CHECK_SETS);
  g_autoptr (IpcSemaphore) empty = ipc_check_semaphore_new (i, 0, IPC_SEMAPHORE_FLAGS_NONE);
  g_autoptr (IpcSemaphore) full = ipc_check_semaphore_new (i, 1, IPC_SEMAPHORE_FLAGS_NONE);
  g_autoptr (IpcSemaphore) set = sets ? ipc_check_set_new (i, values, 2, IPC_SEMAPHORE_FLAGS_NONE)
                                      : NULL;
  const Scene scene = { empty, full, set };

  for (gsize w = 0; w < G_N_ELEMENTS (waits); w++)
    {
      g_autoptr (GError) error = NULL;
      const gint64 began = g_get_monotonic_time ();

      if (!ipc_check_semaphore_has (i, waits[w].needs))
        continue;
      ck_assert (!waits[w].wait (&scene, timeout_us, &error));
      ipc_check_error (error, IPC_ERROR, IPC_ERROR_TIMED_OUT, NULL);
      over (waits[w].kind, began);
    }
}
