/* check-semaphore-space.c: no room, no descriptors, no /dev/shm: an error, and nothing left behind
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ipc-check-semaphore.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <unistd.h>

#define SHM_SIZE 65536

static void
check_works (const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (IpcSemaphore) sem = ipc_semaphore_create (name, 1, 0, &error);

  ipc_check_ok (sem != NULL, error);
  ipc_check_ok (ipc_semaphore_try_wait (sem, &error), error);
}

/* -- Descriptors -- */

static rlim_t
limit_to (int resource, rlim_t soft)
{
  struct rlimit limit;
  rlim_t before;

  g_assert_cmpint (getrlimit (resource, &limit), ==, 0);
  before = limit.rlim_cur;
  limit.rlim_cur = soft;
  g_assert_cmpint (setrlimit (resource, &limit), ==, 0);
  return before;
}

/* With room for so many descriptors more than are open: whether it was opened. */
static gboolean
open_with_spare (const char *name, IpcOpenMode mode, guint spare)
{
  const guint value = 1, n_fds = ipc_check_count_fds ();
  const rlim_t before = limit_to (RLIMIT_NOFILE, n_fds + spare);
  g_autoptr (GError) error = NULL;
  g_autoptr (IpcSemaphore) sem = ipc_semaphore_new_full (name, mode, &value, 1, 0600, 0, NULL, &error);

  limit_to (RLIMIT_NOFILE, before);
  if (sem != NULL)
    return TRUE;

  ipc_check_error (error, IPC_ERROR, IPC_ERROR_NO_SPACE, "Too many open files|ulimit -n");
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_NO_SPACE, name);
  ck_assert_uint_eq (ipc_check_count_fds (), n_fds);
  return FALSE;
}

/* The limit counts numbers and not descriptors, so that there may be no gap. */
static void
fill_gaps (void)
{
  int highest = open ("/dev/null", O_RDONLY | O_CLOEXEC);

  while ((guint) highest + 1 < ipc_check_count_fds ())
    highest = open ("/dev/null", O_RDONLY | O_CLOEXEC);
}

START_TEST (descriptors_that_are_used_up_name_the_limit)
{
  static const IpcOpenMode modes[] = { IPC_OPEN_CREATE, IPC_OPEN_OR_CREATE, IPC_OPEN_REPLACE };

  fill_gaps ();
  for (gsize i = 0; i < G_N_ELEMENTS (modes); i++)
    {
      const char *name = ipc_check_semaphore_name (_i);
      guint spare = 0;

      for (; !open_with_spare (name, modes[i], spare); spare++)
        {
          ck_assert_uint_lt (spare, 20);
          ck_assert (!ipc_check_semaphore_exists (name));
        }
      ck_assert_uint_gt (spare, 0);
      for (spare = 0; !open_with_spare (name, IPC_OPEN_EXISTING, spare); spare++)
        ck_assert_uint_lt (spare, 20);
    }
}
END_TEST

START_TEST (system_v_needs_no_descriptors)
{
  fill_gaps ();
  ck_assert (open_with_spare (ipc_check_semaphore_name (_i), IPC_OPEN_CREATE, 0));
}
END_TEST

/* -- Room -- */

/* The limit that ends a process by a signal if it is met unprepared. */
START_TEST (limit_of_file_size_is_an_error)
{
  const char *name = ipc_check_semaphore_name (_i);
  const rlim_t before = limit_to (RLIMIT_FSIZE, 1);
  g_autoptr (GError) error = NULL;
  g_autoptr (IpcSemaphore) sem = ipc_semaphore_create (name, 1, 0, &error);

  limit_to (RLIMIT_FSIZE, before);
  ck_assert_ptr_null (sem);
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_NO_SPACE, "ulimit -f");
  ck_assert (!ipc_check_semaphore_exists (name));
  check_works (name);
}
END_TEST

static void
fill_up (const char *path)
{
  static const char page[4096];
  int fd = open (path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

  while (write (fd, page, sizeof page) > 0)
    continue;
  ck_assert_int_eq (errno, ENOSPC);
  close (fd);
}

static void
make_where_it_is_full (gpointer data)
{
  const char *name = ipc_check_semaphore_name (GPOINTER_TO_UINT (data));
  const IpcOpenMode modes[] = { IPC_OPEN_CREATE, IPC_OPEN_OR_CREATE, IPC_OPEN_REPLACE };
  const guint value = 1;

  fill_up ("/dev/shm/filler");
  for (gsize i = 0; i < G_N_ELEMENTS (modes); i++)
    {
      g_autoptr (GError) error = NULL;

      ck_assert_ptr_null (ipc_semaphore_new_full (name, modes[i], &value, 1, 0600, 0, NULL, &error));
      ipc_check_error (error, IPC_ERROR, IPC_ERROR_NO_SPACE, "No space left|65536|/dev/shm|remount");
      ck_assert_uint_eq (ipc_check_count_files (), 1);
    }
  ck_assert_int_eq (unlink ("/dev/shm/filler"), 0);
  check_works (name);
}

START_TEST (full_file_system_is_named)
{
  ck_assert_int_eq (ipc_check_in_namespaces (CLONE_NEWNS, SHM_SIZE, make_where_it_is_full,
                                             GUINT_TO_POINTER (_i)), 0);
}
END_TEST

/* -- What a container may lack -- */

static void
check_refused (guint i, IpcError code, const char *words)
{
  const char *name = ipc_check_semaphore_name (i);
  g_autoptr (GError) error = NULL;

  ck_assert_ptr_null (ipc_semaphore_create (name, 1, 0, &error));
  ipc_check_error (error, IPC_ERROR, code, words);
  ipc_check_error (error, IPC_ERROR, code, name);
}

static void
make_without_shm (gpointer data)
{
  ck_assert_int_eq (mount ("tmpfs", "/dev", "tmpfs", 0, NULL), 0);
  check_refused (GPOINTER_TO_UINT (data), IPC_ERROR_NOT_SUPPORTED, "mount a tmpfs at /dev/shm");
}

START_TEST (missing_file_system_is_named)
{
  ck_assert_int_eq (ipc_check_in_namespaces (CLONE_NEWNS, 0, make_without_shm, GUINT_TO_POINTER (_i)),
                    0);
}
END_TEST

static void
make_in_read_only_shm (gpointer data)
{
  ck_assert_int_eq (mount ("tmpfs", "/dev/shm", "tmpfs", MS_REMOUNT | MS_RDONLY, ""), 0);
  check_refused (GPOINTER_TO_UINT (data), IPC_ERROR_PERMISSION_DENIED, "Read-only file system");
}

START_TEST (read_only_file_system_is_named)
{
  ck_assert_int_eq (ipc_check_in_namespaces (CLONE_NEWNS, SHM_SIZE, make_in_read_only_shm,
                                             GUINT_TO_POINTER (_i)), 0);
}
END_TEST

static void
make_without_proc (gpointer data)
{
  ck_assert_int_eq (mount ("tmpfs", "/proc", "tmpfs", 0, NULL), 0);
  check_works (ipc_check_semaphore_name (GPOINTER_TO_UINT (data)));
}

/* Where a file without a name cannot get one. */
START_TEST (missing_proc_does_not_matter)
{
  ck_assert_int_eq (ipc_check_in_namespaces (CLONE_NEWNS | CLONE_NEWIPC, SHM_SIZE, make_without_proc,
                                             GUINT_TO_POINTER (_i)), 0);
}
END_TEST

/* -- Again and again -- */

START_TEST (making_and_removing_grows_nothing)
{
  const char *name = ipc_check_semaphore_name (_i);
  guint n_fds = 0, n_maps = 0;

  for (int i = 0; i < 1000; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (IpcSemaphore) sem = ipc_semaphore_create (name, 1, 0, &error);

      ipc_check_ok (sem != NULL, error);
      ipc_check_ok (ipc_semaphore_unlink (sem, &error), error);
      if (i == 0)
        {
          n_fds = ipc_check_count_fds ();
          n_maps = ipc_check_count_maps ("/");
        }
    }
  ck_assert_uint_le (ipc_check_count_fds (), n_fds);
  ck_assert_uint_le (ipc_check_count_maps ("/"), n_maps);
}
END_TEST

static void
add_tests (Suite *suite)
{
  TCase *tcase = ipc_check_tcase (suite, "semaphore-space");
  const TTest *files[] = {
    descriptors_that_are_used_up_name_the_limit, limit_of_file_size_is_an_error,
  };
  const TTest *mounts[] = {
    full_file_system_is_named, missing_file_system_is_named, read_only_file_system_is_named,
  };

  if (ipc_check_needs_bare_process ("limits of the process"))
    {
      for (gsize i = 0; i < G_N_ELEMENTS (files); i++)
        ipc_check_add_semaphore_test (tcase, files[i], 0, IPC_CHECK_SYSTEM_V);
      ipc_check_add_semaphore_test (tcase, system_v_needs_no_descriptors, IPC_CHECK_SYSTEM_V, 0);
    }
  ipc_check_add_semaphore_test (tcase, making_and_removing_grows_nothing, 0, 0);
  if (!ipc_check_needs_namespaces ("semaphores where /dev/shm is full or missing"))
    return;
  for (gsize i = 0; i < G_N_ELEMENTS (mounts); i++)
    ipc_check_add_semaphore_test (tcase, mounts[i], 0, IPC_CHECK_SYSTEM_V);
  if (ipc_check_needs_bare_process ("a system without /proc"))
    ipc_check_add_semaphore_test (tcase, missing_proc_does_not_matter, 0, 0);
}

int
main (void)
{
  return ipc_check_main ("semaphore-space", add_tests);
}
