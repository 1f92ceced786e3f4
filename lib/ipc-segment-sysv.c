/* ipc-segment-sysv.c: System V shared memory: shmget(2), shmat(2), shmctl(2)
 *
 * shmget() makes a segment whole: with its size, its permissions and zeros.  The mapping ends by
 * munmap(2), which the kernel counts as shmdt(2) does.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ipc-error-private.h"
#include "ipc-info-private.h"
#include "ipc-open-private.h"
#include "ipc-pages-private.h"
#include "ipc-sysv-private.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/shm.h>

/* Of <linux/shm.h>, which a C library need not repeat. */
#ifndef SHM_DEST
# define SHM_DEST 01000
#endif
#ifndef SHM_HUGETLB
# define SHM_HUGETLB 04000
#endif

/* What the creator needs to attach the segment, whatever its permissions are to be. */
#define SYSV_OWNER_ACCESS 0600

typedef struct
{
  int   id;
  int   key; /* 0: opened by id */
  char *name;
} SysvSegment;

/* One opening, for the steps of ipc_open_by_steps(). */
typedef struct
{
  const IpcRequest *request;
  IpcOpened        *opened;
  int               id;
} SysvOpening;

static int
sysv_id_of (const IpcName *name)
{
  return name->id >= 0 ? name->id : shmget (name->key, 0, 0);
}

/* Which limit it was: the kernel has one code for both. */
static gboolean
throw_limit (const IpcRequest *request, int errsv, GError **error)
{
  struct shminfo limits = { 0 };
  struct shm_info used = { 0 };

  shmctl (0, IPC_INFO, (struct shmid_ds *) &limits);
  shmctl (0, SHM_INFO, (struct shmid_ds *) (gpointer) &used);

  if ((unsigned long) used.used_ids >= limits.shmmni)
    return ipc_throw (error, IPC_ERROR_NO_SPACE, "shmget", request->name->text,
                      "%s; there are %d segments, as many as /proc/sys/kernel/shmmni allows: "
                      "remove leftovers (ipcs -m, ipcrm), or raise it (sysctl kernel.shmmni)",
                      g_strerror (errsv), used.used_ids);

  return ipc_throw (error, IPC_ERROR_NO_SPACE, "shmget", request->name->text,
                    "%s; all segments together may have %lu pages (/proc/sys/kernel/shmall), and "
                    "%lu are in use: remove leftovers (ipcs -m, ipcrm), or raise it "
                    "(sysctl kernel.shmall)",
                    g_strerror (errsv), limits.shmall, used.shm_tot);
}

static gboolean
throw_too_large (const IpcRequest *request, int errsv, GError **error)
{
  struct shminfo limits = { 0 };

  shmctl (0, IPC_INFO, (struct shmid_ds *) &limits);
  return ipc_throw (error, IPC_ERROR_NO_SPACE, "shmget", request->name->text,
                    "%s; %" G_GSIZE_FORMAT " bytes were asked for, and a segment may have %lu "
                    "(/proc/sys/kernel/shmmax), and no more than the memory there is",
                    g_strerror (errsv), request->size, limits.shmmax);
}

static gboolean
throw_shmget (int errsv, const IpcRequest *request, GError **error)
{
  switch (errsv)
    {
    case ENOSPC:
      return throw_limit (request, errsv, error);
    case EINVAL:
    case ENOMEM:
      return throw_too_large (request, errsv, error);
    default:
      return ipc_throw_errno (error, errsv, "shmget", request->name->text);
    }
}

static gboolean
throw_stat (int errsv, const IpcName *name, const char *call, GError **error)
{
  if (name->id >= 0 && (errsv == EINVAL || errsv == EIDRM))
    return ipc_throw (error, IPC_ERROR_NOT_FOUND, call, name->text,
                      "there is no segment of this id; ipcs -m lists them");

  return ipc_sysv_throw (error, errsv, call, name->text);
}

/* -- Attaching -- */

static gpointer
sysv_shmat (int id, gsize size, const IpcRequest *request)
{
  const int access = request->flags & IPC_SEGMENT_READ_ONLY ? SHM_RDONLY : 0;
  gpointer place = request->flags & IPC_SEGMENT_HUGE_PAGES ? ipc_pages_place (size) : NULL;
  gpointer data = shmat (id, place, access);

  /* The place was only a hint, and unlike mmap(2) it is refused when it is taken. */
  if (data == (gpointer) -1 && place != NULL && errno == EINVAL)
    data = shmat (id, NULL, access);

  return data;
}

static gboolean
sysv_attach (int id, gsize size, const IpcRequest *request, IpcOpened *opened, GError **error)
{
  gpointer data = sysv_shmat (id, size, request);

  if (data == (gpointer) -1)
    return ipc_sysv_throw (error, errno, "shmat", request->name->text);

  opened->data = data;
  opened->size = size;
  opened->mapped = ipc_pages_extent (data, size);
  if (ipc_pages_prepare (request, opened, error))
    return TRUE;

  munmap (opened->data, opened->mapped);
  return FALSE;
}

/* -- The steps of opening -- */

static gboolean
find_once (SysvOpening *opening, GError **error)
{
  const IpcRequest *request = opening->request;
  struct shmid_ds ds;

  opening->id = sysv_id_of (request->name);
  if (opening->id < 0)
    return ipc_throw_errno (error, errno, "shmget", request->name->text);
  if (shmctl (opening->id, IPC_STAT, &ds) != 0)
    return throw_stat (errno, request->name, "shmctl IPC_STAT", error);

  if (!ipc_sysv_check_owner (&ds.shm_perm, request, request->flags & IPC_SEGMENT_ANY_OWNER,
                             "shmget", error)
      || !ipc_pages_check_size (request, ds.shm_segsz, error)
      || !sysv_attach (opening->id, ds.shm_segsz, request, opening->opened, error))
    return FALSE;

  opening->opened->permissions = ds.shm_perm.mode & 0777;
  return TRUE;
}

/* ipc_info_remove_unused() takes the permissions away, then counts who has it attached; here it is
 * attached first.  One of the two sees the other. */
static gboolean
may_be_going (SysvOpening *opening)
{
  struct shmid_ds ds = { 0 }; /* valgrind does not know that SHM_STAT_ANY fills it */

  if (opening->id < 0 || shmctl (opening->id, SHM_STAT_ANY, &ds) != opening->id)
    return FALSE;

  opening->opened->permissions = ds.shm_perm.mode & 0777;
  return opening->opened->permissions == 0;
}

/* Gone, or with its permissions again, within moments; or it never had any. */
static gboolean
sysv_find (gpointer data, GError **error)
{
  const gint64 deadline = ipc_deadline_after (IPC_PATIENCE_US);
  SysvOpening *opening = data;

  for (;;)
    {
      g_autoptr (GError) reason = NULL;
      const gboolean found = find_once (opening, &reason);

      if (may_be_going (opening)
          && ipc_wait_for_creator (deadline, opening->request->cancellable, NULL))
        {
          if (found)
            munmap (opening->opened->data, opening->opened->mapped);
          continue;
        }

      if (!found)
        g_propagate_error (error, g_steal_pointer (&reason));
      return found;
    }
}

/* Reserved huge pages if they were asked for and there are enough. */
static int
sysv_shmget (const IpcRequest *request)
{
  const int flags = IPC_CREAT | IPC_EXCL | SYSV_OWNER_ACCESS | (int) request->permissions;
  int id = -1;

  if (request->flags & IPC_SEGMENT_HUGE_PAGES)
    id = shmget (request->name->key, request->size, flags | SHM_HUGETLB);

  return id >= 0 ? id : shmget (request->name->key, request->size, flags);
}

/* Takes away again what only the creator needed. */
static gboolean
sysv_set_permissions (int id, const IpcRequest *request, GError **error)
{
  struct shmid_ds ds;

  if ((request->permissions & SYSV_OWNER_ACCESS) == SYSV_OWNER_ACCESS)
    return TRUE;

  if (shmctl (id, IPC_STAT, &ds) != 0)
    return ipc_sysv_throw (error, errno, "shmctl IPC_STAT", request->name->text);

  ds.shm_perm.mode = (unsigned short) request->permissions;
  return shmctl (id, IPC_SET, &ds) == 0
         || ipc_sysv_throw (error, errno, "shmctl IPC_SET", request->name->text);
}

static gboolean
sysv_make (gpointer data, GError **error)
{
  SysvOpening *opening = data;
  const IpcRequest *request = opening->request;

  if (request->name->id >= 0)
    return ipc_throw (error, IPC_ERROR_INVALID_ARGUMENT, "shmget", request->name->text,
                      "an id names what exists; create by a key, then ask for its id");

  opening->id = sysv_shmget (request);
  if (opening->id < 0)
    return throw_shmget (errno, request, error);

  if (!sysv_attach (opening->id, request->size, request, opening->opened, error))
    {
      shmctl (opening->id, IPC_RMID, NULL);
      return FALSE;
    }

  if (!sysv_set_permissions (opening->id, request, error))
    {
      munmap (opening->opened->data, opening->opened->mapped);
      shmctl (opening->id, IPC_RMID, NULL);
      return FALSE;
    }

  opening->opened->created = TRUE;
  opening->opened->permissions = request->permissions;
  return TRUE;
}

static gboolean
sysv_unlink_name (const IpcName *name, GError **error)
{
  const int id = sysv_id_of (name);

  if (id < 0)
    return ipc_throw_errno (error, errno, "shmget", name->text);

  return shmctl (id, IPC_RMID, NULL) == 0
         || throw_stat (errno, name, "shmctl IPC_RMID", error);
}

/* A key cannot pass from one segment to another, so that there is a moment without one. */
static gboolean
sysv_remove (gpointer data, GError **error)
{
  const SysvOpening *opening = data;
  g_autoptr (GError) reason = NULL;

  if (opening->request->name->id >= 0 || sysv_unlink_name (opening->request->name, &reason)
      || ipc_error_is_absent (reason))
    return TRUE;

  g_propagate_error (error, g_steal_pointer (&reason));
  return FALSE;
}

static gpointer
sysv_open (const IpcRequest *request, IpcOpened *opened, GError **error)
{
  static const IpcOpenSteps steps = { sysv_find, sysv_make, sysv_remove };
  SysvOpening opening = { request, opened, -1 };
  SysvSegment *self;

  if (!ipc_open_by_steps (request, &steps, &opening, error))
    return NULL;

  self = g_new (SysvSegment, 1);
  self->id = opening.id;
  self->key = request->name->key;
  self->name = g_strdup (request->name->text);
  return self;
}

/* -- Afterwards -- */

static void
sysv_close (gpointer handle)
{
  SysvSegment *self = handle;

  g_free (self->name);
  g_free (self);
}

static gboolean
sysv_unlink (gpointer handle, GError **error)
{
  const SysvSegment *self = handle;

  return shmctl (self->id, IPC_RMID, NULL) == 0 || errno == EINVAL || errno == EIDRM
         || ipc_throw_errno (error, errno, "shmctl IPC_RMID", self->name);
}

/* A removed segment that somebody still has attached keeps its id but has no key any more. */
static gboolean
sysv_is_current (gpointer handle)
{
  const SysvSegment *self = handle;
  struct shmid_ds ds;

  if (self->key != 0)
    return shmget (self->key, 0, 0) == self->id;

  return shmctl (self->id, IPC_STAT, &ds) == 0 && (ds.shm_perm.mode & SHM_DEST) == 0;
}

static gboolean
sysv_get_info (gpointer handle, IpcInfo *info, GError **error)
{
  const SysvSegment *self = handle;
  struct shmid_ds ds;

  if (shmctl (self->id, IPC_STAT, &ds) != 0)
    return ipc_sysv_throw (error, errno, "shmctl IPC_STAT", self->name);

  ipc_sysv_fill_info (&ds.shm_perm, info);
  info->id = self->id;
  ipc_sysv_fill_segment (&ds, info);
  return TRUE;
}

static int
sysv_get_id (gpointer handle)
{
  const SysvSegment *self = handle;

  return self->id;
}

const IpcSegmentOps ipc_segment_sysv_ops = {
  .backend = IPC_BACKEND_SYSV,
  .open = sysv_open,
  .close = sysv_close,
  .unlink = sysv_unlink,
  .unlink_name = sysv_unlink_name,
  .is_current = sysv_is_current,
  .get_info = sysv_get_info,
  .get_id = sysv_get_id,
};
