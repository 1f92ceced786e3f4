/* ipc-backend.c: the mechanisms that were built in
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ipc-backend-private.h"
#include "ipc-error-private.h"
#include "ipc-list-private.h"

static const IpcSegmentOps *const segment_ops[] = {
#ifdef BACKEND_WIN32
  &ipc_segment_native_win32_ops,
  &ipc_segment_win32_ops,
#endif
#ifdef BACKEND_POSIX
  &ipc_segment_native_ops,
  &ipc_segment_posix_ops,
#endif
#ifdef BACKEND_SYSV
  &ipc_segment_sysv_ops,
#endif
  NULL
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
#ifdef BACKEND_WIN32
  &ipc_semaphore_win32_ops,
#endif
  NULL
};

/* Segments without a name. */
static const IpcSegmentOps *const anonymous_ops[] = {
#ifdef BACKEND_WIN32
  &ipc_segment_section_ops,
#endif
#ifdef BACKEND_POSIX
  &ipc_segment_memfd_ops,
#endif
  NULL
};

/* Those that can be listed. */
static const IpcListOps *const list_ops[] = {
#ifdef BACKEND_NATIVE
  &ipc_list_native_ops,
#endif
#ifdef BACKEND_WIN32
  &ipc_list_win32_ops,
#endif
#ifdef BACKEND_POSIX
  &ipc_list_posix_ops,
#endif
#ifdef BACKEND_SYSV
  &ipc_list_sysv_ops,
#endif
  NULL
};

/* What to use instead. */
static const char *
remedy (void)
{
#ifdef BACKEND_WIN32
  return "use a plain name (native:), or win32: to meet other programs of this system";
#else
  return "use a plain name (native:), or posix: or sysv: to meet other programs of this system";
#endif
}

const IpcListOps *
ipc_list_ops_nth (guint i)
{
  return i < G_N_ELEMENTS (list_ops) ? list_ops[i] : NULL;
}

static gpointer
throw_no_backend (GError **error, IpcBackend backend, const char *call, const char *object,
                  const char *kind)
{
  return ipc_null_throw (error, IPC_ERROR_NOT_SUPPORTED, call, object,
                         "this build of libipc has no %s %ss; %s", ipc_backend_get_name (backend),
                         kind, remedy ());
}

const IpcSegmentOps *
ipc_segment_ops_lookup (IpcBackend backend, const char *call, const char *object, GError **error)
{
  for (gsize i = 0; segment_ops[i] != NULL; i++)
    if (segment_ops[i]->backend == backend)
      return segment_ops[i];

  return throw_no_backend (error, backend, call, object, "segment");
}

const IpcSemaphoreOps *
ipc_semaphore_ops_lookup (IpcBackend backend, const char *call, const char *object, GError **error)
{
  for (gsize i = 0; semaphore_ops[i] != NULL; i++)
    if (semaphore_ops[i]->backend == backend)
      return semaphore_ops[i];

  return throw_no_backend (error, backend, call, object, "semaphore");
}

const IpcSegmentOps *
ipc_segment_anonymous_ops (const char *call, GError **error)
{
  return anonymous_ops[0] != NULL ? anonymous_ops[0]
                                  : throw_no_backend (error, IPC_BACKEND_NATIVE, call,
                                                      IPC_NAME_NONE, "anonymous segment");
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
