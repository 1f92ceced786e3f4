/* ipc-semaphore-win32.c: Win32 semaphores: CreateSemaphoreW, ReleaseSemaphore
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ipc-error-private.h"
#include "ipc-info-private.h"
#include "ipc-open-private.h"
#include "ipc-win32-private.h"

#define WIN32_VALUE_MAX 2147483647u /* LONG_MAX */
#define USE_RIGHTS (SYNCHRONIZE | SEMAPHORE_MODIFY_STATE)

typedef struct
{
  HANDLE semaphore;
  HANDLE shut; /* an event: waits are over */
  char  *name;
  guint  permissions;
} Win32Semaphore;

/* Who may read may wait, and who may write may post. */
static const IpcRights rights = { SYNCHRONIZE, SEMAPHORE_MODIFY_STATE, SEMAPHORE_ALL_ACCESS };

/* -- Opening -- */

typedef struct
{
  const IpcRequest *request;
  Win32Semaphore   *semaphore;
  wchar_t          *wide;
  gboolean          created;
} Opening;

static void
win32_close (gpointer handle)
{
  Win32Semaphore *self = handle;

  ipc_handle_clear (&self->semaphore);
  ipc_handle_clear (&self->shut);
  g_free (self->name);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Win32Semaphore, win32_close)

static gboolean
win32_find (gpointer data, GError **error)
{
  Opening *opening = data;
  Win32Semaphore *self = opening->semaphore;
  const gboolean any = (opening->request->flags & IPC_SEMAPHORE_ANY_OWNER) != 0;

  self->semaphore = OpenSemaphoreW (USE_RIGHTS | READ_CONTROL, FALSE, opening->wide);
  if (self->semaphore == NULL && any && GetLastError () == ERROR_ACCESS_DENIED)
    self->semaphore = OpenSemaphoreW (USE_RIGHTS, FALSE, opening->wide);
  if (self->semaphore == NULL)
    return ipc_throw_win32 (error, GetLastError (), "OpenSemaphore", self->name);

  if (ipc_security_check (self->semaphore, &rights, opening->request, any, "OpenSemaphore",
                          &self->permissions, error))
    return TRUE;

  ipc_handle_clear (&self->semaphore);
  return FALSE;
}

static gboolean
win32_make (gpointer data, GError **error)
{
  Opening *opening = data;
  Win32Semaphore *self = opening->semaphore;
  const IpcRequest *request = opening->request;
  g_autoptr (IpcSecurity) security = ipc_security_new (request->permissions, &rights, self->name,
                                                       error);

  if (security == NULL)
    return FALSE;

  SetLastError (ERROR_SUCCESS);
  self->semaphore = CreateSemaphoreExW (ipc_security_attributes (security),
                                        (LONG) request->values[0], WIN32_VALUE_MAX, opening->wide,
                                        0, USE_RIGHTS);
  if (self->semaphore != NULL && GetLastError () != ERROR_ALREADY_EXISTS)
    {
      self->permissions = request->permissions;
      opening->created = TRUE;
      return TRUE;
    }

  ipc_throw_win32 (error, GetLastError (), "CreateSemaphore", self->name);
  ipc_handle_clear (&self->semaphore);
  return FALSE;
}

/* For who replaces: a name can only be taken when nobody has it. */
static gboolean
win32_remove (gpointer data, GError **error)
{
  const Opening *opening = data;
  g_auto (IpcHandle) found = OpenSemaphoreW (SYNCHRONIZE, FALSE, opening->wide);

  return (found == NULL && GetLastError () == ERROR_FILE_NOT_FOUND)
         || ipc_throw (error, IPC_ERROR_NOT_SUPPORTED, "CreateSemaphore", opening->semaphore->name,
                       "a win32: semaphore cannot be replaced: its name goes with the last handle; "
                       "let the others close it, or use a plain name (native:)");
}

static gpointer
win32_open (const IpcRequest *request, IpcOpened *opened, GError **error)
{
  static const IpcOpenSteps steps = { win32_find, win32_make, win32_remove };
  g_autoptr (Win32Semaphore) self = g_new0 (Win32Semaphore, 1);
  g_autofree wchar_t *wide = ipc_win32_object_name (request->name, "");
  Opening opening = { request, self, wide, FALSE };

  self->name = g_strdup (request->name->text);
  self->shut = CreateEventW (NULL, TRUE, FALSE, NULL);
  if (self->shut == NULL)
    return ipc_null_throw_win32 (error, GetLastError (), "CreateEvent", self->name);
  if (!ipc_open_by_steps (request, &steps, &opening, error))
    return NULL;

  opened->created = opening.created;
  opened->permissions = self->permissions;
  opened->n_values = 1;
  return g_steal_pointer (&self);
}

static void
win32_shut (gpointer handle)
{
  SetEvent (((Win32Semaphore *) handle)->shut);
}

/* -- Giving and taking -- */

static gboolean
win32_give (gpointer handle, GError **error)
{
  const Win32Semaphore *self = handle;

  return ReleaseSemaphore (self->semaphore, 1, NULL)
         || ipc_throw_win32 (error, GetLastError (), "ReleaseSemaphore", self->name);
}

static IpcOutcome
win32_try_take (gpointer handle, const char *call G_GNUC_UNUSED, GError **error)
{
  const Win32Semaphore *self = handle;

  switch (WaitForSingleObject (self->semaphore, 0))
    {
    case WAIT_OBJECT_0:
      return IPC_OUTCOME_DONE;
    case WAIT_TIMEOUT:
      return IPC_OUTCOME_WOULD_BLOCK;
    default:
      ipc_throw_win32 (error, GetLastError (), "WaitForSingleObject", self->name);
      return IPC_OUTCOME_FAILED;
    }
}

/* Several units of one Win32 semaphore cannot be taken at once. */
static gboolean
check_delta (const Win32Semaphore *self, int delta, const char *call, GError **error)
{
  return delta == 1 || delta == -1
         || ipc_throw (error, IPC_ERROR_NOT_SUPPORTED, call, self->name,
                       "a change by %d; win32 semaphores give or take one unit at a time; "
                       "native: ones can do more", delta);
}

static IpcOutcome
win32_try_operate (gpointer handle, const IpcSemaphoreOp *ops, guint n_ops G_GNUC_UNUSED,
                   const char *call, GError **error)
{
  if (!check_delta (handle, ops[0].delta, call, error))
    return IPC_OUTCOME_FAILED;

  if (ops[0].delta > 0)
    return win32_give (handle, error) ? IPC_OUTCOME_DONE : IPC_OUTCOME_FAILED;

  return win32_try_take (handle, call, error);
}

/* The unit comes first: where it and a reason to stop come at once it is taken and not lost. */
static gboolean
wait_for (const Win32Semaphore *self, HANDLE cancel, const IpcWait *wait, GError **error)
{
  const HANDLE handles[] = { self->semaphore, self->shut, cancel };
  const DWORD n = cancel != NULL ? 3 : 2;

  do
    {
      const DWORD r = WaitForMultipleObjects (n, handles, FALSE, ipc_win32_ms_until (wait->deadline));

      if (r == WAIT_OBJECT_0)
        return TRUE;
      if (r == WAIT_FAILED)
        return ipc_throw_win32 (error, GetLastError (), "WaitForMultipleObjects", self->name);
    }
  while (ipc_wait_goes_on (wait, error));

  return FALSE;
}

/* Only a take can have to wait.  A pollable cancellable is there, or GLib has ended the program. */
static gboolean
win32_operate (gpointer handle, const IpcSemaphoreOp *ops G_GNUC_UNUSED, guint n_ops G_GNUC_UNUSED,
               const IpcWait *wait, GError **error)
{
  GPollFD cancel = { .fd = 0 };
  const gboolean pollable = g_cancellable_make_pollfd (wait->cancellable, &cancel);
  const gboolean done = wait_for (handle, pollable ? (HANDLE) (gintptr) cancel.fd : NULL, wait, error);

  if (pollable)
    g_cancellable_release_fd (wait->cancellable);

  return done;
}

/* -- The name, which the system takes away when it likes to -- */

static gboolean
throw_unlink (const char *call, const char *object, GError **error)
{
  return ipc_throw (error, IPC_ERROR_NOT_SUPPORTED, call, object,
                    "a win32: name cannot be removed: it goes when the last process closes it; "
                    "close it, or use a plain name (native:)");
}

static gboolean
win32_unlink (gpointer handle, GError **error)
{
  return throw_unlink ("ipc_semaphore_unlink", ((Win32Semaphore *) handle)->name, error);
}

static gboolean
win32_unlink_name (const IpcName *name, GError **error)
{
  g_autofree wchar_t *wide = ipc_win32_object_name (name, "");
  g_auto (IpcHandle) found = OpenSemaphoreW (SYNCHRONIZE, FALSE, wide);

  if (found == NULL && GetLastError () != ERROR_ACCESS_DENIED)
    return ipc_throw_win32 (error, GetLastError (), "ipc_semaphore_unlink_name", name->text);

  return throw_unlink ("ipc_semaphore_unlink_name", name->text, error);
}

static gboolean
win32_is_current (gpointer handle G_GNUC_UNUSED)
{
  return TRUE;
}

static gboolean
win32_get_info (gpointer handle, guint index G_GNUC_UNUSED, IpcInfo *info,
                GError **error G_GNUC_UNUSED)
{
  info->size = 1;
  info->permissions = ((const Win32Semaphore *) handle)->permissions;
  return TRUE;
}

const IpcSemaphoreOps ipc_semaphore_win32_ops = {
  .backend = IPC_BACKEND_WIN32,
  .max_value = WIN32_VALUE_MAX,
  .max_size = 1,
  .has_undo = FALSE,
  .has_zero = FALSE,
  .open = win32_open,
  .shut = win32_shut,
  .close = win32_close,
  .try_operate = win32_try_operate,
  .operate = win32_operate,
  .try_take = win32_try_take,
  .give = win32_give,
  .get_value = NULL,
  .set_value = NULL,
  .unlink = win32_unlink,
  .unlink_name = win32_unlink_name,
  .is_current = win32_is_current,
  .get_info = win32_get_info,
  .get_id = NULL,
};
