/* ipc-sleep-win32.c: sleeping and waking by kernel objects
 *
 * Nothing on Windows sleeps on a word of shared memory of several processes.  So an object has two
 * things to sleep on.  A semaphore, for sleepers of whom any will do: a unit of it waits for who is
 * about to sleep, and one too many wakes somebody for nothing.  And for all at once an event, whose
 * name has the number of a round.  Who sleeps opens the event of the round, and then looks whether
 * round and word still are the same; who wakes all begins the next round, and then sets the event of
 * the old one if there is one.  No event is ever reset, so that nobody can sleep through it, and it
 * goes with those who had it, so that nobody's death leaves anything.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ipc-life-private.h"
#include "ipc-native-private.h"
#include "ipc-place-win32-private.h"

#define SLICE_MS 10 /* of a sleep that lacks what would end it */
#define GUARD_NAP_MS 1
#define NAPS_MAX 20 /* two handles each, a kick, and the rest for peers */

/* The handles of one sleep. */
typedef struct
{
  HANDLE handles[MAXIMUM_WAIT_OBJECTS];
  gint16 naps[MAXIMUM_WAIT_OBJECTS]; /* whose handle it is; or one of those below */
  gboolean opened[MAXIMUM_WAIT_OBJECTS]; /* to be closed afterwards */
  guint  n;
  DWORD  longest; /* milliseconds */
} Waits;

enum
{
  FOR_STOP = -1,
  FOR_PEER = -2
};

static void
waits_add (Waits *self, HANDLE handle, int nap, gboolean opened)
{
  if (handle == NULL)
    {
      self->longest = SLICE_MS;
      return;
    }

  self->handles[self->n] = handle;
  self->naps[self->n] = (gint16) nap;
  self->opened[self->n++] = opened;
}

static void
waits_clear (Waits *self)
{
  for (guint i = 0; i < self->n; i++)
    if (self->opened[i])
      CloseHandle (self->handles[i]);
}

/* -- Rounds -- */

static _Atomic uint32_t *
rounds_of (const IpcPlace *place)
{
  return &((IpcNativeFile *) place->memory)->rounds;
}

static void
make_round_name (const IpcPlace *place, guint32 round, wchar_t name[IPC_PLACE_NAME_MAX])
{
  ipc_place_make_name (place, "Local\\ipc-sem-round-", round, name);
}

/* FALSE: the word has changed, or is about to. */
static gboolean
waits_add_nap (Waits *self, const IpcNap *nap, int index)
{
  const IpcPlace *place = nap->place;
  const guint32 round = atomic_load (rounds_of (place));
  wchar_t name[IPC_PLACE_NAME_MAX];

  make_round_name (place, round, name);
  waits_add (self,
             CreateEventExW (ipc_security_attributes (place->security), name,
                             CREATE_EVENT_MANUAL_RESET, SYNCHRONIZE),
             index, TRUE);
  if (!nap->for_all)
    waits_add (self, place->one, index, FALSE);

  return atomic_load (rounds_of (place)) == round
         && atomic_load ((_Atomic guint32 *) nap->word) == nap->expected;
}

static void
wake_round (IpcPlace *place)
{
  const guint32 round = atomic_fetch_add (rounds_of (place), 1);
  wchar_t name[IPC_PLACE_NAME_MAX];
  g_auto (IpcHandle) event = NULL;

  make_round_name (place, round, name);
  event = OpenEventW (EVENT_MODIFY_STATE, FALSE, name);
  if (event != NULL)
    SetEvent (event);
}

int
ipc_life_wake (IpcPlace *place, guint32 *word, int n)
{
  const IpcNativeFile *file = place->memory;

  if (n == G_MAXINT || word != (const guint32 *) &file->word)
    wake_round (place);
  else /* fails only where more units wait than there can be sleepers */
    ReleaseSemaphore (place->one, n, NULL);

  return n;
}

/* -- Peers -- */

gboolean
ipc_life_hears_death (void)
{
  return TRUE;
}

/* FALSE: one of them does not exist any more. */
static gboolean
waits_add_peers (Waits *self, const IpcPeers *peers)
{
  for (guint i = 0; peers != NULL && i < peers->n && self->n < MAXIMUM_WAIT_OBJECTS; i++)
    {
      HANDLE peer = OpenProcess (SYNCHRONIZE, FALSE, peers->pids[i]);

      if (peer != NULL)
        waits_add (self, peer, FOR_PEER, TRUE);
      else if (GetLastError () == ERROR_INVALID_PARAMETER)
        return FALSE;
    }

  return TRUE;
}

/* -- Sleeping -- */

/* @woken: whose handle it was. */
static IpcSleep
waits_sleep (Waits *self, gint64 until, int *woken)
{
  const DWORD ms = MIN (ipc_win32_ms_until (until), self->longest);
  const DWORD r = WaitForMultipleObjects (self->n, self->handles, FALSE, ms);

  if (r >= WAIT_OBJECT_0 + self->n)
    return IPC_SLEEP_OVER;

  *woken = self->naps[r - WAIT_OBJECT_0];
  return *woken == FOR_PEER ? IPC_SLEEP_DEATH : IPC_SLEEP_WOKEN;
}

IpcSleep
ipc_life_sleep (const IpcNap *nap, const IpcStop *stop, const IpcPeers *peers, gint64 until)
{
  Waits waits = { .n = 0, .longest = INFINITE };
  IpcSleep how;
  int woken;

  if (stop != NULL)
    waits_add (&waits, stop->event, FOR_STOP, FALSE);
  if (!waits_add_nap (&waits, nap, 0))
    how = IPC_SLEEP_OVER;
  else if (!waits_add_peers (&waits, peers))
    how = IPC_SLEEP_DEATH;
  else
    how = waits_sleep (&waits, until, &woken);

  waits_clear (&waits);
  return how;
}

guint
ipc_life_naps_max (void)
{
  return NAPS_MAX;
}

IpcSleep
ipc_life_sleep_many (const IpcNap *naps, gsize n_naps, const IpcStop *kick,
                     guint32 seen G_GNUC_UNUSED, const IpcPeers *peers, gint64 until, gsize *woken)
{
  Waits waits = { .n = 0, .longest = INFINITE };
  gboolean changed = FALSE;
  IpcSleep how = IPC_SLEEP_OVER;
  int which = FOR_STOP;

  /* It stays set until somebody has slept on it, so that none is missed. */
  waits_add (&waits, kick->event, FOR_STOP, FALSE);
  for (gsize i = 0; i < n_naps && !changed; i++)
    changed = !waits_add_nap (&waits, &naps[i], (int) i);

  if (!changed)
    how = waits_add_peers (&waits, peers) ? waits_sleep (&waits, until, &which) : IPC_SLEEP_DEATH;

  waits_clear (&waits);
  *woken = (gsize) which;
  return how == IPC_SLEEP_WOKEN && which == FOR_STOP ? IPC_SLEEP_OVER : how;
}

/* -- Being stopped -- */

static void
close_event (gpointer event)
{
  CloseHandle (event);
}

/* A thread sleeps in one wait at a time, so that it needs one event. */
static HANDLE
own_event (void)
{
  static GPrivate event = G_PRIVATE_INIT (close_event);

  if (g_private_get (&event) == NULL)
    g_private_set (&event, CreateEventW (NULL, TRUE, FALSE, NULL));

  return g_private_get (&event);
}

void
ipc_stop_init (IpcStop *self, gboolean shared)
{
  self->count = 0;
  self->event = shared ? CreateEventW (NULL, FALSE, FALSE, NULL) : own_event ();
  if (!shared)
    ResetEvent (self->event);
}

void
ipc_stop_set (IpcStop *self)
{
  g_atomic_int_inc ((int *) &self->count);
  SetEvent (self->event);
}

/* -- The guard -- */

void
ipc_guard_await (IpcGuard *self)
{
  guint32 taken = 2;

  while (atomic_exchange_explicit (self, 2, memory_order_acquire) != 0)
    WaitOnAddress (self, &taken, sizeof taken, GUARD_NAP_MS);
}

void
ipc_guard_wake (IpcGuard *self)
{
  WakeByAddressSingle ((gpointer) self);
}
