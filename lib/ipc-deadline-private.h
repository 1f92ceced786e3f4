/* ipc-deadline-private.h: how long a call may wait, and what may end it sooner
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <gio/gio.h>

#define IPC_DEADLINE_NEVER G_MAXINT64

/* The longest sleep of a backend that cannot be woken by a cancellation: short of the promised
 * 50 ms by what scheduling may add. */
#define IPC_SLICE_US (40 * 1000)

/* How long a peer may take to finish what others wait for: making an object, changing a set.  The
 * fuzzer, who is that peer and never does, makes it shorter. */
#ifndef IPC_PATIENCE_US
#define IPC_PATIENCE_US G_USEC_PER_SEC
#endif

/* What ends a wait.  Made by the object, passed down, never kept. */
typedef struct
{
  gint64        deadline;    /* g_get_monotonic_time(), in microseconds, or IPC_DEADLINE_NEVER */
  GCancellable *cancellable; /* or NULL */
  const int    *closed;      /* set to non-zero by another thread that closes the object; or NULL */
  const char   *call;        /* for messages */
  const char   *object;
} IpcWait;

/* What to sleep on until it is worth trying again: a word of shared memory that changes then. */
typedef struct
{
  struct _IpcPlace *place; /* whose word it is */
  guint32 *word;
  guint32  expected;
  gboolean for_all;  /* who wakes it wakes all */
  guint    index;    /* the semaphore that stands in the way */
  gboolean for_zero; /* it waits for zero, and not for units */
  gboolean busy;     /* somebody is just changing the object: nothing could be tried */
} IpcNap;

/* A relative time in microseconds (negative: for ever) as a point in time, without overflow. */
gint64 ipc_deadline_after (gint64 timeout_us);

/* FALSE with %IPC_ERROR_CLOSED, %G_IO_ERROR_CANCELLED or %IPC_ERROR_TIMED_OUT when @wait is over. */
gboolean ipc_wait_goes_on (const IpcWait *wait, GError **error);

/* How long the next sleep may last, in microseconds from now, or -1 for ever: up to the deadline,
 * and no longer than a slice while something that cannot wake the sleeper may end the wait. */
gint64 ipc_wait_next_sleep (const IpcWait *wait);

/* Sleeps for a moment while a peer finishes what it is creating.  FALSE when @deadline has passed
 * (@error unset) or @cancellable was cancelled (@error set). */
gboolean ipc_wait_for_creator (gint64 deadline, GCancellable *cancellable, GError **error);
