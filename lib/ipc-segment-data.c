/* ipc-segment-data.c: reading, writing, and the memory itself
 *
 * A detach or a resize in another thread may come at any moment, and reading takes no lock.  So the
 * order is: detach clears @open, resize sets another @view, and then they take the memory away (zeros
 * come in its place); a reader looks at both, copies, and looks again.  If it copied any of the
 * zeros, the second look tells.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ipc-copy-private.h"
#include "ipc-error-private.h"
#include "ipc-segment-private.h"

#include <string.h>

gboolean
ipc_segment_check_open (IpcSegment *self, const char *call, GError **error)
{
  if (g_atomic_int_get (&self->open))
    return TRUE;

  return ipc_throw (error, IPC_ERROR_CLOSED, call, self->label,
                    self->handle == NULL ? "it was never opened; g_initable_init() opens it"
                                         : "it was detached; open it again");
}

static gboolean
throw_range (IpcSegment *self, const IpcView *view, gsize offset, gsize length, const char *call,
             GError **error)
{
  return ipc_throw (error, IPC_ERROR_OUT_OF_RANGE, call, self->label,
                    "offset %" G_GSIZE_FORMAT " and length %" G_GSIZE_FORMAT " reach beyond its "
                    "%" G_GSIZE_FORMAT " bytes", offset, length, view->size);
}

/* No sum of @offset and @length, which could wrap.  NULL with @error set. */
static inline const IpcView *
view_of_range (IpcSegment *self, gsize offset, gsize length, const char *call, GError **error)
{
  const IpcView *view;

  if (!ipc_segment_is_open (self, call, error))
    return NULL;

  view = ipc_segment_view (self);
  if (G_LIKELY (offset <= view->size && length <= view->size - offset))
    return view;

  throw_range (self, view, offset, length, call, error);
  return NULL;
}

static inline gboolean
check_writable (IpcSegment *self, const char *call, GError **error)
{
  return G_LIKELY ((self->flags & IPC_SEGMENT_READ_ONLY) == 0)
         || ipc_throw (error, IPC_ERROR_READ_ONLY, call, self->label,
                       "it was opened with READ_ONLY");
}

/* The second look: whether the memory was still there when the copy was made. */
static inline gboolean
was_there (IpcSegment *self, const IpcView *view)
{
  ipc_mapping_copied ();
  return G_LIKELY (ipc_segment_view (self) == view);
}

/**
 * ipc_segment_get_data:
 * @self: a segment
 * @size: (out) (optional): return location for its size in bytes
 *
 * The memory itself, without a copy.  It begins at a page.  What peers write shows up in it at
 * once, even between two reads of the same byte: check what you have copied, not what is shared.
 *
 * It is valid until the segment is detached or resized, or @self is freed.  If @self is read-only,
 * writing to it ends the process by SIGSEGV.
 *
 * A language binding may return a copy.
 *
 * Returns: (transfer none) (nullable) (array length=size) (element-type guint8): the memory; %NULL
 *   and a size of 0 if @self was detached or never opened
 * Since: 0.1
 */
gpointer
ipc_segment_get_data (IpcSegment *self, gsize *size)
{
  const IpcView *view;

  g_return_val_if_fail (IS_SEGMENT (self), NULL);

  view = g_atomic_int_get (&self->open) ? ipc_segment_view (self) : NULL;
  if (size != NULL)
    *size = view != NULL ? view->size : 0;

  return view != NULL ? view->data : NULL;
}

/**
 * ipc_segment_get_bytes:
 * @self: a segment
 * @offset: where to begin, in bytes
 * @length: how many bytes
 * @error: return location for a #GError, or %NULL
 *
 * A part of the memory as #GBytes, without a copy.  It keeps the memory, beyond
 * ipc_segment_detach() and the end of @self.
 *
 * A #GBytes should never change, but this one does when a peer writes.  Use
 * ipc_segment_read_bytes() where that matters, as it does for keys of a hash table.
 *
 * Returns: (transfer full): new #GBytes; %NULL with %IPC_ERROR_OUT_OF_RANGE if the segment ends
 *   before, or %IPC_ERROR_CLOSED if @self was detached or never opened
 * Since: 0.1
 */
GBytes *
ipc_segment_get_bytes (IpcSegment *self, gsize offset, gsize length, GError **error)
{
  const char *call = "ipc_segment_get_bytes";
  const IpcView *view;

  g_return_val_if_fail (IS_SEGMENT (self), NULL);

  do
    {
      view = view_of_range (self, offset, length, call, error);
      if (view == NULL)
        return NULL;

      /* A detach or resize may have come since: either the hold fails, or it keeps the memory. */
      if (ipc_mapping_hold (view->mapping))
        return g_bytes_new_with_free_func (view->data + offset, length, ipc_mapping_release,
                                           view->mapping);
    }
  while (!was_there (self, view));

  return ipc_null_throw (error, IPC_ERROR_CLOSED, call, self->label, "it was just detached");
}

/**
 * ipc_segment_read: (skip)
 * @self: a segment
 * @offset: where to begin, in bytes
 * @buffer: (out caller-allocates) (array length=length) (element-type guint8): room for @length
 *   bytes
 * @length: how many bytes
 * @error: return location for a #GError, or %NULL
 *
 * Copies out of the segment: all of it or nothing.  Language bindings have
 * ipc_segment_read_bytes() instead.
 *
 * Returns: %TRUE if @buffer was filled; %FALSE with %IPC_ERROR_OUT_OF_RANGE if the segment ends
 *   before, or %IPC_ERROR_CLOSED if @self was never opened, or was detached, even while this call
 *   was copying; then @buffer holds nothing of use
 * Since: 0.1
 */
gboolean
ipc_segment_read (IpcSegment *self, gsize offset, void *buffer, gsize length, GError **error)
{
  const char *call = "ipc_segment_read";
  const IpcView *view;

  g_return_val_if_fail (IS_SEGMENT (self), FALSE);
  g_return_val_if_fail (buffer != NULL || length == 0, FALSE);

  do
    {
      view = view_of_range (self, offset, length, call, error);
      if (view == NULL)
        return FALSE;
      ipc_copy (buffer, view->data + offset, length);
    }
  while (!was_there (self, view));

  return ipc_segment_is_open (self, call, error);
}

/**
 * ipc_segment_read_bytes:
 * @self: a segment
 * @offset: where to begin, in bytes
 * @length: how many bytes
 * @error: return location for a #GError, or %NULL
 *
 * Copies out of the segment, into new #GBytes.
 *
 * Returns: (transfer full): new #GBytes, which no peer can change; %NULL with
 *   %IPC_ERROR_OUT_OF_RANGE if the segment ends before, %IPC_ERROR_NO_SPACE if this process has no
 *   memory for a copy, or %IPC_ERROR_CLOSED if @self was detached or never opened
 * Since: 0.1
 */
GBytes *
ipc_segment_read_bytes (IpcSegment *self, gsize offset, gsize length, GError **error)
{
  const char *call = "ipc_segment_read_bytes";
  g_autofree gpointer copy = NULL;

  g_return_val_if_fail (IS_SEGMENT (self), NULL);

  if (view_of_range (self, offset, length, call, error) == NULL)
    return NULL;

  /* A segment may be larger than what is left of the memory: that is no reason to abort. */
  copy = g_try_malloc (MAX (length, 1));
  if (copy == NULL)
    return ipc_null_throw (error, IPC_ERROR_NO_SPACE, call, self->label,
                           "no memory for a copy of %" G_GSIZE_FORMAT " bytes", length);

  if (!ipc_segment_read (self, offset, copy, length, error))
    return NULL;

  return g_bytes_new_take (g_steal_pointer (&copy), length);
}

/**
 * ipc_segment_write:
 * @self: a segment
 * @offset: where to begin, in bytes
 * @data: (array length=length) (element-type guint8): what to write
 * @length: how many bytes
 * @error: return location for a #GError, or %NULL
 *
 * Copies into the segment: all of it or nothing.  @data may lie in the segment itself.
 *
 * A peer that reads at the same moment may see a part of it; use an #IpcSemaphore to tell when it is
 * complete.
 *
 * Returns: %TRUE if it was written; %FALSE with %IPC_ERROR_OUT_OF_RANGE if the segment ends before,
 *   %IPC_ERROR_READ_ONLY if @self was opened with %IPC_SEGMENT_READ_ONLY, or %IPC_ERROR_CLOSED if
 *   @self was never opened, or was detached, even while this call was copying; then a part may have
 *   been written
 * Since: 0.1
 */
gboolean
ipc_segment_write (IpcSegment *self, gsize offset, const void *data, gsize length, GError **error)
{
  const char *call = "ipc_segment_write";
  const IpcView *view;

  g_return_val_if_fail (IS_SEGMENT (self), FALSE);
  g_return_val_if_fail (data != NULL || length == 0, FALSE);

  do
    {
      view = view_of_range (self, offset, length, call, error);
      if (view == NULL || !check_writable (self, call, error))
        return FALSE;
      ipc_copy (view->data + offset, data, length);
    }
  while (!was_there (self, view));

  return ipc_segment_is_open (self, call, error);
}

/**
 * ipc_segment_clear:
 * @self: a segment
 * @error: return location for a #GError, or %NULL
 *
 * Makes every byte of the segment zero, as it was when it was made.
 *
 * Returns: %TRUE if it was done; %FALSE with %IPC_ERROR_READ_ONLY if @self was opened with
 *   %IPC_SEGMENT_READ_ONLY, or %IPC_ERROR_CLOSED if @self was never opened, or was detached, even
 *   while this call was at work
 * Since: 0.1
 */
gboolean
ipc_segment_clear (IpcSegment *self, GError **error)
{
  const char *call = "ipc_segment_clear";
  const IpcView *view;

  g_return_val_if_fail (IS_SEGMENT (self), FALSE);

  do
    {
      view = view_of_range (self, 0, 0, call, error);
      if (view == NULL || !check_writable (self, call, error))
        return FALSE;
      memset (view->data, 0, view->size);
    }
  while (!was_there (self, view));

  return ipc_segment_is_open (self, call, error);
}

/**
 * ipc_segment_detach:
 * @self: a segment
 * @error: return location for a #GError, or %NULL
 *
 * Ends the use of the memory: from now on it counts as detached (see `nattch` in shmctl(2)), unless
 * #GBytes of ipc_segment_get_bytes() still keep it.  Reading and writing are %IPC_ERROR_CLOSED from
 * then on, in other threads as well.  The segment itself stays, and so does its name.
 *
 * A second call does nothing.
 *
 * Returns: %TRUE if it was done, now or before; %FALSE with %IPC_ERROR_NO_SPACE if the kernel has no
 *   room to account for the change.  Then the memory goes when @self is freed; another call tries
 *   again.
 * Since: 0.1
 */
gboolean
ipc_segment_detach (IpcSegment *self, GError **error)
{
  const IpcView *view;
  gboolean done;

  g_return_val_if_fail (IS_SEGMENT (self), FALSE);

  ipc_segment_lock (self);
  g_atomic_int_set (&self->open, FALSE);
  view = ipc_segment_view (self);
  done = view == NULL || ipc_mapping_retire (view->mapping, self->label, error);
  ipc_segment_unlock (self);
  return done;
}

/**
 * ipc_segment_get_size:
 * @self: a segment
 *
 * Says how many bytes the segment has.
 *
 * Returns: its size in bytes, as it was when it was opened or last resized by @self; it stays the
 *   same after ipc_segment_detach()
 * Since: 0.1
 */
gsize
ipc_segment_get_size (IpcSegment *self)
{
  const IpcView *view;

  g_return_val_if_fail (IS_SEGMENT (self), 0);

  view = ipc_segment_view (self);
  return view != NULL ? view->size : 0;
}

/**
 * ipc_segment_get_page_size:
 * @self: a segment
 *
 * With %IPC_SEGMENT_HUGE_PAGES it tells what was got: the size of the huge pages, if all of the
 * segment that can lie in huge pages does.  Without that flag it is the usual size of a page.
 *
 * Returns: the bytes of one page of the mapping; 0 if @self was never opened
 * Since: 0.1
 */
gsize
ipc_segment_get_page_size (IpcSegment *self)
{
  const IpcView *view;

  g_return_val_if_fail (IS_SEGMENT (self), 0);

  view = ipc_segment_view (self);
  return view != NULL ? view->page_size : 0;
}
