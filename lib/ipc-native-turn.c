/* ipc-native-turn.c: whose turn it is where several processes want one semaphore all the time
 *
 * The rules stand in ipc-native-private.h.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ipc-native-private.h"

#define relaxed memory_order_relaxed

/* Before the sleeper looks at the word for the last time: a post that it does not see sees this. */
void
ipc_native_promise (IpcNative *self)
{
  atomic_store_explicit (&self->file->promised, 1, relaxed);
}

static void
forget (IpcNative *self)
{
  atomic_store_explicit (&self->file->promised, 0, relaxed);
}

/* The exchange that follows publishes it. */
void
ipc_native_redeem (IpcNative *self, uint32_t need)
{
  if (ipc_native_is_promised (self)
      && ipc_word_value (atomic_load_explicit (self->word.word, relaxed)) >= need)
    forget (self);
}

/* Who fell for the promise sleeps on a word with the flag. */
void
ipc_native_lapse (IpcNative *self)
{
  forget (self);
  ipc_word_unmark (&self->word, IPC_WORD_WAITERS);
  ipc_life_wake (self->place, ipc_word_futex (&self->word), IPC_WAKE_ALL);
}

/* acquire: with the word of a change comes what its author did to the promise before. */
gboolean
ipc_native_is_due (const IpcNative *self, uint64_t *before)
{
  *before = atomic_load_explicit (self->word.word, memory_order_acquire);
  return ipc_word_lane (*before) != IPC_LANE_REMOVED
         && (*before & IPC_WORD_FLAGS) == IPC_WORD_WAITERS && ipc_native_is_promised (self);
}
