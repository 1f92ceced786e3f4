/* check-error.c: numbers that never change, and messages that help
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ipc-check.h"
#include "ipc-error-private.h"

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
  { IPC_ERROR_IN_USE, 18, "in-use" },
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
  ck_assert_ptr_null (ipc_null_throw (NULL, IPC_ERROR_FAILED, "call", "object", "text"));
}
END_TEST

/* P22: nothing is made for nobody, or a signal handler could not call what may fail. */
START_TEST (nothing_is_written_for_nobody)
{
  const char *unreadable = (const char *) 1;

  ck_assert (!ipc_throw (NULL, IPC_ERROR_FAILED, "call", "object", "%s", unreadable));
  ck_assert_ptr_null (ipc_null_throw (NULL, IPC_ERROR_FAILED, "call", "object", "%s", unreadable));
}
END_TEST

START_TEST (absent_is_not_found_or_removed)
{
  for (int code = IPC_ERROR_FAILED; code <= IPC_ERROR_IN_USE; code++)
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
  tcase_add_test (tcase, text_is_taken_as_it_is);
  tcase_add_test (tcase, nobody_has_to_ask_for_the_error);
  tcase_add_test (tcase, nothing_is_written_for_nobody);
  tcase_add_test (tcase, absent_is_not_found_or_removed);
}

int
main (void)
{
  return ipc_check_main ("error", add_tests);
}
