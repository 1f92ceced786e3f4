/* ipc-check-semaphore.h: what the tests of semaphores share
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "ipc-check.h"

#include <signal.h>

/* The one that Windows knows as well, in its way. */
#ifndef SIGKILL
# define SIGKILL 9
#endif

/* A wait that nobody ends is a failure after so long, and no hanging test. */
#define IPC_CHECK_LONG (30 * G_USEC_PER_SEC)

/* Under a fresh name of backend @i. */
IpcSemaphore *ipc_check_semaphore_new (guint i, guint value, IpcSemaphoreFlags flags);
IpcSemaphore *ipc_check_set_new (guint i, const guint *values, gsize n_values,
                                 IpcSemaphoreFlags flags);
IpcSemaphore *ipc_check_semaphore_open (const char *name, IpcSemaphoreFlags flags);

guint         ipc_check_value (IpcSemaphore *self, guint index);
void          ipc_check_values (IpcSemaphore *self, const guint *expected, guint n);

IpcInfo      *ipc_check_info (IpcSemaphore *self); /* of the first one; the caller's */

/* Changes the first one, which must be possible at once. */
void          ipc_check_change (IpcSemaphore *self, int delta);

/* Waits until so many wait: who sleeps may be counted a moment later. */
void          ipc_check_waiters (IpcSemaphore *sem, guint index, int waiters, int zero_waiters);

/* What is under @name when nobody has it open: TRUE if anything is. */
gboolean      ipc_check_semaphore_exists (const char *name);

/* Every call that asks or changes something fails by @code, with the name and @words. */
void          ipc_check_all_fail (IpcSemaphore *self, IpcError code, const char *words);

/* Adds @test for one backend, if it is built in. */
void          ipc_check_add_backend_test (TCase *tcase, const TTest *test, IpcBackend backend);

/* On Linux: the library's descriptor of the native semaphore @plain; -1: it has none. */
int           ipc_check_semaphore_fd (const char *plain);

/* Its name, where a peer sees it. */
gpointer      ipc_check_name_of (IpcSemaphore *self);

/* Peers for ipc_check_fork(); @data is the name. */
void          ipc_check_peer_post (gpointer name);
void          ipc_check_peer_wait (gpointer name);
void          ipc_check_peer_wait_zero (gpointer name);
/* The wait ends because the semaphore is removed. */
void          ipc_check_peer_wait_removed (gpointer name);

/* -- Who holds units under UNDO ----------------------------------------------------------------- */

/* A peer takes a unit, says so, and ends when it is told. */
typedef struct
{
  const char   *name;
  IpcCheckGate *holds; /* the unit is taken */
  IpcCheckGate *ends;  /* go on */
  int           signal; /* by which it ends itself; 0: by exit(3), -1: by _exit(2) */
  pid_t        *other; /* a process that the peer starts */
} IpcCheckHolder;

/* In memory that the peer sees, for the life of the program. */
IpcCheckHolder *ipc_check_holder_new (IpcSemaphore *sem);

/* What a holder does, for ipc_check_fork(). */
void          ipc_check_peer_hold (gpointer holder);

/* Opens it and takes a unit, which may come back as soon as the object is gone. */
IpcSemaphore *ipc_check_take (const char *name, IpcSemaphoreFlags flags);

/* There is no unit; one comes back, and no more; none comes back, although the system has looked.
 * @sem is without UNDO. */
void          ipc_check_is_held (IpcSemaphore *sem);
void          ipc_check_comes_back (IpcSemaphore *sem);
void          ipc_check_stays_held (IpcSemaphore *sem);

/* What is told of the first one. */
void          ipc_check_told (IpcSemaphore *sem, int value, guint n_holders, int recovered);
