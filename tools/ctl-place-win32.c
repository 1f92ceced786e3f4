/* ctl-place-win32.c: where this process is: its session, and its limits
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ctl-place.h"

#include <string.h>
#define WIN32_LEAN_AND_MEAN /* wincrypt.h has a CTL_USAGE of its own */
#include <windows.h>

void
ctl_place_explain_name (const char *canonical, IpcBackend backend)
{
  const char *body = strchr (canonical, ':') + 1;

  if (backend == IPC_BACKEND_NATIVE)
    printf (_("libipc's own.  As a semaphore it meets programs that use libipc; as a segment also "
              "whoever calls CreateFileMappingW with \"Local\\%s\".\n"),
            body);
  else if (backend == IPC_BACKEND_WIN32)
    printf (_("Windows.  It meets every program that calls CreateSemaphoreW or CreateFileMappingW "
              "with \"%s\".\n"),
            body);
  else
    printf (_("objects of Unix, which this system does not have.\n"));
}

void
ctl_place_explain_access (IpcInfo *info)
{
  const int permissions = ipc_info_get_permissions (info);

  if (permissions < 0)
    return;
  if ((permissions & 0066) == 0)
    printf (_("    Only its owner may open it: make it with --mode 0660 or 0666 for others.\n"));
  if ((permissions & 0022) != 0)
    printf (_("    Others may write to it: programs that do not ask for these permissions or "
              "ANY_OWNER refuse it.\n"));
}

/* -- This process -- */

/* FALSE: there is no such process. */
static gboolean
session_of (DWORD pid, DWORD *session)
{
  return ProcessIdToSessionId (pid, session);
}

static gboolean
is_in_container (void)
{
  DWORD inside = 0, size;
  HANDLE token;

  if (!OpenProcessToken (GetCurrentProcess (), TOKEN_QUERY, &token))
    return FALSE;

  GetTokenInformation (token, TokenIsAppContainer, &inside, sizeof inside, &size);
  CloseHandle (token);
  return inside != 0;
}

static void
explain_room (void)
{
  MEMORYSTATUSEX memory = { .dwLength = sizeof memory };
  g_autofree char *left = NULL;

  if (!GlobalMemoryStatusEx (&memory))
    return;

  left = ctl_text_size ((gint64) memory.ullAvailPageFile);
  printf (_("Memory and page file have room for %s more.\n"), left);
}

void
ctl_place_explain (IpcBackend backend G_GNUC_UNUSED)
{
  DWORD session = 0;

  if (session_of (GetCurrentProcessId (), &session))
    printf (_("This process is in session %u: plain names and those in Local\\ lie there.  Services "
              "and users of other sessions meet it by win32:Global\\NAME, which takes the right to "
              "create global objects.\n"),
            (guint) session);
  if (is_in_container ())
    printf (_("This is an app container: its objects are its own.\n"));

  explain_room ();
  printf (_("An object goes with the last process that has it open.\n"));
}

/* -- Another process -- */

gboolean
ctl_place_compare (IpcBackend backend G_GNUC_UNUSED, int pid)
{
  DWORD own = 0, other = 0;
  g_autofree char *reason = NULL;

  if (!session_of (GetCurrentProcessId (), &own) || !session_of ((DWORD) pid, &other))
    {
      reason = g_win32_error_message ((int) GetLastError ());
      ctl_warn (_("process %d: %s"), pid, reason);
      return FALSE;
    }

  if (own == other)
    printf (_("Process %d sees the same objects as you; what it may open depends on its "
              "user.\n"), pid);
  else
    printf (_("Process %d is in session %u and you are in %u: it sees only what is in Global\\.\n"),
            pid, (guint) other, (guint) own);
  return TRUE;
}
