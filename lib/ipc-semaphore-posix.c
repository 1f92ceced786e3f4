/* ipc-semaphore-posix.c: POSIX semaphores: sem_post(3), sem_clockwait(3)
 *
 * The file of a named semaphore is opened, checked and mapped here and not by sem_open(3), which
 * would follow a FIFO, map a file that is too short, and cut the permissions by the umask.  The
 * file is the same: /dev/shm/sem.NAME, holding one sem_t, as glibc makes it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ipc-clockwait-private.h"
#include "ipc-error-private.h"
#include "ipc-info-private.h"
#include "ipc-publish-private.h"

#include <errno.h>
#include <semaphore.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define POSIX_VALUE_MAX 2147483647u /* SEM_VALUE_MAX of glibc */

typedef struct
{
  sem_t      *sem;
  guint32     shared; /* what the word of it must be that says who shares it */
  guint       shared_at;
  char       *name;
  char       *file;
  struct stat st;
} PosixSemaphore;

/* -- A word that must be right -- */

/* A sem_t says in one of its words whether processes share it, which becomes a part of what the
 * kernel is asked for: a peer that writes nonsense there makes glibc end this process.  The word is
 * the one that sem_init(3) writes differently for the two.  Who writes there at the very moment of a
 * call, or during a sleep, is not found out; native semaphores stand that, too. */
static void
find_shared_word (PosixSemaphore *self)
{
  union { sem_t sem; guint32 words[sizeof (sem_t) / sizeof (guint32)]; } own, shared;

  memset (&own, 0, sizeof own);
  memset (&shared, 0, sizeof shared);
  sem_init (&own.sem, FALSE, 0);
  sem_init (&shared.sem, TRUE, 0);

  while (self->shared_at < G_N_ELEMENTS (own.words) - 1
         && own.words[self->shared_at] == shared.words[self->shared_at])
    self->shared_at++;
  self->shared = shared.words[self->shared_at];
}

static gboolean
is_sound (const PosixSemaphore *self, const char *call, GError **error)
{
  const guint32 *words = (const guint32 *) self->sem;

  return G_LIKELY (__atomic_load_n (&words[self->shared_at], __ATOMIC_RELAXED) == self->shared)
         || ipc_throw (error, IPC_ERROR_CORRUPT, call, self->name,
                       "a process has written nonsense into its memory; unlink it and create it "
                       "again");
}

/* -- Opening -- */

static sem_t *
map_semaphore (int fd, const char *object, GError **error)
{
  sem_t *sem = mmap (NULL, sizeof (sem_t), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

  return sem != MAP_FAILED ? sem : ipc_null_throw_errno (error, errno, "mmap", object);
}

static void
unmap_semaphore (PosixSemaphore *self)
{
  if (self->sem != NULL)
    munmap (self->sem, sizeof (sem_t));

  self->sem = NULL;
}

/* One opening, for the file that it may make. */
typedef struct
{
  const IpcRequest *request;
  PosixSemaphore   *semaphore;
} PosixOpening;

/* The mapping stays: nothing is left that can fail once the file has its name. */
static gboolean
posix_fill (int fd, gpointer data, GError **error)
{
  const PosixOpening *opening = data;
  PosixSemaphore *self = opening->semaphore;

  unmap_semaphore (self);
  if (!ipc_publish_reserve (fd, sizeof (sem_t), "sem_open", self->name, error))
    return FALSE;

  self->sem = map_semaphore (fd, self->name, error);
  return self->sem != NULL
         && (sem_init (self->sem, TRUE, opening->request->values[0]) == 0
             || ipc_throw_errno (error, errno, "sem_init", self->name));
}

/* A peer of another word size has a sem_t of another size: 16 bytes and 32 with glibc. */
static gboolean
check_size (const struct stat *st, const char *object, GError **error)
{
  return st->st_size == sizeof (sem_t)
         || ipc_throw (error, IPC_ERROR_CORRUPT, "sem_open", object,
                       "a file of %" G_GINT64_FORMAT " bytes is no semaphore of this program, which"
                       " has %" G_GSIZE_FORMAT "; 32-bit and 64-bit programs cannot share one",
                       (gint64) st->st_size, sizeof (sem_t));
}

static void
posix_close (gpointer handle)
{
  PosixSemaphore *self = handle;

  unmap_semaphore (self);
  g_free (self->name);
  g_free (self->file);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PosixSemaphore, posix_close)

/* What was found.  A file that was made in vain, since another process was faster, goes. */
static gboolean
posix_map (PosixSemaphore *self, int fd, GError **error)
{
  unmap_semaphore (self);
  if (!check_size (&self->st, self->name, error))
    return FALSE;

  self->sem = map_semaphore (fd, self->name, error);
  return self->sem != NULL && is_sound (self, "sem_open", error);
}

static gpointer
posix_open (const IpcRequest *request, IpcOpened *opened, GError **error)
{
  g_autoptr (PosixSemaphore) self = g_new0 (PosixSemaphore, 1);
  PosixOpening opening = { request, self };
  gboolean mapped;
  int fd;

  find_shared_word (self);
  self->name = g_strdup (request->name->text);
  self->file = g_strconcat (IPC_NAME_POSIX_SEMAPHORE, request->name->plain, NULL);

  const IpcPublish publish = {
    .call = "sem_open",
    .file = self->file,
    .request = request,
    .any_owner_flag = IPC_SEMAPHORE_ANY_OWNER,
    .fill = posix_fill,
    .data = &opening,
  };

  fd = ipc_publish_open (&publish, &opened->created, &self->st, error);
  if (fd < 0)
    return NULL;

  mapped = opened->created || posix_map (self, fd, error);
  close (fd);
  if (!mapped)
    return NULL;

  opened->permissions = self->st.st_mode & 0777;
  opened->n_values = 1;
  return g_steal_pointer (&self);
}

/* Nothing to wake: a wait that another thread may end looks up every IPC_SLICE_US. */
static void
posix_shut (gpointer handle G_GNUC_UNUSED)
{
}

static gboolean
posix_give (gpointer handle, GError **error)
{
  const PosixSemaphore *self = handle;

  return is_sound (self, "sem_post", error)
         && (sem_post (self->sem) == 0
             || ipc_throw_errno (error, errno, "sem_post", self->name));
}

static IpcOutcome
posix_try_take (gpointer handle, const char *call G_GNUC_UNUSED, GError **error)
{
  const PosixSemaphore *self = handle;

  if (!is_sound (self, "sem_trywait", error))
    return IPC_OUTCOME_FAILED;
  if (sem_trywait (self->sem) == 0)
    return IPC_OUTCOME_DONE;
  if (errno == EAGAIN)
    return IPC_OUTCOME_WOULD_BLOCK;

  ipc_throw_errno (error, errno, "sem_trywait", self->name);
  return IPC_OUTCOME_FAILED;
}

/* Several units of one POSIX semaphore cannot be given or taken at once. */
static gboolean
check_delta (const PosixSemaphore *self, int delta, const char *call, GError **error)
{
  return delta == 1 || delta == -1
         || ipc_throw (error, IPC_ERROR_NOT_SUPPORTED, call, self->name,
                       "a change by %d; posix semaphores give or take one unit at a time; "
                       "native: ones can do more", delta);
}

static IpcOutcome
posix_try_operate (gpointer handle, const IpcSemaphoreOp *ops, guint n_ops G_GNUC_UNUSED,
                   const char *call, GError **error)
{
  if (!check_delta (handle, ops[0].delta, call, error))
    return IPC_OUTCOME_FAILED;

  if (ops[0].delta > 0)
    return posix_give (handle, error) ? IPC_OUTCOME_DONE : IPC_OUTCOME_FAILED;

  return posix_try_take (handle, call, error);
}

/* g_get_monotonic_time() counts CLOCK_MONOTONIC, so that a deadline can be handed down as it is. */
static int
sem_wait_until (sem_t *sem, gint64 until)
{
  const struct timespec ts = { until / G_USEC_PER_SEC, until % G_USEC_PER_SEC * 1000 };

  return ipc_sem_clockwait (sem, &ts);
}

/* Only a take can have to wait. */
static gboolean
posix_operate (gpointer handle, const IpcSemaphoreOp *ops G_GNUC_UNUSED,
               guint n_ops G_GNUC_UNUSED, const IpcWait *wait, GError **error)
{
  const PosixSemaphore *self = handle;

  do
    {
      const gint64 sleep_us = ipc_wait_next_sleep (wait);
      int r;

      if (!is_sound (self, "sem_clockwait", error))
        return FALSE;

      r = sleep_us < 0 ? sem_wait (self->sem)
                       : sem_wait_until (self->sem, g_get_monotonic_time () + sleep_us);
      if (r == 0)
        return TRUE;
      if (errno != ETIMEDOUT && errno != EINTR)
        return ipc_throw_errno (error, errno, "sem_clockwait", self->name);
    }
  while (ipc_wait_goes_on (wait, error));

  return FALSE;
}

static gboolean
posix_get_value (gpointer handle, guint index G_GNUC_UNUSED, guint *value, GError **error)
{
  const PosixSemaphore *self = handle;
  int found = 0;

  if (sem_getvalue (self->sem, &found) != 0)
    return ipc_throw_errno (error, errno, "sem_getvalue", self->name);

  *value = (guint) MAX (found, 0);
  return TRUE;
}

static gboolean
posix_unlink (gpointer handle, GError **error)
{
  const PosixSemaphore *self = handle;

  return ipc_publish_unlink (self->file, &self->st, "sem_unlink", self->name, error);
}

static gboolean
posix_unlink_name (const IpcName *name, GError **error)
{
  g_autofree char *file = g_strconcat (IPC_NAME_POSIX_SEMAPHORE, name->plain, NULL);

  return ipc_publish_unlink_name (file, "sem_unlink", name->text, error);
}

static gboolean
posix_is_current (gpointer handle)
{
  const PosixSemaphore *self = handle;

  return ipc_publish_is_current (self->file, &self->st);
}

static gboolean
posix_get_info (gpointer handle, guint index, IpcInfo *info, GError **error)
{
  const PosixSemaphore *self = handle;
  guint value = 0;

  if (!posix_get_value (handle, index, &value, error))
    return FALSE;

  info->value = value;
  info->size = 1;
  info->uid = self->st.st_uid;
  info->gid = self->st.st_gid;
  info->permissions = self->st.st_mode & 0777;
  info->change_time = ipc_info_time (self->st.st_ctim.tv_sec);
  return TRUE;
}

const IpcSemaphoreOps ipc_semaphore_posix_ops = {
  .backend = IPC_BACKEND_POSIX,
  .max_value = POSIX_VALUE_MAX,
  .max_size = 1,
  .has_undo = FALSE,
  .has_zero = FALSE,
  .open = posix_open,
  .shut = posix_shut,
  .close = posix_close,
  .try_operate = posix_try_operate,
  .operate = posix_operate,
  .try_take = posix_try_take,
  .give = posix_give,
  .get_value = posix_get_value,
  .set_value = NULL,
  .unlink = posix_unlink,
  .unlink_name = posix_unlink_name,
  .is_current = posix_is_current,
  .get_info = posix_get_info,
  .get_id = NULL,
};
