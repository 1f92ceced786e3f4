/* bench.c: how fast the library is, side by side with what it stands on
 *
 *   bench [--quick] [--json FILE] [ROW...]
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "bench-rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define QUICK_ROUNDS 3
#define STATUS_USAGE 2

const BenchRow *const bench_rows[] = {
  &bench_row_pair,
  &bench_row_pair_threads,
  &bench_row_post,
  &bench_row_set,
  &bench_row_contended_2,
  &bench_row_contended_4,
  &bench_row_contended_16,
  &bench_row_ping_pong,
  &bench_row_ping_pong_one_cpu,
  &bench_row_wake,
  &bench_row_wake_loop,
  &bench_row_recovery,
  &bench_row_idle_1,
  &bench_row_idle_64,
  &bench_row_semaphore_create,
  &bench_row_semaphore_open,
  &bench_row_segment_create,
  &bench_row_segment_open,
  &bench_row_crowd_open,
  &bench_row_touch,
  &bench_row_objects_10,
  &bench_row_objects_500,
  &bench_row_read_64,
  &bench_row_read_4k,
  &bench_row_read_1m,
  &bench_row_read_8m,
  &bench_row_read_64m,
  &bench_row_write_64,
  &bench_row_write_4k,
  &bench_row_write_1m,
  &bench_row_write_8m,
  &bench_row_write_64m,
  NULL,
};

gboolean bench_quick;

static char *json_path;
static gboolean list_only;
static char **chosen;

static const GOptionEntry options[] = {
  { "json", 0, 0, G_OPTION_ARG_FILENAME, &json_path, "Write the figures to FILE, too", "FILE" },
  { "list", 0, 0, G_OPTION_ARG_NONE, &list_only, "Print the names of the rows", NULL },
  { "quick", 0, 0, G_OPTION_ARG_NONE, &bench_quick,
    "A few seconds: shows that it works, not how fast", NULL },
  { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY, &chosen, NULL, "[ROW…]" },
  { 0 },
};

static guint
count_cases (const BenchRow *row)
{
  guint n = 0;

  while (row->cases[n].name != NULL)
    n++;

  return n;
}

/* The first round warms caches and page tables, and does not count. */
static gpointer
begin (const BenchRow *row, const BenchCase *item, BenchSeries *series)
{
  BenchSeries warm = { 0 };
  gpointer state;

  bench_series_init (series);
  series->missing = row->missing != NULL ? row->missing (row, item) : NULL;
  if (series->missing != NULL)
    return NULL;

  bench_series_init (&warm);
  state = row->setup (row, item);
  row->round (state, &warm);
  bench_series_clear (&warm);
  return state;
}

static void
measure (const BenchRow *row, GString *json)
{
  const guint n_cases = count_cases (row);
  const guint n_rounds = bench_quick ? QUICK_ROUNDS : row->rounds;
  g_autofree BenchSeries *series = g_new0 (BenchSeries, n_cases);
  g_autofree gpointer *states = g_new0 (gpointer, n_cases);

  for (guint i = 0; i < n_cases; i++)
    states[i] = begin (row, &row->cases[i], &series[i]);

  for (guint round = 0; round < n_rounds; round++)
    for (guint i = 0; i < n_cases; i++)
      if (states[i] != NULL)
        row->round (states[i], &series[i]);

  bench_print_row (row, series, n_rounds);
  bench_json_add_row (json, row, series);
  for (guint i = 0; i < n_cases; i++)
    {
      if (states[i] != NULL)
        row->teardown (states[i]);
      bench_series_clear (&series[i]);
    }
}

static gboolean
is_chosen (const BenchRow *row)
{
  return chosen == NULL || g_strv_contains ((const char *const *) chosen, row->name);
}

static guint
count_chosen (void)
{
  guint n = 0;

  for (guint i = 0; bench_rows[i] != NULL; i++)
    n += is_chosen (bench_rows[i]);

  return n;
}

static int
work (gpointer data G_GNUC_UNUSED)
{
  g_autoptr (GString) json = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  const gint64 begin = bench_now ();

  for (guint i = 0; bench_rows[i] != NULL; i++)
    if (is_chosen (bench_rows[i]))
      measure (bench_rows[i], json);

  if (json_path != NULL)
    bench_must (bench_json_save (json, (double) (bench_now () - begin) / BENCH_NS_PER_S, json_path,
                                 &error),
                error);

  return 0;
}

static int
list (void)
{
  for (guint i = 0; bench_rows[i] != NULL; i++)
    printf ("%-18s %s\n", bench_rows[i]->name, bench_rows[i]->title);

  return 0;
}

static int
complain (const char *reason)
{
  fprintf (stderr, "bench: %s\n", reason);
  return STATUS_USAGE;
}

int
main (int argc, char **argv)
{
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;

  g_option_context_add_main_entries (context, options, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    return complain (error->message);

  if (list_only)
    return list ();

  if (chosen != NULL && count_chosen () != g_strv_length (chosen))
    return complain ("no such row, or one twice; --list tells their names");

  return bench_guard (work, NULL);
}
