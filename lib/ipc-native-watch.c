/* ipc-native-watch.c: looking after the dead while sleeping
 *
 * A sleeper hears at once that a holder died where the system can tell it, and else never.  So one
 * sleeper at a time is on duty and sweeps: soon after it went to sleep, then ever less often, every
 * 20 ms at last.  The others look every half second whether there still is one on duty.  The duty
 * is claimed like a lane, so that its owner's death gives it up.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ipc-native-private.h"

/* Tests that must not be helped by a sweep make them longer.  The first is longer than a tick of the
 * kernel: a sleep that is to end before the next tick has the timer set anew, when it begins and
 * again when it is woken, which on a virtual machine costs more than all the rest of it. */
#ifndef PERIOD_FIRST_US
#define PERIOD_FIRST_US 5000
#endif
#ifndef PERIOD_US
#define PERIOD_US (20 * 1000)
#endif
#define OFF_DUTY_PERIODS 25
#define HEARD_IN_VAIN_MAX 2

/* The first sweep is not at once: most waits are short, and the dead can wait a moment. */
void
ipc_watch_begin (IpcWatch *self)
{
  *self = (IpcWatch){ 0 };
  self->period = PERIOD_FIRST_US;
  self->next_sweep = g_get_monotonic_time () + PERIOD_FIRST_US;
}

/* Two threads of this process could both lock the byte, so that a flag comes first. */
static gboolean
take_duty (IpcNative *native)
{
  if (!g_atomic_int_compare_and_exchange (&native->own->duty, 0, 1))
    return FALSE;

  if (ipc_life_claim (native->place, IPC_LIFE_DUTY) == IPC_LIFE_MINE)
    return TRUE;

  g_atomic_int_set (&native->own->duty, 0);
  return FALSE;
}

/* What is heard again and again leads to nothing: its lane cannot be claimed, or its id has become
 * somebody else's. */
static gboolean
sweep (IpcWatch *self, IpcNative *native)
{
  const gboolean found = ipc_native_sweep (native, FALSE).found;

  self->vain = self->heard && !found ? self->vain + 1 : 0;
  self->heard = FALSE;
  return found;
}

static gboolean
is_deaf (const IpcWatch *self)
{
  return self->vain >= HEARD_IN_VAIN_MAX;
}

gboolean
ipc_watch_look (IpcWatch *self, IpcNative *native)
{
  const gint64 now = g_get_monotonic_time ();

  if (now < self->next_sweep)
    return FALSE;

  self->period = MIN (self->period * 2, PERIOD_US);
  self->next_sweep = now + self->period;
  if (sweep (self, native))
    return TRUE;

  if (!self->duty)
    self->duty = take_duty (native);
  self->off_duty = !self->duty;
  if (self->off_duty && !is_deaf (self))
    self->next_sweep = now + OFF_DUTY_PERIODS * PERIOD_US;

  return FALSE;
}

void
ipc_watch_woken (IpcWatch *self, IpcSleep how)
{
  self->heard = how == IPC_SLEEP_DEATH;
  if (self->heard || (how == IPC_SLEEP_WOKEN && self->off_duty))
    self->next_sweep = 0;
}

void
ipc_watch_add_peers (const IpcWatch *self, const IpcNative *native, IpcPeers *peers)
{
  const int mine = ipc_native_lane_if_any (native);
  const int n = (int) ipc_native_lanes_used (native);

  if (!ipc_life_hears_death () || is_deaf (self))
    return;

  for (int i = 0; i < n && peers->n < IPC_PEERS_MAX; i++)
    if (i != mine && ipc_native_is_owed (native, i))
      peers->pids[peers->n++] = atomic_load (&native->word.lanes[i].pid);
}

void
ipc_watch_end (IpcWatch *self, IpcNative *native, guint32 *word)
{
  if (!self->duty)
    return;

  ipc_life_release (native->place, IPC_LIFE_DUTY);
  g_atomic_int_set (&native->own->duty, 0);
  ipc_life_wake (native->place, word, 1);
  self->duty = FALSE;
}

static void
add (_Atomic uint32_t *count, int change)
{
  atomic_fetch_add_explicit (count, (uint32_t) change, memory_order_relaxed);
}

/* A lane counts all of its sleepers, and in a set each counter's as well: these come later and go
 * sooner, so that a lane that counts none has none in its row. */
gboolean
ipc_native_count_sleepers (IpcNative *self, guint index, gboolean for_zero, int change)
{
  const int lane = ipc_native_lane (self, "ipc_semaphore_wait", NULL);
  _Atomic uint32_t *all;

  if (lane < 0)
    return FALSE;

  all = for_zero ? &self->word.lanes[lane].waiting_zero : &self->word.lanes[lane].waiting;
  if (change > 0)
    add (all, change);
  if (self->n_values > 1)
    add (ipc_set_waiting (&self->set, lane, index, for_zero), change);
  if (change < 0)
    add (all, change);
  return TRUE;
}
