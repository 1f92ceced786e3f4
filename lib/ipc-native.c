/* ipc-native.c: one native semaphore in one process: mapping, lane, looking after the dead
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ipc-error-private.h"
#include "ipc-native-private.h"
#include "ipc-publish-private.h"

#include <pthread.h>
#include <sys/mman.h>

/* Every object that this process has open, by device and inode. */
static GMutex registry_lock;
static GHashTable *registry;

static guint
native_hash (gconstpointer key)
{
  const IpcNative *self = key;

  return (guint) self->life.ino ^ (guint) self->life.dev << 16;
}

static gboolean
native_equal (gconstpointer a, gconstpointer b)
{
  const IpcNative *one = a, *other = b;

  return one->life.ino == other->life.ino && one->life.dev == other->life.dev;
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
  pthread_atfork (before_fork, after_fork_in_parent, after_fork_in_child);
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
  if (self->file != NULL)
    munmap (self->file, self->mapped);

  ipc_life_close (&self->life);
  g_mutex_clear (&self->sweep);
  g_free (self->name);
  g_free (self->file_name);
  g_free (self);
}

static void
native_place (IpcNative *self)
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
  set->held = (gpointer) (set->record + self->n_values);
}

static gboolean
native_map (IpcNative *self, GError **error)
{
  const gsize size = (gsize) self->st.st_size;
  gpointer file;

  if (size < IPC_NATIVE_SET_OFFSET)
    return ipc_throw (error, IPC_ERROR_CORRUPT, "ipc_semaphore_open", self->name,
                      "a file of %" G_GSIZE_FORMAT " bytes in " IPC_SHM_DIR
                      " is no native semaphore", size);

  file = mmap (NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, self->life.fd, 0);
  if (file == MAP_FAILED)
    return ipc_throw_errno (error, errno, "mmap", self->name);

  self->file = file;
  self->mapped = size;
  self->n_values = ipc_native_file_check (self->file, size, self->name, error);
  if (self->n_values == 0)
    return FALSE;

  native_place (self);
  self->own = ipc_life_own_page ();
  if (self->own == NULL)
    return ipc_throw (error, IPC_ERROR_NOT_SUPPORTED, "madvise MADV_WIPEONFORK", self->name,
                      "this kernel is too old (Linux 4.14 has it), or memory is used up");

  self->own->alone = TRUE;
  return TRUE;
}

static IpcNative *
native_new (int fd, const struct stat *st, const IpcName *name, const char *file_name,
            GError **error)
{
  IpcNative *self = g_new0 (IpcNative, 1);

  g_mutex_init (&self->sweep);
  self->life.fd = fd;
  self->life.dev = st->st_dev;
  self->life.ino = st->st_ino;
  self->st = *st;
  self->name = g_strdup (name->text);
  self->file_name = g_strdup (file_name);

  if (native_map (self, error))
    return self;

  native_free (self);
  return NULL;
}

static void
native_mend (IpcNative *self, int fd)
{
  g_mutex_lock (&self->sweep);
  ipc_life_mend (&self->life, fd);
  g_mutex_unlock (&self->sweep);
}

IpcNative *
ipc_native_get (int fd, const struct stat *st, const IpcName *name, const char *file_name,
                GError **error)
{
  const IpcNative key = { .life = { .dev = st->st_dev, .ino = st->st_ino } };
  IpcNative *self;

  g_mutex_lock (&registry_lock);
  ensure_registry ();
  self = g_hash_table_lookup (registry, &key);
  if (self != NULL)
    native_mend (self, fd);
  else
    {
      self = native_new (fd, st, name, file_name, error);
      if (self != NULL)
        g_hash_table_add (registry, self);
    }
  if (self != NULL)
    self->ref_count++;
  g_mutex_unlock (&registry_lock);
  return self;
}

/* What the process holds belongs to it until it ends, whatever handles it has: so does its lane. */
static gboolean
holds_units (const IpcNative *self)
{
  const int lane = ipc_native_lane_if_any (self);

  if (lane < 0)
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
