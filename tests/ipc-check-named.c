/* ipc-check-named.c: a message names the call that was made
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ipc-check-named.h"

/* Where the system refused, its own call is named. */
static const char *const system_calls[] = {
  "semop", "semget", "semctl", "sem_open", "sem_post", "sem_trywait", "sem_clockwait", "sem_unlink",
  "shmget", "shmctl", "shm_open", "shm_unlink", "memfd_create", "mmap", "fcntl",
  "CreateSemaphore", "OpenSemaphore", "ReleaseSemaphore", "CreateFileMapping", "OpenFileMapping",
  "OpenProcess",
};

static gboolean
is_named (const char *message, const char *call)
{
  const gsize length = strlen (call);

  return g_str_has_prefix (message, call) && (message[length] == ' ' || message[length] == ':');
}

static gboolean
is_of_system (const char *message)
{
  for (gsize i = 0; i < G_N_ELEMENTS (system_calls); i++)
    if (is_named (message, system_calls[i]))
      return TRUE;

  return FALSE;
}

void
ipc_check_named (gboolean done, GError **error, const char *call, const char *state)
{
  ck_assert_msg (!done && *error != NULL, "%s: %s did not fail", state, call);
  ck_assert_msg (is_named ((*error)->message, call) || is_of_system ((*error)->message),
                 "%s: %s failed, and the message is: %s", state, call, (*error)->message);
  g_clear_error (error);
}

static void
check_open (const IpcCheckOpen *call, const char *name, guint flags, const char *state)
{
  g_autoptr (GError) error = NULL;

  ipc_check_named (call->open (name, flags, &error) != NULL, &error, call->name, state);
}

void
ipc_check_opens (const IpcCheckOpen *calls, const char *absent, const char *present)
{
  check_open (&calls[0], absent, 0, "absent");
  for (gsize i = 0; i < 4; i++)
    check_open (&calls[i], absent, 1u << 9, "flags");
  for (gsize i = 1; i < 4; i++)
    check_open (&calls[i], present, 0, "present");
}
