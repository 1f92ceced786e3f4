/* ipc-segment.h: memory that several processes share
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef IPC_SEGMENT_H
#define IPC_SEGMENT_H

#if !defined IPC_H_INSIDE && !defined IPC_COMPILATION
# error "Only <ipc/ipc.h> can be included directly."
#endif

#include <ipc/ipc-info.h>
#include <ipc/ipc-types.h>

G_BEGIN_DECLS

/**
 * IpcSegmentFlags:
 * @IPC_SEGMENT_FLAGS_NONE: nothing special
 * @IPC_SEGMENT_ANY_OWNER: accept a segment of another user, or one that others may write to
 * @IPC_SEGMENT_READ_ONLY: map it for reading only; the processor enforces it
 * @IPC_SEGMENT_POPULATE: fill the page tables now, so that no first touch costs a fault later
 * @IPC_SEGMENT_LOCKED: keep it in memory, see mlock(2)
 * @IPC_SEGMENT_HUGE_PAGES: use huge pages: reserved ones where the mechanism has them and some are
 *   free, else transparent ones, which also fills the page tables.  ipc_segment_get_page_size()
 *   tells what was got.
 *
 * How to map a segment.
 *
 * Since: 0.1
 */
typedef enum /*< flags >*/
{
  IPC_SEGMENT_FLAGS_NONE = 0,
  IPC_SEGMENT_ANY_OWNER = 1 << 0,
  IPC_SEGMENT_READ_ONLY = 1 << 1,
  IPC_SEGMENT_POPULATE = 1 << 2,
  IPC_SEGMENT_LOCKED = 1 << 3,
  IPC_SEGMENT_HUGE_PAGES = 1 << 4
} IpcSegmentFlags;

/**
 * IpcSegmentSeals:
 * @IPC_SEGMENT_SEAL_NONE: nothing
 * @IPC_SEGMENT_SEAL_SHRINK: nobody can make it shorter
 * @IPC_SEGMENT_SEAL_GROW: nobody can make it longer
 * @IPC_SEGMENT_SEAL_FUTURE_WRITE: who maps it from now on can only read it (Linux 5.1)
 * @IPC_SEGMENT_SEAL_SEAL: nobody can add seals
 *
 * What nobody can do any more with a sealed segment.
 *
 * Since: 0.1
 */
typedef enum /*< flags >*/
{
  IPC_SEGMENT_SEAL_NONE = 0,
  IPC_SEGMENT_SEAL_SHRINK = 1 << 0,
  IPC_SEGMENT_SEAL_GROW = 1 << 1,
  IPC_SEGMENT_SEAL_FUTURE_WRITE = 1 << 2,
  IPC_SEGMENT_SEAL_SEAL = 1 << 3
} IpcSegmentSeals;

#define IPC_TYPE_SEGMENT_SEALS (ipc_segment_seals_get_type ())
#define IPC_TYPE_SEGMENT_FLAGS (ipc_segment_flags_get_type ())
#define IPC_TYPE_SEGMENT (ipc_segment_get_type ())

IPC_PUBLIC
GType ipc_segment_flags_get_type (void) G_GNUC_CONST;

IPC_PUBLIC
GType ipc_segment_seals_get_type (void) G_GNUC_CONST;

IPC_PUBLIC
G_DECLARE_FINAL_TYPE (IpcSegment, ipc_segment, IPC, SEGMENT, GObject)

IPC_PUBLIC
IpcSegment *ipc_segment_create (const char *name, gsize size, IpcSegmentFlags flags, GError **error);

IPC_PUBLIC
IpcSegment *ipc_segment_open (const char *name, IpcSegmentFlags flags, GError **error);

IPC_PUBLIC
IpcSegment *ipc_segment_open_or_create (const char *name, gsize size, IpcSegmentFlags flags,
                                        GError **error);

IPC_PUBLIC
IpcSegment *ipc_segment_new_full (const char *name, IpcOpenMode open_mode, gsize size,
                                  guint permissions, IpcSegmentFlags flags,
                                  GCancellable *cancellable, GError **error);

IPC_PUBLIC
IpcSegment *ipc_segment_create_anonymous (gsize size, IpcSegmentFlags flags, GError **error);

IPC_PUBLIC
IpcSegment *ipc_segment_new_from_fd (int fd, IpcSegmentFlags flags, GError **error);

IPC_PUBLIC
int ipc_segment_dup_fd (IpcSegment *self, GError **error);

IPC_PUBLIC
IpcSegment *ipc_segment_new_from_handle (guint64 handle, IpcSegmentFlags flags, GError **error);

IPC_PUBLIC
guint64 ipc_segment_dup_handle_for_pid (IpcSegment *self, guint pid, GError **error);

IPC_PUBLIC
gboolean ipc_segment_seal (IpcSegment *self, IpcSegmentSeals seals, GError **error);

IPC_PUBLIC
gboolean ipc_segment_resize (IpcSegment *self, gsize new_size, GError **error);

IPC_PUBLIC
gpointer ipc_segment_get_data (IpcSegment *self, gsize *size);

IPC_PUBLIC
GBytes *ipc_segment_get_bytes (IpcSegment *self, gsize offset, gsize length, GError **error);

IPC_PUBLIC
gboolean ipc_segment_read (IpcSegment *self, gsize offset, void *buffer, gsize length,
                           GError **error);

IPC_PUBLIC
GBytes *ipc_segment_read_bytes (IpcSegment *self, gsize offset, gsize length, GError **error);

IPC_PUBLIC
gboolean ipc_segment_write (IpcSegment *self, gsize offset, const void *data, gsize length,
                            GError **error);

IPC_PUBLIC
gboolean ipc_segment_clear (IpcSegment *self, GError **error);

IPC_PUBLIC
gboolean ipc_segment_detach (IpcSegment *self, GError **error);

IPC_PUBLIC
gboolean ipc_segment_unlink (IpcSegment *self, GError **error);

IPC_PUBLIC
gboolean ipc_segment_unlink_name (const char *name, GError **error);

IPC_PUBLIC
IpcInfo *ipc_segment_get_info (IpcSegment *self, GError **error);

IPC_PUBLIC
const char *ipc_segment_get_name (IpcSegment *self);

IPC_PUBLIC
IpcBackend ipc_segment_get_backend (IpcSegment *self);

IPC_PUBLIC
gsize ipc_segment_get_size (IpcSegment *self);

IPC_PUBLIC
gsize ipc_segment_get_page_size (IpcSegment *self);

IPC_PUBLIC
guint ipc_segment_get_permissions (IpcSegment *self);

IPC_PUBLIC
IpcSegmentFlags ipc_segment_get_flags (IpcSegment *self);

IPC_PUBLIC
gboolean ipc_segment_get_created (IpcSegment *self);

IPC_PUBLIC
gboolean ipc_segment_is_read_only (IpcSegment *self);

IPC_PUBLIC
gboolean ipc_segment_is_current (IpcSegment *self);

IPC_PUBLIC
gboolean ipc_segment_get_id (IpcSegment *self, int *id);

G_END_DECLS

#endif
