/* ipc-check-semaphore.h: what the tests of semaphores share
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "ipc-check.h"

#include <sys/sem.h>

/* A wait that nobody ends is a failure after so long, and no hanging test. */
#define IPC_CHECK_LONG (30 * G_USEC_PER_SEC)

/* Under a fresh name of backend @i. */
IpcSemaphore *ipc_check_semaphore_new (guint i, guint value, IpcSemaphoreFlags flags);
IpcSemaphore *ipc_check_set_new (guint i, const guint *values, gsize n_values,
                                 IpcSemaphoreFlags flags);
IpcSemaphore *ipc_check_semaphore_open (const char *name, IpcSemaphoreFlags flags);

guint         ipc_check_value (IpcSemaphore *self, guint index);
void          ipc_check_values (IpcSemaphore *self, const guint *expected, guint n);

/* What is under @name when nobody has it open: TRUE if anything is. */
gboolean      ipc_check_semaphore_exists (const char *name);

/* Adds @test for one backend, if it is built in. */
void          ipc_check_add_backend_test (TCase *tcase, const TTest *test, IpcBackend backend);

/* Without the library, as a foreign program does it.  The id of a new set that has values and a
 * mark if @settled, and neither if not; the id of the set of @key. */
int           ipc_check_raw_set (gint32 key, int n, int mode, gboolean settled);
int           ipc_check_raw_id (gint32 key);
void          ipc_check_raw_setval (int id, int index, int value);
void          ipc_check_raw_stat (int id, struct semid_ds *ds);
void          ipc_check_raw_chown (int id, guint uid);

/* Peers for ipc_check_fork(); @data is the name. */
void          ipc_check_peer_post (gpointer name);
void          ipc_check_peer_wait (gpointer name);
void          ipc_check_peer_wait_zero (gpointer name);
/* The wait ends because the semaphore is removed. */
void          ipc_check_peer_wait_removed (gpointer name);
