/* ipc-semaphore.h: counting semaphores between processes, one or a set
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef IPC_SEMAPHORE_H
#define IPC_SEMAPHORE_H

#if !defined IPC_H_INSIDE && !defined IPC_COMPILATION
# error "Only <ipc/ipc.h> can be included directly."
#endif

#include <ipc/ipc-info.h>
#include <ipc/ipc-types.h>

G_BEGIN_DECLS

/**
 * IpcSemaphoreFlags:
 * @IPC_SEMAPHORE_FLAGS_NONE: nothing special
 * @IPC_SEMAPHORE_ANY_OWNER: accept a semaphore of another user, or one that others may write to
 * @IPC_SEMAPHORE_SPIN: spin briefly before sleeping while the peer runs on another processor
 *   (native; elsewhere it has no effect)
 * @IPC_SEMAPHORE_UNDO: what this process took and has not given back returns when it ends, however
 *   it ends; %IPC_ERROR_NOT_SUPPORTED where the backend cannot
 *
 * How to use a semaphore.
 *
 * Since: 0.1
 */
typedef enum /*< flags >*/
{
  IPC_SEMAPHORE_FLAGS_NONE = 0,
  IPC_SEMAPHORE_ANY_OWNER = 1 << 0,
  IPC_SEMAPHORE_SPIN = 1 << 1,
  IPC_SEMAPHORE_UNDO = 1 << 2
} IpcSemaphoreFlags;

typedef struct _IpcSemaphoreOp IpcSemaphoreOp;

/**
 * IpcSemaphoreOp:
 * @index: which semaphore of the set, from 0
 * @delta: above zero: add so many units; below zero: take so many, waiting until they are there;
 *   zero: wait until the value is zero
 *
 * One step of ipc_semaphore_operate().
 *
 * Since: 0.1
 */
struct _IpcSemaphoreOp
{
  guint index;
  int   delta;
};

#define IPC_TYPE_SEMAPHORE_FLAGS (ipc_semaphore_flags_get_type ())
#define IPC_TYPE_SEMAPHORE (ipc_semaphore_get_type ())

IPC_PUBLIC
GType ipc_semaphore_flags_get_type (void) G_GNUC_CONST;

IPC_PUBLIC
G_DECLARE_FINAL_TYPE (IpcSemaphore, ipc_semaphore, IPC, SEMAPHORE, GObject)

IPC_PUBLIC
IpcSemaphore *ipc_semaphore_create (const char *name, guint initial_value, IpcSemaphoreFlags flags,
                                    GError **error);

IPC_PUBLIC
IpcSemaphore *ipc_semaphore_open (const char *name, IpcSemaphoreFlags flags, GError **error);

IPC_PUBLIC
IpcSemaphore *ipc_semaphore_open_or_create (const char *name, guint initial_value,
                                            IpcSemaphoreFlags flags, GError **error);

IPC_PUBLIC
IpcSemaphore *ipc_semaphore_new_full (const char *name, IpcOpenMode open_mode,
                                      const guint *initial_values, gsize n_values,
                                      guint permissions, IpcSemaphoreFlags flags,
                                      GCancellable *cancellable, GError **error);

IPC_PUBLIC
gboolean ipc_semaphore_post (IpcSemaphore *self, GError **error);

IPC_PUBLIC
gboolean ipc_semaphore_wait (IpcSemaphore *self, gint64 timeout_us, GCancellable *cancellable,
                             GError **error);

IPC_PUBLIC
gboolean ipc_semaphore_try_wait (IpcSemaphore *self, GError **error);

IPC_PUBLIC
gboolean ipc_semaphore_wait_zero (IpcSemaphore *self, gint64 timeout_us, GCancellable *cancellable,
                                  GError **error);

IPC_PUBLIC
gboolean ipc_semaphore_operate (IpcSemaphore *self, const IpcSemaphoreOp *ops, gsize n_ops,
                                gint64 timeout_us, GCancellable *cancellable, GError **error);

IPC_PUBLIC
void ipc_semaphore_wait_async (IpcSemaphore *self, gint64 timeout_us, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer user_data);

IPC_PUBLIC
gboolean ipc_semaphore_wait_finish (IpcSemaphore *self, GAsyncResult *result, GError **error);

IPC_PUBLIC
void ipc_semaphore_operate_async (IpcSemaphore *self, const IpcSemaphoreOp *ops, gsize n_ops,
                                  gint64 timeout_us, GCancellable *cancellable,
                                  GAsyncReadyCallback callback, gpointer user_data);

IPC_PUBLIC
gboolean ipc_semaphore_operate_finish (IpcSemaphore *self, GAsyncResult *result, GError **error);

IPC_PUBLIC
gboolean ipc_semaphore_get_value (IpcSemaphore *self, guint index, guint *value, GError **error);

IPC_PUBLIC
gboolean ipc_semaphore_set_value (IpcSemaphore *self, guint index, guint value, GError **error);

IPC_PUBLIC
gboolean ipc_semaphore_close (IpcSemaphore *self, GError **error);

IPC_PUBLIC
gboolean ipc_semaphore_unlink (IpcSemaphore *self, GError **error);

IPC_PUBLIC
gboolean ipc_semaphore_unlink_name (const char *name, GError **error);

IPC_PUBLIC
IpcInfo *ipc_semaphore_get_info (IpcSemaphore *self, guint index, GError **error);

IPC_PUBLIC
const char *ipc_semaphore_get_name (IpcSemaphore *self);

IPC_PUBLIC
IpcBackend ipc_semaphore_get_backend (IpcSemaphore *self);

IPC_PUBLIC
guint ipc_semaphore_get_size (IpcSemaphore *self);

IPC_PUBLIC
guint ipc_semaphore_get_max_value (IpcSemaphore *self);

IPC_PUBLIC
guint ipc_semaphore_get_permissions (IpcSemaphore *self);

IPC_PUBLIC
IpcSemaphoreFlags ipc_semaphore_get_flags (IpcSemaphore *self);

IPC_PUBLIC
gboolean ipc_semaphore_get_created (IpcSemaphore *self);

IPC_PUBLIC
gboolean ipc_semaphore_is_current (IpcSemaphore *self);

IPC_PUBLIC
gboolean ipc_semaphore_get_id (IpcSemaphore *self, int *id);

G_END_DECLS

#endif
