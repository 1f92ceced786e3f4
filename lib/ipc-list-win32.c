/* ipc-list-win32.c: the names of sections and semaphores, those of this session and those of all
 *
 * The object manager keeps names in folders.  An object is in one because somebody has it open, so
 * that whatever is found is in use, and nothing is left to remove.  Only names are looked at; but that
 * of a native semaphore is one of an index, which may mean nothing any more.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ipc-error-private.h"
#include "ipc-info-private.h"
#include "ipc-list-private.h"
#include "ipc-place-win32-private.h"

#include <stdatomic.h>
#include <string.h>
#include <wchar.h>
#include <winternl.h>

#define CALL "ipc_info_list"
#define RIGHT_TO_QUERY 1 /* DIRECTORY_QUERY */
#define INSIDE "ipc-sem-" /* begins the names of what belongs to native semaphores */
#define CALM_WALKS 3     /* so many that show nothing new are enough */
#define WALKS_MAX 30

/* What NtQueryDirectoryObject() writes. */
typedef struct
{
  UNICODE_STRING name, type;
} Entry;

NTSTATUS NTAPI NtOpenDirectoryObject (PHANDLE dir, ACCESS_MASK access,
                                      POBJECT_ATTRIBUTES attributes);
NTSTATUS NTAPI NtQueryDirectoryObject (HANDLE dir, PVOID buffer, ULONG size, BOOLEAN single,
                                       BOOLEAN restart, PULONG context, PULONG returned);

/* Looks at one name; @scheme is what stands before those of the folder. */
typedef void (*Look) (const char *scheme, const char *name, IpcKind kind, GPtrArray *infos);

static void
add (GPtrArray *infos, IpcBackend backend, const char *scheme, const char *name, IpcKind kind)
{
  g_autofree char *full = g_strconcat (scheme, name, NULL);

  g_ptr_array_add (infos, ipc_info_new_live (full, backend, kind));
}

/* -- What a name is -- */

static gboolean
is_type (const Entry *entry, const wchar_t *type)
{
  return entry->type.Length == wcslen (type) * sizeof *type
         && wmemcmp (entry->type.Buffer, type, wcslen (type)) == 0;
}

static IpcKind
kind_of (const Entry *entry)
{
  if (is_type (entry, L"Section"))
    return IPC_KIND_SEGMENT;

  return is_type (entry, L"Semaphore") ? IPC_KIND_SEMAPHORE : IPC_KIND_NONE;
}

static gboolean
is_index (const char *name)
{
  return g_str_has_prefix (name, IPC_PLACE_INDEX);
}

/* One that may not be read is somebody else's, and is believed. */
static gboolean
means_something (const char *index)
{
  g_autofree char *full = g_strconcat ("Local\\", index, NULL);
  g_autofree wchar_t *name = (wchar_t *) g_utf8_to_utf16 (full, -1, NULL, NULL, NULL);
  g_auto (IpcHandle) mapping = OpenFileMappingW (FILE_MAP_READ, FALSE, name);
  IpcIndex *view;
  guint64 number = 0;

  if (mapping == NULL)
    return GetLastError () == ERROR_ACCESS_DENIED;

  view = MapViewOfFile (mapping, FILE_MAP_READ, 0, 0, 0);
  if (view != NULL && ipc_section_view_size (view) >= sizeof *view)
    number = atomic_load (&view->number);
  if (view != NULL)
    UnmapViewOfFile (view);

  return ipc_place_exists (number);
}

/* -- Folders -- */

/* Looking at a folder, for as often as it takes. */
typedef struct
{
  HANDLE      dir;
  GHashTable *seen; /* kinds and names */
  const char *scheme;
  Look        look;
  GPtrArray  *infos;
} Walk;

static void
look_at (const Walk *self, const Entry *entry)
{
  const IpcKind kind = kind_of (entry);
  g_autofree char *name = NULL;

  if (kind == IPC_KIND_NONE)
    return;

  name = g_utf16_to_utf8 ((const gunichar2 *) entry->name.Buffer,
                          entry->name.Length / (glong) sizeof (gunichar2), NULL, NULL, NULL);
  if (name != NULL && !g_str_has_prefix (name, INSIDE)
      && g_hash_table_add (self->seen, g_strdup_printf ("%d%s", (int) kind, name)))
    self->look (self->scheme, name, kind, self->infos);
}

/* Entries have numbers, so that one that comes or goes shows another one twice, or hides it.
 * Returns: how many were seen for the first time */
static guint
walk_once (const Walk *self)
{
  const guint before = g_hash_table_size (self->seen);
  /* An entry and the names that it points to, of 64 KiB at most each. */
  const ULONG size = sizeof (Entry) + 2 * 65536 + 4;
  g_autofree Entry *entry = g_malloc (size);
  ULONG context = 0;

  while (NtQueryDirectoryObject (self->dir, entry, size, TRUE, context == 0, &context, NULL) == 0)
    look_at (self, entry);

  return g_hash_table_size (self->seen) - before;
}

static gboolean
walk (const Walk *self, GCancellable *cancellable, GError **error)
{
  for (guint n = 0, calm = 0; n < WALKS_MAX && calm < CALM_WALKS; n++)
    {
      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        return FALSE;
      calm = walk_once (self) > 0 ? 0 : calm + 1;
    }

  return TRUE;
}

static gboolean
list_folder (const wchar_t *path, const char *scheme, Look look, GPtrArray *infos,
             GCancellable *cancellable, GError **error)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  Walk self = { .seen = seen, .scheme = scheme, .look = look, .infos = infos };
  OBJECT_ATTRIBUTES attributes;
  UNICODE_STRING name;
  NTSTATUS status;
  gboolean done;

  RtlInitUnicodeString (&name, path);
  InitializeObjectAttributes (&attributes, &name, 0, NULL, NULL);
  status = NtOpenDirectoryObject (&self.dir, RIGHT_TO_QUERY, &attributes);
  if (status != 0)
    return ipc_throw_win32 (error, RtlNtStatusToDosError (status), CALL, scheme);

  done = walk (&self, cancellable, error);
  CloseHandle (self.dir);
  return done;
}

/* That of this process; the first session has that of all. */
static gboolean
list_session (const char *scheme, Look look, GPtrArray *infos, GCancellable *cancellable,
              GError **error)
{
  wchar_t path[64] = L"\\BaseNamedObjects";
  DWORD session = 0;

  if (ProcessIdToSessionId (GetCurrentProcessId (), &session) && session != 0)
    swprintf (path, G_N_ELEMENTS (path), L"\\Sessions\\%lu\\BaseNamedObjects", session);

  return list_folder (path, scheme, look, infos, cancellable, error);
}

/* -- native: -- */

static void
look_for_semaphore (const char *scheme, const char *name, IpcKind kind, GPtrArray *infos)
{
  if (is_index (name) && kind == IPC_KIND_SEGMENT && means_something (name))
    add (infos, IPC_BACKEND_NATIVE, scheme, name + strlen (IPC_PLACE_INDEX), IPC_KIND_SEMAPHORE);
}

/* A segment of others counts if a native one could have its name. */
static void
look_for_both (const char *scheme, const char *name, IpcKind kind, GPtrArray *infos)
{
  g_autofree char *full = g_strconcat (scheme, name, NULL);
  g_autoptr (IpcName) parsed = ipc_name_parse (full, NULL);

  if (is_index (name))
    look_for_semaphore (scheme, name, kind, infos);
  else if (kind == IPC_KIND_SEGMENT && parsed != NULL)
    add (infos, IPC_BACKEND_NATIVE, scheme, name, kind);
}

static gboolean
list_native (gboolean all, GPtrArray *infos, GCancellable *cancellable, GError **error)
{
  return list_session ("native:", all ? look_for_semaphore : look_for_both, infos, cancellable,
                       error);
}

/* -- win32: -- */

static void
look_verbatim (const char *scheme, const char *name, IpcKind kind, GPtrArray *infos)
{
  if (!is_index (name))
    add (infos, IPC_BACKEND_WIN32, scheme, name, kind);
}

static gboolean
list_win32 (gboolean all G_GNUC_UNUSED, GPtrArray *infos, GCancellable *cancellable, GError **error)
{
  return list_session ("win32:Local\\", look_verbatim, infos, cancellable, error)
         && list_folder (L"\\BaseNamedObjects", "win32:Global\\", look_verbatim, infos, cancellable,
                         error);
}

/* -- Removing -- */

static gboolean
remove_unused (IpcInfo *info, GError **error)
{
  return ipc_throw (error, IPC_ERROR_IN_USE, IPC_REMOVE_UNUSED, info->name,
                    "a process has it open, or it would be gone; stop that one");
}

const IpcListOps ipc_list_native_ops = {
  .backend = IPC_BACKEND_NATIVE,
  .list = list_native,
  .remove_unused = remove_unused,
};

const IpcListOps ipc_list_win32_ops = {
  .backend = IPC_BACKEND_WIN32,
  .list = list_win32,
  .remove_unused = remove_unused,
};
