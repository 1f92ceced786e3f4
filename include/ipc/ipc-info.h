/* ipc-info.h: what the system and the library know of an object
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef IPC_INFO_H
#define IPC_INFO_H

#if !defined IPC_H_INSIDE && !defined IPC_COMPILATION
# error "Only <ipc/ipc.h> can be included directly."
#endif

#include <ipc/ipc-types.h>

G_BEGIN_DECLS

/**
 * IpcInfo:
 *
 * What was known of an object at one moment.  It does not change afterwards.
 * A number that the system does not know is -1.
 *
 * Since: 0.1
 */
typedef struct _IpcInfo IpcInfo;

/**
 * IpcKind:
 * @IPC_KIND_NONE: not known
 * @IPC_KIND_SEGMENT: shared memory
 * @IPC_KIND_SEMAPHORE: a semaphore, or a set of them
 *
 * What an object is.
 *
 * Since: 0.1
 */
typedef enum
{
  IPC_KIND_NONE = 0,
  IPC_KIND_SEGMENT = 1,
  IPC_KIND_SEMAPHORE = 2
} IpcKind;

/**
 * IpcState:
 * @IPC_STATE_UNKNOWN: the mechanism does not tell, or not this process
 * @IPC_STATE_LIVE: a process uses the object
 * @IPC_STATE_STALE: it is certain that at this moment no process uses it
 *
 * Whether an object is in use; see ipc_info_get_state().
 *
 * Since: 0.1
 */
typedef enum
{
  IPC_STATE_UNKNOWN = 0,
  IPC_STATE_LIVE = 1,
  IPC_STATE_STALE = 2
} IpcState;

#define IPC_TYPE_INFO (ipc_info_get_type ())
#define IPC_TYPE_KIND (ipc_kind_get_type ())
#define IPC_TYPE_STATE (ipc_state_get_type ())

IPC_PUBLIC
GType ipc_kind_get_type (void) G_GNUC_CONST;

IPC_PUBLIC
GType ipc_state_get_type (void) G_GNUC_CONST;

IPC_PUBLIC
GPtrArray *ipc_info_list (IpcBackend backend, GCancellable *cancellable, GError **error);

IPC_PUBLIC
GType ipc_info_get_type (void) G_GNUC_CONST;

IPC_PUBLIC
IpcInfo *ipc_info_ref (IpcInfo *self);

IPC_PUBLIC
void ipc_info_unref (IpcInfo *self);

IPC_PUBLIC
const char *ipc_info_get_name (IpcInfo *self);

IPC_PUBLIC
IpcBackend ipc_info_get_backend (IpcInfo *self);

IPC_PUBLIC
IpcKind ipc_info_get_kind (IpcInfo *self);

IPC_PUBLIC
IpcState ipc_info_get_state (IpcInfo *self);

IPC_PUBLIC
const char *ipc_info_get_path (IpcInfo *self);

IPC_PUBLIC
gint64 ipc_info_get_key (IpcInfo *self);

IPC_PUBLIC
gint64 ipc_info_get_id (IpcInfo *self);

IPC_PUBLIC
gint64 ipc_info_get_size (IpcInfo *self);

IPC_PUBLIC
gint64 ipc_info_get_uid (IpcInfo *self);

IPC_PUBLIC
gint64 ipc_info_get_gid (IpcInfo *self);

IPC_PUBLIC
int ipc_info_get_permissions (IpcInfo *self);

IPC_PUBLIC
gint64 ipc_info_get_creator_pid (IpcInfo *self);

IPC_PUBLIC
gint64 ipc_info_get_last_pid (IpcInfo *self);

IPC_PUBLIC
gint64 ipc_info_get_attach_count (IpcInfo *self);

IPC_PUBLIC
gint64 ipc_info_get_change_time (IpcInfo *self);

IPC_PUBLIC
gint64 ipc_info_get_attach_time (IpcInfo *self);

IPC_PUBLIC
gint64 ipc_info_get_detach_time (IpcInfo *self);

IPC_PUBLIC
gint64 ipc_info_get_use_time (IpcInfo *self);

IPC_PUBLIC
gint64 ipc_info_get_value (IpcInfo *self);

IPC_PUBLIC
gint64 ipc_info_get_waiters (IpcInfo *self);

IPC_PUBLIC
gint64 ipc_info_get_zero_waiters (IpcInfo *self);

IPC_PUBLIC
guint ipc_info_get_n_holders (IpcInfo *self);

IPC_PUBLIC
gboolean ipc_info_get_holder (IpcInfo *self, guint index, gint64 *pid, gint64 *units);

IPC_PUBLIC
gint64 ipc_info_get_holder_since (IpcInfo *self, guint index);

IPC_PUBLIC
gint64 ipc_info_get_recovered_units (IpcInfo *self);

IPC_PUBLIC
gint64 ipc_info_get_recovered_pid (IpcInfo *self);

IPC_PUBLIC
gint64 ipc_info_get_recovered_time (IpcInfo *self);

IPC_PUBLIC
gboolean ipc_info_remove_unused (IpcInfo *self, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (IpcInfo, ipc_info_unref)

G_END_DECLS

#endif
