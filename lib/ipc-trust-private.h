/* ipc-trust-private.h: whom an opener trusts
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "ipc-backend-private.h"

#include <sys/types.h>

/* FALSE with IPC_ERROR_UNTRUSTED unless @uid is this process's effective user or root, and @mode
 * lets only those write that request->permissions let.  The message names the owner. */
gboolean ipc_trust_check (uid_t uid, mode_t mode, const IpcRequest *request, const char *call,
                          GError **error);
