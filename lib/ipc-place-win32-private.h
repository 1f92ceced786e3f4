/* ipc-place-win32-private.h: a native semaphore's kernel objects, as its parts for Windows see them
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "ipc-place-private.h"
#include "ipc-win32-private.h"

#include <stdint.h>

/* What the name means now, in a mapping that everybody keeps who has an object of that name.  Zeros
 * are a complete one, which means nothing, so that nobody ever sees it half made. */
typedef struct
{
  _Atomic uint64_t magic;
  _Atomic uint64_t number; /* of the object; 0: none */
} IpcIndex;

struct _IpcPlace
{
  char        *name; /* for messages */
  guint        permissions;
  IpcSecurity *security; /* for what belongs to the object: whoever may write to it may all */
  HANDLE       index_mapping;
  IpcIndex    *index;
  guint64      number; /* tells the object from all others, and its kernel objects */
  HANDLE       mapping;
  gpointer     memory;
  HANDLE       one;   /* a semaphore: who takes its units need not sleep any longer */
  HANDLE       claim; /* the lane that is claimed by this process */
  HANDLE       duty;
};

/* What the name of an index begins with, behind Local\. */
#define IPC_PLACE_INDEX "ipc-sem."

/* The name of one of the object's kernel objects, or pipes. */
#define IPC_PLACE_NAME_MAX 80

void ipc_place_make_name (const IpcPlace *self, const char *kind, guint32 number,
                          wchar_t name[IPC_PLACE_NAME_MAX]);

/* How its memory and its index are mapped. */
#define IPC_PLACE_VIEW (FILE_MAP_READ | FILE_MAP_WRITE)

/* Opens what the name means, or makes it.  @self has its name and nothing else. */
gboolean ipc_place_open_index (IpcPlace *self, const IpcRequest *request, gboolean make,
                               GError **error);

/* Whether @number means an object that somebody has open. */
gboolean ipc_place_exists (guint64 number);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (IpcPlace, ipc_place_close)
