/* ipc-backend-private.h: what a mechanism must do, and the tables of those built in
 *
 * A row knows nothing of the object above it.  It gets checked arguments, its own handle and
 * nothing else; it sets @error or succeeds; it never logs.  Rows live in the two tables of
 * ipc-backend.c, the only place that knows which mechanisms were built in.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "ipc-deadline-private.h"
#include "ipc-held-private.h"
#include "ipc-name-private.h"
#include <ipc/ipc-info.h>
#include <ipc/ipc-segment.h>
#include <ipc/ipc-semaphore.h>
#include <stdatomic.h>

/* How to open.  Borrowed for the call; a row copies what it keeps. */
typedef struct
{
  const char    *call;        /* of the library, that opens; for messages */
  const IpcName *name;
  IpcOpenMode    mode;
  guint          permissions; /* 0 to 0777, exact */
  guint          flags;       /* IpcSegmentFlags or IpcSemaphoreFlags */
  GCancellable  *cancellable; /* may be NULL */
  gsize          size;        /* segment: bytes; 0 with IPC_OPEN_EXISTING: any */
  const guint   *values;      /* semaphore: one for each of the set; used when created */
  guint          n_values;    /* semaphore: the least size of the set; 0: any */
} IpcRequest;

/* What a row found out while opening. */
typedef struct
{
  gboolean created;
  guint    permissions; /* as the system has them */
  guint    flags;       /* as they are in force: what was not granted is cleared */
  /* segment */
  gpointer data;
  gsize    size;
  gsize    mapped;      /* bytes of address space behind @data, whole pages */
  gsize    page_size;
  /* semaphore */
  guint    n_values;
  _Atomic guint64 *word; /* ipc_word_try_take() and ipc_word_try_give() may be tried on it until the
                          * handle is closed, before the row is asked; NULL: ask it always */
  IpcHeld  held;         /* and so may ipc_held_change() */
} IpcOpened;

typedef struct
{
  IpcBackend backend;

  /* Maps the segment whole and fills @opened.  The mapping belongs to the caller from then on, who
   * ends it by ipc_mapping_unref(); it outlives the handle. */
  gpointer (*open)        (const IpcRequest *request, IpcOpened *opened, GError **error);
  void     (*close)       (gpointer handle);
  /* The name goes, if it still means this object: TRUE also when it was gone already. */
  gboolean (*unlink)      (gpointer handle, GError **error);
  gboolean (*unlink_name) (const IpcName *name, GError **error);
  gboolean (*is_current)  (gpointer handle);
  /* Adds what is known to @info, which is new. */
  gboolean (*get_info)    (gpointer handle, IpcInfo *info, GError **error);
  /* The System V id, or -1.  May be NULL. */
  int      (*get_id)      (gpointer handle);

  /* The rest is NULL where the mechanism cannot. */

  /* A segment without a name that somebody else made; @fd stays the caller's. */
  gpointer (*adopt_fd)    (int fd, const IpcRequest *request, IpcOpened *opened, GError **error);
  /* The same with a handle of this process, which is taken over unless this fails. */
  gpointer (*adopt_handle) (guint64 object, const IpcRequest *request, IpcOpened *opened,
                            GError **error);
  /* A new handle, of process @pid, or 0. */
  guint64  (*dup_handle)  (gpointer handle, guint32 pid, GError **error);
  /* A new descriptor, close-on-exec, or -1. */
  int      (*dup_fd)      (gpointer handle, GError **error);
  gboolean (*seal)        (gpointer handle, IpcSegmentSeals seals, GError **error);
  /* Makes it longer, and maps it anew: request->size bytes. */
  gboolean (*grow)        (gpointer handle, const IpcRequest *request, IpcOpened *opened,
                           GError **error);
  /* A descriptor to make it shorter by, if it may be, or -1.  Then makes it so.  In between the
   * caller sees to it that nobody in this process touches what will be cut off. */
  int      (*shrink_fd)   (gpointer handle, GError **error);
  gboolean (*shrink)      (int fd, gsize size, const char *object, GError **error);
} IpcSegmentOps;

typedef struct _IpcQueue IpcQueue;

typedef enum
{
  IPC_OUTCOME_FAILED = 0,  /* error set */
  IPC_OUTCOME_DONE,
  IPC_OUTCOME_WOULD_BLOCK  /* nothing changed, no error set */
} IpcOutcome;

typedef struct
{
  IpcBackend backend;
  guint      max_value;
  guint      max_size;  /* of a set */
  gboolean   has_undo;
  gboolean   has_zero;  /* waits for zero */

  gpointer   (*open)        (const IpcRequest *request, IpcOpened *opened, GError **error);
  /* Ends waits in other threads with IPC_ERROR_CLOSED and gives back what an UNDO handle holds,
   * where the mechanism can.  Other threads may still be inside calls; they end well. */
  void       (*shut)        (gpointer handle);
  /* Frees the handle; no call is under way. */
  void       (*close)       (gpointer handle);

  /* Where several functions of the library lead to one call of the row, @call is the one that the
   * program called, for messages. */

  /* Without waiting.  @ops are checked: indices inside the set, deltas within +-max_value. */
  IpcOutcome (*try_operate) (gpointer handle, const IpcSemaphoreOp *ops, guint n_ops,
                             const char *call, GError **error);
  /* Gives back what dead processes hold: TRUE if another try may succeed.  NULL where the kernel
   * does it. */
  gboolean   (*recover)     (gpointer handle);
  /* As try_operate, once more before a call that may not wait fails: recovers first, and bears with
   * a peer that is just changing the object, for a second at most.  NULL as recover. */
  IpcOutcome (*try_again)   (gpointer handle, const IpcSemaphoreOp *ops, guint n_ops,
                             const char *call, GError **error);
  /* Waits until @wait is over.  TRUE if it was done; else nothing was. */
  gboolean   (*operate)     (gpointer handle, const IpcSemaphoreOp *ops, guint n_ops,
                             const IpcWait *wait, GError **error);
  /* For waits in a main loop: as try_operate, and tells in @nap what to sleep on.  @slept: others may
   * sleep there, too.  NULL: a thread of its own sleeps in operate. */
  IpcOutcome (*try_nap)     (gpointer handle, const IpcSemaphoreOp *ops, guint n_ops,
                             gboolean slept, const char *call, IpcNap *nap, GError **error);
  /* Starts serving @queue, which has its first wait; NULL with try_nap. */
  void       (*dispatch)    (gpointer handle, IpcQueue *queue);
  /* One unit of semaphore 0: the two calls that must be fast. */
  IpcOutcome (*try_take)    (gpointer handle, const char *call, GError **error);
  gboolean   (*give)        (gpointer handle, GError **error);

  /* NULL where the mechanism cannot. */
  gboolean   (*get_value)   (gpointer handle, guint index, guint *value, GError **error);
  gboolean   (*set_value)   (gpointer handle, guint index, guint value, GError **error);

  gboolean   (*unlink)      (gpointer handle, GError **error);
  gboolean   (*unlink_name) (const IpcName *name, GError **error);
  gboolean   (*is_current)  (gpointer handle);
  gboolean   (*get_info)    (gpointer handle, guint index, IpcInfo *info, GError **error);
  int        (*get_id)      (gpointer handle);
} IpcSemaphoreOps;

/* What the tables hold. */
extern const IpcSegmentOps ipc_segment_sysv_ops;
extern const IpcSegmentOps ipc_segment_posix_ops;
extern const IpcSegmentOps ipc_segment_native_ops;
extern const IpcSegmentOps ipc_segment_memfd_ops;   /* without a name */
extern const IpcSegmentOps ipc_segment_win32_ops;
extern const IpcSegmentOps ipc_segment_native_win32_ops;
extern const IpcSegmentOps ipc_segment_section_ops; /* without a name */
extern const IpcSemaphoreOps ipc_semaphore_sysv_ops;
extern const IpcSemaphoreOps ipc_semaphore_posix_ops;
extern const IpcSemaphoreOps ipc_semaphore_native_ops;
extern const IpcSemaphoreOps ipc_semaphore_win32_ops;

/* NULL with IPC_ERROR_NOT_SUPPORTED where this build lacks it; @call and @object for the message. */
const IpcSegmentOps   *ipc_segment_ops_lookup (IpcBackend backend, const char *call,
                                               const char *object, GError **error);
const IpcSemaphoreOps *ipc_semaphore_ops_lookup (IpcBackend backend, const char *call,
                                                 const char *object, GError **error);

/* The row of segments without a name, which is in no table.  NULL with IPC_ERROR_NOT_SUPPORTED. */
const IpcSegmentOps   *ipc_segment_anonymous_ops (const char *call, GError **error);

/* What a name without a scheme means. */
#define IPC_BACKEND_DEFAULT IPC_BACKEND_NATIVE
