/* ipc-native-try-set.c: one try of an operation on a native set, behind its lock
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ipc-native-private.h"

#include <stddef.h>

#define LOCK_NAP_US 1000

_Static_assert (sizeof (IpcSetStep) == sizeof (IpcSemaphoreOp)
                    && offsetof (IpcSetStep, delta) == offsetof (IpcSemaphoreOp, delta),
                "steps are handed to the engine as they are");

/* The lock is taken: sleep on it.  FALSE: it moved, try again. */
static gboolean
nap_on_lock (IpcNative *self, const IpcSemaphoreOp *first, uint64_t before, IpcNap *nap)
{
  if (!ipc_word_mark (&self->word, &before, IPC_WORD_WAITERS))
    return FALSE;

  *nap = (IpcNap){
    .place = self->place,
    .word = ipc_word_futex (&self->word),
    .expected = (uint32_t) before,
    .index = first->index,
    .for_zero = first->delta == 0,
    .busy = TRUE,
  };
  return TRUE;
}

/* Between lock and unlock. */
static IpcWordResult
run_locked (IpcNative *self, int lane, const IpcNativeTry *try, IpcNap *nap)
{
  IpcWordResult result;
  uint32_t blocked = 0;

  if (try->undo)
    atomic_store_explicit (&self->word.lanes[lane].tracks, 1, memory_order_relaxed);

  result = ipc_set_run (&self->set, lane, try->undo, (const IpcSetStep *) try->ops, try->n_ops,
                        &blocked);

  if ((result == IPC_WORD_SHORT || result == IPC_WORD_NONZERO) && nap != NULL)
    *nap = (IpcNap){
      .place = self->place,
      .word = (guint32 *) &self->set.head->event,
      .expected = ipc_set_listen (&self->set),
      .for_all = TRUE,
      .index = blocked,
      .for_zero = result == IPC_WORD_NONZERO,
    };
  return result;
}

/* @locked: whether the set could be looked at. */
static IpcWordResult
try_locked (IpcNative *self, int lane, const IpcNativeTry *try, IpcNap *nap, gboolean *locked,
            uint64_t *before)
{
  IpcWordResult result;

  ipc_guard_enter (&self->own->owner.guard);
  result = ipc_native_lock_set (self, lane, try->slept ? IPC_WORD_WAITERS : 0, before);
  *locked = result == IPC_WORD_DONE;
  if (*locked)
    {
      result = run_locked (self, lane, try, nap);
      ipc_native_unlock_set (self, lane,
                             result == IPC_WORD_DONE && ipc_set_wants_wake (&self->set));
    }
  ipc_guard_leave (&self->own->owner.guard);
  return result;
}

/* For who cannot sleep as long as he likes: the lock is held for a moment only, unless its owner
 * was killed or stopped.  @deadline: 0 before the first call.  FALSE when patience ends. */
static gboolean
await_lock (IpcNative *self, uint64_t before, gint64 *deadline)
{
  static const IpcSemaphoreOp any = { 0, -1 }; /* nobody is told of this sleep */
  IpcNap nap;

  if (*deadline == 0)
    *deadline = ipc_deadline_after (IPC_PATIENCE_US);
  if (g_get_monotonic_time () >= *deadline)
    return FALSE;

  if (nap_on_lock (self, &any, before, &nap))
    {
      ipc_life_sleep (&nap, NULL, NULL, g_get_monotonic_time () + LOCK_NAP_US);
      ipc_native_sweep (self, FALSE);
    }

  return TRUE;
}

/* Who has patience gets the answer of the set and not that of its lock. */
IpcOutcome
ipc_native_try_set (IpcNative *self, const IpcNativeTry *try, IpcNap *nap, GError **error)
{
  const int lane = ipc_native_lane (self, try->call, error);
  gint64 deadline = 0;
  gboolean locked = FALSE;
  uint64_t before;

  if (lane < 0)
    return IPC_OUTCOME_FAILED;

  for (;;)
    {
      const IpcWordResult result = try_locked (self, lane, try, nap, &locked, &before);

      if (locked || result != IPC_WORD_SHORT)
        return ipc_native_outcome (self, result, try->call, error);

      if (nap != NULL ? nap_on_lock (self, try->ops, before, nap)
                      : !try->patient || !await_lock (self, before, &deadline))
        return IPC_OUTCOME_WOULD_BLOCK;
    }
}

/* -- A value -- */

/* @locked: whether the set could be looked at. */
static IpcWordResult
assign_locked (IpcNative *self, int lane, guint index, guint value, gboolean *locked,
               uint64_t *before)
{
  IpcWordResult result;

  ipc_guard_enter (&self->own->owner.guard);
  result = ipc_native_lock_set (self, lane, 0, before);
  *locked = result == IPC_WORD_DONE;
  if (*locked)
    {
      result = ipc_set_assign (&self->set, lane, index, value, ipc_native_lanes_used (self));
      ipc_native_unlock_set (self, lane,
                             result == IPC_WORD_DONE && ipc_set_wants_wake (&self->set));
    }
  ipc_guard_leave (&self->own->owner.guard);
  return result;
}

IpcWordResult
ipc_native_assign (IpcNative *self, int lane, guint index, guint value, gboolean *locked)
{
  gint64 deadline = 0;
  IpcWordResult result;
  uint64_t before;

  do
    result = assign_locked (self, lane, index, value, locked, &before);
  while (!*locked && result == IPC_WORD_SHORT && await_lock (self, before, &deadline));

  return result;
}
