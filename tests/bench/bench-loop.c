/* bench-loop.c: the row of a process that is woken in its main loop
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "bench-rows.h"

#include <glib-unix.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define WAKES 100
#define SETTLE (BENCH_NS_PER_MS / 2)

typedef struct
{
  IpcSemaphore *sem;  /* or NULL: */
  int           fd;   /* an eventfd */
  GMainLoop    *loop; /* in the other process */
  struct
  {
    _Atomic int    stop;
    _Atomic int    turns; /* how often the callback ran */
    _Atomic gint64 woken; /* when it last did */
  } *shared;
} LoopPair;

static gpointer
loop_setup (const BenchRow *row G_GNUC_UNUSED, const BenchCase *item)
{
  LoopPair *self = g_new0 (LoopPair, 1);
  g_autofree char *name = item->what != NULL ? bench_name (item->what) : NULL;
  g_autoptr (GError) error = NULL;

  self->fd = -1;
  self->shared = bench_shared (sizeof *self->shared);
  if (name != NULL)
    bench_must ((self->sem = ipc_semaphore_create (name, 0, 0, &error)) != NULL, error);
  else
    bench_must_sys ((self->fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK)) >= 0, "eventfd");
  return self;
}

static void
loop_teardown (gpointer state)
{
  LoopPair *self = state;

  if (self->sem != NULL)
    ipc_semaphore_unlink (self->sem, NULL);
  g_clear_object (&self->sem);
  if (self->fd >= 0)
    close (self->fd);
  bench_unshare (self->shared, sizeof *self->shared);
  g_free (self);
}

/* -- The process with the main loop -- */

/* FALSE: that was the last. */
static gboolean
take_turn (LoopPair *self)
{
  atomic_store (&self->shared->woken, bench_now ());
  if (atomic_load (&self->shared->stop))
    g_main_loop_quit (self->loop);
  atomic_fetch_add (&self->shared->turns, 1);
  return !atomic_load (&self->shared->stop);
}

static void
on_waited (GObject *source, GAsyncResult *result, gpointer data)
{
  LoopPair *self = data;
  g_autoptr (GError) error = NULL;

  bench_must (ipc_semaphore_wait_finish (IPC_SEMAPHORE (source), result, &error), error);
  if (take_turn (self))
    ipc_semaphore_wait_async (self->sem, -1, NULL, on_waited, self);
}

static gboolean
on_readable (int fd, GIOCondition condition G_GNUC_UNUSED, gpointer data)
{
  eventfd_t n;

  bench_must_sys (eventfd_read (fd, &n) == 0, "read");
  return take_turn (data);
}

static void
run_loop (gpointer data)
{
  LoopPair *self = data;

  self->loop = g_main_loop_new (NULL, FALSE);
  if (self->sem != NULL)
    ipc_semaphore_wait_async (self->sem, -1, NULL, on_waited, self);
  else
    g_unix_fd_add (self->fd, G_IO_IN, on_readable, self);
  g_main_loop_run (self->loop);
  g_main_loop_unref (self->loop);
}

/* -- The process that posts -- */

static void
loop_post (LoopPair *self)
{
  GError *error = NULL;

  if (self->sem != NULL)
    bench_must (ipc_semaphore_post (self->sem, &error), error);
  else
    bench_must_sys (eventfd_write (self->fd, 1) == 0, "write");
}

static void
loop_round (gpointer state, BenchSeries *series)
{
  LoopPair *self = state;
  const guint n = bench_quick ? WAKES / 10 : WAKES;
  pid_t other;

  memset (self->shared, 0, sizeof *self->shared);
  other = bench_fork (1, run_loop, self);
  bench_pin (0);
  for (guint i = 0; i < n; i++)
    {
      gint64 begin;

      /* The main loop sleeps, and so do then the threads that wait for it. */
      bench_blocked (other);
      bench_pass (SETTLE);
      begin = bench_now ();
      loop_post (self);
      bench_await (&self->shared->turns, (int) i + 1);
      bench_series_add (series, 0, (double) (atomic_load (&self->shared->woken) - begin) / 1000);
    }

  bench_unpin ();
  atomic_store (&self->shared->stop, 1);
  loop_post (self);
  bench_join (other);
}

static const BenchMetric loop_metrics[] = { { "callback latency", "us", BENCH_LESS }, { 0 } };

static const BenchCase loop_cases[] = {
  { "native", "eventfd", "native:" },
  { "sysv", "eventfd", "sysv:/" },
  { "posix", "eventfd", "posix:/" },
  { "eventfd", NULL, NULL },
  { 0 },
};

const BenchRow bench_row_wake_loop = {
  .name = "wake-loop",
  .title = "from a post to a callback in another main loop",
  .metrics = loop_metrics,
  .cases = loop_cases,
  .rounds = 9,
  .setup = loop_setup,
  .round = loop_round,
  .teardown = loop_teardown,
};
