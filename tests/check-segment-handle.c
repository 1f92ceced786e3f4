/* check-segment-handle.c: segments of Windows that get to another process by their handles
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ipc-check-segment.h"

#include <windows.h>

#define SIZE IPC_CHECK_SIZE

/* What both processes know: the handle is given when the gate opens, and answered by the other. */
typedef struct
{
  guint64       handle;
  IpcCheckGate *given;
  IpcCheckGate *answered;
} Post;

static Post *
post_new (void)
{
  Post *self = ipc_check_shared (sizeof *self);

  self->given = ipc_check_gate_new ();
  self->answered = ipc_check_gate_new ();
  return self;
}

static void
post_free (Post *self)
{
  ipc_check_gate_free (self->given);
  ipc_check_gate_free (self->answered);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Post, post_free)

/* Bytes of which no two neighbours, and no two pages, are the same. */
static void
fill (IpcSegment *segment, guint8 factor)
{
  guint8 *data = ipc_segment_get_data (segment, NULL);

  for (gsize i = 0; i < SIZE; i++)
    data[i] = (guint8) (i % 251 * factor);
}

static void
has_filling (IpcSegment *segment, guint8 factor)
{
  gsize size = 0;
  const guint8 *data = ipc_segment_get_data (segment, &size);

  ck_assert_uint_eq (size, SIZE);
  for (gsize i = 0; i < SIZE; i++)
    if (data[i] != (guint8) (i % 251 * factor))
      ck_abort_msg ("byte %" G_GSIZE_FORMAT " is %d", i, data[i]);
}

/* To the process @pid, which waits for it. */
static void
give (Post *post, IpcSegment *segment, pid_t pid)
{
  g_autoptr (GError) error = NULL;

  post->handle = ipc_segment_dup_handle_for_pid (segment, (guint) pid, &error);
  ipc_check_ok (post->handle != 0, error);
  ipc_check_gate_open (post->given);
}

static IpcSegment *
accept_given (const Post *post, IpcSegmentFlags flags)
{
  g_autoptr (GError) error = NULL;
  IpcSegment *segment;

  ipc_check_gate_pass (post->given);
  segment = ipc_segment_new_from_handle (post->handle, flags, &error);
  ipc_check_ok (segment != NULL, error);
  return segment;
}

START_TEST (anonymous_is_zero_and_has_no_name)
{
  static const char zeros[SIZE];
  g_autoptr (IpcSegment) segment = ipc_check_anonymous (IPC_SEGMENT_FLAGS_NONE);
  gsize size = 0;

  ck_assert_mem_eq (ipc_segment_get_data (segment, &size), zeros, SIZE);
  ck_assert_uint_eq (size, SIZE);
  ck_assert_ptr_null (ipc_segment_get_name (segment));
  ck_assert_int_eq (ipc_segment_get_backend (segment), IPC_BACKEND_NATIVE);
  ck_assert (ipc_segment_get_created (segment));
  ck_assert (!ipc_segment_is_current (segment));
}
END_TEST

static void
read_and_answer (gpointer data)
{
  Post *post = data;
  g_autoptr (IpcSegment) segment = accept_given (post, IPC_SEGMENT_FLAGS_NONE);

  ck_assert (!ipc_segment_get_created (segment));
  ck_assert_ptr_null (ipc_segment_get_name (segment));
  has_filling (segment, 3);
  fill (segment, 5);
  ipc_check_gate_open (post->answered);
}

/* Each reads all that the other wrote. */
START_TEST (peer_shares_an_anonymous_segment)
{
  g_autoptr (Post) post = post_new ();
  g_autoptr (IpcSegment) segment = ipc_check_anonymous (IPC_SEGMENT_FLAGS_NONE);
  const pid_t peer = ipc_check_fork (read_and_answer, post);

  fill (segment, 3);
  give (post, segment, peer);
  ipc_check_gate_pass (post->answered);
  has_filling (segment, 5);
  ck_assert_int_eq (ipc_check_join (peer), 0);
  has_filling (segment, 5);
}
END_TEST

static void
read_when_the_maker_let_go (gpointer data)
{
  Post *post = data;
  g_autoptr (IpcSegment) segment = NULL;

  ipc_check_gate_pass (post->answered);
  segment = accept_given (post, IPC_SEGMENT_FLAGS_NONE);
  has_filling (segment, 3);
}

/* The handle alone keeps the memory. */
START_TEST (memory_outlives_its_maker)
{
  g_autoptr (Post) post = post_new ();
  IpcSegment *segment = ipc_check_anonymous (IPC_SEGMENT_FLAGS_NONE);
  const pid_t peer = ipc_check_fork (read_when_the_maker_let_go, post);

  fill (segment, 3);
  give (post, segment, peer);
  g_object_unref (segment);
  ipc_check_gate_open (post->answered);
  ck_assert_int_eq (ipc_check_join (peer), 0);
}
END_TEST

static void
only_read (gpointer data)
{
  const Post *post = data;
  g_autoptr (IpcSegment) segment = NULL;

  ipc_check_gate_pass (post->given);
  ipc_check_refused (ipc_segment_new_from_handle (post->handle, 0, &error),
                     IPC_ERROR_PERMISSION_DENIED, NULL);
  /* It stayed ours. */
  segment = accept_given (post, IPC_SEGMENT_READ_ONLY);
  has_filling (segment, 3);
  ipc_check_refused (ipc_segment_write (segment, 0, "x", 1, &error), IPC_ERROR_READ_ONLY, NULL);
}

START_TEST (read_only_segment_can_only_be_read)
{
  const char *name = ipc_check_segment_name (_i);
  g_autoptr (Post) post = post_new ();
  g_autoptr (IpcSegment) segment = ipc_segment_create (name, SIZE, 0, NULL);
  g_autoptr (IpcSegment) shown = ipc_segment_open (name, IPC_SEGMENT_READ_ONLY, NULL);
  const pid_t peer = ipc_check_fork (only_read, post);

  fill (segment, 3);
  give (post, shown, peer);
  ck_assert_int_eq (ipc_check_join (peer), 0);
}
END_TEST

static void
come_and_go (gpointer data G_GNUC_UNUSED)
{
}

START_TEST (nobody_to_give_it_to)
{
  g_autoptr (IpcSegment) segment = ipc_check_anonymous (IPC_SEGMENT_FLAGS_NONE);
  const pid_t ended = ipc_check_fork (come_and_go, NULL);

  ck_assert_int_eq (ipc_check_join (ended), 0);
  ipc_check_refused (ipc_segment_dup_handle_for_pid (segment, (guint) ended, &error),
                     IPC_ERROR_NOT_FOUND, NULL);
  ck_assert (ipc_segment_detach (segment, NULL));
  ipc_check_refused (ipc_segment_dup_handle_for_pid (segment, GetCurrentProcessId (), &error),
                     IPC_ERROR_CLOSED, NULL);
}
END_TEST

/* No handle, and one of something else; what was refused stays open. */
START_TEST (other_handles_are_refused)
{
  const HANDLE event = CreateEventW (NULL, TRUE, FALSE, NULL);

  ipc_check_refused (ipc_segment_new_from_handle (0, 0, &error), IPC_ERROR_INVALID_ARGUMENT, NULL);
  ipc_check_refused (ipc_segment_new_from_handle ((guint64) (guintptr) event, 0, &error),
                     IPC_ERROR_INVALID_ARGUMENT, NULL);
  ck_assert (SetEvent (event));
  ck_assert (CloseHandle (event));
}
END_TEST

static void
add_tests (Suite *suite)
{
  TCase *tcase = ipc_check_tcase (suite, "segment-handle");

  tcase_add_test (tcase, anonymous_is_zero_and_has_no_name);
  tcase_add_test (tcase, peer_shares_an_anonymous_segment);
  tcase_add_test (tcase, memory_outlives_its_maker);
  tcase_add_loop_test (tcase, read_only_segment_can_only_be_read, 0,
                       (int) ipc_check_n_segment_backends);
  tcase_add_test (tcase, nobody_to_give_it_to);
  tcase_add_test (tcase, other_handles_are_refused);
}

int
main (void)
{
  return ipc_check_main ("segment-handle", add_tests);
}
