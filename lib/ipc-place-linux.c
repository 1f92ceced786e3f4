/* ipc-place-linux.c: a native semaphore's file in /dev/shm
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ipc-error-private.h"
#include "ipc-info-private.h"
#include "ipc-native-private.h"
#include "ipc-place-linux-private.h"
#include "ipc-publish-private.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>

static char *
file_of (const IpcName *name)
{
  return g_strconcat (IPC_NAME_NATIVE_SEMAPHORE, name->plain, NULL);
}

/* -- Making -- */

/* Everything but the rows is there from the beginning. */
static gboolean
reserve_file (int fd, const IpcRequest *request, GError **error)
{
  const char *call = request->call;
  const char *object = request->name->text;
  const guint n = request->n_values;

  if (!ipc_publish_reserve (fd, sizeof (IpcNativeFile), call, object, error))
    return FALSE;
  if (n > 1
      && !ipc_publish_reserve_part (fd, IPC_NATIVE_SET_OFFSET,
                                    ipc_native_file_row (0, n) - IPC_NATIVE_SET_OFFSET, call,
                                    object, error))
    return FALSE;

  return ipc_publish_set_size (fd, ipc_native_file_size (n), call, object, error);
}

static gboolean
fill (int fd, gpointer data, GError **error)
{
  const IpcRequest *request = data;
  const gsize size = ipc_native_file_row (0, request->n_values);
  IpcNativeFile *file;

  if (!reserve_file (fd, request, error))
    return FALSE;

  file = mmap (NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (file == MAP_FAILED)
    return ipc_throw_errno (error, errno, "mmap", request->name->text);

  ipc_native_file_write (file, request);
  munmap (file, size);
  return TRUE;
}

/* The file stays open.  Where a program has closed a standard stream it would take its place, and what
 * the program writes there would be written over the object.  Returns: @fd or another in its stead */
static int
keep_off_streams (int fd, const char *name, GError **error)
{
  int other;

  if (fd < 0 || fd > STDERR_FILENO)
    return fd;

  other = fcntl (fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  if (other < 0)
    ipc_throw_errno (error, errno, "fcntl", name);

  close (fd);
  return other;
}

IpcPlace *
ipc_place_open (const IpcRequest *request, gboolean *created, GError **error)
{
  g_autofree char *file = file_of (request->name);
  const IpcPublish publish = {
    .call = request->call,
    .file = file,
    .request = request,
    .any_owner_flag = IPC_SEMAPHORE_ANY_OWNER,
    .fill = fill,
    .data = (gpointer) request,
  };
  struct stat st;
  const int fd = keep_off_streams (ipc_publish_open (&publish, created, &st, error),
                                   request->name->text, error);
  IpcPlace *self;

  if (fd < 0)
    return NULL;

  self = g_new0 (IpcPlace, 1);
  self->fd = fd;
  self->st = st;
  self->name = g_strdup (request->name->text);
  self->file = g_steal_pointer (&file);
  return self;
}

void
ipc_place_close (IpcPlace *self)
{
  if (self->memory != NULL)
    munmap (self->memory, self->size);
  if (ipc_place_is_file (self, self->fd))
    close (self->fd);

  g_free (self->name);
  g_free (self->file);
  g_free (self);
}

gpointer
ipc_place_map (IpcPlace *self, const char *call, gsize *size, GError **error)
{
  gpointer memory;

  *size = (gsize) self->st.st_size;
  if (*size < IPC_NATIVE_SET_OFFSET)
    return ipc_null_throw (error, IPC_ERROR_CORRUPT, call, self->name,
                           "a file of %" G_GSIZE_FORMAT " bytes in " IPC_SHM_DIR
                           " is no native semaphore", *size);

  memory = mmap (NULL, *size, PROT_READ | PROT_WRITE, MAP_SHARED, self->fd, 0);
  if (memory == MAP_FAILED)
    return ipc_null_throw_errno (error, errno, "mmap", self->name);

  self->memory = memory;
  self->size = *size;
  return memory;
}

gboolean
ipc_place_reserve_lane (const IpcPlace *self, guint lane, guint n_values, const char *call,
                        GError **error)
{
  const gsize row = ipc_native_file_row (lane, n_values);

  return ipc_publish_reserve_part (self->fd, IPC_NATIVE_LANES_OFFSET + lane * sizeof (IpcLane),
                                   sizeof (IpcLane), call, self->name, error)
         && (n_values == 1
             || ipc_publish_reserve_part (self->fd, row,
                                          ipc_native_file_row (lane + 1, n_values) - row, call,
                                          self->name, error));
}

/* -- What it is -- */

guint
ipc_place_hash (gconstpointer data)
{
  const IpcPlace *self = data;

  return (guint) self->st.st_ino ^ (guint) self->st.st_dev << 16;
}

gboolean
ipc_place_equal (gconstpointer a, gconstpointer b)
{
  const IpcPlace *one = a, *other = b;

  return one->st.st_ino == other->st.st_ino && one->st.st_dev == other->st.st_dev;
}

guint
ipc_place_get_permissions (const IpcPlace *self)
{
  return self->st.st_mode & 0777;
}

void
ipc_place_describe (const IpcPlace *self, IpcInfo *info)
{
  info->uid = self->st.st_uid;
  info->gid = self->st.st_gid;
  info->permissions = ipc_place_get_permissions (self);
}

/* -- The descriptor -- */

gboolean
ipc_place_is_file (const IpcPlace *self, int fd)
{
  struct stat st;

  return fstat (fd, &st) == 0 && st.st_dev == self->st.st_dev && st.st_ino == self->st.st_ino;
}

int
ipc_place_open_again (const IpcPlace *self)
{
  char path[64];

  snprintf (path, sizeof path, "/proc/self/fd/%d", self->fd);
  return open (path, O_RDWR | O_CLOEXEC);
}

static void
take_fd (IpcPlace *self, int fd)
{
  if (ipc_place_is_file (self, fd) && !ipc_place_is_file (self, self->fd))
    self->fd = fd;
  else
    close (fd);
}

void
ipc_place_mend (IpcPlace *self, IpcPlace *same)
{
  take_fd (self, same->fd);
  same->fd = -1;
  ipc_place_close (same);
}

/* Daemons close all descriptors, and this one with them.  As long as the name means this object,
 * there is another. */
gboolean
ipc_place_find (IpcPlace *self)
{
  g_autofree char *path = g_strconcat (IPC_SHM_DIR "/", self->file, NULL);
  int fd;

  if (ipc_place_is_file (self, self->fd))
    return TRUE;

  fd = open (path, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (fd >= 0)
    take_fd (self, fd);

  return ipc_place_is_file (self, self->fd);
}

void
ipc_place_after_fork (const IpcPlace *self)
{
  int fd;

  if (!ipc_place_is_file (self, self->fd))
    return;

  /* What is not ours must not be used: its locks are the parent's. */
  fd = ipc_place_open_again (self);
  if (fd < 0 || dup3 (fd, self->fd, O_CLOEXEC) < 0)
    close (self->fd);
  if (fd >= 0)
    close (fd);
}

/* -- The name -- */

gboolean
ipc_place_is_current (const IpcPlace *self)
{
  return ipc_publish_is_current (self->file, &self->st);
}

gboolean
ipc_place_is_unlinked (const IpcPlace *self)
{
  struct stat st;

  return fstat (self->fd, &st) == 0 && st.st_dev == self->st.st_dev
         && st.st_ino == self->st.st_ino && st.st_nlink == 0;
}

gboolean
ipc_place_unlink (const IpcPlace *self, const char *call, GError **error)
{
  return ipc_publish_unlink (self->file, &self->st, call, self->name, error);
}

gboolean
ipc_place_unlink_name (const IpcName *name, const char *call, GError **error)
{
  g_autofree char *file = file_of (name);

  return ipc_publish_unlink_name (file, call, name->text, error);
}
