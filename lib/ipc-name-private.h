/* ipc-name-private.h: which object of which mechanism a name means
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <ipc/ipc-types.h>

/* Stands in messages for the name of what has none. */
#define IPC_NAME_NONE "(no name)"

#define IPC_NAME_MAX 200 /* bytes of a plain name */

/* How the files of semaphores begin, in the folder where those of segments are. */
#define IPC_NAME_NATIVE_SEMAPHORE "ipc-sem."
#define IPC_NAME_POSIX_SEMAPHORE "sem."

/* What comes in @file after @begin; NULL if nothing does. */
const char *ipc_name_after (const char *file, const char *begin);

typedef struct
{
  char      *text;    /* as its user wrote it: for messages and the "name" property */
  IpcBackend backend;
  char      *plain;   /* native, posix: without the slash; win32: verbatim; sysv: NULL */
  gint32     key;     /* sysv: the key; 0 where @id is meant */
  int        id;      /* sysv: the id; -1 where @key is meant */
} IpcName;

IpcName *ipc_name_parse (const char *text, GError **error);
/* Of a segment: one that would be the file of a semaphore is refused, too. */
IpcName *ipc_name_parse_segment (const char *text, GError **error);
/* The one spelling of all names of this object. */
char    *ipc_name_to_canonical (const IpcName *self);
void     ipc_name_free (IpcName *self);

/* ftok(3).  FALSE with IPC_ERROR_NOT_SUPPORTED on a platform without System V objects, or what the
 * file system says. */
gboolean ipc_name_key_of_path (const char *path, int project_id, gint32 *key, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (IpcName, ipc_name_free)
