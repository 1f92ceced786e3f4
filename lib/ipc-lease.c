/* ipc-lease.c: whether anybody uses a file of shared memory, and removing it if nobody does
 *
 * A write lease (fcntl(2), F_SETLEASE) is granted only while no other open file of the inode exists,
 * in any process or namespace, and a mapping keeps its open file.  While it is held an open(2) waits,
 * or fails with EWOULDBLOCK; and the holder can ask whether one does.
 *
 * Who looks has the file open himself.  So those who look exclude each other by a lock on the folder,
 * or one would be a user to the other.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ipc-error-private.h"
#include "ipc-list-private.h"
#include "ipc-publish-private.h"

#include <fcntl.h>
#include <linux/membarrier.h>
#include <signal.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/syscall.h>

#define GRACE_US 10000

/* Who holds the lock for ever cannot stop others: it only makes their answers more cautious. */
static void
lock_dir (int dir)
{
  const gint64 deadline = ipc_deadline_after (IPC_PATIENCE_US);

  while (flock (dir, LOCK_EX | LOCK_NB) != 0 && (errno == EWOULDBLOCK || errno == EINTR)
         && ipc_wait_for_creator (deadline, NULL, NULL))
    continue;
}

int
ipc_lease_open_dir (const char *call, const char *object, GError **error)
{
  int dir = open (IPC_SHM_DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

  if (dir >= 0)
    lock_dir (dir);
  else if (errno == ENOENT || errno == ENOTDIR)
    ipc_throw (error, IPC_ERROR_NOT_SUPPORTED, call, object,
               "there is no file system for shared memory; mount a tmpfs at " IPC_SHM_DIR);
  else
    ipc_throw_errno (error, errno, call, object);

  return dir;
}

int
ipc_lease_open_file (int dir, const char *file)
{
  return openat (dir, file, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
}

/* The kernel tells of who waits by a signal; this one is ignored unless somebody wants it, and
 * F_GETLEASE tells as well.  Returns: whether it was granted, or errno says why not */
static gboolean
take_lease (int fd)
{
  return fcntl (fd, F_SETSIG, SIGURG) == 0 && fcntl (fd, F_SETLEASE, F_WRLCK) == 0;
}

static void
end_lease (int fd)
{
  fcntl (fd, F_SETLEASE, F_UNLCK);
}

static gboolean
somebody_waits (int fd)
{
  return fcntl (fd, F_GETLEASE) != F_WRLCK;
}

IpcState
ipc_lease_get_state (int fd)
{
  if (!take_lease (fd))
    return errno == EAGAIN ? IPC_STATE_LIVE : IPC_STATE_UNKNOWN;

  end_lease (fd);
  return IPC_STATE_STALE;
}

static gboolean
throw_in_use (const IpcInfo *info, GError **error)
{
  return ipc_throw (error, IPC_ERROR_IN_USE, IPC_REMOVE_UNUSED, info->name,
                    "a process has it open; stop that one first");
}

static gboolean
throw_lease (const IpcInfo *info, int errsv, GError **error)
{
  if (errsv == EAGAIN)
    return throw_in_use (info, error);
  if (errsv == EINVAL)
    return ipc_throw (error, IPC_ERROR_NOT_SUPPORTED, IPC_REMOVE_UNUSED, info->name,
                      "the file system of " IPC_SHM_DIR " has no leases, and nobody can tell whether "
                      "it is in use; unlink it if you know");

  return ipc_throw_errno (error, errsv, IPC_REMOVE_UNUSED, info->name);
}

static gboolean
throw_another (const IpcInfo *info, GError **error)
{
  return ipc_throw (error, IPC_ERROR_REMOVED, IPC_REMOVE_UNUSED, info->name,
                    "it was removed, or its name means another object now; list again");
}

static gboolean
is_same (const IpcInfo *info, const struct stat *st)
{
  return st->st_dev == info->dev && st->st_ino == info->ino;
}

/* Who had found the file by its old name, inside open(2), comes to the lease meanwhile. */
static void
let_openers_arrive (void)
{
  if (syscall (SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0) != 0)
    g_usleep (GRACE_US);
}

static gboolean
throw_aside (const IpcInfo *info, int errsv, const char *aside, GError **error)
{
  g_autofree char *remedy = g_strdup_printf ("it has no name any more, and is the file %s; move it "
                                             "back, or remove it", aside);

  return ipc_throw_errno_remedy (error, errsv, IPC_REMOVE_UNUSED, info->name, remedy);
}

/* If the name is taken by now, the new object is what everybody finds. */
static gboolean
give_back (int dir, const char *file, const char *aside, const IpcInfo *info, GError **reason,
           GError **error)
{
  if (renameat2 (dir, aside, dir, file, RENAME_NOREPLACE) == 0)
    {
      g_propagate_error (error, g_steal_pointer (reason));
      return FALSE;
    }

  return (errno == EEXIST && unlinkat (dir, aside, 0) == 0)
         || throw_aside (info, errno, aside, error);
}

static gboolean
remove_aside (int dir, const char *aside, const IpcInfo *info, GError **error)
{
  return unlinkat (dir, aside, 0) == 0
         || ipc_throw_errno (error, errno, "unlinkat", info->name);
}

static gboolean
check_aside (int dir, const char *aside, int fd, const IpcInfo *info, GError **error)
{
  struct stat st;

  if (fstatat (dir, aside, &st, AT_SYMLINK_NOFOLLOW) != 0)
    return ipc_throw_errno (error, errno, "fstatat", info->name);
  if (!is_same (info, &st))
    return throw_another (info, error);

  let_openers_arrive ();
  return !somebody_waits (fd) || throw_in_use (info, error);
}

/* With the lease.  The file is set aside first: what was set aside can be looked at, and given back. */
static gboolean
remove_leased (int dir, const char *file, int fd, const IpcInfo *info, GError **error)
{
  g_autofree char *aside = ipc_publish_hidden_path ();
  g_autoptr (GError) reason = NULL;

  if (aside == NULL)
    return ipc_throw_errno (error, errno, "getentropy", info->name);
  if (renameat (dir, file, dir, aside) != 0)
    return errno == ENOENT ? throw_another (info, error)
                           : ipc_throw_errno (error, errno, "renameat", info->name);

  return (check_aside (dir, aside, fd, info, &reason) && remove_aside (dir, aside, info, &reason))
         || give_back (dir, file, aside, info, &reason, error);
}

gboolean
ipc_lease_remove (IpcInfo *info, GError **error)
{
  const char *file = info->path + strlen (IPC_SHM_DIR "/");
  g_auto (IpcFd) dir = ipc_lease_open_dir (IPC_REMOVE_UNUSED, info->name, error);
  g_auto (IpcFd) fd = -1;
  gboolean removed;
  struct stat st;

  if (dir < 0)
    return FALSE;

  fd = ipc_lease_open_file (dir, file);
  if (fd < 0 && errno != ENOENT)
    return throw_lease (info, errno, error);
  if (fd >= 0 && fstat (fd, &st) != 0)
    return ipc_throw_errno (error, errno, "fstat", info->name);
  if (fd < 0 || !is_same (info, &st))
    return throw_another (info, error);
  if (!take_lease (fd))
    return throw_lease (info, errno, error);

  removed = remove_leased (dir, file, fd, info, error);
  end_lease (fd);
  return removed;
}
