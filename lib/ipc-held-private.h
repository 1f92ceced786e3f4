/* ipc-held-private.h: taking and giving one unit under UNDO, in the case that is worth being quick
 *
 * An object keeps this at hand, and asks its mechanism only when it says no: each pointer on the way
 * to the word would be waited for.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "ipc-guard-private.h"
#include "ipc-word-private.h"

/* The lane of this process, in a page that a child sees as zeros. */
typedef struct
{
  _Atomic guint32 lane;  /* plus one; 0: none */
  IpcGuard        guard; /* one thread at a time writes the lane */
  IpcLane        *where; /* it is; as long as there is one */
} IpcOwner;

typedef struct
{
  IpcOwner *owner; /* NULL: it never is that simple */
  IpcWord   word;
} IpcHeld;

/* Takes one (@net -1) or gives one (1).  FALSE: nothing was done.  Always inline, since a call more
 * would make a pair slower by a fifth. */
static inline __attribute__ ((always_inline)) gboolean
ipc_held_change (const IpcHeld *self, int32_t net)
{
  IpcOwner *owner = self->owner;
  gboolean done;
  guint32 lane;

  if (owner == NULL)
    return FALSE;

  /* acquire: then @where is there, too. */
  lane = atomic_load_explicit (&owner->lane, memory_order_acquire);
  if (lane == 0)
    return FALSE;

  ipc_guard_enter (&owner->guard);
  done = ipc_word_try_held (&self->word, owner->where, (int) lane - 1, net);
  ipc_guard_leave (&owner->guard);
  return done;
}
