/* ipc-list.c: the objects that there are, which of them are in use, and removing the others
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ipc-error-private.h"
#include "ipc-list-private.h"

static gboolean
list_one (const IpcListOps *ops, GPtrArray *infos, GCancellable *cancellable, GError **error)
{
  return !g_cancellable_set_error_if_cancelled (cancellable, error)
         && ops->list (FALSE, infos, cancellable, error);
}

/* What this kernel or this container lacks has no objects. */
static gboolean
list_all (GPtrArray *infos, GCancellable *cancellable, GError **error)
{
  const IpcListOps *ops;

  for (guint i = 0; (ops = ipc_list_ops_nth (i)) != NULL; i++)
    {
      g_autoptr (GError) reason = NULL;

      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        return FALSE;

      if (!ops->list (TRUE, infos, cancellable, &reason)
          && !g_error_matches (reason, IPC_ERROR, IPC_ERROR_NOT_SUPPORTED))
        {
          g_propagate_error (error, g_steal_pointer (&reason));
          return FALSE;
        }
    }

  return TRUE;
}

static const IpcListOps *
find_ops (IpcBackend backend)
{
  const IpcListOps *ops;

  for (guint i = 0; (ops = ipc_list_ops_nth (i)) != NULL; i++)
    if (ops->backend == backend)
      return ops;

  return NULL;
}

static gboolean
throw_cannot_list (IpcBackend backend, GError **error)
{
  const char *name = ipc_backend_get_name (backend);

  return ipc_throw (error, IPC_ERROR_NOT_SUPPORTED, "ipc_info_list", name != NULL ? name : "all",
                    "this system has no list of such objects; ask for them by name");
}

/**
 * ipc_info_list:
 * @backend: a mechanism, or %IPC_BACKEND_NONE for all that this build has
 * @cancellable: (nullable): ends the call with %G_IO_ERROR_CANCELLED, or %NULL
 * @error: return location for a #GError, or %NULL
 *
 * Finds the objects that there are now: System V segments and sets of this IPC namespace, and the
 * segments and semaphores in `/dev/shm`, whoever made them.  Of some only the name and the owner are
 * known, because this user may not see more.  Listing changes nothing and becomes no user of any
 * object; the kernel may make an open(2) of such a file wait for some microseconds meanwhile.
 *
 * Names are spelt as ipc_name_canonicalize() does, a System V object without a key by its id.  A file
 * in `/dev/shm` whose name no object could have is listed under that name all the same.  A native
 * segment is a file that POSIX programs can open as well: it is listed as `native:jobs` if @backend is
 * %IPC_BACKEND_NATIVE, and once, as `posix:/jobs`, if all are listed.
 *
 * On Windows these are the names of this session and the global ones.  Objects are there as long as
 * somebody has them open, so that all are live; only their names and kinds are told, and opening one
 * tells the rest.  A native segment is listed once as well, as `win32:Local\jobs`, if all are listed.
 *
 * Returns: (transfer container) (element-type IpcInfo) (nullable): the objects, in no order, to be
 *   freed by g_ptr_array_unref(), which drops its reference to each; %NULL with
 *   %IPC_ERROR_NOT_SUPPORTED if the system cannot list them, or %IPC_ERROR_PERMISSION_DENIED if
 *   `/dev/shm` may not be read
 * Since: 0.1
 */
GPtrArray *
ipc_info_list (IpcBackend backend, GCancellable *cancellable, GError **error)
{
  g_autoptr (GPtrArray) infos = NULL;
  const IpcListOps *ops;
  gboolean done;

  g_return_val_if_fail (backend >= IPC_BACKEND_NONE && backend <= IPC_BACKEND_WIN32, NULL);
  g_return_val_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable), NULL);

  infos = g_ptr_array_new_with_free_func ((GDestroyNotify) ipc_info_unref);
  ops = backend == IPC_BACKEND_NONE ? ipc_list_ops_nth (0) : find_ops (backend);

  if (ops == NULL)
    done = throw_cannot_list (backend, error);
  else if (backend == IPC_BACKEND_NONE)
    done = list_all (infos, cancellable, error);
  else
    done = list_one (ops, infos, cancellable, error);

  for (guint i = 0; i < infos->len; i++)
    ((IpcInfo *) infos->pdata[i])->listed = TRUE;

  /* Said to be a container: of what is (transfer full) bindings drop each reference themselves, and
   * the array does so as well. */
  return done ? g_steal_pointer (&infos) : NULL;
}

/**
 * ipc_info_get_kind:
 * @self: an #IpcInfo
 *
 * Whether it tells of a segment or of a semaphore.
 *
 * Returns: the kind
 * Since: 0.1
 */
IpcKind
ipc_info_get_kind (IpcInfo *self)
{
  g_return_val_if_fail (self != NULL, IPC_KIND_NONE);

  return self->kind;
}

/**
 * ipc_info_get_state:
 * @self: an #IpcInfo
 *
 * Whether a process used the object when ipc_info_list() looked.  An object that this process has
 * open is always live.
 *
 * - Files in `/dev/shm`, which are native and POSIX segments and semaphores: the kernel knows.
 *   %IPC_STATE_LIVE if any process has the file open or mapped, in whatever container, and
 *   %IPC_STATE_STALE if none has; a process that was killed has not.  %IPC_STATE_UNKNOWN for files of
 *   other users, unless this process is privileged.
 * - System V segments: %IPC_STATE_LIVE while attached.  %IPC_STATE_STALE if not attached, and the
 *   processes that made it and that used it last are gone.  Otherwise %IPC_STATE_UNKNOWN: one of them
 *   lives, or its number is in use again, and it may be about to attach the segment.
 * - On Windows: %IPC_STATE_LIVE, always.
 * - System V semaphores: nobody notes who uses them.  %IPC_STATE_LIVE while somebody waits, otherwise
 *   %IPC_STATE_UNKNOWN.
 *
 * A stale object need not be rubbish: a counter may be meant to outlive its users.
 *
 * Returns: the state
 * Since: 0.1
 */
IpcState
ipc_info_get_state (IpcInfo *self)
{
  g_return_val_if_fail (self != NULL, IPC_STATE_UNKNOWN);

  return self->state;
}

/**
 * ipc_info_get_path:
 * @self: an #IpcInfo
 *
 * Where the object is in the file system.
 *
 * Returns: (transfer none) (nullable) (type filename): the file, if ipc_info_list() found one; it lives
 *   as long as @self
 * Since: 0.1
 */
const char *
ipc_info_get_path (IpcInfo *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->path;
}

/**
 * ipc_info_remove_unused:
 * @self: an #IpcInfo that ipc_info_list() found
 * @error: return location for a #GError, or %NULL
 *
 * Removes the object if it is still the same one and it is certain that no process uses it, also none
 * that is just opening it through this library.  Otherwise nothing is changed.
 *
 * A file in `/dev/shm` is removed under a write lease (fcntl(2)), which the kernel grants only if
 * nobody else has the file open or mapped.  A process that opens it through this library has done so
 * before the lease, which is then refused; or meets the lease and tries again by name; or has the file
 * in its hands later and sees that it has no name any more.  It gets a new object or
 * %IPC_ERROR_NOT_FOUND, as if the removal had been earlier.
 *
 * A process that opens it otherwise, as by shm_open(3), is not excluded, but noticed as a rule: it
 * sleeps in open(2) until the lease ends, and the file gets its name back, unless another file has
 * taken the name within these microseconds.  One that has looked the name up already, and is suspended
 * before it comes to the lease, is not seen; it will have a file without a name, as if it had been
 * removed a moment later.
 *
 * A System V segment first loses its permissions, then its attach count is read once more.  A process
 * that attaches it through this library looks at the permissions afterwards: one of the two sees the
 * other.  A foreign process without privileges cannot attach it meanwhile.  A privileged one that does
 * so between two system calls of this function would keep a segment without a name; nothing in the
 * kernel could exclude that.  Therefore opening a segment that has no permissions at all, mode 0, as
 * only a privileged process can, takes a second: it might be about to be removed.
 *
 * Returns: %TRUE if the object is gone; %FALSE with %IPC_ERROR_IN_USE if it is not certain that it is
 *   unused, %IPC_ERROR_REMOVED if it was gone already, %IPC_ERROR_PERMISSION_DENIED if only its owner
 *   may, %IPC_ERROR_NOT_SUPPORTED if the file system has no leases, or %IPC_ERROR_INVALID_ARGUMENT
 *   if @self does not come from ipc_info_list()
 * Since: 0.1
 */
gboolean
ipc_info_remove_unused (IpcInfo *self, GError **error)
{
  g_return_val_if_fail (self != NULL, FALSE);

  if (!self->listed)
    return ipc_throw (error, IPC_ERROR_INVALID_ARGUMENT, IPC_REMOVE_UNUSED, self->name,
                      "this does not come from ipc_info_list()");

  return find_ops (self->backend)->remove_unused (self, error);
}
