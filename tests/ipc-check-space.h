/* ipc-check-space.h: peers that have clocks or process ids of their own
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "ipc-check.h"

/* -- Time namespaces -- */

/* So many seconds the clocks of the peers are ahead of those of who starts them. */
typedef struct
{
  gint64 monotonic_s;
  gint64 boottime_s;
} IpcCheckClocks;

/* Where both go decades ahead; where the monotonic clock begins again, and the other one is decades
 * ahead; and the reverse. */
#define IPC_CHECK_N_CLOCKS 3

IpcCheckClocks ipc_check_clocks (guint n);

/* Runs @child in a process that has the clocks of this one; the peers that it starts have those of
 * ipc_check_clocks().  Returns: what ipc_check_join() says of it */
int            ipc_check_with_clocks (guint n, void (*child) (gpointer data), gpointer data);

/* FALSE where the kernel has no time namespaces, or none for this user: then @name is skipped. */
gboolean       ipc_check_needs_clocks (const char *name);

/* -- PID namespaces -- */

/* Runs @child as process 1 of a PID namespace.  Returns: what ipc_check_join() says of it */
int            ipc_check_as_first_process (void (*child) (gpointer data), gpointer data);
