/* ipc-pages.c: sizes of segments; the rest of ipc-pages-private.h is the platform's
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ipc-error-private.h"
#include "ipc-pages-private.h"

gboolean
ipc_pages_check_size (const IpcRequest *request, gsize size, GError **error)
{
  return size >= request->size
         || ipc_throw (error, IPC_ERROR_SIZE_MISMATCH, request->call, request->name->text,
                       "it has %" G_GSIZE_FORMAT " bytes, and %" G_GSIZE_FORMAT " were asked for; "
                       "open it at the size that it has, or replace it", size, request->size);
}

gsize
ipc_pages_round (gsize size)
{
  const gsize page = ipc_pages_usual_size ();

  return (size + page - 1) / page * page;
}
