/* churn.c: objects come and go, and nothing of them stays: no file, mapping, thread or memory
 *
 * Usage: churn [SECONDS]: how long objects of all kinds live their lives (2)
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ipc-check-async.h"

#include <gio/gio.h>
#include <ipc/ipc.h>
#ifdef HAVE_MALLINFO2
# include <malloc.h>
#endif
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define N_OPENS 10000
#define N_WARM_UP 20
#define N_TURNS_MIN 50 /* what stays of each is more than all that may */
#define N_VALUES 3
#define SIZE (3 * 4096 + 1)
#define PATIENCE_US (60 * G_USEC_PER_SEC) /* a failure, and no slow machine */
#define GROWTH_MAX_KIB 64
#define MAPPINGS_MAX 16 /* more than before: heaps of threads come, go and part */

static char *names[3]; /* native, System V, POSIX */

G_GNUC_NORETURN static void
die (const char *what, const GError *error)
{
  printf ("FAIL %s: %s\n", what, error != NULL ? error->message : "");
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      ipc_semaphore_unlink_name (names[i], NULL);
      ipc_segment_unlink_name (names[i], NULL);
    }
  exit (EXIT_FAILURE);
}

static void
must (gboolean ok, const char *what, const GError *error)
{
  if (!ok)
    die (what, error);
}

static void
must_fail (gboolean ok, GError **error, GQuark domain, int code, const char *what)
{
  if (ok || !g_error_matches (*error, domain, code))
    die (what, *error);
  g_clear_error (error);
}

static IpcSemaphore *
make (const char *name, const guint *values, gsize n_values, IpcSemaphoreFlags flags)
{
  g_autoptr (GError) error = NULL;
  IpcSemaphore *self = ipc_semaphore_new_full (name, IPC_OPEN_REPLACE, values, n_values, 0600, flags,
                                               NULL, &error);

  must (self != NULL, name, error);
  return self;
}

static IpcSemaphore *
open_again (const char *name, IpcSemaphoreFlags flags)
{
  g_autoptr (GError) error = NULL;
  IpcSemaphore *self = ipc_semaphore_open (name, flags, &error);

  must (self != NULL, name, error);
  return self;
}

/* -- Nothing stays -- */

typedef struct
{
  guint  n_files;
  guint  n_mappings;
  guint  n_threads;
  gint64 heap_kib;
} Usage;

/* Bytes that were asked for and not given back; 0 where nobody can tell.  What a process has of the
 * machine's memory says less: a heap that was large once, since there was much to list, stays so. */
static gint64
heap_in_use (void)
{
#ifdef HAVE_MALLINFO2
  return (gint64) mallinfo2 ().uordblks;
#else
  return 0;
#endif
}

static Usage
usage_now (void)
{
  return (Usage){
    .n_files = ipc_check_count_fds (),
    .n_mappings = ipc_check_count_maps (""),
    .n_threads = ipc_check_count_threads (""),
    .heap_kib = heap_in_use () / 1024,
  };
}

/* A thread that has no more to do ends a moment later.  Returns: how many KiB more are in use. */
static gint64
must_be_as_before (const Usage *before, const char *what)
{
  const gint64 end = g_get_monotonic_time () + PATIENCE_US;
  Usage now;

  do
    now = usage_now ();
  while (now.n_threads > before->n_threads && g_get_monotonic_time () < end);

  if (now.n_files == before->n_files && now.n_threads <= before->n_threads
      && now.n_mappings <= before->n_mappings + MAPPINGS_MAX
      && now.heap_kib - before->heap_kib <= GROWTH_MAX_KIB)
    return now.heap_kib - before->heap_kib;

  printf ("files %u then %u, mappings %u then %u, threads %u then %u, KiB %" G_GINT64_FORMAT
          " then %" G_GINT64_FORMAT "\n",
          before->n_files, now.n_files, before->n_mappings, now.n_mappings, before->n_threads,
          now.n_threads, before->heap_kib, now.heap_kib);
  die (what, NULL);
}

/* -- 10 000 opens -- */

static void
open_and_close (const char *name, guint n)
{
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (IpcSemaphore) semaphore = open_again (name, IPC_SEMAPHORE_FLAGS_NONE);
      g_autoptr (GError) error = NULL;

      must (ipc_semaphore_close (semaphore, &error), name, error);
    }
}

static void
opens (const char *name)
{
  const guint one = 1;
  Usage before;
  gint64 began, took, more;

  g_object_unref (make (name, &one, 1, IPC_SEMAPHORE_FLAGS_NONE));
  open_and_close (name, N_OPENS / 10);
  before = usage_now ();
  began = g_get_monotonic_time ();
  open_and_close (name, N_OPENS);
  took = g_get_monotonic_time () - began;
  more = must_be_as_before (&before, "opening and closing leaves something behind");
  printf ("%d opens and closes of %s: %.0f a second, %" G_GINT64_FORMAT " KiB more at the end\n",
          N_OPENS, name, N_OPENS / ((double) took / G_USEC_PER_SEC), more);
  ipc_semaphore_unlink_name (name, NULL);
}

/* -- The life of a segment -- */

static void
write_and_read (IpcSegment *writer, IpcSegment *reader, gsize offset)
{
  const guint64 sent = g_random_int ();
  guint64 got = 0;
  g_autoptr (GError) error = NULL;
  gboolean ok = ipc_segment_write (writer, offset, &sent, sizeof sent, &error)
                && ipc_segment_read (reader, offset, &got, sizeof got, &error);

  must (ok && got == sent, "a segment", error);
}

static void
segment_life (const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (IpcSegment) owner = ipc_segment_create (name, SIZE, IPC_SEGMENT_FLAGS_NONE, &error);
  g_autoptr (IpcSegment) peer = NULL;
  g_autoptr (IpcInfo) info = NULL;
  GBytes *bytes;

  must (owner != NULL, name, error);
  must_fail (ipc_segment_create (name, SIZE, IPC_SEGMENT_FLAGS_NONE, &error) != NULL, &error,
             IPC_ERROR, IPC_ERROR_EXISTS, name);
  peer = ipc_segment_open (name, IPC_SEGMENT_READ_ONLY, &error);
  must (peer != NULL, name, error);
  write_and_read (owner, peer, SIZE - 8);
  must_fail (ipc_segment_write (owner, SIZE, "x", 1, &error), &error, IPC_ERROR,
             IPC_ERROR_OUT_OF_RANGE, name);

  /* Memory that outlives the object that it came from. */
  bytes = ipc_segment_get_bytes (peer, 0, SIZE, &error);
  must (bytes != NULL, name, error);
  g_clear_object (&peer);
  g_bytes_unref (bytes);

  info = ipc_segment_get_info (owner, &error);
  must (info != NULL && ipc_segment_unlink (owner, &error), name, error);
}

static void
anonymous_life (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (IpcSegment) owner = ipc_segment_create_anonymous (SIZE, IPC_SEGMENT_FLAGS_NONE, &error);
  g_autoptr (IpcSegment) peer = NULL;
  int fd;

  must (owner != NULL && ipc_segment_resize (owner, 2 * SIZE, &error)
            && ipc_segment_seal (owner, IPC_SEGMENT_SEAL_SHRINK | IPC_SEGMENT_SEAL_GROW, &error),
        "an anonymous segment", error);
  fd = ipc_segment_dup_fd (owner, &error);
  peer = ipc_segment_new_from_fd (fd, IPC_SEGMENT_FLAGS_NONE, &error);
  close (fd);
  must (peer != NULL, "a segment by its descriptor", error);
  write_and_read (owner, peer, 2 * SIZE - 8);
  must_fail (ipc_segment_resize (owner, SIZE, &error), &error, IPC_ERROR,
             IPC_ERROR_PERMISSION_DENIED, "a sealed segment");
}

/* -- The life of a semaphore -- */

static void
on_done (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError **slot = user_data;

  /* Any error, so that the end can be told from what is still to come. */
  if (ipc_semaphore_wait_finish (IPC_SEMAPHORE (source), result, slot))
    *slot = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_EXISTS, "done");
}

static void
await (GError **slot)
{
  while (*slot == NULL)
    g_main_context_iteration (NULL, TRUE);
}

/* One wait in a main loop gets its unit, one is cancelled, one times out. */
static void
async_life (IpcSemaphore *taker, IpcSemaphore *giver)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  GError *ends[3] = { NULL };
  g_autoptr (GError) error = NULL;

  ipc_semaphore_wait_async (taker, PATIENCE_US, NULL, on_done, &ends[0]);
  must (ipc_semaphore_post (giver, &error), "a post to a main loop", error);
  await (&ends[0]);
  must_fail (FALSE, &ends[0], G_IO_ERROR, G_IO_ERROR_EXISTS, "a wait in a main loop");

  ipc_semaphore_wait_async (taker, -1, cancellable, on_done, &ends[1]);
  ipc_semaphore_wait_async (taker, 1000, NULL, on_done, &ends[2]);
  g_cancellable_cancel (cancellable);
  await (&ends[1]);
  await (&ends[2]);
  must_fail (FALSE, &ends[1], G_IO_ERROR, G_IO_ERROR_CANCELLED, "a wait that was cancelled");
  must_fail (FALSE, &ends[2], IPC_ERROR, IPC_ERROR_TIMED_OUT, "a wait that lasted too long");
}

static void
semaphore_life (const char *name)
{
  const guint none = 0;
  g_autoptr (IpcSemaphore) owner = make (name, &none, 1, IPC_SEMAPHORE_FLAGS_NONE);
  g_autoptr (IpcSemaphore) peer = open_again (name, IPC_SEMAPHORE_FLAGS_NONE);
  g_autoptr (GError) error = NULL;

  must (ipc_semaphore_post (peer, &error) && ipc_semaphore_wait (owner, PATIENCE_US, NULL, &error),
        name, error);
  must_fail (ipc_semaphore_wait (owner, 0, NULL, &error), &error, IPC_ERROR, IPC_ERROR_TIMED_OUT,
             name);
  must_fail (ipc_semaphore_wait (owner, 100, NULL, &error), &error, IPC_ERROR, IPC_ERROR_TIMED_OUT,
             name);
  async_life (owner, peer);

  g_object_unref (make (name, &none, 1, IPC_SEMAPHORE_FLAGS_NONE));
  must (ipc_semaphore_unlink_name (name, &error), name, error);
  must_fail (ipc_semaphore_open (name, IPC_SEMAPHORE_FLAGS_NONE, &error) != NULL, &error, IPC_ERROR,
             IPC_ERROR_NOT_FOUND, name);
}

G_GNUC_NORETURN static void
take_all_and_die (const char *name, const IpcSemaphoreOp *ops, gsize n_ops)
{
  prctl (PR_SET_PDEATHSIG, SIGKILL);
  if (ipc_semaphore_operate (open_again (name, IPC_SEMAPHORE_UNDO), ops, n_ops, PATIENCE_US, NULL,
                             NULL))
    raise (SIGKILL);
  _exit (EXIT_FAILURE);
}

/* What a killed process held comes back to who waits for it. */
static void
undo_life (const char *name)
{
  const guint values[N_VALUES] = { 1, 2, 3 };
  const IpcSemaphoreOp ops[N_VALUES] = { { 0, -1 }, { 1, -2 }, { 2, -3 } };
  g_autoptr (IpcSemaphore) set = make (name, values, N_VALUES, IPC_SEMAPHORE_UNDO);
  g_autoptr (GError) error = NULL;
  const pid_t pid = fork ();
  int status = 0;

  if (pid == 0)
    take_all_and_die (name, ops, N_VALUES);
  must (waitpid (pid, &status, 0) == pid && WIFSIGNALED (status), "a process to be killed", NULL);
  must (ipc_semaphore_operate (set, ops, N_VALUES, PATIENCE_US, NULL, &error), name, error);
  must (ipc_semaphore_unlink (set, &error), name, error);
}

static void
list_all (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) list = ipc_info_list (IPC_BACKEND_NONE, NULL, &error);

  must (list != NULL, "the list of all objects", error);
}

static void
turn (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      segment_life (names[i]);
      semaphore_life (names[i]);
    }
  anonymous_life ();
  undo_life (names[0]);
  undo_life (names[1]);
  list_all ();
}

static void
lives (gint64 seconds)
{
  const gint64 end = g_get_monotonic_time () + seconds * G_USEC_PER_SEC;
  Usage before;
  gint64 more;
  guint n;

  for (n = 0; n < N_WARM_UP; n++)
    turn ();
  before = usage_now ();
  for (; n < N_WARM_UP + N_TURNS_MIN || g_get_monotonic_time () < end; n++)
    turn ();
  more = must_be_as_before (&before, "the life of objects leaves something behind");
  printf ("%u turns of %zu lives each, %" G_GINT64_FORMAT " KiB more at the end\n", n,
          2 * G_N_ELEMENTS (names) + 3, more);
}

/* What the C library keeps of each thread's freed memory counts as if it were in use. */
static void
restart_without_caches (char **argv)
{
  if (g_getenv ("GLIBC_TUNABLES") != NULL)
    return;

  g_setenv ("GLIBC_TUNABLES", "glibc.malloc.tcache_count=0:glibc.malloc.arena_max=1", TRUE);
  execv ("/proc/self/exe", argv);
  die ("/proc/self/exe", NULL);
}

int
main (int argc, char **argv)
{
  const gint64 seconds = argc > 1 ? g_ascii_strtoll (argv[1], NULL, 10) : 2;

  restart_without_caches (argv);
  names[0] = g_strdup_printf ("ipc-churn-%d", (int) getpid ());
  names[1] = g_strconcat ("sysv:/", names[0], NULL);
  names[2] = g_strconcat ("posix:/", names[0], NULL);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    opens (names[i]);
  lives (seconds);
  return EXIT_SUCCESS;
}
