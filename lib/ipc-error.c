/* ipc-error.c: from what the system says to IPC_ERROR
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ipc-error-private.h"

#include <errno.h>
#include <stdarg.h>

/**
 * SECTION:ipc-error
 * @title: Errors
 * @short_description: what can go wrong, and what to look at
 *
 * Whatever the system or a peer can cause is a #GError, of the domain #IPC_ERROR; a mistake of the
 * caller, such as %NULL for an object, is a critical warning of GLib.  A call returns %NULL or %FALSE
 * if and only if it set the error.
 *
 * A message names the function that refused, the object and the reason, and where there is one the
 * usual remedy: `semget "sysv:0x12334": No space left on device; ...`.  Messages are for people and
 * change; programs look at the code.
 */

G_DEFINE_QUARK (ipc-error-quark, ipc_error)

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

static void
throw_text (GError **error, IpcError code, const char *call, const char *object, const char *text)
{
  g_set_error (error, IPC_ERROR, code, "%s \"%s\": %s", call, object, text);
}

gboolean
ipc_throw (GError **error, IpcError code, const char *call, const char *object, const char *format,
           ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);

  throw_text (error, code, call, object, text);
  return FALSE;
}

gpointer
ipc_null_throw (GError **error, IpcError code, const char *call, const char *object,
                const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);

  throw_text (error, code, call, object, text);
  return NULL;
}

gboolean
ipc_throw_errno_remedy (GError **error, int errsv, const char *call, const char *object,
                        const char *remedy)
{
  return ipc_throw (error, ipc_error_from_errno (errsv), call, object, "%s%s%s",
                    g_strerror (errsv), remedy != NULL ? "; " : "", remedy != NULL ? remedy : "");
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

gboolean
ipc_error_is_absent (const GError *error)
{
  return g_error_matches (error, IPC_ERROR, IPC_ERROR_NOT_FOUND)
         || g_error_matches (error, IPC_ERROR, IPC_ERROR_REMOVED);
}
