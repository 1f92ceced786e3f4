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
#include <stdio.h>
#include <string.h>

/* Where a file without a name can be linked from: "/proc/self/fd/" and a number. */
#define FD_PATH_SIZE 32

/* One opening, for the steps of ipc_open_by_steps(). */
typedef struct
{
  const IpcPublish *publish;
  const char       *object;
  int               dir;
  int               fd;
  gboolean          created;
  struct stat       st;
} Opening;

static int
open_dir (const char *call, const char *object, GError **error)
{
  int dir = open (IPC_SHM_DIR, O_PATH | O_DIRECTORY | O_CLOEXEC);

  if (dir < 0 && (errno == ENOENT || errno == ENOTDIR))
    ipc_throw (error, IPC_ERROR_NOT_SUPPORTED, call, object,
               "there is no file system for shared memory; mount a tmpfs at " IPC_SHM_DIR);
  else if (dir < 0)
    ipc_throw_errno (error, errno, call, object);

  return dir;
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
    case S_IFSOCK:
      return "a socket";
    default:
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

/* Never follows a symbolic link, never waits for the other end of a FIFO, never gets a terminal. */
static gboolean
publish_find (gpointer data, GError **error)
{
  Opening *opening = data;
  const IpcPublish *self = opening->publish;
  const int access = self->read_only ? O_RDONLY : O_RDWR;
  g_auto (IpcFd) fd = openat (opening->dir, self->file,
                              access | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

  if (fd < 0)
    return throw_name (errno, self->call, opening->object, error);
  if (fstat (fd, &opening->st) != 0)
    return ipc_throw_errno (error, errno, "fstat", opening->object);
  if (!check_found (self, &opening->st, error))
    return FALSE;

  opening->fd = ipc_fd_steal (&fd);
  return TRUE;
}

/* -- A new file -- */

static void
fd_path (int fd, char path[FD_PATH_SIZE])
{
  g_snprintf (path, FD_PATH_SIZE, "/proc/self/fd/%d", fd);
}

/* Nobody else can guess it, and a fork does not repeat it. */
static char *
hidden_name (void)
{
  guint64 random[2];

  if (getentropy (random, sizeof random) != 0)
    return NULL;

  return g_strdup_printf (".ipc-%016" G_GINT64_MODIFIER "x%016" G_GINT64_MODIFIER "x", random[0],
                          random[1]);
}

/* A file without a name; -1 where the file system or /proc cannot, or errno says why. */
static int
open_nameless (int dir)
{
  g_auto (IpcFd) fd = openat (dir, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  char path[FD_PATH_SIZE];

  if (fd < 0)
    return -1;

  fd_path (fd, path);
  return access (path, F_OK) == 0 ? ipc_fd_steal (&fd) : -1;
}

/* A file that nobody else knows of.  @hidden is its name if it had to have one. */
static int
open_hidden (int dir, char **hidden)
{
  int fd = open_nameless (dir);

  if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != ENOENT))
    return fd;

  *hidden = hidden_name ();
  if (*hidden == NULL)
    return -1;

  return openat (dir, *hidden, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
}

static int
link_nameless (int fd, int dir, const char *name)
{
  char path[FD_PATH_SIZE];

  fd_path (fd, path);
  return linkat (AT_FDCWD, path, dir, name, AT_SYMLINK_FOLLOW);
}

/* The hidden name is gone afterwards, whatever happened. */
static int
rename_hidden (int dir, const char *hidden, const char *name, gboolean replace)
{
  const int r = replace ? renameat (dir, hidden, dir, name) : linkat (dir, hidden, dir, name, 0);
  const int errsv = errno;

  if (r != 0 || !replace)
    unlinkat (dir, hidden, 0);

  errno = errsv;
  return r;
}

static int
give_name (int fd, int dir, const char *hidden, const char *name, gboolean replace)
{
  g_autofree char *own = NULL;

  if (hidden == NULL && !replace)
    return link_nameless (fd, dir, name);

  if (hidden == NULL)
    {
      own = hidden_name ();
      if (own == NULL || link_nameless (fd, dir, own) != 0)
        return -1;
    }

  return rename_hidden (dir, hidden != NULL ? hidden : own, name, replace);
}

/* fchmod(2), since the umask cuts what open(2) is asked for. */
static gboolean
fill_file (const Opening *opening, int fd, GError **error)
{
  const IpcPublish *self = opening->publish;

  return self->fill (fd, self->data, error)
         && (fchmod (fd, self->request->permissions) == 0
             || ipc_throw_errno (error, errno, "fchmod", opening->object));
}

static gboolean
publish_make (gpointer data, GError **error)
{
  Opening *opening = data;
  const IpcPublish *self = opening->publish;
  g_autofree char *hidden = NULL;
  g_auto (IpcFd) fd = open_hidden (opening->dir, &hidden);

  if (fd < 0)
    return ipc_throw_errno (error, errno, self->call, opening->object);

  if (!fill_file (opening, fd, error))
    {
      if (hidden != NULL)
        unlinkat (opening->dir, hidden, 0);
      return FALSE;
    }

  if (give_name (fd, opening->dir, hidden, self->file,
                 self->request->mode == IPC_OPEN_REPLACE) != 0)
    return throw_name (errno, self->call, opening->object, error);

  /* This cannot fail on a descriptor of our own. */
  fstat (fd, &opening->st);
  opening->created = TRUE;
  opening->fd = ipc_fd_steal (&fd);
  return TRUE;
}

int
ipc_publish_open (const IpcPublish *self, gboolean *created, struct stat *st, GError **error)
{
  static const IpcOpenSteps steps = { publish_find, publish_make, NULL };
  const char *object = self->request->name->text;
  g_auto (IpcFd) dir = open_dir (self->call, object, error);
  Opening opening = { .publish = self, .object = object, .dir = dir, .fd = -1 };

  if (dir < 0 || !ipc_open_by_steps (self->request, &steps, &opening, error))
    return -1;

  *created = opening.created;
  *st = opening.st;
  return opening.fd;
}

/* -- The name of a file -- */

static gboolean
is_file (int dir, const char *file, struct stat *st)
{
  struct stat now;

  if (fstatat (dir, file, &now, AT_SYMLINK_NOFOLLOW) != 0 || now.st_dev != st->st_dev
      || now.st_ino != st->st_ino)
    return FALSE;

  *st = now;
  return TRUE;
}

gboolean
ipc_publish_refresh (const char *file, struct stat *st)
{
  g_auto (IpcFd) dir = open_dir ("", "", NULL);

  return dir >= 0 && is_file (dir, file, st);
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
  g_auto (IpcFd) dir = open_dir (call, object, error);

  if (dir < 0)
    return FALSE;

  return unlinkat (dir, file, 0) == 0 || throw_name (errno, call, object, error);
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
  g_auto (IpcFd) dir = open_dir (call, object, error);
  g_auto (IpcFd) fd = -1;
  struct stat same = *st, now;
  int errsv;

  if (dir < 0)
    return -1;

  fd = openat (dir, file, access | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  errsv = errno;
  if (fd >= 0 && fstat (fd, &now) == 0 && now.st_dev == st->st_dev && now.st_ino == st->st_ino)
    return ipc_fd_steal (&fd);

  if (fd < 0 && is_file (dir, file, &same))
    ipc_throw_errno (error, errsv, call, object);
  else
    ipc_throw (error, IPC_ERROR_REMOVED, call, object,
               "its name was removed or means something else now, and only by its name could it be "
               "opened again");
  return -1;
}
