/* ipc-check-segment.c: what tests of segments share
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ipc-check-segment.h"

#include <string.h>

IpcSegment *
ipc_check_anonymous (IpcSegmentFlags flags)
{
  g_autoptr (GError) error = NULL;
  IpcSegment *segment = ipc_segment_create_anonymous (IPC_CHECK_SIZE, flags, &error);

  ipc_check_ok (segment != NULL, error);
  return segment;
}

void
ipc_check_write_text (IpcSegment *segment, const char *text)
{
  g_autoptr (GError) error = NULL;

  ipc_check_ok (ipc_segment_write (segment, 0, text, strlen (text), &error), error);
}

void
ipc_check_text (IpcSegment *segment, const char *text)
{
  ck_assert_mem_eq (ipc_segment_get_data (segment, NULL), text, strlen (text));
}

void
ipc_check_resize (IpcSegment *segment, gsize size)
{
  g_autoptr (GError) error = NULL;

  ipc_check_ok (ipc_segment_resize (segment, size, &error), error);
  ck_assert_uint_eq (ipc_segment_get_size (segment), size);
}

/* 0: without a name; else of the backend before it. */
IpcSegment *
ipc_check_open_kind (int kind)
{
  g_autoptr (GError) error = NULL;
  IpcSegment *segment;

  if (kind == 0)
    return ipc_check_anonymous (IPC_SEGMENT_FLAGS_NONE);

  segment = ipc_segment_create (ipc_check_segment_name ((guint) kind - 1), IPC_CHECK_SIZE, 0,
                                &error);
  ipc_check_ok (segment != NULL, error);
  return segment;
}

void
ipc_check_add_kinds (TCase *tcase, const TTest *test)
{
  tcase_add_loop_test (tcase, test, 0, 1);
  for (guint i = 0; i < ipc_check_n_segment_backends; i++)
    if (!ipc_check_segment_has (i, IPC_CHECK_SYSTEM_V))
      tcase_add_loop_test (tcase, test, (int) i + 1, (int) i + 2);
}

void
ipc_check_fill (IpcSegment *segment, guint8 byte)
{
  gsize size = 0;
  gpointer data = ipc_segment_get_data (segment, &size);

  memset (data, byte, size);
}

void
ipc_check_filled (const guint8 *data, gsize from, gsize to, guint8 byte)
{
  for (gsize i = from; i < to; i++)
    if (data[i] != byte)
      ck_abort_msg ("byte %" G_GSIZE_FORMAT " is %d and not %d", i, data[i], byte);
}

void
ipc_check_part (IpcSegment *segment, gsize from, gsize to, guint8 byte)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = ipc_segment_read_bytes (segment, from, to - from, &error);

  ipc_check_ok (bytes != NULL, error);
  ipc_check_filled (g_bytes_get_data (bytes, NULL), 0, to - from, byte);
}

void
ipc_check_no_resize (IpcSegment *segment, gsize size, IpcError code, const char *words)
{
  const gsize before = ipc_segment_get_size (segment);

  ipc_check_refused (ipc_segment_resize (segment, size, &error), code, words);
  ck_assert_uint_eq (ipc_segment_get_size (segment), before);
}
