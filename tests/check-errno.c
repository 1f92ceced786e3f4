/* check-errno.c: from errno to IPC_ERROR
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ipc-check.h"
#include "ipc-error-private.h"

#include <errno.h>
#include <string.h>

typedef struct
{
  int         errsv;
  IpcError    code;
  const char *remedy; /* a part of it, or NULL where there is no usual one */
} ErrnoCase;

static const ErrnoCase errno_cases[] = {
  { EACCES, IPC_ERROR_PERMISSION_DENIED, "ask its owner" },
  { EPERM, IPC_ERROR_PERMISSION_DENIED, "owner or root" },
  { EROFS, IPC_ERROR_PERMISSION_DENIED, NULL },
  { EEXIST, IPC_ERROR_EXISTS, "IPC_OPEN_REPLACE" },
  { ENOENT, IPC_ERROR_NOT_FOUND, "create it first" },
  { EIDRM, IPC_ERROR_REMOVED, "create it again" },
  { ENOSPC, IPC_ERROR_NO_SPACE, NULL },
  { ENOMEM, IPC_ERROR_NO_SPACE, NULL },
  { EDQUOT, IPC_ERROR_NO_SPACE, NULL },
  { EFBIG, IPC_ERROR_NO_SPACE, NULL },
  { EMFILE, IPC_ERROR_NO_SPACE, "ulimit -n" },
  { ENFILE, IPC_ERROR_NO_SPACE, "fs.file-max" },
  { ENOLCK, IPC_ERROR_NO_SPACE, "file locks" },
  { ERANGE, IPC_ERROR_OVERFLOW, "take units first" },
  { EOVERFLOW, IPC_ERROR_OVERFLOW, "take units first" },
  { ETIMEDOUT, IPC_ERROR_TIMED_OUT, NULL },
  { EAGAIN, IPC_ERROR_WOULD_BLOCK, NULL },
  { EINVAL, IPC_ERROR_INVALID_ARGUMENT, NULL },
  { E2BIG, IPC_ERROR_INVALID_ARGUMENT, NULL },
  { ENAMETOOLONG, IPC_ERROR_INVALID_NAME, NULL },
  { ELOOP, IPC_ERROR_UNTRUSTED, "never followed" },
  { ENOSYS, IPC_ERROR_NOT_SUPPORTED, "kernel lacks" },
  { EOPNOTSUPP, IPC_ERROR_NOT_SUPPORTED, NULL },
  { EIO, IPC_ERROR_FAILED, NULL },
  { ENOTTY, IPC_ERROR_FAILED, NULL },
  { 0, IPC_ERROR_FAILED, NULL },
  { 99999, IPC_ERROR_FAILED, NULL },
};

/* call "object": reason; remedy */
START_TEST (errno_becomes_call_object_reason_remedy)
{
  const ErrnoCase *c = &errno_cases[_i];
  g_autofree char *start = g_strdup_printf ("semget \"sysv:0x12334\": %s", g_strerror (c->errsv));
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) twin = NULL;

  ck_assert (!ipc_throw_errno (&error, c->errsv, "semget", "sysv:0x12334"));
  ipc_check_error (error, IPC_ERROR, c->code, start);
  if (c->remedy == NULL)
    ck_assert_str_eq (error->message, start);
  else
    ipc_check_error (error, IPC_ERROR, c->code, c->remedy);
  ck_assert_int_eq (ipc_error_from_errno (c->errsv), c->code);

  ck_assert_ptr_null (ipc_null_throw_errno (&twin, c->errsv, "semget", "sysv:0x12334"));
  ck_assert_int_eq (twin->code, error->code);
  ck_assert_str_eq (twin->message, error->message);
}
END_TEST

START_TEST (special_remedy_replaces_the_usual_one)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) none = NULL;

  ck_assert (!ipc_throw_errno_remedy (&error, EMFILE, "open", "x", "close some"));
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_NO_SPACE, "open \"x\": |; close some");
  ck_assert_ptr_null (strstr (error->message, "ulimit"));

  ck_assert (!ipc_throw_errno_remedy (&none, EMFILE, "open", "x", NULL));
  ck_assert (g_str_has_suffix (none->message, g_strerror (EMFILE)));
}
END_TEST

START_TEST (nobody_has_to_ask_for_the_error)
{
  ck_assert (!ipc_throw_errno (NULL, EPERM, "call", "object"));
  ck_assert (!ipc_throw_errno_remedy (NULL, EPERM, "call", "object", "remedy"));
  ck_assert_ptr_null (ipc_null_throw_errno (NULL, EPERM, "call", "object"));

  /* P22: nothing is made for nobody, or a signal handler could not call what may fail. */
  ck_assert (!ipc_throw_errno (NULL, ERANGE, "call", (const char *) 1));
}
END_TEST

static void
add_tests (Suite *suite)
{
  TCase *tcase = ipc_check_tcase (suite, "errno");

  tcase_add_loop_test (tcase, errno_becomes_call_object_reason_remedy, 0,
                       G_N_ELEMENTS (errno_cases));
  tcase_add_test (tcase, special_remedy_replaces_the_usual_one);
  tcase_add_test (tcase, nobody_has_to_ask_for_the_error);
}

int
main (void)
{
  return ipc_check_main ("errno", add_tests);
}
