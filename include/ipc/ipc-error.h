/* ipc-error.h: what can go wrong
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef IPC_ERROR_H
#define IPC_ERROR_H

#if !defined IPC_H_INSIDE && !defined IPC_COMPILATION
# error "Only <ipc/ipc.h> can be included directly."
#endif

#include <gio/gio.h>
#include <ipc/ipc-version.h>

G_BEGIN_DECLS

/**
 * IPC_ERROR:
 *
 * The domain of the library's errors; their codes are those of #IpcError.  A call that its
 * #GCancellable ended has %G_IO_ERROR and %G_IO_ERROR_CANCELLED instead.
 *
 * Since: 0.1
 */
#define IPC_ERROR (ipc_error_quark ())

/**
 * IpcError:
 * @IPC_ERROR_FAILED: the system refused for a reason that has no code here; the message has it
 * @IPC_ERROR_INVALID_NAME: the name breaks a rule; the message says which part and which rule
 * @IPC_ERROR_INVALID_ARGUMENT: an argument that no object could accept
 * @IPC_ERROR_NOT_SUPPORTED: this backend, build or kernel cannot do it
 * @IPC_ERROR_EXISTS: the name is taken, and a new object was asked for
 * @IPC_ERROR_NOT_FOUND: there is no object of that name
 * @IPC_ERROR_PERMISSION_DENIED: the caller may not
 * @IPC_ERROR_NO_SPACE: memory, or a limit of the system, is used up; the message names it
 * @IPC_ERROR_SIZE_MISMATCH: the object is smaller than was asked for
 * @IPC_ERROR_OUT_OF_RANGE: an offset, length or index lies outside the object
 * @IPC_ERROR_OVERFLOW: a semaphore's value would pass its maximum
 * @IPC_ERROR_READ_ONLY: writing to what was opened for reading only
 * @IPC_ERROR_WOULD_BLOCK: it cannot be done now, and waiting was not asked for
 * @IPC_ERROR_TIMED_OUT: it could not be done in time
 * @IPC_ERROR_REMOVED: the object was removed meanwhile
 * @IPC_ERROR_CLOSED: this process closed the object
 * @IPC_ERROR_CORRUPT: what is there is no object of this library, or a peer has spoilt it
 * @IPC_ERROR_UNTRUSTED: the object belongs to somebody else, or others may write to it, and that
 *   was not asked for
 * @IPC_ERROR_IN_USE: a process uses the object, or nobody can tell that none does
 *
 * The codes of the #IPC_ERROR domain.
 *
 * Since: 0.1
 */
typedef enum
{
  IPC_ERROR_FAILED = 0,
  IPC_ERROR_INVALID_NAME = 1,
  IPC_ERROR_INVALID_ARGUMENT = 2,
  IPC_ERROR_NOT_SUPPORTED = 3,
  IPC_ERROR_EXISTS = 4,
  IPC_ERROR_NOT_FOUND = 5,
  IPC_ERROR_PERMISSION_DENIED = 6,
  IPC_ERROR_NO_SPACE = 7,
  IPC_ERROR_SIZE_MISMATCH = 8,
  IPC_ERROR_OUT_OF_RANGE = 9,
  IPC_ERROR_OVERFLOW = 10,
  IPC_ERROR_READ_ONLY = 11,
  IPC_ERROR_WOULD_BLOCK = 12,
  IPC_ERROR_TIMED_OUT = 13,
  IPC_ERROR_REMOVED = 14,
  IPC_ERROR_CLOSED = 15,
  IPC_ERROR_CORRUPT = 16,
  IPC_ERROR_UNTRUSTED = 17,
  IPC_ERROR_IN_USE = 18
} IpcError;

#define IPC_TYPE_ERROR (ipc_error_get_type ())

IPC_PUBLIC
GType ipc_error_get_type (void) G_GNUC_CONST;

IPC_PUBLIC
GQuark ipc_error_quark (void);

G_END_DECLS

#endif
