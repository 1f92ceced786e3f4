/* ipc-set-private.h: several counters in shared memory, changed all at once or not at all
 *
 * An IpcWord with limit 1 is their lock; who has it is known by its lane.  Under the lock:
 *
 *   write the redo record  ->  committed = entries  ->  apply them  ->  committed = 0
 *
 * An entry has the new value of a counter and how many of its units the lane holds then: absolute
 * numbers, so that applying them twice does no harm.  Whoever recovers the lane of a dead owner of
 * the lock applies a committed record and drops any other, and only then gives the lock back.
 * Sleepers are woken before the lock is given back, so that their wake-up cannot be lost with its
 * owner either.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "ipc-word-private.h"

#define IPC_SET_MAX 32000    /* counters of a set, as System V's SEMMSL */
#define IPC_SET_OPS_MAX 1024 /* steps of one operation */

/* Beside the values in shared memory. */
typedef struct
{
  _Alignas (64) _Atomic uint32_t event; /* differs after every change; sleepers sleep on it */
  _Atomic uint32_t sleepers;            /* whether there may be any */
  _Atomic uint32_t committed;           /* entries of the record that count; 0: none */
  uint32_t         reserved[13];
} IpcSetHead;

_Static_assert (sizeof (IpcSetHead) == 64, "sets are shared between builds");

typedef struct
{
  _Atomic uint32_t index;
  _Atomic uint32_t value;
  _Atomic uint32_t held;
  uint32_t         reserved;
} IpcSetEntry;

_Static_assert (sizeof (IpcSetEntry) == 16, "sets are shared between builds");

/* What one lane has to do with one counter. */
typedef struct
{
  _Atomic uint32_t held;         /* units */
  _Atomic uint32_t waiting;      /* sleepers until there are more: told, never trusted */
  _Atomic uint32_t waiting_zero; /* and until there is none */
} IpcSetShare;

_Static_assert (sizeof (IpcSetShare) == 12, "sets are shared between builds");

/* Where a process sees a set; @n_values is a copy. */
typedef struct
{
  IpcSetHead       *head;
  _Atomic uint32_t *values; /* n_values */
  IpcSetEntry      *record; /* n_values */
  IpcSetShare      *shares; /* a row of n_values for each lane */
  uint32_t          n_values;
  uint32_t          limit;  /* the highest value */
} IpcSet;

typedef struct
{
  uint32_t index;
  int32_t  delta;
} IpcSetStep;

/* All of these are for the owner of the lock, who acts for @lane. */

/* Does @steps in their order, or nothing.  @undo: what they take in all is held by the lane, and what
 * they give comes first from what it holds.  @blocked: the counter that stands in the way, if one
 * does. */
IpcWordResult ipc_set_run (const IpcSet *self, int lane, bool undo, const IpcSetStep *steps,
                           uint32_t n_steps, uint32_t *blocked);

/* Sets one value.  IPC_WORD_SHORT while one of the first @n_used lanes holds units of it. */
IpcWordResult ipc_set_assign (const IpcSet *self, int lane, uint32_t index, uint32_t value,
                              uint32_t n_used);

/* Finishes or drops what a dead owner of the lock had begun, and gives back all that @lane holds, as
 * far as there is room.  @returned: the units that came back. */
IpcWordResult ipc_set_recover (const IpcSet *self, int lane, int64_t *returned);

/* Whether sleepers must be woken now (all of them, on the event). */
bool ipc_set_wants_wake (const IpcSet *self);

/* Tells the event to sleep on.  From then on a change wakes. */
uint32_t ipc_set_listen (const IpcSet *self);

/* Without the lock: how many units of counter @index @lane holds. */
uint32_t ipc_set_held (const IpcSet *self, int lane, uint32_t index);

/* Without the lock: where the sleepers of @lane for counter @index are counted. */
_Atomic uint32_t *ipc_set_waiting (const IpcSet *self, int lane, uint32_t index, bool for_zero);
