/* bench-series.c: figures of one case: best, median, mean, the tail
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "bench.h"

#include <math.h>

void
bench_series_init (BenchSeries *self)
{
  for (guint i = 0; i < BENCH_METRICS_MAX; i++)
    self->samples[i] = g_array_new (FALSE, FALSE, sizeof (double));
}

void
bench_series_clear (BenchSeries *self)
{
  for (guint i = 0; i < BENCH_METRICS_MAX; i++)
    g_array_unref (self->samples[i]);
}

void
bench_series_add (BenchSeries *self, guint metric, double value)
{
  g_array_append_val (self->samples[metric], value);
}

static int
compare (gconstpointer a, gconstpointer b)
{
  const double x = *(const double *) a, y = *(const double *) b;

  return (x > y) - (x < y);
}

static double
mean_of (const GArray *samples)
{
  double sum = 0;

  for (guint i = 0; i < samples->len; i++)
    sum += g_array_index (samples, double, i);

  return sum / samples->len;
}

static double
quantile (const GArray *samples, BenchSense sense, double part)
{
  const guint rank = (guint) (part * (samples->len - 1) + 0.5);
  g_autoptr (GArray) sorted = g_array_copy ((GArray *) samples);

  g_array_sort (sorted, compare);
  return g_array_index (sorted, double, sense == BENCH_MORE ? sorted->len - 1 - rank : rank);
}

double
bench_series_quantile (const BenchSeries *self, guint metric, BenchSense sense, double part)
{
  return quantile (self->samples[metric], sense, part);
}

double
bench_series_get (const BenchSeries *self, guint metric, BenchSense sense, BenchStat stat)
{
  static const double parts[] = {
    [BENCH_BEST] = 0, [BENCH_MEDIAN] = 0.5, [BENCH_P99] = 0.99, [BENCH_WORST] = 1
  };
  const GArray *samples = self->samples[metric];

  if (samples->len == 0)
    return NAN;

  return stat == BENCH_MEAN ? mean_of (samples) : quantile (samples, sense, parts[stat]);
}

static double
relate (double own, double other, BenchRelation relation)
{
  return relation == BENCH_OVER ? own - other : other > 0 ? own / other : NAN;
}

static double
median_relation (const GArray *a, const GArray *b, BenchRelation relation)
{
  g_autoptr (GArray) all = g_array_new (FALSE, FALSE, sizeof (double));

  for (guint i = 0; i < a->len && i < b->len; i++)
    {
      const double one
          = relate (g_array_index (a, double, i), g_array_index (b, double, i), relation);

      if (isfinite (one))
        g_array_append_val (all, one);
    }

  return all->len > 0 ? quantile (all, BENCH_LESS, 0.5) : NAN;
}

double
bench_series_compare (const BenchSeries *self, const BenchSeries *other, guint metric,
                      BenchSense sense, BenchStat stat, BenchRelation relation)
{
  if (stat == BENCH_PAIRED)
    return median_relation (self->samples[metric], other->samples[metric], relation);

  return relate (bench_series_get (self, metric, sense, stat),
                 bench_series_get (other, metric, sense, stat), relation);
}

const char *
bench_stat_name (BenchStat stat)
{
  static const char *const names[] = { "best", "median", "mean", "p99", "worst", "paired" };

  return names[stat];
}
