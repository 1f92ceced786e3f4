/* bench-wake.c: rows of two processes that wake each other
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "bench-rows.h"
#include "bench-subject.h"

#define WINDOW (60 * BENCH_NS_PER_MS)
#define TRIPS 32
#define WAKES 100

typedef struct
{
  BenchSubject there, back;
  guint        far; /* the other's processor */
  struct
  {
    _Atomic int    stop;
    _Atomic int    turns; /* how often the other was woken */
    _Atomic gint64 woken; /* when it last was */
  } *shared;
} Pair;

static gpointer
pair_setup (const BenchRow *row, const BenchCase *item)
{
  Pair *self = g_new0 (Pair, 1);

  bench_subject_open (&self->there, item->what, 0);
  bench_subject_open (&self->back, item->what, 0);
  self->far = row->number - 1;
  self->shared = bench_shared (sizeof *self->shared);
  return self;
}

static void
pair_teardown (gpointer state)
{
  Pair *self = state;

  bench_subject_close (&self->there);
  bench_subject_close (&self->back);
  bench_unshare (self->shared, sizeof *self->shared);
  g_free (self);
}

/* -- There and back -- */

static void
answer (gpointer data)
{
  const Pair *self = data;

  for (;;)
    {
      bench_subject_take (&self->there);
      if (atomic_load (&self->shared->stop))
        return;
      bench_subject_give (&self->back);
    }
}

static void
trips (gpointer data, guint n)
{
  const Pair *self = data;

  while (n-- > 0)
    {
      bench_subject_give (&self->there);
      bench_subject_take (&self->back);
    }
}

static void
ping_pong_round (gpointer state, BenchSeries *series)
{
  Pair *self = state;
  pid_t other;

  atomic_store (&self->shared->stop, 0);
  other = bench_fork (self->far, answer, self);
  bench_pin (0);
  trips (self, TRIPS);
  bench_series_add (series, 0, bench_per_item (trips, self, TRIPS, bench_window (WINDOW)) / 1000);
  bench_unpin ();
  atomic_store (&self->shared->stop, 1);
  bench_subject_give (&self->there);
  bench_join (other);
}

static const BenchMetric trip_metrics[] = { { "round trip", "us", BENCH_LESS }, { 0 } };

/* The last never sleeps: on one processor each would wait for the other's time to be over. */
static const BenchCase trip_cases[] = {
  { "busy CAS", "sem_t", &bench_cas },
  { "native", "sem_t", &bench_native },
  { "native SPIN", "sem_t", &bench_native_spin },
  { "sysv", "semop", &bench_sysv },
  { "posix", "sem_t", &bench_posix },
  { "sem_t", NULL, &bench_sem_t },
  { "semop", "sem_t", &bench_semop },
  { 0 },
};

static const BenchGoal trip_goals[] = {
  { "native", 0, BENCH_PAIRED, BENCH_RATIO, 1.03, NULL },
  { "native SPIN", 0, BENCH_PAIRED, BENCH_RATIO, 1.5, "busy CAS" },
  { 0 },
};

/* To spin there would keep the other from answering. */
static const BenchGoal trip_goals_one_cpu[] = {
  { "native", 0, BENCH_PAIRED, BENCH_RATIO, 1.03, NULL },
  { "native SPIN", 0, BENCH_PAIRED, BENCH_RATIO, 1.03, "native" },
  { 0 },
};

const BenchRow bench_row_ping_pong = {
  .name = "ping-pong",
  .title = "there and back, on two processors",
  .metrics = trip_metrics,
  .cases = trip_cases,
  .goals = trip_goals,
  .rounds = 15,
  .number = 2,
  .setup = pair_setup,
  .round = ping_pong_round,
  .teardown = pair_teardown,
};

const BenchRow bench_row_ping_pong_one_cpu = {
  .name = "ping-pong-one-cpu",
  .title = "there and back, on one processor",
  .metrics = trip_metrics,
  .cases = trip_cases + 1,
  .goals = trip_goals_one_cpu,
  .rounds = 15,
  .number = 1,
  .setup = pair_setup,
  .round = ping_pong_round,
  .teardown = pair_teardown,
};

/* -- What a post costs that wakes somebody, and how soon that one is there -- */

static void
sleeper (gpointer data)
{
  const Pair *self = data;

  for (;;)
    {
      bench_subject_take (&self->there);
      if (atomic_load (&self->shared->stop))
        return;
      atomic_store (&self->shared->woken, bench_now ());
      atomic_fetch_add (&self->shared->turns, 1);
    }
}

static void
wake_round (gpointer state, BenchSeries *series)
{
  Pair *self = state;
  const guint n = bench_quick ? WAKES / 10 : WAKES;
  pid_t other;

  memset (self->shared, 0, sizeof *self->shared);
  other = bench_fork (self->far, sleeper, self);
  bench_pin (0);
  for (guint i = 0; i < n; i++)
    {
      gint64 begin, end;

      bench_blocked (other);
      begin = bench_now ();
      bench_subject_give (&self->there);
      end = bench_now ();
      bench_await (&self->shared->turns, (int) i + 1);
      bench_series_add (series, 0, (double) (end - begin) / 1000);
      bench_series_add (series, 1, (double) (atomic_load (&self->shared->woken) - begin) / 1000);
    }

  bench_unpin ();
  bench_blocked (other);
  atomic_store (&self->shared->stop, 1);
  bench_subject_give (&self->there);
  bench_join (other);
}

static const BenchMetric wake_metrics[] = {
  { "waking post", "us", BENCH_LESS },
  { "wake latency", "us", BENCH_LESS },
  { 0 },
};

/* UNDO is for who gives back what he took: a unit taken from somebody else would come back. */
static const BenchCase wake_cases[] = {
  { "native", "sem_t", &bench_native },
  { "sysv", "semop", &bench_sysv },
  { "posix", "sem_t", &bench_posix },
  { "sem_t", NULL, &bench_sem_t },
  { "semop", "sem_t", &bench_semop },
  { 0 },
};

static const BenchGoal wake_goals[] = {
  { "native", 0, BENCH_MEDIAN, BENCH_RATIO, 1.05, NULL },
  { "native", 1, BENCH_MEDIAN, BENCH_RATIO, 1.05, NULL },
  { 0 },
};

const BenchRow bench_row_wake = {
  .name = "wake",
  .title = "a post that wakes a process on another processor",
  .metrics = wake_metrics,
  .cases = wake_cases,
  .goals = wake_goals,
  .spread = TRUE,
  .rounds = 9,
  .number = 2,
  .setup = pair_setup,
  .round = wake_round,
  .teardown = pair_teardown,
};
