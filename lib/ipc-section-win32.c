/* ipc-section-win32.c: sections: made, published, opened
 *
 * A name is there from the moment in which CreateFileMapping() makes the object, so that it cannot
 * be completed first and named then.  Instead it is made with an access control list that lets
 * nobody in, and gets the one that it shall have when it is complete.  If its maker dies before
 * that, the object goes with it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ipc-error-private.h"
#include "ipc-win32-private.h"

#include <winternl.h>

const IpcRights ipc_section_rights = {
  .read = SECTION_QUERY | SECTION_MAP_READ,
  .write = SECTION_MAP_WRITE,
  .all = SECTION_ALL_ACCESS,
};

/* Whether any object bears the name, one that this user may not open as well. */
static gboolean
is_taken (const wchar_t *name)
{
  const HANDLE found = OpenFileMappingW (READ_CONTROL, FALSE, name);

  if (found == NULL)
    return GetLastError () == ERROR_ACCESS_DENIED;

  CloseHandle (found);
  return TRUE;
}

static gpointer
throw_not_made (const wchar_t *name, DWORD code, const char *object, GError **error)
{
  const char *call = "CreateFileMapping";

  /* An existing one is opened with all rights, which others may not have. */
  if (code == ERROR_ACCESS_DENIED && is_taken (name))
    code = ERROR_ALREADY_EXISTS;
  if (code == ERROR_ACCESS_DENIED)
    ipc_throw_win32_remedy (error, code, call, object,
                            "names in Global\\ take the privilege to create global objects; "
                            "take one in Local\\");
  else
    ipc_throw_win32 (error, code, call, object);

  return NULL;
}

HANDLE
ipc_section_create (const wchar_t *name, guint64 bytes, DWORD flags, const char *object,
                    GError **error)
{
  g_autoptr (IpcSecurity) pending = ipc_security_new_pending (object, error);
  HANDLE section;

  if (pending == NULL)
    return NULL;

  section = CreateFileMappingW (INVALID_HANDLE_VALUE, ipc_security_attributes (pending),
                                PAGE_READWRITE | SEC_COMMIT | flags, (DWORD) (bytes >> 32),
                                (DWORD) bytes, name);
  if (section == NULL)
    return throw_not_made (name, GetLastError (), object, error);

  if (GetLastError () != ERROR_ALREADY_EXISTS)
    return section;

  CloseHandle (section);
  return throw_not_made (name, ERROR_ALREADY_EXISTS, object, error);
}

gboolean
ipc_section_publish (HANDLE section, guint permissions, const char *object, GError **error)
{
  g_autoptr (IpcSecurity) security = ipc_security_new (permissions, &ipc_section_rights, object,
                                                       error);

  return security != NULL && ipc_security_apply (security, section, object, error);
}

/* -- Opening -- */

static gboolean
is_pending (const wchar_t *name)
{
  g_auto (IpcHandle) found = OpenFileMappingW (READ_CONTROL, FALSE, name);

  return found != NULL && ipc_security_is_pending (found);
}

/* Who may use it need not be allowed to ask who may. */
static HANDLE
open_once (const wchar_t *name, DWORD access)
{
  HANDLE found = OpenFileMappingW (access | READ_CONTROL, FALSE, name);

  if (found == NULL && GetLastError () == ERROR_ACCESS_DENIED)
    found = OpenFileMappingW (access, FALSE, name);

  return found;
}

HANDLE
ipc_section_open (const wchar_t *name, DWORD access, const IpcRequest *request, GError **error)
{
  const char *call = "OpenFileMapping";
  const gint64 deadline = ipc_deadline_after (IPC_PATIENCE_US);
  g_autoptr (GError) cancelled = NULL;

  do
    {
      const HANDLE found = open_once (name, access);
      const DWORD code = GetLastError ();

      if (found != NULL)
        return found;
      if (code != ERROR_ACCESS_DENIED || !is_pending (name))
        return ipc_null_throw_win32 (error, code, call, request->name->text);
    }
  while (ipc_wait_for_creator (deadline, request->cancellable, &cancelled));

  if (cancelled == NULL)
    return ipc_null_throw (error, IPC_ERROR_CORRUPT, call, request->name->text,
                           "whoever makes it does not get done; end that process, or take another "
                           "name");

  g_propagate_error (error, g_steal_pointer (&cancelled));
  return NULL;
}

/* -- Questions -- */

guint
ipc_section_count_handles (HANDLE section)
{
  PUBLIC_OBJECT_BASIC_INFORMATION basic = { 0 };
  ULONG size;

  return NtQueryObject (section, ObjectBasicInformation, &basic, sizeof basic, &size) == 0
             ? basic.HandleCount
             : 0;
}

/* A view can have holes where its maker has only reserved memory. */
gsize
ipc_section_view_size (gconstpointer view)
{
  const guint8 *at = view;
  MEMORY_BASIC_INFORMATION part;

  while (VirtualQuery (at, &part, sizeof part) != 0 && part.AllocationBase == view)
    {
      if (part.State != MEM_COMMIT)
        return 0;
      at += part.RegionSize;
    }

  return (gsize) (at - (const guint8 *) view);
}
