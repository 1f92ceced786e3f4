/* ipc-semaphore-sysv-open.c: make or find a System V semaphore set: semget(2)
 *
 * A set has two moments: semget() makes it, and then its values are set.  Its creator marks the
 * end of the second by one semop(), which sets sem_otime; openers wait for that.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ipc-error-private.h"
#include "ipc-open-private.h"
#include "ipc-semaphore-sysv-private.h"

#include <errno.h>

/* One opening, for the steps of ipc_open_by_steps(). */
typedef struct
{
  const IpcRequest *request;
  IpcOpened        *opened;
  int               id;
} SysvOpening;

gboolean
ipc_semaphore_sysv_stat (int id, struct semid_ds *ds)
{
  return semctl (id, 0, IPC_STAT, (union semun) { .buf = ds }) == 0;
}

static gboolean
throw_semget (int errsv, const IpcRequest *request, GError **error)
{
  const char *remedy = NULL;

  if (errsv == ENOSPC)
    remedy = "the limit of sets (SEMMNI) or of semaphores (SEMMNS) is reached: remove leftovers "
             "(ipcs -s, ipcrm), or raise the fourth or second number in /proc/sys/kernel/sem "
             "(sysctl kernel.sem)";
  else if (errsv == EINVAL)
    remedy = "a set may have as many semaphores as the first number in /proc/sys/kernel/sem "
             "(SEMMSL) says";

  return remedy != NULL
             ? ipc_throw_errno_remedy (error, errsv, "semget", request->name->text, remedy)
             : ipc_throw_errno (error, errsv, "semget", request->name->text);
}

static gboolean
throw_initialise (int errsv, const char *call, const IpcRequest *request, GError **error)
{
  return errsv == EACCES
             ? ipc_throw_errno_remedy (error, errsv, call, request->name->text,
                                       "the permissions of a new set must let its owner read and "
                                       "write, or it cannot be given its values")
             : ipc_sysv_throw (error, errsv, call, request->name->text);
}

/* Every value, then the mark.  The mark changes nothing: wait for zero where the value is zero,
 * take and give a unit where there is one.  If a foreign program was quicker to use the set, its
 * semop() was the mark and ours may fail. */
static gboolean
sysv_initialise (int id, const IpcRequest *request, GError **error)
{
  g_autofree unsigned short *values = g_new (unsigned short, request->n_values);
  struct sembuf take_and_give[] = { { 0, -1, IPC_NOWAIT }, { 0, +1, IPC_NOWAIT } };
  struct sembuf zero = { 0, 0, IPC_NOWAIT };
  int r;

  for (guint i = 0; i < request->n_values; i++)
    values[i] = (unsigned short) request->values[i];

  if (semctl (id, 0, SETALL, (union semun) { .array = values }) != 0)
    return throw_initialise (errno, "semctl SETALL", request, error);

  r = values[0] == 0 ? semop (id, &zero, 1) : semop (id, take_and_give, 2);
  return r == 0 || errno == EAGAIN || throw_initialise (errno, "semop", request, error);
}

static gboolean
sysv_make (gpointer data, GError **error)
{
  SysvOpening *opening = data;
  const IpcRequest *request = opening->request;
  int id;

  if (request->name->id >= 0)
    return ipc_throw (error, IPC_ERROR_INVALID_ARGUMENT, "semget", request->name->text,
                      "an id names what exists; create by a key, then ask for its id");

  id = semget (request->name->key, (int) request->n_values,
               IPC_CREAT | IPC_EXCL | (int) request->permissions);
  if (id < 0)
    return throw_semget (errno, request, error);

  if (!sysv_initialise (id, request, error))
    {
      semctl (id, 0, IPC_RMID);
      return FALSE;
    }

  opening->id = id;
  opening->opened->created = TRUE;
  opening->opened->permissions = request->permissions;
  opening->opened->n_values = request->n_values;
  return TRUE;
}

/* What goes between semget(2) and the next call is not found; only who has it open sees it removed. */
static gboolean
throw_semctl (int errsv, const char *call, const IpcName *name, GError **error)
{
  if (errsv != EINVAL && errsv != EIDRM)
    return ipc_throw_errno (error, errsv, call, name->text);

  return ipc_throw (error, IPC_ERROR_NOT_FOUND, call, name->text, "%s",
                    name->id >= 0 ? "there is no set of this id; ipcs -s lists them"
                                  : "it was just removed; create it first");
}

/* Fills @ds when the creator is done, or after the patience that a foreign creator gets, who may
 * never leave a mark. */
static gboolean
sysv_settle (int id, const IpcRequest *request, struct semid_ds *ds, GError **error)
{
  const gint64 deadline = ipc_deadline_after (IPC_PATIENCE_US);
  g_autoptr (GError) cancelled = NULL;

  while (ds->sem_otime == 0 && ipc_wait_for_creator (deadline, request->cancellable, &cancelled))
    if (!ipc_semaphore_sysv_stat (id, ds))
      return throw_semctl (errno, "semctl IPC_STAT", request->name, error);

  if (cancelled == NULL)
    return TRUE;

  g_propagate_error (error, g_steal_pointer (&cancelled));
  return FALSE;
}

static gboolean
sysv_find (gpointer data, GError **error)
{
  SysvOpening *opening = data;
  const IpcRequest *request = opening->request;
  const char *call = request->call;
  struct semid_ds ds;
  int id = request->name->id >= 0 ? request->name->id : semget (request->name->key, 0, 0);

  if (id < 0)
    return throw_semget (errno, request, error);

  if (!ipc_semaphore_sysv_stat (id, &ds))
    return throw_semctl (errno, "semctl IPC_STAT", request->name, error);

  if (!ipc_sysv_check_owner (&ds.sem_perm, request, request->flags & IPC_SEMAPHORE_ANY_OWNER, call,
                             error)
      || !sysv_settle (id, request, &ds, error))
    return FALSE;

  if (ds.sem_nsems < request->n_values)
    return ipc_throw (error, IPC_ERROR_SIZE_MISMATCH, call, request->name->text,
                      "the set has %lu semaphores, and %u were asked for",
                      (unsigned long) ds.sem_nsems, request->n_values);

  opening->id = id;
  opening->opened->permissions = ds.sem_perm.mode & 0777;
  opening->opened->n_values = (guint) ds.sem_nsems;
  return TRUE;
}

gboolean
ipc_semaphore_sysv_unlink_name (const IpcName *name, GError **error)
{
  int id = name->id >= 0 ? name->id : semget (name->key, 0, 0);

  if (id < 0)
    return ipc_throw_errno (error, errno, "semget", name->text);

  return semctl (id, 0, IPC_RMID) == 0
         || throw_semctl (errno, "semctl IPC_RMID", name, error);
}

/* Whoever has the old set finds it removed. */
static gboolean
sysv_remove (gpointer data, GError **error)
{
  SysvOpening *opening = data;
  g_autoptr (GError) reason = NULL;

  if (opening->request->name->id >= 0
      || ipc_semaphore_sysv_unlink_name (opening->request->name, &reason)
      || ipc_error_is_absent (reason))
    return TRUE;

  g_propagate_error (error, g_steal_pointer (&reason));
  return FALSE;
}

int
ipc_semaphore_sysv_open (const IpcRequest *request, IpcOpened *opened, GError **error)
{
  static const IpcOpenSteps steps = { sysv_find, sysv_make, sysv_remove };
  SysvOpening opening = { request, opened, -1 };

  return ipc_open_by_steps (request, &steps, &opening, error) ? opening.id : -1;
}
