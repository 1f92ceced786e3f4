/* ipc-place-win32-open.c: a native semaphore's mapping, and the index that its name means
 *
 * A kernel object keeps its name as long as anybody has it open, so that no name could be removed,
 * or given to another one.  So an object has a number for a name, drawn when it is made, and what
 * users call its name is that of an index: a mapping that holds the number.  The object is complete
 * before its number is written there, in one exchange; whoever is killed before leaves nothing, since
 * the system frees what he had.  To unlink it is to write 0, to replace it to write another number.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#define _CRT_RAND_S

#include "config.h"

#include "ipc-error-private.h"
#include "ipc-native-private.h"
#include "ipc-open-private.h"
#include "ipc-place-win32-private.h"

#include <stdlib.h>

#define INDEX_MAGIC G_GUINT64_CONSTANT (0x3158444943504900) /* "\0IPCIDX1", last byte first */

static const IpcRights other_rights = { 0, GENERIC_ALL, GENERIC_ALL };

/* -- Closing -- */

static void
drop_object (IpcPlace *self)
{
  if (self->memory != NULL)
    UnmapViewOfFile (self->memory);

  self->memory = NULL;
  ipc_handle_clear (&self->one);
  ipc_handle_clear (&self->mapping);
}

void
ipc_place_close (IpcPlace *self)
{
  drop_object (self);
  if (self->index != NULL)
    UnmapViewOfFile (self->index);

  ipc_handle_clear (&self->index_mapping);
  g_clear_pointer (&self->security, ipc_security_free);
  g_free (self->name);
  g_free (self);
}

/* -- Names -- */

void
ipc_place_make_name (const IpcPlace *self, const char *kind, guint32 number,
                     wchar_t name[IPC_PLACE_NAME_MAX])
{
  char text[IPC_PLACE_NAME_MAX] = { 0 };

  g_snprintf (text, sizeof text, "%s%016" G_GINT64_MODIFIER "x-%u", kind, self->number, number);
  for (gsize i = 0; i < sizeof text; i++)
    name[i] = (wchar_t) text[i];
}

static void
make_mapping_name (const IpcPlace *self, wchar_t name[IPC_PLACE_NAME_MAX])
{
  ipc_place_make_name (self, "Local\\ipc-sem-memory-", 0, name);
}

/* Not 0, and not to be guessed: the system's generator. */
static guint64
draw_number (void)
{
  unsigned int high = 0, low = 0;

  while (low == 0)
    if (rand_s (&high) != 0 || rand_s (&low) != 0)
      return 0;

  return (guint64) high << 32 | low;
}

/* -- The index -- */

static gboolean
check_owner (HANDLE handle, const IpcRequest *request, guint *permissions, GError **error)
{
  const gboolean any = (request->flags & IPC_SEMAPHORE_ANY_OWNER) != 0;

  return ipc_security_check (handle, &ipc_section_rights, request, any, request->call, permissions,
                             error);
}

static gboolean
map_index (IpcPlace *self, const IpcRequest *request, GError **error)
{
  uint64_t magic = 0;
  guint permissions;

  if (!check_owner (self->index_mapping, request, &permissions, error))
    return FALSE;

  self->index = MapViewOfFile (self->index_mapping, IPC_PLACE_VIEW, 0, 0, sizeof (IpcIndex));
  if (self->index == NULL)
    return ipc_throw_win32 (error, GetLastError (), "MapViewOfFile", self->name);

  return (ipc_section_view_size (self->index) >= sizeof (IpcIndex)
          && atomic_compare_exchange_strong (&self->index->magic, &magic, INDEX_MAGIC))
         || magic == INDEX_MAGIC
         || ipc_throw (error, IPC_ERROR_CORRUPT, request->call, self->name,
                       "what has this name was made by something else than this version of libipc");
}

/* Others may make it at the same time: then it is one and the same. */
static HANDLE
make_index (const wchar_t *name, const IpcRequest *request, GError **error)
{
  const char *object = request->name->text;
  g_autoptr (IpcSecurity) security = ipc_security_new (request->permissions, &ipc_section_rights,
                                                       object, error);
  HANDLE mapping;

  if (security == NULL)
    return NULL;

  mapping = CreateFileMappingW (INVALID_HANDLE_VALUE, ipc_security_attributes (security),
                                PAGE_READWRITE, 0, sizeof (IpcIndex), name);
  return mapping != NULL
             ? mapping
             : ipc_null_throw_win32 (error, GetLastError (), request->call, object);
}

gboolean
ipc_place_open_index (IpcPlace *self, const IpcRequest *request, gboolean make, GError **error)
{
  g_autofree wchar_t *name = ipc_win32_object_name (request->name, IPC_PLACE_INDEX);

  if (self->index != NULL)
    return TRUE;

  self->index_mapping = OpenFileMappingW (IPC_PLACE_VIEW | READ_CONTROL, FALSE, name);
  if (self->index_mapping == NULL && (!make || GetLastError () != ERROR_FILE_NOT_FOUND))
    return ipc_throw_win32 (error, GetLastError (), request->call, self->name);
  if (self->index_mapping == NULL)
    self->index_mapping = make_index (name, request, error);
  if (self->index_mapping == NULL)
    return FALSE;

  if (map_index (self, request, error))
    return TRUE;

  g_clear_pointer (&self->index, UnmapViewOfFile);
  ipc_handle_clear (&self->index_mapping);
  return FALSE;
}

/* -- The object -- */

/* One opening, for the steps of ipc_open_by_steps(). */
typedef struct
{
  const IpcRequest *request;
  IpcPlace         *place;
  gboolean          created;
} Opening;

/* What was opened or made gets what every user of the object has beside the memory. */
static gboolean
complete (IpcPlace *self, GError **error)
{
  wchar_t name[IPC_PLACE_NAME_MAX];
  /* Whoever may write may use it, and whoever may only read may not. */
  const guint writers = self->permissions & 0222;

  g_clear_pointer (&self->security, ipc_security_free);
  self->security = ipc_security_new (writers | writers << 1, &other_rights, self->name, error);
  if (self->security == NULL)
    return FALSE;

  ipc_place_make_name (self, "Local\\ipc-sem-one-", 0, name);
  self->one = CreateSemaphoreExW (ipc_security_attributes (self->security), 0, G_MAXINT32, name, 0,
                                  SEMAPHORE_MODIFY_STATE | SYNCHRONIZE);
  return self->one != NULL || ipc_throw_win32 (error, GetLastError (), "CreateSemaphore", self->name);
}

static gboolean
find_object (Opening *opening, GError **error)
{
  IpcPlace *self = opening->place;
  wchar_t name[IPC_PLACE_NAME_MAX];

  self->number = atomic_load (&self->index->number);
  if (self->number == 0)
    return ipc_throw_win32 (error, ERROR_FILE_NOT_FOUND, opening->request->call, self->name);

  make_mapping_name (self, name);
  self->mapping = ipc_section_open (name, IPC_PLACE_VIEW, opening->request, error);
  if (self->mapping != NULL && check_owner (self->mapping, opening->request, &self->permissions, error)
      && complete (self, error))
    return TRUE;

  drop_object (self);
  return FALSE;
}

static gboolean
place_find (gpointer data, GError **error)
{
  Opening *opening = data;

  return ipc_place_open_index (opening->place, opening->request, FALSE, error)
         && find_object (opening, error);
}

/* Memory is zeros, and there is enough of it from the beginning. */
static gboolean
make_memory (IpcPlace *self, const IpcRequest *request, GError **error)
{
  wchar_t name[IPC_PLACE_NAME_MAX];

  self->permissions = request->permissions;
  self->number = draw_number ();
  if (self->number == 0)
    return ipc_throw_win32 (error, GetLastError (), "rand_s", self->name);

  make_mapping_name (self, name);
  self->mapping = ipc_section_create (name, ipc_native_file_size (request->n_values), 0, self->name,
                                      error);
  if (self->mapping == NULL)
    return FALSE;

  self->memory = MapViewOfFile (self->mapping, IPC_PLACE_VIEW, 0, 0, 0);
  if (self->memory == NULL)
    return ipc_throw_win32 (error, GetLastError (), "MapViewOfFile", self->name);

  ipc_native_file_write (self->memory, request);
  return ipc_section_publish (self->mapping, request->permissions, self->name, error);
}

gboolean
ipc_place_exists (guint64 number)
{
  const IpcPlace place = { .number = number };
  wchar_t name[IPC_PLACE_NAME_MAX];
  g_auto (IpcHandle) mapping = NULL;

  make_mapping_name (&place, name);
  mapping = OpenFileMappingW (READ_CONTROL, FALSE, name);
  return number != 0 && (mapping != NULL || GetLastError () != ERROR_FILE_NOT_FOUND);
}

/* The index means this object from now on, or FALSE if it has come to mean another one. */
static gboolean
publish (IpcPlace *self, gboolean replace, uint64_t seen)
{
  if (!replace)
    return atomic_compare_exchange_strong (&self->index->number, &seen, self->number);

  atomic_store (&self->index->number, self->number);
  return TRUE;
}

static gboolean
throw_exists (const IpcRequest *request, GError **error)
{
  return ipc_throw_win32_remedy (error, ERROR_ALREADY_EXISTS, request->call,
                                 request->name->text,
                                 "open it, take another name, or replace it (IPC_OPEN_REPLACE)");
}

static gboolean
place_make (gpointer data, GError **error)
{
  Opening *opening = data;
  IpcPlace *self = opening->place;
  const gboolean replace = opening->request->mode == IPC_OPEN_REPLACE;
  uint64_t seen;

  if (!ipc_place_open_index (self, opening->request, TRUE, error))
    return FALSE;

  seen = atomic_load (&self->index->number);
  if (!replace && ipc_place_exists (seen))
    return throw_exists (opening->request, error);

  opening->created = make_memory (self, opening->request, error) && complete (self, error);
  if (opening->created && !publish (self, replace, seen))
    opening->created = throw_exists (opening->request, error);
  if (!opening->created)
    drop_object (self);

  return opening->created;
}

IpcPlace *
ipc_place_open (const IpcRequest *request, gboolean *created, GError **error)
{
  static const IpcOpenSteps steps = { place_find, place_make, NULL };
  g_autoptr (IpcPlace) self = g_new0 (IpcPlace, 1);
  Opening opening = { .request = request, .place = self };

  self->name = g_strdup (request->name->text);
  if (!ipc_open_by_steps (request, &steps, &opening, error))
    return NULL;

  *created = opening.created;
  return g_steal_pointer (&self);
}
