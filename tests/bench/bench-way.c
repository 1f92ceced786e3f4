/* bench-way.c: ways to make and open an object: through the library, and by the raw calls
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "bench-way.h"

#include <errno.h>
#include <fcntl.h>
#include <semaphore.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <unistd.h>

/* -- Semaphores through the library -- */

static gpointer
semaphore_make (const char *name, guint flags)
{
  g_autoptr (GError) error = NULL;
  IpcSemaphore *self = ipc_semaphore_create (name, 1, (IpcSemaphoreFlags) flags, &error);

  bench_must (self != NULL, error);
  return self;
}

static gpointer
semaphore_find (const char *name, guint flags)
{
  g_autoptr (GError) error = NULL;
  IpcSemaphore *self = ipc_semaphore_open (name, (IpcSemaphoreFlags) flags, &error);

  bench_must (self != NULL, error);
  return self;
}

static void
semaphore_erase (const char *name G_GNUC_UNUSED, gpointer object)
{
  g_autoptr (GError) error = NULL;

  bench_must (ipc_semaphore_unlink (object, &error), error);
}

/* -- Segments through the library -- */

static gpointer
segment_make (const char *name, guint flags)
{
  g_autoptr (GError) error = NULL;
  IpcSegment *self
      = ipc_segment_create (name, BENCH_SEGMENT_SIZE, (IpcSegmentFlags) flags, &error);

  bench_must (self != NULL, error);
  return self;
}

static gpointer
segment_find (const char *name, guint flags)
{
  g_autoptr (GError) error = NULL;
  IpcSegment *self = ipc_segment_open (name, (IpcSegmentFlags) flags, &error);

  bench_must (self != NULL, error);
  return self;
}

static void
segment_erase (const char *name G_GNUC_UNUSED, gpointer object)
{
  g_autoptr (GError) error = NULL;

  bench_must (ipc_segment_unlink (object, &error), error);
}

/* -- Raw: the names are those that the library would use, so that it can remove them -- */

/* Behind the scheme. */
static const char *
posix_name (const char *name)
{
  return strchr (name, '/');
}

/* FNV-1a, 32 bit. */
static key_t
sysv_key (const char *name)
{
  guint32 hash = 2166136261u;

  for (const char *c = posix_name (name); *c != '\0'; c++)
    hash = (hash ^ (guchar) *c) * 16777619u;

  return (key_t) hash;
}

static gpointer
sem_open_make (const char *name, guint flags G_GNUC_UNUSED)
{
  sem_t *self = sem_open (posix_name (name), O_CREAT | O_EXCL, 0600, 1);

  bench_must_sys (self != SEM_FAILED, "sem_open");
  return self;
}

static gpointer
sem_open_find (const char *name, guint flags G_GNUC_UNUSED)
{
  sem_t *self = sem_open (posix_name (name), 0);

  bench_must_sys (self != SEM_FAILED, "sem_open");
  return self;
}

static void
sem_open_erase (const char *name, gpointer object G_GNUC_UNUSED)
{
  bench_must_sys (sem_unlink (posix_name (name)) == 0, "sem_unlink");
}

static void
sem_open_drop (gpointer object)
{
  bench_must_sys (sem_close (object) == 0, "sem_close");
}

static gpointer
semget_make (const char *name, guint flags G_GNUC_UNUSED)
{
  const int id = semget (sysv_key (name), 1, IPC_CREAT | IPC_EXCL | 0600);

  bench_must_sys (id >= 0, "semget");
  bench_must_sys (semctl (id, 0, SETVAL, 1) == 0, "semctl SETVAL");
  return GINT_TO_POINTER (id);
}

static gpointer
semget_find (const char *name, guint flags G_GNUC_UNUSED)
{
  const int id = semget (sysv_key (name), 1, 0);

  bench_must_sys (id >= 0, "semget");
  return GINT_TO_POINTER (id);
}

static void
semget_erase (const char *name G_GNUC_UNUSED, gpointer object)
{
  bench_must_sys (semctl (GPOINTER_TO_INT (object), 0, IPC_RMID) == 0, "semctl IPC_RMID");
}

static void
semget_drop (gpointer object G_GNUC_UNUSED)
{
}

static gpointer
map (int fd)
{
  gpointer data;

  bench_must_sys (fd >= 0, "shm_open");
  data = mmap (NULL, BENCH_SEGMENT_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  bench_must_sys (data != MAP_FAILED, "mmap");
  close (fd);
  return data;
}

static gpointer
shm_open_make (const char *name, guint flags G_GNUC_UNUSED)
{
  const int fd = shm_open (posix_name (name), O_CREAT | O_EXCL | O_RDWR, 0600);

  errno = posix_fallocate (fd, 0, BENCH_SEGMENT_SIZE);
  bench_must_sys (errno == 0, "posix_fallocate");
  return map (fd);
}

static gpointer
shm_open_find (const char *name, guint flags G_GNUC_UNUSED)
{
  return map (shm_open (posix_name (name), O_RDWR, 0));
}

static void
shm_open_erase (const char *name, gpointer object G_GNUC_UNUSED)
{
  bench_must_sys (shm_unlink (posix_name (name)) == 0, "shm_unlink");
}

static void
shm_open_drop (gpointer object)
{
  munmap (object, BENCH_SEGMENT_SIZE);
}

static gpointer
attach (int id)
{
  gpointer data;

  bench_must_sys (id >= 0, "shmget");
  data = shmat (id, NULL, 0);
  bench_must_sys ((gintptr) data != -1, "shmat");
  return data;
}

static gpointer
shmget_make (const char *name, guint flags G_GNUC_UNUSED)
{
  return attach (shmget (sysv_key (name), BENCH_SEGMENT_SIZE, IPC_CREAT | IPC_EXCL | 0600));
}

static gpointer
shmget_find (const char *name, guint flags G_GNUC_UNUSED)
{
  return attach (shmget (sysv_key (name), 0, 0));
}

static void
shmget_erase (const char *name, gpointer object G_GNUC_UNUSED)
{
  bench_must_sys (shmctl (shmget (sysv_key (name), 0, 0), IPC_RMID, NULL) == 0,
                  "shmctl IPC_RMID");
}

static void
shmget_drop (gpointer object)
{
  shmdt (object);
}

/* -- The table -- */

#define SEMAPHORE(prefix, flags) \
  { \
    (prefix), (flags), semaphore_make, semaphore_find, semaphore_erase, g_object_unref \
  }
#define SEGMENT(prefix) \
  { \
    (prefix), 0, segment_make, segment_find, segment_erase, g_object_unref \
  }
#define RAW(prefix, call) \
  { \
    (prefix), 0, call##_make, call##_find, call##_erase, call##_drop \
  }

const BenchWay bench_way_native = SEMAPHORE ("native:", 0);
const BenchWay bench_way_native_undo = SEMAPHORE ("native:", IPC_SEMAPHORE_UNDO);
const BenchWay bench_way_sysv = SEMAPHORE ("sysv:/", 0);
const BenchWay bench_way_posix = SEMAPHORE ("posix:/", 0);
const BenchWay bench_way_sem_open = RAW ("posix:/", sem_open);
const BenchWay bench_way_semget = RAW ("sysv:/", semget);
const BenchWay bench_way_native_segment = SEGMENT ("native:");
const BenchWay bench_way_sysv_segment = SEGMENT ("sysv:/");
const BenchWay bench_way_posix_segment = SEGMENT ("posix:/");
const BenchWay bench_way_shm_open = RAW ("posix:/", shm_open);
const BenchWay bench_way_shmget = RAW ("sysv:/", shmget);
