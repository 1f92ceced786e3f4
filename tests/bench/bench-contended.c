/* bench-contended.c: rows of several processes that all want the one unit
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "bench-rows.h"
#include "bench-subject.h"

#define WINDOW (300 * BENCH_NS_PER_MS)
#define PROCESSES_MAX 16

/* Each on a line of its own, so that counting does not slow the others down. */
typedef struct
{
  _Alignas (64) guint64 pairs;
} Score;

typedef struct
{
  _Alignas (64) _Atomic guint ready;
  _Alignas (64) _Atomic int go;
  _Alignas (64) _Atomic int stop;
  Score scores[PROCESSES_MAX];
} Arena;

typedef struct
{
  BenchSubject subject;
  Arena       *arena; /* shared */
  guint        n;
  guint        me;    /* of the process that is about to be forked */
} Contest;

static gpointer
contest_setup (const BenchRow *row, const BenchCase *item)
{
  Contest *self = g_new0 (Contest, 1);

  bench_work (); /* measures itself while nothing else runs */
  bench_subject_open (&self->subject, item->what, 1);
  self->arena = bench_shared (sizeof *self->arena);
  self->n = row->number;
  return self;
}

static void
contest_teardown (gpointer state)
{
  Contest *self = state;

  bench_subject_close (&self->subject);
  bench_unshare (self->arena, sizeof *self->arena);
  g_free (self);
}

static void
contest_child (gpointer data)
{
  const Contest *self = data;
  guint64 pairs = 0;

  atomic_fetch_add (&self->arena->ready, 1);
  bench_await (&self->arena->go, 1);
  while (!atomic_load_explicit (&self->arena->stop, memory_order_relaxed))
    {
      bench_subject_take (&self->subject);
      bench_work ();
      bench_subject_give (&self->subject);
      pairs++;
    }

  self->arena->scores[self->me].pairs = pairs;
}

/* How long they were at it, in nanoseconds. */
static gint64
run (Contest *self)
{
  pid_t pids[PROCESSES_MAX];
  gint64 begin, end;

  memset (self->arena, 0, sizeof *self->arena);
  for (self->me = 0; self->me < self->n; self->me++)
    pids[self->me] = bench_fork (self->me, contest_child, self);

  while (atomic_load (&self->arena->ready) < self->n)
    bench_pass (BENCH_NS_PER_MS / 10);

  begin = bench_now ();
  atomic_store (&self->arena->go, 1);
  bench_pass (bench_window (WINDOW));
  atomic_store (&self->arena->stop, 1);
  end = bench_now ();
  for (guint i = 0; i < self->n; i++)
    bench_join (pids[i]);

  return end - begin;
}

static void
contest_round (gpointer state, BenchSeries *series)
{
  Contest *self = state;
  const gint64 passed = run (self);
  guint64 sum = 0, least = G_MAXUINT64, most = 1;

  for (guint i = 0; i < self->n; i++)
    {
      const guint64 pairs = self->arena->scores[i].pairs;

      sum += pairs;
      least = MIN (least, pairs);
      most = MAX (most, pairs);
    }

  bench_series_add (series, 0, (double) sum * 1e6 / (double) passed);
  bench_series_add (series, 1, (double) least / (double) most);
  bench_series_add (series, 2, (double) least * 1e6 / (double) passed);
}

static const BenchMetric contest_metrics[] = {
  { "throughput", "pairs/ms", BENCH_MORE },
  { "fairness", "least/most", BENCH_MORE },
  { "who got least", "pairs/ms", BENCH_MORE },
  { 0 },
};

static const BenchCase contest_cases[] = {
  { "native", "sem_t", &bench_native },
  { "native UNDO", "sem_t", &bench_native_undo },
  { "sysv", "semop", &bench_sysv },
  { "posix", "sem_t", &bench_posix },
  { "sem_t", NULL, &bench_sem_t },
  { "semop", "sem_t", &bench_semop },
  { "semop UNDO", "sem_t", &bench_semop_undo },
  { "robust mutex", "sem_t", &bench_mutex },
  { 0 },
};

static const BenchGoal contest_goals[] = {
  { "native", 0, BENCH_PAIRED, BENCH_RATIO, 1.0, NULL },
  { "native", 0, BENCH_PAIRED, BENCH_RATIO, 10, "semop UNDO" }, /* which is what Qt does */
  { "native", 1, BENCH_MEDIAN, BENCH_RATIO, 1.0, NULL },
  { "native", 2, BENCH_PAIRED, BENCH_RATIO, 1.0, NULL },
  { 0 },
};

#define CONTEST(processes) \
  { \
    .name = "contended-" #processes, \
    .title = #processes " processes, 100 ns with the unit", .metrics = contest_metrics, \
    .cases = contest_cases, .goals = contest_goals, .rounds = 9, .number = (processes), \
    .setup = contest_setup, .round = contest_round, .teardown = contest_teardown \
  }

const BenchRow bench_row_contended_2 = CONTEST (2);
const BenchRow bench_row_contended_4 = CONTEST (4);
const BenchRow bench_row_contended_16 = CONTEST (16);
