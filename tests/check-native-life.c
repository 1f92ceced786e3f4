/* check-native-life.c: who is dead and who is not, and whose units come back
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ipc-check-async.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

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
  ipc_check_change (sem, -2);
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

/* Not on the stack of a thread that may end. */
typedef struct
{
  Scene       scene;
  const Fate *fate;
} Holder;

/* The thread that takes ends at once, which is no end of anything. */
static void
hold_and_act (gpointer data)
{
  static IpcSemaphore *held; /* to the end, and valgrind sees it */
  const Holder *self = data;

  held = ipc_check_semaphore_open (self->scene.name, IPC_SEMAPHORE_UNDO);
  close (self->scene.input[1]);
  g_thread_join (g_thread_new ("taker", take_in_thread, held));
  self->fate->act (&self->scene);
}

/* Its units are held, and it holds nobody up. */
static void
check_alive (IpcSemaphore *sem, const char *what)
{
  g_autoptr (IpcInfo) info = ipc_check_info (sem);

  ck_assert_msg (ipc_info_get_recovered_units (info) == 0, "who %s was taken for dead", what);
  ck_assert_int_eq (ipc_info_get_value (info), 1);
  ipc_check_change (sem, -1);
  ipc_check_is_held (sem);
  ipc_check_change (sem, +1);
}

static void
check_dead (IpcSemaphore *sem, pid_t pid, const char *what)
{
  const IpcSemaphoreOp all = { 0, -3 };
  g_autoptr (GError) error = NULL;
  g_autoptr (IpcInfo) info = NULL;

  ck_assert_msg (ipc_semaphore_operate (sem, &all, 1, IPC_CHECK_LONG, NULL, &error),
                 "who %s was not taken for dead: %s", what, error != NULL ? error->message : "");
  info = ipc_check_info (sem);
  ck_assert_int_eq (ipc_info_get_recovered_units (info), 2);
  ck_assert_int_eq (ipc_info_get_recovered_pid (info), pid);
}

START_TEST (fate_of_a_holder_is_known)
{
  static Holder holder;
  g_autoptr (IpcSemaphore) sem = NULL;
  siginfo_t info;
  char byte;
  pid_t pid;

  holder.fate = &fates[_i];
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

/* The lane is kept for what is held, and nothing is held of what is gone. */
START_TEST (removed_object_leaves_nothing_in_its_holder)
{
  const guint fds = ipc_check_count_fds (), maps = ipc_check_count_maps ("/dev/shm/");
  IpcSemaphore *sem = ipc_check_semaphore_new (_i, 1, IPC_SEMAPHORE_UNDO);

  ipc_check_change (sem, -1);
  ck_assert (ipc_semaphore_unlink (sem, NULL));
  g_object_unref (sem);
  ck_assert_uint_eq (ipc_check_count_fds (), fds);
  ck_assert_uint_eq (ipc_check_count_maps ("/dev/shm/"), maps);
}
END_TEST

/* -- Who waits for which -- */

/* Each peer is counted where it is stopped, and nowhere else; but not while it looks after the dead. */
static void
wait_for_two (gpointer name)
{
  const IpcSemaphoreOp ops[] = { { 0, -1 }, { 2, -1 } };
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_open (name, IPC_SEMAPHORE_UNDO);

  ipc_semaphore_operate (sem, ops, 2, -1, NULL, NULL);
}

static void
wait_for_zero_of_one (gpointer name)
{
  const IpcSemaphoreOp zero = { 1, 0 };
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_open (name, IPC_SEMAPHORE_FLAGS_NONE);

  ipc_semaphore_operate (sem, &zero, 1, -1, NULL, NULL);
}

static void
check_waiters_of_three (IpcSemaphore *sem, int for_two, int zero_of_one)
{
  for (guint i = 0; i < 3; i++)
    ipc_check_waiters (sem, i, i == 2 ? for_two : 0, i == 1 ? zero_of_one : 0);
}

START_TEST (killed_waiters_of_a_set_are_forgotten)
{
  static const guint first[] = { 1, 1, 0 };
  g_autoptr (IpcSemaphore) sem = ipc_semaphore_new_full (ipc_check_plain_name (), IPC_OPEN_CREATE,
                                                         first, 3, 0600, IPC_SEMAPHORE_FLAGS_NONE,
                                                         NULL, NULL);
  gpointer name = (gpointer) ipc_semaphore_get_name (sem);
  const pid_t for_two = ipc_check_fork (wait_for_two, name);
  pid_t zero_of_one;

  ck_assert (ipc_check_blocked (for_two));
  check_waiters_of_three (sem, 1, 0);
  zero_of_one = ipc_check_fork (wait_for_zero_of_one, name);
  ck_assert (ipc_check_blocked (zero_of_one));
  check_waiters_of_three (sem, 1, 1);

  ipc_check_kill (for_two);
  check_waiters_of_three (sem, 0, 1);
  ipc_check_kill (zero_of_one);
  check_waiters_of_three (sem, 0, 0);
}
END_TEST

/* -- A wait that ends as soon as it begins -- */

static void
die_with_a_unit (gpointer name)
{
  ipc_check_keep (ipc_check_take (name, IPC_SEMAPHORE_UNDO));
  _exit (0);
}

/* The dead are looked after once more before it fails.  Loop index: in a main loop, or not. */
START_TEST (shortest_wait_gets_what_the_dead_had)
{
  g_autoptr (IpcSemaphore) sem = ipc_semaphore_create (ipc_check_plain_name (), 1,
                                                       IPC_SEMAPHORE_FLAGS_NONE, NULL);
  g_auto (IpcCheckAsync) wait = { 0 };
  g_autoptr (GError) error = NULL;

  ck_assert_int_eq (ipc_check_join (ipc_check_fork (die_with_a_unit, ipc_check_name_of (sem))), 0);
  if (_i == 0)
    ipc_check_ok (ipc_semaphore_wait (sem, 1, NULL, &error), error);
  else
    {
      ipc_check_async_wait (&wait, sem, 1, NULL);
      ipc_check_async_done (&wait);
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
  ipc_check_add_backend_test (tcase, removed_object_leaves_nothing_in_its_holder,
                              IPC_BACKEND_NATIVE);
  tcase_add_test (tcase, killed_waiters_of_a_set_are_forgotten);
  tcase_add_loop_test (tcase, shortest_wait_gets_what_the_dead_had, 0, 2);
}

int
main (void)
{
  return ipc_check_main ("native-life", add_tests);
}
