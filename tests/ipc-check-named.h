/* ipc-check-named.h: a message names the call that was made
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "ipc-check.h"

/* @call failed (@done: or not), and the message begins with its name, or with that of the system's
 * call that refused.  @state says what it failed for.  Clears @error. */
void ipc_check_named (gboolean done, GError **error, const char *call, const char *state);

typedef struct
{
  const char *name;
  gpointer  (*open) (const char *name, guint flags, GError **error);
} IpcCheckOpen;

/* @calls: four; that which only finds comes first, and fails where there is nothing; then the others,
 * where there is something. */
void ipc_check_opens (const IpcCheckOpen *calls, const char *absent, const char *present);
