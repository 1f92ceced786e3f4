/* ipc-sysv-private.h: what System V segments and semaphores have in common
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "ipc-backend-private.h"

#include <sys/ipc.h>

/* FALSE with IPC_ERROR_UNTRUSTED unless the object is this user's or root's, and others may write
 * to it only as @request asked for. */
gboolean ipc_sysv_check_owner (const struct ipc_perm *perm, const IpcRequest *request,
                               gboolean any_owner, const char *call, GError **error);

/* Owner, group and permissions. */
void     ipc_sysv_fill_info (const struct ipc_perm *perm, IpcInfo *info);

/* As an IpcInfo has it: 0, which the kernel says of nobody and of a process in a PID namespace that
 * cannot be seen from here, is -1. */
gint64   ipc_sysv_pid (gint64 pid);

/* What else the kernel knows of a segment. */
struct shmid_ds;
void     ipc_sysv_fill_segment (const struct shmid_ds *ds, IpcInfo *info);

/* Within a call on an id that was there before, EINVAL means that it is gone, as EIDRM does. */
gboolean ipc_sysv_throw (GError **error, int errsv, const char *call, const char *object);
