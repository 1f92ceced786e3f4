/* check-segment-room.c: segments that are resized when memory and limits are used up
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ipc-check-segment.h"

#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#define SIZE IPC_CHECK_SIZE
#define KIB 1024
#define LARGE (64 * KIB * KIB)

static void
fill_small_shm (gpointer data G_GNUC_UNUSED)
{
  g_autoptr (IpcSegment) segment = ipc_segment_create ("ipc-check-small", 600 * KIB, 0, NULL);
  const guint n_maps = ipc_check_count_maps ("/dev/shm/");

  ipc_check_fill (segment, 'a');
  ipc_check_no_resize (segment, 1200 * KIB, IPC_ERROR_NO_SPACE, "/dev/shm|remount");
  ipc_check_file (segment, 600 * KIB);
  ipc_check_part (segment, 0, 600 * KIB, 'a');
  ck_assert_uint_eq (ipc_check_count_maps ("/dev/shm/"), n_maps);

  /* Most of this is there already. */
  ipc_check_resize (segment, 900 * KIB);
  ipc_check_part (segment, 0, 600 * KIB, 'a');
  ipc_check_file (segment, 900 * KIB);
}

/* M1 */
START_TEST (full_shm_changes_nothing)
{
  ck_assert_int_eq (ipc_check_in_namespaces (CLONE_NEWNS, 1024 * KIB, fill_small_shm, NULL), 0);
}
END_TEST

static void
exceed_file_limit (gpointer data)
{
  const struct rlimit limit = { 64 * KIB, 64 * KIB };
  IpcSegment *segment = data;

  ipc_check_fill (segment, 'a');
  ck_assert_int_eq (setrlimit (RLIMIT_FSIZE, &limit), 0);
  ipc_check_no_resize (segment, 64 * KIB + 1, IPC_ERROR_NO_SPACE, "RLIMIT_FSIZE");
  ipc_check_part (segment, 0, SIZE, 'a');
  ipc_check_resize (segment, 64 * KIB);
}

/* M11: the kernel would send SIGXFSZ. */
START_TEST (file_limit_is_no_space)
{
  g_autoptr (IpcSegment) segment = ipc_check_open_kind (_i);

  ck_assert_int_eq (ipc_check_join (ipc_check_fork (exceed_file_limit, segment)), 0);
}
END_TEST

static void
exceed_lock_limit (gpointer data G_GNUC_UNUSED)
{
  const struct rlimit limit = { 64 * KIB, 64 * KIB };
  g_autoptr (IpcSegment) segment = NULL;

  ck_assert_int_eq (setrlimit (RLIMIT_MEMLOCK, &limit), 0);
  segment = ipc_check_anonymous (IPC_SEGMENT_LOCKED);
  ipc_check_fill (segment, 'a');
  ipc_check_no_resize (segment, 128 * KIB, IPC_ERROR_NO_SPACE, "RLIMIT_MEMLOCK");
  ipc_check_part (segment, 0, SIZE, 'a');
  ipc_check_file (segment, SIZE);
}

/* The file is long enough by then, and is made short again. */
START_TEST (lock_limit_changes_nothing)
{
  ck_assert_int_eq (ipc_check_as_nobody (exceed_lock_limit, NULL), 0);
}
END_TEST

static void
fail_to_cut (gpointer data)
{
  IpcSegment *segment = data;
  g_autoptr (GBytes) bytes = ipc_segment_get_bytes (segment, 0, SIZE, NULL);
  int fd = ipc_check_dup_fd (segment);
  struct rlimit limit;

  ipc_check_fill (segment, 'a');
  ck_assert_int_eq (getrlimit (RLIMIT_DATA, &limit), 0);
  limit.rlim_cur = 4096;
  ck_assert_int_eq (setrlimit (RLIMIT_DATA, &limit), 0);
  ipc_check_no_resize (segment, 100, IPC_ERROR_NO_SPACE, NULL);
  limit.rlim_cur = limit.rlim_max;
  ck_assert_int_eq (setrlimit (RLIMIT_DATA, &limit), 0);

  ipc_check_part (segment, 0, SIZE, 'a');
  ipc_check_filled (g_bytes_get_data (bytes, NULL), 0, SIZE, 'a');
  ck_assert_int_eq (pwrite (fd, "shared", 6, SIZE - 6), 6);
  ck_assert_mem_eq ((char *) ipc_segment_get_data (segment, NULL) + SIZE - 6, "shared", 6);
  ipc_check_resize (segment, 100);
  close (fd);
}

START_TEST (failed_cut_changes_nothing)
{
  g_autoptr (IpcSegment) segment = ipc_check_open_kind (_i);

  ck_assert_int_eq (ipc_check_join (ipc_check_fork (fail_to_cut, segment)), 0);
}
END_TEST

static void
read_without_memory (gpointer data)
{
  const struct rlimit limit = { 4096, 4096 };
  g_autoptr (GError) error = NULL;

  ck_assert_int_eq (setrlimit (RLIMIT_DATA, &limit), 0);
  ck_assert_ptr_null (ipc_segment_read_bytes (data, 0, LARGE, &error));
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_NO_SPACE, "no memory for a copy of 67108864 bytes");
}

/* It would end the process, where GLib allocates it. */
START_TEST (copy_without_memory_is_an_error)
{
  g_autoptr (IpcSegment) segment = ipc_check_open_kind (_i);

  ipc_check_resize (segment, LARGE);
  ck_assert_int_eq (ipc_check_join (ipc_check_fork (read_without_memory, segment)), 0);
}
END_TEST

/* M8: more addresses than there are, and more memory. */
START_TEST (impossible_size_changes_nothing)
{
  g_autoptr (IpcSegment) segment = ipc_check_open_kind (_i);

  ipc_check_fill (segment, 'a');
  ipc_check_no_resize (segment, G_MAXSSIZE, IPC_ERROR_NO_SPACE, NULL);
  ipc_check_no_resize (segment, G_MAXSSIZE >> 18, IPC_ERROR_NO_SPACE, NULL);
  ipc_check_part (segment, 0, SIZE, 'a');
  ipc_check_file (segment, SIZE);
}
END_TEST

static void
add_tests (Suite *suite)
{
  TCase *tcase = ipc_check_tcase (suite, "segment-room");

  ipc_check_add_kinds (tcase, file_limit_is_no_space);
  if (ipc_check_needs_bare_process ("limits of the process"))
    {
      tcase_add_test (tcase, lock_limit_changes_nothing);
      ipc_check_add_kinds (tcase, failed_cut_changes_nothing);
      ipc_check_add_kinds (tcase, copy_without_memory_is_an_error);
      if (IPC_CHECK_HUGE_SIZES)
        ipc_check_add_kinds (tcase, impossible_size_changes_nothing);
    }
  if (ipc_check_needs_namespaces ("a small /dev/shm"))
    tcase_add_test (tcase, full_shm_changes_nothing);
}

int
main (void)
{
  return ipc_check_main ("segment-room", add_tests);
}
