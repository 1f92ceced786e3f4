/* ipc-name-win32.c: names of kernel objects
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ipc-win32-private.h"

wchar_t *
ipc_win32_object_name (const IpcName *name, const char *prefix)
{
  g_autofree char *text = name->backend == IPC_BACKEND_WIN32
                              ? g_strdup (name->plain)
                              : g_strconcat ("Local\\", prefix, name->plain, NULL);

  /* The name was checked: it is UTF-8. */
  return (wchar_t *) g_utf8_to_utf16 (text, -1, NULL, NULL, NULL);
}
