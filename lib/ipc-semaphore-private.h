/* ipc-semaphore-private.h: the inside of an IpcSemaphore, for the files that make up the object
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "ipc-backend-private.h"

struct _IpcSemaphore
{
  GObject parent_instance;

  const IpcSemaphoreOps *ops;
  gpointer               handle;
  int                    closed; /* atomic */
  _Atomic guint64       *word;   /* atomic; NULL: each call asks the mechanism */
  IpcHeld                held;   /* under UNDO */
  IpcQueue              *queue;  /* atomic; waits in main loops, once there was one */

  const char       *call; /* that opens it, for messages */
  IpcName          *parsed;
  char             *name;
  IpcOpenMode       open_mode;
  guint             permissions;
  IpcSemaphoreFlags flags;
  gboolean          created;
  GVariant         *initial_values; /* "au" or NULL; until it is open */
  guint             size;
};

#define IPC_SEMAPHORE_ALL_FLAGS \
  (IPC_SEMAPHORE_ANY_OWNER | IPC_SEMAPHORE_SPIN | IPC_SEMAPHORE_UNDO)

/* The class is final, so that comparing the type is the whole check, at the price of a load. */
extern GType ipc_semaphore_type;

#define IS_SEMAPHORE(self) ((self) != NULL && G_TYPE_FROM_INSTANCE (self) == ipc_semaphore_type)

/* FALSE with IPC_ERROR_CLOSED if @self was closed, or never opened. */
gboolean ipc_semaphore_check_open (IpcSemaphore *self, const char *call, GError **error);

static inline gboolean
ipc_semaphore_is_open (IpcSemaphore *self, const char *call, GError **error)
{
  return G_LIKELY (self->handle != NULL && !g_atomic_int_get (&self->closed))
         || ipc_semaphore_check_open (self, call, error);
}

/* FALSE with IPC_ERROR_NOT_SUPPORTED if @able is. */
gboolean ipc_semaphore_check_able (IpcSemaphore *self, gboolean able, const char *call,
                                   GError **error);

/* FALSE with the error of steps that cannot be, or of @self being closed. */
gboolean ipc_semaphore_check_ops (IpcSemaphore *self, const IpcSemaphoreOp *ops, gsize n_ops,
                                  const char *call, GError **error);

/* FALSE with IPC_ERROR_OUT_OF_RANGE if the set has no semaphore @index. */
gboolean ipc_semaphore_check_index (IpcSemaphore *self, guint index, const char *call,
                                    GError **error);
