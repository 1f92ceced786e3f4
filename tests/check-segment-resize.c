/* check-segment-resize.c: segments: made longer, made shorter, while others use them
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ipc-check-segment.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SIZE IPC_CHECK_SIZE

/* -- Alone -- */

START_TEST (longer_is_zero_and_reserved)
{
  g_autoptr (IpcSegment) segment = ipc_check_open_kind (_i);

  ipc_check_fill (segment, 'a');
  ipc_check_resize (segment, 100 * SIZE);
  ipc_check_part (segment, 0, SIZE, 'a');
  ipc_check_part (segment, SIZE, 100 * SIZE, 0);
  ipc_check_file (segment, 100 * SIZE);
}
END_TEST

START_TEST (shorter_ends_there)
{
  g_autoptr (IpcSegment) segment = ipc_check_open_kind (_i);
  char byte = 0;

  ipc_check_fill (segment, 'a');
  ipc_check_resize (segment, 5000);
  ipc_check_part (segment, 0, 5000, 'a');
  ipc_check_refused (ipc_segment_read (segment, 5000, &byte, 1, &error), IPC_ERROR_OUT_OF_RANGE,
                     "5000");
  ipc_check_refused (ipc_segment_write (segment, 0, segment, 5001, &error), IPC_ERROR_OUT_OF_RANGE,
                     "5000");
  ipc_check_refused (ipc_segment_get_bytes (segment, 9999, 1, &error), IPC_ERROR_OUT_OF_RANGE,
                     "9999");
  ipc_check_file (segment, 5000);

  ipc_check_resize (segment, SIZE);
  ipc_check_part (segment, 0, 5000, 'a');
  ipc_check_part (segment, 5000, SIZE, 0);
}
END_TEST

/* A peer that maps whole pages can reach beyond the end. */
START_TEST (rest_of_the_page_is_zero)
{
  g_autoptr (IpcSegment) segment = ipc_check_open_kind (_i);

  memset ((char *) ipc_segment_get_data (segment, NULL) + SIZE, 'x', 100);
  ipc_check_resize (segment, SIZE + 50);
  ipc_check_resize (segment, 2 * SIZE);
  ipc_check_part (segment, SIZE, 2 * SIZE, 0);
}
END_TEST

static void
count_call (GObject *object G_GNUC_UNUSED, GParamSpec *pspec G_GNUC_UNUSED, gpointer data)
{
  ++*(guint *) data;
}

START_TEST (change_is_notified_once)
{
  g_autoptr (IpcSegment) segment = ipc_check_open_kind (_i);
  guint64 size = 0;
  guint n = 0;

  g_signal_connect (segment, "notify", G_CALLBACK (count_call), &n);
  ipc_check_resize (segment, 2 * SIZE);
  ck_assert_uint_eq (n, 1);
  g_object_get (segment, "size", &size, NULL);
  ck_assert_uint_eq (size, 2 * SIZE);
  ipc_check_resize (segment, SIZE);
  ck_assert_uint_eq (n, 2);
  ipc_check_resize (segment, SIZE);
  ck_assert (!ipc_segment_resize (segment, 0, NULL));
  ck_assert_uint_eq (n, 2);
}
END_TEST

START_TEST (nothing_is_kept)
{
  const char *map = _i == 0 ? IPC_CHECK_MEMFD : "/dev/shm/";
  const guint n_fds = ipc_check_count_fds ();
  IpcSegment *segment = ipc_check_open_kind (_i);
  const guint n_open = ipc_check_count_fds ();

  for (gsize i = 0; i < 100; i++)
    {
      ipc_check_resize (segment, SIZE + i * SIZE);
      ipc_check_resize (segment, 1 + i);
    }
  ck_assert_uint_eq (ipc_check_count_maps (map), 1);
  ck_assert_uint_eq (ipc_check_count_fds (), n_open);
  g_object_unref (segment);
  ck_assert_uint_eq (ipc_check_count_maps (map), 0);
  ck_assert_uint_eq (ipc_check_count_fds (), n_fds);
}
END_TEST

/* -- Those who hold a part of it -- */

static GBytes *
hold (IpcSegment *segment)
{
  g_autoptr (GError) error = NULL;
  GBytes *bytes = ipc_segment_get_bytes (segment, 0, ipc_segment_get_size (segment), &error);

  ipc_check_ok (bytes != NULL, error);
  return bytes;
}

/* First one of a mapping that was given up when the segment grew, then one of that which is cut. */
START_TEST (bytes_outlive_every_size)
{
  g_autoptr (IpcSegment) segment = ipc_check_open_kind (_i);
  g_autoptr (GBytes) first = hold (segment);
  g_autoptr (GBytes) second = NULL;

  ipc_check_fill (segment, 'a');
  ipc_check_resize (segment, 2 * SIZE);
  ipc_check_filled (g_bytes_get_data (first, NULL), 0, SIZE, 'a');
  second = hold (segment);
  ipc_check_fill (segment, 'b');
  ipc_check_filled (g_bytes_get_data (first, NULL), 0, SIZE, 'b');

  ipc_check_resize (segment, 100);
  ipc_check_filled (g_bytes_get_data (first, NULL), 0, 100, 'b');
  ipc_check_filled (g_bytes_get_data (first, NULL), 100, SIZE, 0);
  ipc_check_filled (g_bytes_get_data (second, NULL), 0, 100, 'b');
  ipc_check_filled (g_bytes_get_data (second, NULL), 100, 2 * SIZE, 0);
}
END_TEST

typedef struct
{
  IpcSegment   *segment;
  int           fd;
  IpcCheckGate *opened;
  IpcCheckGate *changed;
} Meeting;

static void
follow (gpointer data)
{
  Meeting *meeting = data;
  g_autoptr (IpcSegment) segment = ipc_check_from_fd (meeting->fd, IPC_SEGMENT_FLAGS_NONE);

  ipc_check_gate_open (meeting->opened);
  ipc_check_gate_pass (meeting->changed);
  ck_assert_uint_eq (ipc_segment_get_size (segment), SIZE);
  ipc_check_part (segment, 0, SIZE, 'b');
  ipc_check_resize (segment, 2 * SIZE);
  ipc_check_part (segment, 0, 2 * SIZE, 'b');
  ipc_check_fill (segment, 'c');
}

START_TEST (peer_follows_when_it_will)
{
  g_autoptr (IpcSegment) segment = ipc_check_open_kind (_i);
  g_autoptr (IpcCheckGate) opened = ipc_check_gate_new ();
  g_autoptr (IpcCheckGate) changed = ipc_check_gate_new ();
  Meeting meeting = { segment, ipc_check_dup_fd (segment), opened, changed };
  pid_t peer = ipc_check_fork (follow, &meeting);

  ipc_check_gate_pass (opened);
  ipc_check_resize (segment, 2 * SIZE);
  ipc_check_fill (segment, 'b');
  ipc_check_gate_open (changed);
  ck_assert_int_eq (ipc_check_join (peer), 0);
  ipc_check_part (segment, 0, 2 * SIZE, 'c');
  close (meeting.fd);
}
END_TEST

/* -- A peer that cuts it while it is in use, and does not care -- */

static void
read_all (IpcSegment *segment)
{
  const gsize size = ipc_segment_get_size (segment);
  g_autofree char *bytes = g_malloc (size);

  ipc_segment_read (segment, 0, bytes, size, NULL);
}

static void
write_all (IpcSegment *segment)
{
  const gsize size = ipc_segment_get_size (segment);
  g_autofree char *bytes = g_malloc0 (size);

  ipc_segment_write (segment, 0, bytes, size, NULL);
}

static void
clear_all (IpcSegment *segment)
{
  ipc_segment_clear (segment, NULL);
}

static void (*const uses[]) (IpcSegment *segment) = { read_all, write_all, clear_all };

typedef struct
{
  IpcSegment *segment;
  gsize       use;
} Use;

/* By default: a sanitizer would turn the signal into an exit status. */
static void
use (gpointer data)
{
  const Use *self = data;

  signal (SIGBUS, SIG_DFL);
  uses[self->use](self->segment);
}

/* M3: a process that touches what is gone ends by SIGBUS, as the manual says; what is left can be used,
 * nobody opens it as what it was, and a resize makes it whole. */
START_TEST (what_a_peer_has_cut_is_sigbus)
{
  const gsize page = ipc_check_page_size (), size = 3 * page;
  g_autoptr (IpcSegment) segment = ipc_check_open_kind (_i);
  const char *name = ipc_segment_get_name (segment);
  const int fd = ipc_check_dup_fd (segment);

  ipc_check_resize (segment, size);
  ck_assert_int_eq (ftruncate (fd, (off_t) page), 0);
  for (gsize i = 0; i < G_N_ELEMENTS (uses); i++)
    ck_assert_int_eq (ipc_check_join (ipc_check_fork (use, &(Use){ segment, i })),
                      128 + SIGBUS);

  if (name != NULL)
    ipc_check_refused (ipc_segment_open_or_create (name, size, IPC_SEGMENT_FLAGS_NONE, &error),
                       IPC_ERROR_SIZE_MISMATCH, NULL);
  memset (ipc_segment_get_data (segment, NULL), 'b', page);
  ipc_check_resize (segment, size);
  ipc_check_file (segment, size);
  ipc_check_part (segment, 0, page, 'b');
  ipc_check_part (segment, page, size, 0);
  close (fd);
}
END_TEST

/* -- Refusals -- */

START_TEST (bad_size_is_refused)
{
  g_autoptr (IpcSegment) segment = ipc_check_open_kind (_i);

  ipc_check_no_resize (segment, 0, IPC_ERROR_INVALID_ARGUMENT, "0 bytes");
  ipc_check_no_resize (segment, (gsize) G_MAXSSIZE + 1, IPC_ERROR_INVALID_ARGUMENT, "bytes");
  ck_assert (ipc_segment_detach (segment, NULL));
  ipc_check_no_resize (segment, 2 * SIZE, IPC_ERROR_CLOSED, "detached");
  ipc_check_no_resize (segment, 100, IPC_ERROR_CLOSED, "detached");
}
END_TEST

START_TEST (reader_changes_nothing)
{
  g_autoptr (IpcSegment) segment = ipc_check_open_kind (_i);
  int fd = ipc_check_dup_fd (segment);
  g_autoptr (IpcSegment) reader = ipc_check_from_fd (fd, IPC_SEGMENT_READ_ONLY);

  ipc_check_no_resize (reader, 2 * SIZE, IPC_ERROR_READ_ONLY, "READ_ONLY");
  ipc_check_no_resize (reader, 100, IPC_ERROR_READ_ONLY, "READ_ONLY");
  ipc_check_file (segment, SIZE);
  close (fd);
}
END_TEST

static void
refused_by_name (IpcSegment *segment)
{
  ipc_check_no_resize (segment, 2 * SIZE, IPC_ERROR_REMOVED, ipc_segment_get_name (segment));
  ipc_check_no_resize (segment, 100, IPC_ERROR_REMOVED, ipc_segment_get_name (segment));
  ipc_check_part (segment, 0, SIZE, 'a');
}

/* What bears its name now is not touched, and not followed. */
START_TEST (name_that_is_gone_is_removed)
{
  const char *plain = ipc_check_plain_name ();
  g_autofree char *name = g_strconcat ("posix:/", plain, NULL);
  g_autofree char *path = g_strconcat ("/dev/shm/", plain, NULL);
  g_autoptr (IpcSegment) segment = ipc_segment_create (name, SIZE, 0, NULL);
  g_autoptr (IpcSegment) other = NULL;

  ipc_check_fill (segment, 'a');
  ck_assert_int_eq (unlink (path), 0);
  refused_by_name (segment);
  ck_assert_int_eq (symlink ("/dev/null", path), 0);
  refused_by_name (segment);
  ck_assert_int_eq (unlink (path), 0);
  ck_assert_int_eq (mkfifo (path, 0600), 0);
  refused_by_name (segment);
  ck_assert_int_eq (unlink (path), 0);
  ck_assert_int_eq (g_mkdir (path, 0700), 0);
  refused_by_name (segment);
  ck_assert_int_eq (rmdir (path), 0);

  other = ipc_segment_create (name, SIZE, 0, NULL);
  refused_by_name (segment);
  ipc_check_file (other, SIZE);
}
END_TEST

/* -- While the process forks -- */

#define FORKS 20
#define FAR_MORE (16 * 1024 * 1024) /* so that resizing is what the thread does all the time */

typedef struct
{
  IpcSegment *segment;
  int         over; /* atomic */
} Resizing;

static gpointer
resize_until_over (gpointer data)
{
  Resizing *self = data;

  while (!g_atomic_int_get (&self->over))
    {
      ipc_check_resize (self->segment, FAR_MORE);
      ipc_check_resize (self->segment, SIZE);
    }

  return NULL;
}

/* No ck_assert() here: the thread may have had its lock, too.  And it ends as another program, in which
 * nobody looks for what only the thread knew of. */
static void
detach_inherited (gpointer segment)
{
  if (ipc_segment_detach (segment, NULL))
    execlp ("true", "true", NULL);
  _exit (EXIT_FAILURE);
}

/* A lock that the thread had, which the child has not, would never be given back. */
START_TEST (child_of_who_is_resizing_detaches)
{
  g_autoptr (IpcSegment) segment = ipc_check_open_kind (_i);
  Resizing resizing = { segment, FALSE };
  GThread *thread = g_thread_new (NULL, resize_until_over, &resizing);

  for (int i = 0; i < FORKS; i++)
    ck_assert_int_eq (ipc_check_join (ipc_check_fork (detach_inherited, segment)), 0);

  g_atomic_int_set (&resizing.over, TRUE);
  g_thread_join (thread);
}
END_TEST

static void
add_tests (Suite *suite)
{
  TCase *tcase = ipc_check_tcase (suite, "segment-resize");

  ipc_check_add_kinds (tcase, longer_is_zero_and_reserved);
  ipc_check_add_kinds (tcase, shorter_ends_there);
  ipc_check_add_kinds (tcase, rest_of_the_page_is_zero);
  ipc_check_add_kinds (tcase, change_is_notified_once);
  ipc_check_add_kinds (tcase, nothing_is_kept);
  ipc_check_add_kinds (tcase, bytes_outlive_every_size);
  ipc_check_add_kinds (tcase, peer_follows_when_it_will);
  if (ipc_check_needs_bare_process ("what_a_peer_has_cut_is_sigbus"))
    ipc_check_add_kinds (tcase, what_a_peer_has_cut_is_sigbus);
  ipc_check_add_kinds (tcase, bad_size_is_refused);
  ipc_check_add_kinds (tcase, reader_changes_nothing);
  ipc_check_add_kinds (tcase, child_of_who_is_resizing_detaches);
  tcase_add_test (tcase, name_that_is_gone_is_removed);
}

int
main (void)
{
  return ipc_check_main ("segment-resize", add_tests);
}
