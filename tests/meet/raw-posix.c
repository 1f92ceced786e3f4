/* raw-posix.c: a foreign program with sem_open(3) and shm_open(3)
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "foreign-peer.h"

#include <errno.h>
#include <fcntl.h>
#include <semaphore.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static int
checked (int result, const char *call)
{
  if (result < 0)
    refuse (call);
  return result;
}

static sem_t *
semaphore_of (const char *name)
{
  sem_t *semaphore = sem_open (name, 0);

  if (semaphore == SEM_FAILED)
    refuse ("sem_open");
  return semaphore;
}

static void
segment_create (const char *name, size_t size)
{
  int fd = checked (shm_open (name, O_RDWR | O_CREAT | O_EXCL, 0600), "shm_open");

  checked (ftruncate (fd, (off_t) size), "ftruncate");
}

static size_t
segment_map (const char *name, char **data)
{
  int fd = checked (shm_open (name, O_RDWR, 0), "shm_open");
  struct stat st;
  void *mapped;

  checked (fstat (fd, &st), "fstat");
  mapped = mmap (NULL, (size_t) st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (mapped == MAP_FAILED)
    refuse ("mmap");
  *data = (char *) mapped;
  return (size_t) st.st_size;
}

static void
segment_unlink (const char *name)
{
  checked (shm_unlink (name), "shm_unlink");
}

static void
semaphore_create (const char *name, unsigned value)
{
  if (sem_open (name, O_CREAT | O_EXCL, 0600, value) == SEM_FAILED)
    refuse ("sem_open");
}

static int
semaphore_value (const char *name)
{
  int value;

  checked (sem_getvalue (semaphore_of (name), &value), "sem_getvalue");
  return value;
}

static void
semaphore_post (const char *name)
{
  checked (sem_post (semaphore_of (name)), "sem_post");
}

static int
semaphore_take (const char *name, long microseconds)
{
  sem_t *semaphore = semaphore_of (name);
  struct timespec end;

  if (microseconds < 0)
    return checked (sem_wait (semaphore), "sem_wait") == 0;

  clock_gettime (CLOCK_REALTIME, &end);
  end.tv_sec += microseconds / 1000000;
  end.tv_nsec += microseconds % 1000000 * 1000;
  end.tv_sec += end.tv_nsec / 1000000000;
  end.tv_nsec %= 1000000000;
  if (sem_timedwait (semaphore, &end) == 0)
    return 1;
  if (errno != ETIMEDOUT)
    refuse ("sem_timedwait");
  return 0;
}

static void
semaphore_unlink (const char *name)
{
  checked (sem_unlink (name), "sem_unlink");
}
