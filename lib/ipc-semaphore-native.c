/* ipc-semaphore-native.c: the row of the library's own semaphores: user-space speed, and units that
 * come back from the dead
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ipc-error-private.h"
#include "ipc-native-private.h"
#include "ipc-publish-private.h"

#include <sched.h>

#define FILE_PREFIX "ipc-sem."

typedef struct
{
  IpcNative  *native;
  gboolean    single; /* not a set */
  gboolean    undo;
  gboolean    spin;
  IpcSleepers sleepers;
} NativeSemaphore;

static char *
file_of (const IpcName *name)
{
  return g_strconcat (FILE_PREFIX, name->plain, NULL);
}

static void
native_close (gpointer handle)
{
  NativeSemaphore *self = handle;

  ipc_native_unref (self->native);
  g_mutex_clear (&self->sleepers.lock);
  g_free (self);
}

static gboolean
check_set (const IpcRequest *request, const IpcNative *native, GError **error)
{
  return native->n_values >= request->n_values
         || ipc_throw (error, IPC_ERROR_SIZE_MISMATCH, "ipc_semaphore_new_full",
                       request->name->text, "the set has %u semaphores, and %u were asked for",
                       native->n_values, request->n_values);
}

static IpcNative *
open_native (const IpcRequest *request, IpcOpened *opened, GError **error)
{
  g_autofree char *file = file_of (request->name);
  const IpcPublish publish = {
    .call = "ipc_semaphore_open",
    .file = file,
    .request = request,
    .any_owner_flag = IPC_SEMAPHORE_ANY_OWNER,
    .fill = ipc_native_file_fill,
    .data = (gpointer) request,
  };
  IpcNative *native;
  struct stat st;
  int fd = ipc_publish_open (&publish, &opened->created, &st, error);

  if (fd < 0)
    return NULL;

  native = ipc_native_get (fd, &st, request->name, file, error);
  if (native == NULL && opened->created)
    ipc_publish_unlink (file, &st, "unlink", request->name->text, NULL);

  opened->permissions = st.st_mode & 0777;
  return native;
}

/* What UNDO, or a set, needs later is taken now, so that it is now that it fails. */
static gpointer
native_open (const IpcRequest *request, IpcOpened *opened, GError **error)
{
  IpcNative *native = open_native (request, opened, error);
  const gboolean undo = (request->flags & IPC_SEMAPHORE_UNDO) != 0;
  NativeSemaphore *self;

  if (native == NULL)
    return NULL;

  if (!check_set (request, native, error)
      || ((undo || native->n_values > 1) && ipc_native_lane (native, error) < 0))
    {
      if (opened->created)
        ipc_publish_unlink (native->file_name, &native->st, "unlink", native->name, NULL);
      ipc_native_unref (native);
      return NULL;
    }

  self = g_new0 (NativeSemaphore, 1);
  self->native = native;
  self->single = native->n_values == 1;
  self->undo = undo;
  self->spin = (request->flags & IPC_SEMAPHORE_SPIN) != 0;
  g_mutex_init (&self->sleepers.lock);
  opened->n_values = native->n_values;
  return self;
}

static void
native_shut (gpointer handle)
{
  NativeSemaphore *self = handle;

  ipc_sleepers_shut (&self->sleepers);
}

/* -- The two calls that must be fast -- */

/* Who waits with SPIN for this process's posts sees where it runs.  Only posts tell: a waiter that
 * told would find itself there. */
static void
tell_cpu (const NativeSemaphore *self)
{
  atomic_store_explicit (&self->native->file->spinner_cpu, (uint32_t) sched_getcpu () + 1,
                         memory_order_relaxed);
}

/* TRUE: done.  FALSE: not, or not that simply. */
static gboolean
apply_held (const NativeSemaphore *self, const IpcPlan *plan)
{
  IpcNative *native = self->native;
  const int lane = ipc_native_lane_if_any (native);
  IpcWordResult result;
  uint64_t before;

  if (lane < 0)
    return FALSE;

  ipc_life_guard (&native->own->guard);
  result = ipc_word_apply_held (&native->word, lane, plan, 0, &before);
  ipc_life_unguard (&native->own->guard);

  if (result == IPC_WORD_DONE && (before & IPC_WORD_FLAGS))
    ipc_native_wake (native, before, plan->net);

  return result == IPC_WORD_DONE;
}

static IpcOutcome
try_as (const char *call, gpointer handle, const IpcSemaphoreOp *ops, guint n_ops, gboolean patient,
        GError **error)
{
  NativeSemaphore *self = handle;
  const IpcNativeTry try = {
    .call = call,
    .ops = ops,
    .n_ops = n_ops,
    .undo = self->undo,
    .patient = patient,
  };

  return ipc_native_try (self->native, &try, NULL, error);
}

static IpcOutcome
native_try_operate (gpointer handle, const IpcSemaphoreOp *ops, guint n_ops, GError **error)
{
  const char *call = "ipc_semaphore_operate";

  if (n_ops <= IPC_SET_OPS_MAX)
    return try_as (call, handle, ops, n_ops, FALSE, error);

  ipc_throw (error, IPC_ERROR_INVALID_ARGUMENT, call, ((NativeSemaphore *) handle)->native->name,
             "%u steps at once; there can be %u", n_ops, IPC_SET_OPS_MAX);
  return IPC_OUTCOME_FAILED;
}

static IpcOutcome
native_try_take (gpointer handle, GError **error)
{
  static const IpcPlan plan = { .need = 1, .room = IPC_WORD_VALUE_MAX, .exact = -1, .net = -1 };
  static const IpcSemaphoreOp take = { 0, -1 };
  const NativeSemaphore *self = handle;

  if (G_LIKELY (self->single)
      && (self->undo ? apply_held (self, &plan) : ipc_word_try_take (&self->native->word)))
    return IPC_OUTCOME_DONE;

  return try_as ("ipc_semaphore_wait", handle, &take, 1, FALSE, error);
}

/* Giving never has to wait; only a set's lock can be busy, and then for more than the patience. */
static gboolean
native_give (gpointer handle, GError **error)
{
  static const IpcPlan plan = { .room = IPC_WORD_VALUE_MAX - 1, .exact = -1, .net = +1 };
  static const IpcSemaphoreOp give = { 0, +1 };
  const char *call = "ipc_semaphore_post";
  const NativeSemaphore *self = handle;
  IpcOutcome outcome;

  if (self->spin)
    tell_cpu (self);

  if (G_LIKELY (self->single)
      && (self->undo ? apply_held (self, &plan) : ipc_word_try_give (&self->native->word)))
    return TRUE;

  outcome = try_as (call, handle, &give, 1, TRUE, error);
  return outcome == IPC_OUTCOME_DONE
         || (outcome == IPC_OUTCOME_WOULD_BLOCK
             && ipc_native_throw_stopped (self->native, call, error));
}

static gboolean
native_operate (gpointer handle, const IpcSemaphoreOp *ops, guint n_ops, const IpcWait *wait,
                GError **error)
{
  NativeSemaphore *self = handle;
  IpcNativeTry try = { .call = wait->call, .ops = ops, .n_ops = n_ops, .undo = self->undo };

  return ipc_native_wait (self->native, &try, &self->sleepers, self->spin, wait, error);
}

static IpcOutcome
native_try_nap (gpointer handle, const IpcSemaphoreOp *ops, guint n_ops, gboolean slept, IpcNap *nap,
                GError **error)
{
  const NativeSemaphore *self = handle;
  const IpcNativeTry try = {
    .call = "ipc_semaphore_operate_async",
    .ops = ops,
    .n_ops = n_ops,
    .undo = self->undo,
    .slept = slept,
  };

  return ipc_native_try (self->native, &try, nap, error);
}

static void
native_dispatch (gpointer handle, IpcQueue *queue)
{
  ipc_native_dispatch (((NativeSemaphore *) handle)->native, queue);
}

static gboolean
native_recover (gpointer handle)
{
  const NativeSemaphore *self = handle;

  return ipc_native_sweep (self->native, FALSE).found;
}

/* Of a set, the lock may be all that stood in the way. */
static IpcOutcome
native_try_again (gpointer handle, const IpcSemaphoreOp *ops, guint n_ops, GError **error)
{
  const NativeSemaphore *self = handle;

  if (!native_recover (handle) && self->single)
    return IPC_OUTCOME_WOULD_BLOCK;

  return try_as ("ipc_semaphore_operate", handle, ops, n_ops, TRUE, error);
}

/* -- Values and names -- */

static gboolean
native_get_value (gpointer handle, guint index, guint *value, GError **error)
{
  return ipc_native_get_value (((NativeSemaphore *) handle)->native, index, value, error);
}

static gboolean
native_set_value (gpointer handle, guint index, guint value, GError **error)
{
  return ipc_native_set_value (((NativeSemaphore *) handle)->native, index, value, error);
}

/* The mark comes first: who dies after it leaves it to the sweeps to find the name gone. */
static gboolean
unlink_native (IpcNative *native, GError **error)
{
  if (!ipc_publish_is_current (native->file_name, &native->st))
    return TRUE;

  atomic_store (&native->file->unlinking, 1);
  if (!ipc_publish_unlink (native->file_name, &native->st, "ipc_semaphore_unlink", native->name,
                           error))
    {
      atomic_store (&native->file->unlinking, 0);
      return FALSE;
    }

  ipc_native_remove (native);
  return TRUE;
}

static gboolean
native_unlink (gpointer handle, GError **error)
{
  return unlink_native (((NativeSemaphore *) handle)->native, error);
}

/* A file that is no semaphore, or may not be opened, has no waiters to be told: its name goes. */
static gboolean
native_unlink_name (const IpcName *name, GError **error)
{
  const IpcRequest request = {
    .name = name,
    .mode = IPC_OPEN_EXISTING,
    .flags = IPC_SEMAPHORE_ANY_OWNER,
  };
  g_autofree char *file = file_of (name);
  IpcOpened opened = { 0 };
  IpcNative *native = open_native (&request, &opened, NULL);
  gboolean done;

  if (native == NULL)
    return ipc_publish_unlink_name (file, "ipc_semaphore_unlink_name", name->text, error);

  done = unlink_native (native, error);
  ipc_native_unref (native);
  return done;
}

static gboolean
native_is_current (gpointer handle)
{
  const IpcNative *native = ((NativeSemaphore *) handle)->native;

  return ipc_publish_is_current (native->file_name, &native->st);
}

static gboolean
native_get_info (gpointer handle, guint index, IpcInfo *info, GError **error)
{
  return ipc_native_get_info (((NativeSemaphore *) handle)->native, index, info, error);
}

const IpcSemaphoreOps ipc_semaphore_native_ops = {
  .backend = IPC_BACKEND_NATIVE,
  .max_value = IPC_WORD_VALUE_MAX,
  .max_size = IPC_SET_MAX,
  .has_undo = TRUE,
  .has_zero = TRUE,
  .open = native_open,
  .shut = native_shut,
  .close = native_close,
  .try_operate = native_try_operate,
  .recover = native_recover,
  .try_again = native_try_again,
  .operate = native_operate,
  .try_nap = native_try_nap,
  .dispatch = native_dispatch,
  .try_take = native_try_take,
  .give = native_give,
  .get_value = native_get_value,
  .set_value = native_set_value,
  .unlink = native_unlink,
  .unlink_name = native_unlink_name,
  .is_current = native_is_current,
  .get_info = native_get_info,
  .get_id = NULL,
};
