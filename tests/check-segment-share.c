/* check-segment-share.c: segments without a name, and their descriptors in other hands
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ipc-check-segment.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define SIZE IPC_CHECK_SIZE

static int
raw_shm (int access)
{
  g_autofree char *name = g_strconcat ("/", ipc_check_plain_name (), NULL);
  g_autofree char *path = NULL;
  int fd = shm_open (name, O_RDWR | O_CREAT | O_EXCL, 0600);

  ck_assert_int_eq (ftruncate (fd, SIZE), 0);
  close (fd);
  path = g_strconcat ("/dev/shm", name, NULL);
  fd = open (path, access | O_CLOEXEC);
  ck_assert_int_ge (fd, 0);
  return fd;
}

/* -- Making one -- */

START_TEST (anonymous_is_zero_and_reserved)
{
  static const char zeros[SIZE];
  g_autoptr (IpcSegment) segment = ipc_check_anonymous (IPC_SEGMENT_FLAGS_NONE);
  int fd = ipc_check_dup_fd (segment);
  struct stat st;
  gsize size = 0;

  ck_assert_mem_eq (ipc_segment_get_data (segment, &size), zeros, SIZE);
  ck_assert_uint_eq (size, SIZE);
  ck_assert_int_eq (fstat (fd, &st), 0);
  ck_assert_int_eq (st.st_size, SIZE);
  ck_assert_int_ge (st.st_blocks * 512, SIZE);
  close (fd);
}
END_TEST

START_TEST (anonymous_has_no_name)
{
  g_autoptr (IpcSegment) segment = ipc_check_anonymous (IPC_SEGMENT_FLAGS_NONE);
  g_autoptr (IpcInfo) info = ipc_segment_get_info (segment, NULL);
  g_autofree char *name = NULL;
  IpcBackend backend = IPC_BACKEND_NONE;

  g_object_get (segment, "name", &name, "backend", &backend, NULL);
  ck_assert_ptr_null (name);
  ck_assert_ptr_null (ipc_segment_get_name (segment));
  ck_assert_int_eq (backend, IPC_BACKEND_NATIVE);
  ck_assert (ipc_segment_get_created (segment));
  ck_assert_uint_eq (ipc_segment_get_size (segment), SIZE);
  ck_assert_uint_eq (ipc_segment_get_permissions (segment), 0600);
  ck_assert (!ipc_segment_get_id (segment, NULL));
  ck_assert (!ipc_segment_is_current (segment));
  ck_assert (ipc_segment_unlink (segment, NULL));
  ck_assert_int_eq (ipc_info_get_size (info), SIZE);
  ck_assert_int_eq (ipc_info_get_uid (info), geteuid ());
}
END_TEST

static void
refused (gsize size, IpcSegmentFlags flags, IpcError code, const char *words)
{
  ipc_check_refused (ipc_segment_create_anonymous (size, flags, &error), code, words);
}

/* M8 */
START_TEST (bad_number_is_refused)
{
  const gsize too_large = (gsize) G_MAXSSIZE + 1;
  const IpcSegmentFlags unknown = (IpcSegmentFlags) (1 << 20);
  const guint n_fds = ipc_check_count_fds ();

  refused (0, 0, IPC_ERROR_INVALID_ARGUMENT, "0 bytes");
  refused (too_large, 0, IPC_ERROR_INVALID_ARGUMENT, "bytes");
  refused (SIZE, unknown, IPC_ERROR_INVALID_ARGUMENT, "0x100000");
  if (IPC_CHECK_HUGE_SIZES)
    refused (G_MAXSSIZE, 0, IPC_ERROR_NO_SPACE, "memfd_create");
  ipc_check_refused (ipc_segment_new_from_fd (0, unknown, &error), IPC_ERROR_INVALID_ARGUMENT,
                     "0x100000");
  ck_assert_uint_eq (ipc_check_count_fds (), n_fds);
}
END_TEST

START_TEST (flags_hold)
{
  const IpcSegmentFlags flags = IPC_SEGMENT_READ_ONLY | IPC_SEGMENT_POPULATE | IPC_SEGMENT_LOCKED;
  g_autoptr (IpcSegment) segment = ipc_check_anonymous (flags);

  ck_assert_uint_eq (ipc_segment_get_flags (segment), flags);
  ipc_check_refused (ipc_segment_write (segment, 0, "x", 1, &error), IPC_ERROR_READ_ONLY, NULL);
}
END_TEST

/* -- Descriptors -- */

static guint
count_links (const char *text)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/fd", 0, NULL);
  const char *number;
  guint n = 0;

  while ((number = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_strconcat ("/proc/self/fd/", number, NULL);
      g_autofree char *link = g_file_read_link (path, NULL);

      n += link != NULL && strstr (link, text) != NULL;
    }
  return n;
}

static void
become_other_program (gpointer data G_GNUC_UNUSED)
{
  ck_assert_uint_eq (count_links (IPC_CHECK_MEMFD), 3);
  execl ("/bin/sh", "sh", "-c", "! readlink /proc/$$/fd/* | grep " IPC_CHECK_MEMFD, NULL);
}

START_TEST (descriptors_are_close_on_exec)
{
  g_autoptr (IpcSegment) segment = ipc_check_anonymous (IPC_SEGMENT_FLAGS_NONE);
  int fd = ipc_check_dup_fd (segment);
  g_autoptr (IpcSegment) again = ipc_check_from_fd (fd, IPC_SEGMENT_FLAGS_NONE);

  ck_assert_int_eq (ipc_check_join (ipc_check_fork (become_other_program, NULL)), 0);
  close (fd);
}
END_TEST

START_TEST (closing_a_copy_harms_nothing)
{
  g_autoptr (IpcSegment) segment = ipc_check_anonymous (IPC_SEGMENT_FLAGS_NONE);
  int first = ipc_check_dup_fd (segment);
  int second = ipc_check_dup_fd (segment);

  ck_assert_int_ne (first, second);
  close (first);
  close (second);
  ipc_check_write_text (segment, "still there");
  first = ipc_check_dup_fd (segment);
  ck_assert_int_eq (fcntl (first, F_GETFD), FD_CLOEXEC);
  close (first);
}
END_TEST

START_TEST (descriptor_is_borrowed)
{
  int fd = ipc_check_raw_memfd (SIZE);
  IpcSegment *segment = ipc_check_from_fd (fd, IPC_SEGMENT_FLAGS_NONE);
  char text[6] = "";

  ck_assert (!ipc_segment_get_created (segment));
  ck_assert_uint_eq (ipc_segment_get_size (segment), SIZE);
  ipc_check_write_text (segment, "ours");
  g_object_unref (segment);
  ck_assert_int_eq (pread (fd, text, 5, 0), 5);
  ck_assert_str_eq (text, "ours");

  segment = ipc_check_from_fd (fd, IPC_SEGMENT_FLAGS_NONE);
  close (fd);
  ipc_check_text (segment, "ours");
  g_object_unref (segment);
}
END_TEST

START_TEST (nothing_is_kept)
{
  const guint n_fds = ipc_check_count_fds ();
  IpcSegment *segment = ipc_check_anonymous (IPC_SEGMENT_FLAGS_NONE);
  int fd = ipc_check_dup_fd (segment);
  IpcSegment *again = ipc_check_from_fd (fd, IPC_SEGMENT_FLAGS_NONE);

  ck_assert_uint_eq (ipc_check_count_maps (IPC_CHECK_MEMFD), 2);
  close (fd);
  ck_assert (ipc_segment_detach (again, NULL));
  ck_assert_uint_eq (ipc_check_count_maps (IPC_CHECK_MEMFD), 1);
  g_object_unref (again);
  g_object_unref (segment);
  ck_assert_uint_eq (ipc_check_count_maps (IPC_CHECK_MEMFD), 0);
  ck_assert_uint_eq (ipc_check_count_fds (), n_fds);
}
END_TEST

/* -- What is no memory, or not open for it -- */

static int
make_pipe_end (void)
{
  int ends[2];

  ck_assert_int_eq (pipe (ends), 0);
  close (ends[1]);
  return ends[0];
}

static int
closed_number (void)
{
  int fd = ipc_check_raw_memfd (SIZE);

  close (fd);
  return fd;
}

static int
make_bad (int which)
{
  switch (which)
    {
    case 0:
      return -1;
    case 1:
      return closed_number ();
    case 2:
      return make_pipe_end ();
    case 3:
      return socket (AF_UNIX, SOCK_STREAM, 0);
    case 4:
      return open ("/dev/shm", O_RDONLY | O_DIRECTORY);
    case 5:
      return open ("/proc/self/exe", O_RDONLY);
    case 6:
      return open ("/dev/null", O_RDWR);
    case 7:
      return ipc_check_raw_memfd (0);
    case 8:
      return raw_shm (O_PATH);
    case 9:
      return raw_shm (O_WRONLY);
    default:
      return raw_shm (O_RDONLY);
    }
}

static const struct
{
  IpcError    code;
  const char *words;
  gboolean    read_only_does;
} bad[] = {
  { IPC_ERROR_FAILED, "no open descriptor", FALSE },
  { IPC_ERROR_FAILED, "no open descriptor", FALSE },
  { IPC_ERROR_INVALID_ARGUMENT, "no file", FALSE },
  { IPC_ERROR_INVALID_ARGUMENT, "no file", FALSE },
  { IPC_ERROR_INVALID_ARGUMENT, "no file", FALSE },
  { IPC_ERROR_INVALID_ARGUMENT, "disk", FALSE },
  { IPC_ERROR_INVALID_ARGUMENT, "no file", FALSE },
  { IPC_ERROR_INVALID_ARGUMENT, "empty", FALSE },
  { IPC_ERROR_PERMISSION_DENIED, "not open for reading", FALSE },
  { IPC_ERROR_PERMISSION_DENIED, "not open for reading", FALSE },
  { IPC_ERROR_PERMISSION_DENIED, "READ_ONLY", TRUE },
};

/* M7 */
START_TEST (bad_descriptor_is_refused)
{
  int fd = make_bad (_i);
  const guint n_fds = ipc_check_count_fds ();

  ipc_check_refused (ipc_segment_new_from_fd (fd, 0, &error), bad[_i].code, bad[_i].words);
  if (bad[_i].read_only_does)
    g_object_unref (ipc_check_from_fd (fd, IPC_SEGMENT_READ_ONLY));
  else
    ipc_check_refused (ipc_segment_new_from_fd (fd, IPC_SEGMENT_READ_ONLY, &error), bad[_i].code,
             bad[_i].words);
  ck_assert_uint_eq (ipc_check_count_fds (), n_fds);
}
END_TEST

START_TEST (memory_of_others_is_taken)
{
  int fd = _i == 0 ? ipc_check_raw_memfd (SIZE) : raw_shm (O_RDWR);
  g_autoptr (IpcSegment) segment = ipc_check_from_fd (fd, IPC_SEGMENT_FLAGS_NONE);

  ck_assert_int_eq (pwrite (fd, "theirs", 6, 0), 6);
  ipc_check_text (segment, "theirs");
  close (fd);
}
END_TEST

/* -- Descriptors that are gone -- */

static int
find_memfd (void)
{
  for (int fd = 0; fd < 1000; fd++)
    {
      g_autofree char *path = g_strdup_printf ("/proc/self/fd/%d", fd);
      g_autofree char *link = g_file_read_link (path, NULL);

      if (link != NULL && g_str_has_prefix (link, IPC_CHECK_MEMFD))
        return fd;
    }
  return -1;
}

static void
assert_lost (IpcSegment *segment)
{
  ipc_check_refused (ipc_segment_dup_fd (segment, &error) >= 0, IPC_ERROR_FAILED, "closed");
  ipc_check_refused (ipc_segment_seal (segment, 0, &error), IPC_ERROR_FAILED, "closed");
  ipc_check_refused (ipc_segment_resize (segment, 100, &error), IPC_ERROR_FAILED, "closed");
  ipc_check_refused (ipc_segment_resize (segment, 2 * SIZE, &error), IPC_ERROR_FAILED, "closed");
  ipc_check_refused (ipc_segment_get_info (segment, &error), IPC_ERROR_FAILED, "closed");
  ck_assert_uint_eq (ipc_segment_get_size (segment), SIZE);
}

/* A daemon closes all that it has, and opens something else. */
START_TEST (lost_descriptor_is_noticed)
{
  IpcSegment *segment = ipc_check_anonymous (IPC_SEGMENT_FLAGS_NONE);
  int fd = find_memfd ();

  close (fd);
  assert_lost (segment);
  ck_assert_int_eq (dup2 (ipc_check_raw_memfd (50), fd), fd);
  assert_lost (segment);
  ck_assert_int_eq (lseek (fd, 0, SEEK_END), 50);

  ipc_check_write_text (segment, "the memory stays");
  ipc_check_text (segment, "the memory stays");
  g_object_unref (segment);
  ck_assert_int_eq (lseek (fd, 0, SEEK_END), 50);
  ck_assert_int_eq (fcntl (fd, F_GET_SEALS), 0);
}
END_TEST

static void
exceed_descriptors (gpointer data G_GNUC_UNUSED)
{
  struct rlimit limit, full;
  g_autoptr (IpcSegment) segment = ipc_check_anonymous (IPC_SEGMENT_FLAGS_NONE);
  int fd = ipc_check_dup_fd (segment);

  ck_assert_int_eq (getrlimit (RLIMIT_NOFILE, &limit), 0);
  full = limit;
  full.rlim_cur = 3;
  ck_assert_int_eq (setrlimit (RLIMIT_NOFILE, &full), 0);
  refused (SIZE, 0, IPC_ERROR_NO_SPACE, "ulimit -n");
  ipc_check_refused (ipc_segment_new_from_fd (fd, 0, &error), IPC_ERROR_NO_SPACE, "ulimit -n");
  ipc_check_refused (ipc_segment_dup_fd (segment, &error) >= 0, IPC_ERROR_NO_SPACE, "ulimit -n");
  ipc_check_resize (segment, 2 * SIZE);
  ipc_check_refused (ipc_segment_resize (segment, 100, &error), IPC_ERROR_NO_SPACE, "ulimit -n");
  ck_assert_uint_eq (ipc_segment_get_size (segment), 2 * SIZE);

  /* A sanitizer reads /proc when the process ends. */
  ck_assert_int_eq (setrlimit (RLIMIT_NOFILE, &limit), 0);
  ipc_check_resize (segment, 100);
}

START_TEST (descriptors_run_out)
{
  ck_assert_int_eq (ipc_check_join (ipc_check_fork (exceed_descriptors, NULL)), 0);
}
END_TEST

static void
add_tests (Suite *suite)
{
  TCase *tcase = ipc_check_tcase (suite, "segment-share");

  tcase_add_test (tcase, anonymous_is_zero_and_reserved);
  tcase_add_test (tcase, anonymous_has_no_name);
  tcase_add_test (tcase, bad_number_is_refused);
  tcase_add_test (tcase, flags_hold);
  tcase_add_test (tcase, descriptors_are_close_on_exec);
  tcase_add_test (tcase, closing_a_copy_harms_nothing);
  tcase_add_test (tcase, descriptor_is_borrowed);
  tcase_add_test (tcase, nothing_is_kept);
  tcase_add_loop_test (tcase, bad_descriptor_is_refused, 0, G_N_ELEMENTS (bad));
  tcase_add_loop_test (tcase, memory_of_others_is_taken, 0, 2);
  tcase_add_test (tcase, lost_descriptor_is_noticed);
  tcase_add_test (tcase, descriptors_run_out);
}

int
main (void)
{
  return ipc_check_main ("segment-share", add_tests);
}
