/* ipc-name.c: which object of which mechanism a name means
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ipc-name-private.h"
#include "ipc-error-private.h"

#include <string.h>

#define NAME_CALL "name"

static gboolean
throw_name (GError **error, const char *text, const char *reason)
{
  /* What is not UTF-8 must not get into a message. */
  g_autofree char *shown = g_utf8_make_valid (text, -1);

  return ipc_throw (error, IPC_ERROR_INVALID_NAME, NAME_CALL, shown, "%s", reason);
}

/* FNV-1a, 32 bit, http://www.isthe.com/chongo/tech/comp/fnv/: the key that rustatian/ipc gives to
 * a named semaphore. */
static gint32
fnv1a_32 (const char *text)
{
  guint32 hash = 2166136261u;

  for (; *text != '\0'; text++)
    hash = (hash ^ (guchar) *text) * 16777619u;

  return (gint32) hash;
}

static gboolean
has_control_character (const char *text)
{
  for (; *text != '\0'; text = g_utf8_next_char (text))
    if (g_unichar_iscntrl (g_utf8_get_char (text)))
      return TRUE;

  return FALSE;
}

/* What is wrong with a plain name, its slash dropped; NULL if nothing is. */
static const char *
plain_fault (const char *plain)
{
  if (*plain == '\0')
    return "the name is empty; it takes 1 to 200 bytes";
  if (strlen (plain) > IPC_NAME_MAX)
    return "the name is too long; it takes 1 to 200 bytes";
  if (strcmp (plain, ".") == 0 || strcmp (plain, "..") == 0)
    return "the name is a directory, \".\" or \"..\"";
  if (strpbrk (plain, "/\\") != NULL)
    return "a slash or backslash inside the name; only one leading slash is allowed";
  if (strchr (plain, ':') != NULL)
    return "a colon inside the name; it ends a scheme: native:, sysv:, posix: or win32:";
  if (has_control_character (plain))
    return "a control character in the name";

  return NULL;
}

static gboolean
parse_plain (IpcName *self, const char *body, GError **error)
{
  const char *plain = *body == '/' ? body + 1 : body;
  const char *fault = plain_fault (plain);

  if (fault != NULL)
    return throw_name (error, self->text, fault);

  self->plain = g_strdup (plain);
  return TRUE;
}

/* Win32 object names go to the system verbatim: https://learn.microsoft.com/windows/win32/termserv/
 * kernel-object-namespaces.  A backslash only ends the Local or Global prefix. */
static gboolean
parse_win32 (IpcName *self, const char *body, GError **error)
{
  const char *base = body;

  if (g_str_has_prefix (body, "Local\\"))
    base += strlen ("Local\\");
  else if (g_str_has_prefix (body, "Global\\"))
    base += strlen ("Global\\");

  if (*base == '\0')
    return throw_name (error, self->text, "the name is empty");
  if (strlen (body) > IPC_NAME_MAX)
    return throw_name (error, self->text, "the name is too long; it takes 1 to 200 bytes");
  if (strchr (base, '\\') != NULL)
    return throw_name (error, self->text, "a backslash after the Local\\ or Global\\ prefix");
  if (has_control_character (base))
    return throw_name (error, self->text, "a control character in the name");

  self->plain = g_strdup (body);
  return TRUE;
}

/* Decimal, 0x hexadecimal or 0 octal with an optional sign, as strtol(3) reads them.  A key has 32
 * bits and is written both ways: 0xffffffff is -1. */
static gboolean
parse_number (const char *text, gint64 min, gint64 max, gint64 *number)
{
  char *end = NULL;

  if (!g_ascii_isdigit (text[0]) && !(text[0] == '-' && g_ascii_isdigit (text[1])))
    return FALSE;

  *number = g_ascii_strtoll (text, &end, 0);
  return *end == '\0' && *number >= min && *number <= max;
}

static gboolean
parse_sysv (IpcName *self, const char *body, GError **error)
{
  gint64 number = 0;

  if (*body == '/')
    {
      if (plain_fault (body + 1) != NULL)
        return throw_name (error, self->text, plain_fault (body + 1));

      self->key = fnv1a_32 (body);
      return self->key != 0 || throw_name (error, self->text, "the key of this name is 0, which is"
                                                              " IPC_PRIVATE; take another name");
    }

  if (g_str_has_prefix (body, "id:"))
    {
      if (!parse_number (body + strlen ("id:"), 0, G_MAXINT32, &number))
        return throw_name (error, self->text, "an id is a number from 0 to 2147483647, as ipcs"
                                              " shows it");

      self->id = (int) number;
      return TRUE;
    }

  if (!parse_number (body, G_MININT32, G_MAXUINT32, &number))
    return throw_name (error, self->text, "a key is a 32-bit number (0x12334, 0123, 4711), a name"
                                          " with a leading slash, or id: and an id");
  if (number == 0)
    return throw_name (error, self->text, "key 0 is IPC_PRIVATE, which no other process can open");

  self->key = (gint32) (guint32) number;
  return TRUE;
}

typedef struct
{
  const char *prefix;
  IpcBackend  backend;
  gboolean  (*parse) (IpcName *self, const char *body, GError **error);
} IpcScheme;

static const IpcScheme schemes[] = {
  { "native:", IPC_BACKEND_NATIVE, parse_plain },
  { "sysv:", IPC_BACKEND_SYSV, parse_sysv },
  { "posix:", IPC_BACKEND_POSIX, parse_plain },
  { "win32:", IPC_BACKEND_WIN32, parse_win32 },
};

static gboolean
parse (IpcName *self, GError **error)
{
  const char *colon = strchr (self->text, ':');

  if (!g_utf8_validate (self->text, -1, NULL))
    return throw_name (error, self->text, "the name is not UTF-8");

  if (colon == NULL || memchr (self->text, '/', colon - self->text) != NULL)
    {
      self->backend = IPC_BACKEND_NATIVE;
      return parse_plain (self, self->text, error);
    }

  for (gsize i = 0; i < G_N_ELEMENTS (schemes); i++)
    if (g_str_has_prefix (self->text, schemes[i].prefix))
      {
        self->backend = schemes[i].backend;
        return schemes[i].parse (self, self->text + strlen (schemes[i].prefix), error);
      }

  return throw_name (error, self->text,
                     "unknown scheme; there are native:, sysv:, posix: and win32:");
}

IpcName *
ipc_name_parse (const char *text, GError **error)
{
  g_autoptr (IpcName) self = g_new0 (IpcName, 1);

  self->text = g_strdup (text);
  self->id = -1;

  return parse (self, error) ? g_steal_pointer (&self) : NULL;
}

const char *
ipc_name_after (const char *file, const char *begin)
{
  return g_str_has_prefix (file, begin) && file[strlen (begin)] != '\0' ? file + strlen (begin) : NULL;
}

/* Wherever this program runs, so that a name which is good on one system is so on all.  A program of
 * others that has such a segment is not met: to sem_open(3) and to us its file is a semaphore. */
IpcName *
ipc_name_parse_segment (const char *text, GError **error)
{
  g_autoptr (IpcName) self = ipc_name_parse (text, error);

  if (self == NULL)
    return NULL;

  if ((self->backend == IPC_BACKEND_NATIVE || self->backend == IPC_BACKEND_POSIX)
      && (ipc_name_after (self->plain, IPC_NAME_NATIVE_SEMAPHORE) != NULL
          || ipc_name_after (self->plain, IPC_NAME_POSIX_SEMAPHORE) != NULL))
    {
      throw_name (error, text, "the file of a segment with this name is that of a semaphore, as each"
                               " that begins with sem. or ipc-sem. is; take another name");
      return NULL;
    }

  return g_steal_pointer (&self);
}

char *
ipc_name_to_canonical (const IpcName *self)
{
  switch (self->backend)
    {
    case IPC_BACKEND_SYSV:
      return self->id >= 0 ? g_strdup_printf ("sysv:id:%d", self->id)
                           : g_strdup_printf ("sysv:0x%08x", (guint32) self->key);
    case IPC_BACKEND_POSIX:
      return g_strconcat ("posix:/", self->plain, NULL);
    case IPC_BACKEND_WIN32:
      return g_strconcat ("win32:", self->plain, NULL);
    case IPC_BACKEND_NATIVE:
    case IPC_BACKEND_NONE:
    default:
      return g_strconcat ("native:", self->plain, NULL);
    }
}

void
ipc_name_free (IpcName *self)
{
  g_free (self->text);
  g_free (self->plain);
  g_free (self);
}
