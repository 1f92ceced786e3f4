/* ipc-word.c: a counter in shared memory whose changes survive the death of who makes them
 *
 * The protocol and its rules stand in ipc-word-private.h; the numbers below refer to them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ipc-word-private.h"

/* A word that says what its author's lane denies has moved on meanwhile, or a peer has spoilt it.
 * The second never ends by itself; the first ends within a few rounds. */
#define PATIENCE 100000

#define relaxed memory_order_relaxed
#define acquire memory_order_acquire
#define release memory_order_release

/* What stands between two exchanges is waited for, so that these three are inline: they make a pair
 * of calls under UNDO faster by an eighth. */

/* Rule 3: before @w is overwritten, its author must be able to learn that its operation took
 * effect.  False: the word has moved, look again. */
static inline bool
help (const IpcWord *self, uint64_t w, int me)
{
  const int q = ipc_word_lane (w);
  const uint32_t number = ipc_word_number (w);
  IpcLane *lane;
  uint64_t settled, done;

  if (q < 0 || q == me || (uint32_t) q >= self->n_lanes)
    return true;

  /* acquire: pairs with the release by which the author settles. */
  lane = &self->lanes[q];
  settled = atomic_load_explicit (&lane->settled, acquire);
  if ((settled & IPC_WORD_NUMBER_MASK) == number)
    return true;

  /* The author cannot begin operation number + 1 while the word names number, so that its lane is
   * at number - 1 as long as the word still is @w. */
  if (((settled + 1) & IPC_WORD_NUMBER_MASK) != number
      || atomic_load_explicit (self->word, acquire) != w)
    return false;

  /* Rule 4: a maximum, since a slow helper may come with an old number.  release: the CAS on the
   * word that follows publishes it. */
  done = atomic_load_explicit (&lane->done, relaxed);
  while (done < settled + 1
         && !atomic_compare_exchange_weak_explicit (&lane->done, &done, settled + 1,
                                                    memory_order_acq_rel, relaxed))
    continue;

  return true;
}

/* help() until the word may be overwritten.  @w is read again as often as it moves. */
static inline IpcWordResult
secure (const IpcWord *self, uint64_t *w, int me)
{
  for (int i = 0; i < PATIENCE; i++)
    {
      if (help (self, *w, me))
        return IPC_WORD_DONE;

      *w = atomic_load_explicit (self->word, acquire);
    }

  return IPC_WORD_CORRUPT;
}

static inline IpcWordResult
judge (const IpcWord *self, const IpcPlan *plan, uint64_t w)
{
  const uint32_t value = ipc_word_value (w);

  if (ipc_word_lane (w) == IPC_LANE_REMOVED)
    return IPC_WORD_GONE;
  if (value > self->limit)
    return IPC_WORD_CORRUPT;
  if (value < plan->need || (plan->exact >= 0 && value < plan->exact))
    return IPC_WORD_SHORT;
  if (plan->exact >= 0 && value > plan->exact)
    return IPC_WORD_NONZERO;
  if (value > plan->room)
    return IPC_WORD_OVER;

  return IPC_WORD_DONE;
}

IpcWordResult
ipc_word_apply (const IpcWord *self, const IpcPlan *plan, uint32_t add, uint64_t *before)
{
  uint64_t w = atomic_load_explicit (self->word, acquire);

  for (;;)
    {
      IpcWordResult result = judge (self, plan, w);
      uint64_t next;

      if (result == IPC_WORD_DONE && plan->net != 0)
        result = secure (self, &w, IPC_LANE_NONE);
      *before = w;
      if (result != IPC_WORD_DONE || plan->net == 0)
        return result;

      /* secure() may have read the word again. */
      if (judge (self, plan, w) != IPC_WORD_DONE)
        continue;

      next = ipc_word_make (ipc_word_value (w) + (uint32_t) plan->net,
                            ipc_word_flags_after (w, plan->net, add), IPC_LANE_NONE, 0);
      /* acq_rel: takes what a giver wrote, and publishes done of help(). */
      if (atomic_compare_exchange_weak_explicit (self->word, &w, next, memory_order_acq_rel,
                                                 acquire))
        return IPC_WORD_DONE;
    }
}

static int32_t
least (int32_t a, int32_t b)
{
  return a < b ? a : b;
}

/* No lane holds more than the object has, and none owes; what says so was written by a peer. */
static int32_t
sane_held (const IpcWord *self, int32_t held)
{
  return held < 0 ? 0 : least (held, (int32_t) self->limit);
}

/* Rule 2, its first half. */
static void
announce (IpcLane *lane, uint64_t number, int32_t change)
{
  atomic_store_explicit (&lane->change, change, relaxed);
  atomic_store_explicit (&lane->intent, number, release);
}

/* Rule 2, its second half.  The record of @number stands before settled says that it counts; the
 * old one stays readable until then. */
static void
settle (IpcLane *lane, uint64_t number, int32_t held)
{
  atomic_store_explicit (&lane->held[number & 1], held, relaxed);
  atomic_store_explicit (&lane->settled, number, release);
}

IpcWordResult
ipc_word_apply_held (const IpcWord *self, int me, const IpcPlan *plan, uint32_t add,
                     uint64_t *before)
{
  IpcLane *lane = &self->lanes[me];
  const uint64_t number = atomic_load_explicit (&lane->settled, relaxed) + 1;
  const int32_t held = sane_held (self, atomic_load_explicit (&lane->held[~number & 1], relaxed));
  const int32_t change = plan->net > 0 ? -least (plan->net, held) : -plan->net;
  uint64_t w = atomic_load_explicit (self->word, acquire);
  IpcWordResult result = judge (self, plan, w);

  *before = w;
  if (result != IPC_WORD_DONE || plan->net == 0)
    return result;
  if (change == 0) /* a gift: nothing to remember */
    return ipc_word_apply (self, plan, add, before);
  if (change > 0 && held > (int32_t) self->limit - change) /* more than can come back */
    return IPC_WORD_OVER;

  announce (lane, number, change);
  for (;;)
    {
      uint64_t next;

      result = secure (self, &w, me);
      if (result == IPC_WORD_DONE)
        result = judge (self, plan, w);
      *before = w;
      if (result != IPC_WORD_DONE)
        {
          atomic_store_explicit (&lane->intent, number - 1, release);
          return result;
        }

      next = ipc_word_make (ipc_word_value (w) + (uint32_t) plan->net,
                            ipc_word_flags_after (w, plan->net, add), me, number);
      if (atomic_compare_exchange_weak_explicit (self->word, &w, next, memory_order_acq_rel,
                                                 acquire))
        break;
    }

  settle (lane, number, held + change);
  return IPC_WORD_DONE;
}

bool
ipc_word_mark (const IpcWord *self, uint64_t *seen, uint32_t flags)
{
  const uint64_t next = *seen | flags;

  /* The tag stays, and with it the answer for its author. */
  if (*seen != next
      && !atomic_compare_exchange_strong_explicit (self->word, seen, next, memory_order_acq_rel,
                                                   acquire))
    return false;

  *seen = next;
  return true;
}

/* Here, too, the tag stays. */
void
ipc_word_unmark (const IpcWord *self, uint32_t flags)
{
  atomic_fetch_and_explicit (self->word, ~(uint64_t) flags, memory_order_acq_rel);
}

/* acquire: pairs with the release by which a newcomer says that it has a lane. */
static bool
any_held (const IpcWord *self, const _Atomic uint32_t *n_used)
{
  const uint32_t n = atomic_load_explicit (n_used, acquire);

  for (uint32_t i = 0; i < n && i < self->n_lanes; i++)
    if (ipc_lane_is_dirty (&self->lanes[i]))
      return true;

  return false;
}

IpcWordResult
ipc_word_set (const IpcWord *self, uint32_t value, const _Atomic uint32_t *n_used,
              uint64_t *before)
{
  uint64_t w = atomic_load_explicit (self->word, acquire);
  uint64_t next;

  /* Lanes, and how many there are, are looked at after the word was read for the last time: who
   * takes a unit meanwhile moves the word.  secure() may read it again. */
  do
    {
      if (secure (self, &w, IPC_LANE_NONE) != IPC_WORD_DONE)
        return IPC_WORD_CORRUPT;
      if (ipc_word_lane (w) == IPC_LANE_REMOVED)
        return IPC_WORD_GONE;
      if (any_held (self, n_used))
        return IPC_WORD_SHORT;

      *before = w;
      next = ipc_word_make (value, 0, IPC_LANE_NONE, 0);
    }
  while (!atomic_compare_exchange_weak_explicit (self->word, &w, next, memory_order_acq_rel,
                                                 acquire));

  return IPC_WORD_DONE;
}

void
ipc_word_remove (const IpcWord *self)
{
  uint64_t w = atomic_load_explicit (self->word, acquire);

  /* No flag is left, so that the low half differs from what any sleeper expects.  A spoilt word is
   * overwritten all the same: nobody can use it. */
  do
    if (ipc_word_lane (w) == IPC_LANE_REMOVED)
      return;
    else
      secure (self, &w, IPC_LANE_NONE);
  while (!atomic_compare_exchange_weak_explicit (
      self->word, &w, ipc_word_make (ipc_word_value (w), 0, IPC_LANE_REMOVED, 0),
      memory_order_acq_rel, acquire));
}

int32_t
ipc_lane_held (const IpcLane *lane)
{
  const uint64_t settled = atomic_load_explicit (&lane->settled, acquire);

  return atomic_load_explicit (&lane->held[settled & 1], relaxed);
}

/* The owner may be at work meanwhile.  Above settled, and not only settled + 1: then it was not at
 * rest when settled was read, and what was read of held may be that of before. */
bool
ipc_lane_is_dirty (const IpcLane *lane)
{
  const uint64_t settled = atomic_load_explicit (&lane->settled, acquire);

  return atomic_load_explicit (&lane->held[settled & 1], relaxed) != 0
         || atomic_load_explicit (&lane->intent, relaxed) > settled;
}

void
ipc_lane_settle (const IpcWord *self, int index)
{
  IpcLane *lane = &self->lanes[index];
  const uint64_t settled = atomic_load_explicit (&lane->settled, acquire);
  const uint64_t number = settled + 1;
  const uint64_t intent = atomic_load_explicit (&lane->intent, acquire);
  uint64_t w;

  if (intent <= settled)
    return;

  if (intent != number) /* a peer has written it */
    {
      atomic_store_explicit (&lane->intent, settled, release);
      return;
    }

  /* Rule 5: whoever overwrote the word wrote done before it, so that done is read after it. */
  w = atomic_load_explicit (self->word, acquire);
  if ((ipc_word_lane (w) == index && ipc_word_number (w) == (number & IPC_WORD_NUMBER_MASK))
      || atomic_load_explicit (&lane->done, acquire) >= number)
    settle (lane, number,
            (int32_t) ((uint32_t) atomic_load_explicit (&lane->held[settled & 1], relaxed)
                       + (uint32_t) atomic_load_explicit (&lane->change, relaxed)));
  else
    atomic_store_explicit (&lane->intent, settled, release);
}

void
ipc_lane_forget (const IpcWord *self, int index)
{
  IpcLane *lane = &self->lanes[index];
  const uint64_t number = atomic_load_explicit (&lane->settled, relaxed) + 1;

  settle (lane, number, 0);
  atomic_store_explicit (&lane->intent, number, release);
}

/* Rule 6.  What the value has no room for, since others gave meanwhile, is off the account by the same
 * exchange: were it kept, it would come back later, and nobody awaits it.  @held is from 1 to the
 * limit. */
static IpcWordResult
fill_up (const IpcWord *self, int me, int32_t held, int32_t *returned, uint64_t *before)
{
  static const IpcPlan any = { .room = IPC_WORD_VALUE_MAX, .exact = -1 };
  IpcLane *lane = &self->lanes[me];
  const uint64_t number = atomic_load_explicit (&lane->settled, relaxed) + 1;
  uint64_t w = atomic_load_explicit (self->word, acquire);
  uint64_t next;
  int32_t net;

  announce (lane, number, -held);
  do
    {
      IpcWordResult result = secure (self, &w, me);

      if (result == IPC_WORD_DONE)
        result = judge (self, &any, w);
      if (result != IPC_WORD_DONE)
        return result;

      net = least (held, (int32_t) (self->limit - ipc_word_value (w)));
      next = ipc_word_make (ipc_word_value (w) + (uint32_t) net, ipc_word_flags_after (w, net, 0),
                            me, number);
    }
  while (!atomic_compare_exchange_weak_explicit (self->word, &w, next, memory_order_acq_rel,
                                                 acquire));

  settle (lane, number, 0);
  *returned = net;
  *before = w;
  return IPC_WORD_DONE;
}

IpcWordResult
ipc_lane_reap (const IpcWord *self, int index, int32_t *returned, uint64_t *before)
{
  IpcLane *lane = &self->lanes[index];
  IpcWordResult result = IPC_WORD_CORRUPT;
  int32_t held;

  *returned = 0;
  *before = 0;
  ipc_lane_settle (self, index);
  atomic_store_explicit (&lane->waiting, 0, relaxed);
  atomic_store_explicit (&lane->waiting_zero, 0, relaxed);

  held = ipc_lane_held (lane);
  if (held == 0)
    return IPC_WORD_DONE;
  if (held > 0 && (uint32_t) held <= self->limit)
    result = fill_up (self, index, held, returned, before);
  if (result == IPC_WORD_DONE)
    return IPC_WORD_DONE;

  /* The record is beyond what the object can have given out, or the object is gone.  Inventing units
   * would be worse than losing them. */
  ipc_lane_forget (self, index);
  return IPC_WORD_CORRUPT;
}
