/* check-native-limits.c: native semaphores: everything that can be used up
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ipc-check-semaphore.h"

#include "ipc-native-private.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

/* In a /dev/shm of its own. */
#define NAME "limited"
#define PAGE 4096
#define PAGES 64

static IpcSemaphore *
open_set (const char *name, IpcOpenMode mode, guint n_values, IpcSemaphoreFlags flags, GError **error)
{
  g_autofree guint *values = g_new0 (guint, n_values);

  return ipc_semaphore_new_full (name, mode, values, n_values, 0600, flags, NULL, error);
}

/* Whether a semaphore or set can be made and used; if not, the error is of IPC_ERROR and nothing is
 * left behind. */
static gboolean
can_make (guint n_values, IpcError code, const char *words)
{
  const IpcSemaphoreOp change = { n_values - 1, +1 };
  const IpcCheckTraces before = ipc_check_traces ();
  g_autoptr (GError) error = NULL;
  IpcSemaphore *sem = open_set (NAME, IPC_OPEN_CREATE, n_values, IPC_SEMAPHORE_UNDO, &error);
  const gboolean made = sem != NULL;

  if (!made)
    ipc_check_error (error, IPC_ERROR, code, words);
  else
    {
      ipc_check_ok (ipc_semaphore_operate (sem, &change, 1, 0, NULL, &error), error);
      ck_assert (ipc_semaphore_unlink (sem, NULL));
      g_object_unref (sem);
    }
  ipc_check_no_traces (&before, words);
  return made;
}

static void
fill_shm (guint pages_free)
{
  const int fd = open ("/dev/shm/filler", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

  ck_assert_int_ge (fd, 0);
  ck_assert_int_eq (posix_fallocate (fd, 0, (PAGES - (off_t) pages_free) * PAGE), 0);
  close (fd);
}

/* With ever more room, so that each step of making one fails once. */
static void
make_where_room_is_short (gpointer n_values)
{
  guint pages = 0;

  do
    fill_shm (pages++);
  while (!can_make (GPOINTER_TO_UINT (n_values), IPC_ERROR_NO_SPACE, "/dev/shm|bytes"));
  ck_assert_uint_gt (pages, 1);
}

START_TEST (full_file_system_is_told_in_time)
{
  static const guint sizes[] = { 1, 2, 3000 };

  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++)
    ck_assert_int_eq (ipc_check_in_namespaces (CLONE_NEWNS, PAGES * PAGE, make_where_room_is_short,
                                               GUINT_TO_POINTER (sizes[i])),
                      0);
}
END_TEST

static void
join_full (gpointer sem)
{
  const IpcSemaphoreOp take = { 0, -1 };
  const IpcCheckTraces before = ipc_check_traces ();
  g_autoptr (GError) error = NULL;

  /* What was inherited, and what is opened anew: a row of a new lane has no room. */
  ck_assert (!ipc_semaphore_operate (sem, &take, 1, 0, NULL, &error));
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_NO_SPACE, "/dev/shm");
  g_clear_error (&error);
  ck_assert_ptr_null (ipc_semaphore_open (NAME, IPC_SEMAPHORE_FLAGS_NONE, &error));
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_NO_SPACE, "/dev/shm");
  ipc_check_no_traces (&before, "no room for a row");
}

static void
use_when_full (gpointer data G_GNUC_UNUSED)
{
  g_autoptr (IpcSemaphore) sem = open_set (NAME, IPC_OPEN_CREATE, 3000, 0, NULL);
  const int fd = open ("/dev/shm/filler", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  g_autoptr (GError) error = NULL;

  for (off_t size = PAGE; posix_fallocate (fd, 0, size) == 0; size += PAGE)
    continue;
  ck_assert_int_eq (ipc_check_join (ipc_check_fork (join_full, sem)), 0);

  /* Who has a lane goes on, and others when there is room. */
  ipc_check_ok (ipc_semaphore_post (sem, &error), error);
  ck_assert_int_eq (ftruncate (fd, 0), 0);
  ck_assert_int_eq (ipc_check_join (ipc_check_fork (ipc_check_peer_wait, (gpointer) NAME)), 0);
  ck_assert_uint_eq (ipc_check_value (sem, 0), 0);
}

START_TEST (full_file_system_keeps_newcomers_out)
{
  ck_assert_int_eq (ipc_check_in_namespaces (CLONE_NEWNS, PAGES * PAGE, use_when_full, NULL), 0);
}
END_TEST

static void
set_limit (int resource, rlim_t soft)
{
  struct rlimit limit;

  ck_assert_int_eq (getrlimit (resource, &limit), 0);
  limit.rlim_cur = MIN (soft, limit.rlim_max);
  ck_assert_int_eq (setrlimit (resource, &limit), 0);
}

/* Each descriptor that is needed on the way is missing once.  Counting them takes one as well. */
static void
make_with_few_files (gpointer data G_GNUC_UNUSED)
{
  int fds[64], n = 0, filled;

  set_limit (RLIMIT_NOFILE, G_N_ELEMENTS (fds));
  while ((fds[n] = dup (STDIN_FILENO)) >= 0)
    n++;
  filled = n;
  do
    close (fds[--n]);
  while (!can_make (2, IPC_ERROR_NO_SPACE, "ulimit -n"));
  ck_assert_int_lt (n, filled - 1);
}

START_TEST (too_many_open_files_are_told)
{
  ck_assert_int_eq (ipc_check_in_namespaces (CLONE_NEWNS, PAGES * PAGE, make_with_few_files, NULL), 0);
}
END_TEST

/* Beyond it the system does not refuse, but ends the process.  The test framework has a file of its
 * own, which needs a little. */
static void
make_with_small_files (gpointer data G_GNUC_UNUSED)
{
  rlim_t limit = 128 * 1024;

  do
    {
      set_limit (RLIMIT_FSIZE, limit);
      limit += 32 * 1024;
    }
  while (!can_make (2, IPC_ERROR_NO_SPACE, "RLIMIT_FSIZE") && limit < 64 * 1024 * 1024);
  ck_assert_uint_gt (limit, IPC_NATIVE_SET_OFFSET);
}

START_TEST (limit_of_file_size_is_told)
{
  ck_assert_int_eq (ipc_check_in_namespaces (CLONE_NEWNS, PAGES * PAGE, make_with_small_files, NULL),
                    0);
}
END_TEST

/* -- More processes than lanes: their locks by one process, which is quicker -- */

static void
take_all_lanes (gpointer data)
{
  IpcCheckHolder *holder = data;
  g_autofree char *path = g_strconcat ("/dev/shm/ipc-sem.", holder->name, NULL);
  const int fd = open (path, O_RDWR | O_CLOEXEC);
  struct flock all = {
    .l_type = F_WRLCK,
    .l_start = G_GINT64_CONSTANT (1) << 40,
    .l_len = IPC_LANE_MAX,
  };

  ck_assert_int_eq (fcntl (fd, F_OFD_SETLK, &all), 0);
  ipc_check_gate_open (holder->holds);
  ipc_check_gate_pass (holder->ends);
}

/* In /dev/shm are also files of other programs, which come and go. */
static void
check_no_lane (const char *plain)
{
  g_autoptr (GError) error = NULL;
  const guint fds = ipc_check_count_fds (), maps = ipc_check_count_maps ("/dev/shm/");

  ck_assert_ptr_null (ipc_semaphore_open (plain, IPC_SEMAPHORE_UNDO, &error));
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_NO_SPACE, "4093|no more");
  ck_assert_uint_eq (ipc_check_count_fds (), fds);
  ck_assert_uint_eq (ipc_check_count_maps ("/dev/shm/"), maps);
}

typedef struct
{
  IpcSemaphore *sem;
  int           tid; /* atomic */
} Waiter;

static gpointer
wait_in_thread (gpointer data)
{
  Waiter *self = data;
  g_autoptr (GError) error = NULL;

  g_atomic_int_set (&self->tid, ipc_check_thread_id ());
  ipc_check_ok (ipc_semaphore_wait (self->sem, IPC_CHECK_LONG, NULL, &error), error);
  return NULL;
}

/* A sleeper that had no lane when it went to sleep is not counted when it wakes, either. */
START_TEST (lanes_can_be_used_up)
{
  const char *plain = ipc_check_plain_name ();
  g_autoptr (IpcSemaphore) sem = open_set (plain, IPC_OPEN_CREATE, 1, 0, NULL);
  g_autoptr (IpcSemaphore) undo = NULL;
  g_autoptr (IpcInfo) info = NULL;
  IpcCheckHolder *holder;
  g_autoptr (GError) error = NULL;
  Waiter waiter = { sem, 0 };
  GThread *thread;
  pid_t pid;

  holder = ipc_check_holder_new (sem);
  pid = ipc_check_fork (take_all_lanes, holder);
  ipc_check_gate_pass (holder->holds);
  check_no_lane (plain);
  ipc_check_ok (ipc_semaphore_post (sem, &error), error);
  ipc_check_ok (ipc_semaphore_wait (sem, -1, NULL, &error), error);
  thread = g_thread_new ("waiter", wait_in_thread, &waiter);
  while (g_atomic_int_get (&waiter.tid) == 0)
    sched_yield ();
  ck_assert (ipc_check_blocked (waiter.tid));

  ipc_check_kill (pid);
  undo = ipc_semaphore_open (plain, IPC_SEMAPHORE_UNDO, &error);
  ipc_check_ok (undo != NULL, error);
  ipc_check_ok (ipc_semaphore_post (sem, &error), error);
  g_thread_join (thread);
  info = ipc_semaphore_get_info (sem, 0, NULL);
  ck_assert_int_eq (ipc_info_get_waiters (info), 0);
}
END_TEST

START_TEST (sets_have_a_largest_size)
{
  const IpcSemaphoreOp last = { IPC_SET_MAX - 1, +1 };
  g_autoptr (GError) error = NULL;
  g_autoptr (IpcSemaphore) largest = open_set (ipc_check_plain_name (), IPC_OPEN_CREATE, IPC_SET_MAX,
                                               IPC_SEMAPHORE_UNDO, &error);

  ipc_check_ok (largest != NULL, error);
  ipc_check_ok (ipc_semaphore_operate (largest, &last, 1, 0, NULL, &error), error);
  ck_assert_uint_eq (ipc_check_value (largest, IPC_SET_MAX - 1), 1);
  ck_assert_ptr_null (open_set (ipc_check_plain_name (), IPC_OPEN_CREATE, IPC_SET_MAX + 1, 0,
                                &error));
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_INVALID_ARGUMENT, "32001|32000");
}
END_TEST

/* -- Numbers of descriptors -- */

static void
move_inherited (gpointer fd)
{
  ck_assert_int_eq (lseek (GPOINTER_TO_INT (fd), 77, SEEK_SET), -1);
}

/* The child could have another descriptor, but not under this number, and the parent's it must not
 * keep: its locks are those of both. */
START_TEST (child_that_cannot_replace_a_descriptor_has_none)
{
  const int lower = open ("/dev/null", O_RDONLY | O_CLOEXEC);
  const char *plain = ipc_check_plain_name ();
  g_autoptr (IpcSemaphore) made = ipc_semaphore_create (plain, 1, IPC_SEMAPHORE_FLAGS_NONE, NULL);
  g_autoptr (IpcSemaphore) sem = NULL;
  struct rlimit limit;
  int fd;

  /* A file has its name only when it was opened by it. */
  g_clear_object (&made);
  sem = ipc_check_semaphore_open (plain, IPC_SEMAPHORE_UNDO);
  fd = ipc_check_semaphore_fd (plain);
  ck_assert_int_lt (lower, fd);
  close (lower);
  ck_assert_int_eq (getrlimit (RLIMIT_NOFILE, &limit), 0);
  limit.rlim_cur = (rlim_t) fd;
  ck_assert_int_eq (setrlimit (RLIMIT_NOFILE, &limit), 0);
  ck_assert_int_eq (ipc_check_join (ipc_check_fork (move_inherited, GINT_TO_POINTER (fd))), 0);
  ck_assert_int_eq (lseek (fd, 0, SEEK_CUR), 0);
}
END_TEST

START_TEST (steps_at_once_have_a_limit)
{
  g_autoptr (IpcSemaphore) sem = open_set (ipc_check_plain_name (), IPC_OPEN_CREATE, (guint) _i,
                                           IPC_SEMAPHORE_FLAGS_NONE, NULL);
  IpcSemaphoreOp ops[IPC_SET_OPS_MAX + 1];
  g_autoptr (GError) error = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (ops); i++)
    ops[i] = (IpcSemaphoreOp){ 0, +1 };
  ck_assert (!ipc_semaphore_operate (sem, ops, IPC_SET_OPS_MAX + 1, -1, NULL, &error));
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_INVALID_ARGUMENT, "1025 steps at once|can be 1024");
  g_clear_error (&error);
  ck_assert_uint_eq (ipc_check_value (sem, 0), 0);
  ipc_check_ok (ipc_semaphore_operate (sem, ops, IPC_SET_OPS_MAX, -1, NULL, &error), error);
  ck_assert_uint_eq (ipc_check_value (sem, 0), IPC_SET_OPS_MAX);
}
END_TEST

static void
add_tests (Suite *suite)
{
  TCase *tcase = ipc_check_tcase (suite, "native-limits");

  tcase_add_test (tcase, lanes_can_be_used_up);
  tcase_add_test (tcase, sets_have_a_largest_size);
  tcase_add_test (tcase, child_that_cannot_replace_a_descriptor_has_none);
  tcase_add_loop_test (tcase, steps_at_once_have_a_limit, 1, 3);
  if (!ipc_check_needs_namespaces ("native semaphores in a /dev/shm of their own"))
    return;

  tcase_add_test (tcase, full_file_system_is_told_in_time);
  tcase_add_test (tcase, full_file_system_keeps_newcomers_out);
  tcase_add_test (tcase, too_many_open_files_are_told);
  tcase_add_test (tcase, limit_of_file_size_is_told);
}

int
main (void)
{
  return ipc_check_main ("native-limits", add_tests);
}
