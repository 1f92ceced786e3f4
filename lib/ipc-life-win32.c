/* ipc-life-win32.c: ownership by the names of pipes
 *
 * Whoever makes the first instance of a named pipe owns a lane: FILE_FLAG_FIRST_PIPE_INSTANCE makes
 * it, or fails and gives nothing, so that test and claim are one step, and a test does not keep what
 * it finds.  Nobody ever connects to it.  The pipe goes with its only handle, which no child
 * inherits: when the owner has ended, in whatever way, and the system closes what it had, when no
 * thread of it can touch the object any more.  That a thread ends is nothing, and a process id that
 * is used again is nothing either.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ipc-error-private.h"
#include "ipc-life-private.h"
#include "ipc-place-win32-private.h"

/* NULL: GetLastError() says why. */
static HANDLE
own_lane (const IpcPlace *place, guint lane)
{
  wchar_t name[IPC_PLACE_NAME_MAX];
  HANDLE pipe;

  ipc_place_make_name (place, "\\\\.\\pipe\\ipc-sem-lane-", lane, name);
  pipe = CreateNamedPipeW (name, PIPE_ACCESS_INBOUND | FILE_FLAG_FIRST_PIPE_INSTANCE,
                           PIPE_TYPE_BYTE | PIPE_REJECT_REMOTE_CLIENTS, 1, 0, 0, 0,
                           ipc_security_attributes (place->security));
  return pipe != INVALID_HANDLE_VALUE ? pipe : NULL;
}

/* What the system says of a pipe that somebody has: which of them depends on its version. */
static gboolean
is_owned (DWORD code)
{
  return code == ERROR_ACCESS_DENIED || code == ERROR_PIPE_BUSY || code == ERROR_ALREADY_EXISTS;
}

gpointer
ipc_life_enter (const IpcPlace *place, guint n_lanes, guint *lane, const char *call,
                const char *object, GError **error)
{
  for (*lane = 0; *lane < n_lanes; (*lane)++)
    {
      HANDLE pipe = own_lane (place, *lane);

      if (pipe != NULL)
        return pipe;
      if (!is_owned (GetLastError ()))
        return ipc_null_throw_win32 (error, GetLastError (), "CreateNamedPipe", object);
    }

  return ipc_null_throw (error, IPC_ERROR_NO_SPACE, call, object,
                         "%u processes use it already, and no more can", n_lanes);
}

void
ipc_life_leave (gpointer anchor)
{
  CloseHandle (anchor);
}

/* The duty may be claimed by another thread than a lane. */
static HANDLE *
claim_of (IpcPlace *place, guint lane)
{
  return lane == IPC_LIFE_DUTY ? &place->duty : &place->claim;
}

/* Who cannot tell, for want of memory, takes the owner for alive: then nothing is lost. */
IpcLifeState
ipc_life_claim (IpcPlace *place, guint lane)
{
  HANDLE pipe = own_lane (place, lane);

  if (pipe == NULL)
    return IPC_LIFE_ALIVE;

  *claim_of (place, lane) = pipe;
  return IPC_LIFE_MINE;
}

void
ipc_life_release (IpcPlace *place, guint lane)
{
  ipc_handle_clear (claim_of (place, lane));
}

gpointer
ipc_life_own_page (const char *object G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
  return g_malloc0 (IPC_LIFE_PAGE_SIZE);
}

void
ipc_life_free_page (gpointer page)
{
  g_free (page);
}

guint
ipc_life_get_cpu (void)
{
  return (guint) GetCurrentProcessorNumber ();
}
