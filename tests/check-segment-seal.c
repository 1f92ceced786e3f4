/* check-segment-seal.c: segments that go to peers by descriptor: whom to trust, and seals
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ipc-check-segment.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define SIZE IPC_CHECK_SIZE

/* -- Peers -- */

typedef struct
{
  int sockets[2];
  int seals; /* of what is sent */
} Meeting;

static Meeting
meeting_new (int seals)
{
  Meeting meeting = { .seals = seals };

  ck_assert_int_eq (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, meeting.sockets), 0);
  return meeting;
}

static void
answer (gpointer data)
{
  const Meeting *meeting = data;
  int fd = ipc_check_receive_fd (meeting->sockets[1]);
  g_autoptr (IpcSegment) segment = ipc_check_from_fd (fd, IPC_SEGMENT_FLAGS_NONE);

  close (fd);
  ck_assert_uint_eq (ipc_segment_get_size (segment), SIZE);
  ipc_check_text (segment, "question");
  ipc_check_write_text (segment, "answer");
}

/* A GUnixFDList is what goes with a message of D-Bus. */
START_TEST (descriptor_goes_over_a_socket)
{
  Meeting meeting = meeting_new (0);
  pid_t peer = ipc_check_fork (answer, &meeting);
  g_autoptr (IpcSegment) segment = ipc_check_anonymous (IPC_SEGMENT_FLAGS_NONE);
  g_autoptr (GUnixFDList) list = g_unix_fd_list_new ();
  int fd = ipc_check_dup_fd (segment);

  ipc_check_write_text (segment, "question");
  ck_assert_int_eq (g_unix_fd_list_append (list, fd, NULL), 0);
  close (fd);
  ipc_check_send_fd (meeting.sockets[0], g_unix_fd_list_peek_fds (list, NULL)[0]);
  ck_assert_int_eq (ipc_check_join (peer), 0);
  ipc_check_text (segment, "answer");
}
END_TEST

static void
write_as_child (gpointer segment)
{
  ipc_check_text (segment, "question");
  ipc_check_write_text (segment, "answer");
}

START_TEST (child_shares_it)
{
  g_autoptr (IpcSegment) segment = ipc_check_anonymous (IPC_SEGMENT_FLAGS_NONE);

  ipc_check_write_text (segment, "question");
  ck_assert_int_eq (ipc_check_join (ipc_check_fork (write_as_child, segment)), 0);
  ipc_check_text (segment, "answer");
}
END_TEST

/* -- Trust -- */

static void
send_own (gpointer data)
{
  const Meeting *meeting = data;
  int fd = ipc_check_raw_memfd (SIZE);

  ck_assert_int_eq (fcntl (fd, F_ADD_SEALS, meeting->seals), 0);
  ipc_check_send_fd (meeting->sockets[1], fd);
}

static int
fd_of_nobody (int seals)
{
  Meeting meeting = meeting_new (seals);

  ck_assert_int_eq (ipc_check_as_nobody (send_own, &meeting), 0);
  return ipc_check_receive_fd (meeting.sockets[0]);
}

/* M3: he could cut it. */
START_TEST (stranger_is_not_trusted)
{
  int fd = fd_of_nobody (F_SEAL_GROW);

  ipc_check_refused (ipc_segment_new_from_fd (fd, 0, &error), IPC_ERROR_UNTRUSTED,
                     "65534|ANY_OWNER");
  g_object_unref (ipc_check_from_fd (fd, IPC_SEGMENT_ANY_OWNER));
}
END_TEST

START_TEST (sealed_memory_needs_no_trust)
{
  g_object_unref (ipc_check_from_fd (fd_of_nobody (F_SEAL_SHRINK), IPC_SEGMENT_FLAGS_NONE));
}
END_TEST

/* -- Seals -- */

static void
seal (IpcSegment *segment, IpcSegmentSeals seals)
{
  g_autoptr (GError) error = NULL;

  ipc_check_ok (ipc_segment_seal (segment, seals, &error), error);
}

static void
assert_length (int fd, gsize size)
{
  struct stat st;

  ck_assert_int_eq (fstat (fd, &st), 0);
  ck_assert_uint_eq ((gsize) st.st_size, size);
}

START_TEST (sealed_length_stays)
{
  const gboolean shrink = _i == 0;
  const gsize other = shrink ? 100 : 2 * SIZE;
  g_autoptr (IpcSegment) segment = ipc_check_anonymous (IPC_SEGMENT_FLAGS_NONE);
  int fd = ipc_check_dup_fd (segment);

  seal (segment, shrink ? IPC_SEGMENT_SEAL_SHRINK : IPC_SEGMENT_SEAL_GROW);
  ck_assert_int_ne (ftruncate (fd, (off_t) other), 0);
  ck_assert_int_eq (errno, EPERM);
  ipc_check_refused (ipc_segment_resize (segment, other, &error), IPC_ERROR_PERMISSION_DENIED,
                     "sealed");
  ck_assert_uint_eq (ipc_segment_get_size (segment), SIZE);
  ipc_check_write_text (segment, "usable");
  ipc_check_resize (segment, shrink ? 2 * SIZE : 100);
  assert_length (fd, shrink ? 2 * SIZE : 100);
  close (fd);
}
END_TEST

static void
try_to_write (gpointer data)
{
  const Meeting *meeting = data;
  int fd = ipc_check_receive_fd (meeting->sockets[1]);
  g_autofree char *path = g_strdup_printf ("/proc/self/fd/%d", fd);
  g_autoptr (IpcSegment) segment = ipc_check_from_fd (fd, IPC_SEGMENT_READ_ONLY);
  int reopened = open (path, O_RDWR | O_CLOEXEC);

  ipc_check_text (segment, "shown");
  for (int i = 0; i < 2; i++)
    {
      const int which = i == 0 ? fd : reopened;

      ck_assert (mmap (NULL, SIZE, PROT_WRITE, MAP_SHARED, which, 0) == MAP_FAILED);
      ck_assert_int_eq (errno, EPERM);
      ck_assert_int_lt (pwrite (which, "x", 1, 0), 0);
      ck_assert_int_eq (errno, EPERM);
      ipc_check_refused (ipc_segment_new_from_fd (which, 0, &error), IPC_ERROR_PERMISSION_DENIED,
                         "sealed|READ_ONLY");
    }
  ck_assert_int_ne (mprotect (ipc_segment_get_data (segment, NULL), 1, PROT_READ | PROT_WRITE), 0);
  close (reopened);
}

/* M6: by the same user, who may open anew what /proc shows. */
START_TEST (peers_of_a_sealed_one_only_read)
{
  Meeting meeting = meeting_new (0);
  pid_t peer = ipc_check_fork (try_to_write, &meeting);
  g_autoptr (IpcSegment) segment = ipc_check_anonymous (IPC_SEGMENT_FLAGS_NONE);
  int fd = ipc_check_dup_fd (segment);

  seal (segment, IPC_SEGMENT_SEAL_FUTURE_WRITE | IPC_SEGMENT_SEAL_SHRINK | IPC_SEGMENT_SEAL_SEAL);
  ipc_check_write_text (segment, "shown");
  ipc_check_send_fd (meeting.sockets[0], fd);
  ck_assert_int_eq (ipc_check_join (peer), 0);
  ipc_check_text (segment, "shown");
  close (fd);
}
END_TEST

/* Its memory could not be mapped for writing anew, and shrinking it again is forbidden. */
START_TEST (sealed_writer_does_not_grow)
{
  g_autoptr (IpcSegment) segment = ipc_check_anonymous (IPC_SEGMENT_FLAGS_NONE);
  int fd = ipc_check_dup_fd (segment);

  seal (segment, IPC_SEGMENT_SEAL_FUTURE_WRITE | IPC_SEGMENT_SEAL_SHRINK);
  ipc_check_refused (ipc_segment_resize (segment, 2 * SIZE, &error), IPC_ERROR_PERMISSION_DENIED,
                     "sealed");
  assert_length (fd, SIZE);
  ipc_check_write_text (segment, "still writable");
  close (fd);
}
END_TEST

START_TEST (sealed_seals_stay)
{
  g_autoptr (IpcSegment) segment = ipc_check_anonymous (IPC_SEGMENT_FLAGS_NONE);

  seal (segment, IPC_SEGMENT_SEAL_NONE);
  seal (segment, IPC_SEGMENT_SEAL_SEAL);
  ipc_check_refused (ipc_segment_seal (segment, IPC_SEGMENT_SEAL_GROW, &error),
                     IPC_ERROR_PERMISSION_DENIED, "seal against seals");
  ipc_check_resize (segment, 2 * SIZE);
}
END_TEST

START_TEST (seal_is_checked)
{
  g_autoptr (IpcSegment) segment = ipc_check_anonymous (IPC_SEGMENT_FLAGS_NONE);

  ipc_check_refused (ipc_segment_seal (segment, (IpcSegmentSeals) 0x10, &error),
                     IPC_ERROR_INVALID_ARGUMENT, "0x10");
  ck_assert (ipc_segment_detach (segment, NULL));
  ipc_check_refused (ipc_segment_seal (segment, 0, &error), IPC_ERROR_CLOSED, NULL);
  ipc_check_refused (ipc_segment_dup_fd (segment, &error) >= 0, IPC_ERROR_CLOSED, NULL);
}
END_TEST

/* Old kernels refuse a shared mapping of it even for reading. */
START_TEST (fully_sealed_memory_can_be_read)
{
  int fd = ipc_check_raw_memfd (SIZE);
  g_autoptr (IpcSegment) segment = NULL;

  ck_assert_int_eq (pwrite (fd, "fixed", 5, 0), 5);
  ck_assert_int_eq (fcntl (fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK), 0);
  segment = ipc_check_from_fd (fd, IPC_SEGMENT_READ_ONLY);
  ipc_check_text (segment, "fixed");
  ipc_check_refused (ipc_segment_new_from_fd (fd, 0, &error), IPC_ERROR_PERMISSION_DENIED,
                     "READ_ONLY");
  close (fd);
}
END_TEST

/* -- Segments with a name -- */

static IpcSegment *
named (guint i)
{
  g_autoptr (GError) error = NULL;
  IpcSegment *segment = ipc_segment_create (ipc_check_segment_name (i), SIZE, 0, &error);

  ipc_check_ok (segment != NULL, error);
  return segment;
}

START_TEST (named_one_takes_no_seal)
{
  g_autoptr (IpcSegment) segment = named (_i);

  ipc_check_refused (ipc_segment_seal (segment, IPC_SEGMENT_SEAL_GROW, &error),
                     IPC_ERROR_NOT_SUPPORTED, ipc_segment_get_name (segment));
}
END_TEST

START_TEST (sysv_has_no_descriptor_and_one_size)
{
  g_autoptr (IpcSegment) segment = named (_i);

  ipc_check_refused (ipc_segment_dup_fd (segment, &error) >= 0, IPC_ERROR_NOT_SUPPORTED, "sysv");
  ipc_check_refused (ipc_segment_resize (segment, 99999, &error), IPC_ERROR_NOT_SUPPORTED, "sysv");
  ipc_check_refused (ipc_segment_resize (segment, 100, &error), IPC_ERROR_NOT_SUPPORTED, "sysv");
  ck_assert_uint_eq (ipc_segment_get_size (segment), SIZE);
}
END_TEST

START_TEST (named_one_has_a_descriptor)
{
  g_autoptr (IpcSegment) segment = named (_i);
  int fd = ipc_check_dup_fd (segment);
  g_autoptr (IpcSegment) again = ipc_check_from_fd (fd, IPC_SEGMENT_FLAGS_NONE);

  ck_assert_int_eq (fcntl (fd, F_GETFD), FD_CLOEXEC);
  close (fd);
  ipc_check_write_text (again, "by descriptor");
  ipc_check_text (segment, "by descriptor");
  ipc_check_refused (ipc_segment_seal (again, IPC_SEGMENT_SEAL_GROW, &error),
                     IPC_ERROR_PERMISSION_DENIED, NULL);

  ck_assert (ipc_segment_unlink (segment, NULL));
  ipc_check_refused (ipc_segment_dup_fd (segment, &error) >= 0, IPC_ERROR_REMOVED, NULL);
  close (ipc_check_dup_fd (again));
}
END_TEST

static void
add_named (TCase *tcase)
{
  tcase_add_loop_test (tcase, named_one_takes_no_seal, 0, (int) ipc_check_n_segment_backends);
  ipc_check_add_segment_test (tcase, sysv_has_no_descriptor_and_one_size, IPC_CHECK_SYSTEM_V, 0);
  ipc_check_add_segment_test (tcase, named_one_has_a_descriptor, 0, IPC_CHECK_SYSTEM_V);
}

static void
add_tests (Suite *suite)
{
  TCase *tcase = ipc_check_tcase (suite, "segment-seal");

  tcase_add_test (tcase, descriptor_goes_over_a_socket);
  tcase_add_test (tcase, child_shares_it);
  tcase_add_loop_test (tcase, sealed_length_stays, 0, 2);
  tcase_add_test (tcase, peers_of_a_sealed_one_only_read);
  tcase_add_test (tcase, sealed_writer_does_not_grow);
  tcase_add_test (tcase, sealed_seals_stay);
  tcase_add_test (tcase, seal_is_checked);
  tcase_add_test (tcase, fully_sealed_memory_can_be_read);
  add_named (tcase);
  if (ipc_check_needs_root ("descriptors of strangers"))
    {
      tcase_add_test (tcase, stranger_is_not_trusted);
      tcase_add_test (tcase, sealed_memory_needs_no_trust);
    }
}

int
main (void)
{
  return ipc_check_main ("segment-seal", add_tests);
}
