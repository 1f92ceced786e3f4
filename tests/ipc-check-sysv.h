/* ipc-check-sysv.h: System V sets without the library, as a foreign program has them
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "ipc-check-semaphore.h"

#include <sys/sem.h>

/* The id of a new set that has values and a
 * mark if @settled, and neither if not; the id of the set of @key. */
int           ipc_check_raw_set (gint32 key, int n, int mode, gboolean settled);
int           ipc_check_raw_id (gint32 key);
void          ipc_check_raw_setval (int id, int index, int value);
void          ipc_check_raw_stat (int id, struct semid_ds *ds);
void          ipc_check_raw_chown (int id, guint uid);
