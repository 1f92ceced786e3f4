/* ipc-thread-private.h: threads that the library starts in a program that is not its own
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <glib.h>

/* Nobody joins it, and it takes no signal away from the threads of the program. */
gboolean ipc_thread_start (const char *name, GThreadFunc func, gpointer data, GError **error);

/* As pthread_atfork(3); nothing where no process can be forked. */
void     ipc_thread_at_fork (void (*before) (void), void (*in_parent) (void),
                             void (*in_child) (void));
