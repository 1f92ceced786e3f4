/* ipc-segment-win32-open.c: segments that are sections of the page file: made, found, mapped
 *
 * Windows rounds a section up to whole pages and does not tell what was asked for.  So the end of
 * the last page, which lies beyond what the segment shows, keeps the exact size.  Data begins at the
 * first byte, as other programs expect; a section of theirs has no such end and is used whole.
 *
 * A name goes with the last handle of its object, and can neither be removed before nor be given to
 * another object: as long as this process has a handle, the name means its object.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ipc-error-private.h"
#include "ipc-open-private.h"
#include "ipc-pages-private.h"
#include "ipc-segment-win32-private.h"

#define FILE_MAP_LARGE 0x20000000u /* FILE_MAP_LARGE_PAGES, Windows 10 */

/* The last bytes of the last page, the same for 32-bit and 64-bit programs. */
#define END_MAGIC G_GUINT64_CONSTANT (0x31474553435049ff) /* "\377IPCSEG1" */

typedef struct
{
  guint64 magic;
  guint64 size;
  guint32 creator_pid;
  guint32 reserved[3];
} Win32End;

_Static_assert (sizeof (Win32End) == 32, "segments are shared between builds");

/* What opening has come to. */
typedef struct
{
  const IpcRequest *request;
  IpcOpened        *opened;
  wchar_t          *name;
  IpcHandle         section;
  guint32           creator_pid;
} Win32Opening;

static DWORD
access_of (const IpcRequest *request)
{
  return request->flags & IPC_SEGMENT_READ_ONLY ? FILE_MAP_READ : FILE_MAP_READ | FILE_MAP_WRITE;
}

/* -- The end of the last page -- */

static Win32End *
end_of (gpointer view, gsize mapped)
{
  return (Win32End *) ((guint8 *) view + mapped - sizeof (Win32End));
}

/* What peers wrote there is believed only where it can be true: it ends in the last page. */
static void
read_end (const IpcOpened *opened, gsize unit, gsize *size, guint32 *creator_pid)
{
  const Win32End end = *end_of (opened->data, opened->mapped);
  const guint64 least = opened->mapped > unit ? opened->mapped - unit : 0;

  *size = opened->mapped;
  if (end.magic != END_MAGIC || end.size == 0 || end.size > opened->mapped - sizeof end
      || end.size + sizeof end <= least)
    return;

  *size = (gsize) end.size;
  *creator_pid = end.creator_pid;
}

/* A view of its own: the segment's may be read-only. */
static gboolean
write_end (HANDLE section, gsize total, gsize unit, const IpcRequest *request, GError **error)
{
  const guint64 offset = (total - 1) / unit * unit;
  gpointer view = MapViewOfFile (section, FILE_MAP_WRITE, (DWORD) (offset >> 32), (DWORD) offset,
                                 (gsize) (total - offset));

  if (view == NULL)
    return ipc_throw_win32 (error, GetLastError (), "MapViewOfFile", request->name->text);

  *end_of (view, (gsize) (total - offset)) = (Win32End){
    .magic = END_MAGIC,
    .size = request->size,
    .creator_pid = GetCurrentProcessId (),
  };
  UnmapViewOfFile (view);
  return TRUE;
}

/* -- Mapping -- */

static gpointer
map_view (HANDLE section, const IpcRequest *request)
{
  gpointer view = NULL;

  if (request->flags & IPC_SEGMENT_HUGE_PAGES)
    view = MapViewOfFile (section, access_of (request) | FILE_MAP_LARGE, 0, 0, 0);

  return view != NULL ? view : MapViewOfFile (section, access_of (request), 0, 0, 0);
}

static void
unmap (IpcOpened *opened)
{
  if (opened->data != NULL)
    UnmapViewOfFile (opened->data);
  opened->data = NULL;
}

static gboolean
measure (Win32Opening *self, GError **error)
{
  IpcOpened *opened = self->opened;

  opened->mapped = ipc_section_view_size (opened->data);
  if (opened->mapped == 0)
    return ipc_throw (error, IPC_ERROR_CORRUPT, "VirtualQuery", self->request->name->text,
                      "a part of its memory is only reserved and cannot be touched");

  read_end (opened, MAX (ipc_pages_usual_size (), GetLargePageMinimum ()), &opened->size,
            &self->creator_pid);
  return ipc_pages_check_size (self->request, opened->size, error);
}

static gboolean
map_section (Win32Opening *self, GError **error)
{
  IpcOpened *opened = self->opened;

  opened->data = map_view (self->section, self->request);
  if (opened->data == NULL)
    return ipc_throw_win32 (error, GetLastError (), "MapViewOfFile", self->request->name->text);

  if (measure (self, error) && ipc_pages_prepare (self->request, opened, error))
    return TRUE;

  unmap (opened);
  return FALSE;
}

/* -- Making one -- */

/* Large pages take a privilege that the user must have, and that must be switched on. */
static gboolean
can_lock_memory (void)
{
  TOKEN_PRIVILEGES wanted = { .PrivilegeCount = 1 };
  g_auto (IpcHandle) token = NULL;

  wanted.Privileges[0].Attributes = SE_PRIVILEGE_ENABLED;
  return OpenProcessToken (GetCurrentProcess (), TOKEN_ADJUST_PRIVILEGES | TOKEN_QUERY, &token)
         && LookupPrivilegeValueW (NULL, L"SeLockMemoryPrivilege", &wanted.Privileges[0].Luid)
         && AdjustTokenPrivileges (token, FALSE, &wanted, 0, NULL, NULL)
         && GetLastError () == ERROR_SUCCESS;
}

static gsize
round_up (gsize size, gsize unit)
{
  return (size + unit - 1) / unit * unit;
}

/* A refusal is no error: usual pages do as well. */
static gboolean
create_large (Win32Opening *self, GError **error)
{
  const gsize unit = GetLargePageMinimum ();
  const gsize total = unit > 0 ? round_up (self->request->size + sizeof (Win32End), unit) : 0;
  g_autoptr (GError) refused = NULL;

  if (total == 0 || !(self->request->flags & IPC_SEGMENT_HUGE_PAGES) || !can_lock_memory ())
    return FALSE;

  self->section = ipc_section_create (self->name, total, SEC_LARGE_PAGES, self->request->name->text,
                                      &refused);
  if (self->section != NULL && write_end (self->section, total, unit, self->request, &refused))
    return TRUE;

  ipc_handle_clear (&self->section);
  return FALSE;
}

static gboolean
create_usual (Win32Opening *self, GError **error)
{
  SYSTEM_INFO system;
  const gsize total = ipc_pages_round (self->request->size + sizeof (Win32End));

  GetSystemInfo (&system);
  self->section = ipc_section_create (self->name, total, 0, self->request->name->text, error);

  return self->section != NULL
         && write_end (self->section, total, system.dwAllocationGranularity, self->request, error);
}

/* All that may fail comes before it is published. */
static gboolean
win32_make (gpointer data, GError **error)
{
  Win32Opening *self = data;
  const IpcRequest *request = self->request;

  if ((create_large (self, error) || create_usual (self, error)) && map_section (self, error))
    {
      if (ipc_section_publish (self->section, request->permissions, request->name->text, error))
        {
          self->opened->permissions = request->permissions & 0666;
          self->opened->created = TRUE;
          return TRUE;
        }
      unmap (self->opened);
    }

  ipc_handle_clear (&self->section);
  return FALSE;
}

/* -- Finding one -- */

static gboolean
win32_find (gpointer data, GError **error)
{
  Win32Opening *self = data;
  const IpcRequest *request = self->request;

  self->section = ipc_section_open (self->name, access_of (request), request, error);
  if (self->section == NULL)
    return FALSE;

  if (ipc_security_check (self->section, &ipc_section_rights, request,
                          (request->flags & IPC_SEGMENT_ANY_OWNER) != 0, "OpenFileMapping",
                          &self->opened->permissions, error)
      && map_section (self, error))
    return TRUE;

  ipc_handle_clear (&self->section);
  return FALSE;
}

gboolean
ipc_segment_win32_throw_in_use (const char *call, const char *object, GError **error)
{
  return ipc_throw (error, IPC_ERROR_NOT_SUPPORTED, call, object,
                    "it is still open elsewhere; on Windows a name goes with the last process that "
                    "has its object open, and cannot be taken away before");
}

/* A name that nobody has is free; any other cannot be taken away. */
static gboolean
win32_remove (gpointer data, GError **error)
{
  const Win32Opening *self = data;
  g_auto (IpcHandle) found = OpenFileMappingW (FILE_MAP_READ, FALSE, self->name);

  return (found == NULL && GetLastError () == ERROR_FILE_NOT_FOUND)
         || ipc_segment_win32_throw_in_use (self->request->call, self->request->name->text, error);
}

/* -- Handles of the rows -- */

static gboolean
is_section (HANDLE handle)
{
  gpointer view = MapViewOfFile (handle, FILE_MAP_READ, 0, 0, 1);

  return view != NULL && UnmapViewOfFile (view);
}

static gpointer
segment_new (Win32Opening *opening)
{
  const IpcRequest *request = opening->request;
  Win32Segment *self = g_new0 (Win32Segment, 1);

  g_mutex_init (&self->lock);
  self->section = ipc_handle_steal (&opening->section);
  self->text = g_strdup (request->name->text);
  self->backend = request->name->backend;
  self->has_name = opening->name != NULL;
  self->read_only = (request->flags & IPC_SEGMENT_READ_ONLY) != 0;
  self->size = opening->opened->size;
  self->creator_pid = opening->creator_pid;
  self->permissions = opening->opened->permissions;
  return self;
}

gpointer
ipc_segment_win32_open (const IpcRequest *request, IpcOpened *opened, GError **error)
{
  const IpcOpenSteps steps = { win32_find, win32_make, win32_remove };
  g_autofree wchar_t *name = ipc_win32_object_name (request->name, "");
  Win32Opening opening = { .request = request, .opened = opened, .name = name };

  return ipc_open_by_steps (request, &steps, &opening, error) ? segment_new (&opening) : NULL;
}

gpointer
ipc_segment_win32_open_anonymous (const IpcRequest *request, IpcOpened *opened, GError **error)
{
  Win32Opening opening = { .request = request, .opened = opened };

  return win32_make (&opening, error) ? segment_new (&opening) : NULL;
}

/* Who sent it cannot cut it: Windows does not let go of what is mapped.  But it must be memory that
 * can be touched, and of somebody trusted; that others may write to it goes without saying. */
gpointer
ipc_segment_win32_adopt (guint64 handle, const IpcRequest *request, IpcOpened *opened,
                         GError **error)
{
  const char *call = "ipc_segment_new_from_handle";
  const gboolean any_owner = (request->flags & IPC_SEGMENT_ANY_OWNER) != 0;
  Win32Opening opening = { .request = request, .opened = opened };
  IpcRequest trusting = *request;

  trusting.permissions |= 0022;
  opening.section = (HANDLE) (guintptr) handle;
  if (handle == (guintptr) opening.section && is_section (opening.section)
      && ipc_security_check (opening.section, &ipc_section_rights, &trusting, any_owner, call,
                             &opened->permissions, error)
      && map_section (&opening, error))
    return segment_new (&opening);

  if (error != NULL && *error == NULL)
    ipc_throw (error, IPC_ERROR_INVALID_ARGUMENT, call, request->name->text,
               "this is no handle of shared memory");
  return NULL;
}
