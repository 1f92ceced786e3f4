/* ipc-reserve.c: memory for a new shared file that is really there
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ipc-error-private.h"
#include "ipc-publish-private.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <sys/sysinfo.h>

/* Older kernels give up a reservation at any signal, and start over when asked again. */
#define INTERRUPTIONS_MAX 100

/* Bytes that nobody misses while they are tried for. */
#define SMALL (1024 * 1024)

/* Beyond this limit the kernel does not just refuse: it ends the process by SIGXFSZ. */
static gboolean
check_file_limit (gsize size, const char *call, const char *object, GError **error)
{
  struct rlimit limit;

  if (getrlimit (RLIMIT_FSIZE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY
      || size <= limit.rlim_cur)
    return TRUE;

  return ipc_throw (error, IPC_ERROR_NO_SPACE, call, object,
                    "%" G_GSIZE_FORMAT " bytes were asked for, and files of this process may have "
                    "%" G_GUINT64_FORMAT "; raise RLIMIT_FSIZE (ulimit -f)",
                    size, (guint64) limit.rlim_cur);
}

static gboolean
throw_full (int fd, gsize size, int errsv, const char *call, const char *object, GError **error)
{
  struct statvfs fs;

  if (fstatvfs (fd, &fs) != 0 || fs.f_blocks == 0)
    return ipc_throw_errno (error, errsv, call, object);

  return ipc_throw (error, IPC_ERROR_NO_SPACE, call, object,
                    "%s; %" G_GSIZE_FORMAT " bytes were asked for, and of the %" G_GUINT64_FORMAT
                    " of " IPC_SHM_DIR " %" G_GUINT64_FORMAT " are free; remove what nobody uses "
                    "from it, or make it larger (mount -o remount,size=... " IPC_SHM_DIR ")",
                    g_strerror (errsv), size, (guint64) fs.f_blocks * fs.f_frsize,
                    (guint64) fs.f_bavail * fs.f_frsize);
}

/* A file system without a limit of its own still cannot have more than the machine. */
static guint64
memory_of_machine (void)
{
  struct sysinfo info;

  return sysinfo (&info) == 0 ? ((guint64) info.totalram + info.totalswap) * info.mem_unit
                              : G_MAXUINT64;
}

/* Trying would take all the rest from everybody else before it failed; what is small is told by the
 * try itself. */
static gboolean
check_free (int fd, gsize size, const char *call, const char *object, GError **error)
{
  struct statvfs fs;
  guint64 free_bytes;

  if (size <= SMALL || fstatvfs (fd, &fs) != 0)
    return TRUE;

  free_bytes = fs.f_blocks > 0 ? (guint64) fs.f_bavail * fs.f_frsize : memory_of_machine ();
  return size <= free_bytes
         || throw_full (fd, size, fs.f_blocks > 0 ? ENOSPC : ENOMEM, call, object, error);
}

gboolean
ipc_publish_reserve (int fd, gsize size, const char *call, const char *object, GError **error)
{
  return ipc_publish_reserve_part (fd, 0, size, call, object, error);
}

gboolean
ipc_publish_reserve_part (int fd, gsize offset, gsize size, const char *call, const char *object,
                          GError **error)
{
  int errsv;
  int tries = 0;

  if (!check_file_limit (offset + size, call, object, error)
      || !check_free (fd, size, call, object, error))
    return FALSE;

  do
    errsv = posix_fallocate (fd, (off_t) offset, (off_t) size);
  while (errsv == EINTR && ++tries < INTERRUPTIONS_MAX);

  if (errsv == 0)
    return TRUE;

  return ipc_error_from_errno (errsv) == IPC_ERROR_NO_SPACE
             ? throw_full (fd, size, errsv, call, object, error)
             : ipc_throw_errno (error, errsv, call, object);
}

gboolean
ipc_publish_set_size (int fd, gsize size, const char *call, const char *object, GError **error)
{
  return check_file_limit (size, call, object, error)
         && (ftruncate (fd, (off_t) size) == 0
             || ipc_throw_errno (error, errno, "ftruncate", object));
}
