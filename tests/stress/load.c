/* load.c: many of everything: processes at one semaphore, semaphores in one process, members of a set,
 * bytes of a segment
 *
 * Usage: load [SECONDS]: how long the processes work (2)
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ipc-check.h"

#include <fcntl.h>
#include <ipc/ipc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define N_PROCESSES 200
#define N_UNITS 8
#define N_SEMAPHORES 1000
#define N_MEMBERS 1000
#define N_AT_ONCE 100
#define SPARSE (G_GUINT64_CONSTANT (8) << 30)
#define PATIENCE_US (60 * G_USEC_PER_SEC) /* a failure, and no slow machine */

static char name[64], posix_name[64];

G_GNUC_NORETURN static void
die (const char *what, const GError *error)
{
  printf ("FAIL %s: %s\n", what, error != NULL ? error->message : "");
  ipc_semaphore_unlink_name (name, NULL);
  ipc_segment_unlink_name (posix_name, NULL);
  exit (EXIT_FAILURE);
}

static IpcSemaphore *
make (const char *what, const guint *values, gsize n_values)
{
  g_autoptr (GError) error = NULL;
  IpcSemaphore *self = ipc_semaphore_new_full (what, IPC_OPEN_REPLACE, values, n_values, 0600,
                                               g_str_has_prefix (what, "posix:")
                                                 ? IPC_SEMAPHORE_FLAGS_NONE
                                                 : IPC_SEMAPHORE_UNDO,
                                               NULL, &error);

  if (self == NULL)
    die (what, error);
  return self;
}

/* -- 200 processes at one semaphore -- */

typedef struct
{
  int    stop; /* atomic */
  int    n_turns[N_PROCESSES];
  gint64 longest_us[N_PROCESSES]; /* that it waited for a unit */
} Board;

G_GNUC_NORETURN static void
work (Board *board, int i)
{
  g_autoptr (IpcSemaphore) self = ipc_semaphore_open (name, IPC_SEMAPHORE_UNDO, NULL);

  prctl (PR_SET_PDEATHSIG, SIGKILL);
  while (self != NULL && !g_atomic_int_get (&board->stop))
    {
      const gint64 began = g_get_monotonic_time ();

      if (!ipc_semaphore_wait (self, PATIENCE_US, NULL, NULL))
        _exit (EXIT_FAILURE);
      board->longest_us[i] = MAX (board->longest_us[i], g_get_monotonic_time () - began);
      g_atomic_int_inc (&board->n_turns[i]);
      if (!ipc_semaphore_post (self, NULL))
        _exit (EXIT_FAILURE);
    }
  _exit (self != NULL ? EXIT_SUCCESS : EXIT_FAILURE);
}

static int
least_turns (Board *board)
{
  int least = G_MAXINT;

  for (guint i = 0; i < N_PROCESSES; i++)
    least = MIN (least, g_atomic_int_get (&board->n_turns[i]));
  return least;
}

static void
tell_crowd (Board *board)
{
  gint64 sum = 0, longest = 0;
  int most = 0;

  for (guint i = 0; i < N_PROCESSES; i++)
    {
      sum += board->n_turns[i];
      most = MAX (most, board->n_turns[i]);
      longest = MAX (longest, board->longest_us[i]);
    }
  printf ("%d processes at one semaphore of %d units: %" G_GINT64_FORMAT
          " turns, the least had %d turns, the most %d turns, the longest wait was %.1f ms\n",
          N_PROCESSES, N_UNITS, sum, least_turns (board), most, (double) longest / 1000);
}

static void
crowd (gint64 seconds)
{
  const guint units = N_UNITS;
  g_autoptr (IpcSemaphore) semaphore = make (name, &units, 1);
  Board *board = mmap (NULL, sizeof *board, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
                       0);
  const gint64 began = g_get_monotonic_time ();
  guint value = 0;
  int status;

  fflush (NULL);
  for (int i = 0; i < N_PROCESSES; i++)
    if (fork () == 0)
      work (board, i);

  /* Nobody goes without for ever. */
  while (g_get_monotonic_time () < began + seconds * G_USEC_PER_SEC || least_turns (board) == 0)
    {
      if (g_get_monotonic_time () > began + seconds * G_USEC_PER_SEC + PATIENCE_US)
        die ("a process never had its turn", NULL);
      g_usleep (1000);
    }

  g_atomic_int_set (&board->stop, TRUE);
  for (guint i = 0; i < N_PROCESSES; i++)
    if (wait (&status) < 0 || status != 0)
      die ("a process of the crowd failed", NULL);
  if (!ipc_semaphore_get_value (semaphore, 0, &value, NULL) || value != N_UNITS)
    die ("units were lost or invented by the crowd", NULL);
  tell_crowd (board);
}

/* -- 1000 semaphores in one process -- */

static char *
name_of (guint i)
{
  return g_strdup_printf ("%s-%u", name, i);
}

static void
check_own_value (IpcSemaphore *self, guint expected)
{
  guint value = G_MAXUINT;

  if (!ipc_semaphore_try_wait (self, NULL) || !ipc_semaphore_get_value (self, 0, &value, NULL)
      || value != expected - 1)
    die ("one of many semaphores has the value of another", NULL);
}

static void
many (void)
{
  const struct rlimit files = { N_SEMAPHORES + 100, N_SEMAPHORES + 100 };
  const guint fds = ipc_check_count_fds ();
  IpcSemaphore *all[N_SEMAPHORES];
  struct rlimit before;

  getrlimit (RLIMIT_NOFILE, &before);
  if (before.rlim_max > files.rlim_cur)
    setrlimit (RLIMIT_NOFILE, &(struct rlimit){ files.rlim_cur, before.rlim_max });

  for (guint i = 0; i < N_SEMAPHORES; i++)
    {
      const guint value = i + 1;
      g_autofree char *own = name_of (i);

      all[i] = make (own, &value, 1);
    }
  for (guint i = 0; i < N_SEMAPHORES; i++)
    {
      check_own_value (all[i], i + 1);
      ipc_semaphore_unlink (all[i], NULL);
      g_object_unref (all[i]);
    }

  setrlimit (RLIMIT_NOFILE, &before);
  if (ipc_check_count_fds () != fds)
    die ("descriptors of many semaphores are left", NULL);
  printf ("%d semaphores in one process, each with its own value\n", N_SEMAPHORES);
}

/* -- A set of 1000 -- */

static void
fill_ops (IpcSemaphoreOp *ops, guint first)
{
  for (guint i = 0; i < N_AT_ONCE; i++)
    ops[i] = (IpcSemaphoreOp){ first + i, -1 };
}

static void
wide (const char *what)
{
  IpcSemaphoreOp ops[N_AT_ONCE];
  guint values[N_MEMBERS], value;
  g_autoptr (IpcSemaphore) set = NULL;
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < N_MEMBERS; i++)
    values[i] = i + 1;
  set = make (what, values, N_MEMBERS);

  for (guint first = 0; first < N_MEMBERS; first += N_AT_ONCE)
    {
      fill_ops (ops, first);
      if (!ipc_semaphore_operate (set, ops, N_AT_ONCE, 0, NULL, &error))
        die (what, error);
    }
  for (guint i = 0; i < N_MEMBERS; i++)
    if (!ipc_semaphore_get_value (set, i, &value, NULL) || value != i)
      die ("a member of a large set has a wrong value", NULL);

  printf ("%d members of %s, %d changed at once\n", N_MEMBERS, what, N_AT_ONCE);
  ipc_semaphore_unlink (set, NULL);
}

/* -- 8 GiB -- */

/* A file with holes, as another program may make it; the library itself reserves what it makes. */
static void
sparse (const char *path)
{
  const int fd = open (path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  g_autoptr (GError) error = NULL;
  g_autoptr (IpcSegment) segment = NULL;
  struct stat st = { 0 };
  guint64 size; /* more than a gsize has where there are 32 bits */
  char end = 'e';

  if (sizeof (gsize) < 8 || fd < 0 || ftruncate (fd, (off_t) SPARSE) != 0)
    {
      close (fd);
      unlink (path);
      printf ("no file of 8 GiB here\n");
      return;
    }

  segment = ipc_segment_open (posix_name, IPC_SEGMENT_FLAGS_NONE, &error);
  size = segment != NULL ? ipc_segment_get_size (segment) : 0;
  if (size != SPARSE
      || !ipc_segment_write (segment, (gsize) SPARSE - 1, &end, 1, &error)
      || !ipc_segment_read (segment, (gsize) SPARSE - 1, &end, 1, &error)
      || pread (fd, &end, 1, (off_t) SPARSE - 1) != 1 || end != 'e' || fstat (fd, &st) != 0)
    die ("8 GiB", error);

  close (fd);
  ipc_segment_unlink (segment, NULL);
  printf ("a segment of 8 GiB with holes: %" G_GINT64_FORMAT " KiB of memory\n",
          (gint64) st.st_blocks / 2);
}

int
main (int argc, char **argv)
{
  const gint64 seconds = argc > 1 ? g_ascii_strtoll (argv[1], NULL, 10) : 2;
  g_autofree char *path = NULL, *sysv = NULL, *posix = NULL;

  g_snprintf (name, sizeof name, "ipc-load-%d", (int) getpid ());
  g_snprintf (posix_name, sizeof posix_name, "posix:/%s", name);
  path = g_strconcat ("/dev/shm/", name, NULL);
  sysv = g_strconcat ("sysv:/", name, NULL);

  crowd (seconds);
  many ();
  wide (name);
  wide (sysv);
  sparse (path);
  return EXIT_SUCCESS;
}
