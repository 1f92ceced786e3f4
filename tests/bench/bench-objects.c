/* bench-objects.c: what each open object costs its process
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "bench-rows.h"
#include "bench-way.h"

#include <stdlib.h>
#include <string.h>

enum
{
  PRIVATE, /* KiB */
  SHARED,  /* KiB */
  DESCRIPTORS,
  THREADS,
  N_COSTS
};

typedef struct
{
  const BenchWay *way;
  guint           n;
  double         *costs; /* shared, N_COSTS */
} Crowd;

static gpointer
crowd_setup (const BenchRow *row, const BenchCase *item)
{
  Crowd *self = g_new0 (Crowd, 1);

  self->way = item->what;
  self->n = row->number;
  self->costs = bench_shared (N_COSTS * sizeof *self->costs);
  return self;
}

static void
crowd_teardown (gpointer state)
{
  Crowd *self = state;

  bench_unshare (self->costs, N_COSTS * sizeof *self->costs);
  g_free (self);
}

static guint
count_entries (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  guint n = 0;

  bench_must (dir != NULL, NULL);
  while (g_dir_read_name (dir) != NULL)
    n++;

  return n;
}

/* The number behind @key, in KiB. */
static double
memory_of (const char *rollup, const char *key)
{
  const char *found = strstr (rollup, key);

  bench_must (found != NULL, NULL);
  return strtod (found + strlen (key), NULL);
}

static void
look (double *costs)
{
  g_autofree char *rollup = NULL;
  g_autoptr (GError) error = NULL;

  bench_must (g_file_get_contents ("/proc/self/smaps_rollup", &rollup, NULL, &error), error);
  costs[PRIVATE] = memory_of (rollup, "\nPss_Anon:");
  costs[SHARED] = memory_of (rollup, "\nPss_Shmem:");
  costs[DESCRIPTORS] = count_entries ("/proc/self/fd");
  costs[THREADS] = count_entries ("/proc/self/task");
}

/* In a process of its own, since memory that was freed is not given back to the system. */
static void
crowd_child (gpointer data)
{
  const Crowd *self = data;
  g_autofree gpointer *objects = g_new0 (gpointer, self->n);
  g_autofree char **names = g_new0 (char *, self->n);
  double before[N_COSTS];

  for (guint i = 0; i < self->n; i++)
    names[i] = bench_name (self->way->prefix);

  look (before);
  for (guint i = 0; i < self->n; i++)
    objects[i] = self->way->make (names[i], self->way->flags);

  look (self->costs);
  for (guint i = 0; i < self->n; i++)
    {
      self->way->erase (names[i], objects[i]);
      self->way->drop (objects[i]);
      g_free (names[i]);
    }

  for (guint i = 0; i < N_COSTS; i++)
    self->costs[i] = (self->costs[i] - before[i]) / self->n;
}

static void
crowd_round (gpointer state, BenchSeries *series)
{
  Crowd *self = state;

  bench_join (bench_fork (0, crowd_child, self));
  for (guint i = 0; i < N_COSTS; i++)
    bench_series_add (series, i, self->costs[i]);
}

static const BenchMetric crowd_metrics[BENCH_METRICS_MAX + 1] = {
  [PRIVATE] = { "own memory", "KiB", BENCH_STATED },
  [SHARED] = { "shared", "KiB", BENCH_STATED },
  [DESCRIPTORS] = { "descriptors", "per object", BENCH_STATED },
  [THREADS] = { "threads", "per object", BENCH_STATED },
};

static const BenchCase crowd_cases[] = {
  { "native", NULL, &bench_way_native },
  { "native UNDO", NULL, &bench_way_native_undo },
  { "sysv", NULL, &bench_way_sysv },
  { "posix", NULL, &bench_way_posix },
  { "sem_open", NULL, &bench_way_sem_open },
  { "segment", NULL, &bench_way_native_segment },
  { "shm_open", NULL, &bench_way_shm_open },
  { 0 },
};

#define CROWD(objects) \
  { \
    .name = "objects-" #objects, .title = "what each of " #objects " open objects costs", \
    .metrics = crowd_metrics, .cases = crowd_cases, .rounds = 9, .number = (objects), \
    .setup = crowd_setup, .round = crowd_round, .teardown = crowd_teardown \
  }

const BenchRow bench_row_objects_10 = CROWD (10);
const BenchRow bench_row_objects_500 = CROWD (500);
