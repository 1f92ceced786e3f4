/* ipc-native-watch.c: looking after the dead while sleeping
 *
 * Nobody tells a sleeper that a holder died.  So one sleeper at a time is on duty and sweeps: soon
 * after it went to sleep, then ever less often, every 20 ms at last.  The others look every half
 * second whether there still is one on duty.  The duty is a lock byte, which its owner's death
 * gives up.
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

/* The first sweep is not at once: most waits are short, and the dead can wait a moment. */
void
ipc_watch_begin (IpcWatch *self)
{
  self->duty = self->off_duty = FALSE;
  self->period = PERIOD_FIRST_US;
  self->next_sweep = g_get_monotonic_time () + PERIOD_FIRST_US;
}

/* Two threads of this process could both lock the byte, so that a flag comes first. */
static gboolean
take_duty (IpcNative *native)
{
  if (!g_atomic_int_compare_and_exchange (&native->own->duty, 0, 1))
    return FALSE;

  if (ipc_life_claim (&native->life, IPC_LIFE_DUTY) == IPC_LIFE_MINE)
    return TRUE;

  g_atomic_int_set (&native->own->duty, 0);
  return FALSE;
}

gboolean
ipc_watch_look (IpcWatch *self, IpcNative *native)
{
  const gint64 now = g_get_monotonic_time ();

  if (now < self->next_sweep)
    return FALSE;

  self->period = MIN (self->period * 2, PERIOD_US);
  self->next_sweep = now + self->period;
  if (ipc_native_sweep (native, FALSE).found)
    return TRUE;

  if (!self->duty)
    self->duty = take_duty (native);
  self->off_duty = !self->duty;
  if (self->off_duty)
    self->next_sweep = now + OFF_DUTY_PERIODS * PERIOD_US;

  return FALSE;
}

void
ipc_watch_woken (IpcWatch *self)
{
  if (self->off_duty)
    self->next_sweep = 0;
}

void
ipc_watch_end (IpcWatch *self, IpcNative *native, guint32 *word)
{
  if (!self->duty)
    return;

  ipc_life_release (&native->life, IPC_LIFE_DUTY);
  g_atomic_int_set (&native->own->duty, 0);
  ipc_life_wake (word, 1);
  self->duty = FALSE;
}

gboolean
ipc_native_count_sleepers (IpcNative *self, gboolean for_zero, int change)
{
  const int lane = ipc_native_lane (self, NULL);
  IpcLane *shared;

  if (lane < 0)
    return FALSE;

  shared = &self->word.lanes[lane];
  atomic_fetch_add_explicit (for_zero ? &shared->waiting_zero : &shared->waiting,
                             (uint32_t) change, memory_order_relaxed);
  return TRUE;
}
