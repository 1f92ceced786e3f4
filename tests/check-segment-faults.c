/* check-segment-faults.c: segments: bad arguments, squatters, other users, threads that meet
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ipc-check.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <pwd.h>
#include <string.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define SIZE 10000

static IpcSegment *
open_full (const char *name, IpcOpenMode mode, guint permissions, IpcSegmentFlags flags)
{
  const gsize size = mode == IPC_OPEN_EXISTING ? 0 : SIZE;
  g_autoptr (GError) error = NULL;
  IpcSegment *segment = ipc_segment_new_full (name, mode, size, permissions, flags, NULL, &error);

  ipc_check_ok (segment != NULL, error);
  return segment;
}

static IpcSegment *
open_fresh (const char *name)
{
  return open_full (name, IPC_OPEN_CREATE, 0600, IPC_SEGMENT_FLAGS_NONE);
}

static void
refused (const char *name, IpcOpenMode mode, gsize size, guint permissions, guint flags,
         IpcError code, const char *words)
{
  g_autoptr (GError) error = NULL;
  const guint n_fds = ipc_check_count_fds ();

  ck_assert_ptr_null (ipc_segment_new_full (name, mode, size, permissions, (IpcSegmentFlags) flags,
                                            NULL, &error));
  ipc_check_error (error, IPC_ERROR, code, words);
  ck_assert_uint_eq (ipc_check_count_fds (), n_fds);
  ck_assert_uint_eq (ipc_check_count_maps ("/dev/shm/"), 0);
  ck_assert_uint_eq (ipc_check_count_maps ("/SYSV"), 0);
}

/* -- Arguments -- */

static const char *const bad_names[] = {
  "", "/", "a/b", "..", "../etc/passwd", "/../x", "posix:/a/../b", "nosuch:/jobs", "sysv:0",
  "sysv:0x0", "sysv:jobs", "sysv:", "sysv:id:", "sysv:id:-1", "posix:", "native:", "a\nb", "\xff\xfe",
};

/* N10 */
START_TEST (bad_name_is_refused)
{
  g_autofree char *too_long = g_strnfill (201, 'x');

  refused (bad_names[_i], IPC_OPEN_CREATE, SIZE, 0600, 0, IPC_ERROR_INVALID_NAME, NULL);
  refused (bad_names[_i], IPC_OPEN_EXISTING, 0, 0600, 0, IPC_ERROR_INVALID_NAME, NULL);
  ck_assert (!ipc_segment_unlink_name (bad_names[_i], NULL));
  refused (too_long, IPC_OPEN_CREATE, SIZE, 0600, 0, IPC_ERROR_INVALID_NAME, NULL);
}
END_TEST

/* M8, N9 */
START_TEST (bad_number_is_refused)
{
  const char *name = ipc_check_segment_name (_i);
  const gsize too_large = (gsize) G_MAXSSIZE + 1;

  refused (name, IPC_OPEN_CREATE, 0, 0600, 0, IPC_ERROR_INVALID_ARGUMENT, "0 bytes");
  refused (name, IPC_OPEN_OR_CREATE, 0, 0600, 0, IPC_ERROR_INVALID_ARGUMENT, "0 bytes");
  refused (name, IPC_OPEN_CREATE, too_large, 0600, 0, IPC_ERROR_INVALID_ARGUMENT, "bytes");
  refused (name, IPC_OPEN_EXISTING, G_MAXSIZE, 0600, 0, IPC_ERROR_INVALID_ARGUMENT, "bytes");
  refused (name, IPC_OPEN_CREATE, SIZE, 01777, 0, IPC_ERROR_INVALID_ARGUMENT, "01777");
  refused (name, IPC_OPEN_CREATE, SIZE, 0600, 1 << 20, IPC_ERROR_INVALID_ARGUMENT, "0x100000");
  refused (name, (IpcOpenMode) 4, SIZE, 0600, 0, IPC_ERROR_INVALID_ARGUMENT, "mode");
  refused (name, IPC_OPEN_EXISTING, 0, 0600, 0, IPC_ERROR_NOT_FOUND, name);
}
END_TEST

/* M1, M8: as large as there is no memory. */
START_TEST (impossible_size_is_refused)
{
  const char *name = ipc_check_segment_name (_i);

  refused (name, IPC_OPEN_CREATE, G_MAXSSIZE, 0600, 0, IPC_ERROR_NO_SPACE, name);
  refused (name, IPC_OPEN_CREATE, G_MAXSSIZE / 2 + 1, 0600, 0, IPC_ERROR_NO_SPACE, name);
  refused (name, IPC_OPEN_EXISTING, 0, 0600, 0, IPC_ERROR_NOT_FOUND, name);
}
END_TEST

static GLogWriterOutput
count_criticals (GLogLevelFlags level, const GLogField *fields G_GNUC_UNUSED,
                 gsize n_fields G_GNUC_UNUSED, gpointer data)
{
  if (level & G_LOG_LEVEL_CRITICAL)
    ++*(guint *) data;
  return G_LOG_WRITER_HANDLED;
}

START_TEST (null_is_a_critical)
{
  g_autoptr (IpcSegment) segment = open_fresh (ipc_check_segment_name (_i));
  g_autoptr (GObject) other = g_object_new (G_TYPE_OBJECT, NULL);
  guint n = 0;
  char byte = 0;

  g_log_set_writer_func (count_criticals, &n, NULL);
  ck_assert_ptr_null (ipc_segment_open (NULL, IPC_SEGMENT_FLAGS_NONE, NULL));
  ck_assert (!ipc_segment_unlink_name (NULL, NULL));
  ck_assert (!ipc_segment_read (segment, 0, NULL, 1, NULL));
  ck_assert (!ipc_segment_write (segment, 0, NULL, 1, NULL));
  ck_assert_uint_eq (n, 4);

  ck_assert (!ipc_segment_read (NULL, 0, &byte, 1, NULL));
  ck_assert (!ipc_segment_write ((IpcSegment *) other, 0, &byte, 1, NULL));
  ck_assert (!ipc_segment_clear (NULL, NULL));
  ck_assert_ptr_null (ipc_segment_get_data (NULL, NULL));
  ck_assert_ptr_null (ipc_segment_get_bytes (NULL, 0, 1, NULL));
  ck_assert_ptr_null (ipc_segment_read_bytes (NULL, 0, 1, NULL));
  ck_assert (!ipc_segment_detach (NULL, NULL));
  ck_assert (!ipc_segment_unlink (NULL, NULL));
  ck_assert_ptr_null (ipc_segment_get_info (NULL, NULL));
  ck_assert_ptr_null (ipc_segment_get_name (NULL));
  ck_assert_uint_eq (ipc_segment_get_size (NULL), 0);
  ck_assert (!ipc_segment_is_current ((IpcSegment *) other));
  ck_assert_uint_eq (n, 16);

  ck_assert (ipc_segment_read (segment, 0, NULL, 0, NULL));
  ck_assert (ipc_segment_write (segment, 0, NULL, 0, NULL));
  ck_assert_uint_eq (n, 16);
}
END_TEST

/* -- What a squatter may plant in /dev/shm -- */

static char *
path_of (const char *plain)
{
  return g_strconcat ("/dev/shm/", plain, NULL);
}

static void
nothing_opens (const char *plain, IpcError code, const char *words)
{
  refused (plain, IPC_OPEN_EXISTING, 0, 0600, 0, code, words);
  refused (plain, IPC_OPEN_EXISTING, 0, 0600, IPC_SEGMENT_READ_ONLY, code, words);
  refused (plain, IPC_OPEN_OR_CREATE, SIZE, 0600, IPC_SEGMENT_ANY_OWNER, code, words);
  refused (plain, IPC_OPEN_CREATE, SIZE, 0600, 0, IPC_ERROR_EXISTS, plain);
}

START_TEST (directory_is_no_segment)
{
  const char *plain = ipc_check_plain_name ();
  g_autofree char *path = path_of (plain);

  ck_assert_int_eq (g_mkdir (path, 0700), 0);
  nothing_opens (plain, IPC_ERROR_CORRUPT, "a directory");
  refused (plain, IPC_OPEN_REPLACE, SIZE, 0600, 0, IPC_ERROR_CORRUPT, "a directory");
  ck_assert (!ipc_segment_unlink_name (plain, NULL));
  ck_assert_int_eq (g_rmdir (path), 0);
}
END_TEST

/* N2 */
START_TEST (symbolic_link_is_not_followed)
{
  const char *plain = ipc_check_plain_name ();
  const char *target = ipc_check_plain_name ();
  g_autofree char *path = path_of (plain);
  g_autoptr (IpcSegment) segment = open_fresh (target);
  g_autoptr (IpcSegment) new = NULL;

  ck_assert_int_eq (symlink (target, path), 0);
  ck_assert (ipc_segment_detach (segment, NULL));
  nothing_opens (plain, IPC_ERROR_UNTRUSTED, "symbolic link");

  new = open_full (plain, IPC_OPEN_REPLACE, 0600, IPC_SEGMENT_FLAGS_NONE);
  ck_assert (ipc_segment_is_current (new));
  ck_assert (ipc_segment_is_current (segment));
}
END_TEST

/* N3 */
START_TEST (fifo_does_not_block)
{
  const char *plain = ipc_check_plain_name ();
  g_autofree char *path = path_of (plain);

  ck_assert_int_eq (mkfifo (path, 0600), 0);
  nothing_opens (plain, IPC_ERROR_CORRUPT, "a FIFO");
}
END_TEST

START_TEST (socket_is_no_segment)
{
  const char *plain = ipc_check_plain_name ();
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

  g_snprintf (address.sun_path, sizeof address.sun_path, "/dev/shm/%s", plain);
  ck_assert_int_eq (bind (fd, (struct sockaddr *) &address, sizeof address), 0);
  nothing_opens (plain, IPC_ERROR_CORRUPT, "a socket");
  close (fd);
}
END_TEST

/* Somebody whom the system has no name for. */
START_TEST (owner_without_a_name_has_a_number)
{
  g_autoptr (IpcSegment) segment = open_fresh (ipc_check_plain_name ());
  const char *plain = ipc_segment_get_name (segment);
  g_autofree char *path = path_of (plain);
  g_autofree char *words = NULL;
  uid_t uid = 54321;

  while (getpwuid (uid) != NULL)
    uid++;
  words = g_strdup_printf ("it belongs to user %u;|ANY_OWNER", uid);
  ck_assert_int_eq (chown (path, uid, (gid_t) -1), 0);
  ck_assert (ipc_segment_detach (segment, NULL));
  refused (plain, IPC_OPEN_EXISTING, 0, 0600, 0, IPC_ERROR_UNTRUSTED, words);
}
END_TEST

static int
make_empty_file (const char *path)
{
  int fd = open (path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

  ck_assert_int_ge (fd, 0);
  return fd;
}

/* N4: a foreign creator that never comes to the end. */
START_TEST (empty_file_is_corrupt)
{
  const char *plain = ipc_check_plain_name ();
  g_autofree char *path = path_of (plain);
  const gint64 start = g_get_monotonic_time ();

  close (make_empty_file (path));
  refused (plain, IPC_OPEN_EXISTING, 0, 0600, 0, IPC_ERROR_CORRUPT, "empty");
  ck_assert_int_ge (g_get_monotonic_time () - start, G_USEC_PER_SEC);
  ck_assert_int_lt (g_get_monotonic_time () - start, 10 * G_USEC_PER_SEC);
}
END_TEST

static void
give_size (gpointer data)
{
  ck_assert_int_eq (ftruncate (*(int *) data, SIZE), 0);
}

/* N4: one that does. */
START_TEST (foreign_creator_is_waited_for)
{
  const char *plain = ipc_check_plain_name ();
  g_autofree char *path = path_of (plain);
  g_autoptr (IpcSegment) segment = NULL;
  int fd = make_empty_file (path);
  pid_t peer = ipc_check_fork (give_size, &fd);

  segment = open_full (plain, IPC_OPEN_EXISTING, 0600, IPC_SEGMENT_FLAGS_NONE);
  ck_assert_uint_eq (ipc_segment_get_size (segment), SIZE);
  ck_assert_int_eq (ipc_check_join (peer), 0);
  close (fd);
}
END_TEST

static gpointer
cancel_it (gpointer data)
{
  g_cancellable_cancel (data);
  return NULL;
}

START_TEST (wait_for_a_creator_is_cancelled)
{
  const char *plain = ipc_check_plain_name ();
  g_autofree char *path = path_of (plain);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GThread) thread = NULL;

  close (make_empty_file (path));
  thread = g_thread_new ("cancel", cancel_it, cancellable);
  ck_assert_ptr_null (ipc_segment_new_full (plain, IPC_OPEN_EXISTING, 0, 0600,
                                            IPC_SEGMENT_FLAGS_NONE, cancellable, &error));
  ipc_check_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, NULL);
  g_thread_join (g_steal_pointer (&thread));
}
END_TEST

/* -- Removed between two calls -- */

static void
attach_raw (gpointer data)
{
  ck_assert_ptr_ne (shmat (*(int *) data, NULL, 0), (void *) -1);
}

/* N8: as when systemd-logind clears up at logout. */
START_TEST (removed_by_others)
{
  g_autoptr (IpcSegment) segment = open_fresh (ipc_check_segment_name (_i));
  g_autoptr (GError) error = NULL;
  char byte = 0;
  int id = -1;

  ck_assert (ipc_segment_get_id (segment, &id));
  ck_assert_int_eq (ipc_check_join (ipc_check_fork (attach_raw, &id)), 0);
  ck_assert_int_eq (shmctl (id, IPC_RMID, NULL), 0);

  ipc_check_ok (ipc_segment_write (segment, 0, "x", 1, &error), error);
  ipc_check_ok (ipc_segment_read (segment, 0, &byte, 1, &error), error);
  ipc_check_ok (ipc_segment_detach (segment, &error), error);
  ck_assert (!ipc_segment_is_current (segment));
  ck_assert_ptr_null (ipc_segment_get_info (segment, &error));
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_REMOVED, ipc_segment_get_name (segment));
  g_clear_error (&error);
  ipc_check_ok (ipc_segment_unlink (segment, &error), error);
}
END_TEST

/* -- What is of another system -- */

START_TEST (there_are_no_handles)
{
  g_autoptr (IpcSegment) segment = open_fresh (ipc_check_segment_name (_i));
  GError *errors[5] = { NULL };

  ck_assert (ipc_segment_dup_handle_for_pid (segment, (guint) getpid (), &errors[0]) == 0);
  ck_assert_ptr_null (ipc_segment_new_from_handle (1, IPC_SEGMENT_FLAGS_NONE, &errors[1]));
  ck_assert_ptr_null (ipc_segment_new_from_handle (1, (IpcSegmentFlags) 0x8000, &errors[2]));
  ck_assert (ipc_segment_detach (segment, NULL));
  ck_assert (ipc_segment_dup_handle_for_pid (segment, (guint) getpid (), &errors[3]) == 0);
  ck_assert_ptr_null (ipc_segment_new_from_fd (0, (IpcSegmentFlags) 0x8000, &errors[4]));

  ipc_check_error (errors[0], IPC_ERROR, IPC_ERROR_NOT_SUPPORTED, "ipc_segment_dup_handle_for_pid");
  ipc_check_error (errors[1], IPC_ERROR, IPC_ERROR_NOT_SUPPORTED, "ipc_segment_new_from_fd");
  ipc_check_error (errors[2], IPC_ERROR, IPC_ERROR_INVALID_ARGUMENT, "0x8000");
  ipc_check_error (errors[3], IPC_ERROR, IPC_ERROR_CLOSED, NULL);
  ipc_check_error (errors[4], IPC_ERROR, IPC_ERROR_INVALID_ARGUMENT, "0x8000");
  for (gsize i = 0; i < G_N_ELEMENTS (errors); i++)
    g_clear_error (&errors[i]);
}
END_TEST

static void
add_tests (Suite *suite)
{
  TCase *tcase = ipc_check_tcase (suite, "segment-faults");
  const int n = (int) ipc_check_n_segment_backends;

  tcase_add_loop_test (tcase, bad_name_is_refused, 0, G_N_ELEMENTS (bad_names));
  tcase_add_loop_test (tcase, bad_number_is_refused, 0, n);
  if (IPC_CHECK_HUGE_SIZES)
    tcase_add_loop_test (tcase, impossible_size_is_refused, 0, n);
  tcase_add_loop_test (tcase, null_is_a_critical, 0, n);
  tcase_add_test (tcase, directory_is_no_segment);
  tcase_add_test (tcase, symbolic_link_is_not_followed);
  tcase_add_test (tcase, fifo_does_not_block);
  tcase_add_test (tcase, socket_is_no_segment);
  if (ipc_check_needs_root ("segments of another user"))
    tcase_add_test (tcase, owner_without_a_name_has_a_number);
  tcase_add_test (tcase, empty_file_is_corrupt);
  tcase_add_test (tcase, foreign_creator_is_waited_for);
  tcase_add_test (tcase, wait_for_a_creator_is_cancelled);
  tcase_add_loop_test (tcase, there_are_no_handles, 0, n);
  ipc_check_add_segment_test (tcase, removed_by_others, IPC_CHECK_SYSTEM_V, 0);
}

int
main (void)
{
  return ipc_check_main ("segment-faults", add_tests);
}
