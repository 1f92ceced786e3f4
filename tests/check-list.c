/* check-list.c: what is listed, whether it is in use, and that only what is not goes
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ipc-check.h"

#include <signal.h>
#include <unistd.h>

#define SIZE 4096

/* -- Finding one's own among all others -- */

static IpcInfo *
find_in (GPtrArray *infos, const char *name, IpcKind kind)
{
  for (guint i = 0; i < infos->len; i++)
    {
      IpcInfo *info = infos->pdata[i];

      if (ipc_info_get_kind (info) == kind && g_str_equal (ipc_info_get_name (info), name))
        return ipc_info_ref (info);
    }

  return NULL;
}

static IpcInfo *
find (IpcBackend backend, const char *name, IpcKind kind)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *canonical = ipc_name_canonicalize (name, &error);
  g_autoptr (GPtrArray) infos = ipc_info_list (backend, NULL, &error);

  ipc_check_ok (infos != NULL && canonical != NULL, error);
  return find_in (infos, canonical, kind);
}

static IpcInfo *
find_segment (guint i, const char *name)
{
  return find (ipc_check_segment_backend (i), name, IPC_KIND_SEGMENT);
}

static IpcInfo *
find_semaphore (guint i, const char *name)
{
  return find (ipc_check_semaphore_backend (i), name, IPC_KIND_SEMAPHORE);
}

/* -- Makers: each in a process that ends with its object open -- */

static void
make_segment (gpointer name)
{
  g_autoptr (GError) error = NULL;
  IpcSegment *segment = ipc_check_keep (
    ipc_segment_create (name, SIZE, IPC_SEGMENT_FLAGS_NONE, &error));

  ipc_check_ok (segment != NULL, error);
}

static void
make_semaphore (gpointer name)
{
  g_autoptr (GError) error = NULL;
  IpcSemaphore *semaphore = ipc_check_keep (
    ipc_semaphore_create (name, 7, IPC_SEMAPHORE_FLAGS_NONE, &error));

  ipc_check_ok (semaphore != NULL, error);
}

/* Takes two units and is killed with them. */
static void
die_holding (gpointer name)
{
  g_autoptr (GError) error = NULL;
  IpcSemaphore *semaphore = ipc_check_keep (
    ipc_semaphore_create (name, 7, IPC_SEMAPHORE_UNDO, &error));
  const IpcSemaphoreOp op = { 0, -2 };

  ipc_check_ok (ipc_semaphore_operate (semaphore, &op, 1, 0, NULL, &error), error);
  raise (SIGKILL);
}

/* -- What is told -- */

START_TEST (segment_is_told_of)
{
  const char *name = ipc_check_segment_name (_i);
  g_autoptr (GError) error = NULL;
  g_autoptr (IpcSegment) segment = ipc_segment_create (name, SIZE, IPC_SEGMENT_FLAGS_NONE, &error);
  g_autoptr (IpcInfo) info = find_segment (_i, name);
  g_autoptr (IpcInfo) own = ipc_segment_get_info (segment, &error);

  ck_assert_ptr_nonnull (info);
  ck_assert_int_eq (ipc_info_get_backend (info), ipc_check_segment_backend (_i));
  ck_assert_int_eq (ipc_info_get_state (info), IPC_STATE_LIVE);
  ck_assert_int_eq (ipc_info_get_size (info), SIZE);
  ck_assert_int_eq (ipc_info_get_uid (info), geteuid ());
  ck_assert_int_eq (ipc_info_get_permissions (info), 0600);
  ck_assert_int_eq (ipc_info_get_change_time (info), ipc_info_get_change_time (own));
  ck_assert_int_eq (ipc_info_get_id (info), ipc_info_get_id (own));
  ck_assert_int_eq (ipc_info_get_kind (own), IPC_KIND_SEGMENT);
  ck_assert_int_eq (ipc_info_get_state (own), IPC_STATE_LIVE);
}
END_TEST

START_TEST (semaphore_is_told_of)
{
  const char *name = ipc_check_semaphore_name (_i);
  g_autoptr (GError) error = NULL;
  g_autoptr (IpcSemaphore) semaphore = ipc_semaphore_create (name, 7, IPC_SEMAPHORE_FLAGS_NONE,
                                                             &error);
  g_autoptr (IpcInfo) info = find_semaphore (_i, name);

  ck_assert_ptr_nonnull (info);
  ck_assert_int_eq (ipc_info_get_state (info), ipc_check_semaphore_has (_i, IPC_CHECK_SYSTEM_V)
                                                 ? IPC_STATE_UNKNOWN
                                                 : IPC_STATE_LIVE);
  ck_assert_int_eq (ipc_info_get_value (info), 7);
  ck_assert_int_eq (ipc_info_get_size (info), 1);
  ck_assert_int_eq (ipc_info_get_permissions (info), 0600);
  ck_assert_ptr_nonnull (semaphore);
}
END_TEST

START_TEST (holders_are_told_of)
{
  const char *name = ipc_check_semaphore_name (_i);
  const gint64 before = g_get_real_time () / G_USEC_PER_SEC * G_USEC_PER_SEC;
  const guint values[] = { 5, 9 };
  const IpcSemaphoreOp op = { 0, -3 };
  g_autoptr (GError) error = NULL;
  g_autoptr (IpcSemaphore) set = ipc_semaphore_new_full (name, IPC_OPEN_CREATE, values, 2, 0600,
                                                         IPC_SEMAPHORE_UNDO, NULL, &error);
  g_autoptr (IpcInfo) info = NULL;
  gint64 pid = 0, units = 0;

  ipc_check_ok (ipc_semaphore_operate (set, &op, 1, 0, NULL, &error), error);
  info = find_semaphore (_i, name);
  ck_assert_int_eq (ipc_info_get_value (info), 2);
  ck_assert_int_eq (ipc_info_get_size (info), 2);
  if (ipc_check_semaphore_backend (_i) != IPC_BACKEND_NATIVE)
    return;

  ck_assert (ipc_info_get_holder (info, 0, &pid, &units));
  ck_assert_int_eq (pid, getpid ());
  ck_assert_int_eq (units, 3);
  ck_assert_int_ge (ipc_info_get_holder_since (info, 0), before);
  ck_assert_int_le (ipc_info_get_holder_since (info, 0), g_get_real_time ());
}
END_TEST

START_TEST (all_are_listed_once)
{
  g_autoptr (GError) error = NULL;
  const char *plain = ipc_check_plain_name ();
  g_autofree char *posix = g_strconcat ("posix:/", plain, NULL);
  g_autofree char *native = g_strconcat ("native:", plain, NULL);
  g_autoptr (IpcSegment) segment = ipc_segment_create (plain, SIZE, IPC_SEGMENT_FLAGS_NONE, &error);
  g_autoptr (GPtrArray) all = ipc_info_list (IPC_BACKEND_NONE, NULL, &error);
  g_autoptr (IpcInfo) as_posix = find_in (all, posix, IPC_KIND_SEGMENT);
  g_autoptr (IpcInfo) as_native = find (IPC_BACKEND_NATIVE, native, IPC_KIND_SEGMENT);
  g_autofree char *path = g_strconcat ("/dev/shm/", plain, NULL);

  ck_assert_ptr_nonnull (segment);
  ck_assert_ptr_nonnull (as_posix);
  ck_assert_ptr_null (find_in (all, native, IPC_KIND_SEGMENT));
  ck_assert_ptr_nonnull (as_native);
  ck_assert_str_eq (ipc_info_get_path (as_native), path);
}
END_TEST

START_TEST (a_file_of_no_name_is_shown)
{
  g_autofree char *file = g_strdup_printf ("/dev/shm/%s-\xff", ipc_check_plain_name ());
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) infos = NULL;
  guint found = 0;

  ck_assert (g_file_set_contents (file, "x", 1, NULL));
  infos = ipc_info_list (IPC_BACKEND_POSIX, NULL, &error);
  unlink (file);
  for (guint i = 0; i < infos->len; i++)
    if (g_str_equal (ipc_info_get_path (infos->pdata[i]), file))
      found += g_utf8_validate (ipc_info_get_name (infos->pdata[i]), -1, NULL) ? 1 : 100;
  ck_assert_uint_eq (found, 1);
}
END_TEST

START_TEST (what_cannot_be_listed_says_so)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) cancelled = NULL;

  ck_assert_ptr_null (ipc_info_list (IPC_BACKEND_WIN32, NULL, &error));
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_NOT_SUPPORTED, "ipc_info_list|win32");

  g_cancellable_cancel (cancellable);
  ck_assert_ptr_null (ipc_info_list (IPC_BACKEND_NONE, cancellable, &cancelled));
  ipc_check_error (cancelled, G_IO_ERROR, G_IO_ERROR_CANCELLED, NULL);
}
END_TEST

/* -- Stale, and removed -- */

START_TEST (segment_of_the_dead_is_stale)
{
  const char *name = ipc_check_segment_name (_i);
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) gone = NULL;
  g_autoptr (IpcInfo) info = NULL;
  g_autoptr (IpcInfo) after = NULL;

  ck_assert_int_eq (ipc_check_join (ipc_check_fork (make_segment, (gpointer) name)), 0);
  info = find_segment (_i, name);
  ck_assert_int_eq (ipc_info_get_state (info), IPC_STATE_STALE);

  ipc_check_ok (ipc_info_remove_unused (info, &error), error);
  after = find_segment (_i, name);
  ck_assert_ptr_null (after);
  ck_assert (!ipc_info_remove_unused (info, &gone));
  ipc_check_error (gone, IPC_ERROR, IPC_ERROR_REMOVED, "removed");
}
END_TEST

START_TEST (semaphore_of_the_dead_is_stale)
{
  const char *name = ipc_check_semaphore_name (_i);
  g_autoptr (GError) error = NULL;
  g_autoptr (IpcInfo) info = NULL;
  g_autoptr (IpcInfo) after = NULL;

  ck_assert_int_eq (ipc_check_join (ipc_check_fork (make_semaphore, (gpointer) name)), 0);
  info = find_semaphore (_i, name);
  ck_assert_int_eq (ipc_info_get_state (info), IPC_STATE_STALE);
  ipc_check_ok (ipc_info_remove_unused (info, &error), error);
  after = find_semaphore (_i, name);
  ck_assert_ptr_null (after);
}
END_TEST

START_TEST (the_killed_use_nothing)
{
  const char *name = ipc_check_semaphore_name (_i);
  g_autoptr (IpcInfo) info = NULL;

  ck_assert_int_eq (ipc_check_join (ipc_check_fork (die_holding, (gpointer) name)), 128 + SIGKILL);
  info = find_semaphore (_i, name);
  ck_assert_int_eq (ipc_info_get_state (info), IPC_STATE_STALE);
  ck_assert_int_eq (ipc_info_get_value (info), 5);
}
END_TEST

/* A System V set: nobody can tell. */
START_TEST (what_nobody_can_tell_stays)
{
  const char *name = ipc_check_semaphore_name (_i);
  g_autoptr (GError) error = NULL;
  g_autoptr (IpcInfo) info = NULL;

  ck_assert_int_eq (ipc_check_join (ipc_check_fork (make_semaphore, (gpointer) name)), 0);
  info = find_semaphore (_i, name);
  ck_assert_int_eq (ipc_info_get_state (info), IPC_STATE_UNKNOWN);
  ck_assert (!ipc_info_remove_unused (info, &error));
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_IN_USE, "ipc_info_remove_unused");
}
END_TEST

START_TEST (segment_in_use_stays)
{
  const char *name = ipc_check_segment_name (_i);
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) refused = NULL;
  g_autoptr (IpcSegment) segment = NULL;
  g_autoptr (IpcInfo) info = NULL;

  ck_assert_int_eq (ipc_check_join (ipc_check_fork (make_segment, (gpointer) name)), 0);
  segment = ipc_segment_open (name, IPC_SEGMENT_READ_ONLY, &error);
  ipc_check_ok (segment != NULL, error);
  info = find_segment (_i, name);
  ck_assert_int_eq (ipc_info_get_state (info), IPC_STATE_LIVE);
  ck_assert (!ipc_info_remove_unused (info, &refused));
  ipc_check_error (refused, IPC_ERROR, IPC_ERROR_IN_USE, "ipc_info_remove_unused");
  ck_assert (ipc_segment_is_current (segment));
  ck_assert_uint_eq (ipc_segment_get_permissions (segment), 0600);
}
END_TEST

START_TEST (semaphore_in_use_stays)
{
  const char *name = ipc_check_semaphore_name (_i);
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) refused = NULL;
  g_autoptr (IpcSemaphore) semaphore = NULL;
  g_autoptr (IpcInfo) info = NULL;

  ck_assert_int_eq (ipc_check_join (ipc_check_fork (make_semaphore, (gpointer) name)), 0);
  semaphore = ipc_semaphore_open (name, IPC_SEMAPHORE_FLAGS_NONE, &error);
  info = find_semaphore (_i, name);
  ck_assert (!ipc_info_remove_unused (info, &refused));
  ipc_check_error (refused, IPC_ERROR, IPC_ERROR_IN_USE, "ipc_info_remove_unused");
  ck_assert (ipc_semaphore_is_current (semaphore));
}
END_TEST

/* Another object of the same name is another object. */
START_TEST (a_new_object_of_the_name_stays)
{
  const char *name = ipc_check_segment_name (_i);
  g_autoptr (GError) error = NULL;
  g_autoptr (IpcInfo) info = NULL;
  g_autoptr (IpcInfo) after = NULL;

  ck_assert_int_eq (ipc_check_join (ipc_check_fork (make_segment, (gpointer) name)), 0);
  info = find_segment (_i, name);
  ck_assert (ipc_segment_unlink_name (name, NULL));
  ck_assert_int_eq (ipc_check_join (ipc_check_fork (make_segment, (gpointer) name)), 0);
  ck_assert (!ipc_info_remove_unused (info, &error));
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_REMOVED, NULL);
  after = find_segment (_i, name);
  ck_assert_ptr_nonnull (after);
}
END_TEST

START_TEST (only_what_was_listed_can_be_removed)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (IpcSegment) segment = ipc_segment_create (ipc_check_segment_name (_i), SIZE,
                                                       IPC_SEGMENT_FLAGS_NONE, &error);
  g_autoptr (IpcInfo) info = ipc_segment_get_info (segment, &error);

  ck_assert (!ipc_info_remove_unused (info, &error));
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_INVALID_ARGUMENT, "ipc_info_list");
}
END_TEST

/* -- Names -- */

START_TEST (one_object_has_one_spelling)
{
  static const char *const names[][2] = {
    { "jobs", "native:jobs" },           { "/jobs", "native:jobs" },
    { "native:/jobs", "native:jobs" },   { "posix:jobs", "posix:/jobs" },
    { "sysv:4711", "sysv:0x00001267" },  { "sysv:-1", "sysv:0xffffffff" },
    { "sysv:id:007", "sysv:id:7" },      { "win32:Local\\jobs", "win32:Local\\jobs" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *canonical = ipc_name_canonicalize (names[i][0], NULL);

      ck_assert_str_eq (canonical, names[i][1]);
    }
}
END_TEST

START_TEST (a_bad_name_has_none)
{
  g_autoptr (GError) error = NULL;

  ck_assert_ptr_null (ipc_name_canonicalize ("a/b", &error));
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_INVALID_NAME, NULL);
}
END_TEST

static void
add_tests (Suite *suite)
{
  TCase *tcase = ipc_check_tcase (suite, "list");

  ipc_check_add_segment_test (tcase, segment_is_told_of, 0, 0);
  ipc_check_add_semaphore_test (tcase, semaphore_is_told_of, 0, 0);
  ipc_check_add_semaphore_test (tcase, holders_are_told_of, IPC_CHECK_SETS, 0);
  tcase_add_test (tcase, all_are_listed_once);
  tcase_add_test (tcase, a_file_of_no_name_is_shown);
  tcase_add_test (tcase, what_cannot_be_listed_says_so);
  tcase_add_test (tcase, one_object_has_one_spelling);
  tcase_add_test (tcase, a_bad_name_has_none);

  tcase = ipc_check_tcase (suite, "unused");
  ipc_check_add_segment_test (tcase, segment_of_the_dead_is_stale, 0, 0);
  ipc_check_add_semaphore_test (tcase, semaphore_of_the_dead_is_stale, 0, IPC_CHECK_SYSTEM_V);
  ipc_check_add_semaphore_test (tcase, the_killed_use_nothing, IPC_CHECK_UNDO, IPC_CHECK_SYSTEM_V);
  ipc_check_add_semaphore_test (tcase, what_nobody_can_tell_stays, IPC_CHECK_SYSTEM_V, 0);
  ipc_check_add_segment_test (tcase, segment_in_use_stays, 0, 0);
  ipc_check_add_semaphore_test (tcase, semaphore_in_use_stays, 0, 0);
  ipc_check_add_segment_test (tcase, a_new_object_of_the_name_stays, 0, 0);
  ipc_check_add_segment_test (tcase, only_what_was_listed_can_be_removed, 0, 0);
}

int
main (void)
{
  return ipc_check_main ("list", add_tests);
}
