/* port-sysv-before.c: what box.c does, with the calls of System V
 *
 * Usage: port-sysv-before put KEY TEXT
 *        port-sysv-before get KEY
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <time.h>

#define SIZE 1024
#define PATIENCE 10

union semun
{
  int value;
};

static void
check (int ok, const char *call)
{
  if (ok)
    return;
  perror (call);
  exit (EXIT_FAILURE);
}

static void
put (key_t key, const char *text)
{
  struct sembuf post = { .sem_op = 1 };
  union semun zero = { .value = 0 };
  int shm, sem;
  char *box;

  check (strlen (text) < SIZE, "the text is too long");
  shm = shmget (key, SIZE, IPC_CREAT | IPC_EXCL | 0600);
  check (shm >= 0, "shmget");
  box = shmat (shm, NULL, 0);
  check (box != (char *) -1, "shmat");

  /* A peer that opens the set between these two calls finds a value that is not there yet. */
  sem = semget (key, 1, IPC_CREAT | IPC_EXCL | 0600);
  check (sem >= 0, "semget");
  check (semctl (sem, 0, SETVAL, zero) == 0, "semctl SETVAL");

  strcpy (box, text);
  check (semop (sem, &post, 1) == 0, "semop");
}

static void
get (key_t key)
{
  struct sembuf take = { .sem_op = -1 };
  struct timespec patience = { .tv_sec = PATIENCE };
  int sem, shm;
  char *box;

  sem = semget (key, 1, 0);
  check (sem >= 0, "semget");
  /* A signal ends this with EINTR; calling it again would begin another 10 seconds. */
  check (semtimedop (sem, &take, 1, &patience) == 0, "semtimedop");

  shm = shmget (key, SIZE, 0);
  check (shm >= 0, "shmget");
  box = shmat (shm, NULL, SHM_RDONLY);
  check (box != (char *) -1, "shmat");
  printf ("%.*s\n", SIZE - 1, box);

  check (shmctl (shm, IPC_RMID, NULL) == 0, "shmctl IPC_RMID");
  check (semctl (sem, 0, IPC_RMID) == 0, "semctl IPC_RMID");
}

int
main (int argc, char **argv)
{
  key_t key = argc > 2 ? (key_t) strtoul (argv[2], NULL, 0) : 0;

  if (argc == 4 && strcmp (argv[1], "put") == 0)
    put (key, argv[3]);
  else if (argc == 3 && strcmp (argv[1], "get") == 0)
    get (key);
  else
    return EXIT_FAILURE;
  return EXIT_SUCCESS;
}
