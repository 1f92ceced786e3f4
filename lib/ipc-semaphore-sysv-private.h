/* ipc-semaphore-sysv-private.h: opening a System V semaphore set
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "ipc-sysv-private.h"

#include <sys/sem.h>

/* semctl(2): the caller must define it. */
union semun
{
  int              val;
  struct semid_ds *buf;
  unsigned short  *array;
  struct seminfo  *limits;
};

gboolean ipc_semaphore_sysv_stat (int id, struct semid_ds *ds);

/* The id of the set, or -1 with @error set. */
int      ipc_semaphore_sysv_open (const IpcRequest *request, IpcOpened *opened, GError **error);
gboolean ipc_semaphore_sysv_unlink_name (const IpcName *name, GError **error);
