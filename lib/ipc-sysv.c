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
#include <sys/shm.h>

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

gint64
ipc_sysv_pid (gint64 pid)
{
  return pid > 0 ? pid : -1;
}

void
ipc_sysv_fill_segment (const struct shmid_ds *ds, IpcInfo *info)
{
  info->size = (gint64) ds->shm_segsz;
  info->creator_pid = ipc_sysv_pid (ds->shm_cpid);
  info->last_pid = ipc_sysv_pid (ds->shm_lpid);
  info->attach_count = (gint64) ds->shm_nattch;
  info->change_time = ipc_info_time (ds->shm_ctime);
  info->attach_time = ipc_info_time (ds->shm_atime);
  info->detach_time = ipc_info_time (ds->shm_dtime);
}

gboolean
ipc_sysv_throw (GError **error, int errsv, const char *call, const char *object)
{
  return ipc_throw_errno (error, errsv == EINVAL ? EIDRM : errsv, call, object);
}
