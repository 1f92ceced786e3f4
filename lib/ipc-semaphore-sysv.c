/* ipc-semaphore-sysv.c: semaphore sets of System V: semop(2), semctl(2)
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ipc-error-private.h"
#include "ipc-info-private.h"
#include "ipc-semaphore-sysv-private.h"

#include <errno.h>

#define SYSV_VALUE_MAX 32767 /* SEMVMX, fixed by the kernel */
#define SYSV_SIZE_MAX 65535  /* what a short counts; the kernel's SEMMSL is usually less */

typedef struct
{
  int   id;
  int   key;  /* 0: opened by id */
  short undo; /* SEM_UNDO or 0 */
  char *name;
} SysvSemaphore;

static gpointer
sysv_open (const IpcRequest *request, IpcOpened *opened, GError **error)
{
  int id = ipc_semaphore_sysv_open (request, opened, error);
  SysvSemaphore *self;

  if (id < 0)
    return NULL;

  self = g_new (SysvSemaphore, 1);
  self->id = id;
  self->key = request->name->key;
  self->undo = request->flags & IPC_SEMAPHORE_UNDO ? SEM_UNDO : 0;
  self->name = g_strdup (request->name->text);
  return self;
}

static void
sysv_close (gpointer handle)
{
  SysvSemaphore *self = handle;

  g_free (self->name);
  g_free (self);
}

/* Nothing to wake: a wait that another thread may end looks up every IPC_SLICE_US.  What was taken
 * under UNDO belongs to the process and not to this handle, and returns when the process ends. */
static void
sysv_shut (gpointer handle G_GNUC_UNUSED)
{
}

static gboolean
throw_semop (const SysvSemaphore *self, int errsv, GError **error)
{
  if (errsv == E2BIG)
    return ipc_throw_errno_remedy (error, errsv, "semop", self->name,
                                   "so many steps at once as the third number in "
                                   "/proc/sys/kernel/sem (SEMOPM) says");
  if (errsv == ENOSPC || errsv == ENOMEM)
    return ipc_throw_errno_remedy (error, errsv, "semop", self->name,
                                   "the kernel has no room to note what to give back (UNDO)");

  return ipc_sysv_throw (error, errsv, "semop", self->name);
}

/* @timeout: NULL for ever; what semtimedop(2) counts runs on the monotonic clock. */
static int
sysv_semop (const SysvSemaphore *self, const IpcSemaphoreOp *ops, guint n_ops, short flags,
            const struct timespec *timeout)
{
  struct sembuf few[8];
  g_autofree struct sembuf *many = n_ops > G_N_ELEMENTS (few) ? g_new (struct sembuf, n_ops) : NULL;
  struct sembuf *sops = many != NULL ? many : few;

  for (guint i = 0; i < n_ops; i++)
    {
      sops[i].sem_num = (unsigned short) ops[i].index;
      sops[i].sem_op = (short) ops[i].delta;
      sops[i].sem_flg = flags | self->undo;
    }

  return semtimedop (self->id, sops, n_ops, timeout);
}

static IpcOutcome
sysv_refused (const SysvSemaphore *self, int errsv, GError **error)
{
  if (errsv == EAGAIN)
    return IPC_OUTCOME_WOULD_BLOCK;

  throw_semop (self, errsv, error);
  return IPC_OUTCOME_FAILED;
}

static IpcOutcome
sysv_try_operate (gpointer handle, const IpcSemaphoreOp *ops, guint n_ops,
                  const char *call G_GNUC_UNUSED, GError **error)
{
  const SysvSemaphore *self = handle;
  int r;

  do
    r = sysv_semop (self, ops, n_ops, IPC_NOWAIT, NULL);
  while (r < 0 && errno == EINTR);

  return r == 0 ? IPC_OUTCOME_DONE : sysv_refused (self, errno, error);
}

static gboolean
sysv_operate (gpointer handle, const IpcSemaphoreOp *ops, guint n_ops, const IpcWait *wait,
              GError **error)
{
  const SysvSemaphore *self = handle;

  do
    {
      const gint64 sleep_us = ipc_wait_next_sleep (wait);
      const struct timespec timeout = { sleep_us / G_USEC_PER_SEC,
                                        sleep_us % G_USEC_PER_SEC * 1000 };

      if (sysv_semop (self, ops, n_ops, 0, sleep_us < 0 ? NULL : &timeout) == 0)
        return TRUE;
      if (errno != EAGAIN && errno != EINTR)
        return throw_semop (self, errno, error);
    }
  while (ipc_wait_goes_on (wait, error));

  return FALSE;
}

/* -- The two calls that must be fast: one step, and nothing before the system call -- */

static IpcOutcome
sysv_try_take (gpointer handle, const char *call G_GNUC_UNUSED, GError **error)
{
  const SysvSemaphore *self = handle;
  struct sembuf take = { .sem_op = -1, .sem_flg = IPC_NOWAIT | self->undo };

  /* What does not sleep is not interrupted. */
  return G_LIKELY (semop (self->id, &take, 1) == 0) ? IPC_OUTCOME_DONE
                                                     : sysv_refused (self, errno, error);
}

/* Adding never waits, so IPC_NOWAIT is never answered by EAGAIN. */
static gboolean
sysv_give (gpointer handle, GError **error)
{
  const SysvSemaphore *self = handle;
  struct sembuf give = { .sem_op = +1, .sem_flg = IPC_NOWAIT | self->undo };

  return G_LIKELY (semop (self->id, &give, 1) == 0) || throw_semop (self, errno, error);
}

static gboolean
sysv_ask (const SysvSemaphore *self, guint index, int command, const char *call, gint64 *answer,
          GError **error)
{
  int r = semctl (self->id, (int) index, command);

  if (r < 0)
    return ipc_sysv_throw (error, errno, call, self->name);

  *answer = r;
  return TRUE;
}

static gboolean
sysv_get_value (gpointer handle, guint index, guint *value, GError **error)
{
  gint64 answer = 0;

  if (!sysv_ask (handle, index, GETVAL, "semctl GETVAL", &answer, error))
    return FALSE;

  *value = (guint) answer;
  return TRUE;
}

static gboolean
sysv_set_value (gpointer handle, guint index, guint value, GError **error)
{
  const SysvSemaphore *self = handle;

  if (self->undo)
    return ipc_throw (error, IPC_ERROR_NOT_SUPPORTED, "semctl SETVAL", self->name,
                      "setting a value wipes what every process would give back when it ends; "
                      "post and wait instead, or open it without UNDO");

  return semctl (self->id, (int) index, SETVAL, (union semun) { .val = (int) value }) == 0
         || ipc_sysv_throw (error, errno, "semctl SETVAL", self->name);
}

/* The name of a set opened by its id is the id, and gone means gone. */
static gboolean
sysv_is_current (gpointer handle)
{
  const SysvSemaphore *self = handle;
  struct semid_ds ds;

  if (self->key == 0)
    return ipc_semaphore_sysv_stat (self->id, &ds);

  return semget (self->key, 0, 0) == self->id;
}

static gboolean
sysv_unlink (gpointer handle, GError **error)
{
  const SysvSemaphore *self = handle;

  return semctl (self->id, 0, IPC_RMID) == 0 || errno == EIDRM || errno == EINVAL
         || ipc_throw_errno (error, errno, "semctl IPC_RMID", self->name);
}

static gboolean
sysv_get_info (gpointer handle, guint index, IpcInfo *info, GError **error)
{
  const SysvSemaphore *self = handle;
  struct semid_ds ds;
  gint64 pid = 0;

  if (!ipc_semaphore_sysv_stat (self->id, &ds))
    return ipc_sysv_throw (error, errno, "semctl IPC_STAT", self->name);

  ipc_sysv_fill_info (&ds.sem_perm, info);
  info->id = self->id;
  info->size = (gint64) ds.sem_nsems;
  info->change_time = ipc_info_time (ds.sem_ctime);
  info->use_time = ipc_info_time (ds.sem_otime);

  if (!sysv_ask (self, index, GETVAL, "semctl GETVAL", &info->value, error)
      || !sysv_ask (self, index, GETNCNT, "semctl GETNCNT", &info->waiters, error)
      || !sysv_ask (self, index, GETZCNT, "semctl GETZCNT", &info->zero_waiters, error)
      || !sysv_ask (self, index, GETPID, "semctl GETPID", &pid, error))
    return FALSE;

  info->last_pid = ipc_sysv_pid (pid);
  return TRUE;
}

static int
sysv_get_id (gpointer handle)
{
  const SysvSemaphore *self = handle;

  return self->id;
}

const IpcSemaphoreOps ipc_semaphore_sysv_ops = {
  .backend = IPC_BACKEND_SYSV,
  .max_value = SYSV_VALUE_MAX,
  .max_size = SYSV_SIZE_MAX,
  .has_undo = TRUE,
  .has_zero = TRUE,
  .open = sysv_open,
  .shut = sysv_shut,
  .close = sysv_close,
  .try_operate = sysv_try_operate,
  .operate = sysv_operate,
  .try_take = sysv_try_take,
  .give = sysv_give,
  .get_value = sysv_get_value,
  .set_value = sysv_set_value,
  .unlink = sysv_unlink,
  .unlink_name = ipc_semaphore_sysv_unlink_name,
  .is_current = sysv_is_current,
  .get_info = sysv_get_info,
  .get_id = sysv_get_id,
};
