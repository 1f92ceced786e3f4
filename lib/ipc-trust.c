/* ipc-trust.c: whom an opener trusts
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ipc-trust-private.h"
#include "ipc-error-private.h"

#include <pwd.h>
#include <unistd.h>

#define WRITABLE_BY_OTHERS 0022

/* getpwuid(3) is not for threads; a library may be called from any. */
static char *
user_name (uid_t uid)
{
  char buffer[1024];
  struct passwd entry, *found = NULL;

  if (getpwuid_r (uid, &entry, buffer, sizeof buffer, &found) != 0 || found == NULL)
    return g_strdup_printf ("user %u", (guint) uid);

  return g_strdup_printf ("user %u (%s)", (guint) uid, entry.pw_name);
}

gboolean
ipc_trust_check (uid_t uid, mode_t mode, const IpcRequest *request, const char *call,
                 GError **error)
{
  g_autofree char *owner = NULL;

  if (uid != geteuid () && uid != 0)
    {
      owner = user_name (uid);
      return ipc_throw (error, IPC_ERROR_UNTRUSTED, call, request->name->text,
                        "it belongs to %s; if that is meant, open it with ANY_OWNER", owner);
    }

  if ((mode & WRITABLE_BY_OTHERS & ~request->permissions) != 0)
    {
      owner = user_name (uid);
      return ipc_throw (error, IPC_ERROR_UNTRUSTED, call, request->name->text,
                        "it belongs to %s and its permissions 0%o let others write to it; "
                        "if that is meant, open it with the permissions 0%o or ANY_OWNER",
                        owner, (guint) mode & 0777, (guint) mode & 0777);
    }

  return TRUE;
}
