/* ipc-win32-private.h: what the mechanisms of Windows have in common
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "ipc-backend-private.h"
#include <ipc/ipc-error.h>

#define WIN32_LEAN_AND_MEAN
#include <windows.h>

/* -- Errors -- */

/* @code is GetLastError() as the call left it.  The usual remedy is added where there is one. */
gboolean ipc_throw_win32 (GError **error, DWORD code, const char *call, const char *object);
gpointer ipc_null_throw_win32 (GError **error, DWORD code, const char *call, const char *object);

/* Replaces the usual remedy by a better one. */
gboolean ipc_throw_win32_remedy (GError **error, DWORD code, const char *call, const char *object,
                                 const char *remedy);

IpcError ipc_error_from_win32 (DWORD code);

/* -- Names -- */

/* The name of the kernel object in UTF-16: that of a win32: name verbatim, that of a plain one in
 * this session's namespace, behind @prefix.  To be freed by g_free(). */
wchar_t *ipc_win32_object_name (const IpcName *name, const char *prefix);

/* -- Who may -- */

/* What reading and writing mean for one type of object, as its access rights; @all is what its
 * Create call asks of one that exists. */
typedef struct
{
  DWORD read, write, all;
} IpcRights;

/* For a Create call: the current user, his primary group and everybody may what @permissions say,
 * and nobody else may anything.  NULL with @error set; to be freed by ipc_security_free(). */
typedef struct _IpcSecurity IpcSecurity;

IpcSecurity         *ipc_security_new (guint permissions, const IpcRights *rights,
                                       const char *object, GError **error);
/* For an object that is not complete yet: nobody may anything but ask who may. */
IpcSecurity         *ipc_security_new_pending (const char *object, GError **error);
SECURITY_ATTRIBUTES *ipc_security_attributes (IpcSecurity *self);
void                 ipc_security_free (IpcSecurity *self);

/* Makes @self the security of @handle: the end of being pending. */
gboolean ipc_security_apply (IpcSecurity *self, HANDLE handle, const char *object, GError **error);

/* Whether @handle, which has READ_CONTROL, is still pending. */
gboolean ipc_security_is_pending (HANDLE handle);

/* Who may use @handle, as permissions.  FALSE with IPC_ERROR_UNTRUSTED unless it belongs to this
 * user or the system's administrators and others may write to it only as request->permissions say,
 * or if that cannot be found out; @any_owner: only finds out. */
gboolean ipc_security_check (HANDLE handle, const IpcRights *rights, const IpcRequest *request,
                             gboolean any_owner, const char *call, guint *permissions,
                             GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (IpcSecurity, ipc_security_free)

/* -- Sections: what CreateFileMapping() makes -- */

extern const IpcRights ipc_section_rights;

/* A new one of at least @bytes bytes of zeros, without a name if @name is NULL, pending: others can
 * open it once ipc_section_publish() was called.  @flags: SEC_LARGE_PAGES or 0.  NULL with @error
 * set: IPC_ERROR_EXISTS if the name is taken. */
HANDLE   ipc_section_create (const wchar_t *name, guint64 bytes, DWORD flags, const char *object,
                             GError **error);
gboolean ipc_section_publish (HANDLE section, guint permissions, const char *object, GError **error);

/* One that exists, with FILE_MAP_READ and, if @access says so, FILE_MAP_WRITE; bears with one that is
 * still pending, for a second at most.  Says nothing of trust.  NULL with @error set. */
HANDLE   ipc_section_open (const wchar_t *name, DWORD access, const IpcRequest *request,
                           GError **error);

/* How many handles of all processes there are, or 0 if that cannot be found out. */
guint    ipc_section_count_handles (HANDLE section);

/* The bytes of address space behind a view, if all of it can be touched; else 0. */
gsize    ipc_section_view_size (gconstpointer view);

/* -- Handles that close themselves -- */

typedef HANDLE IpcHandle;

static inline void
ipc_handle_clear (IpcHandle *self)
{
  if (*self != NULL)
    CloseHandle (*self);
  *self = NULL;
}

static inline HANDLE
ipc_handle_steal (IpcHandle *self)
{
  const HANDLE handle = *self;

  *self = NULL;
  return handle;
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (IpcHandle, ipc_handle_clear)

/* -- Time -- */

/* Milliseconds from now until @until (monotonic microseconds, or IPC_DEADLINE_NEVER), as the waiting
 * calls take them: rounded up, so that nobody wakes too early. */
static inline DWORD
ipc_win32_ms_until (gint64 until)
{
  const gint64 left = until - g_get_monotonic_time ();

  if (until == IPC_DEADLINE_NEVER)
    return INFINITE;

  return left <= 0 ? 0 : (DWORD) MIN ((left + 999) / 1000, G_MAXINT32);
}
