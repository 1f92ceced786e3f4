/* ipc-publish-private.h: make a shared file whole, then give it its name; check what was opened
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "ipc-backend-private.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#define IPC_SHM_DIR "/dev/shm"

/* Fills a new file that nobody else can see yet; FALSE with @error drops it. */
typedef gboolean (*IpcPublishFill) (int fd, gpointer data, GError **error);

/* One file of IPC_SHM_DIR.  @fill is called each time that a new file is made, which may be never
 * (it existed) or more than once (another process was faster). */
typedef struct
{
  const char        *call;   /* for messages: what the user asked for */
  const char        *file;   /* name within IPC_SHM_DIR */
  const IpcRequest  *request;
  gboolean           read_only;
  guint              any_owner_flag; /* which bit of request->flags is ANY_OWNER */
  IpcPublishFill     fill;
  gpointer           data;
} IpcPublish;

/* Opens or makes the file as request->mode says.  What was opened is a regular file, of this user
 * or root, not writable by others than was asked for (or ANY_OWNER was given).
 * Returns: a close-on-exec descriptor with @created and @st filled in, or -1 with @error set */
int ipc_publish_open (const IpcPublish *publish, gboolean *created, struct stat *st, GError **error);

/* Gives the file @size bytes of zeros that are really there: IPC_ERROR_NO_SPACE now, not SIGBUS
 * later.  posix_fallocate(3), guarded against RLIMIT_FSIZE. */
gboolean ipc_publish_reserve (int fd, gsize size, const char *call, const char *object,
                              GError **error);
/* The same for a part of a file that may be longer; what is there already stays. */
gboolean ipc_publish_reserve_part (int fd, gsize offset, gsize size, const char *call,
                                   const char *object, GError **error);

/* Gives the file its size, guarded in the same way; memory for it comes when it is touched. */
gboolean ipc_publish_set_size (int fd, gsize size, const char *call, const char *object,
                               GError **error);

/* Removes @file if it is the file of @st; TRUE also if it was not. */
gboolean ipc_publish_unlink (const char *file, const struct stat *st, const char *call,
                             const char *object, GError **error);
/* Removes @file; IPC_ERROR_NOT_FOUND if there is none. */
gboolean ipc_publish_unlink_name (const char *file, const char *call, const char *object,
                                  GError **error);
/* Whether @file is the file of @st. */
gboolean ipc_publish_is_current (const char *file, const struct stat *st);
/* Opens it again: a close-on-exec descriptor of its own, or -1 with IPC_ERROR_REMOVED if @file is
 * not the file of @st any more.  @access: O_RDONLY or O_RDWR. */
int      ipc_publish_reopen (const char *file, const struct stat *st, int access, const char *call,
                             const char *object, GError **error);
/* The same, and fills in what has changed since. */
gboolean ipc_publish_refresh (const char *file, struct stat *st);

/* The path of a file in IPC_SHM_DIR that nobody else can guess, and a fork does not repeat; NULL with
 * errno. */
char    *ipc_publish_hidden_path (void);

/* A new file that nobody else knows of: a close-on-exec descriptor, or -1 with errno.  @hidden is its
 * path if it had to have one. */
int      ipc_publish_open_hidden (mode_t permissions, char **hidden);
/* Gives it the name @path, which is free, or taken from another file.  @hidden is gone afterwards,
 * whatever happened.  0, or -1 with errno. */
int      ipc_publish_give_name (int fd, const char *hidden, const char *path, gboolean replace);

/* A descriptor that closes itself, as in: g_auto (IpcFd) fd = open (...); errno stays. */
typedef int IpcFd;

static inline void
ipc_fd_close (IpcFd fd)
{
  const int errsv = errno;

  close (fd);
  errno = errsv;
}

static inline int
ipc_fd_steal (IpcFd *fd)
{
  const int stolen = *fd;

  *fd = -1;
  return stolen;
}

G_DEFINE_AUTO_CLEANUP_FREE_FUNC (IpcFd, ipc_fd_close, -1)
