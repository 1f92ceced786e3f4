/* ipc-native-try.c: one try of an operation on a native semaphore or set
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ipc-error-private.h"
#include "ipc-native-private.h"

gboolean
ipc_native_throw (const IpcNative *self, IpcWordResult result, const char *call, GError **error)
{
  switch (result)
    {
    case IPC_WORD_GONE:
      return ipc_throw (error, IPC_ERROR_REMOVED, call, self->name,
                        "it was unlinked; open or create it again");
    case IPC_WORD_OVER:
      return ipc_throw (error, IPC_ERROR_OVERFLOW, call, self->name,
                        "the value, or what this process holds of it under UNDO, would pass the "
                        "maximum, %u; nothing was changed", IPC_WORD_VALUE_MAX);
    case IPC_WORD_DONE: /* this one and the next two are no errors, and never come here */
    case IPC_WORD_SHORT:
    case IPC_WORD_NONZERO:
    case IPC_WORD_CORRUPT:
    default:
      return ipc_throw (error, IPC_ERROR_CORRUPT, call, self->name,
                        "a process has written nonsense into its memory; unlink it and create it "
                        "again");
    }
}

gboolean
ipc_native_throw_stopped (const IpcNative *self, const char *call, GError **error)
{
  return ipc_throw (error, IPC_ERROR_TIMED_OUT, call, self->name,
                    "a process that is stopped is just changing the set; let it go on, or end it");
}

IpcOutcome
ipc_native_outcome (const IpcNative *self, IpcWordResult result, const char *call, GError **error)
{
  if (result == IPC_WORD_DONE)
    return IPC_OUTCOME_DONE;
  if (result == IPC_WORD_SHORT || result == IPC_WORD_NONZERO)
    return IPC_OUTCOME_WOULD_BLOCK;

  ipc_native_throw (self, result, call, error);
  return IPC_OUTCOME_FAILED;
}

/* -- One semaphore -- */

/* The conditions of all steps, told of the value before the first. */
static IpcPlan
plan_of (const IpcSemaphoreOp *ops, guint n_ops, uint32_t limit)
{
  gint64 sum = 0, need = 0, room = limit, exact = -1;

  for (guint i = 0; i < n_ops; i++)
    {
      if (ops[i].delta == 0)
        {
          /* Two zeros that cannot both be, or one below zero, are never. */
          if (sum > 0 || (exact >= 0 && exact != -sum))
            need = (gint64) limit + 1;
          exact = -sum;
        }
      sum += ops[i].delta;
      need = MAX (need, -sum);
      room = MIN (room, limit - sum);
    }

  /* Never, from whatever value; first_obstacle() knows why. */
  if (need > limit || room < 0)
    return (IpcPlan){ .need = limit + 1, .room = limit, .exact = -1 };

  return (IpcPlan){ .need = (uint32_t) need,
                    .room = (uint32_t) room,
                    .exact = exact,
                    .net = (int32_t) sum };
}

/* A plan tells whether all steps are possible from @value, and not which of them is the first that is
 * not: that one is waited for, or is an error whatever the later ones lack.  DONE: there is none. */
static IpcWordResult
first_obstacle (const IpcNativeTry *try, gint64 value, uint32_t limit)
{
  for (guint i = 0; i < try->n_ops; i++)
    {
      const int delta = try->ops[i].delta;

      if (delta == 0 && value != 0)
        return IPC_WORD_NONZERO;

      value += delta;
      if (value < 0)
        return IPC_WORD_SHORT;
      if (value > limit)
        return IPC_WORD_OVER;
    }

  return IPC_WORD_DONE;
}

static uint32_t
flags_of (const IpcPlan *plan, IpcWordResult result)
{
  if (result == IPC_WORD_NONZERO)
    return IPC_WORD_ZERO | (plan->exact > 0 ? IPC_WORD_MANY : 0);

  return IPC_WORD_WAITERS | (plan->need > 1 || plan->exact >= 0 ? IPC_WORD_MANY : 0);
}

static IpcWordResult
apply_held (IpcNative *self, const IpcPlan *plan, uint32_t add, uint64_t *before)
{
  IpcWordResult result;

  ipc_guard_enter (&self->own->owner.guard);
  result = ipc_word_apply_held (&self->word, ipc_native_lane_if_any (self), plan, add, before);
  ipc_guard_leave (&self->own->owner.guard);
  return result;
}

/* Who was woken and leaves units passes the wake-up on, whatever it did itself: others may have been
 * skipped.  Where some wait for something else, one wake-up may hit the wrong one. */
static void
after_one (IpcNative *self, const IpcNativeTry *try, const IpcPlan *plan, uint32_t add,
           uint64_t before)
{
  const int n = ipc_native_wake (self, before, plan->net);

  if (n == 0 && (add & IPC_WORD_KEEP) && (before & IPC_WORD_FLAGS) == IPC_WORD_WAITERS)
    ipc_native_lapse (self);

  if (try->slept && ipc_word_value (before) + (uint32_t) plan->net > 0)
    ipc_life_wake (self->place, ipc_word_futex (&self->word),
                   before & (IPC_WORD_MANY | IPC_WORD_ZERO) ? IPC_WAKE_ALL : 1);
}

/* One exchange, and whom it wakes. */
static IpcWordResult
change_one (IpcNative *self, const IpcNativeTry *try, const IpcPlan *plan, uint64_t *before)
{
  uint32_t add = try->slept ? flags_of (plan, IPC_WORD_SHORT) : 0;
  IpcWordResult result;

  if (plan->net > 0 && ipc_native_is_promised (self))
    add |= IPC_WORD_KEEP;
  if (plan->net < 0)
    ipc_native_redeem (self, plan->need);

  result = try->undo ? apply_held (self, plan, add, before)
                     : ipc_word_apply (&self->word, plan, add, before);
  if (result == IPC_WORD_DONE)
    after_one (self, try, plan, add, *before);
  return result;
}

static gboolean
takes_one (const IpcPlan *plan)
{
  return plan->need == 1 && plan->net == -1 && plan->exact < 0;
}

static IpcWordResult
look_at_one (IpcNative *self, const IpcNativeTry *try, const IpcPlan *plan, uint64_t *before)
{
  IpcWordResult result;

  if (try->polite && takes_one (plan) && ipc_native_is_due (self, before))
    return IPC_WORD_SHORT;

  result = change_one (self, try, plan, before);
  if (result != IPC_WORD_SHORT && result != IPC_WORD_NONZERO)
    return result;

  if (try->woken && takes_one (plan))
    ipc_native_promise (self);
  return first_obstacle (try, ipc_word_value (*before), self->word.limit);
}

static IpcOutcome
try_one (IpcNative *self, const IpcNativeTry *try, IpcNap *nap, GError **error)
{
  const IpcPlan plan = plan_of (try->ops, try->n_ops, self->word.limit);
  IpcWordResult result;
  uint64_t before = 0;

  if (try->undo && ipc_native_lane (self, try->call, error) < 0)
    return IPC_OUTCOME_FAILED;

  do
    {
      result = look_at_one (self, try, &plan, &before);
      if ((result != IPC_WORD_SHORT && result != IPC_WORD_NONZERO) || nap == NULL)
        return ipc_native_outcome (self, result, try->call, error);
    }
  while (!ipc_word_mark (&self->word, &before, flags_of (&plan, result)));

  *nap = (IpcNap){
    .place = self->place,
    .word = ipc_word_futex (&self->word),
    .expected = (uint32_t) before,
    .for_zero = result == IPC_WORD_NONZERO,
  };
  return IPC_OUTCOME_WOULD_BLOCK;
}

IpcOutcome
ipc_native_try (IpcNative *self, const IpcNativeTry *try, IpcNap *nap, GError **error)
{
  return self->n_values == 1 ? try_one (self, try, nap, error)
                             : ipc_native_try_set (self, try, nap, error);
}

/* -- Values -- */

static IpcWordResult
assign_one (IpcNative *self, guint value)
{
  uint64_t before = 0;
  const IpcWordResult result = ipc_word_set (&self->word, value, &self->file->lanes_used, &before);

  if (result == IPC_WORD_DONE && (before & IPC_WORD_FLAGS))
    ipc_native_wake_all (self);

  return result;
}

gboolean
ipc_native_set_value (IpcNative *self, guint index, guint value, GError **error)
{
  const char *call = "ipc_semaphore_set_value";
  gboolean locked = TRUE;
  IpcWordResult result;
  int lane;

  ipc_native_sweep (self, FALSE);
  if (self->n_values == 1)
    result = assign_one (self, value);
  else
    {
      lane = ipc_native_lane (self, call, error);
      if (lane < 0)
        return FALSE;
      result = ipc_native_assign (self, lane, index, value, &locked);
    }

  if (result == IPC_WORD_SHORT && !locked)
    return ipc_native_throw_stopped (self, call, error);
  if (result == IPC_WORD_SHORT)
    return ipc_throw (error, IPC_ERROR_WOULD_BLOCK, call, self->name,
                      "processes hold units of it under UNDO, which would come on top; let them "
                      "give these back first");

  return result == IPC_WORD_DONE || ipc_native_throw (self, result, call, error);
}
