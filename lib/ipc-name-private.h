/* ipc-name-private.h: which object of which mechanism a name means
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <ipc/ipc-types.h>

/* Stands in messages for the name of what has none. */
#define IPC_NAME_NONE "(no name)"

#define IPC_NAME_MAX 200 /* bytes of a plain name */

typedef struct
{
  char      *text;    /* as its user wrote it: for messages and the "name" property */
  IpcBackend backend;
  char      *plain;   /* native, posix: without the slash; win32: verbatim; sysv: NULL */
  gint32     key;     /* sysv: the key; 0 where @id is meant */
  int        id;      /* sysv: the id; -1 where @key is meant */
} IpcName;

IpcName *ipc_name_parse (const char *text, GError **error);
void     ipc_name_free (IpcName *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (IpcName, ipc_name_free)
