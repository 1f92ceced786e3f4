/* check-errno-win32.c: from GetLastError() to IPC_ERROR
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ipc-check.h"
#include "ipc-error-private.h"
#include "ipc-win32-private.h"

#include <string.h>

typedef struct
{
  DWORD       win32;
  IpcError    code;
  const char *remedy; /* NULL: none */
} Win32Case;

static const Win32Case cases[] = {
  { ERROR_ACCESS_DENIED, IPC_ERROR_PERMISSION_DENIED, "ask its owner" },
  { ERROR_ALREADY_EXISTS, IPC_ERROR_EXISTS, "take another name" },
  { ERROR_FILE_NOT_FOUND, IPC_ERROR_NOT_FOUND, "create it first" },
  { ERROR_INVALID_HANDLE, IPC_ERROR_CORRUPT, "another type" },
  { ERROR_NOT_ENOUGH_MEMORY, IPC_ERROR_NO_SPACE, NULL },
  { ERROR_COMMITMENT_LIMIT, IPC_ERROR_NO_SPACE, "page file" },
  { ERROR_DISK_FULL, IPC_ERROR_NO_SPACE, "page file" },
  { ERROR_TOO_MANY_POSTS, IPC_ERROR_OVERFLOW, "take units first" },
  { ERROR_SEM_TIMEOUT, IPC_ERROR_TIMED_OUT, NULL },
  { ERROR_INVALID_PARAMETER, IPC_ERROR_INVALID_ARGUMENT, NULL },
  { ERROR_INVALID_NAME, IPC_ERROR_INVALID_NAME, NULL },
  { ERROR_CALL_NOT_IMPLEMENTED, IPC_ERROR_NOT_SUPPORTED, "lacks the call" },
  { ERROR_CRC, IPC_ERROR_FAILED, NULL },
};

/* call "object": reason; remedy.  The reason is the system's, in UTF-8 and without a full stop. */
START_TEST (number_becomes_call_object_reason_remedy)
{
  const Win32Case *c = &cases[_i];
  g_autofree char *reason = g_win32_error_message ((int) c->win32);
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) twin = NULL;
  g_autofree char *start = NULL;

  g_strdelimit (reason, ".", '\0');
  start = g_strdup_printf ("CreateSemaphore \"win32:x\": %s", reason);

  ck_assert (!ipc_throw_win32 (&error, c->win32, "CreateSemaphore", "win32:x"));
  ipc_check_error (error, IPC_ERROR, c->code, start);
  ck_assert (g_utf8_validate (error->message, -1, NULL));
  if (c->remedy == NULL)
    ck_assert_str_eq (error->message, start);
  else
    ipc_check_error (error, IPC_ERROR, c->code, c->remedy);
  ck_assert_int_eq (ipc_error_from_win32 (c->win32), c->code);

  ck_assert_ptr_null (ipc_null_throw_win32 (&twin, c->win32, "CreateSemaphore", "win32:x"));
  ck_assert_str_eq (twin->message, error->message);
}
END_TEST

START_TEST (unknown_number_is_told)
{
  g_autoptr (GError) error = NULL;

  ck_assert (!ipc_throw_win32 (&error, 999999, "call", "object"));
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_FAILED, "call \"object\": |999999");
}
END_TEST

START_TEST (special_remedy_replaces_the_usual_one)
{
  g_autoptr (GError) error = NULL;

  ck_assert (!ipc_throw_win32_remedy (&error, ERROR_ACCESS_DENIED, "call", "x", "do this"));
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_PERMISSION_DENIED, "; do this");
  ck_assert_ptr_null (strstr (error->message, "owner"));
  ck_assert (!ipc_throw_win32_remedy (NULL, ERROR_ACCESS_DENIED, "call", "x", "do this"));
}
END_TEST

static void
add_tests (Suite *suite)
{
  TCase *tcase = ipc_check_tcase (suite, "errno-win32");

  tcase_add_loop_test (tcase, number_becomes_call_object_reason_remedy, 0, G_N_ELEMENTS (cases));
  tcase_add_test (tcase, unknown_number_is_told);
  tcase_add_test (tcase, special_remedy_replaces_the_usual_one);
}

int
main (void)
{
  return ipc_check_main ("errno-win32", add_tests);
}
