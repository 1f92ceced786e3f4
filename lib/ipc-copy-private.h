/* ipc-copy-private.h: copies into a segment and out of it
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <glib.h>
#include <string.h>

/* From here on it may pay to choose how to copy. */
#define IPC_COPY_LARGE (4 * 1024 * 1024)

/* memmove() of at least IPC_COPY_LARGE bytes, the fastest way that this machine has. */
void ipc_copy_large (void *to, const void *from, gsize length);

/* As memmove(), but for @length 0, which asks for no address. */
static inline void
ipc_copy (void *to, const void *from, gsize length)
{
  if (G_UNLIKELY (length >= IPC_COPY_LARGE))
    ipc_copy_large (to, from, length);
  else if (G_LIKELY (length > 0))
    memmove (to, from, length);
}
