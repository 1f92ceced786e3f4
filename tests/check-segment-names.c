/* check-segment-names.c: segments: unlinking, spellings, ids, what the system knows
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ipc-check.h"

#include <string.h>
#ifdef G_OS_UNIX
# include <unistd.h>
#endif

#define SIZE 10000

static IpcSegment *
open_fresh (const char *name)
{
  g_autoptr (GError) error = NULL;
  IpcSegment *segment = ipc_segment_create (name, SIZE, IPC_SEGMENT_FLAGS_NONE, &error);

  ipc_check_ok (segment != NULL, error);
  return segment;
}

static IpcSegment *
open_existing (const char *name, IpcSegmentFlags flags)
{
  g_autoptr (GError) error = NULL;
  IpcSegment *segment = ipc_segment_open (name, flags, &error);

  ipc_check_ok (segment != NULL, error);
  return segment;
}

static void
write_text (IpcSegment *segment, const char *text)
{
  g_autoptr (GError) error = NULL;

  ipc_check_ok (ipc_segment_write (segment, 0, text, strlen (text), &error), error);
}

static void
assert_text (IpcSegment *segment, const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *found = g_malloc0 (strlen (text) + 1);

  ipc_check_ok (ipc_segment_read (segment, 0, found, strlen (text), &error), error);
  ck_assert_str_eq (found, text);
}

/* -- Names -- */

START_TEST (unlinked_segment_lives_on)
{
  const char *name = ipc_check_segment_name (_i);
  g_autoptr (IpcSegment) old = open_fresh (name);
  g_autoptr (IpcSegment) peer = open_existing (name, IPC_SEGMENT_FLAGS_NONE);
  g_autoptr (IpcSegment) new = NULL;
  g_autoptr (GError) error = NULL;

  ipc_check_ok (ipc_segment_unlink (old, &error), error);
  ipc_check_ok (ipc_segment_unlink (old, &error), error);
  ipc_check_ok (ipc_segment_unlink (peer, &error), error);
  ck_assert (!ipc_segment_is_current (peer));

  write_text (old, "still here");
  assert_text (peer, "still here");

  new = open_fresh (name);
  ck_assert_mem_eq (ipc_segment_get_data (new, NULL), "\0\0\0\0\0\0\0\0\0\0", 10);
  ipc_check_ok (ipc_segment_unlink (peer, &error), error);
  ck_assert (ipc_segment_is_current (new));
}
END_TEST

static void
unlink_it (gpointer data)
{
  g_autoptr (GError) error = NULL;

  ipc_check_ok (ipc_segment_unlink_name (data, &error), error);
}

/* Removed while it is in use. */
START_TEST (peer_unlinks_the_name)
{
  const char *name = ipc_check_segment_name (_i);
  g_autoptr (IpcSegment) segment = open_fresh (name);
  g_autoptr (GError) error = NULL;

  ck_assert_int_eq (ipc_check_join (ipc_check_fork (unlink_it, (gpointer) name)), 0);
  write_text (segment, "mine");
  assert_text (segment, "mine");
  ck_assert (!ipc_segment_is_current (segment));
  ck_assert_ptr_null (ipc_segment_open (name, IPC_SEGMENT_FLAGS_NONE, &error));
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_NOT_FOUND, NULL);
}
END_TEST

START_TEST (end_of_the_object_leaves_the_segment)
{
  const char *name = ipc_check_segment_name (_i);
  g_autoptr (IpcSegment) segment = open_fresh (name);

  write_text (segment, "kept");
  g_object_unref (g_steal_pointer (&segment));
  segment = open_existing (name, IPC_SEGMENT_FLAGS_NONE);
  assert_text (segment, "kept");
}
END_TEST

/* What a plain name means in the system's own words. */
#ifdef G_OS_UNIX
# define FULL_SCHEME "posix:/"
#else
# define FULL_SCHEME "win32:Local\\"
#endif

static void
check_refused (gboolean done, GError **error)
{
  ck_assert (!done);
  ipc_check_error (*error, IPC_ERROR, IPC_ERROR_INVALID_NAME, "sem.|semaphore");
  g_clear_error (error);
}

/* On Linux these are files of one folder, and those of semaphores have only longer names. */
START_TEST (segment_never_takes_the_place_of_a_semaphore)
{
  static const char *const begins[] = {
    "ipc-sem.", "native:ipc-sem.", "posix:/ipc-sem.", "sem.", "native:/sem.", "posix:/sem.",
  };
  const char *plain = ipc_check_plain_name ();
  g_autoptr (GError) error = NULL;
  g_autoptr (IpcSemaphore) sem = ipc_semaphore_create (plain, 1, IPC_SEMAPHORE_FLAGS_NONE, &error);

  ipc_check_ok (sem != NULL, error);
  for (gsize i = 0; i < G_N_ELEMENTS (begins); i++)
    {
      g_autofree char *name = g_strconcat (begins[i], plain, NULL);

      for (int mode = IPC_OPEN_EXISTING; mode <= IPC_OPEN_REPLACE; mode++)
        check_refused (ipc_segment_new_full (name, mode, 1, 0600, IPC_SEGMENT_FLAGS_NONE, NULL, &error)
                         != NULL,
                       &error);
      check_refused (ipc_segment_unlink_name (name, &error), &error);
    }

  ck_assert (ipc_semaphore_is_current (sem));
  ipc_check_ok (ipc_semaphore_try_wait (sem, &error), error);
}
END_TEST

START_TEST (two_spellings_are_one_segment)
{
  const char *plain = ipc_check_plain_name ();
  g_autofree char *full = g_strconcat (FULL_SCHEME, plain, NULL);
  g_autofree char *native = g_strconcat ("native:", plain, NULL);
  g_autofree char *slashed = g_strconcat ("/", plain, NULL);
  g_autoptr (IpcSegment) segment = open_fresh (full);
  const char *others[] = { plain, slashed, native };

  write_text (segment, "one");
  for (gsize i = 0; i < G_N_ELEMENTS (others); i++)
    {
      g_autoptr (IpcSegment) other = open_existing (others[i], IPC_SEGMENT_FLAGS_NONE);

      assert_text (other, "one");
    }
}
END_TEST

/* -- Ids and info -- */

START_TEST (id_is_a_name)
{
  g_autoptr (IpcSegment) segment = open_fresh (ipc_check_segment_name (_i));
  g_autoptr (IpcSegment) same = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *name = NULL;
  int id = -1;

  ck_assert (ipc_segment_get_id (segment, &id));
  name = g_strdup_printf ("sysv:id:%d", id);
  write_text (segment, "by id");
  same = ipc_segment_open (name, IPC_SEGMENT_FLAGS_NONE, &error);
  ipc_check_ok (same != NULL, error);
  assert_text (same, "by id");
  ck_assert (ipc_segment_is_current (same));

  for (int mode = IPC_OPEN_CREATE; mode <= IPC_OPEN_REPLACE; mode++)
    if (mode != IPC_OPEN_OR_CREATE)
      {
        ck_assert_ptr_null (ipc_segment_new_full (name, mode, SIZE, 0600, IPC_SEGMENT_FLAGS_NONE,
                                                  NULL, &error));
        ipc_check_error (error, IPC_ERROR, IPC_ERROR_INVALID_ARGUMENT, "id");
        g_clear_error (&error);
      }

  /* The last of the two to leave ends it: the key does not mean it any more, nor does the id. */
  ipc_check_ok (ipc_segment_unlink_name (name, &error), error);
  ck_assert (!ipc_segment_is_current (segment));
  ck_assert (!ipc_segment_is_current (same));
  ck_assert (ipc_segment_detach (segment, NULL) && ipc_segment_detach (same, NULL));
  ck_assert_ptr_null (ipc_segment_get_info (same, &error));
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_REMOVED, NULL);
  g_clear_error (&error);
  ipc_check_ok (ipc_segment_unlink (same, &error), error);
  ck_assert_ptr_null (ipc_segment_open (name, IPC_SEGMENT_FLAGS_NONE, &error));
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_NOT_FOUND, "id");
}
END_TEST

START_TEST (others_have_no_id)
{
  g_autoptr (IpcSegment) segment = open_fresh (ipc_check_segment_name (_i));
  int id = -7;

  ck_assert (!ipc_segment_get_id (segment, &id));
  ck_assert_int_eq (id, -7);
}
END_TEST

static gint64
count_attached (IpcSegment *segment)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (IpcInfo) info = ipc_segment_get_info (segment, &error);

  ipc_check_ok (info != NULL, error);
  return ipc_info_get_attach_count (info);
}

#ifdef G_OS_UNIX

START_TEST (info_tells_what_the_system_knows)
{
  const gboolean sysv = ipc_check_segment_has (_i, IPC_CHECK_SYSTEM_V);
  g_autoptr (IpcSegment) segment = open_fresh (ipc_check_segment_name (_i));
  g_autoptr (GError) error = NULL;
  g_autoptr (IpcInfo) info = ipc_segment_get_info (segment, &error);
  const gint64 now = g_get_real_time ();

  ipc_check_ok (info != NULL, error);
  ck_assert_str_eq (ipc_info_get_name (info), ipc_segment_get_name (segment));
  ck_assert_int_eq (ipc_info_get_backend (info), ipc_check_segment_backend (_i));
  ck_assert_int_eq (ipc_info_get_size (info), SIZE);
  ck_assert_int_eq (ipc_info_get_uid (info), geteuid ());
  ck_assert_int_eq (ipc_info_get_gid (info), getegid ());
  ck_assert_int_eq (ipc_info_get_permissions (info), 0600);
  ck_assert_int_le (ipc_info_get_change_time (info), now);
  ck_assert_int_gt (ipc_info_get_change_time (info), now - 60 * G_USEC_PER_SEC);
  ck_assert_int_eq (ipc_info_get_creator_pid (info), sysv ? getpid () : -1);
  ck_assert_int_eq (ipc_info_get_attach_count (info), sysv ? 1 : -1);
  ck_assert_int_eq (ipc_info_get_detach_time (info), -1);
}
END_TEST

#endif

/* The mapping ends by munmap(2) or by zeros in its place; the kernel must count both. */
START_TEST (attach_count_is_right)
{
  const char *name = ipc_check_segment_name (_i);
  g_autoptr (IpcSegment) segment = open_fresh (name);
  g_autoptr (IpcSegment) second = open_existing (name, IPC_SEGMENT_FLAGS_NONE);
  IpcSegment *third = open_existing (name, IPC_SEGMENT_READ_ONLY);

  ck_assert_int_eq (count_attached (segment), 3);
  ck_assert (ipc_segment_detach (second, NULL));
  ck_assert_int_eq (count_attached (segment), 2);
  g_object_unref (third);
  ck_assert_int_eq (count_attached (second), 1);
  ck_assert (ipc_segment_detach (segment, NULL));
  ck_assert_int_eq (count_attached (segment), 0);
}
END_TEST

static void
add_tests (Suite *suite)
{
  TCase *tcase = ipc_check_tcase (suite, "segment-names");

  ipc_check_add_segment_test (tcase, unlinked_segment_lives_on, IPC_CHECK_UNLINKS, 0);
  ipc_check_add_segment_test (tcase, peer_unlinks_the_name, IPC_CHECK_UNLINKS, 0);
  ipc_check_add_segment_test (tcase, end_of_the_object_leaves_the_segment, IPC_CHECK_UNLINKS, 0);
  tcase_add_test (tcase, two_spellings_are_one_segment);
  tcase_add_test (tcase, segment_never_takes_the_place_of_a_semaphore);
#ifdef G_OS_UNIX
  tcase_add_loop_test (tcase, info_tells_what_the_system_knows, 0,
                       (int) ipc_check_n_segment_backends);
#endif
  ipc_check_add_segment_test (tcase, id_is_a_name, IPC_CHECK_SYSTEM_V, 0);
  ipc_check_add_segment_test (tcase, attach_count_is_right, IPC_CHECK_SYSTEM_V, 0);
  ipc_check_add_segment_test (tcase, others_have_no_id, 0, IPC_CHECK_SYSTEM_V);
}

int
main (void)
{
  return ipc_check_main ("segment-names", add_tests);
}
