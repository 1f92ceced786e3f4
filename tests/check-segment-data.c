/* check-segment-data.c: segments: reading, writing, the memory itself, detaching
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ipc-check.h"

#include <signal.h>
#include <string.h>

#define SIZE 10000

static IpcSegment *
open_fresh_with (const char *name, gsize size, IpcSegmentFlags flags)
{
  g_autoptr (GError) error = NULL;
  IpcSegment *segment = ipc_segment_create (name, size, flags, &error);

  ipc_check_ok (segment != NULL, error);
  return segment;
}

static IpcSegment *
open_fresh (guint i)
{
  return open_fresh_with (ipc_check_segment_name (i), SIZE, IPC_SEGMENT_FLAGS_NONE);
}

static IpcSegment *
open_again (IpcSegment *segment, IpcSegmentFlags flags)
{
  g_autoptr (GError) error = NULL;
  IpcSegment *again = ipc_segment_open (ipc_segment_get_name (segment), flags, &error);

  ipc_check_ok (again != NULL, error);
  return again;
}

static void
write_text (IpcSegment *segment, gsize offset, const char *text)
{
  g_autoptr (GError) error = NULL;

  ipc_check_ok (ipc_segment_write (segment, offset, text, strlen (text), &error), error);
}

static void
assert_bytes (GBytes *bytes, const char *text)
{
  ck_assert_uint_eq (g_bytes_get_size (bytes), strlen (text));
  ck_assert_mem_eq (g_bytes_get_data (bytes, NULL), text, strlen (text));
}

/* -- Ranges -- */

typedef struct
{
  gsize    offset, length;
  gboolean fits;
} Range;

/* M8: none of these may be added up. */
static const Range ranges[] = {
  { 0, SIZE, TRUE }, { SIZE, 0, TRUE }, { SIZE - 1, 1, TRUE }, { 0, 0, TRUE },
  { 0, SIZE + 1, FALSE }, { 1, SIZE, FALSE }, { SIZE, 1, FALSE }, { SIZE + 1, 0, FALSE },
  { G_MAXSIZE, 1, FALSE }, { 1, G_MAXSIZE, FALSE }, { G_MAXSIZE, G_MAXSIZE, FALSE },
  { G_MAXSIZE - 4, 10, FALSE }, { SIZE / 2, G_MAXSIZE - SIZE / 2 + 1, FALSE },
};

/* Frees @error. */
static void
assert_range (gboolean done, GError *error, const Range *range)
{
  ck_assert_int_eq (done, range->fits);
  if (done)
    ck_assert_ptr_null (error);
  else
    ipc_check_error (error, IPC_ERROR, IPC_ERROR_OUT_OF_RANGE, "offset|length|10000");
  g_clear_error (&error);
}

START_TEST (range_is_checked)
{
  g_autoptr (IpcSegment) segment = open_fresh (_i);
  g_autofree char *buffer = g_malloc0 (SIZE);

  for (gsize i = 0; i < G_N_ELEMENTS (ranges); i++)
    {
      const Range *range = &ranges[i];
      GError *errors[4] = { NULL };
      gboolean read = ipc_segment_read (segment, range->offset, buffer, range->length, &errors[0]);
      gboolean written = ipc_segment_write (segment, range->offset, buffer, range->length,
                                            &errors[1]);
      g_autoptr (GBytes) view = ipc_segment_get_bytes (segment, range->offset, range->length,
                                                       &errors[2]);
      g_autoptr (GBytes) copy = ipc_segment_read_bytes (segment, range->offset, range->length,
                                                        &errors[3]);

      assert_range (read, errors[0], range);
      assert_range (written, errors[1], range);
      assert_range (view != NULL, errors[2], range);
      assert_range (copy != NULL, errors[3], range);
    }
}
END_TEST

START_TEST (bytes_lie_where_they_were_put)
{
  g_autoptr (IpcSegment) segment = open_fresh (_i);
  g_autoptr (GError) error = NULL;
  const char *data = ipc_segment_get_data (segment, NULL);

  write_text (segment, 7, "0123456789");
  ck_assert_mem_eq (data, "\0\0\0\0\0\0\0" "0123456789\0", 18);
  ipc_check_ok (ipc_segment_write (segment, 9, data + 7, 10, &error), error);
  ck_assert_mem_eq (data + 7, "010123456789\0", 13);
  ipc_check_ok (ipc_segment_clear (segment, &error), error);
  ck_assert_mem_eq (data + 7, "\0\0\0\0\0\0\0\0\0\0\0\0", 12);
}
END_TEST

/* Where it goes wrong; @length: nowhere. */
static gsize
first_difference (const guint8 *a, const guint8 *b, gsize length)
{
  gsize i = 0;

  while (i < length && a[i] == b[i])
    i++;

  return i;
}

/* How large copies are made is tried out in turn, and then one way chosen. */
START_TEST (large_copies_are_exact)
{
  const gsize length = 5 * 1024 * 1024 + 7;
  const char *name = ipc_check_segment_name (_i);
  g_autoptr (IpcSegment) segment = open_fresh_with (name, length + 64, IPC_SEGMENT_FLAGS_NONE);
  g_autofree guint8 *sent = g_malloc (length), *got = g_malloc (length);
  const guint8 *data = ipc_segment_get_data (segment, NULL);
  g_autoptr (GError) error = NULL;

  for (guint turn = 0; turn < 20; turn++)
    {
      for (gsize i = 0; i < length; i++)
        sent[i] = (guint8) (i * (turn + 3) >> 5);

      ipc_check_ok (ipc_segment_write (segment, turn, sent, length, &error), error);
      ck_assert_uint_eq (first_difference (data + turn, sent, length), length);
      ck_assert_uint_eq (data[turn + length], 0);
      ipc_check_ok (ipc_segment_read (segment, turn, got, length, &error), error);
      ck_assert_uint_eq (first_difference (got, sent, length), length);
    }
}
END_TEST

START_TEST (large_copies_may_overlap)
{
  const gsize length = 5 * 1024 * 1024 + 7;
  const char *name = ipc_check_segment_name (_i);
  g_autoptr (IpcSegment) segment = open_fresh_with (name, length + 64, IPC_SEGMENT_FLAGS_NONE);
  g_autofree guint8 *sent = g_malloc (length);
  const guint8 *data = ipc_segment_get_data (segment, NULL);
  g_autoptr (GError) error = NULL;

  for (gsize i = 0; i < length; i++)
    sent[i] = (guint8) (i * 3 >> 5);

  for (guint turn = 0; turn < 10; turn++)
    {
      ipc_check_ok (ipc_segment_write (segment, 19, sent, length, &error), error);
      ipc_check_ok (ipc_segment_write (segment, 40, data + 19, length, &error), error);
      ck_assert_uint_eq (first_difference (data + 40, sent, length), length);
      ipc_check_ok (ipc_segment_write (segment, 3, data + 40, length, &error), error);
      ck_assert_uint_eq (first_difference (data + 3, sent, length), length);
    }
}
END_TEST

START_TEST (copy_stays_and_view_follows)
{
  g_autoptr (IpcSegment) segment = open_fresh (_i);
  g_autoptr (GBytes) copy = NULL;
  g_autoptr (GBytes) view = NULL;

  write_text (segment, 5, "before");
  copy = ipc_segment_read_bytes (segment, 5, 6, NULL);
  view = ipc_segment_get_bytes (segment, 5, 6, NULL);
  write_text (segment, 5, "after!");

  assert_bytes (copy, "before");
  assert_bytes (view, "after!");
}
END_TEST

/* -- Read-only -- */

/* By default again: a sanitizer would turn the signal into an exit status. */
static void
poke (gpointer name)
{
  g_autoptr (IpcSegment) reader = ipc_segment_open (name, IPC_SEGMENT_READ_ONLY, NULL);

  ck_assert_ptr_nonnull (reader);
  signal (SIGSEGV, SIG_DFL);
  *(volatile char *) ipc_segment_get_data (reader, NULL) = 1;
}

START_TEST (read_only_is_enforced)
{
  const char *name = ipc_check_segment_name (_i);
  g_autoptr (IpcSegment) writer = open_fresh_with (name, SIZE, IPC_SEGMENT_FLAGS_NONE);
  g_autoptr (IpcSegment) reader = open_again (writer, IPC_SEGMENT_READ_ONLY);
  g_autoptr (GError) error = NULL;
  char found[5] = "";

  ck_assert (ipc_segment_is_read_only (reader));
  write_text (writer, 0, "news");
  ipc_check_ok (ipc_segment_read (reader, 0, found, 4, &error), error);
  ck_assert_str_eq (found, "news");

  ck_assert (!ipc_segment_write (reader, 0, "x", 1, &error));
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_READ_ONLY, "READ_ONLY");
  g_clear_error (&error);
  ck_assert (!ipc_segment_clear (reader, &error));
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_READ_ONLY, "READ_ONLY");

  /* M6: by the processor, too. */
  ck_assert_int_eq (ipc_check_join (ipc_check_fork (poke, (gpointer) name)),
                    IPC_CHECK_STATUS_SEGV);
}
END_TEST

START_TEST (reader_may_make_it)
{
  g_autoptr (IpcSegment) reader = open_fresh_with (ipc_check_segment_name (_i), SIZE,
                                                   IPC_SEGMENT_READ_ONLY);
  g_autoptr (IpcSegment) writer = open_again (reader, IPC_SEGMENT_FLAGS_NONE);

  write_text (writer, 0, "news");
  ck_assert_mem_eq (ipc_segment_get_data (reader, NULL), "news\0", 5);
}
END_TEST

/* -- Detaching -- */

static void
assert_closed (IpcSegment *segment)
{
  GError *errors[5] = { NULL };
  gsize size = 1;
  char byte = 0;

  ck_assert (!ipc_segment_read (segment, 0, &byte, 1, &errors[0]));
  ck_assert (!ipc_segment_write (segment, 0, &byte, 1, &errors[1]));
  ck_assert (!ipc_segment_clear (segment, &errors[2]));
  ck_assert_ptr_null (ipc_segment_get_bytes (segment, 0, 1, &errors[3]));
  ck_assert_ptr_null (ipc_segment_read_bytes (segment, 0, 1, &errors[4]));
  for (gsize i = 0; i < G_N_ELEMENTS (errors); i++)
    {
      ipc_check_error (errors[i], IPC_ERROR, IPC_ERROR_CLOSED, NULL);
      g_clear_error (&errors[i]);
    }

  ck_assert_ptr_null (ipc_segment_get_data (segment, &size));
  ck_assert_uint_eq (size, 0);
}

START_TEST (detached_segment_is_closed)
{
  g_autoptr (IpcSegment) segment = open_fresh (_i);
  g_autoptr (GError) error = NULL;

  ipc_check_ok (ipc_segment_detach (segment, &error), error);
  ipc_check_ok (ipc_segment_detach (segment, &error), error);
  assert_closed (segment);
  ck_assert_uint_eq (ipc_segment_get_size (segment), SIZE);
  ck_assert (ipc_segment_is_current (segment));
  ipc_check_ok (ipc_segment_unlink (segment, &error), error);
  ipc_check_ok (ipc_segment_unlink (segment, &error), error);
}
END_TEST

START_TEST (unopened_segment_is_closed)
{
  g_autoptr (IpcSegment) segment = g_object_new (IPC_TYPE_SEGMENT, NULL);
  g_autoptr (GError) error = NULL;
  int id = 0;

  assert_closed (segment);
  ck_assert (ipc_segment_detach (segment, NULL));
  ck_assert (!ipc_segment_unlink (segment, &error));
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_CLOSED, NULL);
  g_clear_error (&error);
  ck_assert_ptr_null (ipc_segment_get_info (segment, &error));
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_CLOSED, NULL);
  g_clear_error (&error);
  ck_assert (!g_initable_init (G_INITABLE (segment), NULL, &error));
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_INVALID_NAME, NULL);

  ck_assert_ptr_null (ipc_segment_get_name (segment));
  ck_assert_int_eq (ipc_segment_get_backend (segment), IPC_BACKEND_NONE);
  ck_assert_uint_eq (ipc_segment_get_size (segment), 0);
  ck_assert_uint_eq (ipc_segment_get_page_size (segment), 0);
  ck_assert (!ipc_segment_get_created (segment));
  ck_assert (!ipc_segment_is_current (segment));
  ck_assert (!ipc_segment_get_id (segment, &id));
}
END_TEST

/* What /proc/self/maps calls a mapping of backend @i.  Its creator mapped a POSIX segment before it
 * had a name. */
static const char *
map_word (guint i)
{
  return ipc_check_segment_has (i, IPC_CHECK_SYSTEM_V) ? "/SYSV" : "/dev/shm/";
}

#ifdef G_OS_UNIX

START_TEST (detach_gives_the_memory_back)
{
  g_autoptr (IpcSegment) segment = open_fresh (_i);

  ck_assert_uint_eq (ipc_check_count_maps (map_word (_i)), 1);
  ck_assert (ipc_segment_detach (segment, NULL));
  ck_assert_uint_eq (ipc_check_count_maps (map_word (_i)), 0);
}
END_TEST

START_TEST (bytes_keep_the_memory)
{
  g_autoptr (IpcSegment) segment = open_fresh (_i);
  g_autoptr (IpcSegment) peer = open_again (segment, IPC_SEGMENT_FLAGS_NONE);
  g_autoptr (GBytes) first = NULL;
  g_autoptr (GBytes) second = NULL;

  write_text (segment, 5, "before");
  first = ipc_segment_get_bytes (segment, 5, 6, NULL);
  second = ipc_segment_get_bytes (segment, 0, SIZE, NULL);
  ck_assert (ipc_segment_detach (segment, NULL));
  assert_closed (segment);

  write_text (peer, 5, "after!");
  assert_bytes (first, "after!");
  ck_assert_uint_eq (ipc_check_count_maps (map_word (_i)), 2);
  g_bytes_unref (g_steal_pointer (&first));
  ck_assert_uint_eq (ipc_check_count_maps (map_word (_i)), 2);
  g_bytes_unref (g_steal_pointer (&second));
  ck_assert_uint_eq (ipc_check_count_maps (map_word (_i)), 1);
}
END_TEST

#endif

START_TEST (bytes_outlive_the_object)
{
  const guint before = ipc_check_count_maps (map_word (_i));
  g_autoptr (IpcSegment) segment = open_fresh (_i);
  g_autoptr (GBytes) bytes = NULL;

  write_text (segment, 5, "before");
  bytes = ipc_segment_get_bytes (segment, 5, 6, NULL);
  g_object_unref (g_steal_pointer (&segment));
  assert_bytes (bytes, "before");
  g_bytes_unref (g_steal_pointer (&bytes));
  ck_assert_uint_eq (ipc_check_count_maps (map_word (_i)), before);
}
END_TEST

static void
add_tests (Suite *suite)
{
  TCase *tcase = ipc_check_tcase (suite, "segment-data");
  const int n = (int) ipc_check_n_segment_backends;

  tcase_add_loop_test (tcase, range_is_checked, 0, n);
  tcase_add_loop_test (tcase, bytes_lie_where_they_were_put, 0, n);
  tcase_add_loop_test (tcase, large_copies_are_exact, 0, n);
  tcase_add_loop_test (tcase, large_copies_may_overlap, 0, n);
  tcase_add_loop_test (tcase, copy_stays_and_view_follows, 0, n);
  tcase_add_loop_test (tcase, read_only_is_enforced, 0, n);
  tcase_add_loop_test (tcase, reader_may_make_it, 0, n);
  tcase_add_loop_test (tcase, detached_segment_is_closed, 0, n);
  tcase_add_test (tcase, unopened_segment_is_closed);
#ifdef G_OS_UNIX
  tcase_add_loop_test (tcase, detach_gives_the_memory_back, 0, n);
  tcase_add_loop_test (tcase, bytes_keep_the_memory, 0, n);
#endif
  tcase_add_loop_test (tcase, bytes_outlive_the_object, 0, n);
}

int
main (void)
{
  return ipc_check_main ("segment-data", add_tests);
}
