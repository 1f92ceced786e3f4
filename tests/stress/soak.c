/* soak.c: processes that use a semaphore and a set while they are killed and stopped at random
 *
 * Usage: soak [--seconds N] [--kills N] [--seed N] [--scheme SCHEME]
 *
 * The workers take and give under UNDO and write down what they hold.  At no time may they hold more
 * than there is; in the end everything must be there again; and as long as somebody runs, something
 * must happen.  Ends after so many seconds, or kills, whichever comes last.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <ipc/ipc.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define N_WORKERS 8
#define N_COUNTERS 3 /* the semaphore, and two of the set */
#define GAP_MAX_US (10 * G_USEC_PER_SEC)
#define TIMEOUT_US 3000
#define REPORT_EVERY 10000 /* kills */

static const guint capacity[N_COUNTERS] = { 3, 2, 3 };

/* Shared with the workers. */
typedef struct
{
  int holding[N_WORKERS][N_COUNTERS]; /* atomic: what each holds for certain */
  int begun[N_WORKERS];               /* atomic: changes of what it holds that it has begun */
  int ended[N_WORKERS];               /* atomic: and ended */
  int doomed[N_WORKERS];              /* atomic: it is being killed; what it wrote does not count */
  gint64 n_checks;                    /* atomic: sums that count */
  int n_over;                         /* atomic: more was held than there is */
  int n_bad;                          /* atomic: errors that must not be */
  gint64 n_ops;                       /* atomic */
} Board;

static Board *board;
static IpcSemaphore *one, *set;
static GRand *dice;
static pid_t workers[N_WORKERS];
static gboolean stopped[N_WORKERS];

/* -- The workers -- */

static void
write_holding (guint worker, const int counters[N_COUNTERS])
{
  g_atomic_int_inc (&board->begun[worker]);
  for (guint i = 0; i < N_COUNTERS; i++)
    g_atomic_int_set (&board->holding[worker][i], counters[i]);
  g_atomic_int_inc (&board->ended[worker]);
}

/* The sum counts only if nobody changed anything while it was made: what had ended before is all that
 * has begun after, and nobody who was counted is being killed, since others may hold his units by
 * now. */
static void
check_counter (guint counter)
{
  gboolean counted[N_WORKERS];
  int ended[N_WORKERS];
  int sum = 0;

  for (guint i = 0; i < N_WORKERS; i++)
    ended[i] = g_atomic_int_get (&board->ended[i]);
  for (guint i = 0; i < N_WORKERS; i++)
    {
      counted[i] = !g_atomic_int_get (&board->doomed[i]);
      sum += counted[i] ? g_atomic_int_get (&board->holding[i][counter]) : 0;
    }
  for (guint i = 0; i < N_WORKERS; i++)
    if (counted[i]
        && (g_atomic_int_get (&board->begun[i]) != ended[i]
            || g_atomic_int_get (&board->doomed[i])))
      return;

  __atomic_fetch_add (&board->n_checks, 1, __ATOMIC_RELAXED);
  if (sum > (int) capacity[counter])
    g_atomic_int_inc (&board->n_over);
}

static void
note_error (const GError *error)
{
  if (!g_error_matches (error, IPC_ERROR, IPC_ERROR_TIMED_OUT)
      && !g_error_matches (error, IPC_ERROR, IPC_ERROR_WOULD_BLOCK)
      && g_atomic_int_add (&board->n_bad, 1) == 0)
    fprintf (stderr, "%s\n", error->message);
}

/* Takes, holds for @linger looks at what the others hold, gives back.  @counters: how many of each
 * are in @take. */
static void
hold (guint worker, IpcSemaphore *semaphore, const IpcSemaphoreOp *take, guint n, gint64 timeout_us,
      guint linger, const int counters[N_COUNTERS])
{
  g_autoptr (GError) error = NULL;
  IpcSemaphoreOp give[2];

  if (!ipc_semaphore_operate (semaphore, take, n, timeout_us, NULL, &error))
    {
      note_error (error);
      return;
    }

  write_holding (worker, counters);
  for (guint looks = linger; looks > 0; looks--)
    for (guint i = 0; i < N_COUNTERS; i++)
      check_counter (i);
  /* Not held for certain any more, as soon as giving begins. */
  write_holding (worker, (int[N_COUNTERS]){ 0 });

  for (guint i = 0; i < n; i++)
    give[i] = (IpcSemaphoreOp){ take[i].index, -take[i].delta };
  if (!ipc_semaphore_operate (semaphore, give, n, -1, NULL, &error))
    note_error (error);
}

static gint64
pick_timeout (GRand *own)
{
  static const gint64 timeouts[] = { 0, TIMEOUT_US, -1 };

  return timeouts[g_rand_int_range (own, 0, G_N_ELEMENTS (timeouts))];
}

/* As a process that has nothing to do with the parent.  A stopped peer may make it take several
 * attempts. */
static void
open_again (IpcSemaphore **semaphore)
{
  g_autofree char *object = g_strdup (ipc_semaphore_get_name (*semaphore));

  g_clear_object (semaphore);
  while (*semaphore == NULL)
    {
      g_autoptr (GError) error = NULL;

      *semaphore = ipc_semaphore_open (object, IPC_SEMAPHORE_UNDO, &error);
      if (*semaphore == NULL)
        note_error (error);
    }
}

/* Half of the workers use what they inherited. */
static G_GNUC_NORETURN void
be_worker (guint worker, pid_t parent, guint32 seed)
{
  GRand *own = g_rand_new_with_seed (seed);

  setpriority (PRIO_PROCESS, 0, 0);
  prctl (PR_SET_PDEATHSIG, SIGKILL);
  if (getppid () != parent)
    _exit (1);

  if (g_rand_boolean (own))
    {
      open_again (&one);
      open_again (&set);
    }

  for (;;)
    {
      const int units = g_rand_int_range (own, 1, 3);
      const guint linger = g_rand_int_range (own, 0, 16) == 0 ? 50 : 1;
      const IpcSemaphoreOp take[] = { { 0, -units } };
      const IpcSemaphoreOp take_both[] = { { 0, -1 }, { 1, -units } };

      if (g_rand_boolean (own))
        hold (worker, one, take, 1, pick_timeout (own), linger, (int[]){ units, 0, 0 });
      else
        hold (worker, set, take_both, 2, pick_timeout (own), linger, (int[]){ 0, 1, units });
      __atomic_fetch_add (&board->n_ops, 1, __ATOMIC_RELAXED);
    }
}

static void
start (guint worker)
{
  const pid_t parent = getpid ();
  const guint32 seed = g_rand_int (dice);

  /* Whatever its predecessor was killed in is over; sums made meanwhile do not count. */
  g_atomic_int_inc (&board->begun[worker]);
  for (guint i = 0; i < N_COUNTERS; i++)
    g_atomic_int_set (&board->holding[worker][i], 0);
  g_atomic_int_set (&board->doomed[worker], FALSE);
  g_atomic_int_set (&board->ended[worker], g_atomic_int_get (&board->begun[worker]));

  workers[worker] = fork ();
  if (workers[worker] == 0)
    be_worker (worker, parent, seed);
}

/* A worker ends in no other way than this. */
static void
end (guint worker)
{
  int status = 0;

  g_atomic_int_set (&board->doomed[worker], TRUE);
  kill (workers[worker], SIGKILL);
  waitpid (workers[worker], &status, 0);
  stopped[worker] = FALSE;

  if (!WIFSIGNALED (status) || WTERMSIG (status) != SIGKILL)
    {
      g_atomic_int_inc (&board->n_bad);
      fprintf (stderr, "a worker ended by itself, status 0x%x\n", (guint) status);
    }
}

/* -- The parent -- */

typedef struct
{
  gint64 n_kills, n_stops;
  gint64 worst_gap;
  gint64 last_ops, last_progress;
} Tally;

static void
watch (Tally *tally)
{
  const gint64 ops = __atomic_load_n (&board->n_ops, __ATOMIC_RELAXED);
  const gint64 now = g_get_monotonic_time ();

  if (ops != tally->last_ops)
    tally->last_progress = now;
  tally->last_ops = ops;
  tally->worst_gap = MAX (tally->worst_gap, now - tally->last_progress);
}

/* Stops one at the most, so that somebody can always go on. */
static void
trouble (Tally *tally)
{
  const guint worker = (guint) g_rand_int_range (dice, 0, N_WORKERS);

  if (stopped[worker])
    {
      kill (workers[worker], SIGCONT);
      stopped[worker] = FALSE;
    }
  else if (g_rand_int_range (dice, 0, 6) == 0)
    {
      kill (workers[worker], SIGSTOP);
      stopped[worker] = TRUE;
      tally->n_stops++;
      for (guint i = 0; i < N_WORKERS; i++)
        if (i != worker && stopped[i])
          {
            kill (workers[i], SIGCONT);
            stopped[i] = FALSE;
          }
    }
  else
    {
      end (worker);
      tally->n_kills++;
      start (worker);
    }
}

static void
pause_a_while (void)
{
  const struct timespec a_while = { 0, g_rand_int_range (dice, 0, 1500) * 1000 };

  ppoll (NULL, 0, &a_while, NULL);
}

/* Everybody is gone: all must be there again. */
static gboolean
is_whole (IpcSemaphore *semaphore, guint index, guint wanted, const char *what)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (IpcInfo) info = ipc_semaphore_get_info (semaphore, index, &error);

  if (info == NULL)
    printf ("FAIL %s: %s\n", what, error->message);
  else if (ipc_info_get_value (info) != wanted)
    printf ("FAIL %s: %" G_GINT64_FORMAT " of %u are left\n", what, ipc_info_get_value (info), wanted);
  else
    printf ("%s: %u of %u, %" G_GINT64_FORMAT " came back from the dead\n", what, wanted, wanted,
            ipc_info_get_recovered_units (info));

  return info != NULL && ipc_info_get_value (info) == wanted;
}

static gboolean
open_objects (const char *scheme, GError **error)
{
  g_autofree char *one_name = g_strdup_printf ("%s%d", scheme, 2 * (int) getpid ());
  g_autofree char *set_name = g_strdup_printf ("%s%d", scheme, 2 * (int) getpid () + 1);

  one = ipc_semaphore_create (one_name, capacity[0], IPC_SEMAPHORE_UNDO, error);
  if (one == NULL)
    return FALSE;

  set = ipc_semaphore_new_full (set_name, IPC_OPEN_CREATE, capacity + 1, 2, 0600, IPC_SEMAPHORE_UNDO,
                                NULL, error);
  return set != NULL;
}

static Tally
soak (gint64 seconds, gint64 kills)
{
  const gint64 end_time = g_get_monotonic_time () + seconds * G_USEC_PER_SEC;
  Tally tally = { .last_progress = g_get_monotonic_time () };
  gint64 next_report = REPORT_EVERY;

  for (guint i = 0; i < N_WORKERS; i++)
    start (i);

  while ((g_get_monotonic_time () < end_time || tally.n_kills < kills)
         && tally.worst_gap < GAP_MAX_US && g_atomic_int_get (&board->n_bad) == 0)
    {
      pause_a_while ();
      trouble (&tally);
      watch (&tally);
      if (tally.n_kills >= next_report)
        {
          fprintf (stderr, "%" G_GINT64_FORMAT " kills\n", tally.n_kills);
          next_report += REPORT_EVERY;
        }
    }

  for (guint i = 0; i < N_WORKERS; i++)
    end (i);
  return tally;
}

static gboolean
judge (const Tally *tally)
{
  gboolean good = tally->worst_gap < GAP_MAX_US && board->n_over == 0 && board->n_bad == 0
                  && tally->n_kills > 0 && board->n_ops > 0 && board->n_checks > 0;

  printf ("%" G_GINT64_FORMAT " operations, %" G_GINT64_FORMAT " kills, %" G_GINT64_FORMAT
          " stops; worst gap %.1f ms, more held than there is %d times of %" G_GINT64_FORMAT
          ", bad errors %d\n",
          board->n_ops, tally->n_kills, tally->n_stops, (double) tally->worst_gap / 1000,
          board->n_over, board->n_checks, board->n_bad);
  good = is_whole (one, 0, capacity[0], "semaphore") && good;
  good = is_whole (set, 0, capacity[1], "set[0]") && good;
  return is_whole (set, 1, capacity[2], "set[1]") && good;
}

int
main (int argc, char **argv)
{
  gint64 seconds = 8, kills = 0, seed = g_random_int ();
  g_autofree char *scheme = NULL;
  const GOptionEntry entries[] = {
    { "seconds", 0, 0, G_OPTION_ARG_INT64, &seconds, "How long, at least", "N" },
    { "kills", 0, 0, G_OPTION_ARG_INT64, &kills, "How many, at least", "N" },
    { "seed", 0, 0, G_OPTION_ARG_INT64, &seed, "Of the dice", "N" },
    { "scheme", 0, 0, G_OPTION_ARG_STRING, &scheme, "What names begin with: sysv:", "SCHEME" },
    { NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;
  gboolean good = FALSE;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error)
      || !open_objects (scheme != NULL ? scheme : "ipc-soak-", &error))
    fprintf (stderr, "%s\n", error->message);
  else
    {
      board = mmap (NULL, sizeof *board, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
      dice = g_rand_new_with_seed ((guint32) seed);
      printf ("seed %u\n", (guint32) seed);
      /* Or the workers leave it no time to kill them; only root may. */
      setpriority (PRIO_PROCESS, 0, -10);
      const Tally tally = soak (seconds, kills);
      good = judge (&tally);
    }

  if (one != NULL)
    ipc_semaphore_unlink (one, NULL);
  if (set != NULL)
    ipc_semaphore_unlink (set, NULL);
  return good ? 0 : 1;
}
