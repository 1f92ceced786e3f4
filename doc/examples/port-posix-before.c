/* port-posix-before.c: what box.c does, with the calls of POSIX
 *
 * Usage: port-posix-before put NAME TEXT
 *        port-posix-before get NAME
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <fcntl.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define SIZE 1024
#define PATIENCE 10

static void
check (int ok, const char *call)
{
  if (ok)
    return;
  perror (call);
  exit (EXIT_FAILURE);
}

static void
put (const char *name, const char *text)
{
  sem_t *full;
  char *box;
  int fd;

  check (strlen (text) < SIZE, "the text is too long");
  fd = shm_open (name, O_RDWR | O_CREAT | O_EXCL, 0600);
  check (fd >= 0, "shm_open");
  /* Reserves nothing: with a full /dev/shm the write below ends in SIGBUS. */
  check (ftruncate (fd, SIZE) == 0, "ftruncate");
  box = mmap (NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  check (box != MAP_FAILED, "mmap");
  close (fd);

  full = sem_open (name, O_CREAT | O_EXCL, 0600, 0);
  check (full != SEM_FAILED, "sem_open");
  strcpy (box, text);
  check (sem_post (full) == 0, "sem_post");
}

static void
get (const char *name)
{
  struct timespec end;
  sem_t *full;
  char *box;
  int fd;

  full = sem_open (name, 0);
  check (full != SEM_FAILED, "sem_open");
  /* On the clock of the wall: setting the time changes how long this waits. */
  clock_gettime (CLOCK_REALTIME, &end);
  end.tv_sec += PATIENCE;
  check (sem_timedwait (full, &end) == 0, "sem_timedwait");

  fd = shm_open (name, O_RDONLY, 0);
  check (fd >= 0, "shm_open");
  box = mmap (NULL, SIZE, PROT_READ, MAP_SHARED, fd, 0);
  check (box != MAP_FAILED, "mmap");
  close (fd);
  printf ("%.*s\n", SIZE - 1, box);

  check (shm_unlink (name) == 0, "shm_unlink");
  check (sem_unlink (name) == 0, "sem_unlink");
}

int
main (int argc, char **argv)
{
  if (argc == 4 && strcmp (argv[1], "put") == 0)
    put (argv[2], argv[3]);
  else if (argc == 3 && strcmp (argv[1], "get") == 0)
    get (argv[2]);
  else
    return EXIT_FAILURE;
  return EXIT_SUCCESS;
}
