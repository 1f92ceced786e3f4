/* ipc-native-lane.c: a process's lane in a native semaphore, and those of the dead
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ipc-error-private.h"
#include "ipc-native-private.h"

#include <unistd.h>

#define SWEEP_PASSES 3

#define relaxed memory_order_relaxed

/* -- Waking -- */

int
ipc_native_wake (IpcNative *self, uint64_t before, int32_t net)
{
  const int32_t n = ipc_word_wakes (before, net);

  return n > 0 ? ipc_life_wake (self->place, ipc_word_futex (&self->word), n) : 0;
}

static void
wake_event (IpcNative *self)
{
  ipc_life_wake (self->place, (guint32 *) &self->set.head->event, IPC_WAKE_ALL);
}

void
ipc_native_wake_all (IpcNative *self)
{
  ipc_life_wake (self->place, ipc_word_futex (&self->word), IPC_WAKE_ALL);
  wake_event (self);
}

void
ipc_native_remove (IpcNative *self)
{
  ipc_word_remove (&self->word);
  /* Who was about to sleep on the event sleeps on another value. */
  atomic_fetch_add (&self->set.head->event, 1);
  ipc_native_wake_all (self);
}

/* -- The set's lock, for the owner of @lane -- */

IpcWordResult
ipc_native_lock_set (IpcNative *self, int lane, uint32_t add, uint64_t *before)
{
  static const IpcPlan take = { .need = 1, .room = 1, .exact = -1, .net = -1 };

  return ipc_word_apply_held (&self->word, lane, &take, add, before);
}

/* Sleepers on the event are woken while the lock is held: if this process is killed before, its
 * reaper finds the lock held and wakes them. */
void
ipc_native_unlock_set (IpcNative *self, int lane, gboolean wake)
{
  static const IpcPlan give = { .room = 0, .exact = -1, .net = 1 };
  uint64_t before = 0;

  if (wake)
    wake_event (self);

  if (ipc_word_apply_held (&self->word, lane, &give, 0, &before) == IPC_WORD_DONE)
    ipc_native_wake (self, before, 1);
  else /* removed meanwhile, or spoilt: there is no lock to give back */
    ipc_lane_forget (&self->word, lane);
}

/* -- Recovery; the caller has claimed @lane -- */

static void
note_recovery (IpcNative *self, int lane, gint64 units)
{
  IpcNativeFile *file = self->file;

  if (units == 0)
    return;

  atomic_fetch_add_explicit (&file->recovered_units, (uint64_t) units, relaxed);
  atomic_store_explicit (&file->recovered_time, g_get_real_time (), relaxed);
  atomic_store_explicit (&file->recovered_pid,
                         atomic_load_explicit (&self->word.lanes[lane].pid, relaxed), relaxed);
}

static gboolean
reap_one (IpcNative *self, int lane)
{
  int32_t returned = 0;
  uint64_t before = 0;

  ipc_lane_reap (&self->word, lane, &returned, &before);
  note_recovery (self, lane, returned);

  /* All, always: the dead may have been killed between a change and its wake-up, and what that would
   * have woken comes on top. */
  ipc_life_wake (self->place, ipc_word_futex (&self->word), IPC_WAKE_ALL);
  return TRUE;
}

/* The row before the lane, which says whether there is anything in it. */
static void
forget_sleepers (IpcNative *self, int lane)
{
  IpcLane *shared = &self->word.lanes[lane];

  if (atomic_load_explicit (&shared->waiting, relaxed) == 0
      && atomic_load_explicit (&shared->waiting_zero, relaxed) == 0)
    return;

  for (guint i = 0; i < self->n_values; i++)
    {
      atomic_store_explicit (ipc_set_waiting (&self->set, lane, i, FALSE), 0, relaxed);
      atomic_store_explicit (ipc_set_waiting (&self->set, lane, i, TRUE), 0, relaxed);
    }
  atomic_store_explicit (&shared->waiting, 0, relaxed);
  atomic_store_explicit (&shared->waiting_zero, 0, relaxed);
}

/* FALSE: the lock is taken by somebody else, so that the units must wait for the next sweep.  In a set
 * that was removed or spoilt nothing comes back; the lane is only made clean. */
static gboolean
reap_of_set (IpcNative *self, int lane)
{
  IpcLane *shared = &self->word.lanes[lane];
  IpcWordResult result = IPC_WORD_DONE;
  uint64_t before;
  int64_t units = 0;

  forget_sleepers (self, lane);
  ipc_lane_settle (&self->word, lane);
  if (ipc_lane_held (shared) == 0)
    result = ipc_native_lock_set (self, lane, 0, &before);
  if (result == IPC_WORD_SHORT)
    return FALSE;

  if (result == IPC_WORD_DONE)
    ipc_set_recover (&self->set, lane, &units);
  note_recovery (self, lane, units);

  atomic_store_explicit (&shared->tracks, 0, relaxed);
  if (result == IPC_WORD_DONE)
    ipc_native_unlock_set (self, lane, TRUE);
  return TRUE;
}

static gboolean
reap (IpcNative *self, int lane)
{
  return self->n_values == 1 ? reap_one (self, lane) : reap_of_set (self, lane);
}

gboolean
ipc_native_is_owed (const IpcNative *self, int lane)
{
  const IpcLane *shared = &self->word.lanes[lane];

  return ipc_lane_is_dirty (shared) || atomic_load_explicit (&shared->tracks, relaxed) != 0;
}

static gboolean
leaves_something (const IpcNative *self, int lane, gboolean thorough)
{
  const IpcLane *shared = &self->word.lanes[lane];

  return ipc_native_is_owed (self, lane)
         || (thorough
             && (atomic_load_explicit (&shared->waiting, relaxed) != 0
                 || atomic_load_explicit (&shared->waiting_zero, relaxed) != 0));
}

/* Somebody began to unlink the object and died: the name is gone, but nobody was told. */
static void
finish_unlink (IpcNative *self)
{
  if (atomic_load_explicit (&self->file->unlinking, relaxed) != 0
      && ipc_place_is_unlinked (self->place))
    ipc_native_remove (self);
}

static void
sweep_lane (IpcNative *self, int lane, IpcNativeSweep *sweep)
{
  switch (ipc_life_claim (self->place, (guint) lane))
    {
    case IPC_LIFE_MINE:
      if (reap (self, lane))
        sweep->found = TRUE;
      else
        sweep->left = TRUE;
      ipc_life_release (self->place, (guint) lane);
      break;
    case IPC_LIFE_LOST:
      sweep->lost = TRUE;
      break;
    case IPC_LIFE_ALIVE:
    default:
      break;
    }
}

/* With the lock.  The lock of a set may be that of a dead process with a higher lane, which gives it
 * back: hence once more. */
static IpcNativeSweep
sweep_but (IpcNative *self, int mine, gboolean thorough)
{
  IpcNativeSweep sweep = { .left = TRUE };

  for (int pass = 0; pass < SWEEP_PASSES && sweep.left; pass++)
    {
      sweep.left = FALSE;
      for (int i = 0; i < (int) ipc_native_lanes_used (self) && !sweep.lost; i++)
        if (i != mine && leaves_something (self, i, thorough))
          sweep_lane (self, i, &sweep);
    }

  return sweep;
}

/* A child of fork() comes here at once; one of the system call alone, when it first claims. */
void
ipc_native_be_alone (IpcNative *self)
{
  if (g_atomic_int_get (&self->own->alone))
    return;

  ipc_place_after_fork (self->place);
  g_atomic_int_set (&self->own->alone, TRUE);
}

IpcNativeSweep
ipc_native_sweep (IpcNative *self, gboolean thorough)
{
  const int mine = ipc_native_lane_if_any (self);
  IpcNativeSweep sweep;

  g_mutex_lock (&self->sweep);
  ipc_native_be_alone (self);
  finish_unlink (self);
  sweep = sweep_but (self, mine, thorough);
  if (sweep.lost && ipc_place_find (self->place))
    sweep = sweep_but (self, mine, thorough);
  g_mutex_unlock (&self->sweep);
  return sweep;
}

/* -- Our own lane -- */

static void
raise_lanes_used (IpcNative *self, guint lane)
{
  uint32_t used = atomic_load_explicit (&self->file->lanes_used, relaxed);

  while (used < lane + 1
         && !atomic_compare_exchange_weak_explicit (&self->file->lanes_used, &used, lane + 1,
                                                    memory_order_acq_rel, relaxed))
    continue;
}

/* The lane is ours; what its last owner left is finished before it is used.  In a set that takes
 * the lock, whose owner may be dead as well, or stopped. */
static gboolean
take_over (IpcNative *self, int lane, const char *call, GError **error)
{
  const gint64 deadline = ipc_deadline_after (IPC_PATIENCE_US);

  while (leaves_something (self, lane, TRUE) && !reap (self, lane))
    {
      sweep_but (self, lane, FALSE);
      if (!ipc_wait_for_creator (deadline, NULL, NULL))
        return ipc_native_throw_stopped (self, call, error);
    }

  return TRUE;
}

static gboolean
enter (IpcNative *self, const char *call, GError **error)
{
  guint lane = 0;
  gpointer anchor;

  ipc_native_be_alone (self);
  ipc_place_find (self->place);
  anchor = ipc_life_enter (self->place, IPC_LANE_MAX, &lane, call, self->name, error);
  if (anchor == NULL)
    return FALSE;

  if (!ipc_place_reserve_lane (self->place, lane, self->n_values, call, error))
    {
      ipc_life_leave (anchor);
      return FALSE;
    }

  raise_lanes_used (self, lane);
  if (!take_over (self, (int) lane, call, error))
    {
      ipc_life_leave (anchor);
      return FALSE;
    }

  atomic_store_explicit (&self->word.lanes[lane].pid, (uint32_t) getpid (), relaxed);
  atomic_store_explicit (&self->word.lanes[lane].since,
                         (uint32_t) (g_get_real_time () / G_USEC_PER_SEC), relaxed);
  self->own->anchor = anchor;
  self->own->owner.where = &self->word.lanes[lane];
  atomic_store_explicit (&self->own->owner.lane, lane + 1, memory_order_release);
  return TRUE;
}

int
ipc_native_lane (IpcNative *self, const char *call, GError **error)
{
  /* The lock is the one that sweeps take: no two lanes are taken at once. */
  if (G_UNLIKELY (ipc_native_lane_if_any (self) < 0))
    {
      g_mutex_lock (&self->sweep);
      if (ipc_native_lane_if_any (self) < 0)
        enter (self, call, error);
      g_mutex_unlock (&self->sweep);
    }

  return ipc_native_lane_if_any (self);
}
