/* ipc-check-fd.c: descriptors: of segments, how they get to a peer, and of native semaphores
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ipc-check-segment.h"
#include "ipc-check-semaphore.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

IpcSegment *
ipc_check_from_fd (int fd, IpcSegmentFlags flags)
{
  g_autoptr (GError) error = NULL;
  IpcSegment *segment = ipc_segment_new_from_fd (fd, flags, &error);

  ipc_check_ok (segment != NULL, error);
  return segment;
}

int
ipc_check_dup_fd (IpcSegment *segment)
{
  g_autoptr (GError) error = NULL;
  int fd = ipc_segment_dup_fd (segment, &error);

  ipc_check_ok (fd >= 0, error);
  return fd;
}

int
ipc_check_raw_memfd (gsize size)
{
  int fd = memfd_create ("ipc-check", MFD_CLOEXEC | MFD_ALLOW_SEALING);

  ck_assert_int_ge (fd, 0);
  ck_assert_int_eq (ftruncate (fd, (off_t) size), 0);
  return fd;
}

void
ipc_check_send_fd (int socket, int fd)
{
  char control[CMSG_SPACE (sizeof fd)] = { 0 };
  struct iovec byte = { .iov_base = (char *) "", .iov_len = 1 };
  struct msghdr message = { .msg_iov = &byte, .msg_iovlen = 1, .msg_control = control,
                            .msg_controllen = sizeof control };
  struct cmsghdr *head = CMSG_FIRSTHDR (&message);

  head->cmsg_level = SOL_SOCKET;
  head->cmsg_type = SCM_RIGHTS;
  head->cmsg_len = CMSG_LEN (sizeof fd);
  memcpy (CMSG_DATA (head), &fd, sizeof fd);
  ck_assert_int_eq (sendmsg (socket, &message, 0), 1);
}

int
ipc_check_receive_fd (int socket)
{
  char control[CMSG_SPACE (sizeof (int))] = { 0 };
  char data;
  struct iovec byte = { .iov_base = &data, .iov_len = 1 };
  struct msghdr message = { .msg_iov = &byte, .msg_iovlen = 1, .msg_control = control,
                            .msg_controllen = sizeof control };
  int fd = -1;

  ck_assert_int_eq (recvmsg (socket, &message, MSG_CMSG_CLOEXEC), 1);
  ck_assert_ptr_nonnull (CMSG_FIRSTHDR (&message));
  memcpy (&fd, CMSG_DATA (CMSG_FIRSTHDR (&message)), sizeof fd);
  return fd;
}

void
ipc_check_file (IpcSegment *segment, gsize size)
{
  int fd = ipc_check_dup_fd (segment);
  struct stat st;

  ck_assert_int_eq (fstat (fd, &st), 0);
  ck_assert_uint_eq ((gsize) st.st_size, size);
  ck_assert_uint_ge ((gsize) st.st_blocks * 512, size);
  close (fd);
}

int
ipc_check_semaphore_fd (const char *plain)
{
  g_autofree char *wanted = g_strconcat ("/dev/shm/ipc-sem.", plain, NULL);

  for (int fd = 3; fd < 1024; fd++)
    {
      g_autofree char *link = g_strdup_printf ("/proc/self/fd/%d", fd);
      g_autofree char *target = g_file_read_link (link, NULL);

      if (target != NULL && strcmp (target, wanted) == 0)
        return fd;
    }

  return -1;
}
