/* ipc-native-wait.c: waiting for a native semaphore
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ipc-error-private.h"
#include "ipc-native-private.h"

#include <sched.h>

#define SPIN_US 20

typedef struct
{
  IpcNative *native;
  IpcWatch   watch;
  guint32    stop; /* set to end the sleep */
  gboolean   stoppable;
} Sleeper;

/* -- Being stopped -- */

static void
stop_sleeper (guint32 *stop)
{
  g_atomic_int_set ((int *) stop, 1);
  ipc_life_wake_private (stop);
}

static void
on_cancelled (GCancellable *cancellable G_GNUC_UNUSED, gpointer stop)
{
  stop_sleeper (stop);
}

static void
sleepers_add (IpcSleepers *self, guint32 *stop)
{
  g_mutex_lock (&self->lock);
  self->stops = g_slist_prepend (self->stops, stop);
  if (self->shut)
    g_atomic_int_set ((int *) stop, 1);
  g_mutex_unlock (&self->lock);
}

static void
sleepers_remove (IpcSleepers *self, guint32 *stop)
{
  g_mutex_lock (&self->lock);
  self->stops = g_slist_remove (self->stops, stop);
  g_mutex_unlock (&self->lock);
}

void
ipc_sleepers_shut (IpcSleepers *self)
{
  g_mutex_lock (&self->lock);
  self->shut = TRUE;
  for (GSList *l = self->stops; l != NULL; l = l->next)
    stop_sleeper (l->data);
  g_mutex_unlock (&self->lock);
}

/* -- Sleeping -- */

static void
sleep_once (Sleeper *self, const IpcNap *nap, gint64 deadline)
{
  const gint64 until = MIN (self->watch.next_sweep, deadline);
  /* A lane may come while this one sleeps; it must not be told of who was not counted. */
  const gboolean counted = ipc_native_count_sleepers (self->native, nap->for_zero, +1);
  gboolean woken;

  woken = ipc_life_sleep (nap->word, nap->expected, self->stoppable ? &self->stop : NULL, until);
  if (counted)
    ipc_native_count_sleepers (self->native, nap->for_zero, -1);
  if (woken)
    ipc_watch_woken (&self->watch);
}

/* Worth it only while who will post runs on another processor: on this one it would wait for us. */
static void
spin (IpcNative *native, const IpcNap *nap)
{
  const gint64 end = g_get_monotonic_time () + SPIN_US;
  const uint32_t cpu = atomic_load_explicit (&native->file->spinner_cpu, memory_order_relaxed);

  if (cpu == 0 || (int) cpu == sched_getcpu () + 1)
    return;

  do
    for (int i = 0; i < 64; i++)
      if (g_atomic_int_get ((int *) nap->word) != (int) nap->expected)
        return;
  while (g_get_monotonic_time () < end);
}

/* No wait ends in vain because of the dead: they are looked after once more before it fails. */
static IpcOutcome
last_try (Sleeper *self, const IpcNativeTry *try, GError **reason, GError **error)
{
  if (g_error_matches (*reason, IPC_ERROR, IPC_ERROR_TIMED_OUT)
      && ipc_native_sweep (self->native, FALSE).found)
    {
      const IpcOutcome outcome = ipc_native_try (self->native, try, NULL, error);

      if (outcome != IPC_OUTCOME_WOULD_BLOCK)
        {
          g_clear_error (reason);
          return outcome;
        }
    }

  g_propagate_error (error, g_steal_pointer (reason));
  return IPC_OUTCOME_FAILED;
}

/* The flags are set when @wait is found to be over, so that a wake-up that this sleeper has used up
 * in vain is not missed by the others. */
static IpcOutcome
wait_loop (Sleeper *self, IpcNativeTry *try, gboolean may_spin, const IpcWait *wait,
           GError **error)
{
  IpcNap nap = { 0 };
  IpcOutcome outcome;

  while ((outcome = ipc_native_try (self->native, try, &nap, error)) == IPC_OUTCOME_WOULD_BLOCK)
    {
      GError *reason = NULL;

      if (may_spin && !try->slept)
        spin (self->native, &nap);
      if (try->slept && ipc_watch_look (&self->watch, self->native))
        continue;
      if (!ipc_wait_goes_on (wait, &reason))
        {
          outcome = last_try (self, try, &reason, error);
          break;
        }

      sleep_once (self, &nap, wait->deadline);
      try->slept = TRUE;
    }

  if (nap.word != NULL)
    ipc_watch_end (&self->watch, self->native, nap.word);
  return outcome;
}

gboolean
ipc_native_wait (IpcNative *native, IpcNativeTry *try, IpcSleepers *sleepers, gboolean may_spin,
                 const IpcWait *wait, GError **error)
{
  Sleeper self = {
    .native = native,
    .stoppable = wait->cancellable != NULL || wait->closed != NULL,
  };
  gulong id = 0;
  IpcOutcome outcome;

  ipc_watch_begin (&self.watch);
  if (wait->closed != NULL)
    sleepers_add (sleepers, &self.stop);
  if (wait->cancellable != NULL)
    id = g_cancellable_connect (wait->cancellable, G_CALLBACK (on_cancelled), &self.stop, NULL);

  outcome = wait_loop (&self, try, may_spin, wait, error);

  if (wait->cancellable != NULL)
    g_cancellable_disconnect (wait->cancellable, id);
  if (wait->closed != NULL)
    sleepers_remove (sleepers, &self.stop);
  return outcome == IPC_OUTCOME_DONE;
}
