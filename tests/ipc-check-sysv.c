/* ipc-check-sysv.c: System V sets without the library, as a foreign program has them
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ipc-check-sysv.h"

#include <sys/ipc.h>

/* semctl(2): the caller must define it. */
union semun
{
  int              val;
  struct semid_ds *buf;
  unsigned short  *array;
};

int
ipc_check_raw_set (gint32 key, int n, int mode, gboolean settled)
{
  struct sembuf up_and_down[] = { { 0, +1, 0 }, { 0, -1, 0 } };
  int id = semget (key, n, IPC_CREAT | IPC_EXCL | mode);

  ck_assert_int_ge (id, 0);
  if (settled)
    ck_assert_int_eq (semop (id, up_and_down, 2), 0);
  return id;
}

int
ipc_check_raw_id (gint32 key)
{
  int id = semget (key, 0, 0);

  ck_assert_int_ge (id, 0);
  return id;
}

void
ipc_check_raw_setval (int id, int index, int value)
{
  ck_assert_int_eq (semctl (id, index, SETVAL, (union semun) { .val = value }), 0);
}

void
ipc_check_raw_stat (int id, struct semid_ds *ds)
{
  ck_assert_int_eq (semctl (id, 0, IPC_STAT, (union semun) { .buf = ds }), 0);
}

void
ipc_check_raw_chown (int id, guint uid)
{
  struct semid_ds ds;

  ipc_check_raw_stat (id, &ds);
  ds.sem_perm.uid = uid;
  ck_assert_int_eq (semctl (id, 0, IPC_SET, (union semun) { .buf = &ds }), 0);
}
