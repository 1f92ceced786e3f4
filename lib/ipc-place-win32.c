/* ipc-place-win32.c: a native semaphore's memory and name, once it is open
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ipc-error-private.h"
#include "ipc-info-private.h"
#include "ipc-native-private.h"
#include "ipc-place-win32-private.h"

/* The system tells the size in whole pages. */
static gsize
exact_size (const IpcPlace *self, gsize mapped)
{
  const uint32_t n_values = ((const volatile IpcNativeFile *) self->memory)->n_values;
  const gsize exact = n_values > 0 && n_values <= IPC_SET_MAX ? ipc_native_file_size (n_values) : 0;
  SYSTEM_INFO system;

  GetSystemInfo (&system);
  return exact <= mapped && mapped - exact < system.dwPageSize ? exact : mapped;
}

gpointer
ipc_place_map (IpcPlace *self, const char *call, gsize *size, GError **error)
{
  gsize mapped;

  if (self->memory == NULL)
    self->memory = MapViewOfFile (self->mapping, IPC_PLACE_VIEW, 0, 0, 0);
  if (self->memory == NULL)
    return ipc_null_throw_win32 (error, GetLastError (), "MapViewOfFile", self->name);

  mapped = ipc_section_view_size (self->memory);
  if (mapped < IPC_NATIVE_SET_OFFSET)
    return ipc_null_throw (error, IPC_ERROR_CORRUPT, call, self->name,
                           "a mapping of %" G_GSIZE_FORMAT " bytes is no native semaphore", mapped);

  *size = exact_size (self, mapped);
  return self->memory;
}

/* A mapping has all its memory from the beginning. */
gboolean
ipc_place_reserve_lane (const IpcPlace *self G_GNUC_UNUSED, guint lane G_GNUC_UNUSED,
                        guint n_values G_GNUC_UNUSED, const char *call G_GNUC_UNUSED,
                        GError **error G_GNUC_UNUSED)
{
  return TRUE;
}

/* -- What it is -- */

guint
ipc_place_hash (gconstpointer self)
{
  return (guint) ((const IpcPlace *) self)->number;
}

gboolean
ipc_place_equal (gconstpointer a, gconstpointer b)
{
  return ((const IpcPlace *) a)->number == ((const IpcPlace *) b)->number;
}

guint
ipc_place_get_permissions (const IpcPlace *self)
{
  return self->permissions;
}

void
ipc_place_describe (const IpcPlace *self, IpcInfo *info)
{
  info->permissions = self->permissions;
}

/* -- Nobody closes handles that are not his, and nothing forks -- */

void
ipc_place_mend (IpcPlace *self G_GNUC_UNUSED, IpcPlace *same)
{
  ipc_place_close (same);
}

gboolean
ipc_place_find (IpcPlace *self G_GNUC_UNUSED)
{
  return TRUE;
}

void
ipc_place_after_fork (const IpcPlace *self G_GNUC_UNUSED)
{
}

/* -- The name -- */

gboolean
ipc_place_is_current (const IpcPlace *self)
{
  return atomic_load (&self->index->number) == self->number;
}

gboolean
ipc_place_is_unlinked (const IpcPlace *self)
{
  return !ipc_place_is_current (self);
}

gboolean
ipc_place_unlink (const IpcPlace *self, const char *call G_GNUC_UNUSED,
                  GError **error G_GNUC_UNUSED)
{
  uint64_t number = self->number;

  atomic_compare_exchange_strong (&self->index->number, &number, 0);
  return TRUE;
}

gboolean
ipc_place_unlink_name (const IpcName *name, const char *call, GError **error)
{
  const IpcRequest request = { .call = call, .name = name, .flags = IPC_SEMAPHORE_ANY_OWNER };
  g_autoptr (IpcPlace) self = g_new0 (IpcPlace, 1);
  uint64_t number;

  self->name = g_strdup (name->text);
  if (!ipc_place_open_index (self, &request, FALSE, error))
    return FALSE;

  number = atomic_exchange (&self->index->number, 0);
  return ipc_place_exists (number) || ipc_throw_win32 (error, ERROR_FILE_NOT_FOUND, call, name->text);
}
