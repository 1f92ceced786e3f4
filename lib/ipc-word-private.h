/* ipc-word-private.h: a counter in shared memory whose changes survive the death of who makes them
 *
 * The counter is one 64-bit word that names, beside its value, the author and the number of the
 * last change.  An author has a lane: a line of the shared memory that only it writes.
 *
 *   author, operation n:  lane.intent = n  ->  CAS (word: value', lane, n)  ->  lane.settled = n
 *
 * If the author dies in between, "did operation n happen?" has an answer: the word still names
 * (lane, n), or whoever overwrote it first wrote lane.done >= n.  So a reaper can finish the
 * operation, or drop it, and then give back what the lane holds: no unit is lost or doubled.
 * The idea is the detectable CAS of the literature on non-volatile memory (Attiya, Ben-Baruch,
 * Hendler, "Nesting-Safe Recoverable Linearizability", PODC 2018).
 *
 * Rules that everything here keeps:
 *  1 a lane has one writer: the thread that owns it, or the reaper that has claimed it;
 *  2 intent is published before the CAS, and settled after it;
 *  3 who overwrites the tag (q, n) has seen settled[q] >= n, or has made done[q] >= n first;
 *  4 done only grows, and every number in it was true when it was written;
 *  5 a reaper reads the word first and done after it;
 *  6 reaping is an operation of the dead lane, so that a reaper that dies is one more dead author.
 *
 * C11 atomics only: no system call, no clock, no pointer from shared memory.  What a hostile peer
 * writes can make values wrong; every loop is bounded and every index checked.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* The word: [63..44 number, high][43..32 lane + 1][31..26 number, low][25 MANY][24 ZERO]
 * [23 WAITERS][22..0 value].  Its low half is what waiters sleep on. */
#define IPC_WORD_VALUE_MAX ((1u << 23) - 1)
#define IPC_WORD_WAITERS (1u << 23) /* somebody sleeps until there are units */
#define IPC_WORD_ZERO (1u << 24)    /* somebody sleeps until the value is zero */
#define IPC_WORD_MANY (1u << 25)    /* somebody wants more than one unit, or another value */
#define IPC_WORD_FLAGS (IPC_WORD_WAITERS | IPC_WORD_ZERO | IPC_WORD_MANY)
#define IPC_WORD_KEEP (1u << 31)    /* not in the word: a change leaves WAITERS to who is woken */
#define IPC_WORD_TAG_SHIFT 26
#define IPC_WORD_NUMBER_MASK ((1u << 26) - 1)

#define IPC_LANE_MAX 4093    /* lanes of an object */
#define IPC_LANE_NONE -1     /* author unknown: a change without UNDO */
#define IPC_LANE_REMOVED 4094 /* not an author: the object was removed, the word is final */

/* One cache line each, so that authors do not slow each other down. */
typedef struct
{
  _Alignas (64) _Atomic uint64_t settled; /* number of the last finished operation */
  _Atomic uint64_t intent;                /* above settled while one is under way */
  _Atomic uint64_t done;                  /* written by others: highest number that took effect */
  _Atomic int32_t  held[2];               /* units held after operation n: held[n & 1] */
  _Atomic int32_t  change;                /* of held, by the operation under way */
  _Atomic uint32_t pid;                   /* of the owner; told to people, never trusted */
  _Atomic uint32_t waiting;               /* sleepers of this process: told, never trusted */
  _Atomic uint32_t waiting_zero;
  _Atomic uint32_t tracks;                /* sets: the owner may hold units in its row */
  _Atomic uint32_t since;                 /* seconds since 1970: when it was taken; told */
} IpcLane;

_Static_assert (sizeof (IpcLane) == 64, "lanes are shared between builds");

/* Where a process sees an object.  The geometry is copied here once and never read again. */
typedef struct
{
  _Atomic uint64_t *word;
  IpcLane          *lanes;
  uint32_t          n_lanes;
  uint32_t          limit; /* the highest value */
} IpcWord;

/* Several steps on one counter, as conditions on the value that they start from. */
typedef struct
{
  uint32_t need;  /* at least this value */
  uint32_t room;  /* at most this value, or the sum passes the limit */
  int64_t  exact; /* this value and no other (a wait for zero); -1: any */
  int32_t  net;   /* what is added in the end */
} IpcPlan;

typedef enum
{
  IPC_WORD_DONE,
  IPC_WORD_SHORT,   /* too few units */
  IPC_WORD_NONZERO, /* too many: a wait for zero */
  IPC_WORD_OVER,    /* the limit would be passed, by the value or by what a lane holds */
  IPC_WORD_GONE,    /* the object was removed */
  IPC_WORD_CORRUPT  /* a peer has spoilt the memory */
} IpcWordResult;

#define IPC_WAKE_ALL INT32_MAX

static inline uint32_t
ipc_word_value (uint64_t w)
{
  return (uint32_t) w & IPC_WORD_VALUE_MAX;
}

static inline int
ipc_word_lane (uint64_t w)
{
  return (int) (w >> 32 & 0xfff) - 1;
}

static inline uint32_t
ipc_word_number (uint64_t w)
{
  return ((uint32_t) w >> 26) | (uint32_t) (w >> 44) << 6;
}

static inline uint64_t
ipc_word_make (uint32_t value, uint32_t flags, int lane, uint64_t number)
{
  return (uint64_t) value | flags | (number & 0x3f) << 26 | (uint64_t) (lane + 1) << 32
         | (number >> 6 & 0xfffff) << 44;
}

/* The half that waiters sleep on. */
static inline uint32_t *
ipc_word_futex (const IpcWord *self)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
  return (uint32_t *) self->word + 1;
#else
  return (uint32_t *) self->word;
#endif
}

/* How many to wake after a change by @net from @before: 0, a number, or IPC_WAKE_ALL.  Sleepers for
 * units, for zero and for another value share one address, so that a wake-up that may hit the wrong
 * one goes to all. */
static inline int32_t
ipc_word_wakes (uint64_t before, int32_t net)
{
  const uint32_t flags = (uint32_t) before & IPC_WORD_FLAGS;

  if (net > 0 && (flags & IPC_WORD_WAITERS))
    return flags == IPC_WORD_WAITERS ? net : IPC_WAKE_ALL;

  if (net < 0 && (flags & IPC_WORD_ZERO)
      && ((flags & IPC_WORD_MANY) || ipc_word_value (before) == (uint32_t) -net))
    return IPC_WAKE_ALL;

  return 0;
}

/* The flags after a change: those of sleepers that are being woken go; who still sleeps puts its
 * own back.  @add: flags to set before, and KEEP. */
static inline uint32_t
ipc_word_flags_after (uint64_t before, int32_t net, uint32_t add)
{
  const uint64_t with = before | add;
  const int32_t wakes = ipc_word_wakes (with, net);
  const uint32_t gone = wakes == 0              ? 0
                        : wakes == IPC_WAKE_ALL ? IPC_WORD_FLAGS
                        : add & IPC_WORD_KEEP   ? 0
                                                : IPC_WORD_WAITERS;

  return (uint32_t) with & IPC_WORD_FLAGS & ~gone;
}

/* One unit without a ledger, while the word of a single semaphore is a value and nothing else:
 * nobody has left a tag, and nobody sleeps.  That is one comparison, and few things would be dearer
 * than another one: the exchange does not begin before all that was decided from the word is
 * certain.  FALSE: ipc_word_apply() must look.  acq_rel: what the giver wrote before is seen by the
 * taker. */
static inline bool
ipc_word_try_take (_Atomic uint64_t *word)
{
  uint64_t w = atomic_load_explicit (word, memory_order_relaxed);

  while (w - 1 < IPC_WORD_VALUE_MAX)
    if (atomic_compare_exchange_weak_explicit (word, &w, w - 1, memory_order_acq_rel,
                                               memory_order_relaxed))
      return true;

  return false;
}

static inline bool
ipc_word_try_give (_Atomic uint64_t *word)
{
  uint64_t w = atomic_load_explicit (word, memory_order_relaxed);

  while (w < IPC_WORD_VALUE_MAX)
    if (atomic_compare_exchange_weak_explicit (word, &w, w + 1, memory_order_acq_rel,
                                               memory_order_relaxed))
      return true;

  return false;
}

/* One unit more (@net 1) or less (-1) by the owner of @lane, who then holds one less or more; as
 * ipc_word_apply_held() does it, in the case that is worth being quick: nobody else has changed the
 * word with a ledger meanwhile, nobody sleeps, and what is given was held.  False: nothing was
 * done. */
static inline bool
ipc_word_try_held (const IpcWord *self, IpcLane *lane, int me, int32_t net)
{
  const uint64_t number = atomic_load_explicit (&lane->settled, memory_order_relaxed) + 1;
  const uint32_t held = (uint32_t) atomic_load_explicit (&lane->held[~number & 1],
                                                         memory_order_relaxed);
  uint64_t w = atomic_load_explicit (self->word, memory_order_relaxed);
  const uint32_t low = (uint32_t) w & ((1u << IPC_WORD_TAG_SHIFT) - 1);
  const int author = ipc_word_lane (w);

  /* Both go from 0 to the limit, before and after; the lesser of the two is below it.  What has
   * flags, or is below zero, is above. */
  if (low - (net < 0) >= self->limit || held - (net > 0) >= self->limit
      || (author != me && author != IPC_LANE_NONE))
    return false;

  /* Rule 2, as announce() and settle() have it. */
  atomic_store_explicit (&lane->change, -net, memory_order_relaxed);
  atomic_store_explicit (&lane->intent, number, memory_order_release);
  if (!atomic_compare_exchange_strong_explicit (self->word, &w,
                                                ipc_word_make (low + (uint32_t) net, 0, me, number),
                                                memory_order_acq_rel, memory_order_relaxed))
    {
      atomic_store_explicit (&lane->intent, number - 1, memory_order_release);
      return false;
    }

  atomic_store_explicit (&lane->held[number & 1], (int32_t) held - net, memory_order_relaxed);
  atomic_store_explicit (&lane->settled, number, memory_order_release);
  return true;
}

/* A change without a ledger.  @add: see ipc_word_flags_after().  @before: the word that it replaced, or
 * the one that stood in the way. */
IpcWordResult ipc_word_apply (const IpcWord *self, const IpcPlan *plan, uint32_t add,
                              uint64_t *before);

/* The same by the owner of @lane, who from then on holds what it takes, and gives back first what
 * it holds.  What it gives beyond that is a plain gift, which stands when it dies. */
IpcWordResult ipc_word_apply_held (const IpcWord *self, int lane, const IpcPlan *plan, uint32_t add,
                                   uint64_t *before);

/* Sets @flags if the word still is *@seen; *@seen is the word that was there, or that is now. */
bool ipc_word_mark (const IpcWord *self, uint64_t *seen, uint32_t flags);

/* Takes @flags away; who relied on them must be woken. */
void ipc_word_unmark (const IpcWord *self, uint32_t flags);

/* Sets a value, whatever it was.  IPC_WORD_SHORT while a lane holds units.  @n_used: how many lanes
 * were ever taken; it grows. */
IpcWordResult ipc_word_set (const IpcWord *self, uint32_t value, const _Atomic uint32_t *n_used,
                            uint64_t *before);

/* Makes the word final. */
void ipc_word_remove (const IpcWord *self);

int32_t ipc_lane_held (const IpcLane *lane);

/* Whether a dead owner of @lane would leave something to do. */
bool ipc_lane_is_dirty (const IpcLane *lane);

/* Finishes what the dead owner of @lane had begun; then ipc_lane_held() is exact.  The caller has
 * claimed the lane. */
void ipc_lane_settle (const IpcWord *self, int lane);

/* Drops the record of @lane, which made no sense. */
void ipc_lane_forget (const IpcWord *self, int lane);

/* Gives back what @lane holds, as far as the value has room for it; the rest is dropped, as System V
 * does it.  Forgets its sleepers.  @returned: the units that came back.  @before: as
 * ipc_word_apply(); who is woken is for the caller.  IPC_WORD_CORRUPT: the record made no sense and
 * was dropped. */
IpcWordResult ipc_lane_reap (const IpcWord *self, int lane, int32_t *returned, uint64_t *before);
