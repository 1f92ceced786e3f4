/* ipc-life-private.h: how this system says "this lane is mine", "its owner is dead", sleep, wake
 *
 * The engine (ipc-word.c, ipc-set.c) knows none of this; the rest of the native semaphore knows
 * nothing else of the platform.  No process id decides anything.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "ipc-deadline-private.h"
#include "ipc-place-private.h"

typedef enum
{
  IPC_LIFE_MINE,  /* claimed: nobody else can until it is released */
  IPC_LIFE_ALIVE, /* its owner lives */
  IPC_LIFE_LOST   /* this process has lost the object; it can tell nothing */
} IpcLifeState;

/* What is claimed like a lane: to be the one sleeper that looks after the dead. */
#define IPC_LIFE_DUTY G_MAXUINT16

/* Takes the first free lane of @n_lanes for the life of this process: its death, in whatever way,
 * gives it up, and so does exec; fork does not pass it on.  The lane may be one whose owner died.
 * Returns: what ipc_life_leave() takes, or NULL with @error set: IPC_ERROR_NO_SPACE if all are
 *   taken, IPC_ERROR_PERMISSION_DENIED or IPC_ERROR_NOT_SUPPORTED if the system does not let this
 *   process */
gpointer ipc_life_enter (const IpcPlace *place, guint n_lanes, guint *lane, const char *call,
                         const char *object, GError **error);
void     ipc_life_leave (gpointer anchor);

/* Claims a lane (or the duty) for a short time, if nobody alive has it: test and claim are one
 * step.  Threads of one process must not claim at once: they could both succeed. */
IpcLifeState ipc_life_claim (IpcPlace *place, guint lane);
void         ipc_life_release (IpcPlace *place, guint lane);

#define IPC_LIFE_PAGE_SIZE 128 /* at least */

/* A page that reads as zeros in a child after any kind of fork; or NULL with @error set. */
gpointer ipc_life_own_page (const char *object, GError **error);
void     ipc_life_free_page (gpointer page);

/* On which processor this thread runs. */
guint    ipc_life_get_cpu (void);

/* -- Sleeping -- */

/* What ends a sleep from within this process. */
typedef struct
{
  guint32  count; /* atomic; how often it was set */
  gpointer event; /* the system's, where it has one */
} IpcStop;

/* For the sleeps of this thread, or for those of any (@shared). */
void     ipc_stop_init (IpcStop *self, gboolean shared);
void     ipc_stop_set (IpcStop *self);

/* Processes whose death is worth a look.  Their ids are hints and no more. */
#define IPC_PEERS_MAX 32

typedef struct
{
  guint   n;
  guint32 pids[IPC_PEERS_MAX];
} IpcPeers;

/* Whether sleeps can hear of a death. */
gboolean ipc_life_hears_death (void);

typedef enum
{
  IPC_SLEEP_OVER,  /* by the clock, or the word had changed */
  IPC_SLEEP_WOKEN, /* perhaps by somebody */
  IPC_SLEEP_DEATH  /* one of @peers has died */
} IpcSleep;

/* Sleeps while the word of @nap is as expected and @stop (NULL: nothing) was not set, until @until
 * (monotonic microseconds, or G_MAXINT64).  May wake for no reason.  Where the system cannot sleep
 * on two words it wakes every few milliseconds to look at @stop.  @peers may be NULL. */
IpcSleep ipc_life_sleep (const IpcNap *nap, const IpcStop *stop, const IpcPeers *peers,
                         gint64 until);

/* Wakes @n of those that sleep on @word, a word of @place; G_MAXINT: all.
 * Returns: how many there were; @n where the system does not tell. */
int      ipc_life_wake (IpcPlace *place, guint32 *word, int n);

/* How many objects one sleep can be for. */
guint    ipc_life_naps_max (void);

#define IPC_NAPS_MAX 127 /* whatever the system */

/* Sleeps on all of @naps and while @kick was set @seen times.  Where the system cannot, it wakes
 * every few milliseconds to let the caller try.  @woken: which of @naps was, if one was. */
IpcSleep ipc_life_sleep_many (const IpcNap *naps, gsize n_naps, const IpcStop *kick, guint32 seen,
                              const IpcPeers *peers, gint64 until, gsize *woken);
