/* ipc-segment-share.c: segments without a name, their descriptors, seals, and other sizes
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ipc-error-private.h"
#include "ipc-open-private.h"
#include "ipc-segment-private.h"

#include <glib/gstdio.h>

#define VIEW(self, i) ((const IpcView *) (self)->views->pdata[i])

const IpcName ipc_segment_no_name = { .text = (char *) IPC_NAME_NONE, .backend = IPC_BACKEND_NATIVE };

IpcSegment *
ipc_segment_wrap (const IpcSegmentOps *ops, gpointer handle, const IpcOpened *opened,
                  IpcSegmentFlags flags)
{
  IpcSegment *self;

  if (handle == NULL)
    return NULL;

  self = g_object_new (IPC_TYPE_SEGMENT, "flags", flags, NULL);
  self->ops = ops;
  self->handle = handle;
  ipc_segment_adopt (self, opened, NULL);
  g_atomic_int_set (&self->open, TRUE);
  return self;
}

static gboolean
check_size (gsize size, const char *call, const char *object, GError **error)
{
  return (size > 0 && size <= G_MAXSSIZE)
         || ipc_throw (error, IPC_ERROR_INVALID_ARGUMENT, call, object,
                       "a segment of %" G_GSIZE_FORMAT " bytes; it may have 1 to %" G_GSSIZE_FORMAT,
                       size, G_MAXSSIZE);
}

/**
 * ipc_segment_create_anonymous:
 * @size: how many bytes, at least 1
 * @flags: how to map it
 * @error: return location for a #GError, or %NULL
 *
 * Makes a segment without a name; see memfd_create(2).  Peers get it by its descriptor, see
 * ipc_segment_dup_fd(), or by fork().  It goes with the last process that has it.
 *
 * Its memory is zero and reserved, as that of ipc_segment_create().
 *
 * Returns: (transfer full): a new object; %NULL with %IPC_ERROR_INVALID_ARGUMENT for a size or flags
 *   that cannot be, %IPC_ERROR_NO_SPACE if memory or a limit is used up, or
 *   %IPC_ERROR_NOT_SUPPORTED if the kernel lacks it
 * Since: 0.1
 */
IpcSegment *
ipc_segment_create_anonymous (gsize size, IpcSegmentFlags flags, GError **error)
{
  const char *call = "ipc_segment_create_anonymous";
  const IpcRequest request = {
    .call = call,
    .name = &ipc_segment_no_name,
    .mode = IPC_OPEN_CREATE,
    .permissions = 0600,
    .flags = flags,
    .size = size,
  };
  const IpcSegmentOps *ops;
  IpcOpened opened = { 0 };

  if (!check_size (size, call, IPC_NAME_NONE, error)
      || !ipc_open_check_numbers (IPC_OPEN_CREATE, flags, IPC_SEGMENT_ALL_FLAGS, call, IPC_NAME_NONE,
                                  error))
    return NULL;

  ops = ipc_segment_anonymous_ops (call, error);
  if (ops == NULL)
    return NULL;

  return ipc_segment_wrap (ops, ops->open (&request, &opened, error), &opened, flags);
}

/**
 * ipc_segment_new_from_fd:
 * @fd: a descriptor of shared memory; it stays the caller's
 * @flags: how to map it
 * @error: return location for a #GError, or %NULL
 *
 * Opens the segment behind a descriptor that a peer sent, by a socket (see #GUnixFDList) or D-Bus:
 * one of memfd_create(2), shm_open(3) or ipc_segment_dup_fd().  It is mapped whole.
 *
 * Who sent it could cut it later, and touching what is gone is SIGBUS.  So it must be sealed
 * against shrinking, or belong to this user or root, or %IPC_SEGMENT_ANY_OWNER must say that its
 * sender is trusted.
 *
 * Returns: (transfer full): a new object; %NULL with
 *   %IPC_ERROR_INVALID_ARGUMENT if it is no memory (a pipe, a directory, a file on a disk), is empty,
 *     or for flags that cannot be,
 *   %IPC_ERROR_UNTRUSTED if it is another user's and not sealed,
 *   %IPC_ERROR_PERMISSION_DENIED if it is not open for what @flags ask for, or is sealed against
 *     writing and %IPC_SEGMENT_READ_ONLY was not given,
 *   %IPC_ERROR_NO_SPACE if descriptors or address space are used up,
 *   %IPC_ERROR_FAILED if @fd is not open
 * Since: 0.1
 */
IpcSegment *
ipc_segment_new_from_fd (int fd, IpcSegmentFlags flags, GError **error)
{
  const char *call = "ipc_segment_new_from_fd";
  const IpcRequest request = {
    .call = call,
    .name = &ipc_segment_no_name,
    .mode = IPC_OPEN_EXISTING,
    .permissions = 0600,
    .flags = flags,
  };
  const IpcSegmentOps *ops;
  IpcOpened opened = { 0 };

  if (!ipc_open_check_numbers (IPC_OPEN_EXISTING, flags, IPC_SEGMENT_ALL_FLAGS, call, IPC_NAME_NONE,
                               error))
    return NULL;

  ops = ipc_segment_anonymous_ops (call, error);
  if (ops == NULL)
    return NULL;
  if (ops->adopt_fd == NULL)
    return ipc_null_throw (error, IPC_ERROR_NOT_SUPPORTED, call, IPC_NAME_NONE,
                           "descriptors carry no memory on this platform");

  return ipc_segment_wrap (ops, ops->adopt_fd (fd, &request, &opened, error), &opened, flags);
}

gboolean
ipc_segment_throw_cannot (IpcSegment *self, const char *call, GError **error)
{
  return ipc_throw (error, IPC_ERROR_NOT_SUPPORTED, call, self->label,
                    "%s segments of this kind cannot do this",
                    ipc_backend_get_name (self->ops->backend));
}

/**
 * ipc_segment_dup_fd:
 * @self: a segment
 * @error: return location for a #GError, or %NULL
 *
 * A descriptor of the segment, to be sent to a peer, who gives it to ipc_segment_new_from_fd() or
 * mmap(2).  It is close-on-exec.
 *
 * A peer with the descriptor can map the segment for writing even if it was opened read-only: seal
 * it (see ipc_segment_seal()) for a peer that is not trusted.
 *
 * Returns: a new descriptor, to be closed by the caller; -1 with
 *   %IPC_ERROR_NOT_SUPPORTED if the mechanism has none (System V),
 *   %IPC_ERROR_REMOVED if it has a name and that is gone,
 *   %IPC_ERROR_PERMISSION_DENIED if the segment's file may not be opened again,
 *   %IPC_ERROR_NO_SPACE if descriptors are used up,
 *   %IPC_ERROR_FAILED if this process has closed the library's descriptor of it, or
 *   %IPC_ERROR_CLOSED
 * Since: 0.1
 */
int
ipc_segment_dup_fd (IpcSegment *self, GError **error)
{
  const char *call = "ipc_segment_dup_fd";

  g_return_val_if_fail (IS_SEGMENT (self), -1);

  if (!ipc_segment_check_open (self, call, error))
    return -1;

  if (self->ops->dup_fd != NULL)
    return self->ops->dup_fd (self->handle, error);

  ipc_segment_throw_cannot (self, call, error);
  return -1;
}

/**
 * ipc_segment_seal:
 * @self: a segment without a name
 * @seals: what nobody shall do any more
 * @error: return location for a #GError, or %NULL
 *
 * Forbids changes for good, to everybody; see F_ADD_SEALS in fcntl(2).  With
 * %IPC_SEGMENT_SEAL_FUTURE_WRITE the mapping of @self stays writable while peers can map it for
 * reading only.
 *
 * Returns: %TRUE if they are sealed; %FALSE with %IPC_ERROR_NOT_SUPPORTED if the segment has a name,
 *   %IPC_ERROR_PERMISSION_DENIED if it takes no more seals, %IPC_ERROR_INVALID_ARGUMENT for unknown
 *   seals (by the library or the kernel), %IPC_ERROR_FAILED if this process has closed the library's
 *   descriptor of it, or %IPC_ERROR_CLOSED
 * Since: 0.1
 */
gboolean
ipc_segment_seal (IpcSegment *self, IpcSegmentSeals seals, GError **error)
{
  const char *call = "ipc_segment_seal";
  const guint all = IPC_SEGMENT_SEAL_SHRINK | IPC_SEGMENT_SEAL_GROW | IPC_SEGMENT_SEAL_FUTURE_WRITE
                    | IPC_SEGMENT_SEAL_SEAL;

  g_return_val_if_fail (IS_SEGMENT (self), FALSE);

  if (!ipc_segment_check_open (self, call, error))
    return FALSE;
  if ((seals & ~all) != 0)
    return ipc_throw (error, IPC_ERROR_INVALID_ARGUMENT, call, self->label, "unknown seals 0x%x",
                      seals & ~all);

  return self->ops->seal != NULL ? self->ops->seal (self->handle, seals, error)
                                 : ipc_segment_throw_cannot (self, call, error);
}

static gboolean
grow (IpcSegment *self, gsize size, GError **error)
{
  const IpcView *old = ipc_segment_view (self);
  IpcOpened opened = { 0 };
  const IpcRequest request = {
    .call = "ipc_segment_resize",
    .name = self->parsed != NULL ? self->parsed : &ipc_segment_no_name,
    .permissions = self->permissions,
    .flags = self->flags,
    .size = size,
  };

  if (!self->ops->grow (self->handle, &request, &opened, error))
    return FALSE;

  ipc_segment_adopt (self, &opened, NULL);
  /* If this fails the old mapping goes with the object. */
  ipc_mapping_retire (old->mapping, self->label, NULL);
  return TRUE;
}

/* Of all mappings that there were: those that were given up may be held by #GBytes.  Most are spent,
 * and there may be many. */
static gboolean
cut_mappings (IpcSegment *self, gsize size, GError **error)
{
  while (ipc_mapping_is_spent (VIEW (self, self->n_spent)->mapping))
    self->n_spent++;

  for (guint i = self->n_spent; i < self->views->len; i++)
    if (!ipc_mapping_cut (VIEW (self, i)->mapping, size, self->label, error))
      return FALSE;

  return TRUE;
}

/* In this order: the new size, zeros where the end was, and then the end is cut off.  A thread that
 * copies any of the zeros finds afterwards that the segment is shorter, and none touches what is
 * gone. */
static gboolean
shrink_by (int fd, IpcSegment *self, gsize size, GError **error)
{
  const IpcView *old = ipc_segment_view (self);
  const IpcOpened opened = {
    .flags = old->flags,
    .data = old->data,
    .size = size,
    .page_size = old->page_size,
  };

  ipc_segment_adopt (self, &opened, old->mapping);
  if (cut_mappings (self, size, error) && self->ops->shrink (fd, size, self->label, error))
    return TRUE;

  /* It is as long as before, and is mapped so again; if that fails, too, it stays shorter here. */
  grow (self, old->size, NULL);
  return FALSE;
}

static gboolean
shrink (IpcSegment *self, gsize size, GError **error)
{
  const int fd = self->ops->shrink_fd (self->handle, error);
  gboolean done;

  if (fd < 0)
    return FALSE;

  done = shrink_by (fd, self, size, error);
  g_close (fd, NULL);
  return done;
}

static gboolean
resize_locked (IpcSegment *self, gsize size, const char *call, GError **error)
{
  if (!ipc_segment_check_open (self, call, error))
    return FALSE;
  if (self->ops->grow == NULL)
    return ipc_segment_throw_cannot (self, call, error);
  if (self->flags & IPC_SEGMENT_READ_ONLY)
    return ipc_throw (error, IPC_ERROR_READ_ONLY, call, self->label, "it was opened with READ_ONLY");

  return size < ipc_segment_view (self)->size ? shrink (self, size, error)
                                              : grow (self, size, error);
}

/**
 * ipc_segment_resize:
 * @self: a segment
 * @new_size: how many bytes it shall have, at least 1
 * @error: return location for a #GError, or %NULL
 *
 * Makes the segment longer or shorter.  What is added is zero and reserved.  The mapping may move:
 * what ipc_segment_get_data() gave is not valid any more.  Reading and writing in other threads go
 * on; a write that the end is taken from is %IPC_ERROR_OUT_OF_RANGE, and may have been done in part.
 * `notify::size` is emitted in the thread that calls this.  A fork() of another thread waits until it
 * is done.
 *
 * Addresses that the segment was moved from stay taken until @self is freed, though no memory is
 * behind them: grow by a factor rather than by a few bytes.
 *
 * Peers keep what they have mapped.  One that calls this with a size that the segment has already
 * only maps it anew.  A segment must not be made shorter while a peer has it mapped longer: touching
 * what is gone is SIGBUS there.  #GBytes of this process read zeros there.
 *
 * Returns: %TRUE if it has the size; %FALSE with
 *   %IPC_ERROR_NOT_SUPPORTED if the mechanism cannot (System V),
 *   %IPC_ERROR_INVALID_ARGUMENT for a size that cannot be,
 *   %IPC_ERROR_NO_SPACE if memory, address space, descriptors or a limit is used up,
 *   %IPC_ERROR_READ_ONLY if @self was opened with %IPC_SEGMENT_READ_ONLY,
 *   %IPC_ERROR_PERMISSION_DENIED if it is sealed against this (or against writing, which mapping it
 *     anew needs) or may not be opened again,
 *   %IPC_ERROR_REMOVED if it has a name and that is gone,
 *   %IPC_ERROR_FAILED if this process has closed the library's descriptor of it, or
 *   %IPC_ERROR_CLOSED
 * Since: 0.1
 */
gboolean
ipc_segment_resize (IpcSegment *self, gsize new_size, GError **error)
{
  const char *call = "ipc_segment_resize";
  gboolean done, changed;
  gsize before;

  g_return_val_if_fail (IS_SEGMENT (self), FALSE);

  if (!check_size (new_size, call, self->label, error))
    return FALSE;

  ipc_segment_lock (self);
  before = ipc_segment_get_size (self);
  done = resize_locked (self, new_size, call, error);
  changed = ipc_segment_get_size (self) != before;
  ipc_segment_unlock (self);

  if (changed)
    g_object_notify (G_OBJECT (self), "size");
  return done;
}
