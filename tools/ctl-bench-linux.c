/* ctl-bench-linux.c: semaphores beside the bare primitives of Linux
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ctl-bench.h"

#include <semaphore.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/sem.h>

static gboolean
step_sem_t (gpointer data)
{
  return sem_wait (data) == 0 && sem_post (data) == 0;
}

static gboolean
step_semop (gpointer data)
{
  struct sembuf take = { 0, -1, 0 }, give = { 0, 1, 0 };
  const int id = *(int *) data;

  return semop (id, &take, 1) == 0 && semop (id, &give, 1) == 0;
}

static double
bench_sem_t (void)
{
  sem_t *raw = mmap (NULL, sizeof *raw, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  double each;

  if (raw == MAP_FAILED || sem_init (raw, 1, 1) != 0)
    return -1;

  each = ctl_bench_measure (step_sem_t, raw);
  munmap (raw, sizeof *raw);
  return each;
}

static double
bench_semop (void)
{
  struct sembuf give = { 0, 1, 0 };
  int id = semget (IPC_PRIVATE, 1, IPC_CREAT | 0600);
  double each;

  if (id < 0)
    return -1;

  each = semop (id, &give, 1) == 0 ? ctl_bench_measure (step_semop, &id) : -1;
  semctl (id, 0, IPC_RMID);
  return each;
}

void
ctl_bench_semaphores (void)
{
  const double raw = bench_sem_t ();

  ctl_bench_report (_("bare sem_t"), raw, -1);
  ctl_bench_report ("native", ctl_bench_semaphore ("native:", IPC_SEMAPHORE_FLAGS_NONE), raw);
  ctl_bench_report (_("native, UNDO"), ctl_bench_semaphore ("native:", IPC_SEMAPHORE_UNDO), raw);
  ctl_bench_report ("posix", ctl_bench_semaphore ("posix:/", IPC_SEMAPHORE_FLAGS_NONE), raw);
  ctl_bench_report (_("bare semop"), bench_semop (), raw);
  ctl_bench_report ("sysv", ctl_bench_semaphore ("sysv:/", IPC_SEMAPHORE_FLAGS_NONE), raw);
}
