/* bench-report.c: the table on standard output
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "bench.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* -- Figures of a row -- */

static int
find_case (const BenchRow *row, const char *name)
{
  for (int i = 0; name != NULL && row->cases[i].name != NULL; i++)
    if (strcmp (row->cases[i].name, name) == 0)
      return i;

  return -1;
}

double
bench_ratio (const BenchRow *row, const BenchSeries *series, int index, guint metric,
             BenchStat stat)
{
  const BenchSense sense = row->metrics[metric].sense;
  const int base = find_case (row, row->cases[index].against);

  return base < 0 || sense == BENCH_STATED
             ? NAN
             : bench_series_compare (&series[index], &series[base], metric, sense, stat,
                                     BENCH_RATIO);
}

const char *
bench_goal_against (const BenchRow *row, const BenchGoal *goal)
{
  if (goal->relation == BENCH_FIGURE)
    return NULL;

  return goal->against != NULL ? goal->against : row->cases[find_case (row, goal->name)].against;
}

double
bench_goal_value (const BenchRow *row, const BenchSeries *series, const BenchGoal *goal)
{
  const BenchSense sense = row->metrics[goal->metric].sense;
  const BenchSeries *own = &series[find_case (row, goal->name)];
  const int base = find_case (row, bench_goal_against (row, goal));

  return base < 0 ? bench_series_get (own, goal->metric, sense, goal->stat)
                  : bench_series_compare (own, &series[base], goal->metric, sense, goal->stat,
                                          goal->relation);
}

gboolean
bench_goal_is_met (const BenchRow *row, const BenchGoal *goal, double value)
{
  return row->metrics[goal->metric].sense == BENCH_MORE ? value >= goal->limit
                                                        : value <= goal->limit;
}

/* -- The table -- */

/* Four digits that count. */
static void
print_number (double value)
{
  if (value == 0 || value >= 1000)
    printf (" %10.0f", value);
  else
    printf (" %10.*f", value >= 100 ? 1 : value >= 10 ? 2 : value >= 1 ? 3 : 4, value);
}

static void
print_ratio (double value)
{
  printf (" %8.*fx", value < 10 ? 2 : value < 100 ? 1 : 0, value);
}

static void
print_case (const BenchRow *row, const BenchSeries *series, int index, guint metric)
{
  const BenchCase *item = &row->cases[index];

  printf ("  %-24s", item->name);
  if (series[index].missing != NULL)
    {
      printf (" not measured: %s\n", series[index].missing);
      return;
    }

  for (BenchStat stat = 0; stat < BENCH_N_STATS; stat++)
    print_number (bench_series_get (&series[index], metric, row->metrics[metric].sense, stat));

  if (isfinite (bench_ratio (row, series, index, metric, BENCH_BEST)))
    {
      print_ratio (bench_ratio (row, series, index, metric, BENCH_BEST));
      print_ratio (bench_ratio (row, series, index, metric, BENCH_PAIRED));
      printf ("  %s", item->against);
    }
  printf ("\n");
}

static void
print_metric (const BenchRow *row, const BenchSeries *series, guint metric)
{
  g_autofree char *head
      = g_strdup_printf ("%s, %s", row->metrics[metric].name, row->metrics[metric].unit);

  printf ("  %-24s", head);
  for (BenchStat stat = 0; stat < BENCH_N_STATS; stat++)
    printf (" %10s", bench_stat_name (stat));
  if (row->metrics[metric].sense != BENCH_STATED)
    printf (" %9s %9s  as", "best", "paired");
  printf ("\n");

  for (int i = 0; row->cases[i].name != NULL; i++)
    print_case (row, series, i, metric);
}

/* "0.8 x memcpy", "1.5 ns over CAS", "25 ms" */
static char *
goal_text (const BenchRow *row, const BenchGoal *goal)
{
  const char *against = bench_goal_against (row, goal);
  const char *unit = row->metrics[goal->metric].unit;

  if (goal->relation == BENCH_FIGURE)
    return g_strdup_printf ("%g %s", goal->limit, unit);

  return goal->relation == BENCH_RATIO
             ? g_strdup_printf ("%g x %s", goal->limit, against)
             : g_strdup_printf ("%g %s over %s", goal->limit, unit, against);
}

static void
print_goal (const BenchRow *row, const BenchSeries *series, const BenchGoal *goal)
{
  const double value = bench_goal_value (row, series, goal);
  const BenchMetric *metric = &row->metrics[goal->metric];
  g_autofree char *text = goal_text (row, goal);

  printf ("  goal: %s, %s %s at %s %s: ", goal->name, bench_stat_name (goal->stat), metric->name,
          metric->sense == BENCH_MORE ? "least" : "most", text);
  if (isnan (value))
    printf ("not measured\n");
  else
    printf ("%.3f, %s\n", value, bench_goal_is_met (row, goal, value) ? "met" : "missed");
}

void
bench_print_row (const BenchRow *row, const BenchSeries *series, guint n_rounds)
{
  printf ("%s: %s (%u rounds)\n", row->name, row->title, n_rounds);
  for (guint i = 0; row->metrics[i].name != NULL; i++)
    print_metric (row, series, i);
  for (guint i = 0; row->goals != NULL && row->goals[i].name != NULL; i++)
    print_goal (row, series, &row->goals[i]);

  printf ("\n");
  fflush (stdout);
}
