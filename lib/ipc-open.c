/* ipc-open.c: open or make, while others do the same
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ipc-open-private.h"
#include "ipc-error-private.h"

gboolean
ipc_open_check_numbers (IpcOpenMode mode, guint flags, guint known, const char *call,
                        const char *object, GError **error)
{
  if (mode < IPC_OPEN_EXISTING || mode > IPC_OPEN_REPLACE)
    return ipc_throw (error, IPC_ERROR_INVALID_ARGUMENT, call, object, "unknown open mode %d",
                      (int) mode);

  return (flags & ~known) == 0
         || ipc_throw (error, IPC_ERROR_INVALID_ARGUMENT, call, object, "unknown flags 0x%x",
                       flags & ~known);
}

/* Whether @reason to fail is one that taking the steps again may mend. */
static gboolean
is_race (const IpcRequest *request, const GError *reason)
{
  switch (request->mode)
    {
    /* Absent, to one that replaces, too: another one may replace what it has just made. */
    case IPC_OPEN_OR_CREATE:
    case IPC_OPEN_REPLACE:
      return ipc_error_is_absent (reason) || g_error_matches (reason, IPC_ERROR, IPC_ERROR_EXISTS);
    /* What was just made may be removed before it is complete. */
    case IPC_OPEN_CREATE:
      return g_error_matches (reason, IPC_ERROR, IPC_ERROR_REMOVED);
    case IPC_OPEN_EXISTING:
    default:
      return FALSE;
    }
}

static gboolean
open_once (const IpcRequest *request, const IpcOpenSteps *steps, gpointer data, GError **error)
{
  g_autoptr (GError) absent = NULL;

  switch (request->mode)
    {
    case IPC_OPEN_EXISTING:
      return steps->find (data, error);

    case IPC_OPEN_OR_CREATE:
      if (steps->find (data, &absent))
        return TRUE;
      if (ipc_error_is_absent (absent))
        return steps->make (data, error);
      g_propagate_error (error, g_steal_pointer (&absent));
      return FALSE;

    case IPC_OPEN_REPLACE:
      return (steps->remove == NULL || steps->remove (data, error)) && steps->make (data, error);

    case IPC_OPEN_CREATE:
    default:
      return steps->make (data, error);
    }
}

gboolean
ipc_open_by_steps (const IpcRequest *request, const IpcOpenSteps *steps, gpointer data,
                   GError **error)
{
  const gint64 deadline = ipc_deadline_after (IPC_PATIENCE_US);

  for (;;)
    {
      g_autoptr (GError) reason = NULL;

      if (open_once (request, steps, data, &reason))
        return TRUE;

      if (!is_race (request, reason) || g_get_monotonic_time () >= deadline)
        {
          g_propagate_error (error, g_steal_pointer (&reason));
          return FALSE;
        }
    }
}
