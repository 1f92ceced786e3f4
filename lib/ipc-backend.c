/* ipc-backend.c: the mechanisms that were built in
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ipc-backend-private.h"
#include "ipc-error-private.h"

static const IpcSegmentOps *const segment_ops[] = {
#ifdef BACKEND_POSIX
  &ipc_segment_native_ops,
  &ipc_segment_posix_ops,
#endif
#ifdef BACKEND_SYSV
  &ipc_segment_sysv_ops,
#endif
};

static const IpcSemaphoreOps *const semaphore_ops[] = {
#ifdef BACKEND_NATIVE
  &ipc_semaphore_native_ops,
#endif
#ifdef BACKEND_POSIX
  &ipc_semaphore_posix_ops,
#endif
#ifdef BACKEND_SYSV
  &ipc_semaphore_sysv_ops,
#endif
};

static gpointer
throw_no_backend (GError **error, IpcBackend backend, const char *call, const char *object,
                  const char *kind)
{
  return ipc_null_throw (error, IPC_ERROR_NOT_SUPPORTED, call, object,
                         "this build of libipc has no %s %ss; "
                         "see the table of backends in its documentation",
                         ipc_backend_get_name (backend), kind);
}

const IpcSegmentOps *
ipc_segment_ops_lookup (IpcBackend backend, const char *call, const char *object, GError **error)
{
  for (gsize i = 0; i < G_N_ELEMENTS (segment_ops); i++)
    if (segment_ops[i]->backend == backend)
      return segment_ops[i];

  return throw_no_backend (error, backend, call, object, "segment");
}

const IpcSemaphoreOps *
ipc_semaphore_ops_lookup (IpcBackend backend, const char *call, const char *object, GError **error)
{
  for (gsize i = 0; i < G_N_ELEMENTS (semaphore_ops); i++)
    if (semaphore_ops[i]->backend == backend)
      return semaphore_ops[i];

  return throw_no_backend (error, backend, call, object, "semaphore");
}

/**
 * ipc_backend_is_available:
 * @backend: a mechanism
 *
 * Whether this build of the library has @backend.  The kernel is not asked: what it refuses is
 * told when an object is opened.
 *
 * Returns: %TRUE if names may ask for it
 * Since: 0.1
 */
gboolean
ipc_backend_is_available (IpcBackend backend)
{
  return ipc_segment_ops_lookup (backend, "", "", NULL) != NULL
         || ipc_semaphore_ops_lookup (backend, "", "", NULL) != NULL;
}
