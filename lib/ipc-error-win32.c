/* ipc-error-win32.c: from GetLastError() to IPC_ERROR
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ipc-error-private.h"
#include "ipc-win32-private.h"

#include <string.h>

typedef struct
{
  DWORD       win32;
  IpcError    code;
  const char *remedy; /* the usual one, or NULL; what only one call means stands at that call */
} IpcWin32Row;

static const IpcWin32Row win32_rows[] = {
  { ERROR_ACCESS_DENIED, IPC_ERROR_PERMISSION_DENIED,
    "ask its owner for permission, or run as its owner" },
  { ERROR_PRIVILEGE_NOT_HELD, IPC_ERROR_PERMISSION_DENIED, "this user lacks a privilege for it" },
  { ERROR_NOACCESS, IPC_ERROR_PERMISSION_DENIED, NULL },
  { ERROR_ALREADY_EXISTS, IPC_ERROR_EXISTS, "open it, or take another name" },
  { ERROR_FILE_EXISTS, IPC_ERROR_EXISTS, "open it, or take another name" },
  { ERROR_FILE_NOT_FOUND, IPC_ERROR_NOT_FOUND,
    "create it first, and check the spelling of the name; on Windows an object goes with the last "
    "process that has it open" },
  { ERROR_PATH_NOT_FOUND, IPC_ERROR_NOT_FOUND, "there is no such session namespace" },
  { ERROR_NOT_ENOUGH_MEMORY, IPC_ERROR_NO_SPACE, NULL },
  { ERROR_OUTOFMEMORY, IPC_ERROR_NO_SPACE, NULL },
  { ERROR_DISK_FULL, IPC_ERROR_NO_SPACE, "the page file's disk is full" },
  { ERROR_COMMITMENT_LIMIT, IPC_ERROR_NO_SPACE, "the page file is too small for it" },
  { ERROR_COMMITMENT_MINIMUM, IPC_ERROR_NO_SPACE, "the page file is too small for it" },
  { ERROR_NO_SYSTEM_RESOURCES, IPC_ERROR_NO_SPACE, NULL },
  { ERROR_WORKING_SET_QUOTA, IPC_ERROR_NO_SPACE,
    "this process may not lock so much; see SetProcessWorkingSetSize" },
  { ERROR_NOT_ENOUGH_QUOTA, IPC_ERROR_NO_SPACE, NULL },
  { ERROR_TOO_MANY_OPEN_FILES, IPC_ERROR_NO_SPACE, NULL },
  { ERROR_FILE_INVALID, IPC_ERROR_INVALID_ARGUMENT, NULL },
  { ERROR_TOO_MANY_POSTS, IPC_ERROR_OVERFLOW, "take units first; nothing was added" },
  { ERROR_SEM_TIMEOUT, IPC_ERROR_TIMED_OUT, NULL },
  { WAIT_TIMEOUT, IPC_ERROR_TIMED_OUT, NULL },
  { ERROR_INVALID_PARAMETER, IPC_ERROR_INVALID_ARGUMENT, NULL },
  { ERROR_INVALID_NAME, IPC_ERROR_INVALID_NAME, NULL },
  { ERROR_BAD_PATHNAME, IPC_ERROR_INVALID_NAME, NULL },
  { ERROR_FILENAME_EXCED_RANGE, IPC_ERROR_INVALID_NAME, NULL },
  /* Object names of all types share a namespace. */
  { ERROR_INVALID_HANDLE, IPC_ERROR_CORRUPT,
    "an object of another type bears this name; take another one" },
  { ERROR_CALL_NOT_IMPLEMENTED, IPC_ERROR_NOT_SUPPORTED, "this Windows lacks the call" },
  { ERROR_NOT_SUPPORTED, IPC_ERROR_NOT_SUPPORTED, NULL },
};

static const IpcWin32Row *
win32_row (DWORD code)
{
  static const IpcWin32Row unknown = { 0, IPC_ERROR_FAILED, NULL };

  for (gsize i = 0; i < G_N_ELEMENTS (win32_rows); i++)
    if (win32_rows[i].win32 == code)
      return &win32_rows[i];

  return &unknown;
}

IpcError
ipc_error_from_win32 (DWORD code)
{
  return win32_row (code)->code;
}

gboolean
ipc_throw_win32_remedy (GError **error, DWORD code, const char *call, const char *object,
                        const char *remedy)
{
  /* By FormatMessageW, in UTF-8. */
  g_autofree char *text = g_win32_error_message ((int) code);

  /* More may follow. */
  if (g_str_has_suffix (text, "."))
    text[strlen (text) - 1] = '\0';

  /* Not every system has a text for every number. */
  if (*text == '\0')
    {
      g_free (text);
      text = g_strdup_printf ("error %lu of the system", (gulong) code);
    }

  return ipc_throw (error, ipc_error_from_win32 (code), call, object, "%s%s%s", text,
                    remedy != NULL ? "; " : "", remedy != NULL ? remedy : "");
}

gboolean
ipc_throw_win32 (GError **error, DWORD code, const char *call, const char *object)
{
  return ipc_throw_win32_remedy (error, code, call, object, win32_row (code)->remedy);
}

gpointer
ipc_null_throw_win32 (GError **error, DWORD code, const char *call, const char *object)
{
  ipc_throw_win32 (error, code, call, object);
  return NULL;
}
