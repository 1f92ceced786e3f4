/* ipc-mapping-private.h: a mapped segment, shared by its object and by GBytes made from it
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <glib.h>

typedef struct _IpcMapping IpcMapping;

/* Takes the mapping of @mapped bytes at @data over. */
IpcMapping *ipc_mapping_new (gpointer data, gsize mapped);
IpcMapping *ipc_mapping_ref (IpcMapping *self);
void        ipc_mapping_unref (IpcMapping *self);

/* The owner is done with it.  The memory goes now, or with the last GBytes; the addresses stay
 * taken (by zeros) until the last reference goes, so that a thread that is still copying reads
 * zeros and not the memory of somebody else. */
void        ipc_mapping_retire (IpcMapping *self);
