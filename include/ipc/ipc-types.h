/* ipc-types.h: names, mechanisms, ways to open
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef IPC_TYPES_H
#define IPC_TYPES_H

#if !defined IPC_H_INSIDE && !defined IPC_COMPILATION
# error "Only <ipc/ipc.h> can be included directly."
#endif

#include <gio/gio.h>
#include <ipc/ipc-version.h>

G_BEGIN_DECLS

/**
 * IpcBackend:
 * @IPC_BACKEND_NONE: none; what a call returns together with an error
 * @IPC_BACKEND_NATIVE: the library's own, the same on every platform: `native:jobs`, or just `jobs`
 * @IPC_BACKEND_SYSV: System V: `sysv:0x12334`, `sysv:/jobs`, `sysv:id:32769`
 * @IPC_BACKEND_POSIX: POSIX: `posix:/jobs`
 * @IPC_BACKEND_WIN32: named Win32 objects: `win32:Local\jobs`
 *
 * The mechanism that carries an object.  The name of the object says which.
 *
 * Since: 0.1
 */
typedef enum
{
  IPC_BACKEND_NONE = 0,
  IPC_BACKEND_NATIVE = 1,
  IPC_BACKEND_SYSV = 2,
  IPC_BACKEND_POSIX = 3,
  IPC_BACKEND_WIN32 = 4
} IpcBackend;

/**
 * IpcOpenMode:
 * @IPC_OPEN_EXISTING: open what is there; %IPC_ERROR_NOT_FOUND if there is nothing
 * @IPC_OPEN_CREATE: make it; %IPC_ERROR_EXISTS if the name is taken
 * @IPC_OPEN_OR_CREATE: open what is there, or make it
 * @IPC_OPEN_REPLACE: make it, and take the name from what is there.  Who has the old object open
 *   keeps it; only System V semaphores end at once, and their waiters get %IPC_ERROR_REMOVED.
 *
 * What opening may find and what it may make.
 *
 * Since: 0.1
 */
typedef enum
{
  IPC_OPEN_EXISTING = 0,
  IPC_OPEN_CREATE = 1,
  IPC_OPEN_OR_CREATE = 2,
  IPC_OPEN_REPLACE = 3
} IpcOpenMode;

#define IPC_TYPE_BACKEND (ipc_backend_get_type ())
#define IPC_TYPE_OPEN_MODE (ipc_open_mode_get_type ())

IPC_PUBLIC
GType ipc_backend_get_type (void) G_GNUC_CONST;

IPC_PUBLIC
GType ipc_open_mode_get_type (void) G_GNUC_CONST;

IPC_PUBLIC
gboolean ipc_backend_is_available (IpcBackend backend);

IPC_PUBLIC
const char *ipc_backend_get_name (IpcBackend backend);

IPC_PUBLIC
IpcBackend ipc_name_get_backend (const char *name, GError **error);

IPC_PUBLIC
char *ipc_name_canonicalize (const char *name, GError **error);

IPC_PUBLIC
char *ipc_name_for_path (const char *path, int project_id, GError **error);

G_END_DECLS

#endif
