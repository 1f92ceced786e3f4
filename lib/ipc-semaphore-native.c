/* ipc-semaphore-native.c: the row of the library's own semaphores: user-space speed, and units that
 * come back from the dead
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ipc-error-private.h"
#include "ipc-native-private.h"

typedef struct
{
  IpcNative  *native;
  gboolean    single; /* not a set */
  gboolean    undo;
  gboolean    spin;
  IpcHeld     held; /* undo, single */
} NativeSemaphore;

static void
native_close (gpointer handle)
{
  NativeSemaphore *self = handle;

  ipc_native_unref (self->native);
  g_free (self);
}

static gboolean
check_set (const IpcRequest *request, const IpcNative *native, GError **error)
{
  return native->n_values >= request->n_values
         || ipc_throw (error, IPC_ERROR_SIZE_MISMATCH, request->call, request->name->text,
                       "the set has %u semaphores, and %u were asked for",
                       native->n_values, request->n_values);
}

/* What UNDO, or a set, needs later is taken now, so that it is now that it fails. */
static gpointer
native_open (const IpcRequest *request, IpcOpened *opened, GError **error)
{
  IpcNative *native = ipc_native_open (request, opened, error);
  const gboolean undo = (request->flags & IPC_SEMAPHORE_UNDO) != 0;
  NativeSemaphore *self;

  if (native == NULL)
    return NULL;

  if (!check_set (request, native, error)
      || ((undo || native->n_values > 1) && ipc_native_lane (native, request->call, error) < 0))
    {
      if (opened->created)
        ipc_place_unlink (native->place, request->call, NULL);
      ipc_native_unref (native);
      return NULL;
    }

  self = g_new0 (NativeSemaphore, 1);
  self->native = native;
  self->single = native->n_values == 1;
  self->undo = undo;
  self->spin = (request->flags & IPC_SEMAPHORE_SPIN) != 0;
  opened->n_values = native->n_values;
  if (self->single && undo)
    self->held = (IpcHeld){ &native->own->owner, native->word };
  if (self->single && !self->spin) /* whose posts tell more */
    {
      opened->word = undo ? NULL : native->word.word;
      opened->held = self->held;
    }
  return self;
}

static void
native_shut (gpointer handle)
{
  ipc_native_shut (((NativeSemaphore *) handle)->native, handle);
}

/* -- The two calls that must be fast -- */

/* Who waits with SPIN for this process's posts sees where it runs.  Only who gives tells: a waiter that
 * told would find itself there. */
static void
tell_cpu (const NativeSemaphore *self)
{
  atomic_store_explicit (&self->native->file->spinner_cpu, ipc_life_get_cpu () + 1,
                         memory_order_relaxed);
}

typedef enum
{
  AT_ONCE,
  POLITE,  /* what is promised to others is not there */
  PATIENT  /* waits for who is just changing the set */
} Manner;

static IpcOutcome
try_as (const char *call, gpointer handle, const IpcSemaphoreOp *ops, guint n_ops, Manner manner,
        GError **error)
{
  NativeSemaphore *self = handle;
  const IpcNativeTry try = {
    .call = call,
    .ops = ops,
    .n_ops = n_ops,
    .undo = self->undo,
    .polite = manner == POLITE,
    .patient = manner == PATIENT,
  };

  return ipc_native_try (self->native, &try, NULL, error);
}

static IpcOutcome
native_try_operate (gpointer handle, const IpcSemaphoreOp *ops, guint n_ops, const char *call,
                    GError **error)
{
  const NativeSemaphore *self = handle;

  if (self->spin && ops[0].delta > 0)
    tell_cpu (self);

  if (n_ops <= IPC_SET_OPS_MAX)
    return try_as (call, handle, ops, n_ops, AT_ONCE, error);

  ipc_throw (error, IPC_ERROR_INVALID_ARGUMENT, call, self->native->name,
             "%u steps at once; there can be %u", n_ops, IPC_SET_OPS_MAX);
  return IPC_OUTCOME_FAILED;
}

static IpcOutcome
native_try_take (gpointer handle, const char *call, GError **error)
{
  static const IpcSemaphoreOp take = { 0, -1 };
  const NativeSemaphore *self = handle;

  if (G_LIKELY (self->single)
      && (self->undo ? ipc_held_change (&self->held, -1) : ipc_word_try_take (self->native->word.word)))
    return IPC_OUTCOME_DONE;

  /* Who does not want to wait comes again, to native_try_again(). */
  return try_as (call, handle, &take, 1, POLITE, error);
}

/* Giving never has to wait; only a set's lock can be busy, and then for more than the patience. */
static gboolean
native_give (gpointer handle, GError **error)
{
  static const IpcSemaphoreOp give = { 0, +1 };
  const char *call = "ipc_semaphore_post";
  const NativeSemaphore *self = handle;
  IpcOutcome outcome;

  if (self->spin)
    tell_cpu (self);

  if (G_LIKELY (self->single)
      && (self->undo ? ipc_held_change (&self->held, +1) : ipc_word_try_give (self->native->word.word)))
    return TRUE;

  outcome = try_as (call, handle, &give, 1, PATIENT, error);
  return outcome == IPC_OUTCOME_DONE
         || (outcome == IPC_OUTCOME_WOULD_BLOCK
             && ipc_native_throw_stopped (self->native, call, error));
}

static gboolean
native_operate (gpointer handle, const IpcSemaphoreOp *ops, guint n_ops, const IpcWait *wait,
                GError **error)
{
  NativeSemaphore *self = handle;
  IpcNativeTry try = {
    .call = wait->call,
    .ops = ops,
    .n_ops = n_ops,
    .undo = self->undo,
    .polite = TRUE,
  };

  return ipc_native_wait (self->native, &try, handle, self->spin, wait, error);
}

static IpcOutcome
native_try_nap (gpointer handle, const IpcSemaphoreOp *ops, guint n_ops, gboolean slept,
                const char *call, IpcNap *nap, GError **error)
{
  const NativeSemaphore *self = handle;
  const IpcNativeTry try = {
    .call = call,
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

/* Of a set, the lock may be all that stood in the way; of one semaphore, a promise. */
static IpcOutcome
native_try_again (gpointer handle, const IpcSemaphoreOp *ops, guint n_ops, const char *call,
                  GError **error)
{
  native_recover (handle);
  return try_as (call, handle, ops, n_ops, PATIENT, error);
}

/* -- Values and names -- */

static gboolean
native_get_value (gpointer handle, guint index, guint *value, GError **error)
{
  return ipc_native_get_value (((NativeSemaphore *) handle)->native, index, "ipc_semaphore_get_value",
                               value, error);
}

static gboolean
native_set_value (gpointer handle, guint index, guint value, GError **error)
{
  return ipc_native_set_value (((NativeSemaphore *) handle)->native, index, value, error);
}

/* The mark comes first: who dies after it leaves it to the sweeps to find the name gone. */
static gboolean
unlink_native (IpcNative *native, const char *call, GError **error)
{
  if (!ipc_place_is_current (native->place))
    return TRUE;

  atomic_store (&native->file->unlinking, 1);
  if (!ipc_place_unlink (native->place, call, error))
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
  return unlink_native (((NativeSemaphore *) handle)->native, "ipc_semaphore_unlink", error);
}

/* A file that is no semaphore, or may not be opened, has no waiters to be told: its name goes. */
static gboolean
native_unlink_name (const IpcName *name, GError **error)
{
  const char *call = "ipc_semaphore_unlink_name";
  const IpcRequest request = {
    .call = call,
    .name = name,
    .mode = IPC_OPEN_EXISTING,
    .flags = IPC_SEMAPHORE_ANY_OWNER,
  };
  IpcOpened opened = { 0 };
  IpcNative *native = ipc_native_open (&request, &opened, NULL);
  gboolean done;

  if (native == NULL)
    return ipc_place_unlink_name (name, call, error);

  done = unlink_native (native, call, error);
  ipc_native_unref (native);
  return done;
}

static gboolean
native_is_current (gpointer handle)
{
  return ipc_place_is_current (((NativeSemaphore *) handle)->native->place);
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
