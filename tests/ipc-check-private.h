/* ipc-check-private.h: what ipc-check.c asks of the platform
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "ipc-check.h"

/* Zeroed memory of @size bytes, once per program; a peer that is a program of its own finds its
 * parent's. */
gpointer    ipc_check_root (gsize size);

/* Whether this is such a peer.  It calls ipc_check_be_peer() and exits with what that returns. */
gboolean    ipc_check_is_peer (void);
int         ipc_check_be_peer (void);

/* A process for each test, and one that is left when they are ended from outside. */
#ifdef G_OS_UNIX
# define IPC_CHECK_FORKS TRUE
#else
# define IPC_CHECK_FORKS FALSE
#endif
int         ipc_check_supervise (int (*run) (gpointer data), gpointer data);

/* A copy for the life of the program, in memory that peers can read. */
const char *ipc_check_intern (const char *text);

/* Removes what bears the name or the key, by the system's own calls: this must work when the library
 * does not. */
void        ipc_check_remove_name (const char *plain);
void        ipc_check_remove_key (gint32 key);
