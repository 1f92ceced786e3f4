/* bench-open.c: rows of making and opening objects
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "bench-rows.h"
#include "bench-way.h"

#define WINDOW (10 * BENCH_NS_PER_MS)
#define BATCH 10

typedef struct
{
  const BenchWay *way;
  char           *name;
  guint           n_others; /* open meanwhile */
  gpointer       *others;
} Opening;

static gpointer
make_setup (const BenchRow *row G_GNUC_UNUSED, const BenchCase *item)
{
  Opening *self = g_new0 (Opening, 1);

  self->way = item->what;
  self->name = bench_name (self->way->prefix);
  return self;
}

static void
make_teardown (gpointer state)
{
  Opening *self = state;

  g_free (self->name);
  g_free (self);
}

/* It is closed again: a second handle of what a process has open is cheaper than the first. */
static gpointer
open_setup (const BenchRow *row, const BenchCase *item)
{
  Opening *self = make_setup (row, item);

  self->way->drop (self->way->make (self->name, self->way->flags));
  return self;
}

static void
open_teardown (gpointer state)
{
  Opening *self = state;
  gpointer object = self->way->find (self->name, self->way->flags);

  self->way->erase (self->name, object);
  self->way->drop (object);
  make_teardown (self);
}

static void
make_and_erase (gpointer data, guint n)
{
  const Opening *self = data;

  while (n-- > 0)
    {
      gpointer object = self->way->make (self->name, self->way->flags);

      self->way->erase (self->name, object);
      self->way->drop (object);
    }
}

static void
open_and_close (gpointer data, guint n)
{
  const Opening *self = data;

  while (n-- > 0)
    self->way->drop (self->way->find (self->name, self->way->flags));
}

static void
time_of (void (*batch) (gpointer data, guint n), gpointer state, BenchSeries *series)
{
  bench_pin (0);
  bench_series_add (series, 0, bench_per_item (batch, state, BATCH, bench_window (WINDOW)) / 1000);
  bench_unpin ();
}

static void
make_round (gpointer state, BenchSeries *series)
{
  time_of (make_and_erase, state, series);
}

static void
open_round (gpointer state, BenchSeries *series)
{
  time_of (open_and_close, state, series);
}

static const BenchMetric microseconds[] = { { "time", "us", BENCH_LESS }, { 0 } };

static const BenchCase semaphore_cases[] = {
  { "native", "sem_open", &bench_way_native },
  { "native UNDO", "sem_open", &bench_way_native_undo },
  { "sysv", "semget", &bench_way_sysv },
  { "posix", "sem_open", &bench_way_posix },
  { "sem_open", NULL, &bench_way_sem_open },
  { "semget", "sem_open", &bench_way_semget },
  { 0 },
};

const BenchRow bench_row_semaphore_create = {
  .name = "semaphore-create",
  .title = "create, unlink and close a semaphore",
  .metrics = microseconds,
  .cases = semaphore_cases,
  .rounds = 15,
  .setup = make_setup,
  .round = make_round,
  .teardown = make_teardown,
};

const BenchRow bench_row_semaphore_open = {
  .name = "semaphore-open",
  .title = "open and close a semaphore",
  .metrics = microseconds,
  .cases = semaphore_cases,
  .rounds = 15,
  .setup = open_setup,
  .round = open_round,
  .teardown = open_teardown,
};

static const BenchCase segment_cases[] = {
  { "native", "shm_open", &bench_way_native_segment },
  { "sysv", "shmget", &bench_way_sysv_segment },
  { "posix", "shm_open", &bench_way_posix_segment },
  { "shm_open", NULL, &bench_way_shm_open },
  { "shmget", "shm_open", &bench_way_shmget },
  { 0 },
};

static const BenchGoal segment_goals[] = {
  { "native", 0, BENCH_PAIRED, BENCH_RATIO, 1.10, NULL },
  { 0 },
};

const BenchRow bench_row_segment_create = {
  .name = "segment-create",
  .title = "create, reserve, map and unlink a segment of 64 KiB",
  .metrics = microseconds,
  .cases = segment_cases,
  .goals = segment_goals,
  .rounds = 15,
  .setup = make_setup,
  .round = make_round,
  .teardown = make_teardown,
};

const BenchRow bench_row_segment_open = {
  .name = "segment-open",
  .title = "open, map and close a segment of 64 KiB",
  .metrics = microseconds,
  .cases = segment_cases,
  .goals = segment_goals,
  .rounds = 15,
  .setup = open_setup,
  .round = open_round,
  .teardown = open_teardown,
};

/* -- While many others are open -- */

typedef struct
{
  const BenchWay *way;
  guint           n_others;
} Crowded;

static gpointer
crowd_setup (const BenchRow *row, const BenchCase *item)
{
  const Crowded *what = item->what;
  const BenchCase way = { item->name, item->against, what->way };
  Opening *self = open_setup (row, &way);

  self->n_others = what->n_others;
  self->others = g_new (gpointer, self->n_others + 1);
  for (guint i = 0; i < self->n_others; i++)
    {
      g_autofree char *name = bench_name (self->way->prefix);

      self->others[i] = self->way->make (name, self->way->flags);
      self->way->erase (name, self->others[i]);
    }

  return self;
}

static void
crowd_teardown (gpointer state)
{
  Opening *self = state;

  for (guint i = 0; i < self->n_others; i++)
    self->way->drop (self->others[i]);

  g_free (self->others);
  open_teardown (self);
}

static const Crowded few_semaphores = { &bench_way_native, 0 };
static const Crowded many_semaphores = { &bench_way_native, 500 };
static const Crowded few_segments = { &bench_way_native_segment, 0 };
static const Crowded many_segments = { &bench_way_native_segment, 500 };

static const BenchCase crowd_cases[] = {
  { "semaphore, 500 others", "semaphore", &many_semaphores },
  { "semaphore", NULL, &few_semaphores },
  { "segment, 500 others", "segment", &many_segments },
  { "segment", NULL, &few_segments },
  { 0 },
};

static const BenchGoal crowd_goals[] = {
  { "semaphore, 500 others", 0, BENCH_PAIRED, BENCH_RATIO, 1.10, NULL },
  { "segment, 500 others", 0, BENCH_PAIRED, BENCH_RATIO, 1.10, NULL },
  { 0 },
};

const BenchRow bench_row_crowd_open = {
  .name = "crowd-open",
  .title = "open and close one while the process has many others open",
  .metrics = microseconds,
  .cases = crowd_cases,
  .goals = crowd_goals,
  .rounds = 15,
  .setup = crowd_setup,
  .round = open_round,
  .teardown = crowd_teardown,
};
