/* bench-recovery.c: how long a unit is lost when its holder is killed
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "bench-rows.h"
#include "bench-subject.h"

#include <unistd.h>

#define HEAD_START (100 * BENCH_NS_PER_MS)
#define KILLS 300

typedef struct
{
  BenchSubject subject;
  GRand       *random;
  struct
  {
    _Atomic int    held;
    _Atomic int    about_to_wait;
    _Atomic gint64 owned; /* when the waiter had the unit */
  } *shared;
} Recovery;

static gpointer
recovery_setup (const BenchRow *row G_GNUC_UNUSED, const BenchCase *item)
{
  Recovery *self = g_new0 (Recovery, 1);

  bench_subject_open (&self->subject, item->what, 1);
  self->random = g_rand_new_with_seed (1);
  self->shared = bench_shared (sizeof *self->shared);
  return self;
}

static void
recovery_teardown (gpointer state)
{
  Recovery *self = state;

  bench_subject_close (&self->subject);
  bench_unshare (self->shared, sizeof *self->shared);
  g_rand_free (self->random);
  g_free (self);
}

static void
hold (gpointer data)
{
  const Recovery *self = data;

  bench_subject_take (&self->subject);
  atomic_store (&self->shared->held, 1);
  for (;;)
    pause ();
}

static void
await (gpointer data)
{
  const Recovery *self = data;

  atomic_store (&self->shared->about_to_wait, 1);
  bench_subject_take (&self->subject);
  atomic_store (&self->shared->owned, bench_now ());
  bench_subject_give (&self->subject);
}

/* The holder sleeps, so that it does not die in the middle of something, and nothing else than its
 * death lets the waiter go on. */
static void
recovery_round (gpointer state, BenchSeries *series)
{
  Recovery *self = state;
  pid_t holder, waiter;
  gint64 begin;

  memset (self->shared, 0, sizeof *self->shared);
  holder = bench_fork (0, hold, self);
  bench_await (&self->shared->held, 1);
  waiter = bench_fork (1, await, self);
  bench_await (&self->shared->about_to_wait, 1);
  bench_blocked (waiter);
  bench_pass ((gint64) (g_rand_double (self->random) * (double) bench_window (HEAD_START)));

  begin = bench_now ();
  bench_kill (holder);
  bench_join (waiter);
  bench_series_add (series, 0,
                    (double) (atomic_load (&self->shared->owned) - begin) / BENCH_NS_PER_MS);
}

static const BenchMetric recovery_metrics[] = { { "recovery", "ms", BENCH_LESS }, { 0 } };

static const BenchCase recovery_cases[] = {
  { "native UNDO", "semop UNDO", &bench_native_undo },
  { "sysv UNDO", "semop UNDO", &bench_sysv_undo },
  { "semop UNDO", NULL, &bench_semop_undo },
  { "robust mutex", "semop UNDO", &bench_mutex },
  { 0 },
};

static const BenchGoal recovery_goals[] = {
  { "native UNDO", 0, BENCH_P99, BENCH_FIGURE, 25, NULL },
  { "native UNDO", 0, BENCH_MEAN, BENCH_FIGURE, 15, NULL },
  { 0 },
};

const BenchRow bench_row_recovery = {
  .name = "recovery",
  .title = "from SIGKILL of the holder until a blocked waiter has the unit",
  .metrics = recovery_metrics,
  .cases = recovery_cases,
  .goals = recovery_goals,
  .rounds = KILLS,
  .setup = recovery_setup,
  .round = recovery_round,
  .teardown = recovery_teardown,
};
