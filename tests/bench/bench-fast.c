/* bench-fast.c: rows of calls that do not block: pairs, posts, sets
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "bench-rows.h"
#include "bench-subject.h"

#include <pthread.h>
#include <sys/ipc.h>
#include <sys/sem.h>
#include <unistd.h>

/* Short and many: some rounds then are not interrupted, and all cases of one round are measured
 * within a few milliseconds, while the machine is in the same mood. */
#define PAIR_WINDOW (BENCH_NS_PER_MS / 4)
#define PAIR_ROUNDS 400
#define PAIRS 500
#define POSTS 2000 /* units there are; System V counts to 32767 */

static const BenchMetric time_of_one[] = { { "time", "ns", BENCH_LESS }, { 0 } };

/* -- One process, nobody waits -- */

static gpointer
fast_setup (const BenchRow *row, const BenchCase *item)
{
  BenchSubject *self = g_new0 (BenchSubject, 1);

  bench_subject_open (self, item->what, row->number);
  return self;
}

static void
fast_teardown (gpointer state)
{
  BenchSubject *self = state;

  bench_subject_close (self);
  g_free (self);
}

static double
time_pairs (const BenchSubject *self)
{
  return bench_per_item (self->kind->pairs, self->self, PAIRS, bench_window (PAIR_WINDOW));
}

static void
pair_round (gpointer state, BenchSeries *series)
{
  bench_pin (0);
  bench_series_add (series, 0, time_pairs (state));
  bench_unpin ();
}

/* The units are taken before the clock starts, so that nothing overflows and nobody ever waits. */
static void
post_round (gpointer state, BenchSeries *series)
{
  BenchSubject *self = state;
  gint64 begin, end;

  bench_pin (0);
  self->kind->takes (self->self, POSTS);
  begin = bench_now ();
  self->kind->gives (self->self, POSTS);
  end = bench_now ();
  bench_unpin ();
  bench_series_add (series, 0, (double) (end - begin) / POSTS);
}

/* The first is no semaphore: it cannot be given before it is taken. */
static const BenchCase pair_cases[] = {
  { "robust mutex", "sem_t", &bench_mutex },
  { "native", "sem_t", &bench_native },
  { "native UNDO", "sem_t", &bench_native_undo },
  { "sysv", "semop", &bench_sysv },
  { "sysv UNDO", "semop UNDO", &bench_sysv_undo },
  { "posix", "sem_t", &bench_posix },
  { "sem_t", NULL, &bench_sem_t },
  { "CAS", "sem_t", &bench_cas },
  { "semop", "sem_t", &bench_semop },
  { "semop UNDO", "sem_t", &bench_semop_undo },
  { 0 },
};

static const BenchGoal pair_goals[] = {
  { "native", 0, BENCH_PAIRED, BENCH_RATIO, 1.10, NULL },
  { "native UNDO", 0, BENCH_PAIRED, BENCH_RATIO, 1.80, NULL },
  { "native", 0, BENCH_PAIRED, BENCH_OVER, 1.5, "CAS" },
  { "sysv", 0, BENCH_PAIRED, BENCH_RATIO, 1.03, NULL },
  { 0 },
};

const BenchRow bench_row_pair = {
  .name = "pair",
  .title = "wait and post, uncontended",
  .metrics = time_of_one,
  .cases = pair_cases,
  .goals = pair_goals,
  .rounds = PAIR_ROUNDS,
  .number = 1,
  .setup = fast_setup,
  .round = pair_round,
  .teardown = fast_teardown,
};

static const BenchGoal post_goals[] = {
  { "native", 0, BENCH_PAIRED, BENCH_RATIO, 1.15, NULL },
  { 0 },
};

const BenchRow bench_row_post = {
  .name = "post",
  .title = "post, nobody waits",
  .metrics = time_of_one,
  .cases = pair_cases + 1,
  .goals = post_goals,
  .rounds = PAIR_ROUNDS,
  .number = POSTS,
  .setup = fast_setup,
  .round = post_round,
  .teardown = fast_teardown,
};

/* -- The same in a process that has threads, as most GLib programs do -- */

typedef struct
{
  BenchSubject subject;
  double      *result; /* shared */
} Threaded;

static gpointer
threaded_setup (const BenchRow *row, const BenchCase *item)
{
  Threaded *self = g_new0 (Threaded, 1);

  bench_subject_open (&self->subject, item->what, row->number);
  self->result = bench_shared (sizeof *self->result);
  return self;
}

static void
threaded_teardown (gpointer state)
{
  Threaded *self = state;

  bench_subject_close (&self->subject);
  bench_unshare (self->result, sizeof *self->result);
  g_free (self);
}

static void *
idle_thread (void *data G_GNUC_UNUSED)
{
  while (pause () < 0)
    continue;

  return NULL;
}

static void
threaded_child (gpointer data)
{
  Threaded *self = data;
  pthread_t thread;

  bench_must_sys (pthread_create (&thread, NULL, idle_thread, NULL) == 0, "pthread_create");
  *self->result = time_pairs (&self->subject);
}

static void
threaded_round (gpointer state, BenchSeries *series)
{
  Threaded *self = state;

  bench_join (bench_fork (0, threaded_child, self));
  bench_series_add (series, 0, *self->result);
}

static const BenchCase threaded_cases[] = {
  { "native", "sem_t", &bench_native },
  { "native UNDO", "sem_t", &bench_native_undo },
  { "sem_t", NULL, &bench_sem_t },
  { "robust mutex", "sem_t", &bench_mutex },
  { 0 },
};

const BenchRow bench_row_pair_threads = {
  .name = "pair-threads",
  .title = "wait and post, uncontended, in a process with threads",
  .metrics = time_of_one,
  .cases = threaded_cases,
  .rounds = PAIR_ROUNDS / 4,
  .number = 1,
  .setup = threaded_setup,
  .round = threaded_round,
  .teardown = threaded_teardown,
};

/* -- Two semaphores of a set at once -- */

typedef struct
{
  IpcSemaphore *set;
  int           id;    /* of semop(2) */
  short         flags; /* of semop(2) */
  void (*pairs) (gpointer data, guint n);
} Set;

static void
set_pairs (gpointer data, guint n)
{
  static const IpcSemaphoreOp take[] = { { 0, -1 }, { 1, -1 } };
  static const IpcSemaphoreOp give[] = { { 0, +1 }, { 1, +1 } };
  Set *self = data;

  while (n-- > 0)
    {
      GError *error = NULL;

      bench_must (ipc_semaphore_operate (self->set, take, 2, -1, NULL, &error), error);
      bench_must (ipc_semaphore_operate (self->set, give, 2, -1, NULL, &error), error);
    }
}

static void
raw_set_pairs (gpointer data, guint n)
{
  Set *self = data;
  struct sembuf take[] = { { 0, -1, self->flags }, { 1, -1, self->flags } };
  struct sembuf give[] = { { 0, +1, self->flags }, { 1, +1, self->flags } };

  while (n-- > 0)
    {
      bench_must_sys (semop (self->id, take, 2) == 0, "semop");
      bench_must_sys (semop (self->id, give, 2) == 0, "semop");
    }
}

static IpcSemaphore *
make_set (const BenchKind *kind, guint size)
{
  static const guint values[] = { 1, 1 };
  g_autofree char *name = bench_name (kind->prefix);
  g_autoptr (GError) error = NULL;
  IpcSemaphore *set
      = ipc_semaphore_new_full (name, IPC_OPEN_CREATE, values, size, 0600,
                                (IpcSemaphoreFlags) kind->flags, NULL, &error);

  bench_must (set != NULL, error);
  return set;
}

static gpointer
set_setup (const BenchRow *row, const BenchCase *item)
{
  const BenchKind *kind = item->what;
  const gboolean raw = kind->prefix == NULL;
  Set *self = g_new0 (Set, 1);

  self->set = make_set (raw ? &bench_sysv : kind, row->number);
  self->pairs = raw ? raw_set_pairs : set_pairs;
  self->flags = raw ? (short) kind->flags : 0;
  bench_must (!raw || ipc_semaphore_get_id (self->set, &self->id), NULL);
  return self;
}

static void
set_teardown (gpointer state)
{
  Set *self = state;
  g_autoptr (GError) error = NULL;

  bench_must (ipc_semaphore_unlink (self->set, &error), error);
  g_object_unref (self->set);
  g_free (self);
}

static void
set_round (gpointer state, BenchSeries *series)
{
  Set *self = state;

  bench_pin (0);
  bench_series_add (series, 0,
                    bench_per_item (self->pairs, self, PAIRS / 5, bench_window (PAIR_WINDOW)));
  bench_unpin ();
}

static const BenchCase set_cases[] = {
  { "native", "semop", &bench_native },
  { "native UNDO", "semop UNDO", &bench_native_undo },
  { "sysv", "semop", &bench_sysv },
  { "sysv UNDO", "semop UNDO", &bench_sysv_undo },
  { "semop", NULL, &bench_semop },
  { "semop UNDO", "semop", &bench_semop_undo },
  { 0 },
};

const BenchRow bench_row_set = {
  .name = "set",
  .title = "take and give two semaphores of a set at once",
  .metrics = time_of_one,
  .cases = set_cases,
  .rounds = PAIR_ROUNDS,
  .number = 2,
  .setup = set_setup,
  .round = set_round,
  .teardown = set_teardown,
};
