/* wakeups.c: no wake-up is lost, and who takes one passes on what it leaves
 *
 * Usage: wakeups [SECONDS]
 *
 * Built with a sweep so seldom (20 s) that sweeping cannot hide a lost wake-up: a wait that lasts for
 * seconds although there are units is a failure.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <ipc/ipc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define N_PEERS 6
#define N_ROUNDS 200
#define TOO_LONG_US (8 * G_USEC_PER_SEC)

/* Shared with the peers. */
typedef struct
{
  int    stop;  /* atomic */
  int    n_ops; /* atomic */
  int    n_got; /* atomic */
  int    n_bad; /* atomic: calls that failed for another reason than time */
  gint64 longest[N_PEERS];
} Board;

static Board *board;
static const char *name;

/* What the peers of one configuration want. */
typedef struct
{
  const char *what;
  guint       capacity;
  guint       n_values;
  gboolean    several; /* units at once, now and then */
  IpcSemaphoreFlags flags;
} Use;

static const Use uses[] = {
  { "one unit", 1, 1, FALSE, IPC_SEMAPHORE_FLAGS_NONE },
  { "two units", 2, 1, FALSE, IPC_SEMAPHORE_FLAGS_NONE },
  { "one and two of three", 3, 1, TRUE, IPC_SEMAPHORE_FLAGS_NONE },
  { "one unit, UNDO", 1, 1, FALSE, IPC_SEMAPHORE_UNDO },
  { "one and two of three, UNDO", 3, 1, TRUE, IPC_SEMAPHORE_UNDO },
  { "a set, UNDO", 2, 3, TRUE, IPC_SEMAPHORE_UNDO },
};

static IpcSemaphore *
make (const Use *use)
{
  const guint values[] = { use->capacity, use->capacity, use->capacity };
  g_autoptr (GError) error = NULL;
  IpcSemaphore *semaphore = ipc_semaphore_new_full (name, IPC_OPEN_REPLACE, values, use->n_values, 0600,
                                                    use->flags, NULL, &error);

  if (semaphore != NULL)
    return semaphore;

  fprintf (stderr, "%s\n", error->message);
  exit (1);
}

static pid_t
start (void (*run) (IpcSemaphore *semaphore, const Use *use, int peer), IpcSemaphore *semaphore,
       const Use *use, int peer)
{
  const pid_t parent = getpid ();
  pid_t pid = fork ();

  if (pid != 0)
    return pid;

  prctl (PR_SET_PDEATHSIG, SIGKILL);
  if (getppid () == parent)
    run (semaphore, use, peer);
  _exit (0);
}

/* -- Random use -- */

static void
take_and_give (IpcSemaphore *semaphore, const Use *use, int peer)
{
  g_autoptr (GRand) own = g_rand_new_with_seed ((guint32) peer);

  while (!g_atomic_int_get (&board->stop))
    {
      const int units = use->several && g_rand_int_range (own, 0, 3) == 0 ? 2 : 1;
      const guint index = (guint) g_rand_int_range (own, 0, (int) use->n_values);
      const IpcSemaphoreOp take = { index, -units }, give = { index, units };
      const gint64 timeout = g_rand_int_range (own, 0, 5) == 0 ? g_rand_int_range (own, 0, 2000) : -1;
      const gint64 began = g_get_monotonic_time ();
      g_autoptr (GError) error = NULL;

      if (ipc_semaphore_operate (semaphore, &take, 1, timeout, NULL, &error))
        {
          if (g_rand_int_range (own, 0, 64) == 0)
            sched_yield ();
          ipc_semaphore_operate (semaphore, &give, 1, -1, NULL, NULL);
          g_atomic_int_inc (&board->n_ops);
        }
      else if (!g_error_matches (error, IPC_ERROR, IPC_ERROR_TIMED_OUT))
        g_atomic_int_inc (&board->n_bad);
      board->longest[peer] = MAX (board->longest[peer], g_get_monotonic_time () - began);
    }
}

/* FALSE: nothing happened for too long. */
static gboolean
run_for (gint64 us)
{
  const gint64 end = g_get_monotonic_time () + us;
  gint64 last_progress = g_get_monotonic_time ();
  int last = 0;

  while (g_get_monotonic_time () < end)
    {
      const int n = g_atomic_int_get (&board->n_ops);

      if (n != last)
        last_progress = g_get_monotonic_time ();
      else if (g_get_monotonic_time () - last_progress > TOO_LONG_US)
        return FALSE;
      last = n;
      sched_yield ();
    }

  return TRUE;
}

static gboolean
random_use (const Use *use, gint64 us)
{
  g_autoptr (IpcSemaphore) semaphore = NULL;
  pid_t peers[N_PEERS];
  gint64 longest = 0;
  gboolean good;

  memset (board, 0, sizeof *board);
  semaphore = make (use);
  for (int i = 0; i < N_PEERS; i++)
    peers[i] = start (take_and_give, semaphore, use, i);

  good = run_for (us);
  g_atomic_int_set (&board->stop, TRUE);
  /* Whoever sleeps although he need not is found out by what he notes when a sweep frees him. */
  for (int i = 0; i < N_PEERS; i++)
    {
      waitpid (peers[i], NULL, 0);
      longest = MAX (longest, board->longest[i]);
    }

  good = good && longest < TOO_LONG_US && board->n_ops > 0 && board->n_bad == 0;
  printf ("%s: %s: %d operations, longest wait %.1f ms, bad errors %d\n", good ? "ok" : "FAIL",
          use->what, board->n_ops, (double) longest / 1000, board->n_bad);
  return good;
}

/* -- Passing on: two posts while two sleep; the first to wake must wake the second -- */

static void
take_one (IpcSemaphore *semaphore, const Use *use G_GNUC_UNUSED, int peer G_GNUC_UNUSED)
{
  if (ipc_semaphore_wait (semaphore, -1, NULL, NULL))
    g_atomic_int_inc (&board->n_got);
}

static gboolean
wait_for_sleepers (IpcSemaphore *semaphore, int n)
{
  for (;;)
    {
      g_autoptr (IpcInfo) info = ipc_semaphore_get_info (semaphore, 0, NULL);

      if (info == NULL || ipc_info_get_waiters (info) == n)
        return info != NULL;
    }
}

static gboolean
pass_on_once (const Use *use, int n_sleepers)
{
  g_autoptr (IpcSemaphore) semaphore = make (use);
  pid_t peers[N_PEERS];
  gint64 end;

  g_atomic_int_set (&board->n_got, 0);
  for (int i = 0; i < n_sleepers; i++)
    peers[i] = start (take_one, semaphore, use, i);
  if (!wait_for_sleepers (semaphore, n_sleepers))
    return FALSE;

  for (int i = 0; i < n_sleepers; i++)
    ipc_semaphore_post (semaphore, NULL);

  end = g_get_monotonic_time () + TOO_LONG_US;
  while (g_atomic_int_get (&board->n_got) < n_sleepers && g_get_monotonic_time () < end)
    sched_yield ();

  for (int i = 0; i < n_sleepers; i++)
    {
      kill (peers[i], SIGKILL);
      waitpid (peers[i], NULL, 0);
    }
  return g_atomic_int_get (&board->n_got) == n_sleepers;
}

static gboolean
pass_on (const Use *use)
{
  int n_bad = 0, i;

  for (i = 0; i < N_ROUNDS && n_bad == 0; i++)
    n_bad += !pass_on_once (use, 2 + i % 3);

  printf ("%s: %s: %d rounds in which each of 2 to 4 sleepers got a unit\n", n_bad == 0 ? "ok" : "FAIL",
          use->what, i - n_bad);
  return n_bad == 0;
}

int
main (int argc, char **argv)
{
  static const Use posts[] = {
    { "posts", 0, 1, FALSE, IPC_SEMAPHORE_FLAGS_NONE },
    { "posts, UNDO", 0, 1, FALSE, IPC_SEMAPHORE_UNDO },
  };
  const gint64 us = (argc > 1 ? g_ascii_strtoll (argv[1], NULL, 10) : 6) * G_USEC_PER_SEC
                    / (gint64) G_N_ELEMENTS (uses);
  g_autofree char *own_name = g_strdup_printf ("ipc-wakeups-%d", (int) getpid ());
  gboolean good = TRUE;

  name = own_name;
  board = mmap (NULL, sizeof *board, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  for (gsize i = 0; i < G_N_ELEMENTS (posts); i++)
    good = pass_on (&posts[i]) && good;
  for (gsize i = 0; i < G_N_ELEMENTS (uses); i++)
    good = random_use (&uses[i], us) && good;

  ipc_semaphore_unlink_name (name, NULL);
  return good ? 0 : 1;
}
