/* bench-process.c: processes, processors, names and time of the benchmark
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "bench.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Shared with every process of the benchmark. */
typedef struct
{
  _Atomic guint n_names;
  pid_t         guardian; /* whose number is in all names */
  pid_t         worker;
} Ground;

static Ground *ground;
static cpu_set_t allowed;

/* -- Failing -- */

/* A child takes the worker with it, which may be waiting for what will not come. */
static void G_GNUC_NORETURN
fail (const char *reason)
{
  fprintf (stderr, "bench: %s\n", reason);
  if (getpid () != ground->worker)
    kill (ground->worker, SIGTERM);
  _exit (1);
}

void
bench_fail (const GError *error)
{
  fail (error != NULL ? error->message : "failed, and no error was set");
}

void
bench_fail_sys (const char *call)
{
  const int errsv = errno;
  g_autofree char *reason = g_strdup_printf ("%s: %s", call, g_strerror (errsv));

  fail (reason);
}

/* -- Names, which the guardian removes when the worker could not -- */

char *
bench_name (const char *prefix)
{
  return g_strdup_printf ("%sbench-%d-%u", prefix, (int) ground->guardian,
                          atomic_fetch_add (&ground->n_names, 1));
}

static void
remove_names (void)
{
  static const char *const prefixes[] = { "native:", "posix:/", "sysv:/" };

  for (guint i = 0; i < ground->n_names; i++)
    for (guint j = 0; j < G_N_ELEMENTS (prefixes); j++)
      {
        g_autofree char *name
            = g_strdup_printf ("%sbench-%d-%u", prefixes[j], (int) ground->guardian, i);

        ipc_semaphore_unlink_name (name, NULL);
        ipc_segment_unlink_name (name, NULL);
      }
}

static void
pass_on (int signal_number)
{
  kill (ground->worker, signal_number);
}

static void
set_handlers (void (*handler) (int signal_number))
{
  signal (SIGINT, handler);
  signal (SIGTERM, handler);
}

static int
await_worker (void)
{
  int status;

  while (waitpid (ground->worker, &status, 0) < 0)
    bench_must_sys (errno == EINTR, "waitpid");

  if (WIFEXITED (status) && WEXITSTATUS (status) == 0)
    return 0;

  remove_names ();
  return WIFEXITED (status) ? WEXITSTATUS (status) : 1;
}

/* A signal that comes before the worker is known waits until it is. */
int
bench_guard (int (*work) (gpointer data), gpointer data)
{
  sigset_t ends, before;
  pid_t pid;

  sigemptyset (&ends);
  sigaddset (&ends, SIGINT);
  sigaddset (&ends, SIGTERM);
  sigprocmask (SIG_BLOCK, &ends, &before);
  set_handlers (pass_on);

  sched_getaffinity (0, sizeof allowed, &allowed);
  ground = bench_shared (sizeof *ground);
  ground->guardian = getpid ();
  fflush (NULL);
  pid = fork ();
  if (pid == 0)
    {
      prctl (PR_SET_PDEATHSIG, SIGKILL);
      ground->worker = getpid ();
      set_handlers (SIG_DFL);
      sigprocmask (SIG_SETMASK, &before, NULL);
      exit (work (data));
    }

  bench_must_sys (pid > 0, "fork");
  ground->worker = pid;
  sigprocmask (SIG_SETMASK, &before, NULL);
  return await_worker ();
}

/* -- Room -- */

/* With as much left for others. */
const char *
bench_no_room (gsize size)
{
  struct statvfs fs;

  return statvfs ("/dev/shm", &fs) == 0 && (guint64) fs.f_bavail * fs.f_frsize < 2 * (guint64) size
             ? "/dev/shm has no room for it"
             : NULL;
}

/* -- Processors -- */

void
bench_pin (guint cpu)
{
  guint left = cpu % (guint) CPU_COUNT (&allowed);
  cpu_set_t one;
  int i = 0;

  while (!CPU_ISSET (i, &allowed) || left-- > 0)
    i++;

  CPU_ZERO (&one);
  CPU_SET (i, &one);
  bench_must_sys (sched_setaffinity (0, sizeof one, &one) == 0, "sched_setaffinity");
}

void
bench_unpin (void)
{
  bench_must_sys (sched_setaffinity (0, sizeof allowed, &allowed) == 0, "sched_setaffinity");
}

/* -- Other processes -- */

pid_t
bench_fork (guint cpu, void (*child) (gpointer data), gpointer data)
{
  pid_t pid;

  fflush (NULL);
  pid = fork ();
  bench_must_sys (pid >= 0, "fork");
  if (pid > 0)
    return pid;

  prctl (PR_SET_PDEATHSIG, SIGKILL);
  if (getppid () != ground->worker)
    _exit (1);

  bench_pin (cpu);
  child (data);
  _exit (0);
}

static int
reap (pid_t pid)
{
  int status;

  while (waitpid (pid, &status, 0) < 0)
    bench_must_sys (errno == EINTR, "waitpid");

  return status;
}

void
bench_join (pid_t pid)
{
  if (reap (pid) != 0)
    fail ("a process of the benchmark failed");
}

void
bench_kill (pid_t pid)
{
  kill (pid, SIGKILL);
  reap (pid);
}

/* The state follows the name, which stands in brackets. */
static gboolean
sleeps (int fd)
{
  char line[128];
  ssize_t n = pread (fd, line, sizeof line - 1, 0);
  const char *state;

  bench_must_sys (n > 0, "read /proc/PID/stat");
  line[n] = '\0';
  state = strrchr (line, ')');
  return state != NULL && g_str_has_prefix (state, ") S");
}

void
bench_blocked (pid_t pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/stat", (int) pid);
  int fd = open (path, O_RDONLY | O_CLOEXEC);

  bench_must_sys (fd >= 0, path);
  while (!sleeps (fd))
    sched_yield ();
  close (fd);
}

gpointer
bench_shared (gsize size)
{
  gpointer data = mmap (NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

  if (data == MAP_FAILED)
    g_error ("mmap: %s", g_strerror (errno));
  return data;
}

void
bench_unshare (gpointer data, gsize size)
{
  munmap (data, size);
}

void
bench_await (const _Atomic int *flag, int value)
{
  while (atomic_load_explicit (flag, memory_order_acquire) != value)
    sched_yield ();
}

/* -- Time -- */

gint64
bench_now (void)
{
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);
  return now.tv_sec * BENCH_NS_PER_S + now.tv_nsec;
}

void
bench_pass (gint64 ns)
{
  struct timespec left = { ns / BENCH_NS_PER_S, ns % BENCH_NS_PER_S };

  while (nanosleep (&left, &left) != 0)
    bench_must_sys (errno == EINTR, "nanosleep");
}

gint64
bench_window (gint64 ns)
{
  return bench_quick ? ns / 20 : ns;
}

static void
spin (guint n)
{
  for (guint i = 0; i < n; i++)
    atomic_signal_fence (memory_order_seq_cst);
}

/* How many rounds of spin() take 100 ns when nothing else runs. */
static guint
spins_of_work (void)
{
  const guint n = 10000;
  gint64 best = G_MAXINT64;

  for (guint i = 0; i < 50; i++)
    {
      const gint64 begin = bench_now ();

      spin (n);
      best = MIN (best, bench_now () - begin);
    }

  return (guint) (n * 100 / MAX (best, 1));
}

void
bench_work (void)
{
  static guint spins;

  if (G_UNLIKELY (spins == 0))
    spins = MAX (spins_of_work (), 1);

  spin (spins);
}

double
bench_per_item (void (*batch) (gpointer data, guint n), gpointer data, guint n, gint64 window)
{
  const gint64 begin = bench_now ();
  guint64 done = 0;
  gint64 passed;

  do
    {
      batch (data, n);
      done += n;
      passed = bench_now () - begin;
    }
  while (passed < window);

  return (double) passed / (double) done;
}
