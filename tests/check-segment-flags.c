/* check-segment-flags.c: segments: what the flags ask for, and what was got
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ipc-check-segment.h"

#include <string.h>

#ifdef G_OS_WIN32
# include <windows.h>
#endif

#define MIB (1024 * 1024)

static IpcSegment *
open_flags (const char *name, gsize size, IpcSegmentFlags flags)
{
  g_autoptr (GError) error = NULL;
  IpcSegment *segment = ipc_segment_create (name, size, flags, &error);

  ipc_check_ok (segment != NULL, error);
  return segment;
}

START_TEST (flags_are_granted)
{
  const IpcSegmentFlags flags = IPC_SEGMENT_POPULATE | IPC_SEGMENT_LOCKED;
  g_autoptr (IpcSegment) segment = open_flags (ipc_check_segment_name (_i), 65536, flags);

  ck_assert_uint_eq (ipc_segment_get_flags (segment), flags);
  ipc_check_part (segment, 0, 65536, 0);
}
END_TEST

#ifdef G_OS_UNIX

/* No descriptor is kept: closing all that are open, as daemons do, does no harm. */
START_TEST (no_descriptor_is_kept)
{
  const char *name = ipc_check_segment_name (_i);
  const guint n_fds = ipc_check_count_fds ();
  g_autoptr (IpcSegment) segment G_GNUC_UNUSED = open_flags (name, 65536, 0);

  ck_assert_uint_eq (ipc_check_count_fds (), n_fds);
}
END_TEST

/* A field of /proc/self/status, in KiB. */
static guint64
status_field (const char *field)
{
  g_autofree char *status = NULL;
  const char *found;

  ck_assert (g_file_get_contents ("/proc/self/status", &status, NULL, NULL));
  found = strstr (status, field);
  ck_assert_ptr_nonnull (found);
  return g_ascii_strtoull (found + strlen (field), NULL, 10);
}

START_TEST (populate_touches_every_page)
{
  const char *name = ipc_check_segment_name (_i);
  const guint64 before = status_field ("RssShmem:");
  g_autoptr (IpcSegment) segment G_GNUC_UNUSED = open_flags (name, 4 * MIB, IPC_SEGMENT_POPULATE);
  g_autoptr (IpcSegment) reader = NULL;

  ck_assert_uint_ge (status_field ("RssShmem:"), before + 4096);
  reader = ipc_segment_open (name, IPC_SEGMENT_POPULATE | IPC_SEGMENT_READ_ONLY, NULL);
  ck_assert_ptr_nonnull (reader);
  ck_assert_uint_ge (status_field ("RssShmem:"), before + 8192);
}
END_TEST

START_TEST (locked_is_locked)
{
  const guint64 before = status_field ("VmLck:");
  g_autoptr (IpcSegment) segment = open_flags (ipc_check_segment_name (_i), 65536,
                                               IPC_SEGMENT_LOCKED);

  ck_assert_uint_eq (ipc_segment_get_flags (segment), IPC_SEGMENT_LOCKED);
  ck_assert_uint_eq (status_field ("VmLck:"), before + 64);
  ck_assert (ipc_segment_detach (segment, NULL));
  ck_assert_uint_eq (status_field ("VmLck:"), before);
}
END_TEST

#endif

/* A huge page is larger. */
START_TEST (small_segment_has_no_huge_pages)
{
  g_autoptr (IpcSegment) segment = open_flags (ipc_check_segment_name (_i), 65536,
                                               IPC_SEGMENT_HUGE_PAGES | IPC_SEGMENT_POPULATE);

  ck_assert_uint_eq (ipc_segment_get_flags (segment), IPC_SEGMENT_POPULATE);
  ck_assert_uint_eq (ipc_segment_get_page_size (segment), ipc_check_page_size ());
}
END_TEST

/* M10: what was got is told, and what was not got is no error. */
START_TEST (huge_pages_are_told)
{
  const gsize usual = ipc_check_page_size ();
  g_autoptr (IpcSegment) segment = open_flags (ipc_check_segment_name (_i), 4 * MIB + 5,
                                               IPC_SEGMENT_HUGE_PAGES);
  const gboolean got = ipc_segment_get_flags (segment) == IPC_SEGMENT_HUGE_PAGES;

  ck_assert_uint_eq (ipc_segment_get_size (segment), 4 * MIB + 5);
  if (got)
    ck_assert_uint_gt (ipc_segment_get_page_size (segment), usual);
  else
    ck_assert_uint_eq (ipc_segment_get_page_size (segment), usual);

  memset (ipc_segment_get_data (segment, NULL), 1, 4 * MIB + 5);
  ck_assert (ipc_segment_detach (segment, NULL));
#ifdef G_OS_UNIX
  ck_assert_uint_eq (ipc_check_count_maps ("/dev/shm/") + ipc_check_count_maps ("/SYSV"), 0);
#endif
}
END_TEST

#ifdef G_OS_WIN32

static void
drop_privilege (const wchar_t *name)
{
  TOKEN_PRIVILEGES gone = { 1, { { { 0, 0 }, SE_PRIVILEGE_REMOVED } } };
  HANDLE token;

  ck_assert (LookupPrivilegeValueW (NULL, name, &gone.Privileges[0].Luid));
  ck_assert (OpenProcessToken (GetCurrentProcess (), TOKEN_ADJUST_PRIVILEGES, &token));
  ck_assert (AdjustTokenPrivileges (token, FALSE, &gone, 0, NULL, NULL));
  CloseHandle (token);
}

/* The last test: what this process has given up does not come back. */
START_TEST (huge_pages_take_a_privilege)
{
  g_autoptr (IpcSegment) segment = NULL;

  drop_privilege (L"SeLockMemoryPrivilege");
  segment = open_flags (ipc_check_segment_name (_i), 4 * MIB, IPC_SEGMENT_HUGE_PAGES);
  ck_assert_uint_eq (ipc_segment_get_flags (segment), IPC_SEGMENT_FLAGS_NONE);
  ck_assert_uint_eq (ipc_segment_get_page_size (segment), ipc_check_page_size ());
  memset (ipc_segment_get_data (segment, NULL), 1, 4 * MIB);
}
END_TEST

#endif

static void
add_tests (Suite *suite)
{
  TCase *tcase = ipc_check_tcase (suite, "segment-flags");
  const int n = (int) ipc_check_n_segment_backends;

  tcase_add_loop_test (tcase, flags_are_granted, 0, n);
  tcase_add_loop_test (tcase, huge_pages_are_told, 0, n);
  ipc_check_add_segment_test (tcase, small_segment_has_no_huge_pages, 0, IPC_CHECK_SYSTEM_V);
#ifdef G_OS_UNIX
  tcase_add_loop_test (tcase, no_descriptor_is_kept, 0, n);
  tcase_add_loop_test (tcase, populate_touches_every_page, 0, n);
  if (ipc_check_needs_bare_process ("locked memory"))
    tcase_add_loop_test (tcase, locked_is_locked, 0, n);
#else
  tcase_add_loop_test (tcase, huge_pages_take_a_privilege, 0, n);
#endif
}

int
main (void)
{
  return ipc_check_main ("segment-flags", add_tests);
}
