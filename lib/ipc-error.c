/* ipc-error.c: setting a GError
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ipc-error-private.h"

#include <stdarg.h>

/**
 * SECTION:ipc-error
 * @title: Errors
 * @short_description: what can go wrong, and what to look at
 *
 * Whatever the system or a peer can cause is a #GError, of the domain #IPC_ERROR; a mistake of the
 * caller, such as %NULL for an object, is a critical warning of GLib.  A call returns %NULL or %FALSE
 * if and only if it set the error.
 *
 * A message names the function that refused (of the library the one that the program called, or one
 * of the system), the object and the reason, and where there is one the usual remedy:
 * `semget "sysv:0x12334": No space left on device; ...`.  Messages are for people and change;
 * programs look at the code.
 */

G_DEFINE_QUARK (ipc-error-quark, ipc_error)

static void
throw_text (GError **error, IpcError code, const char *call, const char *object, const char *text)
{
  g_set_error (error, IPC_ERROR, code, "%s \"%s\": %s", call, object, text);
}

gboolean
ipc_throw (GError **error, IpcError code, const char *call, const char *object, const char *format,
           ...)
{
  g_autofree char *text = NULL;
  va_list args;

  /* Whoever does not want to know may be in a signal handler, where nothing can be allocated. */
  if (error == NULL)
    return FALSE;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);

  throw_text (error, code, call, object, text);
  return FALSE;
}

gpointer
ipc_null_throw (GError **error, IpcError code, const char *call, const char *object,
                const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  if (error == NULL)
    return NULL;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);

  throw_text (error, code, call, object, text);
  return NULL;
}

gboolean
ipc_error_is_absent (const GError *error)
{
  return g_error_matches (error, IPC_ERROR, IPC_ERROR_NOT_FOUND)
         || g_error_matches (error, IPC_ERROR, IPC_ERROR_REMOVED);
}
