/* check-semaphore-object.c: a semaphore as an object: properties, lifetime, info, callers' mistakes
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ipc-check-semaphore.h"

#include <string.h>
#include <unistd.h>

/* -- Properties -- */

static IpcSemaphore *
new_by_properties (const char *name, IpcOpenMode mode, GError **error)
{
  const guint values[] = { 4 };

  return g_initable_new (IPC_TYPE_SEMAPHORE, NULL, error, "name", name, "open-mode", mode,
                         "permissions", 0640, "flags", IPC_SEMAPHORE_ANY_OWNER, "initial-values",
                         g_variant_new_fixed_array (G_VARIANT_TYPE_UINT32, values, 1, 4), NULL);
}

static void
check_properties (IpcSemaphore *sem, const char *expected_name, IpcBackend expected_backend,
                  IpcOpenMode expected_mode)
{
  g_autofree char *name = NULL;
  g_autoptr (GVariant) values = NULL;
  IpcBackend backend;
  IpcOpenMode mode;
  IpcSemaphoreFlags flags;
  guint permissions, size;
  gboolean created;

  g_object_get (sem, "name", &name, "backend", &backend, "open-mode", &mode, "permissions",
                &permissions, "flags", &flags, "created", &created, "initial-values", &values,
                "size", &size, NULL);
  ck_assert_str_eq (name, expected_name);
  ck_assert_int_eq (backend, expected_backend);
  ck_assert_int_eq (mode, expected_mode);
  ck_assert_uint_eq (permissions, 0640);
  ck_assert_int_eq (flags, IPC_SEMAPHORE_ANY_OWNER);
  ck_assert_int_eq (created, expected_mode == IPC_OPEN_CREATE);
  ck_assert_uint_eq (size, 1);
  ck_assert_uint_eq (g_variant_n_children (values), 1);

  ck_assert_uint_eq (ipc_semaphore_get_permissions (sem), 0640);
  ck_assert_int_eq (ipc_semaphore_get_flags (sem), IPC_SEMAPHORE_ANY_OWNER);
  ck_assert_int_eq (ipc_semaphore_get_created (sem), created);
}

START_TEST (properties_reach_every_option)
{
  const char *name = ipc_check_semaphore_name (_i);
  g_autoptr (GError) error = NULL;
  g_autoptr (IpcSemaphore) made = new_by_properties (name, IPC_OPEN_CREATE, &error);
  g_autoptr (IpcSemaphore) found = NULL;

  ipc_check_ok (made != NULL, error);
  check_properties (made, name, ipc_check_semaphore_backend (_i), IPC_OPEN_CREATE);
  ck_assert_uint_eq (ipc_check_value (made, 0), 4);

  found = new_by_properties (name, IPC_OPEN_EXISTING, &error);
  ipc_check_ok (found != NULL, error);
  check_properties (found, name, ipc_check_semaphore_backend (_i), IPC_OPEN_EXISTING);
}
END_TEST

START_TEST (opening_twice_is_opening_once)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 1, IPC_SEMAPHORE_FLAGS_NONE);
  g_autoptr (GError) error = NULL;

  ipc_check_ok (g_initable_init (G_INITABLE (sem), NULL, &error), error);
  ck_assert (ipc_semaphore_get_created (sem));
  ck_assert_uint_eq (ipc_check_value (sem, 0), 1);
}
END_TEST

/* What was refused once may be there the next time. */
START_TEST (opening_can_be_tried_again)
{
  const char *name = ipc_check_semaphore_name (_i);
  g_autoptr (IpcSemaphore) sem = g_object_new (IPC_TYPE_SEMAPHORE, "name", name, NULL);
  g_autoptr (IpcSemaphore) made = NULL;
  g_autoptr (GError) error = NULL;

  for (int i = 0; i < 2; i++)
    {
      ck_assert (!g_initable_init (G_INITABLE (sem), NULL, &error));
      ipc_check_error (error, IPC_ERROR, IPC_ERROR_NOT_FOUND, name);
      g_clear_error (&error);
    }
  made = ipc_semaphore_create (name, 2, IPC_SEMAPHORE_FLAGS_NONE, &error);
  ipc_check_ok (made != NULL, error);
  ipc_check_ok (g_initable_init (G_INITABLE (sem), NULL, &error), error);
  ck_assert_uint_eq (ipc_check_value (sem, 0), 2);
}
END_TEST

/* By g_object_new() alone, without a name and with one. */
START_TEST (what_was_never_opened_says_so)
{
  g_autoptr (IpcSemaphore) bare = g_object_new (IPC_TYPE_SEMAPHORE, NULL);
  g_autoptr (IpcSemaphore) named = g_object_new (IPC_TYPE_SEMAPHORE, "name", "jobs", NULL);
  IpcSemaphore *sems[] = { bare, named };

  for (gsize i = 0; i < G_N_ELEMENTS (sems); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GError) unlink_error = NULL;

      ck_assert (!ipc_semaphore_post (sems[i], &error));
      ipc_check_error (error, IPC_ERROR, IPC_ERROR_CLOSED, "never opened|g_initable_init");
      ck_assert (!ipc_semaphore_unlink (sems[i], &unlink_error));
      ipc_check_error (unlink_error, IPC_ERROR, IPC_ERROR_CLOSED, "never opened");
      ck_assert (ipc_semaphore_close (sems[i], NULL));
      ck_assert (!ipc_semaphore_is_current (sems[i]));
      ck_assert (!ipc_semaphore_get_id (sems[i], NULL));
      ck_assert_uint_eq (ipc_semaphore_get_size (sems[i]), 0);
      ck_assert_int_eq (ipc_semaphore_get_backend (sems[i]), IPC_BACKEND_NONE);
      ck_assert_uint_eq (ipc_semaphore_get_max_value (sems[i]), 0);
    }
  ck_assert (!g_initable_init (G_INITABLE (bare), NULL, NULL));
}
END_TEST

/* -- Closing and removing -- */

START_TEST (closed_object_refuses_and_the_semaphore_stays)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 3, IPC_SEMAPHORE_FLAGS_NONE);
  const char *name = ipc_semaphore_get_name (sem);
  g_autoptr (IpcSemaphore) other = ipc_check_semaphore_open (name, IPC_SEMAPHORE_FLAGS_NONE);
  g_autoptr (GError) error = NULL;

  ipc_check_ok (ipc_semaphore_close (sem, &error), error);
  ipc_check_ok (ipc_semaphore_close (sem, &error), error);
  ipc_check_all_fail (sem, IPC_ERROR_CLOSED, "ipc_semaphore_|closed|open it again");
  ck_assert_str_eq (ipc_semaphore_get_name (sem), name);
  ck_assert_uint_eq (ipc_semaphore_get_size (sem), 1);

  ck_assert_uint_eq (ipc_check_value (other, 0), 3);
  ck_assert (ipc_check_semaphore_exists (name));
}
END_TEST

START_TEST (closed_object_can_be_unlinked)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 3, IPC_SEMAPHORE_FLAGS_NONE);
  g_autoptr (GError) error = NULL;

  ipc_check_ok (ipc_semaphore_close (sem, &error), error);
  ipc_check_ok (ipc_semaphore_unlink (sem, &error), error);
  ck_assert (!ipc_check_semaphore_exists (ipc_semaphore_get_name (sem)));
}
END_TEST

static void
make_and_go (gpointer name)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (IpcSemaphore) sem = ipc_semaphore_create (name, 5, IPC_SEMAPHORE_FLAGS_NONE, &error);

  ipc_check_ok (sem != NULL, error);
}

/* Neither the last reference nor the end of its maker removes it. */
START_TEST (semaphore_outlives_objects_and_processes)
{
  const char *name = ipc_check_semaphore_name (_i);

  ck_assert_int_eq (ipc_check_join (ipc_check_fork (make_and_go, (gpointer) name)), 0);
  for (int i = 0; i < 2; i++)
    {
      g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_open (name, IPC_SEMAPHORE_FLAGS_NONE);

      ck_assert_uint_eq (ipc_check_value (sem, 0), 5);
    }
}
END_TEST

START_TEST (unlink_removes_the_name_once)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 0, IPC_SEMAPHORE_FLAGS_NONE);
  const char *name = ipc_semaphore_get_name (sem);
  g_autoptr (GError) error = NULL;

  ipc_check_ok (ipc_semaphore_unlink (sem, &error), error);
  ck_assert (!ipc_semaphore_is_current (sem));
  ck_assert (!ipc_check_semaphore_exists (name));
  ipc_check_ok (ipc_semaphore_unlink (sem, &error), error);
  ck_assert (!ipc_semaphore_unlink_name (name, &error));
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_NOT_FOUND, name);
}
END_TEST

START_TEST (unlink_name_needs_no_object)
{
  const char *name = ipc_check_semaphore_name (_i);
  g_autoptr (GError) error = NULL;

  ck_assert_int_eq (ipc_check_join (ipc_check_fork (make_and_go, (gpointer) name)), 0);
  ipc_check_ok (ipc_semaphore_unlink_name (name, &error), error);
  ck_assert (!ipc_check_semaphore_exists (name));
}
END_TEST

/* The name means another semaphore by now: that one stays. */
START_TEST (unlink_spares_a_successor)
{
  g_autoptr (IpcSemaphore) old = ipc_check_semaphore_new (_i, 0, IPC_SEMAPHORE_FLAGS_NONE);
  g_autoptr (IpcSemaphore) successor = NULL;
  const char *name = ipc_semaphore_get_name (old);
  g_autoptr (GError) error = NULL;

  ipc_check_ok (ipc_semaphore_unlink_name (name, &error), error);
  ck_assert (!ipc_semaphore_is_current (old));
  successor = ipc_semaphore_create (name, 5, IPC_SEMAPHORE_FLAGS_NONE, &error);
  ipc_check_ok (successor != NULL, error);
  ck_assert (!ipc_semaphore_is_current (old));

  ipc_check_ok (ipc_semaphore_unlink (old, &error), error);
  ck_assert (ipc_check_semaphore_exists (name));
}
END_TEST

/* -- Info -- */

START_TEST (info_tells_what_is_known)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 6, IPC_SEMAPHORE_FLAGS_NONE);
  const gint64 now = g_get_real_time ();
  g_autoptr (GError) error = NULL;
  g_autoptr (IpcInfo) info = ipc_semaphore_get_info (sem, 0, &error);
  int id = -1;

  ipc_check_ok (info != NULL, error);
  ck_assert_str_eq (ipc_info_get_name (info), ipc_semaphore_get_name (sem));
  ck_assert_int_eq (ipc_info_get_backend (info), ipc_semaphore_get_backend (sem));
  ck_assert_int_eq (ipc_info_get_value (info), 6);
  ck_assert_int_eq (ipc_info_get_size (info), 1);
#ifdef G_OS_UNIX
  ck_assert_int_eq (ipc_info_get_uid (info), geteuid ());
  ck_assert_int_eq (ipc_info_get_gid (info), getegid ());
#endif
  ck_assert_int_eq (ipc_info_get_permissions (info), 0600);
  ck_assert_int_ge (ipc_info_get_change_time (info), now - 60 * G_USEC_PER_SEC);
  ck_assert_int_le (ipc_info_get_change_time (info), now);
  ck_assert_int_eq (ipc_info_get_attach_count (info), -1);

  ck_assert_int_eq (ipc_semaphore_get_id (sem, &id), ipc_check_semaphore_has (_i, IPC_CHECK_SYSTEM_V));
  ck_assert_int_eq (ipc_info_get_id (info), id);
}
END_TEST

START_TEST (info_counts_who_waits)
{
  static const guint values[] = { 0, 1 };
  g_autoptr (IpcSemaphore) sem = ipc_check_set_new (_i, values, 2, IPC_SEMAPHORE_FLAGS_NONE);
  gpointer name = ipc_check_name_of (sem);
  g_autoptr (GError) error = NULL;
  pid_t peers[2];

  ipc_check_waiters (sem, 0, 0, 0);
  for (int i = 0; i < 2; i++)
    {
      peers[i] = ipc_check_fork (ipc_check_peer_wait, name);
      ck_assert (ipc_check_blocked (peers[i]));
      ipc_check_waiters (sem, 0, i + 1, 0);
    }
  ipc_check_waiters (sem, 1, 0, 0);
  ipc_check_kill (peers[0]);
  ipc_check_waiters (sem, 0, 1, 0);
  ipc_check_ok (ipc_semaphore_post (sem, &error), error);
  ck_assert_int_eq (ipc_check_join (peers[1]), 0);
  ipc_check_waiters (sem, 0, 0, 0);
}
END_TEST

START_TEST (info_counts_who_waits_for_zero)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 1, IPC_SEMAPHORE_FLAGS_NONE);
  gpointer name = ipc_check_name_of (sem);
  pid_t peer = ipc_check_fork (ipc_check_peer_wait_zero, name);

  ck_assert (ipc_check_blocked (peer));
  ipc_check_waiters (sem, 0, 0, 1);
  ck_assert_int_eq (ipc_check_join (ipc_check_fork (ipc_check_peer_wait, name)), 0);
  ck_assert_int_eq (ipc_check_join (peer), 0);
  ipc_check_waiters (sem, 0, 0, 0);
}
END_TEST

static void
take_five_once_there_are_none (gpointer name)
{
  const IpcSemaphoreOp never[] = { { 0, 0 }, { 0, -5 } };
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_open (name, IPC_SEMAPHORE_FLAGS_NONE);

  ipc_semaphore_operate (sem, never, 2, IPC_CHECK_LONG, NULL, NULL);
}

/* Of several steps the first that is not possible. */
START_TEST (info_counts_what_is_waited_for_first)
{
  const IpcSemaphoreOp take_all = { 0, -3 };
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 3, IPC_SEMAPHORE_FLAGS_NONE);
  pid_t peer = ipc_check_fork (take_five_once_there_are_none, ipc_check_name_of (sem));
  g_autoptr (GError) error = NULL;

  ck_assert (ipc_check_blocked (peer));
  ipc_check_waiters (sem, 0, 0, 1);
  ipc_check_ok (ipc_semaphore_operate (sem, &take_all, 1, 0, NULL, &error), error);
  ipc_check_waiters (sem, 0, 1, 0);
  ipc_check_kill (peer);
}
END_TEST

START_TEST (info_of_system_v_tells_who_used_it_last)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 0, IPC_SEMAPHORE_FLAGS_NONE);
  const gint64 now = g_get_real_time ();
  pid_t peer = ipc_check_fork (ipc_check_peer_post, ipc_check_name_of (sem));
  g_autoptr (GError) error = NULL;
  g_autoptr (IpcInfo) info = NULL;

  ck_assert_int_eq (ipc_check_join (peer), 0);
  info = ipc_semaphore_get_info (sem, 0, &error);
  ipc_check_ok (info != NULL, error);
  ck_assert_int_eq (ipc_info_get_last_pid (info), peer);
  ck_assert_int_ge (ipc_info_get_use_time (info), now - 60 * G_USEC_PER_SEC);
  ck_assert_int_le (ipc_info_get_use_time (info), g_get_real_time ());
}
END_TEST

static void
add_tests (Suite *suite)
{
  TCase *tcase = ipc_check_tcase (suite, "semaphore-object");
  const TTest *all[] = {
    properties_reach_every_option, opening_twice_is_opening_once, opening_can_be_tried_again,
    closed_object_refuses_and_the_semaphore_stays, closed_object_can_be_unlinked,
    unlink_removes_the_name_once, unlink_spares_a_successor, info_tells_what_is_known,
  };

  tcase_add_test (tcase, what_was_never_opened_says_so);
  for (gsize i = 0; i < G_N_ELEMENTS (all); i++)
    ipc_check_add_semaphore_test (tcase, all[i], IPC_CHECK_GET_VALUE, 0);
  if (ipc_check_needs_unix ("semaphore_outlives_objects_and_processes", "names that stay"))
    ipc_check_add_semaphore_test (tcase, semaphore_outlives_objects_and_processes,
                                  IPC_CHECK_GET_VALUE, 0);
  if (ipc_check_needs_unix ("unlink_name_needs_no_object", "names that stay"))
    ipc_check_add_semaphore_test (tcase, unlink_name_needs_no_object, IPC_CHECK_GET_VALUE, 0);
  ipc_check_add_semaphore_test (tcase, info_counts_who_waits, IPC_CHECK_WAITERS | IPC_CHECK_SETS,
                                0);
  ipc_check_add_semaphore_test (tcase, info_counts_what_is_waited_for_first,
                                IPC_CHECK_WAITERS | IPC_CHECK_SETS, 0);
  ipc_check_add_semaphore_test (tcase, info_counts_who_waits_for_zero,
                                IPC_CHECK_WAITERS | IPC_CHECK_WAIT_ZERO, 0);
  ipc_check_add_semaphore_test (tcase, info_of_system_v_tells_who_used_it_last,
                                IPC_CHECK_SYSTEM_V, 0);
}

int
main (void)
{
  return ipc_check_main ("semaphore-object", add_tests);
}
