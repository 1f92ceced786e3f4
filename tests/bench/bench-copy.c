/* bench-copy.c: rows of reading and writing a segment
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "bench-rows.h"

#include <string.h>

#define WINDOW (BENCH_NS_PER_MS / 4)
#define BATCH_BYTES (64 * 1024)

/* Both cases of a row copy the same bytes between the same places: where these lie in memory makes
 * more of a difference than who copies them. */
typedef struct
{
  guint       n_users;
  IpcSegment *segment;
  guint8     *data;   /* of the segment */
  guint8     *buffer; /* on a page of its own */
  gsize       size;
} Place;

typedef struct
{
  Place *place;
  void (*copy) (gpointer data, guint n);
} Copy;

static Place the_place;

static void
place_open (Place *self, gsize size)
{
  g_autofree char *name = bench_name ("native:");
  g_autoptr (GError) error = NULL;

  if (self->n_users++ > 0)
    return;

  self->size = size;
  self->segment = ipc_segment_create (name, size, IPC_SEGMENT_POPULATE, &error);
  bench_must (self->segment != NULL, error);
  self->data = ipc_segment_get_data (self->segment, NULL);
  self->buffer = bench_shared (size);
  memset (self->buffer, 1, size);
}

static void
place_close (Place *self)
{
  g_autoptr (GError) error = NULL;

  if (--self->n_users > 0)
    return;

  bench_must (ipc_segment_unlink (self->segment, &error), error);
  g_clear_object (&self->segment);
  bench_unshare (self->buffer, self->size);
}

static const char *
copy_missing (const BenchRow *row, const BenchCase *item G_GNUC_UNUSED)
{
  return the_place.n_users > 0 ? NULL : bench_no_room (row->number);
}

static gpointer
copy_setup (const BenchRow *row, const BenchCase *item)
{
  Copy *self = g_new0 (Copy, 1);

  place_open (&the_place, row->number);
  self->place = &the_place;
  self->copy = *(void (*const *) (gpointer, guint)) item->what;
  return self;
}

static void
copy_teardown (gpointer state)
{
  Copy *self = state;

  place_close (self->place);
  g_free (self);
}

static void
read_segment (gpointer data, guint n)
{
  const Place *self = data;
  GError *error = NULL;

  while (n-- > 0)
    bench_must (ipc_segment_read (self->segment, 0, self->buffer, self->size, &error), error);
}

static void
write_segment (gpointer data, guint n)
{
  const Place *self = data;
  GError *error = NULL;

  while (n-- > 0)
    bench_must (ipc_segment_write (self->segment, 0, self->buffer, self->size, &error), error);
}

/* The compiler must not see that the same bytes are copied again. */
static void
memcpy_out (gpointer data, guint n)
{
  const Place *self = data;

  while (n-- > 0)
    {
      memcpy (self->buffer, self->data, self->size);
      atomic_signal_fence (memory_order_seq_cst);
    }
}

static void
memcpy_in (gpointer data, guint n)
{
  const Place *self = data;

  while (n-- > 0)
    {
      memcpy (self->data, self->buffer, self->size);
      atomic_signal_fence (memory_order_seq_cst);
    }
}

static void
copy_round (gpointer state, BenchSeries *series)
{
  Copy *self = state;
  const guint n = (guint) MAX (BATCH_BYTES / self->place->size, 1);

  bench_pin (0);
  bench_series_add (series, 0, bench_per_item (self->copy, self->place, n, bench_window (WINDOW)));
  bench_unpin ();
}

static const BenchMetric time_of_one[] = { { "time", "ns", BENCH_LESS }, { 0 } };

/* A function may not be turned into a pointer to data; a pointer to it may. */
static void (*const library_read) (gpointer data, guint n) = read_segment;
static void (*const library_write) (gpointer data, guint n) = write_segment;
static void (*const raw_read) (gpointer data, guint n) = memcpy_out;
static void (*const raw_write) (gpointer data, guint n) = memcpy_in;

static const BenchCase read_cases[] = {
  { "segment", "memcpy", &library_read },
  { "memcpy", NULL, &raw_read },
  { 0 },
};

static const BenchCase write_cases[] = {
  { "segment", "memcpy", &library_write },
  { "memcpy", NULL, &raw_write },
  { 0 },
};

static const BenchGoal small_goals[] = {
  { "segment", 0, BENCH_PAIRED, BENCH_OVER, 5, NULL },
  { 0 },
};

static const BenchGoal middle_goals[] = {
  { "segment", 0, BENCH_PAIRED, BENCH_RATIO, 1.02, NULL },
  { 0 },
};

static const BenchGoal large_goals[] = {
  { "segment", 0, BENCH_PAIRED, BENCH_RATIO, 0.80, NULL },
  { 0 },
};

#define KIB 1024
#define MIB (1024 * KIB)
#define COPY(verb, short_name, bytes, size, its_goals, n_rounds) \
  { \
    .name = #verb "-" short_name, .title = #verb " " size " of a segment", \
    .metrics = time_of_one, .cases = verb##_cases, .goals = (its_goals), .rounds = (n_rounds), \
    .number = (bytes), .missing = copy_missing, .setup = copy_setup, .round = copy_round, \
    .teardown = copy_teardown \
  }

const BenchRow bench_row_read_64 = COPY (read, "64", 64, "64 bytes", small_goals, 400);
const BenchRow bench_row_read_4k = COPY (read, "4k", 4 * KIB, "4 KiB", middle_goals, 400);
const BenchRow bench_row_read_1m = COPY (read, "1m", MIB, "1 MiB", middle_goals, 400);
const BenchRow bench_row_read_8m = COPY (read, "8m", 8 * MIB, "8 MiB", large_goals, 100);
const BenchRow bench_row_read_64m = COPY (read, "64m", 64 * MIB, "64 MiB", large_goals, 21);
const BenchRow bench_row_write_64 = COPY (write, "64", 64, "64 bytes", small_goals, 400);
const BenchRow bench_row_write_4k = COPY (write, "4k", 4 * KIB, "4 KiB", middle_goals, 400);
const BenchRow bench_row_write_1m = COPY (write, "1m", MIB, "1 MiB", middle_goals, 400);
const BenchRow bench_row_write_8m = COPY (write, "8m", 8 * MIB, "8 MiB", large_goals, 100);
const BenchRow bench_row_write_64m = COPY (write, "64m", 64 * MIB, "64 MiB", large_goals, 21);
