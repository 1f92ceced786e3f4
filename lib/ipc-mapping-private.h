/* ipc-mapping-private.h: a mapped segment, shared by its object and by GBytes made from it
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <glib.h>
#include <stdatomic.h>

typedef struct _IpcMapping IpcMapping;

/* Takes the mapping of @mapped bytes at @data over.  Its owner is the caller, who ends it by
 * ipc_mapping_unref(), and may retire it before. */
IpcMapping *ipc_mapping_new (gpointer data, gsize mapped);
IpcMapping *ipc_mapping_ref (IpcMapping *self);
void        ipc_mapping_unref (IpcMapping *self);

/* For one GBytes: keeps the memory itself, and not only its addresses.  FALSE if it was retired. */
gboolean    ipc_mapping_hold (IpcMapping *self);
/* The end of a hold; a GDestroyNotify. */
void        ipc_mapping_release (gpointer self);

/* The owner is done with it.  The memory goes now, or with the last GBytes; the addresses stay
 * taken (by zeros) until the last reference goes, so that a thread that is still copying reads
 * zeros and not the memory of somebody else.  A second call is TRUE, or tries again what failed:
 * FALSE with IPC_ERROR_NO_SPACE. */
gboolean    ipc_mapping_retire (IpcMapping *self, const char *object, GError **error);

/* Puts zeros of this process alone where the memory from @offset to the end was, so that nobody
 * here touches what is about to be cut off.  One thread at a time.  FALSE with
 * IPC_ERROR_NO_SPACE. */
gboolean    ipc_mapping_cut (IpcMapping *self, gsize offset, const char *object, GError **error);

/* Whether all of it is zeros of this process: it was retired, and nobody holds it. */
gboolean    ipc_mapping_is_spent (IpcMapping *self);

/* After a copy out of a mapping or into it, before the look at whether it was retired meanwhile:
 * keeps the look from being done before the copy is. */
static inline void
ipc_mapping_copied (void)
{
  atomic_thread_fence (memory_order_acquire);
}
