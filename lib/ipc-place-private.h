/* ipc-place-private.h: where this system keeps a native semaphore, and what its name means
 *
 * The memory of an object is made whole before it has its name.  What the object is, and who may
 * open it, is the business of this part; what is in the memory is not.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "ipc-backend-private.h"

/* @call is the function of the library that the program called, for messages. */

/* One object, as one process has it open. */
typedef struct _IpcPlace IpcPlace;

/* Opens or makes the object as request->mode says; whom it belongs to is checked. */
IpcPlace *ipc_place_open (const IpcRequest *request, gboolean *created, GError **error);
void      ipc_place_close (IpcPlace *self);

/* All of its memory, of @size bytes; once.  It is mapped until ipc_place_close(). */
gpointer  ipc_place_map (IpcPlace *self, const char *call, gsize *size, GError **error);
/* Whatever @lane needs is there from now on, or FALSE with IPC_ERROR_NO_SPACE. */
gboolean  ipc_place_reserve_lane (const IpcPlace *self, guint lane, guint n_values,
                                  const char *call, GError **error);

/* For hash tables: two are equal if they are of one object. */
guint     ipc_place_hash (gconstpointer self);
gboolean  ipc_place_equal (gconstpointer a, gconstpointer b);

guint     ipc_place_get_permissions (const IpcPlace *self);
/* Owner and permissions. */
void      ipc_place_describe (const IpcPlace *self, IpcInfo *info);

/* -- What others in this process may have taken away: descriptors -- */

/* @same, which is taken over, is of the same object: used from now on where @self has lost what it
 * had. */
void      ipc_place_mend (IpcPlace *self, IpcPlace *same);
/* The same with what the name means.  Returns: whether all is well now, or was */
gboolean  ipc_place_find (IpcPlace *self);
/* In a child after fork(): claims of its own and no longer its parent's. */
void      ipc_place_after_fork (const IpcPlace *self);

/* -- The name -- */

/* Whether it means this object. */
gboolean  ipc_place_is_current (const IpcPlace *self);
/* Whether it certainly was removed. */
gboolean  ipc_place_is_unlinked (const IpcPlace *self);
/* Removes the name if it means this object; TRUE also if it does not. */
gboolean  ipc_place_unlink (const IpcPlace *self, const char *call, GError **error);
/* Removes a name, whatever it means; IPC_ERROR_NOT_FOUND if nothing. */
gboolean  ipc_place_unlink_name (const IpcName *name, const char *call, GError **error);
