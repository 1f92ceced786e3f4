/* ipc-segment-file.c: segments that are files: mapped, made longer, made shorter
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ipc-error-private.h"
#include "ipc-pages-private.h"
#include "ipc-publish-private.h"
#include "ipc-segment-file-private.h"

#include <fcntl.h>
#include <sys/mman.h>

#define RESIZE "ipc_segment_resize"

void
ipc_segment_file_unmap (IpcOpened *opened)
{
  if (opened->data != NULL)
    munmap (opened->data, opened->mapped);

  opened->data = NULL;
}

static gboolean
has_seal (int fd, int seal)
{
  const int seals = fcntl (fd, F_GET_SEALS);

  return seals >= 0 && (seals & seal) != 0;
}

/* What is sealed against all writing never changes again, so that a private mapping is as good.
 * Before Linux 6.7 a shared one was refused even for reading. */
static gpointer
map_for_reading (gpointer place, gsize size, int fd)
{
  return mmap (place, size, PROT_READ, has_seal (fd, F_SEAL_WRITE) ? MAP_PRIVATE : MAP_SHARED, fd, 0);
}

/* The addresses alone: the file may be shorter still. */
static gboolean
map_addresses (int fd, gsize size, const IpcRequest *request, IpcOpened *opened, GError **error)
{
  gpointer place = request->flags & IPC_SEGMENT_HUGE_PAGES ? ipc_pages_place (size) : NULL;
  gpointer data = request->flags & IPC_SEGMENT_READ_ONLY
                    ? map_for_reading (place, size, fd)
                    : mmap (place, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

  if (data == MAP_FAILED)
    return errno == EPERM
               ? ipc_throw_errno_remedy (error, errno, "mmap", request->name->text,
                                         "it is sealed against writing; open it with READ_ONLY")
               : ipc_throw_errno (error, errno, "mmap", request->name->text);

  opened->data = data;
  opened->size = size;
  opened->mapped = ipc_pages_round (size);
  return TRUE;
}

gboolean
ipc_segment_file_map (int fd, gsize size, const IpcRequest *request, IpcOpened *opened,
                      GError **error)
{
  if (map_addresses (fd, size, request, opened, error)
      && ipc_pages_prepare (request, opened, error))
    return TRUE;

  ipc_segment_file_unmap (opened);
  return FALSE;
}

gboolean
ipc_segment_file_map_whole (int fd, const struct stat *st, const IpcRequest *request,
                            IpcOpened *opened, GError **error)
{
  if ((guint64) st->st_size > G_MAXSSIZE)
    return ipc_throw (error, IPC_ERROR_NO_SPACE, "mmap", request->name->text,
                      "%" G_GINT64_FORMAT " bytes do not fit into this process's address space",
                      (gint64) st->st_size);

  return ipc_pages_check_size (request, (gsize) st->st_size, error)
         && ipc_segment_file_map (fd, (gsize) st->st_size, request, opened, error);
}

gboolean
ipc_segment_file_check_seal (int fd, int seal, const char *object, GError **error)
{
  return !has_seal (fd, seal)
         || ipc_throw (error, IPC_ERROR_PERMISSION_DENIED, RESIZE, object,
                       "it was sealed against this; make a new segment");
}

/* Who maps whole pages can have written beyond the end; what is added must be zero all the same. */
static void
clear_rest_of_page (int fd, gsize size)
{
  const gsize rest = ipc_pages_round (size) - size;

  if (rest > 0)
    fallocate (fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t) size, (off_t) rest);
}

static gboolean
extend (int fd, guint64 from, gsize size, const char *object, GError **error)
{
  if (from >= size)
    return TRUE;
  if (!ipc_segment_file_check_seal (fd, F_SEAL_GROW, object, error))
    return FALSE;

  clear_rest_of_page (fd, (gsize) from);
  return ipc_publish_reserve_part (fd, (gsize) from, size - (gsize) from, RESIZE, object, error);
}

/* Unless a peer has changed it as well. */
static void
take_back (int fd, guint64 from, gsize size)
{
  struct stat st;

  if (from < size && fstat (fd, &st) == 0 && (guint64) st.st_size == size)
    ipc_segment_file_shrink (fd, (gsize) from, IPC_NAME_NONE, NULL);
}

/* The addresses first: they are refused more often, and easier to give back than what was added to
 * a file, which may be sealed against becoming shorter. */
gboolean
ipc_segment_file_grow (int fd, const IpcRequest *request, IpcOpened *opened, GError **error)
{
  const char *object = request->name->text;
  struct stat st;

  if (fstat (fd, &st) != 0)
    return ipc_throw_errno (error, errno, "fstat", object);

  if (!map_addresses (fd, request->size, request, opened, error))
    return FALSE;

  if (extend (fd, (guint64) st.st_size, request->size, object, error))
    {
      if (ipc_pages_prepare (request, opened, error))
        return TRUE;
      take_back (fd, (guint64) st.st_size, request->size);
    }

  ipc_segment_file_unmap (opened);
  return FALSE;
}

gboolean
ipc_segment_file_shrink (int fd, gsize size, const char *object, GError **error)
{
  return ftruncate (fd, (off_t) size) == 0 || ipc_throw_errno (error, errno, RESIZE, object);
}
