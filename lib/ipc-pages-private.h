/* ipc-pages-private.h: what the flags of a segment ask of its pages
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "ipc-backend-private.h"

/* FALSE with IPC_ERROR_SIZE_MISMATCH if a segment of @size bytes is smaller than was asked for. */
gboolean ipc_pages_check_size (const IpcRequest *request, gsize size, GError **error);

gsize    ipc_pages_usual_size (void);

/* @size rounded up to whole pages of the usual size. */
gsize    ipc_pages_round (gsize size);

/* The end of a mapping of @mapped bytes. */
void     ipc_pages_unmap (gpointer data, gsize mapped);

/* Puts zeros of this process alone where the end of a mapping was.  Where the platform cannot do so
 * in one step the memory stays until ipc_pages_unmap().  FALSE with @error set. */
gboolean ipc_pages_blank (gpointer data, gsize length, const char *object, const char *remedy,
                          GError **error);

/* Where to map @size bytes so that transparent huge pages can lie behind them; NULL: anywhere.  A
 * hint: the place may be taken by another thread before it is used. */
gpointer ipc_pages_place (gsize size);

/* The bytes of address space from @data, the start of a mapping, to its end: more than
 * ipc_pages_round() where the pages are huge. */
gsize    ipc_pages_extent (gpointer data, gsize size);

/* HUGE_PAGES, POPULATE and LOCKED for opened->data, as request->flags ask for them.  Fills in
 * opened->flags and opened->page_size.  FALSE with @error set, the mapping being as it was. */
gboolean ipc_pages_prepare (const IpcRequest *request, IpcOpened *opened, GError **error);
