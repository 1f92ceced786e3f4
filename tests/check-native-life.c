/* check-native-life.c: who is dead and who is not, and whose units come back
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ipc-check-semaphore.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static IpcInfo *
info_of (IpcSemaphore *sem)
{
  g_autoptr (GError) error = NULL;
  IpcInfo *info = ipc_semaphore_get_info (sem, 0, &error);

  ipc_check_ok (info != NULL, error);
  return info;
}

static void
change (IpcSemaphore *sem, int delta, gint64 timeout_us)
{
  const IpcSemaphoreOp op = { 0, delta };
  g_autoptr (GError) error = NULL;

  ipc_check_ok (ipc_semaphore_operate (sem, &op, 1, timeout_us, NULL, &error), error);
}

/* -- Three units, two of them held by a process that does something -- */

typedef struct
{
  const char *name;
  char       *path;
  int         done[2];  /* a byte, or its end: what had to be done was done */
  int         input[2]; /* whose end ends what a holder leaves behind */
} Scene;

static void
scene_init (Scene *self, const char *plain)
{
  self->name = plain;
  self->path = g_strconcat ("/dev/shm/ipc-sem.", plain, NULL);
  ck_assert_int_eq (pipe2 (self->done, O_CLOEXEC), 0);
  ck_assert_int_eq (pipe2 (self->input, O_CLOEXEC), 0);
}

static void
say_done (const Scene *self)
{
  ck_assert_int_eq (write (self->done[1], "", 1), 1);
}

static void
stay (void)
{
  for (;;)
    pause ();
}

static void
is_killed (const Scene *scene G_GNUC_UNUSED)
{
  raise (SIGKILL);
}

static void
crashes (const Scene *scene G_GNUC_UNUSED)
{
  signal (SIGSEGV, SIG_DFL);
  raise (SIGSEGV);
}

static void
exits (const Scene *scene G_GNUC_UNUSED)
{
  exit (0);
}

/* Nobody asks for its status until the test is over. */
static void
is_a_zombie (const Scene *scene G_GNUC_UNUSED)
{
  _exit (0);
}

static void
becomes_a_program (const Scene *scene)
{
  dup2 (scene->input[0], STDIN_FILENO);
  execlp ("cat", "cat", NULL);
}

static gpointer
exec_in_thread (gpointer scene)
{
  becomes_a_program (scene);
  return NULL;
}

static void
becomes_a_program_by_a_thread (const Scene *scene)
{
  g_thread_join (g_thread_new ("exec", exec_in_thread, (gpointer) scene));
}

static void
leaves_a_child (const Scene *scene)
{
  char byte;

  if (fork () == 0)
    {
      say_done (scene);
      _exit ((int) read (scene->input[0], &byte, 1));
    }
  _exit (0);
}

static void
leaves_a_helper (const Scene *scene)
{
  char *argv[] = { (char *) "cat", NULL };
  pid_t pid;

  dup2 (scene->input[0], STDIN_FILENO);
  ck_assert_int_eq (posix_spawnp (&pid, "cat", NULL, NULL, argv, environ), 0);
  _exit (0);
}

static void
runs_on (const Scene *scene)
{
  say_done (scene);
  stay ();
}

static void
is_stopped (const Scene *scene)
{
  say_done (scene);
  raise (SIGSTOP);
}

/* As daemons do, and programs before they start others. */
static void
closes_all_files (const Scene *scene)
{
  for (int fd = 3; fd < 1024; fd++)
    if (fd != scene->done[1])
      close (fd);
  runs_on (scene);
}

/* By which locks of the older kind are lost. */
static void
opens_and_closes_the_file (const Scene *scene)
{
  int fd = open (scene->path, O_RDWR | O_CLOEXEC);

  ck_assert_int_ge (fd, 0);
  close (dup (fd));
  close (fd);
  runs_on (scene);
}

/* The first thread is then a zombie. */
static gpointer
say_when_alone (gpointer scene)
{
  while (ipc_check_blocked (getpid ()))
    continue;
  runs_on (scene);
  return NULL;
}

static void
ends_its_first_thread (const Scene *scene)
{
  g_thread_unref (g_thread_new ("other", say_when_alone, (gpointer) scene));
  pthread_exit (NULL);
}

static gpointer
take_in_thread (gpointer sem)
{
  change (sem, -2, 0);
  return NULL;
}

typedef struct
{
  const char *what;
  void      (*act) (const Scene *scene);
  gboolean    alive;
} Fate;

static const Fate fates[] = {
  { "is killed", is_killed, FALSE },
  { "crashes", crashes, FALSE },
  { "exits", exits, FALSE },
  { "is a zombie", is_a_zombie, FALSE },
  { "becomes another program", becomes_a_program, FALSE },
  { "becomes another program by a thread", becomes_a_program_by_a_thread, FALSE },
  { "leaves a child behind", leaves_a_child, FALSE },
  { "leaves a helper behind", leaves_a_helper, FALSE },
  { "runs on", runs_on, TRUE },
  { "is stopped", is_stopped, TRUE },
  { "closes all files", closes_all_files, TRUE },
  { "opens and closes the file", opens_and_closes_the_file, TRUE },
  { "ends its first thread", ends_its_first_thread, TRUE },
};

typedef struct
{
  Scene       scene;
  const Fate *fate;
} Holder;

/* The thread that takes ends at once, which is no end of anything. */
static void
hold_and_act (gpointer data)
{
  const Holder *self = data;
  IpcSemaphore *sem = ipc_check_semaphore_open (self->scene.name, IPC_SEMAPHORE_UNDO);

  close (self->scene.input[1]);
  g_thread_join (g_thread_new ("taker", take_in_thread, sem));
  self->fate->act (&self->scene);
}

/* Its units are held, and it holds nobody up. */
static void
check_alive (IpcSemaphore *sem, const char *what)
{
  g_autoptr (IpcInfo) info = info_of (sem);

  ck_assert_msg (ipc_info_get_recovered_units (info) == 0, "who %s was taken for dead", what);
  ck_assert_int_eq (ipc_info_get_value (info), 1);
  change (sem, -1, 0);
  ipc_check_is_held (sem);
  change (sem, +1, 0);
}

static void
check_dead (IpcSemaphore *sem, pid_t pid, const char *what)
{
  const IpcSemaphoreOp all = { 0, -3 };
  g_autoptr (GError) error = NULL;
  g_autoptr (IpcInfo) info = NULL;

  ck_assert_msg (ipc_semaphore_operate (sem, &all, 1, IPC_CHECK_LONG, NULL, &error),
                 "who %s was not taken for dead: %s", what, error != NULL ? error->message : "");
  info = info_of (sem);
  ck_assert_int_eq (ipc_info_get_recovered_units (info), 2);
  ck_assert_int_eq (ipc_info_get_recovered_pid (info), pid);
}

START_TEST (fate_of_a_holder_is_known)
{
  Holder holder = { .fate = &fates[_i] };
  g_autoptr (IpcSemaphore) sem = NULL;
  siginfo_t info;
  char byte;
  pid_t pid;

  scene_init (&holder.scene, ipc_check_plain_name ());
  sem = ipc_semaphore_create (holder.scene.name, 3, IPC_SEMAPHORE_FLAGS_NONE, NULL);
  pid = ipc_check_fork (hold_and_act, &holder);
  close (holder.scene.done[1]);
  ck_assert_int_ge (read (holder.scene.done[0], &byte, 1), 0);
  if (holder.fate->act == is_stopped)
    ck_assert_int_eq (waitid (P_PID, (id_t) pid, &info, WSTOPPED | WNOWAIT), 0);

  if (holder.fate->alive)
    {
      check_alive (sem, holder.fate->what);
      kill (pid, SIGKILL);
    }
  check_dead (sem, pid, holder.fate->what);
  close (holder.scene.input[1]);
  kill (pid, SIGKILL);
  ipc_check_join (pid);
  g_free (holder.scene.path);
}
END_TEST

/* -- Nothing of a dead process may still change what its units protected -- */

#define SCRIBBLED (4 << 20)
#define SCRIBBLE_ROUNDS 12

typedef struct
{
  const char *name;
  guchar     *data; /* shared */
  int         source; /* a file of SCRIBBLED bytes */
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
  g_autoptr (IpcSemaphore) sem = ipc_check_take (self->name, IPC_SEMAPHORE_UNDO);

  g_thread_unref (g_thread_new ("reader", read_for_ever, self));
  stay ();
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
      change (sem, -1, IPC_CHECK_LONG);
      memset (scribbler.data, 0xee, SCRIBBLED);
      ck_assert_int_eq (ipc_check_join (pid), 128 + SIGKILL);
      ck_assert_int_eq (memcmp (scribbler.data, expected, SCRIBBLED), 0);
      change (sem, +1, 0);
    }
}
END_TEST

static void
add_tests (Suite *suite)
{
  TCase *tcase = ipc_check_tcase (suite, "native-life");

  if (!ipc_backend_is_available (IPC_BACKEND_NATIVE))
    return ipc_check_skip ("native-life", "this platform has no native semaphores");

  tcase_add_loop_test (tcase, fate_of_a_holder_is_known, 0, G_N_ELEMENTS (fates));
  ipc_check_add_backend_test (tcase, dead_write_nothing_any_more, IPC_BACKEND_NATIVE);
}

int
main (void)
{
  return ipc_check_main ("native-life", add_tests);
}
