/* hostile.c: a peer with write access scribbles over a live native semaphore
 *
 * Usage: hostile [SECONDS [SEED]]
 *
 * Each round has a new object, a semaphore or a set, three processes that use it, and one (this) that
 * writes random and chosen bytes over its file.  Values may become wrong.  But no process may crash,
 * none may hang beyond its timeout, and every error must be one that the manual names.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <fcntl.h>
#include <ipc/ipc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define N_VICTIMS 3
#define ROUND_US (40 * 1000)
#define HANG_US (20 * G_USEC_PER_SEC)
#define TIMEOUT_US 2000
#define LATE_US (5 * G_USEC_PER_SEC)
#define WORD_OFFSET 128   /* of the file: the word itself */
#define SET_OFFSET 266240 /* where the values of a set begin */

/* Shared with the victims. */
typedef struct
{
  int      started;   /* atomic */
  int      n_calls[N_VICTIMS]; /* atomic: in this round */
  gint64   n_ops;     /* in all rounds; by the peer */
  int      n_late;    /* atomic: calls that outlived their timeout by far */
  int      n_foreign; /* atomic: errors that the manual does not name */
  int      n_errors[IPC_ERROR_UNTRUSTED + 1];
} Board;

static Board *board;
static GRand *dice;
static guint n_values;

/* -- The victims -- */

static gboolean
is_documented (const GError *error)
{
  static const int codes[] = { IPC_ERROR_TIMED_OUT, IPC_ERROR_WOULD_BLOCK, IPC_ERROR_OVERFLOW,
                               IPC_ERROR_REMOVED,   IPC_ERROR_CORRUPT,     IPC_ERROR_NO_SPACE,
                               IPC_ERROR_NOT_FOUND };

  for (gsize i = 0; i < G_N_ELEMENTS (codes); i++)
    if (g_error_matches (error, IPC_ERROR, codes[i]))
      return TRUE;

  return FALSE;
}

static gboolean
act (IpcSemaphore *semaphore, GRand *own, GError **error)
{
  const IpcSemaphoreOp steps[] = {
    { (guint) g_rand_int_range (own, 0, (int) n_values), g_rand_int_range (own, -2, 3) },
    { (guint) g_rand_int_range (own, 0, (int) n_values), g_rand_int_range (own, -2, 3) },
  };
  g_autoptr (IpcSemaphore) other = NULL;
  g_autoptr (IpcInfo) info = NULL;
  guint value;

  switch (g_rand_int_range (own, 0, 9))
    {
    case 0:
      return ipc_semaphore_post (semaphore, error);
    case 1:
      return ipc_semaphore_try_wait (semaphore, error);
    case 2:
      return ipc_semaphore_wait (semaphore, g_rand_int_range (own, 0, TIMEOUT_US), NULL, error);
    case 3:
      return ipc_semaphore_operate (semaphore, steps, 2, g_rand_int_range (own, 0, TIMEOUT_US), NULL,
                                    error);
    case 4:
      return ipc_semaphore_wait_zero (semaphore, g_rand_int_range (own, 0, TIMEOUT_US), NULL, error);
    case 5:
      return ipc_semaphore_get_value (semaphore, 0, &value, error);
    case 6:
      return ipc_semaphore_set_value (semaphore, 0, 2, error);
    case 7:
      other = ipc_semaphore_open (ipc_semaphore_get_name (semaphore), IPC_SEMAPHORE_UNDO, error);
      return other != NULL;
    default:
      info = ipc_semaphore_get_info (semaphore, 0, error);
      return info != NULL;
    }
}

static void
note (const GError *error, gint64 took)
{
  if (took > LATE_US)
    g_atomic_int_inc (&board->n_late);

  if (error != NULL && is_documented (error))
    g_atomic_int_inc (&board->n_errors[error->code]);
  else if (error != NULL && g_atomic_int_add (&board->n_foreign, 1) == 0)
    fprintf (stderr, "not documented: %s\n", error->message);
}

static G_GNUC_NORETURN void
be_victim (const char *name, int victim, guint32 seed)
{
  const IpcSemaphoreFlags flags = seed & 1 ? IPC_SEMAPHORE_UNDO : IPC_SEMAPHORE_FLAGS_NONE;
  g_autoptr (IpcSemaphore) semaphore = ipc_semaphore_open (name, flags, NULL);
  GRand *own = g_rand_new_with_seed (seed);

  prctl (PR_SET_PDEATHSIG, SIGKILL);
  g_atomic_int_inc (&board->started);
  if (semaphore == NULL)
    _exit (0); /* it was spoilt before it was opened */

  for (;;)
    {
      g_autoptr (GError) error = NULL;
      const gint64 began = g_get_monotonic_time ();

      act (semaphore, own, &error);
      note (error, g_get_monotonic_time () - began);
      g_atomic_int_inc (&board->n_calls[victim]);
    }
}

/* -- The peer -- */

/* Where it hurts: the head and the first lanes, and the values and the record of a set. */
static gsize
pick_offset (gsize size)
{
  gsize offset = (gsize) g_rand_int_range (dice, 0, 1024);

  if (n_values > 1 && g_rand_boolean (dice))
    offset += SET_OFFSET;

  return MIN (offset, size - sizeof (guint64)) & ~(gsize) 7;
}

static void
scribble (guint8 *memory, gsize size)
{
  const gsize offset = pick_offset (size);
  volatile guint64 *word = (gpointer) (memory + offset);
  /* A word of nothing but ones means "removed", and the round would be over. */
  const gboolean gently = offset == WORD_OFFSET && g_rand_int_range (dice, 0, 64) != 0;

  switch (g_rand_int_range (dice, 0, gently ? 3 : 5))
    {
    case 0:
      *word ^= G_GUINT64_CONSTANT (1) << g_rand_int_range (dice, 0, gently ? 34 : 64);
      break;
    case 1:
      *word += (guint64) g_rand_int_range (dice, -2, 3);
      break;
    case 2:
      *word = gently ? (guint64) g_rand_int_range (dice, 0, 4) : 0;
      break;
    case 3:
      *word = (guint64) g_rand_int (dice) << 32 | g_rand_int (dice);
      break;
    default:
      *word = G_MAXUINT64;
      break;
    }
}

static int
wait_until (const int *count, int least, gint64 patience)
{
  const gint64 end = g_get_monotonic_time () + patience;

  while (g_atomic_int_get (count) < least && g_get_monotonic_time () < end)
    sched_yield ();

  return g_atomic_int_get (count) >= least;
}

static guint8 *
map_file (const char *name, gsize *size)
{
  g_autofree char *path = g_strdup_printf ("/dev/shm/ipc-sem.%s", name);
  int fd = open (path, O_RDWR | O_CLOEXEC);
  guint8 *memory;

  *size = n_values == 1 ? SET_OFFSET : SET_OFFSET + 4096;
  memory = mmap (NULL, *size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close (fd);
  return memory;
}

/* Whether the victim crashed, or the call that it is in comes to no end. */
static gboolean
end_victim (int victim, pid_t pid)
{
  int *calls = &board->n_calls[victim];
  const gint64 end = g_get_monotonic_time () + HANG_US;
  const int before = g_atomic_int_get (calls);
  gboolean bad = FALSE;
  pid_t ended = 0;
  int status = 0;

  while (ended == 0 && g_atomic_int_get (calls) == before && g_get_monotonic_time () < end)
    {
      sched_yield ();
      ended = waitpid (pid, &status, WNOHANG);
    }

  if (ended == pid && (WIFSIGNALED (status) || WEXITSTATUS (status) != 0))
    bad = TRUE;
  else if (ended == 0)
    {
      bad = g_atomic_int_get (calls) == before;
      kill (pid, SIGKILL);
      waitpid (pid, NULL, 0);
    }

  if (bad)
    fprintf (stderr, "process %d crashed or hung, status 0x%x\n", (int) pid, (guint) status);
  board->n_ops += g_atomic_int_get (calls);
  g_atomic_int_set (calls, 0);
  return bad;
}

/* Returns: how many writes; *@faults grows. */
static guint64
round_of (const char *name, int *faults)
{
  const guint values[] = { 2, 1, 3 };
  g_autoptr (IpcSemaphore) mine = NULL;
  pid_t victims[N_VICTIMS];
  guint64 n_writes = 0;
  gint64 end;
  gsize size;
  guint8 *memory;

  n_values = g_rand_boolean (dice) ? 1 : 3;
  mine = ipc_semaphore_new_full (name, IPC_OPEN_REPLACE, values, n_values, 0600,
                                 IPC_SEMAPHORE_FLAGS_NONE, NULL, NULL);
  memory = map_file (name, &size);
  g_atomic_int_set (&board->started, 0);
  for (int i = 0; i < N_VICTIMS; i++)
    {
      const guint32 seed = g_rand_int (dice);

      victims[i] = fork ();
      if (victims[i] == 0)
        be_victim (name, i, seed);
    }

  if (!wait_until (&board->started, N_VICTIMS, HANG_US))
    ++*faults;
  for (end = g_get_monotonic_time () + ROUND_US; g_get_monotonic_time () < end; n_writes++)
    {
      scribble (memory, size);
      if (n_writes % 16 == 0)
        sched_yield ();
    }

  for (int i = 0; i < N_VICTIMS; i++)
    *faults += end_victim (i, victims[i]);
  munmap (memory, size);
  return n_writes;
}

static void
report (guint n_rounds, guint64 n_writes, int faults)
{
  for (guint i = 0; i < G_N_ELEMENTS (board->n_errors); i++)
    if (board->n_errors[i] > 0)
      printf ("error %u: %d times\n", i, board->n_errors[i]);
  printf ("%u rounds, %" G_GUINT64_FORMAT " hostile writes, %" G_GINT64_FORMAT
          " calls; crashes or hangs %d, calls beyond their timeout %d, errors not documented %d\n",
          n_rounds, n_writes, board->n_ops, faults, board->n_late, board->n_foreign);
}

int
main (int argc, char **argv)
{
  const gint64 seconds = argc > 1 ? g_ascii_strtoll (argv[1], NULL, 10) : 5;
  const guint32 seed = argc > 2 ? (guint32) g_ascii_strtoull (argv[2], NULL, 10) : g_random_int ();
  const gint64 end = g_get_monotonic_time () + seconds * G_USEC_PER_SEC;
  g_autofree char *name = g_strdup_printf ("ipc-hostile-%d", (int) getpid ());
  guint64 n_writes = 0;
  guint n_rounds = 0;
  int faults = 0;

  board = mmap (NULL, sizeof *board, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  dice = g_rand_new_with_seed (seed);
  printf ("seed %u\n", seed);

  for (; g_get_monotonic_time () < end; n_rounds++)
    n_writes += round_of (name, &faults);

  ipc_semaphore_unlink_name (name, NULL);
  report (n_rounds, n_writes, faults);
  return faults == 0 && board->n_late == 0 && board->n_foreign == 0 && board->n_ops > 0 ? 0 : 1;
}
