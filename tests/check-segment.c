/* check-segment.c: segments: making, opening, sharing, permissions
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ipc-check-segment.h"

#include <string.h>
#include <sys/stat.h>

#define SIZE 10000

static IpcSegment *
open_full (const char *name, IpcOpenMode mode, gsize size, guint permissions)
{
  g_autoptr (GError) error = NULL;
  IpcSegment *segment = ipc_segment_new_full (name, mode, size, permissions,
                                              IPC_SEGMENT_FLAGS_NONE, NULL, &error);

  ipc_check_ok (segment != NULL, error);
  return segment;
}

static IpcSegment *
open_fresh (const char *name)
{
  return open_full (name, IPC_OPEN_CREATE, SIZE, 0600);
}

static IpcSegment *
open_existing (const char *name)
{
  return open_full (name, IPC_OPEN_EXISTING, 0, 0600);
}

static void
write_text (IpcSegment *segment, gsize offset, const char *text)
{
  g_autoptr (GError) error = NULL;

  ipc_check_ok (ipc_segment_write (segment, offset, text, strlen (text), &error), error);
}

static void
assert_text (IpcSegment *segment, gsize offset, const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *found = g_malloc0 (strlen (text) + 1);

  ipc_check_ok (ipc_segment_read (segment, offset, found, strlen (text), &error), error);
  ck_assert_str_eq (found, text);
}

static void
assert_zero (IpcSegment *segment)
{
  gsize size = 0;
  const guint8 *data = ipc_segment_get_data (segment, &size);

  for (gsize i = 0; i < size; i++)
    ck_assert_uint_eq (data[i], 0);
}

/* -- Making and opening -- */

START_TEST (new_segment_is_whole_and_zero)
{
  const char *name = ipc_check_segment_name (_i);
  g_autoptr (IpcSegment) segment = open_fresh (name);
  gsize size = 0;

  ck_assert_str_eq (ipc_segment_get_name (segment), name);
  ck_assert_int_eq (ipc_segment_get_backend (segment), ipc_check_segment_backend (_i));
  ck_assert_uint_eq (ipc_segment_get_size (segment), SIZE);
  ck_assert_uint_eq (ipc_segment_get_permissions (segment), 0600);
  ck_assert_uint_eq (ipc_segment_get_flags (segment), IPC_SEGMENT_FLAGS_NONE);
  ck_assert_uint_ge (ipc_segment_get_page_size (segment), 4096);
  ck_assert (ipc_segment_get_created (segment));
  ck_assert (!ipc_segment_is_read_only (segment));
  ck_assert (ipc_segment_is_current (segment));
  ck_assert_ptr_nonnull (ipc_segment_get_data (segment, &size));
  ck_assert_uint_eq (size, SIZE);
  assert_zero (segment);
}
END_TEST

static void
answer (gpointer data)
{
  g_autoptr (IpcSegment) segment = open_existing (data);

  ck_assert_uint_eq (ipc_segment_get_size (segment), SIZE);
  ck_assert (!ipc_segment_get_created (segment));
  assert_text (segment, 0, "question");
  write_text (segment, SIZE - 6, "answer");
}

START_TEST (processes_share_it)
{
  const char *name = ipc_check_segment_name (_i);
  g_autoptr (IpcSegment) segment = open_fresh (name);

  write_text (segment, 0, "question");
  ck_assert_int_eq (ipc_check_join (ipc_check_fork (answer, (gpointer) name)), 0);
  assert_text (segment, SIZE - 6, "answer");
}
END_TEST

START_TEST (create_is_exclusive)
{
  const char *name = ipc_check_segment_name (_i);
  g_autoptr (IpcSegment) segment G_GNUC_UNUSED = open_fresh (name);
  g_autoptr (GError) error = NULL;

  ck_assert_ptr_null (ipc_segment_create (name, SIZE, IPC_SEGMENT_FLAGS_NONE, &error));
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_EXISTS, name);
}
END_TEST

START_TEST (nothing_is_not_found)
{
  const char *name = ipc_check_segment_name (_i);
  g_autoptr (GError) error = NULL;

  ck_assert_ptr_null (ipc_segment_open (name, IPC_SEGMENT_FLAGS_NONE, &error));
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_NOT_FOUND, name);
  g_clear_error (&error);
  ck_assert (!ipc_segment_unlink_name (name, &error));
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_NOT_FOUND, name);
}
END_TEST

START_TEST (open_or_create_does_either)
{
  const char *name = ipc_check_segment_name (_i);
  g_autoptr (GError) error = NULL;
  g_autoptr (IpcSegment) first = NULL;
  g_autoptr (IpcSegment) second = NULL;

  first = ipc_segment_open_or_create (name, SIZE, IPC_SEGMENT_FLAGS_NONE, &error);
  ipc_check_ok (first != NULL, error);
  second = ipc_segment_open_or_create (name, SIZE / 2, IPC_SEGMENT_FLAGS_NONE, &error);
  ipc_check_ok (second != NULL, error);

  ck_assert (ipc_segment_get_created (first));
  ck_assert (!ipc_segment_get_created (second));
  ck_assert_uint_eq (ipc_segment_get_size (second), SIZE);
  write_text (first, 0, "one");
  assert_text (second, 0, "one");
}
END_TEST

/* M4, M8: the size is that of the system, whatever was asked for. */
START_TEST (smaller_than_asked_is_refused)
{
  const IpcOpenMode modes[] = { IPC_OPEN_OR_CREATE, IPC_OPEN_EXISTING };
  const char *name = ipc_check_segment_name (_i);
  g_autoptr (IpcSegment) segment = open_fresh (name);

  for (gsize i = 0; i < G_N_ELEMENTS (modes); i++)
    {
      g_autoptr (GError) error = NULL;

      ck_assert_ptr_null (ipc_segment_new_full (name, modes[i], SIZE + 1, 0600,
                                                IPC_SEGMENT_FLAGS_NONE, NULL, &error));
      ipc_check_error (error, IPC_ERROR, IPC_ERROR_SIZE_MISMATCH, "10000|10001");
    }

  ck_assert_uint_eq (ipc_segment_get_size (segment), SIZE);
}
END_TEST

/* N7: whoever has the old one keeps it, and is told.  N11: its name is not unlinked again. */
START_TEST (replace_leaves_the_old_to_its_users)
{
  const char *name = ipc_check_segment_name (_i);
  g_autoptr (IpcSegment) old = open_fresh (name);
  g_autoptr (IpcSegment) new = NULL;
  g_autoptr (GError) error = NULL;

  write_text (old, 0, "old");
  new = open_full (name, IPC_OPEN_REPLACE, SIZE * 2, 0600);
  ck_assert (ipc_segment_get_created (new));
  ck_assert_uint_eq (ipc_segment_get_size (new), SIZE * 2);
  assert_zero (new);

  assert_text (old, 0, "old");
  ck_assert (!ipc_segment_is_current (old));
  ck_assert (ipc_segment_is_current (new));

  ipc_check_ok (ipc_segment_unlink (old, &error), error);
  ck_assert (ipc_segment_is_current (new));
}
END_TEST

/* Windows: a name is not taken from an object that somebody has open, and is free afterwards. */
START_TEST (replace_needs_a_free_name)
{
  const char *name = ipc_check_segment_name (_i);
  g_autoptr (IpcSegment) old = open_fresh (name);
  g_autoptr (IpcSegment) other = open_existing (name);
  g_autoptr (IpcSegment) new = NULL;

  ipc_check_refused (ipc_segment_new_full (name, IPC_OPEN_REPLACE, SIZE, 0600, 0, NULL, &error),
                     IPC_ERROR_NOT_SUPPORTED, name);
  ipc_check_refused (ipc_segment_unlink (old, &error), IPC_ERROR_NOT_SUPPORTED, name);
  ipc_check_refused (ipc_segment_unlink_name (name, &error), IPC_ERROR_NOT_SUPPORTED, name);
  ck_assert (ipc_segment_is_current (old));

  g_clear_object (&other);
  ck_assert (ipc_segment_unlink (old, NULL));
  ck_assert (ipc_segment_unlink (old, NULL));
  ck_assert (!ipc_segment_is_current (old));
  write_text (old, 0, "old");

  new = open_full (name, IPC_OPEN_REPLACE, SIZE, 0600);
  assert_zero (new);
  assert_text (old, 0, "old");
}
END_TEST

START_TEST (replace_makes_what_is_missing)
{
  g_autoptr (IpcSegment) segment = open_full (ipc_check_segment_name (_i), IPC_OPEN_REPLACE, SIZE,
                                              0600);

  ck_assert (ipc_segment_get_created (segment));
}
END_TEST

START_TEST (cancelled_before_it_begins)
{
  const char *name = ipc_check_segment_name (_i);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  g_cancellable_cancel (cancellable);
  ck_assert_ptr_null (ipc_segment_new_full (name, IPC_OPEN_CREATE, SIZE, 0600,
                                            IPC_SEGMENT_FLAGS_NONE, cancellable, &error));
  ipc_check_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, NULL);
  g_clear_error (&error);
  ck_assert_ptr_null (ipc_segment_open (name, IPC_SEGMENT_FLAGS_NONE, &error));
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_NOT_FOUND, NULL);
}
END_TEST

/* -- Options -- */

/* N9: exact, whatever the umask. */
START_TEST (permissions_are_exact)
{
  const guint wanted[] = { 0600, 0666, 0640, 0777, 0400, 0200, 0 };
  const mode_t masks[] = { 0, 077, 0777 };

  for (gsize i = 0; i < G_N_ELEMENTS (wanted) * G_N_ELEMENTS (masks); i++)
    {
      const guint permissions = wanted[i % G_N_ELEMENTS (wanted)] & IPC_CHECK_PERMISSIONS;
      g_autoptr (GError) error = NULL;
      g_autoptr (IpcSegment) segment = NULL;
      g_autoptr (IpcInfo) info = NULL;

      umask (masks[i / G_N_ELEMENTS (wanted)]);
      segment = open_full (ipc_check_segment_name (_i), IPC_OPEN_CREATE, SIZE, permissions);
      ck_assert_uint_eq (ipc_segment_get_permissions (segment), permissions);
      ck_assert_uint_eq (permissions & ~IPC_CHECK_PERMISSIONS, 0);

      /* Who may not read it is not told, either; root may. */
      info = ipc_segment_get_info (segment, &error);
      if (info == NULL && (permissions & 0400) == 0)
        ipc_check_error (error, IPC_ERROR, IPC_ERROR_PERMISSION_DENIED, NULL);
      else
        ck_assert_int_eq (ipc_info_get_permissions (info), (int) permissions);
      write_text (segment, 0, "the creator may");
    }
}
END_TEST

START_TEST (options_are_properties)
{
  const char *name = ipc_check_segment_name (_i);
  g_autoptr (GError) error = NULL;
  g_autofree char *found_name = NULL;
  guint64 size = 0, page_size = 0;
  guint permissions = 0, flags = 0;
  int backend = 0, mode = 0;
  gboolean created = FALSE, read_only = TRUE;
  g_autoptr (IpcSegment) segment
    = g_initable_new (IPC_TYPE_SEGMENT, NULL, &error, "name", name, "open-mode", IPC_OPEN_CREATE,
                      "size", (guint64) SIZE, "permissions", 0640u, "flags", IPC_SEGMENT_POPULATE,
                      NULL);

  ipc_check_ok (segment != NULL, error);
  g_object_get (segment, "name", &found_name, "backend", &backend, "open-mode", &mode, "size", &size,
                "permissions", &permissions, "flags", &flags, "created", &created, "read-only",
                &read_only, "page-size", &page_size, NULL);

  ck_assert_str_eq (found_name, name);
  ck_assert_int_eq (backend, ipc_check_segment_backend (_i));
  ck_assert_int_eq (mode, IPC_OPEN_CREATE);
  ck_assert_uint_eq (size, SIZE);
  ck_assert_uint_eq (permissions, 0640);
  ck_assert_uint_eq (flags, IPC_SEGMENT_POPULATE);
  ck_assert (created);
  ck_assert (!read_only);
  ck_assert_uint_eq (page_size, ipc_segment_get_page_size (segment));
  ipc_check_ok (g_initable_init (G_INITABLE (segment), NULL, &error), error);
}
END_TEST

static void
add_tests (Suite *suite)
{
  TCase *tcase = ipc_check_tcase (suite, "segment");
  const int n = (int) ipc_check_n_segment_backends;

  tcase_add_loop_test (tcase, new_segment_is_whole_and_zero, 0, n);
  tcase_add_loop_test (tcase, processes_share_it, 0, n);
  tcase_add_loop_test (tcase, create_is_exclusive, 0, n);
  tcase_add_loop_test (tcase, nothing_is_not_found, 0, n);
  tcase_add_loop_test (tcase, open_or_create_does_either, 0, n);
  tcase_add_loop_test (tcase, smaller_than_asked_is_refused, 0, n);
  ipc_check_add_segment_test (tcase, replace_leaves_the_old_to_its_users, IPC_CHECK_UNLINKS, 0);
  ipc_check_add_segment_test (tcase, replace_needs_a_free_name, 0, IPC_CHECK_UNLINKS);
  tcase_add_loop_test (tcase, replace_makes_what_is_missing, 0, n);
  tcase_add_loop_test (tcase, cancelled_before_it_begins, 0, n);
  tcase_add_loop_test (tcase, permissions_are_exact, 0, n);
  tcase_add_loop_test (tcase, options_are_properties, 0, n);
}

int
main (void)
{
  return ipc_check_main ("segment", add_tests);
}
