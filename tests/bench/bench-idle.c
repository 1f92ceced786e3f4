/* bench-idle.c: what it costs to be blocked
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "bench-rows.h"
#include "bench-subject.h"

#include <time.h>

#define WINDOW (600 * BENCH_NS_PER_MS)
#define WAITERS_MAX 64

typedef struct
{
  BenchSubject subject;
  guint        n;
  pid_t        pids[WAITERS_MAX];
  _Atomic int *about_to_wait; /* shared */
} Idle;

static void
await (gpointer data)
{
  const Idle *self = data;

  atomic_fetch_add (self->about_to_wait, 1);
  bench_subject_take (&self->subject);
}

/* The waiters stay blocked through all rounds; the first sweeps, which come at shorter intervals,
 * are over after that which does not count. */
static gpointer
idle_setup (const BenchRow *row, const BenchCase *item)
{
  Idle *self = g_new0 (Idle, 1);

  bench_subject_open (&self->subject, item->what, 0);
  self->about_to_wait = bench_shared (sizeof *self->about_to_wait);
  self->n = row->number;
  for (guint i = 0; i < self->n; i++)
    {
      self->pids[i] = bench_fork (i, await, self);
      bench_await (self->about_to_wait, (int) i + 1);
      bench_blocked (self->pids[i]);
    }

  return self;
}

static void
idle_teardown (gpointer state)
{
  Idle *self = state;

  for (guint i = 0; i < self->n; i++)
    bench_kill (self->pids[i]);

  bench_subject_close (&self->subject);
  bench_unshare ((gpointer) self->about_to_wait, sizeof *self->about_to_wait);
  g_free (self);
}

/* Nanoseconds of processor time of all waiters, in user space and in the kernel. */
static gint64
time_used (const Idle *self)
{
  gint64 sum = 0;

  for (guint i = 0; i < self->n; i++)
    {
      struct timespec used;
      clockid_t clock;

      bench_must_sys (clock_getcpuclockid (self->pids[i], &clock) == 0, "clock_getcpuclockid");
      bench_must_sys (clock_gettime (clock, &used) == 0, "clock_gettime");
      sum += used.tv_sec * BENCH_NS_PER_S + used.tv_nsec;
    }

  return sum;
}

static void
idle_round (gpointer state, BenchSeries *series)
{
  Idle *self = state;
  const gint64 begin = bench_now (), used = time_used (self);

  bench_pass (bench_window (WINDOW));
  bench_series_add (series, 0,
                    (double) (time_used (self) - used) * 100 / (double) (bench_now () - begin));
}

static const BenchMetric idle_metrics[] = { { "time", "% of a CPU", BENCH_LESS }, { 0 } };

static const BenchCase idle_cases[] = {
  { "native", "sem_t", &bench_native },
  { "native UNDO", "sem_t", &bench_native_undo },
  { "sem_t", NULL, &bench_sem_t },
  { 0 },
};

static const BenchGoal idle_goals[] = {
  { "native", 0, BENCH_MEDIAN, BENCH_FIGURE, 0.25, NULL },
  { 0 },
};

const BenchRow bench_row_idle_1 = {
  .name = "idle-1",
  .title = "one blocked waiter",
  .metrics = idle_metrics,
  .cases = idle_cases,
  .goals = idle_goals,
  .rounds = 9,
  .number = 1,
  .setup = idle_setup,
  .round = idle_round,
  .teardown = idle_teardown,
};

const BenchRow bench_row_idle_64 = {
  .name = "idle-64",
  .title = "64 blocked waiters, all together",
  .metrics = idle_metrics,
  .cases = idle_cases,
  .rounds = 9,
  .number = WAITERS_MAX,
  .setup = idle_setup,
  .round = idle_round,
  .teardown = idle_teardown,
};
