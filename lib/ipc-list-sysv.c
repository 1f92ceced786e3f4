/* ipc-list-sysv.c: the System V segments and semaphore sets of this IPC namespace
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ipc-error-private.h"
#include "ipc-list-private.h"
#include "ipc-semaphore-sysv-private.h"
#include "ipc-sysv-private.h"

#include <errno.h>
#include <signal.h>
#include <sys/shm.h>

#define LIST_CALL "ipc_info_list"

static IpcInfo *
new_info (IpcKind kind, int id, const struct ipc_perm *perm)
{
  const guint32 key = (guint32) perm->__key;
  g_autofree char *name = key != 0 ? g_strdup_printf ("sysv:0x%08x", key)
                                   : g_strdup_printf ("sysv:id:%d", id);
  IpcInfo *info = ipc_info_new (name, IPC_BACKEND_SYSV);

  info->kind = kind;
  info->id = id;
  info->key = key;
  ipc_sysv_fill_info (perm, info);
  return info;
}

/* Whether nothing is at an index, or nothing that this process may be told of. */
static gboolean
is_hidden (int errsv)
{
  return errsv == EINVAL || errsv == EIDRM || errsv == EACCES;
}

/* -- Segments -- */

/* 0 is a process that is invisible here, or none. */
static gboolean
may_live (pid_t pid)
{
  return kill (pid, 0) == 0 || errno != ESRCH;
}

static IpcState
segment_state (const struct shmid_ds *ds)
{
  const gboolean last_known = ds->shm_lpid != 0 || ds->shm_atime == 0;

  if (ds->shm_nattch > 0)
    return IPC_STATE_LIVE;
  if (ds->shm_cpid == 0 || !last_known || may_live (ds->shm_cpid)
      || (ds->shm_lpid != 0 && may_live (ds->shm_lpid)))
    return IPC_STATE_UNKNOWN;

  return IPC_STATE_STALE;
}

/* Linux 4.17 tells of objects that the caller may not read, too. */
static int
stat_segment (int index, struct shmid_ds *ds)
{
  int id = shmctl (index, SHM_STAT_ANY, ds);

  return id >= 0 || errno != EINVAL ? id : shmctl (index, SHM_STAT, ds);
}

static gboolean
list_segments (GPtrArray *infos, GError **error)
{
  struct shm_info used;
  const int last = shmctl (0, SHM_INFO, (struct shmid_ds *) (gpointer) &used);

  if (last < 0)
    return ipc_throw_errno (error, errno, LIST_CALL, "sysv");

  for (int i = 0; i <= last; i++)
    {
      struct shmid_ds ds = { 0 }; /* valgrind does not know that SHM_STAT_ANY fills it */
      const int id = stat_segment (i, &ds);
      IpcInfo *info;

      if (id < 0 && is_hidden (errno))
        continue;
      if (id < 0)
        return ipc_throw_errno (error, errno, "shmctl SHM_STAT_ANY", "sysv");

      info = new_info (IPC_KIND_SEGMENT, id, &ds.shm_perm);
      ipc_sysv_fill_segment (&ds, info);
      info->state = segment_state (&ds);
      g_ptr_array_add (infos, info);
    }

  return TRUE;
}

/* -- Semaphores -- */

static int
stat_set (int index, struct semid_ds *ds)
{
  const union semun arg = { .buf = ds };
  int id = semctl (index, 0, SEM_STAT_ANY, arg);

  return id >= 0 || errno != EINVAL ? id : semctl (index, 0, SEM_STAT, arg);
}

/* Those of the first one: a set of thousands would take thousands of calls. */
static void
add_values (int id, IpcInfo *info)
{
  info->value = semctl (id, 0, GETVAL);
  info->waiters = semctl (id, 0, GETNCNT);
  info->zero_waiters = semctl (id, 0, GETZCNT);
  info->last_pid = ipc_sysv_pid (semctl (id, 0, GETPID));
  if (info->waiters > 0 || info->zero_waiters > 0)
    info->state = IPC_STATE_LIVE;
}

static gboolean
list_sets (GPtrArray *infos, GError **error)
{
  struct seminfo limits;
  const int last = semctl (0, 0, SEM_INFO, (union semun) { .limits = &limits });

  if (last < 0)
    return ipc_throw_errno (error, errno, LIST_CALL, "sysv");

  for (int i = 0; i <= last; i++)
    {
      struct semid_ds ds = { 0 };
      const int id = stat_set (i, &ds);
      IpcInfo *info;

      if (id < 0 && is_hidden (errno))
        continue;
      if (id < 0)
        return ipc_throw_errno (error, errno, "semctl SEM_STAT_ANY", "sysv");

      info = new_info (IPC_KIND_SEMAPHORE, id, &ds.sem_perm);
      info->size = (gint64) ds.sem_nsems;
      info->change_time = ipc_info_time (ds.sem_ctime);
      info->use_time = ipc_info_time (ds.sem_otime);
      add_values (id, info);
      g_ptr_array_add (infos, info);
    }

  return TRUE;
}

static gboolean
sysv_list (gboolean all G_GNUC_UNUSED, GPtrArray *infos, GCancellable *cancellable G_GNUC_UNUSED,
           GError **error)
{
  return list_segments (infos, error) && list_sets (infos, error);
}

/* -- Removing what nobody uses -- */

static gboolean
throw_in_use (const IpcInfo *info, const char *why, GError **error)
{
  return ipc_throw (error, IPC_ERROR_IN_USE, IPC_REMOVE_UNUSED, info->name, "%s", why);
}

/* This process's permission to look is gone as well, which only SHM_STAT_ANY does not mind. */
static gboolean
check_unattached (int id, struct shmid_ds *ds, const IpcInfo *info, GError **error)
{
  const int found = stat_segment (id, ds);

  if (found != id)
    return ipc_sysv_throw (error, found < 0 ? errno : EIDRM, "shmctl SHM_STAT_ANY", info->name);

  return ds->shm_nattch == 0 || throw_in_use (info, "a process has just attached it", error);
}

/* Without permissions nobody else gets in; who was quicker has been counted.  ipc-segment-sysv.c
 * looks at the permissions after it has attached. */
static gboolean
remove_segment (int id, struct shmid_ds *ds, const IpcInfo *info, GError **error)
{
  const unsigned short mode = ds->shm_perm.mode;

  ds->shm_perm.mode = 0;
  if (shmctl (id, IPC_SET, ds) != 0)
    return ipc_sysv_throw (error, errno, "shmctl IPC_SET", info->name);

  if (check_unattached (id, ds, info, error)
      && (shmctl (id, IPC_RMID, NULL) == 0
          || ipc_sysv_throw (error, errno, "shmctl IPC_RMID", info->name)))
    return TRUE;

  ds->shm_perm.mode = mode;
  shmctl (id, IPC_SET, ds);
  return FALSE;
}

static gboolean
sysv_remove_unused (IpcInfo *info, GError **error)
{
  const int id = (int) info->id;
  struct shmid_ds ds;

  if (info->kind != IPC_KIND_SEGMENT)
    return throw_in_use (info, "nobody can tell who uses a System V semaphore; unlink it if you know",
                         error);

  if (shmctl (id, IPC_STAT, &ds) != 0)
    return ipc_sysv_throw (error, errno, "shmctl IPC_STAT", info->name);

  if (segment_state (&ds) != IPC_STATE_STALE)
    return throw_in_use (info, ds.shm_nattch > 0 ? "a process has it attached; stop that one first"
                                                 : "who made it or used it last may still live, and"
                                                   " attach it",
                         error);

  return remove_segment (id, &ds, info, error);
}

const IpcListOps ipc_list_sysv_ops = {
  .backend = IPC_BACKEND_SYSV,
  .list = sysv_list,
  .remove_unused = sysv_remove_unused,
};
