/* ipc-native.c: one native semaphore in one process: mapping, lane, looking after the dead
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ipc-error-private.h"
#include "ipc-native-private.h"
#include "ipc-thread-private.h"

/* Every object that this process has open, by its place. */
static GMutex registry_lock;
static GHashTable *registry;

static guint
native_hash (gconstpointer key)
{
  return ipc_place_hash (((const IpcNative *) key)->place);
}

static gboolean
native_equal (gconstpointer a, gconstpointer b)
{
  return ipc_place_equal (((const IpcNative *) a)->place, ((const IpcNative *) b)->place);
}

/* -- fork: no claim may be under way in the parent, or the child would keep it -- */

static void
before_fork (void)
{
  GHashTableIter iter;
  gpointer native;

  g_mutex_lock (&registry_lock);
  g_hash_table_iter_init (&iter, registry);
  while (g_hash_table_iter_next (&iter, &native, NULL))
    g_mutex_lock (&((IpcNative *) native)->sweep);
}

static void
after_fork (gboolean in_child)
{
  GHashTableIter iter;
  gpointer native;

  g_hash_table_iter_init (&iter, registry);
  while (g_hash_table_iter_next (&iter, &native, NULL))
    {
      if (in_child)
        ipc_native_be_alone (native);
      g_mutex_unlock (&((IpcNative *) native)->sweep);
    }
  g_mutex_unlock (&registry_lock);
}

static void
after_fork_in_parent (void)
{
  after_fork (FALSE);
}

static void
after_fork_in_child (void)
{
  after_fork (TRUE);
}

/* With the lock. */
static void
ensure_registry (void)
{
  if (registry != NULL)
    return;

  registry = g_hash_table_new (native_hash, native_equal);
  ipc_thread_at_fork (before_fork, after_fork_in_parent, after_fork_in_child);
}

/* -- Lifetime -- */

static void
native_free (IpcNative *self)
{
  if (self->own != NULL)
    {
      if (self->own->anchor != NULL)
        ipc_life_leave (self->own->anchor);
      ipc_life_free_page (self->own);
    }

  ipc_place_close (self->place);
  g_mutex_clear (&self->sweep);
  g_free (self->name);
  g_free (self);
}

void
ipc_native_place (IpcNative *self)
{
  char *base = (char *) self->file;
  IpcSet *set = &self->set;

  self->word.word = &self->file->word;
  self->word.lanes = (gpointer) (base + IPC_NATIVE_LANES_OFFSET);
  self->word.n_lanes = IPC_LANE_MAX;
  self->word.limit = self->n_values == 1 ? IPC_WORD_VALUE_MAX : 1;

  set->n_values = self->n_values;
  set->limit = IPC_WORD_VALUE_MAX;
  set->head = &self->file->set;
  set->values = (gpointer) (base + IPC_NATIVE_SET_OFFSET);
  set->record = (gpointer) (set->values + self->n_values);
  set->shares = (gpointer) (set->record + self->n_values);
}

static gboolean
native_map (IpcNative *self, const char *call, GError **error)
{
  gsize size;

  self->file = ipc_place_map (self->place, call, &size, error);
  if (self->file == NULL)
    return FALSE;

  self->n_values = ipc_native_file_check (self->file, size, call, self->name, error);
  if (self->n_values == 0)
    return FALSE;

  ipc_native_place (self);
  self->own = ipc_life_own_page (self->name, error);
  if (self->own == NULL)
    return FALSE;

  self->own->alone = TRUE;
  return TRUE;
}

static IpcNative *
native_new (IpcPlace *place, const IpcRequest *request, GError **error)
{
  IpcNative *self = g_new0 (IpcNative, 1);

  g_mutex_init (&self->sweep);
  self->place = place;
  self->name = g_strdup (request->name->text);

  if (native_map (self, request->call, error))
    return self;

  native_free (self);
  return NULL;
}

static void
native_mend (IpcNative *self, IpcPlace *same)
{
  g_mutex_lock (&self->sweep);
  ipc_place_mend (self->place, same);
  g_mutex_unlock (&self->sweep);
}

/* The object at @place, which is taken over: the one that this process has, or a new one. */
static IpcNative *
native_get (IpcPlace *place, const IpcRequest *request, GError **error)
{
  const IpcNative key = { .place = place };
  IpcNative *self;

  g_mutex_lock (&registry_lock);
  ensure_registry ();
  self = g_hash_table_lookup (registry, &key);
  if (self != NULL)
    native_mend (self, place);
  else
    {
      self = native_new (place, request, error);
      if (self != NULL)
        g_hash_table_add (registry, self);
    }
  if (self != NULL)
    self->ref_count++;
  g_mutex_unlock (&registry_lock);
  return self;
}

IpcNative *
ipc_native_open (const IpcRequest *request, IpcOpened *opened, GError **error)
{
  IpcPlace *place = ipc_place_open (request, &opened->created, error);
  IpcNative *native;

  if (place == NULL)
    return NULL;

  opened->permissions = ipc_place_get_permissions (place);
  native = native_get (place, request, error);
  if (native == NULL && opened->created)
    ipc_place_unlink_name (request->name, request->call, NULL);

  return native;
}

/* What the process holds belongs to it until it ends, whatever handles it has: so does its lane.  Of
 * an object that was removed nobody can have anything back. */
static gboolean
holds_units (const IpcNative *self)
{
  const int lane = ipc_native_lane_if_any (self);

  if (lane < 0 || ipc_word_lane (atomic_load (self->word.word)) == IPC_LANE_REMOVED)
    return FALSE;

  for (guint i = 0; self->n_values > 1 && i < self->n_values; i++)
    if (ipc_set_held (&self->set, lane, i) != 0)
      return TRUE;

  return self->n_values == 1 && ipc_lane_held (&self->word.lanes[lane]) != 0;
}

IpcNative *
ipc_native_ref (IpcNative *self)
{
  g_mutex_lock (&registry_lock);
  self->ref_count++;
  g_mutex_unlock (&registry_lock);
  return self;
}

void
ipc_native_unref (IpcNative *self)
{
  g_mutex_lock (&registry_lock);
  if (--self->ref_count == 0 && !holds_units (self))
    {
      g_hash_table_remove (registry, self);
      native_free (self);
    }
  g_mutex_unlock (&registry_lock);
}
