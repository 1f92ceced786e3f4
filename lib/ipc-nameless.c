/* ipc-nameless.c: a new file that has no name yet, and how it gets one
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ipc-publish-private.h"

#include <fcntl.h>
#include <stdio.h>

/* Where a file without a name can be linked from: "/proc/self/fd/" and a number. */
#define FD_PATH_SIZE 32

static void
fd_path (int fd, char path[FD_PATH_SIZE])
{
  g_snprintf (path, FD_PATH_SIZE, "/proc/self/fd/%d", fd);
}

/* The path of a file that nobody else can guess, and a fork does not repeat. */
char *
ipc_publish_hidden_path (void)
{
  guint64 random[2];

  if (getentropy (random, sizeof random) != 0)
    return NULL;

  return g_strdup_printf (IPC_SHM_DIR "/.ipc-%016" G_GINT64_MODIFIER "x%016" G_GINT64_MODIFIER "x",
                          random[0], random[1]);
}

/* Whether a file without a name could be given one by its descriptor alone: to who opened it Linux
 * allows so since 6.10, to root for ever.  It takes half the time, and needs no /proc. */
static int links_by_fd; /* atomic */

static gboolean
can_be_linked (int fd)
{
  char path[FD_PATH_SIZE];

  if (g_atomic_int_get (&links_by_fd))
    return TRUE;

  fd_path (fd, path);
  return access (path, F_OK) == 0;
}

/* A file without a name; -1 where the file system or /proc cannot, or errno says why. */
static int
open_nameless (mode_t permissions)
{
  g_auto (IpcFd) fd = openat (AT_FDCWD, IPC_SHM_DIR, O_TMPFILE | O_RDWR | O_CLOEXEC, permissions);

  return fd >= 0 && can_be_linked (fd) ? ipc_fd_steal (&fd) : -1;
}

int
ipc_publish_open_hidden (mode_t permissions, char **hidden)
{
  int fd = open_nameless (permissions);

  if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != ENOENT))
    return fd;

  *hidden = ipc_publish_hidden_path ();
  if (*hidden == NULL)
    return -1;

  return openat (AT_FDCWD, *hidden, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
}

/* Who may not, any more, is told of ENOENT. */
static int
link_nameless (int fd, const char *path)
{
  char nameless[FD_PATH_SIZE];
  const int r = linkat (fd, "", AT_FDCWD, path, AT_EMPTY_PATH);

  if (r == 0 || errno == EEXIST)
    {
      g_atomic_int_set (&links_by_fd, TRUE);
      return r;
    }

  g_atomic_int_set (&links_by_fd, FALSE);
  if (errno != ENOENT && errno != EINVAL)
    return r;

  fd_path (fd, nameless);
  return linkat (AT_FDCWD, nameless, AT_FDCWD, path, AT_SYMLINK_FOLLOW);
}

/* The hidden name is gone afterwards, whatever happened. */
static int
rename_hidden (const char *hidden, const char *path, gboolean replace)
{
  const int r = replace ? renameat (AT_FDCWD, hidden, AT_FDCWD, path)
                        : linkat (AT_FDCWD, hidden, AT_FDCWD, path, 0);
  const int errsv = errno;

  if (r != 0 || !replace)
    unlinkat (AT_FDCWD, hidden, 0);

  errno = errsv;
  return r;
}

int
ipc_publish_give_name (int fd, const char *hidden, const char *path, gboolean replace)
{
  g_autofree char *own = NULL;

  if (hidden == NULL && !replace)
    return link_nameless (fd, path);

  if (hidden == NULL)
    {
      own = ipc_publish_hidden_path ();
      if (own == NULL || link_nameless (fd, own) != 0)
        return -1;
    }

  return rename_hidden (hidden != NULL ? hidden : own, path, replace);
}
