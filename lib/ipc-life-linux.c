/* ipc-life-linux.c: ownership by file locks
 *
 * A lane is owned by an open-file-description lock (fcntl(2), F_OFD_SETLK) on one byte far beyond
 * the end of the object's file.  The description has one reference only: a mapping that fork does
 * not copy.  So the lock falls when the address space goes, when no thread of the owner can touch
 * the object any more, and not before: closing all descriptors does not drop it, a child does not
 * keep it, a zombie does not have it, exec ends it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ipc-error-private.h"
#include "ipc-life-private.h"
#include "ipc-place-linux-private.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <unistd.h>

#define LOCK_BASE (G_GINT64_CONSTANT (1) << 40) /* past any file's end */

static int
lock_byte (int fd, short type, guint lane)
{
  struct flock lock = {
    .l_type = type,
    .l_whence = SEEK_SET,
    .l_start = LOCK_BASE + lane,
    .l_len = 1,
  };
  int r;

  do
    r = fcntl (fd, F_OFD_SETLK, &lock);
  while (r < 0 && errno == EINTR);

  return r;
}

static gpointer
throw_open_again (int errsv, const char *object, GError **error)
{
  const char *call = "open /proc/self/fd";

  if (errsv == ENOENT || errsv == ENOTDIR)
    return ipc_null_throw (error, IPC_ERROR_NOT_SUPPORTED, call, object,
                           "/proc is not mounted here, and without it nobody could tell when this"
                           " process dies; mount /proc, or open without UNDO");
  if (errsv == EACCES || errsv == EPERM)
    return ipc_null_throw (error, IPC_ERROR_PERMISSION_DENIED, call, object,
                           "this process may not open the semaphore's file any more; open it and"
                           " use it once before giving up privileges");

  return ipc_null_throw_errno (error, errsv, call, object);
}

static gpointer
throw_lost (const char *object, GError **error)
{
  return ipc_null_throw (error, IPC_ERROR_FAILED, "fstat", object,
                         "this process has closed the library's descriptor of the semaphore; "
                         "open it again");
}

static gboolean
lock_free_lane (int fd, guint n_lanes, guint *lane, const char *call, const char *object,
                GError **error)
{
  for (*lane = 0; *lane < n_lanes; (*lane)++)
    {
      if (lock_byte (fd, F_WRLCK, *lane) == 0)
        return TRUE;
      if (errno != EAGAIN && errno != EACCES)
        return ipc_throw_errno (error, errno, "fcntl F_OFD_SETLK", object);
    }

  return ipc_throw (error, IPC_ERROR_NO_SPACE, call, object,
                    "%u processes use it already, and no more can", n_lanes);
}

static gpointer
anchor_fd (int fd, const char *object, GError **error)
{
  gpointer anchor = mmap (NULL, (gsize) sysconf (_SC_PAGESIZE), PROT_NONE, MAP_SHARED, fd, 0);

  if (anchor == MAP_FAILED)
    return ipc_null_throw_errno (error, errno, "mmap", object);

  if (madvise (anchor, (gsize) sysconf (_SC_PAGESIZE), MADV_DONTFORK) != 0)
    {
      ipc_throw_errno (error, errno, "madvise MADV_DONTFORK", object);
      munmap (anchor, (gsize) sysconf (_SC_PAGESIZE));
      return NULL;
    }

  return anchor;
}

gpointer
ipc_life_enter (const IpcPlace *self, guint n_lanes, guint *lane, const char *call,
                const char *object, GError **error)
{
  gpointer anchor = NULL;
  int fd;

  if (!ipc_place_is_file (self, self->fd))
    return throw_lost (object, error);

  fd = ipc_place_open_again (self);
  if (fd < 0)
    return throw_open_again (errno, object, error);

  /* Another thread may have put another file in its place meanwhile. */
  if (!ipc_place_is_file (self, fd))
    throw_lost (object, error);
  else if (lock_free_lane (fd, n_lanes, lane, call, object, error))
    anchor = anchor_fd (fd, object, error);

  /* The mapping alone keeps the description, and the description the lock. */
  close (fd);
  return anchor;
}

void
ipc_life_leave (gpointer anchor)
{
  munmap (anchor, (gsize) sysconf (_SC_PAGESIZE));
}

IpcLifeState
ipc_life_claim (IpcPlace *self, guint lane)
{
  /* A lock on somebody else's file would be granted and say that a living owner is dead. */
  if (!ipc_place_is_file (self, self->fd))
    return IPC_LIFE_LOST;

  if (lock_byte (self->fd, F_WRLCK, lane) != 0)
    return IPC_LIFE_ALIVE;

  if (ipc_place_is_file (self, self->fd))
    return IPC_LIFE_MINE;

  lock_byte (self->fd, F_UNLCK, lane);
  return IPC_LIFE_LOST;
}

void
ipc_life_release (IpcPlace *self, guint lane)
{
  lock_byte (self->fd, F_UNLCK, lane);
}

gpointer
ipc_life_own_page (const char *object, GError **error)
{
  const gsize size = (gsize) sysconf (_SC_PAGESIZE);
  gpointer page = mmap (NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

  if (page == MAP_FAILED)
    return ipc_null_throw_errno (error, errno, "mmap", object);

  if (madvise (page, size, MADV_WIPEONFORK) == 0)
    return page;

  munmap (page, size);
  return ipc_null_throw (error, IPC_ERROR_NOT_SUPPORTED, "madvise MADV_WIPEONFORK", object,
                         "this kernel is too old (Linux 4.14 has it)");
}

void
ipc_life_free_page (gpointer page)
{
  munmap (page, (gsize) sysconf (_SC_PAGESIZE));
}

guint
ipc_life_get_cpu (void)
{
  return (guint) sched_getcpu ();
}
