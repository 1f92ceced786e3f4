/* fuzz-name.c: any bytes as a name: an error that can be shown, or an object with one spelling
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "fuzz.h"

#include "ipc-name-private.h"

#include <ipc/ipc-error.h>

#include <string.h>

/* By the definition, so that it is not the library's own that is asked. */
static guint32
fnv1a (const char *text)
{
  guint64 hash = 0x811c9dc5;

  for (gsize i = 0; text[i] != '\0'; i++)
    hash = ((hash ^ (guint8) text[i]) * 0x01000193) % (G_GUINT64_CONSTANT (1) << 32);

  return (guint32) hash;
}

static void
check_error (const char *text, const GError *error)
{
  if (!g_error_matches (error, IPC_ERROR, IPC_ERROR_INVALID_NAME))
    fuzz_fail ("\"%s\" is no name, and the error says: %s", text,
               error != NULL ? error->message : "nothing");
  if (!g_utf8_validate (error->message, -1, NULL))
    fuzz_fail ("the message about \"%s\" is not UTF-8", text);
}

static void
check_plain (const IpcName *name)
{
  const gboolean is_file = name->backend != IPC_BACKEND_WIN32;

  if (*name->plain == '\0' || strlen (name->plain) > IPC_NAME_MAX
      || !g_utf8_validate (name->plain, -1, NULL))
    fuzz_fail ("\"%s\" leads to a name that is empty, too long or no text", name->text);
  if (is_file
      && (strpbrk (name->plain, "/\\:") != NULL || strcmp (name->plain, ".") == 0
          || strcmp (name->plain, "..") == 0))
    fuzz_fail ("\"%s\" leads out of its folder: \"%s\"", name->text, name->plain);
}

static void
check_key (const IpcName *name)
{
  const char *body = name->text + strlen ("sysv:");

  if ((name->key == 0) == (name->id < 0))
    fuzz_fail ("\"%s\" has key %d and id %d", name->text, name->key, name->id);
  if (*body == '/' && (guint32) name->key != fnv1a (body))
    fuzz_fail ("the key of \"%s\" is 0x%08x", name->text, (guint32) name->key);
}

/* Its one spelling means the same, and is its own spelling. */
static void
check_spelling (const IpcName *name)
{
  g_autofree char *spelling = ipc_name_to_canonical (name);
  g_autoptr (IpcName) again = ipc_name_parse (spelling, NULL);
  g_autofree char *same = again != NULL ? ipc_name_to_canonical (again) : NULL;

  if (again == NULL || strcmp (spelling, same) != 0)
    fuzz_fail ("\"%s\" becomes \"%s\", and that: %s", name->text, spelling,
               again != NULL ? same : "no name");
  if (again->backend != name->backend || again->key != name->key || again->id != name->id
      || g_strcmp0 (again->plain, name->plain) != 0)
    fuzz_fail ("\"%s\" and \"%s\" are two objects", name->text, spelling);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);
  g_autoptr (GError) error = NULL, said = NULL;
  g_autoptr (IpcName) name = ipc_name_parse (text, &error);
  const IpcBackend backend = ipc_name_get_backend (text, &said);

  if ((name != NULL ? name->backend : IPC_BACKEND_NONE) != backend)
    fuzz_fail ("\"%s\" means %d here and %d there", text, name != NULL ? (int) name->backend : 0,
               backend);

  if (name == NULL)
    {
      check_error (text, error);
      check_error (text, said);
      return 0;
    }

  if (name->plain != NULL)
    check_plain (name);
  if (name->backend == IPC_BACKEND_SYSV)
    check_key (name);
  check_spelling (name);
  return 0;
}
