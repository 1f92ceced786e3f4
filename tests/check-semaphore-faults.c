/* check-semaphore-faults.c: what callers get wrong: names, arguments, what a backend cannot do
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ipc-check-semaphore.h"

#include <string.h>

static IpcSemaphore *
new_full (const char *name, IpcOpenMode mode, gsize n_values, guint permissions, guint flags,
          GError **error)
{
  g_autofree guint *values = g_new0 (guint, MAX (n_values, 1));

  return ipc_semaphore_new_full (name, mode, values, n_values, permissions, flags, NULL, error);
}

/* -- Names -- */

static const char *const bad_names[] = {
  "", "/", "a/b", "posix:/../../etc/passwd", "posix:..", "a\xff", "http:jobs", "sysv:0", "sysv:jobs",
  "sysv:0x100000000", "sysv:id:-1", "posix:a\nb",
  /* 201 bytes */
  "posix:xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
  "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
  "xxxxxxxxxxx",
};

static void
check_bad_name (gboolean done, GError **error)
{
  ck_assert (!done);
  ipc_check_error (*error, IPC_ERROR, IPC_ERROR_INVALID_NAME, "name \"");
  g_clear_error (error);
}

START_TEST (bad_name_is_refused_by_each_constructor)
{
  for (gsize i = 0; i < G_N_ELEMENTS (bad_names); i++)
    {
      const char *name = bad_names[i];
      g_autoptr (GError) error = NULL;

      check_bad_name (ipc_semaphore_create (name, 1, 0, &error) != NULL, &error);
      check_bad_name (ipc_semaphore_open (name, 0, &error) != NULL, &error);
      check_bad_name (ipc_semaphore_open_or_create (name, 1, 0, &error) != NULL, &error);
      check_bad_name (new_full (name, IPC_OPEN_REPLACE, 1, 0600, 0, &error) != NULL, &error);
      check_bad_name (ipc_semaphore_unlink_name (name, &error), &error);
    }
}
END_TEST

/* A name of the other system, and what is said of it. */
#ifdef G_OS_UNIX
# define FOREIGN_NAME "win32:Local\\jobs"
# define NOT_HERE "no win32"
#else
# define FOREIGN_NAME "posix:/jobs"
# define NOT_HERE "no posix"
#endif

START_TEST (mechanism_that_is_not_built_in_is_named)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) unlink_error = NULL;

  ck_assert_ptr_null (ipc_semaphore_create (FOREIGN_NAME, 1, 0, &error));
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_NOT_SUPPORTED, FOREIGN_NAME "|" NOT_HERE);
  ck_assert (!ipc_semaphore_unlink_name (FOREIGN_NAME, &unlink_error));
  ipc_check_error (unlink_error, IPC_ERROR, IPC_ERROR_NOT_SUPPORTED, NOT_HERE);
}
END_TEST

/* -- Arguments of opening: nothing is made when one is refused -- */

typedef struct
{
  IpcOpenMode mode;
  gsize       n_values;
  guint       permissions;
  guint       flags;
  const char *words;
} OptionCase;

static const OptionCase option_cases[] = {
  { IPC_OPEN_CREATE, 1, 01000, 0, "permissions 01000|0777" },
  { IPC_OPEN_CREATE, 1, G_MAXUINT, 0, "permissions" },
  { IPC_OPEN_CREATE, 1, 0600, 1u << 9, "flags 0x200" },
  { IPC_OPEN_OR_CREATE, 1, 0600, G_MAXUINT, "flags 0x" },
  { (IpcOpenMode) 4, 1, 0600, 0, "mode 4" },
  { (IpcOpenMode) -1, 1, 0600, 0, "mode -1" },
  { IPC_OPEN_CREATE, 0, 0600, 0, "no semaphores|one initial value" },
  { IPC_OPEN_OR_CREATE, 0, 0600, 0, "no semaphores" },
  { IPC_OPEN_REPLACE, 0, 0600, 0, "no semaphores" },
};

START_TEST (bad_option_is_refused)
{
  const char *name = ipc_check_semaphore_name (_i);

  for (gsize i = 0; i < G_N_ELEMENTS (option_cases); i++)
    {
      const OptionCase *c = &option_cases[i];
      g_autoptr (GError) error = NULL;

      ck_assert_ptr_null (new_full (name, c->mode, c->n_values, c->permissions, c->flags, &error));
      ipc_check_error (error, IPC_ERROR, IPC_ERROR_INVALID_ARGUMENT, c->words);
      ipc_check_error (error, IPC_ERROR, IPC_ERROR_INVALID_ARGUMENT, name);
      ck_assert (!ipc_check_semaphore_exists (name));
    }
}
END_TEST

START_TEST (first_value_above_the_maximum_overflows)
{
  const char *name = ipc_check_semaphore_name (_i);
  g_autoptr (IpcSemaphore) probe = ipc_check_semaphore_new (_i, 0, IPC_SEMAPHORE_FLAGS_NONE);
  const guint max = ipc_semaphore_get_max_value (probe);
  const guint values[] = { max + 1, G_MAXUINT };

  for (gsize i = 0; i < G_N_ELEMENTS (values); i++)
    {
      g_autofree char *number = g_strdup_printf ("%u|%u", values[i], max);
      g_autoptr (GError) error = NULL;

      ck_assert_ptr_null (ipc_semaphore_create (name, values[i], 0, &error));
      ipc_check_error (error, IPC_ERROR, IPC_ERROR_OVERFLOW, number);
      ck_assert (!ipc_check_semaphore_exists (name));
    }
}
END_TEST

START_TEST (first_values_of_a_set_are_all_looked_at)
{
  const char *name = ipc_check_semaphore_name (_i);
  const guint values[] = { 0, 1, G_MAXUINT };
  g_autoptr (GError) error = NULL;

  ck_assert_ptr_null (ipc_semaphore_new_full (name, IPC_OPEN_OR_CREATE, values, 3, 0600, 0, NULL,
                                              &error));
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_OVERFLOW, "semaphore 2");
  ck_assert (!ipc_check_semaphore_exists (name));
}
END_TEST

START_TEST (set_beyond_any_size_is_refused)
{
  const char *name = ipc_check_semaphore_name (_i);
  g_autoptr (GError) error = NULL;

  ck_assert_ptr_null (new_full (name, IPC_OPEN_CREATE, 10 * 1000 * 1000, 0600, 0, &error));
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_INVALID_ARGUMENT, "10000000|at most");
  ck_assert (!ipc_check_semaphore_exists (name));
}
END_TEST

/* -- Steps -- */

static void
check_out_of_range (gboolean done, GError **error)
{
  ck_assert (!done);
  ipc_check_error (*error, IPC_ERROR, IPC_ERROR_OUT_OF_RANGE, "index|the set has 2");
  g_clear_error (error);
}

START_TEST (index_outside_the_set_is_refused)
{
  static const guint values[] = { 1, 1 };
  static const guint indices[] = { 2, 3, 65536, G_MAXUINT };
  g_autoptr (IpcSemaphore) sem = ipc_check_set_new (_i, values, 2, IPC_SEMAPHORE_FLAGS_NONE);

  for (gsize i = 0; i < G_N_ELEMENTS (indices); i++)
    {
      const IpcSemaphoreOp ops[] = { { 0, -1 }, { indices[i], +1 } };
      g_autoptr (GError) error = NULL;
      guint value = 4711;

      check_out_of_range (ipc_semaphore_operate (sem, ops, 2, 0, NULL, &error), &error);
      check_out_of_range (ipc_semaphore_get_value (sem, indices[i], &value, &error), &error);
      check_out_of_range (ipc_semaphore_set_value (sem, indices[i], 0, &error), &error);
      check_out_of_range (ipc_semaphore_get_info (sem, indices[i], &error) != NULL, &error);
      ck_assert_uint_eq (value, 4711);
      ipc_check_values (sem, values, 2);
    }
}
END_TEST

START_TEST (no_steps_are_refused)
{
  const IpcSemaphoreOp op = { 0, +1 };
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 1, IPC_SEMAPHORE_FLAGS_NONE);
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) null_error = NULL;

  ck_assert (!ipc_semaphore_operate (sem, &op, 0, 0, NULL, &error));
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_INVALID_ARGUMENT, "0 steps|at least one");
  ck_assert (!ipc_semaphore_operate (sem, NULL, 0, 0, NULL, &null_error));
  ipc_check_error (null_error, IPC_ERROR, IPC_ERROR_INVALID_ARGUMENT, "0 steps");
}
END_TEST

START_TEST (change_beyond_the_maximum_is_refused)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 1, IPC_SEMAPHORE_FLAGS_NONE);
  const gint64 max = ipc_semaphore_get_max_value (sem);
  const gint64 deltas[] = { G_MAXINT, G_MININT, max + 1, -max - 1 };

  for (gsize i = 0; i < G_N_ELEMENTS (deltas); i++)
    {
      const IpcSemaphoreOp op = { 0, (int) CLAMP (deltas[i], G_MININT, G_MAXINT) };
      g_autoptr (GError) error = NULL;

      ck_assert (!ipc_semaphore_operate (sem, &op, 1, -1, NULL, &error));
      ck_assert_uint_eq (ipc_check_value (sem, 0), 1);
      /* Where one unit at a time is the rule, that rule may speak first. */
      if (ipc_check_semaphore_has (_i, IPC_CHECK_SETS))
        ipc_check_error (error, IPC_ERROR, IPC_ERROR_OVERFLOW, "a change by|from 0 to");
      else
        ck_assert (error->code == IPC_ERROR_OVERFLOW || error->code == IPC_ERROR_NOT_SUPPORTED);
    }
}
END_TEST

/* -- What a backend cannot do -- */

static void
check_not_supported (IpcSemaphore *sem, gboolean done, GError **error)
{
  const char *backend = ipc_backend_get_name (ipc_semaphore_get_backend (sem));

  ck_assert (!done);
  ipc_check_error (*error, IPC_ERROR, IPC_ERROR_NOT_SUPPORTED, "ipc_semaphore_");
  ipc_check_error (*error, IPC_ERROR, IPC_ERROR_NOT_SUPPORTED, backend);
  ck_assert_uint_eq (ipc_check_value (sem, 0), 1);
  g_clear_error (error);
}

START_TEST (lone_semaphore_refuses_what_sets_do)
{
  const IpcSemaphoreOp two[] = { { 0, +1 }, { 0, +1 } };
  const IpcSemaphoreOp odd[] = { { 0, +2 }, { 0, -2 } };
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 1, IPC_SEMAPHORE_FLAGS_NONE);
  const char *name = ipc_check_semaphore_name (_i);
  g_autoptr (GError) error = NULL;

  check_not_supported (sem, ipc_semaphore_operate (sem, two, 2, 0, NULL, &error), &error);
  check_not_supported (sem, ipc_semaphore_operate (sem, &odd[0], 1, 0, NULL, &error), &error);
  check_not_supported (sem, ipc_semaphore_operate (sem, &odd[1], 1, 0, NULL, &error), &error);
  check_not_supported (sem, new_full (name, IPC_OPEN_CREATE, 2, 0600, 0, &error) != NULL, &error);
  ck_assert (!ipc_check_semaphore_exists (name));
}
END_TEST

START_TEST (zero_cannot_be_waited_for_everywhere)
{
  const IpcSemaphoreOp zero = { 0, 0 };
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 1, IPC_SEMAPHORE_FLAGS_NONE);
  g_autoptr (GError) error = NULL;

  check_not_supported (sem, ipc_semaphore_wait_zero (sem, 0, NULL, &error), &error);
  check_not_supported (sem, ipc_semaphore_operate (sem, &zero, 1, 0, NULL, &error), &error);
}
END_TEST

START_TEST (value_cannot_be_set_everywhere)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 1, IPC_SEMAPHORE_FLAGS_NONE);
  g_autoptr (GError) error = NULL;

  check_not_supported (sem, ipc_semaphore_set_value (sem, 0, 5, &error), &error);
}
END_TEST

START_TEST (undo_is_refused_and_not_ignored)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 1, IPC_SEMAPHORE_FLAGS_NONE);
  const char *there = ipc_semaphore_get_name (sem);
  const char *name = ipc_check_semaphore_name (_i);
  g_autoptr (GError) error = NULL;

  check_not_supported (sem, ipc_semaphore_create (name, 1, IPC_SEMAPHORE_UNDO, &error) != NULL,
                       &error);
  check_not_supported (sem, ipc_semaphore_open (there, IPC_SEMAPHORE_UNDO, &error) != NULL, &error);
  ck_assert (!ipc_check_semaphore_exists (name));
}
END_TEST

/* -- What a type cannot rule out in C: each call says so, and returns -- */

static guint n_criticals;

static GLogWriterOutput
count_criticals (GLogLevelFlags level, const GLogField *fields G_GNUC_UNUSED,
                 gsize n_fields G_GNUC_UNUSED, gpointer data G_GNUC_UNUSED)
{
  n_criticals += (level & G_LOG_LEVEL_CRITICAL) != 0;
  return G_LOG_WRITER_HANDLED;
}

static void
misuse_object (IpcSemaphore *sem)
{
  const IpcSemaphoreOp op = { 0, +1 };
  guint value;

  ck_assert (!ipc_semaphore_post (sem, NULL));
  ck_assert (!ipc_semaphore_wait (sem, 0, NULL, NULL));
  ck_assert (!ipc_semaphore_try_wait (sem, NULL));
  ck_assert (!ipc_semaphore_wait_zero (sem, 0, NULL, NULL));
  ck_assert (!ipc_semaphore_operate (sem, &op, 1, 0, NULL, NULL));
  ck_assert (!ipc_semaphore_get_value (sem, 0, &value, NULL));
  ck_assert (!ipc_semaphore_set_value (sem, 0, 0, NULL));
  ck_assert (!ipc_semaphore_close (sem, NULL));
  ck_assert (!ipc_semaphore_unlink (sem, NULL));
  ck_assert_ptr_null (ipc_semaphore_get_info (sem, 0, NULL));
  ck_assert_ptr_null (ipc_semaphore_get_name (sem));
  ck_assert_int_eq (ipc_semaphore_get_backend (sem), IPC_BACKEND_NONE);
  ck_assert_uint_eq (ipc_semaphore_get_size (sem), 0);
  ck_assert_uint_eq (ipc_semaphore_get_max_value (sem), 0);
  ck_assert_uint_eq (ipc_semaphore_get_permissions (sem), 0);
  ck_assert_int_eq (ipc_semaphore_get_flags (sem), IPC_SEMAPHORE_FLAGS_NONE);
  ck_assert (!ipc_semaphore_get_created (sem));
  ck_assert (!ipc_semaphore_is_current (sem));
  ck_assert (!ipc_semaphore_get_id (sem, NULL));
}

#define N_METHODS 19

START_TEST (misuse_is_a_critical)
{
  const char *name = ipc_check_semaphore_name (_i);
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 1, IPC_SEMAPHORE_FLAGS_NONE);
  g_autoptr (GCancellable) other = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  g_log_set_writer_func (count_criticals, NULL, NULL);
  misuse_object (NULL);
  ck_assert_uint_eq (n_criticals, N_METHODS);
  misuse_object ((IpcSemaphore *) other);
  ck_assert_uint_eq (n_criticals, 2 * N_METHODS);

  n_criticals = 0;
  ck_assert_ptr_null (ipc_semaphore_create (NULL, 1, 0, NULL));
  ck_assert_ptr_null (ipc_semaphore_open (NULL, 0, NULL));
  ck_assert_ptr_null (ipc_semaphore_open_or_create (NULL, 1, 0, NULL));
  ck_assert_ptr_null (ipc_semaphore_new_full (NULL, 0, NULL, 0, 0600, 0, NULL, NULL));
  ck_assert_ptr_null (ipc_semaphore_new_full (name, IPC_OPEN_CREATE, NULL, 1, 0600, 0, NULL, NULL));
  ck_assert (!ipc_semaphore_unlink_name (NULL, NULL));
  ck_assert_int_eq (ipc_name_get_backend (NULL, NULL), IPC_BACKEND_NONE);
  ck_assert_ptr_null (ipc_name_for_path (NULL, 1, NULL));
  ck_assert (!ipc_semaphore_get_value (sem, 0, NULL, &error));
  ck_assert (!ipc_semaphore_operate (sem, NULL, 1, 0, NULL, &error));
  ck_assert_uint_eq (n_criticals, 10);
  ck_assert_ptr_null (error);
  ck_assert_uint_eq (ipc_check_value (sem, 0), 1);
}
END_TEST

static void
add_tests (Suite *suite)
{
  TCase *tcase = ipc_check_tcase (suite, "semaphore-faults");
  const TTest *all[] = {
    bad_option_is_refused, first_value_above_the_maximum_overflows, no_steps_are_refused,
    change_beyond_the_maximum_is_refused, misuse_is_a_critical,
  };
  const TTest *sets[] = {
    first_values_of_a_set_are_all_looked_at, set_beyond_any_size_is_refused,
    index_outside_the_set_is_refused,
  };

  tcase_add_test (tcase, bad_name_is_refused_by_each_constructor);
  tcase_add_test (tcase, mechanism_that_is_not_built_in_is_named);
  for (gsize i = 0; i < G_N_ELEMENTS (all); i++)
    ipc_check_add_semaphore_test (tcase, all[i], IPC_CHECK_GET_VALUE, 0);
  for (gsize i = 0; i < G_N_ELEMENTS (sets); i++)
    ipc_check_add_semaphore_test (tcase, sets[i], IPC_CHECK_SETS | IPC_CHECK_SET_VALUE, 0);
  ipc_check_add_semaphore_test (tcase, lone_semaphore_refuses_what_sets_do, IPC_CHECK_GET_VALUE,
                                IPC_CHECK_SETS);
  ipc_check_add_semaphore_test (tcase, zero_cannot_be_waited_for_everywhere, IPC_CHECK_GET_VALUE,
                                IPC_CHECK_WAIT_ZERO);
  ipc_check_add_semaphore_test (tcase, value_cannot_be_set_everywhere, IPC_CHECK_GET_VALUE,
                                IPC_CHECK_SET_VALUE);
  ipc_check_add_semaphore_test (tcase, undo_is_refused_and_not_ignored, IPC_CHECK_GET_VALUE,
                                IPC_CHECK_UNDO);
}

int
main (void)
{
  return ipc_check_main ("semaphore-faults", add_tests);
}
