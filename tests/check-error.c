/* check-error.c: numbers that never change, and messages that help
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ipc-check.h"
#include "ipc-error-private.h"

#include <errno.h>
#include <string.h>

/* -- Numbers: programs are compiled with them -- */

typedef struct
{
  int         value;
  int         expected;
  const char *nick;
} Number;

static const Number errors[] = {
  { IPC_ERROR_FAILED, 0, "failed" },
  { IPC_ERROR_INVALID_NAME, 1, "invalid-name" },
  { IPC_ERROR_INVALID_ARGUMENT, 2, "invalid-argument" },
  { IPC_ERROR_NOT_SUPPORTED, 3, "not-supported" },
  { IPC_ERROR_EXISTS, 4, "exists" },
  { IPC_ERROR_NOT_FOUND, 5, "not-found" },
  { IPC_ERROR_PERMISSION_DENIED, 6, "permission-denied" },
  { IPC_ERROR_NO_SPACE, 7, "no-space" },
  { IPC_ERROR_SIZE_MISMATCH, 8, "size-mismatch" },
  { IPC_ERROR_OUT_OF_RANGE, 9, "out-of-range" },
  { IPC_ERROR_OVERFLOW, 10, "overflow" },
  { IPC_ERROR_READ_ONLY, 11, "read-only" },
  { IPC_ERROR_WOULD_BLOCK, 12, "would-block" },
  { IPC_ERROR_TIMED_OUT, 13, "timed-out" },
  { IPC_ERROR_REMOVED, 14, "removed" },
  { IPC_ERROR_CLOSED, 15, "closed" },
  { IPC_ERROR_CORRUPT, 16, "corrupt" },
  { IPC_ERROR_UNTRUSTED, 17, "untrusted" },
};

static const Number backends[] = {
  { IPC_BACKEND_NONE, 0, "none" },
  { IPC_BACKEND_NATIVE, 1, "native" },
  { IPC_BACKEND_SYSV, 2, "sysv" },
  { IPC_BACKEND_POSIX, 3, "posix" },
  { IPC_BACKEND_WIN32, 4, "win32" },
};

static const Number open_modes[] = {
  { IPC_OPEN_EXISTING, 0, "existing" },
  { IPC_OPEN_CREATE, 1, "create" },
  { IPC_OPEN_OR_CREATE, 2, "or-create" },
  { IPC_OPEN_REPLACE, 3, "replace" },
};

static const Number segment_flags[] = {
  { IPC_SEGMENT_FLAGS_NONE, 0, "flags-none" },
  { IPC_SEGMENT_ANY_OWNER, 1, "any-owner" },
  { IPC_SEGMENT_READ_ONLY, 2, "read-only" },
  { IPC_SEGMENT_POPULATE, 4, "populate" },
  { IPC_SEGMENT_LOCKED, 8, "locked" },
  { IPC_SEGMENT_HUGE_PAGES, 16, "huge-pages" },
};

static const Number segment_seals[] = {
  { IPC_SEGMENT_SEAL_NONE, 0, "none" },
  { IPC_SEGMENT_SEAL_SHRINK, 1, "shrink" },
  { IPC_SEGMENT_SEAL_GROW, 2, "grow" },
  { IPC_SEGMENT_SEAL_FUTURE_WRITE, 4, "future-write" },
  { IPC_SEGMENT_SEAL_SEAL, 8, "seal" },
};

static const Number semaphore_flags[] = {
  { IPC_SEMAPHORE_FLAGS_NONE, 0, "flags-none" },
  { IPC_SEMAPHORE_ANY_OWNER, 1, "any-owner" },
  { IPC_SEMAPHORE_SPIN, 2, "spin" },
  { IPC_SEMAPHORE_UNDO, 4, "undo" },
};

static void
check_number (const Number *number, int value, const char *nick)
{
  ck_assert_int_eq (number->value, number->expected);
  ck_assert_int_eq (value, number->expected);
  ck_assert_str_eq (nick, number->nick);
}

/* All of them: one that was added is missing here. */
static void
check_enum (GType type, const Number *numbers, guint n_numbers)
{
  g_autoptr (GEnumClass) class = g_type_class_ref (type);

  ck_assert_uint_eq (class->n_values, n_numbers);
  for (guint i = 0; i < n_numbers; i++)
    check_number (&numbers[i], class->values[i].value, class->values[i].value_nick);
}

static void
check_flags (GType type, const Number *numbers, guint n_numbers)
{
  g_autoptr (GFlagsClass) class = g_type_class_ref (type);

  ck_assert_uint_eq (class->n_values, n_numbers);
  for (guint i = 0; i < n_numbers; i++)
    check_number (&numbers[i], (int) class->values[i].value, class->values[i].value_nick);
}

START_TEST (error_codes_keep_their_numbers)
{
  check_enum (IPC_TYPE_ERROR, errors, G_N_ELEMENTS (errors));
}
END_TEST

START_TEST (backends_keep_their_numbers)
{
  check_enum (IPC_TYPE_BACKEND, backends, G_N_ELEMENTS (backends));
}
END_TEST

START_TEST (open_modes_keep_their_numbers)
{
  check_enum (IPC_TYPE_OPEN_MODE, open_modes, G_N_ELEMENTS (open_modes));
}
END_TEST

START_TEST (flags_keep_their_numbers)
{
  check_flags (IPC_TYPE_SEGMENT_FLAGS, segment_flags, G_N_ELEMENTS (segment_flags));
  check_flags (IPC_TYPE_SEGMENT_SEALS, segment_seals, G_N_ELEMENTS (segment_seals));
  check_flags (IPC_TYPE_SEMAPHORE_FLAGS, semaphore_flags, G_N_ELEMENTS (semaphore_flags));
}
END_TEST

START_TEST (domain_has_its_name)
{
  ck_assert_str_eq (g_quark_to_string (IPC_ERROR), "ipc-error-quark");
  ck_assert_uint_eq (IPC_ERROR, ipc_error_quark ());
}
END_TEST

/* -- From errno -- */

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

START_TEST (text_is_taken_as_it_is)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) twin = NULL;

  /* What looks like a conversion in a name or a text stays. */
  ck_assert (!ipc_throw (&error, IPC_ERROR_OVERFLOW, "wait", "100%s", "%s and %d", "%n", 7));
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_OVERFLOW, NULL);
  ck_assert_str_eq (error->message, "wait \"100%s\": %n and 7");
  ck_assert_ptr_null (ipc_null_throw (&twin, IPC_ERROR_OVERFLOW, "wait", "100%s", "%s and %d", "%n",
                                      7));
  ck_assert_str_eq (twin->message, error->message);
}
END_TEST

START_TEST (nobody_has_to_ask_for_the_error)
{
  ck_assert (!ipc_throw (NULL, IPC_ERROR_FAILED, "call", "object", "text"));
  ck_assert (!ipc_throw_errno (NULL, EPERM, "call", "object"));
  ck_assert (!ipc_throw_errno_remedy (NULL, EPERM, "call", "object", "remedy"));
  ck_assert_ptr_null (ipc_null_throw (NULL, IPC_ERROR_FAILED, "call", "object", "text"));
  ck_assert_ptr_null (ipc_null_throw_errno (NULL, EPERM, "call", "object"));
}
END_TEST

START_TEST (absent_is_not_found_or_removed)
{
  for (int code = IPC_ERROR_FAILED; code <= IPC_ERROR_UNTRUSTED; code++)
    {
      g_autoptr (GError) error = g_error_new_literal (IPC_ERROR, code, "text");

      ck_assert_int_eq (ipc_error_is_absent (error),
                        code == IPC_ERROR_NOT_FOUND || code == IPC_ERROR_REMOVED);
    }
  ck_assert (!ipc_error_is_absent (NULL));
}
END_TEST

static void
add_tests (Suite *suite)
{
  TCase *tcase = ipc_check_tcase (suite, "error");

  tcase_add_test (tcase, error_codes_keep_their_numbers);
  tcase_add_test (tcase, backends_keep_their_numbers);
  tcase_add_test (tcase, open_modes_keep_their_numbers);
  tcase_add_test (tcase, flags_keep_their_numbers);
  tcase_add_test (tcase, domain_has_its_name);
  tcase_add_loop_test (tcase, errno_becomes_call_object_reason_remedy, 0,
                       G_N_ELEMENTS (errno_cases));
  tcase_add_test (tcase, special_remedy_replaces_the_usual_one);
  tcase_add_test (tcase, text_is_taken_as_it_is);
  tcase_add_test (tcase, nobody_has_to_ask_for_the_error);
  tcase_add_test (tcase, absent_is_not_found_or_removed);
}

int
main (void)
{
  return ipc_check_main ("error", add_tests);
}
