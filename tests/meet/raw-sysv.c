/* raw-sysv.c: a foreign program with the bare calls of System V
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "foreign-peer.h"

#include <errno.h>
#include <sys/ipc.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <time.h>

union semun
{
  int              val;
  struct semid_ds *buf;
  unsigned short  *array;
};

static int
checked (int result, const char *call)
{
  if (result < 0)
    refuse (call);
  return result;
}

static key_t
key_of (const char *name)
{
  return (key_t) strtoul (name, NULL, 0);
}

static int
set_of (const char *name)
{
  return checked (semget (key_of (name), 0, 0), "semget");
}

static void
segment_create (const char *name, size_t size)
{
  checked (shmget (key_of (name), size, IPC_CREAT | IPC_EXCL | 0600), "shmget");
}

static size_t
segment_map (const char *name, char **data)
{
  int id = checked (shmget (key_of (name), 0, 0), "shmget");
  struct shmid_ds ds;

  checked (shmctl (id, IPC_STAT, &ds), "shmctl");
  *data = (char *) shmat (id, NULL, 0);
  if (*data == (char *) -1)
    refuse ("shmat");
  return ds.shm_segsz;
}

static void
segment_unlink (const char *name)
{
  checked (shmctl (checked (shmget (key_of (name), 0, 0), "shmget"), IPC_RMID, NULL), "shmctl");
}

/* As most programs do it: nobody is told that the value is set now. */
static void
semaphore_create (const char *name, unsigned value)
{
  int id = checked (semget (key_of (name), 1, IPC_CREAT | IPC_EXCL | 0600), "semget");
  union semun to = { .val = (int) value };

  checked (semctl (id, 0, SETVAL, to), "semctl");
}

static int
semaphore_value (const char *name)
{
  return checked (semctl (set_of (name), 0, GETVAL), "semctl");
}

static void
semaphore_post (const char *name)
{
  struct sembuf give = { .sem_op = 1 };

  checked (semop (set_of (name), &give, 1), "semop");
}

static int
semaphore_take (const char *name, long microseconds)
{
  struct sembuf take = { .sem_op = -1 };
  struct timespec left = { .tv_sec = microseconds / 1000000,
                           .tv_nsec = microseconds % 1000000 * 1000 };

  if (microseconds < 0)
    return checked (semop (set_of (name), &take, 1), "semop") == 0;
  if (semtimedop (set_of (name), &take, 1, &left) == 0)
    return 1;
  if (errno != EAGAIN)
    refuse ("semtimedop");
  return 0;
}

static void
semaphore_unlink (const char *name)
{
  checked (semctl (set_of (name), 0, IPC_RMID), "semctl");
}
