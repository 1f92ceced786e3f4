/* ipc-set.c: several counters in shared memory, changed all at once or not at all
 *
 * The protocol stands in ipc-set-private.h.  Values and records are atomic because peers read them
 * without the lock; their order is made by "committed" and by the lock itself.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ipc-set-private.h"

#include <stddef.h>

#define relaxed memory_order_relaxed
#define acquire memory_order_acquire
#define release memory_order_release

static IpcSetShare *
share_of (const IpcSet *self, int lane, uint32_t index)
{
  return &self->shares[(uint64_t) lane * self->n_values + index];
}

/* The entry of counter @index, made from the counter itself if there is none yet.  NULL: a peer has
 * written over an index, or there would be room for one of each. */
static IpcSetEntry *
entry_for (const IpcSet *self, int lane, uint32_t index, uint32_t *n_entries)
{
  IpcSetEntry *entry;

  for (uint32_t i = 0; i < *n_entries; i++)
    if (atomic_load_explicit (&self->record[i].index, relaxed) == index)
      return &self->record[i];

  if (*n_entries == self->n_values)
    return NULL;

  entry = &self->record[(*n_entries)++];
  atomic_store_explicit (&entry->index, index, relaxed);
  atomic_store_explicit (&entry->value, atomic_load_explicit (&self->values[index], relaxed),
                         relaxed);
  atomic_store_explicit (&entry->held, ipc_set_held (self, lane, index), relaxed);
  return entry;
}

/* One step on the record; the counters are not touched. */
static IpcWordResult
step (const IpcSet *self, IpcSetEntry *entry, int32_t delta)
{
  const uint32_t value = atomic_load_explicit (&entry->value, relaxed);
  const uint32_t amount = delta < 0 ? 0u - (uint32_t) delta : (uint32_t) delta;

  if (value > self->limit)
    return IPC_WORD_CORRUPT;
  if (delta == 0)
    return value == 0 ? IPC_WORD_DONE : IPC_WORD_NONZERO;
  if (delta < 0 && value < amount)
    return IPC_WORD_SHORT;
  if (delta > 0 && amount > self->limit - value)
    return IPC_WORD_OVER;

  atomic_store_explicit (&entry->value, value + (uint32_t) delta, relaxed);
  return IPC_WORD_DONE;
}

/* What the lane holds after all steps: more by what they take from a counter in the end, or less by
 * what they give, as far as it was held. */
static IpcWordResult
account (const IpcSet *self, uint32_t n_entries)
{
  for (uint32_t i = 0; i < n_entries; i++)
    {
      IpcSetEntry *entry = &self->record[i];
      const uint32_t index = atomic_load_explicit (&entry->index, relaxed);
      const uint32_t held = atomic_load_explicit (&entry->held, relaxed);
      int64_t after;

      if (index >= self->n_values || held > self->limit)
        return IPC_WORD_CORRUPT;

      after = (int64_t) held + atomic_load_explicit (&self->values[index], relaxed)
              - atomic_load_explicit (&entry->value, relaxed);
      if (after > self->limit)
        return IPC_WORD_OVER;
      atomic_store_explicit (&entry->held, after > 0 ? (uint32_t) after : 0, relaxed);
    }

  return IPC_WORD_DONE;
}

/* Repeatable: a reaper may come after an owner who did a part of it, and another after that. */
static void
apply (const IpcSet *self, int lane, uint32_t n_entries)
{
  for (uint32_t i = 0; i < n_entries; i++)
    {
      const IpcSetEntry *entry = &self->record[i];
      const uint32_t index = atomic_load_explicit (&entry->index, relaxed);

      if (index >= self->n_values)
        continue; /* a peer has written over it */

      atomic_store_explicit (&self->values[index], atomic_load_explicit (&entry->value, relaxed),
                             relaxed);
      atomic_store_explicit (&share_of (self, lane, index)->held,
                             atomic_load_explicit (&entry->held, relaxed), relaxed);
    }

  atomic_fetch_add_explicit (&self->head->event, 1, relaxed);
  /* release: what was applied stands before the record ceases to count. */
  atomic_store_explicit (&self->head->committed, 0, release);
}

static void
commit (const IpcSet *self, int lane, uint32_t n_entries)
{
  if (n_entries == 0)
    return;

  /* release: the entries stand before they count. */
  atomic_store_explicit (&self->head->committed, n_entries, release);
  apply (self, lane, n_entries);
}

static bool
changes (const IpcSetStep *steps, uint32_t n_steps)
{
  for (uint32_t i = 0; i < n_steps; i++)
    if (steps[i].delta != 0)
      return true;

  return false;
}

IpcWordResult
ipc_set_run (const IpcSet *self, int lane, bool undo, const IpcSetStep *steps, uint32_t n_steps,
             uint32_t *blocked)
{
  IpcWordResult result = IPC_WORD_DONE;
  uint32_t n_entries = 0;

  for (uint32_t i = 0; i < n_steps && result == IPC_WORD_DONE; i++)
    {
      IpcSetEntry *entry = entry_for (self, lane, steps[i].index, &n_entries);

      *blocked = steps[i].index;
      result = entry == NULL ? IPC_WORD_CORRUPT : step (self, entry, steps[i].delta);
    }

  if (undo && result == IPC_WORD_DONE)
    result = account (self, n_entries);
  if (result == IPC_WORD_DONE && changes (steps, n_steps))
    commit (self, lane, n_entries);

  return result;
}

IpcWordResult
ipc_set_assign (const IpcSet *self, int lane, uint32_t index, uint32_t value, uint32_t n_used)
{
  uint32_t n_entries = 0;
  IpcSetEntry *entry;

  for (uint32_t i = 0; i < n_used; i++)
    if (ipc_set_held (self, (int) i, index) != 0)
      return IPC_WORD_SHORT;

  entry = entry_for (self, lane, index, &n_entries);
  atomic_store_explicit (&entry->value, value, relaxed);
  commit (self, lane, n_entries);
  return IPC_WORD_DONE;
}

/* How many of @held units come back: as many as there is room for, since others may have given
 * meanwhile.  None of a number that cannot be: it was written by a peer. */
static uint32_t
fitting (const IpcSet *self, uint32_t value, uint32_t held)
{
  if (value > self->limit || held > self->limit)
    return 0;

  return held < self->limit - value ? held : self->limit - value;
}

/* A record by which the lane holds nothing any more; what does not fit is dropped with it. */
static uint32_t
write_returns (const IpcSet *self, int lane, int64_t *returned)
{
  uint32_t n_entries = 0;

  for (uint32_t i = 0; i < self->n_values; i++)
    {
      const uint32_t held = ipc_set_held (self, lane, i);
      IpcSetEntry *entry;
      uint32_t value, fits;

      if (held == 0)
        continue;

      entry = &self->record[n_entries++];
      value = atomic_load_explicit (&self->values[i], relaxed);
      fits = fitting (self, value, held);
      *returned += fits;
      atomic_store_explicit (&entry->index, i, relaxed);
      atomic_store_explicit (&entry->value, value + fits, relaxed);
      atomic_store_explicit (&entry->held, 0, relaxed);
    }

  return n_entries;
}

IpcWordResult
ipc_set_recover (const IpcSet *self, int lane, int64_t *returned)
{
  /* acquire: pairs with the release in commit(). */
  const uint32_t n_entries = atomic_load_explicit (&self->head->committed, acquire);

  *returned = 0;
  if (n_entries > self->n_values)
    {
      atomic_store_explicit (&self->head->committed, 0, release);
      return IPC_WORD_CORRUPT;
    }
  if (n_entries > 0)
    apply (self, lane, n_entries);

  commit (self, lane, write_returns (self, lane, returned));
  return IPC_WORD_DONE;
}

bool
ipc_set_wants_wake (const IpcSet *self)
{
  return atomic_exchange_explicit (&self->head->sleepers, 0, relaxed) != 0;
}

uint32_t
ipc_set_listen (const IpcSet *self)
{
  atomic_store_explicit (&self->head->sleepers, 1, relaxed);
  return atomic_load_explicit (&self->head->event, relaxed);
}

uint32_t
ipc_set_held (const IpcSet *self, int lane, uint32_t index)
{
  return atomic_load_explicit (&share_of (self, lane, index)->held, relaxed);
}

_Atomic uint32_t *
ipc_set_waiting (const IpcSet *self, int lane, uint32_t index, bool for_zero)
{
  IpcSetShare *share = share_of (self, lane, index);

  return for_zero ? &share->waiting_zero : &share->waiting;
}
