/* check-native-place.c: native semaphores across users and namespaces, and where /proc is not
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ipc-check-semaphore.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NOBODY 65534

/* -- A process that has closed its standard streams -- */

/* Ends this process: with 0 if nothing can be written to where they were. */
G_GNUC_NORETURN static void
open_without_streams (gpointer name)
{
  g_autoptr (IpcSemaphore) sem = NULL;
  gboolean written = FALSE;

  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
    close (fd);
  sem = ipc_check_take (name, IPC_SEMAPHORE_UNDO);
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
    written |= write (fd, "spoilt", 6) >= 0;
  _exit (written);
}

START_TEST (file_takes_the_place_of_no_stream)
{
  gpointer name = (gpointer) ipc_check_plain_name ();
  g_autoptr (IpcSemaphore) sem = NULL;

  /* Closed here, or the child would inherit the file. */
  g_object_unref (ipc_semaphore_create (name, 1, IPC_SEMAPHORE_FLAGS_NONE, NULL));
  ck_assert_int_eq (ipc_check_join (ipc_check_fork (open_without_streams, name)), 0);
  sem = ipc_check_semaphore_open (name, IPC_SEMAPHORE_FLAGS_NONE);
  ipc_check_comes_back (sem);
}
END_TEST

/* -- Another user than who opened it -- */

static void
become_nobody (void)
{
  ck_assert_int_eq (setresgid (NOBODY, NOBODY, NOBODY), 0);
  ck_assert_int_eq (setresuid (NOBODY, NOBODY, NOBODY), 0);
}

static void
take_as_nobody (gpointer sem)
{
  g_autoptr (GError) error = NULL;

  become_nobody ();
  ck_assert (!ipc_semaphore_try_wait (sem, &error));
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_PERMISSION_DENIED, "before giving up privileges");
}

START_TEST (child_of_another_user_gets_no_lane)
{
  g_autoptr (IpcSemaphore) sem = ipc_semaphore_create (ipc_check_plain_name (), 1,
                                                       IPC_SEMAPHORE_UNDO, NULL);

  ck_assert_int_eq (ipc_check_join (ipc_check_fork (take_as_nobody, sem)), 0);
  ipc_check_told (sem, 1, 0, 0);
}
END_TEST

static void
hold_as_nobody (gpointer data)
{
  IpcCheckHolder *holder = data;
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_open (holder->name, IPC_SEMAPHORE_UNDO);

  become_nobody ();
  ipc_check_change (sem, -1);
  ipc_check_gate_open (holder->holds);
  ipc_check_gate_pass (holder->ends);
}

START_TEST (lane_outlives_a_change_of_user)
{
  g_autoptr (IpcSemaphore) sem = ipc_semaphore_create (ipc_check_plain_name (), 1, 0, NULL);
  IpcCheckHolder *holder;
  pid_t pid;

  holder = ipc_check_holder_new (sem);
  pid = ipc_check_fork (hold_as_nobody, holder);
  ipc_check_gate_pass (holder->holds);
  ipc_check_told (sem, 0, 1, 0);
  ipc_check_kill (pid);
  ipc_check_comes_back (sem);
}
END_TEST

/* -- Where /proc is not -- */

static void
hide_proc (void)
{
  ck_assert_int_eq (mount ("tmpfs", "/proc", "tmpfs", 0, "size=4096"), 0);
}

/* By _exit(2): what a sanitizer does at exit(3) needs /proc. */
static void
wait_without_proc (gpointer name)
{
  ipc_check_peer_wait (name);
  _exit (0);
}

static void
use_without_proc (gpointer name)
{
  static IpcSemaphore *sem; /* where valgrind sees it */
  g_autoptr (IpcSemaphore) undo = NULL;
  g_autoptr (GError) error = NULL;

  hide_proc ();
  undo = ipc_semaphore_create (name, 2, IPC_SEMAPHORE_UNDO, &error);
  ck_assert_ptr_null (undo);
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_NOT_SUPPORTED, "/proc|without UNDO");
  g_clear_error (&error);

  /* Nothing is left of it, and a plain one needs no /proc. */
  sem = ipc_semaphore_create (name, 2, IPC_SEMAPHORE_FLAGS_NONE, &error);
  ipc_check_ok (sem != NULL, error);
  ipc_check_change (sem, -1);
  ck_assert_int_eq (ipc_check_join (ipc_check_fork (wait_without_proc, name)), 0);
  ck_assert (!ipc_semaphore_wait (sem, 20 * 1000, NULL, &error));
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_TIMED_OUT, NULL);
  ipc_check_change (sem, +3);
  _exit (0);
}

START_TEST (undo_needs_proc)
{
  const char *plain = ipc_check_plain_name ();
  g_autoptr (IpcSemaphore) sem = NULL;

  ck_assert_int_eq (ipc_check_in_namespaces (CLONE_NEWNS, 0, use_without_proc, (gpointer) plain), 0);
  sem = ipc_check_semaphore_open (plain, IPC_SEMAPHORE_UNDO);
  ipc_check_told (sem, 3, 0, 0);
}
END_TEST

/* -- P21: programs of 32 and 64 bits see the same file; the numbers are those of its layout 1 -- */

#define WORD_AT 128
#define LANES_AT 256
#define SET_AT 266240

static guint64
number_at (int fd, off_t offset, gsize size)
{
  guint32 small = 0;
  guint64 large = 0;

  ck_assert_int_eq (pread (fd, size == 4 ? (gpointer) &small : &large, size, offset),
                    (gssize) size);
  return size == 4 ? small : large;
}

static void
check_head (int fd, guint n_values)
{
  ck_assert_uint_eq (number_at (fd, 0, 8), G_GUINT64_CONSTANT (0x314d455343504900));
  ck_assert_uint_eq (number_at (fd, 8, 4), 1);
  ck_assert_uint_eq (number_at (fd, 12, 4), n_values);
  ck_assert_uint_eq (number_at (fd, 16, 4), 4093);
  ck_assert_uint_eq (number_at (fd, 20, 4), (guint) getpid ());
  ck_assert_uint_eq (number_at (fd, 32, 4), 1); /* lanes in use */
  ck_assert_uint_eq (number_at (fd, LANES_AT + 36, 4), (guint) getpid ());
}

static int
open_file_of (IpcSemaphore *sem)
{
  g_autofree char *path = g_strconcat ("/dev/shm/ipc-sem.", ipc_semaphore_get_name (sem), NULL);
  const int fd = open (path, O_RDWR | O_CLOEXEC);

  ck_assert_int_ge (fd, 0);
  return fd;
}

START_TEST (file_is_the_same_for_all_word_sizes)
{
  g_autoptr (IpcSemaphore) sem = ipc_semaphore_create (ipc_check_plain_name (), 5,
                                                       IPC_SEMAPHORE_UNDO, NULL);
  const int fd = open_file_of (sem);
  guint64 word;

  ipc_check_change (sem, -2);
  check_head (fd, 1);
  ck_assert_int_eq (lseek (fd, 0, SEEK_END), SET_AT);
  word = number_at (fd, WORD_AT, 8);
  ck_assert_uint_eq (word & 0x7fffff, 3);
  ck_assert_uint_eq (word >> 32 & 0xfff, 1);                 /* changed last by lane 0 */
  ck_assert_uint_eq (word >> 26 & 0x3f, 1);                  /* by its operation 1, */
  ck_assert_uint_eq (number_at (fd, LANES_AT, 8), 1);        /* which is finished, */
  ck_assert_uint_eq (number_at (fd, LANES_AT + 28, 4), 2);   /* and then held two */

  word += 4;
  ck_assert_int_eq (pwrite (fd, &word, 8, WORD_AT), 8);
  ck_assert_uint_eq (ipc_check_value (sem, 0), 7);
  close (fd);
}
END_TEST

START_TEST (file_of_a_set_is_the_same_for_all_word_sizes)
{
  static const guint values[] = { 5, 6, 7 };
  g_autoptr (IpcSemaphore) sem = ipc_semaphore_new_full (ipc_check_plain_name (), IPC_OPEN_CREATE,
                                                         values, 3, 0600, IPC_SEMAPHORE_UNDO, NULL,
                                                         NULL);
  const int fd = open_file_of (sem);
  const guint32 nine = 9;

  ipc_check_change (sem, -2);
  check_head (fd, 3);
  ck_assert_uint_eq (number_at (fd, SET_AT, 4), 3);
  ck_assert_uint_eq (number_at (fd, SET_AT + 8, 4), 7);
  ck_assert_int_eq (pwrite (fd, &nine, 4, SET_AT + 4), 4);
  ck_assert_uint_eq (ipc_check_value (sem, 1), 9);
  close (fd);
}
END_TEST

/* -- Another PID namespace: no process id decides anything -- */

static void
hold_as_first_process (IpcSemaphore *sem, IpcCheckGate *holds)
{
  ck_assert_int_eq (getpid (), 1);
  ipc_check_change (sem, -1);
  ipc_check_gate_open (holds);
  for (;;)
    pause ();
}

START_TEST (holder_may_have_process_ids_of_its_own)
{
  const int flags = CLONE_NEWPID | (geteuid () != 0 ? CLONE_NEWUSER : 0) | SIGCHLD;
  g_autoptr (IpcSemaphore) sem = ipc_semaphore_create (ipc_check_plain_name (), 1,
                                                       IPC_SEMAPHORE_UNDO, NULL);
  g_autoptr (IpcCheckGate) holds = ipc_check_gate_new ();
  const pid_t pid = (pid_t) syscall (SYS_clone, flags, 0, 0, 0, 0);

  ck_assert_int_ge (pid, 0);
  if (pid == 0)
    hold_as_first_process (sem, holds);
  ipc_check_gate_pass (holds);
  ipc_check_told (sem, 0, 1, 0);
  ipc_check_kill (pid);
  ipc_check_comes_back (sem);
}
END_TEST

static void
add_tests (Suite *suite)
{
  TCase *tcase = ipc_check_tcase (suite, "native-place");

  if (!ipc_backend_is_available (IPC_BACKEND_NATIVE))
    {
      ipc_check_skip ("native-place", "this platform has no native semaphores");
      return;
    }

  tcase_add_test (tcase, file_takes_the_place_of_no_stream);
  tcase_add_test (tcase, file_is_the_same_for_all_word_sizes);
  tcase_add_test (tcase, file_of_a_set_is_the_same_for_all_word_sizes);
  if (ipc_check_needs_root ("native semaphores of another user"))
    {
      tcase_add_test (tcase, child_of_another_user_gets_no_lane);
      tcase_add_test (tcase, lane_outlives_a_change_of_user);
    }
  if (ipc_check_needs_namespaces ("native semaphores in other namespaces"))
    {
      tcase_add_test (tcase, undo_needs_proc);
      tcase_add_test (tcase, holder_may_have_process_ids_of_its_own);
    }
}

int
main (void)
{
  return ipc_check_main ("native-place", add_tests);
}
