/* ipc-error-private.h: from what the system says to IPC_ERROR
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <ipc/ipc-error.h>

/* Each of these sets @error and returns FALSE or NULL, so that a failing call can end in one
 * line.  @call is the function that refused: the one of the library that the program called, or one of
 * the system.  @object is the name as its user wrote it. */
gboolean ipc_throw (GError **error, IpcError code, const char *call, const char *object,
                    const char *format, ...) G_GNUC_PRINTF (5, 6);
gpointer ipc_null_throw (GError **error, IpcError code, const char *call, const char *object,
                         const char *format, ...) G_GNUC_PRINTF (5, 6);

/* @errsv is errno as the call left it.  The usual remedy is added where there is one. */
gboolean ipc_throw_errno (GError **error, int errsv, const char *call, const char *object);
gpointer ipc_null_throw_errno (GError **error, int errsv, const char *call, const char *object);

/* Replaces the usual remedy by a better one. */
gboolean ipc_throw_errno_remedy (GError **error, int errsv, const char *call, const char *object,
                                 const char *remedy);

IpcError ipc_error_from_errno (int errsv);

/* IPC_ERROR_NOT_FOUND or IPC_ERROR_REMOVED: there is nothing, or not any more. */
gboolean ipc_error_is_absent (const GError *error);
