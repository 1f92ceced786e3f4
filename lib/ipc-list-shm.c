/* ipc-list-shm.c: the segments and semaphores that are files in /dev/shm
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ipc-error-private.h"
#include "ipc-list-private.h"
#include "ipc-publish-private.h"

#include <dirent.h>
#include <fcntl.h>
#include <semaphore.h>

typedef struct
{
  IpcBackend  backend;
  IpcKind     kind;
  const char *rest; /* of the file's name */
} ShmFile;

static ShmFile
classify (const char *file)
{
  const char *rest = ipc_name_after (file, IPC_NAME_NATIVE_SEMAPHORE);

  if (rest != NULL)
    return (ShmFile) { IPC_BACKEND_NATIVE, IPC_KIND_SEMAPHORE, rest };

  rest = ipc_name_after (file, IPC_NAME_POSIX_SEMAPHORE);
  if (rest != NULL)
    return (ShmFile) { IPC_BACKEND_POSIX, IPC_KIND_SEMAPHORE, rest };

  return (ShmFile) { IPC_BACKEND_POSIX, IPC_KIND_SEGMENT, file };
}

/* A file's name need not be UTF-8; a name must. */
static char *
name_of (IpcBackend backend, const char *rest)
{
  g_autofree char *shown = g_utf8_make_valid (rest, -1);

  return g_strconcat (backend == IPC_BACKEND_NATIVE ? "native:" : "posix:/", shown, NULL);
}

/* As sem_open(3) of another word size would refuse it. */
static void
look_at_posix_semaphore (int fd, gsize size, IpcInfo *info)
{
  sem_t copy;
  int value;

  if (size != sizeof copy || pread (fd, &copy, sizeof copy, 0) != sizeof copy
      || sem_getvalue (&copy, &value) != 0)
    return;

  info->size = 1;
  info->value = MAX (value, 0);
}

static void
add_stat (const struct stat *st, IpcInfo *info)
{
  info->dev = st->st_dev;
  info->ino = st->st_ino;
  info->uid = st->st_uid;
  info->gid = st->st_gid;
  info->permissions = st->st_mode & 0777;
  info->change_time = ipc_info_time (st->st_ctim.tv_sec);
  if (info->kind == IPC_KIND_SEGMENT)
    info->size = st->st_size;
}

/* What takes opening it.  Only the file that was found by its name is told of. */
static void
add_contents (int dir, const char *file, const struct stat *st, IpcListLook look, IpcInfo *info)
{
  g_auto (IpcFd) fd = ipc_lease_open_file (dir, file);
  struct stat now;

  if (fd < 0 || fstat (fd, &now) != 0 || now.st_dev != st->st_dev || now.st_ino != st->st_ino)
    return;

  if (info->kind == IPC_KIND_SEMAPHORE)
    look (fd, (gsize) now.st_size, info);

  info->state = ipc_lease_get_state (fd);
}

/* Not of one that has gone meanwhile, and of nothing but files. */
static gboolean
add_file (int dir, const char *file, IpcBackend as, const ShmFile *class, IpcListLook look,
          GPtrArray *infos, GError **error)
{
  g_autofree char *name = name_of (as, class->rest);
  struct stat st;
  IpcInfo *info;

  if (fstatat (dir, file, &st, AT_SYMLINK_NOFOLLOW) != 0)
    return errno == ENOENT || ipc_throw_errno (error, errno, "fstatat", name);
  if (!S_ISREG (st.st_mode))
    return TRUE;

  info = ipc_info_new (name, as);
  info->kind = class->kind;
  info->path = g_strconcat (IPC_SHM_DIR "/", file, NULL);
  add_stat (&st, info);
  add_contents (dir, file, &st, look, info);
  g_ptr_array_add (infos, info);
  return TRUE;
}

/* A segment is native as well as posix. */
static gboolean
belongs (const ShmFile *class, IpcBackend backend, gboolean all)
{
  return class->backend == backend
         || (class->kind == IPC_KIND_SEGMENT && backend == IPC_BACKEND_NATIVE && !all);
}

/* A list that ends before its end would look like one that is whole: errno tells the two apart. */
static gboolean
read_files (DIR *stream, IpcBackend backend, gboolean all, IpcListLook look, GPtrArray *infos,
            GCancellable *cancellable, GError **error)
{
  struct dirent *entry;

  while (!g_cancellable_set_error_if_cancelled (cancellable, error))
    {
      ShmFile class;

      errno = 0;
      entry = readdir (stream);
      if (entry == NULL)
        return errno == 0 || ipc_throw_errno (error, errno, "readdir", IPC_SHM_DIR);

      class = classify (entry->d_name);
      if (belongs (&class, backend, all)
          && !add_file (dirfd (stream), entry->d_name, backend, &class, look, infos, error))
        return FALSE;
    }

  return FALSE;
}

gboolean
ipc_list_files (IpcBackend backend, gboolean all, IpcListLook look, GPtrArray *infos,
                GCancellable *cancellable, GError **error)
{
  g_auto (IpcFd) dir = ipc_lease_open_dir ("ipc_info_list", IPC_SHM_DIR, error);
  gboolean done;
  DIR *stream;

  if (dir < 0)
    return FALSE;

  stream = fdopendir (dir);
  if (stream == NULL)
    return ipc_throw_errno (error, errno, "fdopendir", IPC_SHM_DIR);

  ipc_fd_steal (&dir); /* to the stream */
  done = read_files (stream, backend, all, look, infos, cancellable, error);
  closedir (stream);
  return done;
}

static gboolean
posix_list (gboolean all, GPtrArray *infos, GCancellable *cancellable, GError **error)
{
  return ipc_list_files (IPC_BACKEND_POSIX, all, look_at_posix_semaphore, infos, cancellable, error);
}

const IpcListOps ipc_list_posix_ops = {
  .backend = IPC_BACKEND_POSIX,
  .list = posix_list,
  .remove_unused = ipc_lease_remove,
};
