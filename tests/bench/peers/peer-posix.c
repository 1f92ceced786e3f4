/* peer-posix.c: sem_t and shm_open(3), without any library: what the others are measured by
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "peer.h"

#include <fcntl.h>
#include <semaphore.h>
#include <sys/mman.h>

static sem_t *there, *back;
static char path[256];

static void
set_path (const char *name)
{
  snprintf (path, sizeof path, "/%s", name);
}

/* -- A semaphore -- */

static sem_t *
make (const char *name, const char *suffix, unsigned value)
{
  sem_t *self;

  snprintf (path, sizeof path, "/%s%s", name, suffix);
  self = sem_open (path, O_CREAT | O_EXCL, 0600, value);
  peer_must (self != SEM_FAILED, "sem_open");
  sem_unlink (path);
  return self;
}

static void
pair_setup (const char *name, long total)
{
  (void) total;
  there = make (name, "", 1);
}

static void
pairs (long n)
{
  while (n-- > 0)
    {
      sem_wait (there);
      sem_post (there);
    }
}

static void
pair_teardown (const char *name)
{
  (void) name;
  sem_close (there);
}

static void
answer (const char *name, long total)
{
  (void) name;
  while (total-- > 0)
    {
      sem_wait (there);
      sem_post (back);
    }
}

static void
trip_setup (const char *name, long total)
{
  there = make (name, "-1", 0);
  back = make (name, "-2", 0);
  peer_fork (answer, name, total);
}

static void
trips (long n)
{
  while (n-- > 0)
    {
      sem_post (there);
      sem_wait (back);
    }
}

static void
trip_teardown (const char *name)
{
  sem_close (back);
  pair_teardown (name);
}

/* -- A segment -- */

static void *
map (int fd)
{
  void *data;

  peer_must (fd >= 0, "shm_open");
  data = mmap (NULL, PEER_SEGMENT_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  peer_must (data != MAP_FAILED, "mmap");
  close (fd);
  return data;
}

static void *
make_segment (void)
{
  const int fd = shm_open (path, O_CREAT | O_EXCL | O_RDWR, 0600);

  peer_must (fd >= 0 && posix_fallocate (fd, 0, PEER_SEGMENT_SIZE) == 0, "posix_fallocate");
  return map (fd);
}

static void
create_setup (const char *name, long total)
{
  (void) total;
  set_path (name);
}

static void
creates (long n)
{
  while (n-- > 0)
    {
      void *data = make_segment ();

      shm_unlink (path);
      munmap (data, PEER_SEGMENT_SIZE);
    }
}

static void
create_teardown (const char *name)
{
  (void) name;
}

static void
open_setup (const char *name, long total)
{
  (void) total;
  set_path (name);
  munmap (make_segment (), PEER_SEGMENT_SIZE);
}

static void
opens (long n)
{
  while (n-- > 0)
    munmap (map (shm_open (path, O_RDWR, 0)), PEER_SEGMENT_SIZE);
}

static void
open_teardown (const char *name)
{
  (void) name;
  shm_unlink (path);
}

int
main (int argc, char **argv)
{
  static const PeerRow rows[] = PEER_ALL_ROWS;

  return peer_main (argc, argv, rows);
}
