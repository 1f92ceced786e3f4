/* ipc-segment-posix.c: POSIX shared memory: the files that shm_open(3) opens
 *
 * They are opened here and not by shm_open(3), which would follow a squatter's FIFO for ever, cut
 * the permissions by the umask, and show a new file before it has its size.  The file is the same,
 * /dev/shm/NAME.  On Linux the native segment is this one, too.
 *
 * No descriptor stays open: a program that closes all it has (to become a daemon) keeps its
 * segments.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ipc-error-private.h"
#include "ipc-info-private.h"
#include "ipc-pages-private.h"
#include "ipc-publish-private.h"
#include "ipc-segment-file-private.h"

#include <fcntl.h>

typedef struct
{
  char       *file;
  char       *name;
  struct stat st;     /* as it was opened */
  int         access; /* O_RDONLY or O_RDWR */
} PosixSegment;

/* A new file is mapped while it is filled: whatever may fail has not failed once it has a name. */
typedef struct
{
  const IpcRequest *request;
  IpcOpened        *opened;
} PosixFill;

static gboolean
posix_fill (int fd, gpointer data, GError **error)
{
  const PosixFill *fill = data;
  const IpcRequest *request = fill->request;

  /* The file before this one, if another process was quicker. */
  ipc_segment_file_unmap (fill->opened);

  return ipc_publish_reserve (fd, request->size, "posix_fallocate", request->name->text, error)
         && ipc_segment_file_map (fd, request->size, request, fill->opened, error);
}

/* A foreign creator makes the file first and gives it its size then. */
static gboolean
posix_wait_for_size (int fd, const IpcRequest *request, struct stat *st, GError **error)
{
  const gint64 deadline = ipc_deadline_after (IPC_PATIENCE_US);
  g_autoptr (GError) cancelled = NULL;

  while (st->st_size == 0 && ipc_wait_for_creator (deadline, request->cancellable, &cancelled))
    if (fstat (fd, st) != 0)
      return ipc_throw_errno (error, errno, "fstat", request->name->text);

  if (cancelled != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&cancelled));
      return FALSE;
    }

  return st->st_size > 0
         || ipc_throw (error, IPC_ERROR_CORRUPT, "shm_open", request->name->text,
                       "its file is empty: whoever made it never gave it a size; "
                       "remove it, or replace it");
}

static gboolean
posix_map_found (int fd, const IpcRequest *request, struct stat *st, IpcOpened *opened,
                 GError **error)
{
  if (!posix_wait_for_size (fd, request, st, error))
    return FALSE;

  return ipc_segment_file_map_whole (fd, st, request, opened, error);
}

static gboolean
posix_open_file (const IpcRequest *request, struct stat *st, IpcOpened *opened, GError **error)
{
  PosixFill fill = { request, opened };
  const IpcPublish publish = {
    .call = "shm_open",
    .file = request->name->plain,
    .request = request,
    .read_only = (request->flags & IPC_SEGMENT_READ_ONLY) != 0,
    .any_owner_flag = IPC_SEGMENT_ANY_OWNER,
    .fill = posix_fill,
    .data = &fill,
  };
  g_auto (IpcFd) fd = ipc_publish_open (&publish, &opened->created, st, error);

  if (fd >= 0 && opened->created)
    return TRUE;

  /* What was filled did not become the segment. */
  ipc_segment_file_unmap (opened);
  return fd >= 0 && posix_map_found (fd, request, st, opened, error);
}

static gpointer
posix_open (const IpcRequest *request, IpcOpened *opened, GError **error)
{
  struct stat st;
  PosixSegment *self;

  if (!posix_open_file (request, &st, opened, error))
    return NULL;

  opened->permissions = st.st_mode & 0777;

  self = g_new (PosixSegment, 1);
  self->file = g_strdup (request->name->plain);
  self->name = g_strdup (request->name->text);
  self->st = st;
  self->access = request->flags & IPC_SEGMENT_READ_ONLY ? O_RDONLY : O_RDWR;
  return self;
}

static void
posix_close (gpointer handle)
{
  PosixSegment *self = handle;

  g_free (self->file);
  g_free (self->name);
  g_free (self);
}

static gboolean
posix_unlink (gpointer handle, GError **error)
{
  const PosixSegment *self = handle;

  return ipc_publish_unlink (self->file, &self->st, "shm_unlink", self->name, error);
}

static gboolean
posix_unlink_name (const IpcName *name, GError **error)
{
  return ipc_publish_unlink_name (name->plain, "shm_unlink", name->text, error);
}

static gboolean
posix_is_current (gpointer handle)
{
  const PosixSegment *self = handle;

  return ipc_publish_is_current (self->file, &self->st);
}

/* Without its name the file cannot be asked any more; what was known when it was opened stands. */
static gboolean
posix_get_info (gpointer handle, IpcInfo *info, GError **error G_GNUC_UNUSED)
{
  const PosixSegment *self = handle;
  struct stat st = self->st;

  ipc_publish_refresh (self->file, &st);

  info->size = st.st_size;
  info->uid = st.st_uid;
  info->gid = st.st_gid;
  info->permissions = st.st_mode & 0777;
  info->change_time = ipc_info_time (st.st_ctim.tv_sec);
  return TRUE;
}

/* The file again, by its name, if it still bears it. */
static int
posix_reopen (const PosixSegment *self, int access, const char *call, GError **error)
{
  return ipc_publish_reopen (self->file, &self->st, access, call, self->name, error);
}

static int
posix_dup_fd (gpointer handle, GError **error)
{
  const PosixSegment *self = handle;

  return posix_reopen (self, self->access, "ipc_segment_dup_fd", error);
}

static gboolean
posix_grow (gpointer handle, const IpcRequest *request, IpcOpened *opened, GError **error)
{
  g_auto (IpcFd) fd = posix_reopen (handle, O_RDWR, "ipc_segment_resize", error);

  return fd >= 0 && ipc_segment_file_grow (fd, request, opened, error);
}

static int
posix_shrink_fd (gpointer handle, GError **error)
{
  return posix_reopen (handle, O_RDWR, "ipc_segment_resize", error);
}

#define POSIX_OPS(which) \
  { \
    .backend = (which), .open = posix_open, .close = posix_close, .unlink = posix_unlink, \
    .unlink_name = posix_unlink_name, .is_current = posix_is_current, .get_info = posix_get_info, \
    .dup_fd = posix_dup_fd, .grow = posix_grow, \
    .shrink_fd = posix_shrink_fd, .shrink = ipc_segment_file_shrink \
  }

const IpcSegmentOps ipc_segment_posix_ops = POSIX_OPS (IPC_BACKEND_POSIX);
const IpcSegmentOps ipc_segment_native_ops = POSIX_OPS (IPC_BACKEND_NATIVE);
