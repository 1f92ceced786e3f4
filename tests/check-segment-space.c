/* check-segment-space.c: segments: memory and limits that are used up
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ipc-check.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

#define MIB (1024 * 1024)

static IpcSegment *
open_fresh (const char *name, gsize size, IpcSegmentFlags flags)
{
  g_autoptr (GError) error = NULL;
  IpcSegment *segment = ipc_segment_create (name, size, flags, &error);

  ipc_check_ok (segment != NULL, error);
  return segment;
}

static guint
count_maps (void)
{
  return ipc_check_count_maps ("/dev/shm/") + ipc_check_count_maps ("/SYSV");
}

/* Refused, and nothing is left: no descriptor, no mapping, no name. */
static void
refused (const char *name, gsize size, IpcSegmentFlags flags, IpcError code, const char *words)
{
  g_autoptr (GError) error = NULL;
  const guint n_fds = ipc_check_count_fds ();
  const guint n_maps = count_maps ();

  ck_assert_ptr_null (ipc_segment_create (name, size, flags, &error));
  ipc_check_error (error, IPC_ERROR, code, words);
  g_clear_error (&error);

  ck_assert_uint_eq (ipc_check_count_fds (), n_fds);
  ck_assert_uint_eq (count_maps (), n_maps);
  ck_assert_ptr_null (ipc_segment_open (name, IPC_SEGMENT_FLAGS_NONE, &error));
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_NOT_FOUND, name);
}

static void
set_limit (int resource, rlim_t soft)
{
  struct rlimit limit;

  ck_assert_int_eq (getrlimit (resource, &limit), 0);
  limit.rlim_cur = MIN (soft, limit.rlim_max);
  ck_assert_int_eq (setrlimit (resource, &limit), 0);
}

/* -- /dev/shm -- */

static void
fill_small_shm (gpointer data G_GNUC_UNUSED)
{
  const char *name = "ipc-check-full";
  g_autoptr (IpcSegment) segment = NULL;

  refused (name, 2 * MIB, 0, IPC_ERROR_NO_SPACE, "No space left|/dev/shm|1048576|2097152|remount");
  ck_assert_uint_eq (ipc_check_count_files (), 0);

  segment = open_fresh (name, MIB - 4096, IPC_SEGMENT_FLAGS_NONE);
  refused ("ipc-check-second", 8192, 0, IPC_ERROR_NO_SPACE, "/dev/shm|4096 are free");
  ck_assert_uint_eq (ipc_check_count_files (), 1);

  memset (ipc_segment_get_data (segment, NULL), 1, MIB - 4096);
  ck_assert (ipc_segment_unlink (segment, NULL));
}

/* M1: told now, and not by SIGBUS later. */
START_TEST (full_shm_is_no_space)
{
  ck_assert_int_eq (ipc_check_in_namespaces (CLONE_NEWNS, MIB, fill_small_shm, NULL), 0);
}
END_TEST

static void
populate_sparse (gpointer data G_GNUC_UNUSED)
{
  const char *name = "ipc-check-sparse";
  g_autofree char *path = g_strconcat ("/dev/shm/", name, NULL);
  g_autoptr (GError) error = NULL;
  int fd = open (path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

  ck_assert_int_eq (ftruncate (fd, 2 * MIB), 0);
  close (fd);
  ck_assert_ptr_null (ipc_segment_open (name, IPC_SEGMENT_POPULATE, &error));
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_NO_SPACE, "/dev/shm");
  ck_assert_uint_eq (ipc_check_count_maps ("/dev/shm/"), 0);
}

/* A foreign creator reserved nothing: POPULATE tells. */
START_TEST (sparse_file_cannot_be_populated)
{
  ck_assert_int_eq (ipc_check_in_namespaces (CLONE_NEWNS, MIB, populate_sparse, NULL), 0);
}
END_TEST

static void
miss_shm (gpointer data G_GNUC_UNUSED)
{
  const char *name = "ipc-check-none";
  g_autoptr (GError) error = NULL;

  ck_assert_int_eq (mount ("tmpfs", "/dev", "tmpfs", 0, "size=64k"), 0);
  ck_assert_ptr_null (ipc_segment_create (name, 4096, IPC_SEGMENT_FLAGS_NONE, &error));
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_NOT_SUPPORTED, "mount a tmpfs at /dev/shm");
}

START_TEST (missing_shm_is_not_supported)
{
  ck_assert_int_eq (ipc_check_in_namespaces (CLONE_NEWNS, 0, miss_shm, NULL), 0);
}
END_TEST

static void
miss_proc (gpointer data G_GNUC_UNUSED)
{
  const char *name = "ipc-check-proc";
  g_autoptr (GError) error = NULL;
  g_autoptr (IpcSegment) segment = NULL;
  g_autoptr (IpcSegment) new = NULL;

  ck_assert_int_eq (mount ("tmpfs", "/proc", "tmpfs", 0, "size=64k"), 0);
  segment = open_fresh (name, 4096, IPC_SEGMENT_FLAGS_NONE);
  ck_assert_uint_eq (ipc_check_count_files (), 1);
  ck_assert_ptr_null (ipc_segment_create (name, 4096, IPC_SEGMENT_FLAGS_NONE, &error));
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_EXISTS, name);
  g_clear_error (&error);
  ck_assert_ptr_null (ipc_segment_create ("ipc-check-big", 2 * MIB, IPC_SEGMENT_FLAGS_NONE, &error));
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_NO_SPACE, NULL);
  g_clear_error (&error);

  new = ipc_segment_new_full (name, IPC_OPEN_REPLACE, 8192, 0640, IPC_SEGMENT_FLAGS_NONE, NULL,
                              &error);
  ipc_check_ok (new != NULL, error);
  ck_assert (ipc_segment_is_current (new) && !ipc_segment_is_current (segment));
  ck_assert_uint_eq (ipc_check_count_files (), 1);
}

/* Without /proc a new file needs a hidden name for a moment; it goes again in every case. */
START_TEST (missing_proc_is_no_obstacle)
{
  ck_assert_int_eq (ipc_check_in_namespaces (CLONE_NEWNS, MIB, miss_proc, NULL), 0);
}
END_TEST

/* -- Limits of the process -- */

static void
exceed_file_limit (gpointer name)
{
  g_autoptr (IpcSegment) segment = NULL;

  set_limit (RLIMIT_FSIZE, 65536);
  refused (name, 65537, 0, IPC_ERROR_NO_SPACE, "RLIMIT_FSIZE|65536");
  segment = open_fresh (name, 65536, IPC_SEGMENT_FLAGS_NONE);
}

/* M11: the kernel would send SIGXFSZ. */
START_TEST (file_limit_is_no_space)
{
  ck_assert_int_eq (ipc_check_join (ipc_check_fork (exceed_file_limit,
                                                    (gpointer) ipc_check_segment_name (_i))), 0);
}
END_TEST

static void
exceed_address_space (gpointer name)
{
  set_limit (RLIMIT_AS, 512 * MIB);
  refused (name, 600 * MIB, 0, IPC_ERROR_NO_SPACE, name);
}

/* M13 */
START_TEST (address_space_is_no_space)
{
  ck_assert_int_eq (ipc_check_join (ipc_check_fork (exceed_address_space,
                                                    (gpointer) ipc_check_segment_name (_i))), 0);
}
END_TEST

static void
exceed_descriptors (gpointer name)
{
  /* One more descriptor each time, until it works. */
  for (rlim_t limit = 3; limit < 100; limit++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (IpcSegment) segment = NULL;

      set_limit (RLIMIT_NOFILE, limit);
      segment = ipc_segment_create (name, 4096, IPC_SEGMENT_FLAGS_NONE, &error);
      set_limit (RLIMIT_NOFILE, 100);
      if (segment != NULL)
        return;

      ipc_check_error (error, IPC_ERROR, IPC_ERROR_NO_SPACE, "ulimit -n");
      ck_assert_uint_eq (count_maps (), 0);
      ck_assert (!ipc_segment_unlink_name (name, NULL));
    }
  ck_abort_msg ("100 descriptors were not enough");
}

/* M13 */
START_TEST (descriptors_run_out)
{
  ck_assert_int_eq (ipc_check_join (ipc_check_fork (exceed_descriptors,
                                                    (gpointer) ipc_check_segment_name (_i))), 0);
}
END_TEST

static void
exceed_data (gpointer data)
{
  IpcSegment *segment = data;
  struct rlimit limit;
  g_autoptr (GError) error = NULL;
  char byte = 0;

  getrlimit (RLIMIT_DATA, &limit);
  set_limit (RLIMIT_DATA, 4096);
  ck_assert (!ipc_segment_detach (segment, &error));
  set_limit (RLIMIT_DATA, limit.rlim_max);
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_NO_SPACE, "stays mapped");
  g_clear_error (&error);

  ck_assert (!ipc_segment_read (segment, 0, &byte, 1, &error));
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_CLOSED, NULL);
  g_clear_error (&error);
  ipc_check_ok (ipc_segment_detach (segment, &error), error);
  ck_assert_uint_eq (count_maps (), 0);
}

START_TEST (detach_can_be_tried_again)
{
  g_autoptr (IpcSegment) segment = open_fresh (ipc_check_segment_name (_i), MIB,
                                               IPC_SEGMENT_FLAGS_NONE);

  ck_assert_int_eq (ipc_check_join (ipc_check_fork (exceed_data, segment)), 0);
}
END_TEST

/* -- Limits of System V -- */

static void
write_number (const char *file, const char *text)
{
  FILE *stream = fopen (file, "w");

  ck_assert_ptr_nonnull (stream);
  ck_assert_int_ge (fputs (text, stream), 0);
  ck_assert_int_eq (fclose (stream), 0);
}

static void
exceed_sysv_limits (gpointer data G_GNUC_UNUSED)
{
  g_autoptr (IpcSegment) segment = NULL;

  write_number ("/proc/sys/kernel/shmmax", "65536");
  refused ("sysv:0x1", 65537, 0, IPC_ERROR_NO_SPACE, "65537|65536|shmmax");

  write_number ("/proc/sys/kernel/shmall", "3");
  segment = open_fresh ("sysv:0x1", 8192, IPC_SEGMENT_FLAGS_NONE);
  refused ("sysv:0x2", 8192, 0, IPC_ERROR_NO_SPACE, "3 pages|shmall|ipcrm|sysctl kernel.shmall");

  write_number ("/proc/sys/kernel/shmmni", "1");
  refused ("sysv:0x2", 4096, 0, IPC_ERROR_NO_SPACE, "1 segments|shmmni|ipcrm|sysctl kernel.shmmni");
}

START_TEST (sysv_limits_are_named)
{
  ck_assert_int_eq (ipc_check_in_namespaces (CLONE_NEWIPC, 0, exceed_sysv_limits, NULL), 0);
}
END_TEST

static void
lock_too_much (gpointer name)
{
  set_limit (RLIMIT_MEMLOCK, 16384);
  refused (name, 65536, IPC_SEGMENT_LOCKED, IPC_ERROR_NO_SPACE, "mlock|65536|16384|RLIMIT_MEMLOCK");
  set_limit (RLIMIT_MEMLOCK, 0);
  refused (name, 65536, IPC_SEGMENT_LOCKED, IPC_ERROR_PERMISSION_DENIED, "mlock|RLIMIT_MEMLOCK");
}

START_TEST (lock_limit_leaves_no_name)
{
  ck_assert_int_eq (ipc_check_as_nobody (lock_too_much, (gpointer) ipc_check_segment_name (_i)), 0);
}
END_TEST

/* -- Signals -- */

static int signals; /* atomic */

static void
count_signal (int signal_number G_GNUC_UNUSED)
{
  g_atomic_int_inc (&signals);
}

/* M2: a timer that goes off all the time. */
START_TEST (signals_do_not_end_it)
{
  const struct sigaction action = { .sa_handler = count_signal };
  const struct itimerval often = { { 0, 500 }, { 0, 500 } };

  ck_assert_int_eq (sigaction (SIGALRM, &action, NULL), 0);
  ck_assert_int_eq (setitimer (ITIMER_REAL, &often, NULL), 0);
  do
    {
      g_autoptr (IpcSegment) segment = open_fresh (ipc_check_segment_name (_i), 32 * MIB,
                                                   IPC_SEGMENT_POPULATE);

      ck_assert (ipc_segment_unlink (segment, NULL));
    }
  while (g_atomic_int_get (&signals) < 10);
}
END_TEST

static void
add_limits (TCase *tcase)
{
  const int n = (int) ipc_check_n_segment_backends;

  tcase_add_loop_test (tcase, address_space_is_no_space, 0, n);
  tcase_add_loop_test (tcase, detach_can_be_tried_again, 0, n);
  tcase_add_loop_test (tcase, lock_limit_leaves_no_name, 0, n);
}

static void
add_namespaces (TCase *tcase)
{
  tcase_add_test (tcase, full_shm_is_no_space);
  tcase_add_test (tcase, sparse_file_cannot_be_populated);
  tcase_add_test (tcase, missing_shm_is_not_supported);
  tcase_add_test (tcase, sysv_limits_are_named);
  if (ipc_check_needs_bare_process ("a system without /proc"))
    tcase_add_test (tcase, missing_proc_is_no_obstacle);
}

static void
add_tests (Suite *suite)
{
  TCase *tcase = ipc_check_tcase (suite, "segment-space");

  tcase_add_loop_test (tcase, signals_do_not_end_it, 0, (int) ipc_check_n_segment_backends);
  ipc_check_add_segment_test (tcase, file_limit_is_no_space, 0, IPC_CHECK_SYSTEM_V);
  ipc_check_add_segment_test (tcase, descriptors_run_out, 0, IPC_CHECK_SYSTEM_V);
  if (ipc_check_needs_bare_process ("limits of the process"))
    add_limits (tcase);
  if (ipc_check_needs_namespaces ("full and missing /dev/shm, limits of System V"))
    add_namespaces (tcase);
}

int
main (void)
{
  return ipc_check_main ("segment-space", add_tests);
}
