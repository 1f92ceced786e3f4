/* bench-json.c: the figures in a file, with the machine that they are from
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "bench.h"

#include <gnu/libc-version.h>
#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

/* A string of JSON. */
static void
add_text (GString *json, const char *text)
{
  g_string_append_c (json, '"');
  for (const char *c = text; *c != '\0'; c++)
    if ((guchar) *c < ' ')
      g_string_append_printf (json, "\\u%04x", (guint) (guchar) *c);
    else
      g_string_append_printf (json, *c == '"' || *c == '\\' ? "\\%c" : "%c", *c);

  g_string_append_c (json, '"');
}

/* A comma, unless an object or a list has just begun. */
static void
separate (GString *json)
{
  if (json->len > 0 && strchr ("{[", json->str[json->len - 1]) == NULL)
    g_string_append (json, ", ");
}

static void
add_key (GString *json, const char *key)
{
  separate (json);
  g_string_append_printf (json, "\"%s\": ", key);
}

static void
begin_list (GString *json, const char *key)
{
  add_key (json, key);
  g_string_append_c (json, '[');
}

/* An object in a list, on a line of its own. */
static void
begin_item (GString *json)
{
  separate (json);
  g_string_append (json, "\n{");
}

static void
add_number (GString *json, const char *key, double value)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  if (isnan (value))
    return;

  add_key (json, key);
  g_string_append (json, g_ascii_formatd (text, sizeof text, "%.6g", value));
}

static void
add_boolean (GString *json, const char *key, gboolean value)
{
  add_key (json, key);
  g_string_append (json, value ? "true" : "false");
}

static void
add_string (GString *json, const char *key, const char *value)
{
  add_key (json, key);
  add_text (json, value);
}

/* -- Rows -- */

/* What 0, 1, ... 100 % of the samples are not worse than. */
static void
add_spread (GString *json, const BenchMetric *what, const BenchSeries *series, guint metric)
{
  begin_list (json, "percentiles");
  for (int i = 0; i <= 100; i++)
    {
      const double value = bench_series_quantile (series, metric, what->sense, i / 100.0);
      char text[G_ASCII_DTOSTR_BUF_SIZE];

      separate (json);
      g_string_append (json, g_ascii_formatd (text, sizeof text, "%.4g", value));
    }
  g_string_append_c (json, ']');
}

static void
add_metric (GString *json, const BenchRow *row, const BenchSeries *series, int index, guint metric)
{
  const BenchMetric *what = &row->metrics[metric];

  begin_item (json);
  add_string (json, "metric", what->name);
  add_string (json, "unit", what->unit);
  add_number (json, "n", series[index].samples[metric]->len);
  for (BenchStat stat = 0; stat < BENCH_N_STATS; stat++)
    add_number (json, bench_stat_name (stat),
                bench_series_get (&series[index], metric, what->sense, stat));

  if (row->spread)
    add_spread (json, what, &series[index], metric);
  add_number (json, "ratio_best", bench_ratio (row, series, index, metric, BENCH_BEST));
  add_number (json, "ratio_median", bench_ratio (row, series, index, metric, BENCH_MEDIAN));
  add_number (json, "ratio_paired", bench_ratio (row, series, index, metric, BENCH_PAIRED));
  g_string_append_c (json, '}');
}

static void
add_case (GString *json, const BenchRow *row, const BenchSeries *series, int index)
{
  const BenchCase *item = &row->cases[index];

  begin_item (json);
  add_string (json, "case", item->name);
  if (item->against != NULL)
    add_string (json, "against", item->against);
  if (series[index].missing != NULL)
    add_string (json, "missing", series[index].missing);

  begin_list (json, "metrics");
  for (guint i = 0; row->metrics[i].name != NULL && series[index].missing == NULL; i++)
    add_metric (json, row, series, index, i);
  g_string_append (json, "]}");
}

static void
add_goal (GString *json, const BenchRow *row, const BenchSeries *series, const BenchGoal *goal)
{
  static const char *const relations[] = { "figure", "ratio", "over" };
  const double value = bench_goal_value (row, series, goal);
  const char *against = bench_goal_against (row, goal);

  begin_item (json);
  add_string (json, "case", goal->name);
  add_string (json, "metric", row->metrics[goal->metric].name);
  add_string (json, "figure", bench_stat_name (goal->stat));
  add_string (json, "unit", row->metrics[goal->metric].unit);
  add_string (json, "relation", relations[goal->relation]);
  if (against != NULL)
    add_string (json, "against", against);
  add_boolean (json, "at_least", row->metrics[goal->metric].sense == BENCH_MORE);
  add_number (json, "limit", goal->limit);
  if (!isnan (value))
    {
      add_number (json, "value", value);
      add_boolean (json, "met", bench_goal_is_met (row, goal, value));
    }
  g_string_append_c (json, '}');
}

void
bench_json_add_row (GString *json, const BenchRow *row, const BenchSeries *series)
{
  begin_item (json);
  add_string (json, "row", row->name);
  add_string (json, "title", row->title);
  begin_list (json, "cases");
  for (int i = 0; row->cases[i].name != NULL; i++)
    add_case (json, row, series, i);
  g_string_append_c (json, ']');

  begin_list (json, "goals");
  for (guint i = 0; row->goals != NULL && row->goals[i].name != NULL; i++)
    add_goal (json, row, series, &row->goals[i]);
  g_string_append (json, "]}");
}

/* -- The machine -- */

/* The first line of the file at @path, or what follows @key and a colon in it. */
static char *
read_fact (const char *path, const char *key)
{
  g_autofree char *text = NULL;
  const char *start;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    return g_strdup ("unknown");

  start = key != NULL ? strstr (text, key) : text;
  if (key != NULL && start != NULL)
    start = strchr (start, ':');
  if (start == NULL)
    return g_strdup ("unknown");

  start += strspn (start, ": \t");
  return g_strndup (start, strcspn (start, "\n"));
}

static guint
count_cpus (void)
{
  cpu_set_t allowed;

  return sched_getaffinity (0, sizeof allowed, &allowed) == 0 ? (guint) CPU_COUNT (&allowed) : 0;
}

static void
add_machine (GString *json)
{
  g_autofree char *model = read_fact ("/proc/cpuinfo", "model name");
  g_autofree char *governor
      = read_fact ("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", NULL);
  double load = 0;
  struct utsname names;

  uname (&names);
  add_key (json, "machine");
  g_string_append_c (json, '{');
  add_string (json, "processor", model);
  add_number (json, "processors", count_cpus ());
  add_string (json, "governor", governor);
  if (getloadavg (&load, 1) == 1)
    add_number (json, "load", load);
  add_string (json, "architecture", names.machine);
  add_string (json, "system", names.sysname);
  add_string (json, "kernel", names.release);
  add_string (json, "libc", gnu_get_libc_version ());
  g_string_append_c (json, '}');
}

gboolean
bench_json_save (const GString *rows, double seconds, const char *path, GError **error)
{
  g_autoptr (GString) json = g_string_new ("{");
  g_autofree char *version = g_strdup_printf ("%d.%d.%d", IPC_MAJOR_VERSION, IPC_MINOR_VERSION,
                                              IPC_MICRO_VERSION);

  add_string (json, "library", version);
  add_boolean (json, "quick", bench_quick);
  add_number (json, "seconds", seconds);
  add_machine (json);
  begin_list (json, "rows");
  g_string_append_printf (json, "%s]}\n", rows->str);
  return g_file_set_contents (path, json->str, -1, error);
}
