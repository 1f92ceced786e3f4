/* ipc-open-private.h: open or make, while others do the same
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "ipc-backend-private.h"

/* The steps of one mechanism; each sets @error when it fails. */
typedef struct
{
  /* IPC_ERROR_NOT_FOUND or IPC_ERROR_REMOVED: there is nothing, or not any more. */
  gboolean (*find)   (gpointer data, GError **error);
  /* IPC_ERROR_EXISTS: somebody else was quicker. */
  gboolean (*make)   (gpointer data, GError **error);
  /* Removes what bears the name; TRUE also if nothing does.  NULL where make replaces by itself. */
  gboolean (*remove) (gpointer data, GError **error);
} IpcOpenSteps;

/* FALSE with IPC_ERROR_INVALID_ARGUMENT if @mode is no mode, or @flags are not all among @known.
 * Asked before a property is set: those of such types drop what they do not know, with a warning. */
gboolean ipc_open_check_numbers (IpcOpenMode mode, guint flags, guint known, const char *call,
                                 const char *object, GError **error);

/* Does what request->mode says.  Another process may make or remove the object between two steps;
 * then they are taken again, for IPC_PATIENCE_US at most. */
gboolean ipc_open_by_steps (const IpcRequest *request, const IpcOpenSteps *steps, gpointer data,
                            GError **error);
