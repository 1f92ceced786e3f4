/* ipc-publish.c: make a shared file whole, then give it its name; check what was opened
 *
 * A new file has no name while it is made (O_TMPFILE), so that nobody can open it half made and
 * nothing is left of it when this process is killed.  link(2) gives it its name: at once, and only
 * if the name is free.  To replace a file, the new one gets a hidden name first, since only
 * rename(2) takes a name from another file without a moment in which there is none.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ipc-error-private.h"
#include "ipc-open-private.h"
#include "ipc-publish-private.h"
#include "ipc-trust-private.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

/* The path of a file; one that does not fit has a name too long for any file. */
typedef struct
{
  char text[sizeof IPC_SHM_DIR + 1 + NAME_MAX + 1];
} Path;

static Path
path_of (const char *file)
{
  Path path;

  g_strlcpy (path.text, IPC_SHM_DIR "/", sizeof path.text);
  g_strlcat (path.text, file, sizeof path.text);
  return path;
}

/* One opening, for the steps of ipc_open_by_steps(). */
typedef struct
{
  const IpcPublish *publish;
  const char       *object;
  Path              path;
  int               fd;
  gboolean          created;
  struct stat       st;
} Opening;

static gboolean
is_dir_missing (int errsv)
{
  struct stat st;

  return (errsv == ENOENT || errsv == ENOTDIR)
         && (stat (IPC_SHM_DIR, &st) != 0 || !S_ISDIR (st.st_mode));
}

static gboolean
throw_not_a_file (const char *what, const char *call, const char *object, GError **error)
{
  return ipc_throw (error, IPC_ERROR_CORRUPT, call, object,
                    "it is %s and no file of shared memory; remove it from " IPC_SHM_DIR, what);
}

/* What open(2), rename(2) and unlink(2) say of things that are no files. */
static gboolean
throw_name (int errsv, const char *call, const char *object, GError **error)
{
  if (is_dir_missing (errsv))
    return ipc_throw (error, IPC_ERROR_NOT_SUPPORTED, call, object,
                      "there is no file system for shared memory; mount a tmpfs at " IPC_SHM_DIR);

  switch (errsv)
    {
    case EISDIR:
      return throw_not_a_file ("a directory", call, object, error);
    case ENXIO:
      return throw_not_a_file ("a socket, or a device", call, object, error);
    default:
      return ipc_throw_errno (error, errsv, call, object);
    }
}

/* -- What is there -- */

static const char *
kind_of_file (mode_t mode)
{
  switch (mode & S_IFMT)
    {
    case S_IFDIR:
      return "a directory";
    case S_IFIFO:
      return "a FIFO";
    default: /* nobody can open(2) a socket */
      return "a device";
    }
}

static gboolean
check_found (const IpcPublish *self, const struct stat *st, GError **error)
{
  if (!S_ISREG (st->st_mode))
    return throw_not_a_file (kind_of_file (st->st_mode), self->call, self->request->name->text,
                             error);

  return (self->request->flags & self->any_owner_flag) != 0
         || ipc_trust_check (st->st_uid, st->st_mode, self->request, self->call, error);
}

/* Never follows a symbolic link, never waits for the other end of a FIFO, never gets a terminal.  Who
 * looks whether the file is in use holds a lease on it, for moments. */
static int
open_found (const Opening *opening)
{
  const int access = opening->publish->read_only ? O_RDONLY : O_RDWR;
  const gint64 deadline = ipc_deadline_after (IPC_PATIENCE_US);
  int fd;

  do
    fd = openat (AT_FDCWD, opening->path.text,
                 access | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  while (fd < 0 && errno == EWOULDBLOCK && ipc_wait_for_creator (deadline, NULL, NULL));

  return fd;
}

/* The file may have been removed as unused between its name and here; whoever did so cannot have
 * seen this process. */
static gboolean
publish_find (gpointer data, GError **error)
{
  Opening *opening = data;
  const IpcPublish *self = opening->publish;
  g_auto (IpcFd) fd = open_found (opening);

  if (fd < 0)
    return throw_name (errno, self->call, opening->object, error);
  if (fstat (fd, &opening->st) != 0)
    return ipc_throw_errno (error, errno, "fstat", opening->object);
  if (opening->st.st_nlink == 0)
    return ipc_throw_errno (error, ENOENT, self->call, opening->object);
  if (!check_found (self, &opening->st, error))
    return FALSE;

  opening->fd = ipc_fd_steal (&fd);
  return TRUE;
}

/* -- A new file -- */

/* The umask cuts what open(2) is asked for. */
static gboolean
set_permissions (Opening *opening, int fd, GError **error)
{
  const mode_t permissions = opening->publish->request->permissions;
  const mode_t kind = opening->st.st_mode & S_IFMT;

  if (opening->st.st_mode == (kind | permissions))
    return TRUE;

  opening->st.st_mode = kind | permissions;
  return fchmod (fd, permissions) == 0
         || ipc_throw_errno (error, errno, "fchmod", opening->object);
}

static gboolean
fill_file (Opening *opening, int fd, GError **error)
{
  const IpcPublish *self = opening->publish;

  return self->fill (fd, self->data, error)
         && (fstat (fd, &opening->st) == 0
             || ipc_throw_errno (error, errno, "fstat", opening->object))
         && set_permissions (opening, fd, error);
}

static gboolean
publish_make (gpointer data, GError **error)
{
  Opening *opening = data;
  const IpcPublish *self = opening->publish;
  g_autofree char *hidden = NULL;
  g_auto (IpcFd) fd = ipc_publish_open_hidden (self->request->permissions, &hidden);

  if (fd < 0)
    return throw_name (errno, self->call, opening->object, error);

  if (!fill_file (opening, fd, error))
    {
      if (hidden != NULL)
        unlinkat (AT_FDCWD, hidden, 0);
      return FALSE;
    }

  if (ipc_publish_give_name (fd, hidden, opening->path.text,
                             self->request->mode == IPC_OPEN_REPLACE)
      != 0)
    return throw_name (errno, self->call, opening->object, error);

  opening->created = TRUE;
  opening->fd = ipc_fd_steal (&fd);
  return TRUE;
}

int
ipc_publish_open (const IpcPublish *self, gboolean *created, struct stat *st, GError **error)
{
  static const IpcOpenSteps steps = { publish_find, publish_make, NULL };
  const char *object = self->request->name->text;
  Opening opening = { .publish = self, .object = object, .path = path_of (self->file), .fd = -1 };

  if (!ipc_open_by_steps (self->request, &steps, &opening, error))
    return -1;

  *created = opening.created;
  *st = opening.st;
  return opening.fd;
}

/* -- The name of a file -- */

gboolean
ipc_publish_refresh (const char *file, struct stat *st)
{
  const Path path = path_of (file);
  struct stat now;

  if (fstatat (AT_FDCWD, path.text, &now, AT_SYMLINK_NOFOLLOW) != 0 || now.st_dev != st->st_dev
      || now.st_ino != st->st_ino)
    return FALSE;

  *st = now;
  return TRUE;
}

gboolean
ipc_publish_is_current (const char *file, const struct stat *st)
{
  struct stat same = *st;

  return ipc_publish_refresh (file, &same);
}

gboolean
ipc_publish_unlink_name (const char *file, const char *call, const char *object, GError **error)
{
  const Path path = path_of (file);

  return unlinkat (AT_FDCWD, path.text, 0) == 0 || throw_name (errno, call, object, error);
}

/* Between the look and the unlink(2) another process may replace the file; no system call does both
 * at once. */
gboolean
ipc_publish_unlink (const char *file, const struct stat *st, const char *call, const char *object,
                    GError **error)
{
  g_autoptr (GError) reason = NULL;

  if (!ipc_publish_is_current (file, st)
      || ipc_publish_unlink_name (file, call, object, &reason) || ipc_error_is_absent (reason))
    return TRUE;

  g_propagate_error (error, g_steal_pointer (&reason));
  return FALSE;
}

int
ipc_publish_reopen (const char *file, const struct stat *st, int access, const char *call,
                    const char *object, GError **error)
{
  const Path path = path_of (file);
  g_auto (IpcFd) fd = openat (AT_FDCWD, path.text,
                              access | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  const int errsv = errno;
  struct stat now;

  if (fd >= 0 && fstat (fd, &now) == 0 && now.st_dev == st->st_dev && now.st_ino == st->st_ino)
    return ipc_fd_steal (&fd);

  if (fd < 0 && ipc_publish_is_current (file, st))
    ipc_throw_errno (error, errsv, call, object);
  else
    ipc_throw (error, IPC_ERROR_REMOVED, call, object,
               "its name was removed or means something else now, and only by its name could it be "
               "opened again");
  return -1;
}
