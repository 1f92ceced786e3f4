/* ipc-error-errno.c: from errno to IPC_ERROR
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ipc-error-private.h"

#include <errno.h>

typedef struct
{
  int         errsv;
  IpcError    code;
  const char *remedy; /* the usual one, or NULL; what only one call means stands at that call */
} IpcErrnoRow;

static const IpcErrnoRow errno_rows[] = {
  { EACCES,    IPC_ERROR_PERMISSION_DENIED, "ask its owner for permission, or run as its owner" },
  { EPERM,     IPC_ERROR_PERMISSION_DENIED, "only its owner or root may" },
  { EROFS,     IPC_ERROR_PERMISSION_DENIED, NULL },
  { EEXIST,    IPC_ERROR_EXISTS, "open it, unlink it first, or create it with IPC_OPEN_REPLACE" },
  { ENOENT,    IPC_ERROR_NOT_FOUND, "create it first, and check the spelling of the name" },
  { EIDRM,     IPC_ERROR_REMOVED, "somebody removed it; open or create it again" },
  { ENOSPC,    IPC_ERROR_NO_SPACE, NULL },
  { ENOMEM,    IPC_ERROR_NO_SPACE, NULL },
  { EDQUOT,    IPC_ERROR_NO_SPACE, NULL },
  { EFBIG,     IPC_ERROR_NO_SPACE, NULL },
  { EMFILE,    IPC_ERROR_NO_SPACE, "this process has too many files open; raise ulimit -n" },
  { ENFILE,    IPC_ERROR_NO_SPACE, "the system has too many files open; raise fs.file-max" },
  { ENOLCK,    IPC_ERROR_NO_SPACE, "the system is out of file locks" },
  { ERANGE,    IPC_ERROR_OVERFLOW, "take units first; nothing was added" },
  { EOVERFLOW, IPC_ERROR_OVERFLOW, "take units first; nothing was added" },
  { ETIMEDOUT, IPC_ERROR_TIMED_OUT, NULL },
  { EAGAIN,    IPC_ERROR_WOULD_BLOCK, NULL },
  { EINVAL,    IPC_ERROR_INVALID_ARGUMENT, NULL },
  { E2BIG,     IPC_ERROR_INVALID_ARGUMENT, NULL },
  { ENAMETOOLONG, IPC_ERROR_INVALID_NAME, NULL },
  { ELOOP,     IPC_ERROR_UNTRUSTED, "a symbolic link is never followed; remove it" },
  { ENOSYS,    IPC_ERROR_NOT_SUPPORTED, "this kernel lacks the system call" },
  { EOPNOTSUPP, IPC_ERROR_NOT_SUPPORTED, NULL },
};

static const IpcErrnoRow *
errno_row (int errsv)
{
  static const IpcErrnoRow unknown = { 0, IPC_ERROR_FAILED, NULL };

  for (gsize i = 0; i < G_N_ELEMENTS (errno_rows); i++)
    if (errno_rows[i].errsv == errsv)
      return &errno_rows[i];

  return &unknown;
}

IpcError
ipc_error_from_errno (int errsv)
{
  return errno_row (errsv)->code;
}

gboolean
ipc_throw_errno_remedy (GError **error, int errsv, const char *call, const char *object,
                        const char *remedy)
{
  /* What the system says is kept in memory that is allocated. */
  return error != NULL
         && ipc_throw (error, ipc_error_from_errno (errsv), call, object, "%s%s%s",
                       g_strerror (errsv), remedy != NULL ? "; " : "",
                       remedy != NULL ? remedy : "");
}

gboolean
ipc_throw_errno (GError **error, int errsv, const char *call, const char *object)
{
  return ipc_throw_errno_remedy (error, errsv, call, object, errno_row (errsv)->remedy);
}

gpointer
ipc_null_throw_errno (GError **error, int errsv, const char *call, const char *object)
{
  ipc_throw_errno (error, errsv, call, object);
  return NULL;
}
