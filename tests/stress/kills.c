/* kills.c: processes are killed at random while they hold units; nothing is lost, waiters are woken
 *
 * Usage: kills [--kills N] [--seed N] [--outside]
 *
 * In each round processes take and give under UNDO, one unit or two, of a semaphore and of a set, and
 * are killed one after the other.  Meanwhile one thread waits for all units of each at once: it must
 * be woken when the last holder is dead, and then there must be nothing else.  With --outside this
 * program kills nobody but waits until somebody has; it prints the word that the victims have in
 * their command lines.
 *
 * The same on Linux and on Windows: a process is started and killed by what stands at the end.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <ipc/ipc.h>
#include <stdlib.h>
#include <string.h>

#define N_VICTIMS 4
#define CAPACITY 3
#define RECOVERY_US (60 * G_USEC_PER_SEC) /* a failure, and no slow machine */
#define VICTIM "kills-victim"

static const guint one_value[] = { CAPACITY };
static const guint set_values[] = { CAPACITY, CAPACITY };
static const IpcSemaphoreOp all_of_one[] = { { 0, -CAPACITY } };
static const IpcSemaphoreOp all_of_set[] = { { 0, -CAPACITY }, { 1, -CAPACITY } };

static void start_victim (guint i, const char *program, const char *word);
static void kill_victim (guint i);
static void await_victim (guint i);

G_GNUC_NORETURN static void
die (const char *what, const GError *error)
{
  g_printerr ("kills: %s: %s\n", what, error != NULL ? error->message : "");
  exit (EXIT_FAILURE);
}

static IpcSemaphore *
open_kind (const char *word, const char *kind, IpcOpenMode mode, const guint *values, guint n)
{
  g_autofree char *name = g_strconcat (word, kind, NULL);
  g_autoptr (GError) error = NULL;
  IpcSemaphore *self = ipc_semaphore_new_full (name, mode, values, n, 0600,
                                               mode == IPC_OPEN_EXISTING && strcmp (kind, "-ready")
                                                   ? IPC_SEMAPHORE_UNDO
                                                   : IPC_SEMAPHORE_FLAGS_NONE,
                                               NULL, &error);

  if (self == NULL)
    die (name, error);
  return self;
}

/* -- A victim -- */

/* Takes, works a little, gives back. */
static void
use (IpcSemaphore *self, guint n_values, GRand *dice)
{
  const int n = g_rand_int_range (dice, 1, 3);
  const IpcSemaphoreOp take[] = { { 0, -n }, { 1, -1 } };
  const IpcSemaphoreOp give[] = { { 0, n }, { 1, 1 } };
  g_autoptr (GError) error = NULL;

  if (!ipc_semaphore_operate (self, take, n_values, 2000, NULL, &error))
    {
      if (!g_error_matches (error, IPC_ERROR, IPC_ERROR_TIMED_OUT))
        die ("take", error);
      return;
    }

  for (int i = g_rand_int_range (dice, 0, 2000); i > 0; i--)
    g_atomic_int_inc (&(int){ 0 });
  if (!ipc_semaphore_operate (self, give, n_values, -1, NULL, &error))
    die ("give", error);
}

static void
be_victim (const char *word)
{
  g_autoptr (IpcSemaphore) one = open_kind (word, "-one", IPC_OPEN_EXISTING, NULL, 0);
  g_autoptr (IpcSemaphore) set = open_kind (word, "-set", IPC_OPEN_EXISTING, NULL, 0);
  g_autoptr (IpcSemaphore) ready = open_kind (word, "-ready", IPC_OPEN_EXISTING, NULL, 0);
  g_autoptr (GRand) dice = g_rand_new ();

  ipc_semaphore_post (ready, NULL);
  for (;;)
    {
      for (int i = 0; i < 50; i++)
        use (one, 1, dice);
      for (int i = 0; i < 10; i++)
        use (set, 2, dice);
    }
}

/* -- The one who counts -- */

typedef struct
{
  IpcSemaphore         *semaphore;
  const IpcSemaphoreOp *all;
  guint                 n_values;
  gint64                woken; /* when it had all, or 0 */
} Waiter;

static gpointer
wait_for_all (gpointer data)
{
  Waiter *self = data;
  g_autoptr (GError) error = NULL;

  while (self->woken == 0)
    if (ipc_semaphore_operate (self->semaphore, self->all, self->n_values, RECOVERY_US, NULL, &error))
      self->woken = g_get_monotonic_time ();
    else
      die ("units were lost, or nobody was woken", error);

  return NULL;
}

/* All units are taken: whatever is there now was made from nothing. */
static void
check_total (const Waiter *self)
{
  IpcSemaphoreOp give[2];
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < self->n_values; i++)
    {
      guint value = 0;

      if (!ipc_semaphore_get_value (self->semaphore, i, &value, &error))
        die ("value", error);
      if (value != 0)
        {
          g_printerr ("kills: %u units too many\n", value);
          exit (EXIT_FAILURE);
        }
      give[i] = (IpcSemaphoreOp){ i, CAPACITY };
    }

  if (!ipc_semaphore_operate (self->semaphore, give, self->n_values, -1, NULL, &error))
    die ("give all", error);
}

typedef struct
{
  const char   *program, *word;
  IpcSemaphore *one, *set, *ready;
  GRand        *dice;
  gboolean      outside;
  gint64        longest; /* from the last death to the last waiter's end, in microseconds */
} Test;

static void
start_all (const Test *test)
{
  for (guint i = 0; i < N_VICTIMS; i++)
    start_victim (i, test->program, test->word);
  for (guint i = 0; i < N_VICTIMS; i++)
    if (!ipc_semaphore_wait (test->ready, RECOVERY_US, NULL, NULL))
      die ("a victim does not start", NULL);
}

static void
end_all (const Test *test)
{
  if (test->outside)
    g_print ("%s\n", test->word);

  for (guint i = 0; i < N_VICTIMS; i++)
    {
      if (!test->outside)
        {
          g_usleep ((gulong) g_rand_int_range (test->dice, 0, 3000));
          kill_victim (i);
        }
      await_victim (i);
    }
}

/* The victims must not be there before the waiters' turn comes, or it might never. */
static void
run_round (Test *test)
{
  Waiter waiters[] = { { test->one, all_of_one, 1, 0 }, { test->set, all_of_set, 2, 0 } };
  GThread *threads[G_N_ELEMENTS (waiters)];
  gint64 dead;

  start_all (test);
  for (guint i = 0; i < G_N_ELEMENTS (waiters); i++)
    threads[i] = g_thread_new ("waiter", wait_for_all, &waiters[i]);

  end_all (test);
  dead = g_get_monotonic_time ();
  for (guint i = 0; i < G_N_ELEMENTS (waiters); i++)
    {
      g_thread_join (threads[i]);
      test->longest = MAX (test->longest, waiters[i].woken - dead);
    }
  for (guint i = 0; i < G_N_ELEMENTS (waiters); i++)
    check_total (&waiters[i]);
}

static void
run (Test *test, int n_kills)
{
  int killed;

  test->one = open_kind (test->word, "-one", IPC_OPEN_CREATE, one_value, 1);
  test->set = open_kind (test->word, "-set", IPC_OPEN_CREATE, set_values, 2);
  test->ready = open_kind (test->word, "-ready", IPC_OPEN_CREATE, (guint[]){ 0 }, 1);
  for (killed = 0; killed < n_kills; killed += N_VICTIMS)
    run_round (test);

  g_print ("%d killed, nothing lost, nothing too many; the slowest recovery took %.1f ms\n", killed,
           (double) test->longest / 1000);
  ipc_semaphore_unlink (test->one, NULL);
  ipc_semaphore_unlink (test->set, NULL);
  ipc_semaphore_unlink (test->ready, NULL);
}

int
main (int argc, char **argv)
{
  int n_kills = 100, seed = 1;
  gboolean outside = FALSE;
  const GOptionEntry entries[] = {
    { "kills", 0, 0, G_OPTION_ARG_INT, &n_kills, "Stop after so many", "N" },
    { "seed", 0, 0, G_OPTION_ARG_INT, &seed, "For the moments at which they die", "N" },
    { "outside", 0, 0, G_OPTION_ARG_NONE, &outside, "Somebody else kills", NULL },
    { 0 },
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;
  g_autofree char *word = NULL;
  Test test = { 0 };

  if (argc == 3 && strcmp (argv[1], VICTIM) == 0)
    be_victim (argv[2]);

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    die ("usage", error);

  word = g_strdup_printf ("kills-%08x", g_random_int ());
  test = (Test){ .program = argv[0], .word = word, .outside = outside,
                 .dice = g_rand_new_with_seed ((guint32) seed) };
  run (&test, n_kills);
  g_rand_free (test.dice);
  return EXIT_SUCCESS;
}

/* -- Processes -- */

#ifdef G_OS_WIN32

#include <windows.h>

static HANDLE victims[N_VICTIMS];

/* They end with this process, whatever becomes of it. */
static HANDLE
job (void)
{
  static HANDLE all;
  JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits = { 0 };

  if (all == NULL)
    {
      all = CreateJobObjectW (NULL, NULL);
      limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE;
      SetInformationJobObject (all, JobObjectExtendedLimitInformation, &limits, sizeof limits);
    }

  return all;
}

static void
start_victim (guint i, const char *program G_GNUC_UNUSED, const char *word)
{
  g_autofree char *line = g_strdup_printf ("kills " VICTIM " %s", word);
  STARTUPINFOA startup = { .cb = sizeof startup };
  PROCESS_INFORMATION started;
  char path[MAX_PATH];

  GetModuleFileNameA (NULL, path, sizeof path);
  if (!CreateProcessA (path, line, NULL, NULL, FALSE, CREATE_SUSPENDED, NULL, NULL, &startup,
                       &started))
    die ("CreateProcess", NULL);

  AssignProcessToJobObject (job (), started.hProcess);
  ResumeThread (started.hThread);
  CloseHandle (started.hThread);
  victims[i] = started.hProcess;
}

static void
kill_victim (guint i)
{
  TerminateProcess (victims[i], 9);
}

static void
await_victim (guint i)
{
  WaitForSingleObject (victims[i], INFINITE);
  CloseHandle (victims[i]);
}

#else

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t victims[N_VICTIMS];

static void
start_victim (guint i, const char *program, const char *word)
{
  victims[i] = fork ();
  if (victims[i] != 0)
    return;

  prctl (PR_SET_PDEATHSIG, SIGKILL);
  execl ("/proc/self/exe", program, VICTIM, word, NULL);
  _exit (127);
}

static void
kill_victim (guint i)
{
  kill (victims[i], SIGKILL);
}

static void
await_victim (guint i)
{
  waitpid (victims[i], NULL, 0);
}

#endif
