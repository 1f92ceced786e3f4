/* ipc-segment-memfd-private.h: opening segments without a name; the rest is their row
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "ipc-backend-private.h"

/* Handles of ipc_segment_memfd_ops, or NULL with @error set. */
gpointer ipc_segment_memfd_create (const IpcRequest *request, IpcOpened *opened, GError **error);
/* @fd stays the caller's. */
gpointer ipc_segment_memfd_adopt (int fd, const IpcRequest *request, IpcOpened *opened,
                                  GError **error);
