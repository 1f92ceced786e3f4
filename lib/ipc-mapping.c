/* ipc-mapping.c: a mapped segment, shared by its object and by GBytes made from it
 *
 * Two counts.  @holds: who still needs the memory; at zero it is given back to the system, even
 * though the addresses stay.  @refs: who may still touch the addresses; at zero they go, too.  The
 * object drops its hold when it is detached, its reference when it is finalised; a thread that is
 * inside ipc_segment_read() or ipc_segment_write() has a reference of the object and so needs no
 * lock and no count of its own.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ipc-mapping-private.h"
#include "ipc-pages-private.h"

struct _IpcMapping
{
  gpointer data;
  gsize    mapped;
  _Atomic gsize shared; /* how much of it, from the start, is not zeros of this process */
  int      holds;   /* atomic; never grows again once it is zero */
  int      retired; /* atomic; the owner has dropped its hold */
  gatomicrefcount refs;
};

IpcMapping *
ipc_mapping_new (gpointer data, gsize mapped)
{
  IpcMapping *self = g_new0 (IpcMapping, 1);

  self->data = data;
  self->mapped = mapped;
  self->shared = mapped;
  self->holds = 1;
  g_atomic_ref_count_init (&self->refs);
  return self;
}

IpcMapping *
ipc_mapping_ref (IpcMapping *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

void
ipc_mapping_unref (IpcMapping *self)
{
  if (!g_atomic_ref_count_dec (&self->refs))
    return;

  ipc_pages_unmap (self->data, self->mapped);
  g_free (self);
}

static gboolean
mapping_blank_from (IpcMapping *self, gsize offset, const char *object, const char *remedy,
                    GError **error)
{
  if (!ipc_pages_blank ((char *) self->data + offset, self->mapped - offset, object, remedy, error))
    return FALSE;

  /* A release may do the same at the same time.  Too much here costs another call, no more. */
  self->shared = offset;
  return TRUE;
}

gboolean
ipc_mapping_hold (IpcMapping *self)
{
  int holds;

  do
    {
      holds = g_atomic_int_get (&self->holds);
      if (holds == 0)
        return FALSE;
    }
  while (!g_atomic_int_compare_and_exchange (&self->holds, holds, holds + 1));

  g_atomic_ref_count_inc (&self->refs);
  return TRUE;
}

void
ipc_mapping_release (gpointer data)
{
  IpcMapping *self = data;

  /* If this fails the memory goes with the last reference instead. */
  if (g_atomic_int_dec_and_test (&self->holds))
    mapping_blank_from (self, 0, "", NULL, NULL);

  ipc_mapping_unref (self);
}

gboolean
ipc_mapping_retire (IpcMapping *self, const char *object, GError **error)
{
  if (g_atomic_int_compare_and_exchange (&self->retired, FALSE, TRUE))
    g_atomic_int_add (&self->holds, -1);

  return g_atomic_int_get (&self->holds) > 0
         || mapping_blank_from (self, 0, object,
                                "the memory stays mapped until the object is freed", error);
}

gboolean
ipc_mapping_cut (IpcMapping *self, gsize offset, const char *object, GError **error)
{
  const gsize whole = ipc_pages_round (offset);

  return whole >= self->shared || mapping_blank_from (self, whole, object, NULL, error);
}

gboolean
ipc_mapping_is_spent (IpcMapping *self)
{
  return self->shared == 0;
}
