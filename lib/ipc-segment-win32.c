/* ipc-segment-win32.c: segments that are sections of the page file
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ipc-error-private.h"
#include "ipc-info-private.h"
#include "ipc-segment-win32-private.h"

static void
win32_close (gpointer handle)
{
  Win32Segment *self = handle;

  ipc_handle_clear (&self->section);
  g_mutex_clear (&self->lock);
  g_free (self->text);
  g_free (self);
}

/* With the lock.  The name goes if nobody else has the object open; the mapping stays. */
static gboolean
give_name_up (Win32Segment *self, GError **error)
{
  if (self->section == NULL)
    return TRUE;

  if (ipc_section_count_handles (self->section) != 1)
    return ipc_segment_win32_throw_in_use ("ipc_segment_unlink", self->text, error);

  ipc_handle_clear (&self->section);
  return TRUE;
}

static gboolean
win32_unlink (gpointer handle, GError **error)
{
  Win32Segment *self = handle;
  gboolean done;

  g_mutex_lock (&self->lock);
  done = !self->has_name || give_name_up (self, error);
  g_mutex_unlock (&self->lock);
  return done;
}

static gboolean
win32_unlink_name (const IpcName *name, GError **error)
{
  const char *call = "ipc_segment_unlink_name";
  g_autofree wchar_t *object_name = ipc_win32_object_name (name, "");
  g_auto (IpcHandle) found = OpenFileMappingW (READ_CONTROL, FALSE, object_name);

  if (found == NULL && GetLastError () != ERROR_ACCESS_DENIED)
    return ipc_throw_win32 (error, GetLastError (), call, name->text);

  return ipc_segment_win32_throw_in_use (call, name->text, error);
}

/* While there is a handle the name cannot mean anything else. */
static gboolean
win32_is_current (gpointer handle)
{
  Win32Segment *self = handle;
  gboolean current;

  g_mutex_lock (&self->lock);
  current = self->has_name && self->section != NULL;
  g_mutex_unlock (&self->lock);
  return current;
}

static void
ask_system (Win32Segment *self, IpcInfo *info)
{
  const IpcName name = { .text = self->text, .backend = self->backend };
  const IpcRequest request = { .name = &name };

  if (self->section == NULL)
    return;

  ipc_security_check (self->section, &ipc_section_rights, &request, TRUE, "ipc_segment_get_info",
                      &self->permissions, NULL);
  info->attach_count = ipc_section_count_handles (self->section);
}

static gboolean
win32_get_info (gpointer handle, IpcInfo *info, GError **error G_GNUC_UNUSED)
{
  Win32Segment *self = handle;

  g_mutex_lock (&self->lock);
  ask_system (self, info);
  info->size = (gint64) self->size;
  info->permissions = (int) self->permissions;
  if (self->creator_pid != 0)
    info->creator_pid = self->creator_pid;
  g_mutex_unlock (&self->lock);
  return TRUE;
}

/* -- Handles for other processes -- */

/* What is read-only here is so there, too. */
static guint64
duplicate_for (Win32Segment *self, HANDLE process, GError **error)
{
  const DWORD access = SECTION_QUERY | SECTION_MAP_READ | READ_CONTROL
                       | (self->read_only ? 0 : SECTION_MAP_WRITE);
  HANDLE copy = NULL;

  if (!DuplicateHandle (GetCurrentProcess (), self->section, process, &copy, access, FALSE, 0))
    ipc_throw_win32 (error, GetLastError (), "DuplicateHandle", self->text);

  return (guintptr) copy;
}

static guint64
win32_dup_handle (gpointer handle, guint32 pid, GError **error)
{
  Win32Segment *self = handle;
  g_auto (IpcHandle) process = OpenProcess (PROCESS_DUP_HANDLE | SYNCHRONIZE, FALSE, pid);
  guint64 copy = 0;

  if (process == NULL)
    return ipc_throw (error,
                      GetLastError () == ERROR_ACCESS_DENIED ? IPC_ERROR_PERMISSION_DENIED
                                                             : IPC_ERROR_NOT_FOUND,
                      "OpenProcess", self->text, "process %u %s", pid,
                      GetLastError () == ERROR_ACCESS_DENIED
                          ? "does not let this user in"
                          : "does not run");

  /* One that has ended is there as long as somebody has a handle of it. */
  if (WaitForSingleObject (process, 0) == WAIT_OBJECT_0)
    return ipc_throw (error, IPC_ERROR_NOT_FOUND, "OpenProcess", self->text,
                      "process %u has ended", pid);

  g_mutex_lock (&self->lock);
  if (self->section != NULL)
    copy = duplicate_for (self, process, error);
  else
    ipc_throw (error, IPC_ERROR_REMOVED, "DuplicateHandle", self->text, "it was unlinked");
  g_mutex_unlock (&self->lock);
  return copy;
}

/* -- The rows -- */

#define WIN32_OPS(which, opening) \
  { \
    .backend = (which), .open = (opening), .close = win32_close, .unlink = win32_unlink, \
    .unlink_name = win32_unlink_name, .is_current = win32_is_current, \
    .get_info = win32_get_info, .adopt_handle = ipc_segment_win32_adopt, \
    .dup_handle = win32_dup_handle \
  }

const IpcSegmentOps ipc_segment_win32_ops
    = WIN32_OPS (IPC_BACKEND_WIN32, ipc_segment_win32_open);
const IpcSegmentOps ipc_segment_native_win32_ops
    = WIN32_OPS (IPC_BACKEND_NATIVE, ipc_segment_win32_open);
const IpcSegmentOps ipc_segment_section_ops
    = WIN32_OPS (IPC_BACKEND_NATIVE, ipc_segment_win32_open_anonymous);
