/* check-process.c: what becomes of objects when processes end in ways of their own
 *
 * A process may end for want of memory, write to memory while it ends, take long to write a core
 * dump, and leave its process id to another.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ipc-check-semaphore.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

/* Where a semaphore has it, what its holder took comes back. */
static IpcSemaphoreFlags
undo_if_any (const char *name)
{
  return ipc_name_get_backend (name, NULL) == IPC_BACKEND_POSIX ? IPC_SEMAPHORE_FLAGS_NONE
                                                                : IPC_SEMAPHORE_UNDO;
}

static void
hold (gpointer data)
{
  IpcCheckHolder *holder = data;
  g_autoptr (IpcSemaphore) sem G_GNUC_UNUSED = ipc_check_take (holder->name,
                                                               undo_if_any (holder->name));

  ipc_check_gate_open (holder->holds);
  ipc_check_gate_pass (holder->ends);
}

/* The unit of one who died: back, and no more than that; or gone for good. */
static void
check_unit_of_the_dead (IpcSemaphore *sem)
{
  if (undo_if_any (ipc_semaphore_get_name (sem)) == IPC_SEMAPHORE_UNDO)
    ipc_check_comes_back (sem);
  else
    ipc_check_is_held (sem);
}

static gboolean
write_text (const char *path, const char *text)
{
  const int fd = open (path, O_WRONLY | O_CLOEXEC);
  const gboolean done = fd >= 0 && write (fd, text, strlen (text)) == (ssize_t) strlen (text);

  if (fd >= 0)
    close (fd);
  return done;
}

/* -- P12: a process id that comes again -- */

#define LAST_PID "/proc/sys/kernel/ns_last_pid"
#define PID 300

static void
live (gpointer data)
{
  IpcCheckHolder *holder = data;

  ipc_check_gate_open (holder->holds);
  ipc_check_gate_pass (holder->ends);
}

/* In a namespace of its own, where nobody else takes ids. */
static pid_t
start_as_same_pid (void (*child) (gpointer data), IpcSemaphore *sem)
{
  IpcCheckHolder *holder = ipc_check_holder_new (sem);
  g_autofree char *before = g_strdup_printf ("%d", PID - 1);
  pid_t pid;

  ck_assert (write_text (LAST_PID, before));
  pid = ipc_check_fork (child, holder);
  ck_assert_int_eq (pid, PID);
  ipc_check_gate_pass (holder->holds);
  return pid;
}

/* One after the other: who is killed with the unit, who has nothing to do with it, who has again.
 * This process has had it, too: what is left of another is not just taken over, but judged. */
static void
be_same_process (IpcSemaphore *sem)
{
  const char *name = ipc_semaphore_get_name (sem);
  g_autoptr (IpcSemaphore) own = ipc_check_take (name, undo_if_any (name));
  pid_t pid;

  ck_assert (ipc_semaphore_post (own, NULL));
  pid = start_as_same_pid (hold, sem);
  ipc_check_kill (pid);
  pid = start_as_same_pid (live, sem);
  check_unit_of_the_dead (sem);
  ipc_check_kill (pid);
  ipc_check_is_held (sem);

  ck_assert (ipc_semaphore_post (sem, NULL));
  ipc_check_kill (start_as_same_pid (hold, sem));
  check_unit_of_the_dead (sem);
}

/* The first process there; the others end with it.  By _exit(2): a sanitizer looks for leaks by a
 * thread, which who has left his namespace cannot have. */
static void
be_first_process (gpointer sem)
{
  const pid_t pid = fork ();

  ck_assert_int_ge (pid, 0);
  if (pid > 0)
    _exit (ipc_check_join (pid));
  prctl (PR_SET_PDEATHSIG, SIGKILL);
  be_same_process (sem);
  _exit (0);
}

START_TEST (process_id_decides_nothing)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 1, IPC_SEMAPHORE_FLAGS_NONE);

  ck_assert_int_eq (ipc_check_in_namespaces (CLONE_NEWPID, 0, be_first_process, sem), 0);
}
END_TEST

/* -- P14: nothing of a dead process may still change what its units protected -- */

#define SCRIBBLED (4 << 20)
#define SCRIBBLE_ROUNDS 12

typedef struct
{
  const char   *name;
  guchar       *data;   /* shared */
  int           source; /* a file of SCRIBBLED bytes */
  IpcCheckGate *busy;
} Scribbler;

static gpointer
read_for_ever (gpointer data)
{
  const Scribbler *self = data;

  for (;;)
    {
      ck_assert_int_eq (pread (self->source, self->data, SCRIBBLED, 0), SCRIBBLED);
      ipc_check_gate_open (self->busy);
    }
}

static void
hold_and_scribble (gpointer data)
{
  Scribbler *self = data;

  ck_assert_ptr_nonnull (ipc_check_take (self->name, IPC_SEMAPHORE_UNDO));
  g_thread_unref (g_thread_new ("reader", read_for_ever, self));
  for (;;)
    pause ();
}

static void
take_from_the_dead (IpcSemaphore *sem)
{
  g_autoptr (GError) error = NULL;

  ipc_check_ok (ipc_semaphore_wait (sem, IPC_CHECK_LONG, NULL, &error), error);
}

/* Killed inside a system call that writes to the memory: the kernel ends the call after threads of
 * the same process were already told of the end. */
START_TEST (dead_write_nothing_any_more)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 1, IPC_SEMAPHORE_FLAGS_NONE);
  g_autofree guchar *expected = g_malloc (SCRIBBLED);
  Scribbler scribbler = {
    .name = ipc_semaphore_get_name (sem),
    .data = ipc_check_shared (SCRIBBLED),
    .source = memfd_create ("source", MFD_CLOEXEC),
  };

  ck_assert_int_eq (ftruncate (scribbler.source, SCRIBBLED), 0);
  memset (expected, 0xee, SCRIBBLED);
  for (int round = 0; round < SCRIBBLE_ROUNDS; round++)
    {
      g_autoptr (IpcCheckGate) busy = scribbler.busy = ipc_check_gate_new ();
      pid_t pid = ipc_check_fork (hold_and_scribble, &scribbler);

      ipc_check_gate_pass (busy);
      ck_assert_int_eq (kill (pid, SIGKILL), 0);
      take_from_the_dead (sem);
      memset (scribbler.data, 0xee, SCRIBBLED);
      ck_assert_int_eq (ipc_check_join (pid), IPC_CHECK_STATUS_KILLED);
      ck_assert_int_eq (memcmp (scribbler.data, expected, SCRIBBLED), 0);
      ck_assert (ipc_semaphore_post (sem, NULL));
    }
}
END_TEST

/* -- P15: while its core is dumped a process is not dead -- */

#define DUMPED (64 << 20)
#define DUMP_ROUNDS 20

typedef struct
{
  IpcCheckHolder *holder;
  const char     *dir;
} Dumper;

static void
hold_and_crash (gpointer data)
{
  const Dumper *self = data;
  const struct rlimit any = { RLIM_INFINITY, RLIM_INFINITY };
  gpointer memory = ipc_check_keep (g_malloc (DUMPED));

  memset (memory, 0x55, DUMPED);
  ck_assert_int_eq (setrlimit (RLIMIT_CORE, &any), 0);
  ck_assert_int_eq (chdir (self->dir), 0);
  self->holder->signal = SIGABRT;
  ipc_check_peer_hold (self->holder);
}

static gboolean
is_dumping (pid_t pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/status", (int) pid);
  g_autofree char *status = NULL;

  return g_file_get_contents (path, &status, NULL, NULL)
         && strstr (status, "CoreDumping:\t1") != NULL;
}

/* How often the unit was looked for during the dump.  It is back in the end. */
static guint
look_during_dump (IpcSemaphore *sem, pid_t pid)
{
  const gint64 end = g_get_monotonic_time () + IPC_CHECK_LONG;
  guint n = 0;

  for (;;)
    {
      const gboolean back = ipc_semaphore_try_wait (sem, NULL), dumping = is_dumping (pid);

      ck_assert (!back || !dumping);
      if (back)
        return n;
      n += dumping;
      ck_assert_int_lt (g_get_monotonic_time (), end);
    }
}

static void
remove_dir (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *file = g_build_filename (path, name, NULL);

      ck_assert_int_eq (g_unlink (file), 0);
    }
  ck_assert_int_eq (g_rmdir (path), 0);
}

START_TEST (units_come_back_after_the_core_dump)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 1, IPC_SEMAPHORE_FLAGS_NONE);
  g_autofree char *dir = g_dir_make_tmp ("ipc-check-core-XXXXXX", NULL);
  guint seen = 0;

  /* On a busy machine a dump may be over before anybody looks. */
  for (int round = 0; round < DUMP_ROUNDS && seen == 0; round++)
    {
      Dumper dumper = { ipc_check_holder_new (sem), dir };
      pid_t pid = ipc_check_fork (hold_and_crash, &dumper);

      ipc_check_gate_pass (dumper.holder->holds);
      ipc_check_gate_open (dumper.holder->ends);
      seen = look_during_dump (sem, pid);
      ck_assert_int_eq (ipc_check_join (pid), 128 + SIGABRT);
      ck_assert (ipc_semaphore_post (sem, NULL));
    }
  remove_dir (dir);
  ck_assert_uint_gt (seen, 0);
}
END_TEST

/* Not where it would land among the files of somebody else. */
static gboolean
dumps_core_here (void)
{
  g_autofree char *pattern = NULL;
  struct rlimit limit;

  return g_file_get_contents ("/proc/sys/kernel/core_pattern", &pattern, NULL, NULL)
         && g_ascii_isalnum (pattern[0]) && strchr (pattern, '/') == NULL
         && getrlimit (RLIMIT_CORE, &limit) == 0
         && (geteuid () == 0 || limit.rlim_max == RLIM_INFINITY);
}

static void
add_tests (Suite *suite)
{
  TCase *tcase = ipc_check_tcase (suite, "process");

  ipc_check_add_semaphore_test (tcase, dead_write_nothing_any_more, IPC_CHECK_UNDO, 0);
  if (ipc_check_needs_namespaces ("process ids that come again"))
    ipc_check_add_semaphore_test (tcase, process_id_decides_nothing, IPC_CHECK_NOTHING, 0);
  if (!dumps_core_here ())
    g_print ("Left out, since core dumps are not made in the folder of a process: %s\n",
             "units during a core dump");
  else if (ipc_check_needs_bare_process ("units during a core dump"))
    ipc_check_add_semaphore_test (tcase, units_come_back_after_the_core_dump, IPC_CHECK_UNDO, 0);
}

int
main (void)
{
  return ipc_check_main ("process", add_tests);
}
