/* ipc-native-wait.c: waiting for a native semaphore
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ipc-error-private.h"
#include "ipc-native-private.h"

#define SPIN_US 20
#define LINGER_LOOKS 500 /* about a microsecond */

/* A sleep that another thread can end.  Counted: a handler of its cancellable may outlast it. */
typedef struct
{
  IpcStop       stop;
  IpcGuard      guard;  /* of the next, and of @stop while it is set by a handler */
  gboolean      ended;
  gconstpointer handle; /* through which of the object's handles it waits */
} IpcSleeper;

typedef struct
{
  IpcNative  *native;
  IpcWatch    watch;
  IpcSleeper *own; /* NULL: nothing can end it */
} Sleeper;

/* -- Being stopped -- */

/* It may come when the wait has ended already, and then it must not touch what is the thread's. */
static void
on_cancelled (GCancellable *cancellable G_GNUC_UNUSED, gpointer data)
{
  IpcSleeper *self = data;

  ipc_guard_enter (&self->guard);
  if (!self->ended)
    ipc_stop_set (&self->stop);
  ipc_guard_leave (&self->guard);
}

/* Not in the frame of who sleeps: a child may cancel what it inherited, and has no such thread. */
static IpcSleeper *
sleeper_new (gconstpointer handle)
{
  IpcSleeper *self = g_atomic_rc_box_new0 (IpcSleeper);

  ipc_stop_init (&self->stop, FALSE);
  self->handle = handle;
  return self;
}

/* Returns: the handler, or 0 if @cancellable was cancelled before. */
static gulong
connect_sleeper (IpcSleeper *self, GCancellable *cancellable)
{
  return g_cancellable_connect (cancellable, G_CALLBACK (on_cancelled),
                                g_atomic_rc_box_acquire (self), g_atomic_rc_box_release);
}

/* Not g_cancellable_disconnect(), which would wait for the handlers of others, and one of these may
 * wait for this thread.  Disconnected first: what a child inherits of a taken guard, nobody calls. */
static void
disconnect_sleeper (IpcSleeper *self, GCancellable *cancellable, gulong id)
{
  if (id != 0)
    g_signal_handler_disconnect (cancellable, id);

  ipc_guard_enter (&self->guard);
  self->ended = TRUE;
  ipc_guard_leave (&self->guard);
}

/* Who comes after ipc_native_shut() sees that the handle is closed before it sleeps. */
static void
add_sleeper (IpcNativeOwn *own, IpcSleeper *sleeper)
{
  ipc_guard_enter (&own->guard);
  own->sleepers = g_slist_prepend (own->sleepers, sleeper);
  ipc_guard_leave (&own->guard);
}

static void
remove_sleeper (IpcNativeOwn *own, IpcSleeper *sleeper)
{
  ipc_guard_enter (&own->guard);
  own->sleepers = g_slist_remove (own->sleepers, sleeper);
  ipc_guard_leave (&own->guard);
}

void
ipc_native_shut (IpcNative *native, gconstpointer handle)
{
  IpcNativeOwn *own = native->own;

  ipc_guard_enter (&own->guard);
  for (GSList *l = own->sleepers; l != NULL; l = l->next)
    {
      IpcSleeper *sleeper = l->data;

      if (sleeper->handle == handle)
        ipc_stop_set (&sleeper->stop);
    }
  ipc_guard_leave (&own->guard);
}

/* -- Sleeping -- */

/* Returns: whether somebody has woken it. */
static gboolean
sleep_once (Sleeper *self, const IpcNap *nap, gint64 deadline)
{
  const gint64 until = MIN (self->watch.next_sweep, deadline);
  /* A lane may come while this one sleeps; it must not be told of who was not counted. */
  const gboolean counted = ipc_native_count_sleepers (self->native, nap->index, nap->for_zero,
                                                       +1);
  IpcPeers peers = { .n = 0 };
  IpcSleep how;

  ipc_watch_add_peers (&self->watch, self->native, &peers);
  how = ipc_life_sleep (nap, self->own != NULL ? &self->own->stop : NULL, &peers, until);
  if (counted)
    ipc_native_count_sleepers (self->native, nap->index, nap->for_zero, -1);
  ipc_watch_woken (&self->watch, how);
  return how == IPC_SLEEP_WOKEN;
}

/* What moves when the object does. */
static const int *
pulse_of (const IpcNative *native)
{
  return native->n_values == 1 ? (const int *) ipc_word_futex (&native->word)
                               : (const int *) &native->set.head->event;
}

/* Worth it only while who will post runs on another processor: on this one it would wait for us.
 * Nobody is told of a sleeper yet, so that who posts need not wake one. */
static IpcOutcome
spin (IpcNative *native, const IpcNativeTry *try, GError **error)
{
  const gint64 end = g_get_monotonic_time () + SPIN_US;
  const uint32_t cpu = atomic_load_explicit (&native->file->spinner_cpu, memory_order_relaxed);
  const int *pulse = pulse_of (native);
  IpcOutcome outcome = IPC_OUTCOME_WOULD_BLOCK;

  if (cpu == 0 || cpu == ipc_life_get_cpu () + 1)
    return outcome;

  do
    {
      const int seen = g_atomic_int_get (pulse);

      outcome = ipc_native_try (native, try, NULL, error);
      for (int i = 0; i < 64 && g_atomic_int_get (pulse) == seen; i++)
        continue;
    }
  while (outcome == IPC_OUTCOME_WOULD_BLOCK && g_get_monotonic_time () < end);

  return outcome;
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

/* Who was woken and has come too late has a promise now: who has the unit gives it back for it, soon
 * perhaps.  TRUE: the word has moved. */
static gboolean
linger (IpcNativeTry *try, const IpcNap *nap)
{
  const gboolean promised = try->woken;

  try->woken = FALSE;
  for (int i = 0; promised && i < LINGER_LOOKS; i++)
    if ((guint32) g_atomic_int_get ((const int *) nap->word) != nap->expected)
      return TRUE;

  return FALSE;
}

/* The flags are set when @wait is found to be over, so that a wake-up that this sleeper has used up
 * in vain is not missed by the others; where a try fails they are not. */
static IpcOutcome
wait_loop (Sleeper *self, IpcNativeTry *try, IpcNap *nap, const IpcWait *wait, GError **error)
{
  IpcOutcome outcome;

  while ((outcome = ipc_native_try (self->native, try, nap, error)) == IPC_OUTCOME_WOULD_BLOCK)
    {
      GError *reason = NULL;

      if (linger (try, nap) || (try->slept && ipc_watch_look (&self->watch, self->native)))
        continue;
      if (!ipc_wait_goes_on (wait, &reason))
        return last_try (self, try, &reason, error);

      try->woken = sleep_once (self, nap, wait->deadline);
      try->slept = TRUE;
      try->polite = FALSE;
    }

  if (outcome == IPC_OUTCOME_FAILED && try->slept)
    ipc_native_lapse (self->native);
  return outcome;
}

static IpcOutcome
wait_for (Sleeper *self, IpcNativeTry *try, gboolean may_spin, const IpcWait *wait, GError **error)
{
  IpcNap nap = { 0 };
  IpcOutcome outcome = may_spin ? spin (self->native, try, error) : IPC_OUTCOME_WOULD_BLOCK;

  if (outcome == IPC_OUTCOME_WOULD_BLOCK)
    outcome = wait_loop (self, try, &nap, wait, error);
  if (nap.word != NULL)
    ipc_watch_end (&self->watch, self->native, nap.word);
  return outcome;
}

gboolean
ipc_native_wait (IpcNative *native, IpcNativeTry *try, gconstpointer handle, gboolean may_spin,
                 const IpcWait *wait, GError **error)
{
  Sleeper self = { .native = native };
  gulong id = 0;
  IpcOutcome outcome;

  ipc_watch_begin (&self.watch);
  if (wait->cancellable != NULL || wait->closed != NULL)
    self.own = sleeper_new (handle);
  if (wait->closed != NULL)
    add_sleeper (native->own, self.own);
  if (wait->cancellable != NULL)
    id = connect_sleeper (self.own, wait->cancellable);

  outcome = wait_for (&self, try, may_spin, wait, error);

  if (wait->cancellable != NULL)
    disconnect_sleeper (self.own, wait->cancellable, id);
  if (wait->closed != NULL)
    remove_sleeper (native->own, self.own);
  if (self.own != NULL)
    g_atomic_rc_box_release (self.own);
  return outcome == IPC_OUTCOME_DONE;
}
