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

gboolean
ipc_segment_file_map (int fd, gsize size, const IpcRequest *request, IpcOpened *opened,
                      GError **error)
{
  const int access = request->flags & IPC_SEGMENT_READ_ONLY ? PROT_READ : PROT_READ | PROT_WRITE;
  gpointer place = request->flags & IPC_SEGMENT_HUGE_PAGES ? ipc_pages_place (size) : NULL;
  gpointer data = mmap (place, size, access, MAP_SHARED, fd, 0);

  if (data == MAP_FAILED)
    return errno == EPERM
               ? ipc_throw_errno_remedy (error, errno, "mmap", request->name->text,
                                         "it is sealed against writing; open it with READ_ONLY")
               : ipc_throw_errno (error, errno, "mmap", request->name->text);

  opened->data = data;
  opened->size = size;
  opened->mapped = ipc_pages_round (size);
  if (ipc_pages_prepare (request, opened, error))
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
  const int seals = fcntl (fd, F_GET_SEALS);

  return seals < 0 || (seals & seal) == 0
         || ipc_throw (error, IPC_ERROR_PERMISSION_DENIED, RESIZE, object,
                       "it was sealed against this; make a new segment");
}

/* What was added goes again if it cannot be mapped. */
gboolean
ipc_segment_file_grow (int fd, const IpcRequest *request, IpcOpened *opened, GError **error)
{
  const char *object = request->name->text;
  struct stat st;

  if (fstat (fd, &st) != 0)
    return ipc_throw_errno (error, errno, "fstat", object);

  if ((gsize) st.st_size < request->size
      && (!ipc_segment_file_check_seal (fd, F_SEAL_GROW, object, error)
          || !ipc_publish_reserve (fd, request->size, RESIZE, object, error)))
    return FALSE;

  if (ipc_segment_file_map (fd, request->size, request, opened, error))
    return TRUE;

  if ((gsize) st.st_size < request->size)
    ipc_segment_file_shrink (fd, (gsize) st.st_size, object, NULL);
  return FALSE;
}

gboolean
ipc_segment_file_shrink (int fd, gsize size, const char *object, GError **error)
{
  return ftruncate (fd, (off_t) size) == 0 || ipc_throw_errno (error, errno, RESIZE, object);
}
