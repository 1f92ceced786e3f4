/* ipc-segment-file-private.h: segments that are files: mapped, made longer, made shorter
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "ipc-backend-private.h"

#include <sys/stat.h>

/* Maps @size bytes as request->flags say, and fills in what is known of the mapping. */
gboolean ipc_segment_file_map (int fd, gsize size, const IpcRequest *request, IpcOpened *opened,
                               GError **error);
/* All that @st says there is; IPC_ERROR_SIZE_MISMATCH if that is less than was asked for. */
gboolean ipc_segment_file_map_whole (int fd, const struct stat *st, const IpcRequest *request,
                                     IpcOpened *opened, GError **error);
/* If it is mapped. */
void     ipc_segment_file_unmap (IpcOpened *opened);

/* FALSE with IPC_ERROR_PERMISSION_DENIED if the file has @seal (F_SEAL_GROW...). */
gboolean ipc_segment_file_check_seal (int fd, int seal, const char *object, GError **error);

/* Makes the file request->size bytes long, if it is shorter, and maps it. */
gboolean ipc_segment_file_grow (int fd, const IpcRequest *request, IpcOpened *opened,
                                GError **error);
gboolean ipc_segment_file_shrink (int fd, gsize size, const char *object, GError **error);
