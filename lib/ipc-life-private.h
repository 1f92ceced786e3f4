/* ipc-life-private.h: how this system says "this lane is mine", "its owner is dead", sleep, wake
 *
 * The engine (ipc-word.c, ipc-set.c) knows none of this; the rest of the native semaphore knows
 * nothing else of the platform.  No process id decides anything.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "ipc-deadline-private.h"

/* The file of an object, by which its lanes are owned and claimed. */
typedef struct
{
  int     fd;
  guint64 dev, ino; /* what fd must still be when it is used: others may close and reuse it */
} IpcLife;

typedef enum
{
  IPC_LIFE_MINE,  /* claimed: nobody else can until it is released */
  IPC_LIFE_ALIVE, /* its owner lives */
  IPC_LIFE_LOST   /* this process has lost the file; it can tell nothing */
} IpcLifeState;

/* A lock byte beside those of the lanes: the one sleeper that looks after the dead. */
#define IPC_LIFE_DUTY G_MAXUINT16

/* Takes the first free lane of @n_lanes for the life of this process: its death, in whatever way,
 * gives it up, and so does exec; fork does not pass it on.  The lane may be one whose owner died.
 * Returns: what ipc_life_leave() takes, or NULL with @error set: IPC_ERROR_NO_SPACE if all are
 *   taken, IPC_ERROR_PERMISSION_DENIED or IPC_ERROR_NOT_SUPPORTED if the file cannot be opened
 *   again */
gpointer ipc_life_enter (const IpcLife *self, guint n_lanes, guint *lane, const char *object,
                         GError **error);
void     ipc_life_leave (gpointer anchor);

/* Claims a lane (or the duty) for a short time, if nobody alive has it: test and claim are one
 * step.  Threads of one process must not claim at once: they would both succeed. */
IpcLifeState ipc_life_claim (const IpcLife *self, guint lane);
void         ipc_life_release (const IpcLife *self, guint lane);

/* Closes the descriptor, unless somebody else has: then the number may be another file's. */
void         ipc_life_close (const IpcLife *self);

/* In a child after fork(): claims of its own and no longer its parent's. */
void ipc_life_after_fork (const IpcLife *self);

/* @fd, which is taken over: used from now on if it is the same file, and others have closed the one
 * that was used. */
void ipc_life_mend (IpcLife *self, int fd);
/* The same with what is at @path.  Returns: whether there is a descriptor now, or still is */
gboolean ipc_life_find (IpcLife *self, const char *path);

/* A page that reads as zeros in a child after any kind of fork. */
gpointer ipc_life_own_page (void);
void     ipc_life_free_page (gpointer page);

/* Sleeps while *@word is @expected and *@stop (of this process) is 0, until @until (monotonic
 * microseconds, or G_MAXINT64).  May wake for no reason.  Where the kernel cannot sleep on two
 * words it wakes every few milliseconds to look at @stop.
 * Returns: whether it may have been woken, and not only by the clock */
gboolean ipc_life_sleep (guint32 *word, guint32 expected, guint32 *stop, gint64 until);
void     ipc_life_wake (guint32 *word, int n);

#define IPC_LIFE_WORDS_MAX 128 /* of one sleep, @kick among them */

/* Sleeps on all of @naps and while *@kick (of this process) is @seen.  Where the kernel cannot, it
 * wakes every few milliseconds to let the caller try.
 * Returns: which of @naps was woken; @n_naps or -1 if none was */
gssize   ipc_life_sleep_many (const IpcNap *naps, gsize n_naps, guint32 *kick, guint32 seen,
                              gint64 until);

/* Wakes the sleeper with this stop word, after it was set. */
void     ipc_life_wake_private (guint32 *stop);

/* A short mutual exclusion of threads of one process, in a page of ipc_life_own_page(). */
void     ipc_life_guard (guint32 *guard);
void     ipc_life_unguard (guint32 *guard);
