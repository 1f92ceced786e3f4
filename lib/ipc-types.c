/* ipc-types.c: questions about mechanisms and names that need no object
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ipc-name-private.h"

/**
 * SECTION:ipc-types
 * @title: Names and mechanisms
 * @short_description: one string names an object and the mechanism that carries it
 *
 * |[
 * name               semaphore           segment             meets
 * jobs, native:jobs  libipc's own        file of shm_open    programs that use libipc
 * sysv:0x12334       semget key          shmget key          every System V program
 * sysv:/jobs         key by a hash       key by a hash       programs that hash it alike
 * sysv:id:32769      existing set        existing segment    who holds the id
 * posix:/jobs        sem_open            shm_open            every POSIX program
 * ]|
 *
 * A key is hexadecimal, octal or decimal, and not 0.  The hash of `sysv:/jobs` is FNV-1a, 32 bit, of
 * the name with its slash.
 *
 * A plain name is UTF-8, 1 to 200 bytes.  One leading slash is dropped; there is no other slash, no
 * backslash, no colon and no control character in it, and it is not `.` or `..`.  What breaks a rule
 * is %IPC_ERROR_INVALID_NAME, and the message says which.
 *
 * A semaphore and a segment may have the same name; they are two objects.  Which mechanism a name
 * without a scheme means was fixed when the library was built.  A mechanism that is missing is
 * %IPC_ERROR_NOT_SUPPORTED, and never replaced by another.
 */

/**
 * ipc_backend_get_name:
 * @backend: a mechanism
 *
 * The scheme by which names ask for @backend.
 *
 * Returns: (nullable): `"native"`, `"sysv"`, `"posix"` or `"win32"`; %NULL for
 *   %IPC_BACKEND_NONE and for what is no backend
 * Since: 0.1
 */
const char *
ipc_backend_get_name (IpcBackend backend)
{
  switch (backend)
    {
    case IPC_BACKEND_NATIVE:
      return "native";
    case IPC_BACKEND_SYSV:
      return "sysv";
    case IPC_BACKEND_POSIX:
      return "posix";
    case IPC_BACKEND_WIN32:
      return "win32";
    case IPC_BACKEND_NONE:
    default:
      return NULL;
    }
}

/**
 * ipc_name_get_backend:
 * @name: the name of an object, as the constructors take it
 * @error: return location for a #GError, or %NULL
 *
 * Checks @name and tells which mechanism it asks for.  A name without a scheme asks for
 * %IPC_BACKEND_NATIVE.  Whether there is such an object, and whether this build has the
 * mechanism, is another question: see ipc_backend_is_available().
 *
 * Returns: the mechanism; %IPC_BACKEND_NONE with %IPC_ERROR_INVALID_NAME if @name breaks a rule
 * Since: 0.1
 */
IpcBackend
ipc_name_get_backend (const char *name, GError **error)
{
  g_autoptr (IpcName) parsed = NULL;

  g_return_val_if_fail (name != NULL, IPC_BACKEND_NONE);

  parsed = ipc_name_parse (name, error);
  return parsed != NULL ? parsed->backend : IPC_BACKEND_NONE;
}

/**
 * ipc_name_canonicalize:
 * @name: the name of an object, as the constructors take it
 * @error: return location for a #GError, or %NULL
 *
 * The one spelling of @name that all others of the same object have in common: with its scheme, and
 * for System V the key in hexadecimal: `jobs` is `native:jobs`, `sysv:4711` is `sysv:0x00001267`.
 * ipc_info_list() spells names this way.
 *
 * Returns: (transfer full) (nullable): the name; %NULL with %IPC_ERROR_INVALID_NAME if @name breaks a
 *   rule
 * Since: 0.1
 */
char *
ipc_name_canonicalize (const char *name, GError **error)
{
  g_autoptr (IpcName) parsed = NULL;

  g_return_val_if_fail (name != NULL, NULL);

  parsed = ipc_name_parse (name, error);
  return parsed != NULL ? ipc_name_to_canonical (parsed) : NULL;
}
