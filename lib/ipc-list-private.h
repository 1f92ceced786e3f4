/* ipc-list-private.h: finding the objects of a mechanism, and removing those that nobody uses
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "ipc-info-private.h"

/* What a mechanism can do beyond single names.  Rows live in a table of ipc-backend.c. */
typedef struct
{
  IpcBackend backend;
  /* Adds an IpcInfo for each object.  @all: every mechanism is being listed, so that an object that
   * two of them share is left to one. */
  gboolean (*list)          (gboolean all, GPtrArray *infos, GCancellable *cancellable,
                             GError **error);
  /* IPC_ERROR_IN_USE, and nothing has changed, unless it is certain that nobody uses the object. */
  gboolean (*remove_unused) (IpcInfo *info, GError **error);
} IpcListOps;

extern const IpcListOps ipc_list_native_ops;
extern const IpcListOps ipc_list_posix_ops;
extern const IpcListOps ipc_list_sysv_ops;
extern const IpcListOps ipc_list_win32_ops;

/* The row at @i, or NULL behind the last one. */
const IpcListOps *ipc_list_ops_nth (guint i);

#define IPC_REMOVE_UNUSED "ipc_info_remove_unused"

/* -- Files in IPC_SHM_DIR: ipc-lease.c -- */

/* The folder itself, opened and locked against others who look or remove; -1 with @error set. */
int      ipc_lease_open_dir (const char *call, const char *object, GError **error);
/* Whether any other process has the file open or mapped; @fd is the only descriptor that the caller
 * has for it. */
IpcState ipc_lease_get_state (int fd);
/* Removes info->path if nobody uses it. */
gboolean ipc_lease_remove (IpcInfo *info, GError **error);
/* Opens without following, waiting or disturbing; -1 with errno. */
int      ipc_lease_open_file (int dir, const char *file);

/* -- Names in IPC_SHM_DIR: ipc-list-shm.c -- */

/* Adds what the file at @fd, of @size bytes, says of the semaphore in it; nothing if it is none. */
typedef void (*IpcListLook) (int fd, gsize size, IpcInfo *info);

gboolean ipc_list_files (IpcBackend backend, gboolean all, IpcListLook look, GPtrArray *infos,
                         GCancellable *cancellable, GError **error);
