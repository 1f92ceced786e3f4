/* ipc-copy.c: large copies where the C library is all there is
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ipc-copy-private.h"

void
ipc_copy_large (void *to, const void *from, gsize length)
{
  memmove (to, from, length);
}
