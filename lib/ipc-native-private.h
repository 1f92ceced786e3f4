/* ipc-native-private.h: the library's own semaphore: its memory, and how one process uses it
 *
 * All handles of a process for one object share one IpcNative: one mapping, one place, and at most
 * one lane, since units belong to the process and not to a handle or a thread.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "ipc-backend-private.h"
#include "ipc-life-private.h"
#include "ipc-set-private.h"

/* -- The file, the same for 32-bit and 64-bit programs -- */

#define IPC_NATIVE_MAGIC G_GUINT64_CONSTANT (0x314d455343504900) /* "\0IPCSEM1", last byte first */
#define IPC_NATIVE_LAYOUT 1
#define IPC_NATIVE_LANES_OFFSET 256
#define IPC_NATIVE_SET_OFFSET 266240 /* behind the lanes, on a page */

typedef struct
{
  uint64_t magic;
  uint32_t layout;
  uint32_t n_values;
  uint32_t n_lanes;
  uint32_t creator_pid;
  int64_t  created; /* microseconds since 1970 */
  _Atomic uint32_t lanes_used;    /* the highest lane ever taken, plus one */
  _Atomic uint32_t unlinking;     /* somebody is about to remove the name, and then the object */
  _Atomic uint64_t recovered_units;
  _Atomic int64_t  recovered_time;
  _Atomic uint32_t recovered_pid;
  _Atomic uint32_t spinner_cpu;   /* where a process that wants SPIN ran last, plus one */
  _Atomic uint32_t rounds;        /* Windows: how often all sleepers were woken */
  uint32_t reserved[15];
  _Alignas (64) _Atomic uint64_t word;
  _Atomic uint32_t promised;      /* of one semaphore: see below */
  _Alignas (64) IpcSetHead set;
} IpcNativeFile;

_Static_assert (sizeof (IpcNativeFile) == IPC_NATIVE_LANES_OFFSET, "files are shared between builds");
_Static_assert (IPC_NATIVE_LANES_OFFSET + IPC_LANE_MAX * 64 <= IPC_NATIVE_SET_OFFSET,
                "lanes end before the set begins");

gsize    ipc_native_file_size (guint n_values);
/* Where the row of @lane begins, in which a set says what the lane holds. */
gsize    ipc_native_file_row (guint lane, guint n_values);
/* A new file, whose memory is zeros. */
void     ipc_native_file_write (IpcNativeFile *file, const IpcRequest *request);
/* How many semaphores the file of @size bytes at @file has; 0 with IPC_ERROR_CORRUPT if it is none
 * of these. */
guint    ipc_native_file_check (const IpcNativeFile *file, gsize size, const char *call,
                                const char *object, GError **error);

/* -- One object in one process -- */

/* In a page that a child sees as zeros: no lane, no duty, nobody inside, nobody asleep. */
typedef struct
{
  gboolean alone;  /* atomic: the place is this process's own, and so are claims by it */
  IpcOwner owner;
  gpointer anchor; /* what keeps the lane ours */
  int      duty;   /* atomic: whether a thread of this process looks after the dead */
  IpcGuard guard;  /* of the list */
  GSList  *sleepers; /* waits that another thread may end; ipc-native-wait.c knows them */
} IpcNativeOwn;

_Static_assert (sizeof (IpcNativeOwn) <= IPC_LIFE_PAGE_SIZE, "it is in a page");

typedef struct
{
  int             ref_count; /* of handles; with the registry's lock */
  IpcPlace       *place;
  IpcWord         word;
  IpcSet          set;   /* n_values > 1 */
  IpcNativeFile  *file;
  guint           n_values;
  IpcNativeOwn   *own;
  GMutex          sweep; /* claims of one process do not exclude each other */
  char           *name;
} IpcNative;

/* Opens or makes the object as request->mode says: the one that this process has, or a new one. */
IpcNative *ipc_native_open (const IpcRequest *request, IpcOpened *opened, GError **error);
/* Where its parts are, by its file and its number of values. */
void       ipc_native_place (IpcNative *self);
IpcNative *ipc_native_ref (IpcNative *self);
void       ipc_native_unref (IpcNative *self);

/* In a child, however it came to be, before it claims anything. */
void       ipc_native_be_alone (IpcNative *self);

/* This process's lane, taken if there is none yet; -1 with @error set. */
int        ipc_native_lane (IpcNative *self, const char *call, GError **error);
static inline int
ipc_native_lane_if_any (const IpcNative *self)
{
  return (int) atomic_load_explicit (&self->own->owner.lane, memory_order_acquire) - 1;
}

/* How many lanes are worth looking at.  Read once: the file is a peer's as well, and MIN() would read
 * it twice. */
static inline guint
ipc_native_lanes_used (const IpcNative *self)
{
  const guint used = atomic_load_explicit (&self->file->lanes_used, memory_order_acquire);

  return MIN (used, IPC_LANE_MAX);
}

/* What came of looking after the dead. */
typedef struct
{
  gboolean found; /* something was finished or given back: try again */
  gboolean left;  /* of a set: somebody had the lock, so that there is more to do */
  gboolean lost;  /* this process cannot tell who is dead */
} IpcNativeSweep;

/* Whether a dead owner of @lane would leave something to others. */
gboolean   ipc_native_is_owed (const IpcNative *self, int lane);

/* Gives back what dead processes hold.  @thorough: also forget their sleepers. */
IpcNativeSweep ipc_native_sweep (IpcNative *self, gboolean thorough);

/* Returns: how many were woken, as far as the system can tell. */
int        ipc_native_wake (IpcNative *self, uint64_t before, int32_t net);
void       ipc_native_wake_all (IpcNative *self);

/* Waiters end, now and in future, with IPC_ERROR_REMOVED. */
void       ipc_native_remove (IpcNative *self);

/* The lock of a set, for the owner of @lane. */
IpcWordResult ipc_native_lock_set (IpcNative *self, int lane, uint32_t add, uint64_t *before);
/* @wake: first wake all who sleep until the set changes. */
void       ipc_native_unlock_set (IpcNative *self, int lane, gboolean wake);

/* -- Turns --
 *
 * Who is woken comes too late if another process has taken the unit meanwhile, and comes too late
 * every time if that one wants it all the time.  So it leaves a promise: the next unit is for who
 * sleeps.  A post that sees it wakes somebody, but leaves the flag WAITERS in the word; and who sees
 * flag, unit and promise, and has not slept yet, goes to sleep behind the others.  The unit is bound
 * to nobody: a try may still take it, and a promise that is lost costs a turn and no more.
 *
 * Nobody may sleep beside a unit for longer than it takes another one to come for it:
 *  1 who was woken tries before it sleeps again or leaves;
 *  2 a post that left the flag and woke nobody takes back both, and then wakes all;
 *  3 who takes a unit takes the promise back before the exchange: who finds the word as it is after
 *    that finds no promise, or that of somebody who will try once more. */

static inline gboolean
ipc_native_is_promised (const IpcNative *self)
{
  return atomic_load_explicit (&self->file->promised, memory_order_relaxed) != 0;
}

void       ipc_native_promise (IpcNative *self);
/* Before somebody takes, if there are @need units. */
void       ipc_native_redeem (IpcNative *self, uint32_t need);
/* Nobody came. */
void       ipc_native_lapse (IpcNative *self);
/* Whether the units that are there are for others.  @before: the word that says so. */
gboolean   ipc_native_is_due (const IpcNative *self, uint64_t *before);

/* -- Operations -- */

typedef struct
{
  const char           *call; /* for messages */
  const IpcSemaphoreOp *ops;
  guint    n_ops;
  gboolean undo;
  gboolean slept; /* others may sleep too: leave the flags for them */
  gboolean woken; /* just now: if it has come too late, the next unit is promised */
  gboolean polite; /* leaves a unit that is promised to who sleeps */
  gboolean patient; /* without a nap: bears with who is just changing the set */
} IpcNativeTry;

/* Tries once.  @nap: NULL, or filled in when it could not be done: what changes after this call
 * ends a sleep on it. */
IpcOutcome ipc_native_try (IpcNative *self, const IpcNativeTry *try, IpcNap *nap, GError **error);
gboolean   ipc_native_get_value (const IpcNative *self, guint index, const char *call, guint *value,
                                 GError **error);
gboolean   ipc_native_get_info (IpcNative *self, guint index, IpcInfo *info, GError **error);
/* Its parts: what the head says, and what the lanes say of semaphore @index. */
void       ipc_native_add_head (const IpcNativeFile *head, IpcInfo *info);
void       ipc_native_add_lanes (const IpcNative *self, guint index, IpcInfo *info);
gboolean   ipc_native_set_value (IpcNative *self, guint index, guint value, GError **error);

/* The two for a set.  @locked: FALSE with IPC_WORD_SHORT if patience ended. */
IpcOutcome ipc_native_try_set (IpcNative *self, const IpcNativeTry *try, IpcNap *nap,
                               GError **error);
IpcWordResult ipc_native_assign (IpcNative *self, int lane, guint index, guint value,
                                 gboolean *locked);

/* What @result is to the caller, with the error that it means. */
IpcOutcome ipc_native_outcome (const IpcNative *self, IpcWordResult result, const char *call,
                               GError **error);
/* FALSE with the error that @result means. */
gboolean   ipc_native_throw (const IpcNative *self, IpcWordResult result, const char *call,
                             GError **error);
/* FALSE with IPC_ERROR_TIMED_OUT: the lock of the set is not given back. */
gboolean   ipc_native_throw_stopped (const IpcNative *self, const char *call, GError **error);

/* -- Waiting -- */

/* A sleeper's share in looking after the dead. */
typedef struct
{
  gboolean duty;
  gboolean off_duty;   /* another sleeper looks after the dead */
  gboolean heard;      /* of a death, since the last sweep */
  int      vain;       /* how often, one after the other, that led to nothing */
  gint64   period;     /* microseconds */
  gint64   next_sweep; /* sleep no longer than until then; monotonic microseconds */
} IpcWatch;

void     ipc_watch_begin (IpcWatch *self);
/* Sweeps if it is time.  TRUE: something came back, try again. */
gboolean ipc_watch_look (IpcWatch *self, IpcNative *native);
/* Woken by somebody: who was on duty may have gone and done it for that.  Or somebody died. */
void     ipc_watch_woken (IpcWatch *self, IpcSleep how);
/* Whose deaths to hear of while sleeping. */
void     ipc_watch_add_peers (const IpcWatch *self, const IpcNative *native, IpcPeers *peers);
/* Another sleeper on @word is woken to take the duty. */
void     ipc_watch_end (IpcWatch *self, IpcNative *native, guint32 *word);

/* Sleepers are counted for those who ask.  FALSE: not this one, there is no lane to be had. */
gboolean ipc_native_count_sleepers (IpcNative *self, guint index, gboolean for_zero, int change);

/* Tries until it is done or @wait is over.  @spin: for a moment before the first sleep. */
gboolean   ipc_native_wait (IpcNative *self, IpcNativeTry *try, gconstpointer handle,
                            gboolean spin, const IpcWait *wait, GError **error);
/* Wakes who waits through @handle, to find that it was closed. */
void       ipc_native_shut (IpcNative *self, gconstpointer handle);

/* The waits of @queue are served by the process's dispatcher. */
void       ipc_native_dispatch (IpcNative *self, IpcQueue *queue);
