/* ipc-segment-memfd.c: segments without a name: memfd_create(2), and descriptors of others
 *
 * The descriptor stays open, since there is no name to open it again by.  A program may close it
 * behind our back and open another file under its number: it is checked before it is used.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ipc-error-private.h"
#include "ipc-info-private.h"
#include "ipc-publish-private.h"
#include "ipc-segment-file-private.h"
#include "ipc-trust-private.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/mman.h>
#include <sys/vfs.h>

#ifndef F_SEAL_FUTURE_WRITE /* Linux 5.1 */
#define F_SEAL_FUTURE_WRITE 0x0010
#endif

typedef struct
{
  IpcFd       fd;
  struct stat st;
} MemfdSegment;

static gpointer
memfd_new (int fd, const struct stat *st, IpcOpened *opened)
{
  MemfdSegment *self = g_new (MemfdSegment, 1);

  self->fd = fd;
  self->st = *st;
  opened->permissions = st->st_mode & 0777;
  return self;
}

static gpointer
memfd_create_segment (const IpcRequest *request, IpcOpened *opened, GError **error)
{
  const char *call = "memfd_create";
  g_auto (IpcFd) fd = memfd_create ("libipc", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  struct stat st;

  if (fd < 0)
    return ipc_null_throw_errno (error, errno, call, request->name->text);

  if (fchmod (fd, request->permissions) != 0 || fstat (fd, &st) != 0)
    return ipc_null_throw_errno (error, errno, call, request->name->text);

  if (!ipc_publish_reserve (fd, request->size, call, request->name->text, error)
      || !ipc_segment_file_map (fd, request->size, request, opened, error))
    return NULL;

  opened->created = TRUE;
  return memfd_new (ipc_fd_steal (&fd), &st, opened);
}

/* -- The descriptor of somebody else -- */

static gboolean
throw_not_memory (const IpcRequest *request, const char *what, GError **error)
{
  return ipc_throw (error, IPC_ERROR_INVALID_ARGUMENT, "ipc_segment_new_from_fd",
                    request->name->text, "%s; it takes a descriptor of shared memory", what);
}

/* A file on a disk can be mapped as well, but it would be written to the disk. */
static gboolean
check_memory (int fd, const struct stat *st, const IpcRequest *request, GError **error)
{
  struct statfs fs;

  if (!S_ISREG (st->st_mode))
    return throw_not_memory (request, "this is no file", error);
  if (fstatfs (fd, &fs) != 0)
    return ipc_throw_errno (error, errno, "fstatfs", request->name->text);
  if (fs.f_type != TMPFS_MAGIC && (guint32) fs.f_type != HUGETLBFS_MAGIC)
    return throw_not_memory (request, "this is a file on a disk", error);

  return st->st_size > 0 || throw_not_memory (request, "this is empty", error);
}

static gboolean
check_access (int fd, const IpcRequest *request, GError **error)
{
  const int flags = fcntl (fd, F_GETFL);

  if ((flags & O_ACCMODE) == O_RDWR
      || ((flags & O_ACCMODE) == O_RDONLY && (request->flags & IPC_SEGMENT_READ_ONLY)
          && !(flags & O_PATH)))
    return TRUE;

  return ipc_throw (error, IPC_ERROR_PERMISSION_DENIED, "ipc_segment_new_from_fd",
                    request->name->text,
                    "the descriptor is not open for reading and writing; map it with READ_ONLY if "
                    "it is open for reading");
}

/* Who sent it could cut it under us, if he is not trusted and it is not sealed against that. */
static gboolean
check_sender (gboolean sealed, const struct stat *st, const IpcRequest *request, GError **error)
{
  return sealed || (request->flags & IPC_SEGMENT_ANY_OWNER)
         || ipc_trust_check (st->st_uid, st->st_mode & ~0022u, request, "ipc_segment_new_from_fd",
                             error);
}

/* First the seal, then the length: one that was read before could be cut before it is sealed. */
static gboolean
check_received (int fd, struct stat *st, const IpcRequest *request, GError **error)
{
  const int seals = fcntl (fd, F_GET_SEALS);
  const gboolean sealed = seals >= 0 && (seals & F_SEAL_SHRINK) != 0;

  if (fstat (fd, st) != 0)
    return ipc_throw_errno (error, errno, "fstat", request->name->text);

  return check_memory (fd, st, request, error) && check_access (fd, request, error)
         && check_sender (sealed, st, request, error);
}

static int
duplicate (int fd, const char *call, GError **error)
{
  const int copy = fcntl (fd, F_DUPFD_CLOEXEC, 0);

  if (copy < 0 && errno == EBADF)
    ipc_throw_errno_remedy (error, errno, call, IPC_NAME_NONE, "this is no open descriptor");
  else if (copy < 0)
    ipc_throw_errno (error, errno, call, IPC_NAME_NONE);

  return copy;
}

/* All is asked of the copy, which no other thread of the caller can close or change. */
static gpointer
memfd_adopt_fd (int fd, const IpcRequest *request, IpcOpened *opened, GError **error)
{
  g_auto (IpcFd) own = duplicate (fd, "ipc_segment_new_from_fd", error);
  struct stat st;

  if (own < 0 || !check_received (own, &st, request, error)
      || !ipc_segment_file_map_whole (own, &st, request, opened, error))
    return NULL;

  return memfd_new (ipc_fd_steal (&own), &st, opened);
}

/* -- The row -- */

static gboolean
is_ours (const MemfdSegment *self)
{
  struct stat st;

  return fstat (self->fd, &st) == 0 && st.st_dev == self->st.st_dev && st.st_ino == self->st.st_ino;
}

static gboolean
check_ours (const MemfdSegment *self, const char *call, GError **error)
{
  return is_ours (self)
         || ipc_throw (error, IPC_ERROR_FAILED, call, IPC_NAME_NONE,
                       "this process has closed the library's descriptor of it");
}

static void
memfd_close (gpointer handle)
{
  MemfdSegment *self = handle;

  if (is_ours (self))
    close (self->fd);
  g_free (self);
}

static int
memfd_dup_fd (gpointer handle, GError **error)
{
  const MemfdSegment *self = handle;
  const char *call = "ipc_segment_dup_fd";

  return check_ours (self, call, error) ? duplicate (self->fd, call, error) : -1;
}

static gboolean
memfd_seal (gpointer handle, IpcSegmentSeals seals, GError **error)
{
  const MemfdSegment *self = handle;
  const int wanted = (seals & IPC_SEGMENT_SEAL_SHRINK ? F_SEAL_SHRINK : 0)
                     | (seals & IPC_SEGMENT_SEAL_GROW ? F_SEAL_GROW : 0)
                     | (seals & IPC_SEGMENT_SEAL_FUTURE_WRITE ? F_SEAL_FUTURE_WRITE : 0)
                     | (seals & IPC_SEGMENT_SEAL_SEAL ? F_SEAL_SEAL : 0);

  if (!check_ours (self, "ipc_segment_seal", error))
    return FALSE;

  return fcntl (self->fd, F_ADD_SEALS, wanted) == 0
         || ipc_throw_errno_remedy (error, errno, "fcntl F_ADD_SEALS", IPC_NAME_NONE,
                                    "only who may write to it can seal it, and nobody once it has "
                                    "the seal against seals");
}

static gboolean
memfd_grow (gpointer handle, const IpcRequest *request, IpcOpened *opened, GError **error)
{
  const MemfdSegment *self = handle;

  return check_ours (self, "ipc_segment_resize", error)
         && ipc_segment_file_grow (self->fd, request, opened, error);
}

static int
memfd_shrink_fd (gpointer handle, GError **error)
{
  const MemfdSegment *self = handle;
  const char *call = "ipc_segment_resize";

  return check_ours (self, call, error)
             && ipc_segment_file_check_seal (self->fd, F_SEAL_SHRINK, IPC_NAME_NONE, error)
           ? duplicate (self->fd, call, error)
           : -1;
}

/* There never was a name that could mean it. */
static gboolean
memfd_unlink (gpointer handle G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
  return TRUE;
}

static gboolean
memfd_is_current (gpointer handle G_GNUC_UNUSED)
{
  return FALSE;
}

static gboolean
memfd_get_info (gpointer handle, IpcInfo *info, GError **error)
{
  const MemfdSegment *self = handle;
  struct stat st;

  if (!check_ours (self, "ipc_segment_get_info", error))
    return FALSE;

  fstat (self->fd, &st);
  info->size = st.st_size;
  info->uid = st.st_uid;
  info->gid = st.st_gid;
  info->permissions = st.st_mode & 0777;
  info->change_time = ipc_info_time (st.st_ctim.tv_sec);
  return TRUE;
}

const IpcSegmentOps ipc_segment_memfd_ops = {
  .backend = IPC_BACKEND_NATIVE,
  .open = memfd_create_segment,
  .adopt_fd = memfd_adopt_fd,
  .close = memfd_close,
  .unlink = memfd_unlink,
  .is_current = memfd_is_current,
  .get_info = memfd_get_info,
  .dup_fd = memfd_dup_fd,
  .seal = memfd_seal,
  .grow = memfd_grow,
  .shrink_fd = memfd_shrink_fd,
  .shrink = ipc_segment_file_shrink,
};
