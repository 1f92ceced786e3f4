/* ipc.h: shared memory and semaphores between processes
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef IPC_H
#define IPC_H

#define IPC_H_INSIDE

#include <ipc/ipc-version.h>
#include <ipc/ipc-types.h>
#include <ipc/ipc-error.h>
#include <ipc/ipc-info.h>
#include <ipc/ipc-segment.h>
#include <ipc/ipc-semaphore.h>

#undef IPC_H_INSIDE

#endif
