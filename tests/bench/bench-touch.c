/* bench-touch.c: the row of a new segment whose pages are touched for the first time
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "bench-rows.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define SIZE (64 * 1024 * 1024)
#define PAGE 4096

static const IpcSegmentFlags plain = IPC_SEGMENT_FLAGS_NONE;
static const IpcSegmentFlags populated = IPC_SEGMENT_POPULATE;
static const IpcSegmentFlags huge = IPC_SEGMENT_HUGE_PAGES;

typedef struct
{
  const IpcSegmentFlags *flags; /* NULL: without the library */
  char                  *name;
  IpcSegment            *segment;
  gpointer               data;
} Touch;

/* -- Through the library -- */

static gpointer
segment_make (Touch *self)
{
  g_autoptr (GError) error = NULL;

  self->segment = ipc_segment_create (self->name, SIZE, *self->flags, &error);
  bench_must (self->segment != NULL, error);
  return ipc_segment_get_data (self->segment, NULL);
}

static void
segment_drop (Touch *self)
{
  g_autoptr (GError) error = NULL;

  bench_must (ipc_segment_unlink (self->segment, &error), error);
  g_clear_object (&self->segment);
}

/* -- Raw: nothing is reserved, so that a full /dev/shm is SIGBUS at the touch -- */

static gpointer
raw_make (Touch *self)
{
  const int fd = shm_open (strchr (self->name, '/'), O_CREAT | O_EXCL | O_RDWR, 0600);
  gpointer data;

  bench_must_sys (fd >= 0, "shm_open");
  bench_must_sys (ftruncate (fd, SIZE) == 0, "ftruncate");
  data = mmap (NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  bench_must_sys (data != MAP_FAILED, "mmap");
  close (fd);
  return data;
}

static void
raw_drop (Touch *self)
{
  munmap (self->data, SIZE);
  bench_must_sys (shm_unlink (strchr (self->name, '/')) == 0, "shm_unlink");
}

/* -- The row -- */

static gpointer
touch_setup (const BenchRow *row G_GNUC_UNUSED, const BenchCase *item)
{
  Touch *self = g_new0 (Touch, 1);

  self->flags = item->what;
  self->name = bench_name (self->flags != NULL ? "native:" : "posix:/");
  return self;
}

static void
touch_teardown (gpointer state)
{
  Touch *self = state;

  g_free (self->name);
  g_free (self);
}

/* Huge pages may be there, and in pieces too small, or not be there at all. */
static const char *
touch_missing (const BenchRow *row, const BenchCase *item)
{
  const char *reason = bench_no_room (SIZE);
  Touch *self;

  if (reason != NULL || item->what != &huge)
    return reason;

  self = touch_setup (row, item);
  segment_make (self);
  if ((ipc_segment_get_flags (self->segment) & IPC_SEGMENT_HUGE_PAGES) == 0)
    reason = "the system does not grant huge pages";

  segment_drop (self);
  touch_teardown (self);
  return reason;
}

static void
touch (volatile guint8 *data)
{
  for (gsize at = 0; at < SIZE; at += PAGE)
    data[at] = 1;
}

static double
in_ms (gint64 ns)
{
  return (double) ns / BENCH_NS_PER_MS;
}

static void
touch_round (gpointer state, BenchSeries *series)
{
  Touch *self = state;
  gint64 begin, made, end;

  bench_pin (0);
  begin = bench_now ();
  self->data = self->flags != NULL ? segment_make (self) : raw_make (self);
  made = bench_now ();
  touch (self->data);
  end = bench_now ();
  (self->flags != NULL ? segment_drop : raw_drop) (self);
  bench_unpin ();
  bench_series_add (series, 0, in_ms (end - made));
  bench_series_add (series, 1, in_ms (end - begin));
}

static const BenchMetric touch_metrics[] = {
  { "first touch", "ms", BENCH_LESS },
  { "create and touch", "ms", BENCH_LESS },
  { 0 },
};

static const BenchCase touch_cases[] = {
  { "segment", "ftruncate", &plain },
  { "segment POPULATE", "ftruncate", &populated },
  { "segment HUGE_PAGES", "ftruncate", &huge },
  { "ftruncate", NULL, NULL },
  { 0 },
};

static const BenchGoal touch_goals[] = {
  { "segment", 1, BENCH_PAIRED, BENCH_RATIO, 1.0, NULL },
  { "segment HUGE_PAGES", 0, BENCH_PAIRED, BENCH_RATIO, 0.10, "ftruncate" },
  { 0 },
};

const BenchRow bench_row_touch = {
  .name = "first-touch",
  .title = "create a segment of 64 MiB and touch each page of it",
  .metrics = touch_metrics,
  .cases = touch_cases,
  .goals = touch_goals,
  .rounds = 9,
  .missing = touch_missing,
  .setup = touch_setup,
  .round = touch_round,
  .teardown = touch_teardown,
};
