/* bench.h: what the rows of the benchmark share: figures, processes, rows
 *
 * A row measures one thing for several cases: the library's mechanisms and the raw primitives under
 * them.  It does so in rounds, each case once per round, so that whatever else the machine does
 * hits all of them alike.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <ipc/ipc.h>
#include <stdatomic.h>
#include <sys/types.h>

#define BENCH_NS_PER_S G_GINT64_CONSTANT (1000000000)
#define BENCH_NS_PER_MS G_GINT64_CONSTANT (1000000)

/* -- Figures -- */

typedef enum
{
  BENCH_LESS,  /* is better */
  BENCH_MORE,  /* is better */
  BENCH_STATED /* is neither: nothing to compare */
} BenchSense;

typedef struct
{
  const char *name;
  const char *unit;
  BenchSense  sense;
} BenchMetric;

typedef enum
{
  BENCH_BEST,
  BENCH_MEDIAN,
  BENCH_MEAN,
  BENCH_P99,
  BENCH_WORST,
  BENCH_N_STATS,
  BENCH_PAIRED = BENCH_N_STATS /* of two series only: the median of the ratios in each round */
} BenchStat;

#define BENCH_METRICS_MAX 4

/* What was measured for one case: doubles, one array for each metric of its row. */
typedef struct
{
  GArray     *samples[BENCH_METRICS_MAX];
  const char *missing; /* why there are none; NULL: there are some */
} BenchSeries;

/* What is made of two figures. */
typedef enum
{
  BENCH_FIGURE, /* nothing: the first alone counts */
  BENCH_RATIO,
  BENCH_OVER    /* how much more the first is */
} BenchRelation;

void        bench_series_init (BenchSeries *self);
void        bench_series_clear (BenchSeries *self);
void        bench_series_add (BenchSeries *self, guint metric, double value);
/* NAN if nothing was measured. */
double      bench_series_get (const BenchSeries *self, guint metric, BenchSense sense,
                              BenchStat stat);
/* The sample that @part of all are not worse than, of at least one. */
double      bench_series_quantile (const BenchSeries *self, guint metric, BenchSense sense,
                                   double part);
/* NAN if one has nothing.  BENCH_PAIRED: what slows a machine down for a while hits both alike, and
 * goes out of it. */
double      bench_series_compare (const BenchSeries *self, const BenchSeries *other, guint metric,
                                  BenchSense sense, BenchStat stat, BenchRelation relation);
const char *bench_stat_name (BenchStat stat);

/* -- Rows -- */

typedef struct _BenchRow BenchRow;

typedef struct
{
  const char    *name;
  const char    *against; /* the case of its row that it is compared with; NULL: it is raw */
  gconstpointer  what;    /* for the row's functions */
} BenchCase;

/* What a figure is to be at most, or at least where more is better. */
typedef struct
{
  const char   *name; /* of the case */
  guint         metric;
  BenchStat     stat;
  BenchRelation relation; /* to the figure of the case @against */
  double        limit;
  const char   *against; /* NULL: what the case is compared with anyhow */
} BenchGoal;

struct _BenchRow
{
  const char        *name;
  const char        *title;
  const BenchMetric *metrics; /* each list ends with an entry without a name */
  const BenchCase   *cases;
  const BenchGoal   *goals;   /* or NULL */
  guint              rounds;  /* at least 9 */
  guint              number;  /* of processes, waiters, bytes: for the row's functions */
  gboolean           spread;  /* how the samples are spread is of interest, too */

  /* Why @item cannot be measured here, or NULL; NULL itself: all can. */
  const char *(*missing) (const BenchRow *row, const BenchCase *item);
  gpointer (*setup)    (const BenchRow *row, const BenchCase *item);
  void     (*round)    (gpointer state, BenchSeries *series);
  void     (*teardown) (gpointer state);
};

/* In the order of the table; the last is NULL. */
extern const BenchRow *const bench_rows[];

/* Whether figures do not matter, only that there are some. */
extern gboolean bench_quick;

/* How long to measure: @ns, or a small part of it when it is to be quick. */
gint64      bench_window (gint64 ns);

/* -- The report; @series has an entry for each case of @row -- */

/* How many times as much the case @index has as what it is compared with; NAN if nothing. */
double      bench_ratio (const BenchRow *row, const BenchSeries *series, int index, guint metric,
                         BenchStat stat);
/* NAN if its case could not be measured. */
double      bench_goal_value (const BenchRow *row, const BenchSeries *series,
                              const BenchGoal *goal);
gboolean    bench_goal_is_met (const BenchRow *row, const BenchGoal *goal, double value);
/* The name of the case that it compares with, or NULL. */
const char *bench_goal_against (const BenchRow *row, const BenchGoal *goal);

void        bench_print_row (const BenchRow *row, const BenchSeries *series, guint n_rounds);
void        bench_json_add_row (GString *rows, const BenchRow *row, const BenchSeries *series);
gboolean    bench_json_save (const GString *rows, double seconds, const char *path,
                             GError **error);

/* -- Failing: the whole benchmark ends, and what it has made is removed -- */

void        bench_fail (const GError *error) G_GNUC_NORETURN;
void        bench_fail_sys (const char *call) G_GNUC_NORETURN;

/* Inline: they stand in the loops that are measured. */
static inline void
bench_must (gboolean done, const GError *error)
{
  if (G_UNLIKELY (!done))
    bench_fail (error);
}

/* The same for a call that has set errno. */
static inline void
bench_must_sys (gboolean done, const char *call)
{
  if (G_UNLIKELY (!done))
    bench_fail_sys (call);
}

/* -- Processes -- */

/* Runs @work in a process whose parent removes whatever names are left.  Returns: its status. */
int         bench_guard (int (*work) (gpointer data), gpointer data);

/* A fresh name, which starts with @prefix ("native:", "posix:/"). */
char       *bench_name (const char *prefix);

/* To the processor with the number @cpu, modulo how many this process may use. */
void        bench_pin (guint cpu);
void        bench_unpin (void);

/* @child in a process of its own, which ends with this one. */
pid_t       bench_fork (guint cpu, void (*child) (gpointer data), gpointer data);
void        bench_join (pid_t pid);
void        bench_kill (pid_t pid);

/* Waits until @pid sleeps in the kernel. */
void        bench_blocked (pid_t pid);

/* Why there cannot be a segment of @size bytes, or NULL. */
const char *bench_no_room (gsize size);

/* Zeroed memory shared with the processes forked later. */
gpointer    bench_shared (gsize size);
void        bench_unshare (gpointer data, gsize size);
void        bench_await (const _Atomic int *flag, int value);

/* -- Time -- */

/* Monotonic nanoseconds, the same in all processes. */
gint64      bench_now (void);
void        bench_pass (gint64 ns);

/* Keeps a processor busy for about 100 ns. */
void        bench_work (void);

/* Runs @batch over and over for @window nanoseconds. Returns: nanoseconds of one of the @n things
 * that it does */
double      bench_per_item (void (*batch) (gpointer data, guint n), gpointer data, guint n,
                            gint64 window);
