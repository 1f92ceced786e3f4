/* ipc-sysv.c: what System V segments and semaphores have in common
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ipc-sysv-private.h"
#include "ipc-error-private.h"
#include "ipc-info-private.h"
#include "ipc-trust-private.h"

#include <errno.h>

gboolean
ipc_sysv_check_owner (const struct ipc_perm *perm, const IpcRequest *request, gboolean any_owner,
                      const char *call, GError **error)
{
  /* The creator may give the object away by IPC_SET and take it back, so both must be trusted. */
  return any_owner
         || (ipc_trust_check (perm->uid, perm->mode, request, call, error)
             && ipc_trust_check (perm->cuid, perm->mode, request, call, error));
}

void
ipc_sysv_fill_info (const struct ipc_perm *perm, IpcInfo *info)
{
  info->uid = perm->uid;
  info->gid = perm->gid;
  info->permissions = perm->mode & 0777;
}

gboolean
ipc_sysv_throw (GError **error, int errsv, const char *call, const char *object)
{
  return ipc_throw_errno (error, errsv == EINVAL ? EIDRM : errsv, call, object);
}
