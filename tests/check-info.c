/* check-info.c: an IpcInfo by itself: what is unknown, who holds, how long it lives
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ipc-check.h"
#include "ipc-info-private.h"

static gint64
permissions_of (IpcInfo *info)
{
  return ipc_info_get_permissions (info);
}

/* Every number, its getter and its field, in one order. */
static gint64 (*const getters[]) (IpcInfo *info) = {
  ipc_info_get_key, ipc_info_get_id, ipc_info_get_size, ipc_info_get_uid, ipc_info_get_gid,
  ipc_info_get_creator_pid, ipc_info_get_last_pid, ipc_info_get_attach_count,
  ipc_info_get_change_time, ipc_info_get_attach_time, ipc_info_get_detach_time,
  ipc_info_get_use_time, ipc_info_get_value, ipc_info_get_waiters, ipc_info_get_zero_waiters,
  ipc_info_get_recovered_units, ipc_info_get_recovered_pid, ipc_info_get_recovered_time,
};

static void
list_fields (IpcInfo *info, gint64 *fields[G_N_ELEMENTS (getters)])
{
  gint64 *all[] = {
    &info->key, &info->id, &info->size, &info->uid, &info->gid,
    &info->creator_pid, &info->last_pid, &info->attach_count,
    &info->change_time, &info->attach_time, &info->detach_time,
    &info->use_time, &info->value, &info->waiters, &info->zero_waiters,
    &info->recovered_units, &info->recovered_pid, &info->recovered_time,
  };

  G_STATIC_ASSERT (G_N_ELEMENTS (all) == G_N_ELEMENTS (getters));
  for (gsize i = 0; i < G_N_ELEMENTS (all); i++)
    fields[i] = all[i];
}

START_TEST (new_info_knows_nothing)
{
  g_autoptr (IpcInfo) info = ipc_info_new ("jobs", IPC_BACKEND_POSIX);

  ck_assert_str_eq (ipc_info_get_name (info), "jobs");
  ck_assert_int_eq (ipc_info_get_backend (info), IPC_BACKEND_POSIX);
  for (gsize i = 0; i < G_N_ELEMENTS (getters); i++)
    ck_assert_int_eq (getters[i] (info), -1);
  ck_assert_int_eq (permissions_of (info), -1);
  ck_assert_uint_eq (ipc_info_get_n_holders (info), 0);
  ck_assert (!ipc_info_get_holder (info, 0, NULL, NULL));
  ck_assert_int_eq (ipc_info_get_holder_since (info, 0), -1);
  ck_assert_int_eq (ipc_info_get_kind (info), IPC_KIND_NONE);
  ck_assert_int_eq (ipc_info_get_state (info), IPC_STATE_UNKNOWN);
  ck_assert_ptr_null (ipc_info_get_path (info));
}
END_TEST

START_TEST (each_getter_reads_its_own_field)
{
  g_autoptr (IpcInfo) info = ipc_info_new ("jobs", IPC_BACKEND_SYSV);
  gint64 *fields[G_N_ELEMENTS (getters)];

  list_fields (info, fields);
  for (gsize i = 0; i < G_N_ELEMENTS (getters); i++)
    *fields[i] = G_MAXINT32 + (gint64) i;
  info->permissions = 0640;

  for (gsize i = 0; i < G_N_ELEMENTS (getters); i++)
    ck_assert_int_eq (getters[i] (info), G_MAXINT32 + (gint64) i);
  ck_assert_int_eq (permissions_of (info), 0640);
}
END_TEST

START_TEST (holders_are_listed_in_order)
{
  g_autoptr (IpcInfo) info = ipc_info_new ("jobs", IPC_BACKEND_NATIVE);
  gint64 pid = 0, units = 0;

  ipc_info_add_holder (info, 4711, 1, 1000000);
  ipc_info_add_holder (info, 815, 7000000, -1);
  ck_assert_uint_eq (ipc_info_get_n_holders (info), 2);

  ck_assert (ipc_info_get_holder (info, 0, &pid, &units));
  ck_assert_int_eq (pid, 4711);
  ck_assert_int_eq (units, 1);
  ck_assert (ipc_info_get_holder (info, 1, &pid, NULL));
  ck_assert_int_eq (pid, 815);
  ck_assert (ipc_info_get_holder (info, 1, NULL, &units));
  ck_assert_int_eq (units, 7000000);
  ck_assert_int_eq (ipc_info_get_holder_since (info, 0), 1000000);
  ck_assert_int_eq (ipc_info_get_holder_since (info, 1), -1);
  ck_assert_int_eq (ipc_info_get_holder_since (info, 2), -1);

  ck_assert (!ipc_info_get_holder (info, 2, &pid, &units));
  ck_assert (!ipc_info_get_holder (info, G_MAXUINT, &pid, &units));
  ck_assert_int_eq (pid, 815);
}
END_TEST

START_TEST (times_are_microseconds)
{
  ck_assert_int_eq (ipc_info_time (0), -1);
  ck_assert_int_eq (ipc_info_time (1), 1000000);
  ck_assert_int_eq (ipc_info_time (4102444800), G_GINT64_CONSTANT (4102444800000000));
}
END_TEST

/* As a binding keeps it: in a value, after its maker let it go. */
START_TEST (it_lives_as_long_as_a_reference)
{
  IpcInfo *info = ipc_info_new ("jobs", IPC_BACKEND_SYSV);
  g_auto (GValue) value = G_VALUE_INIT;

  ck_assert_ptr_eq (ipc_info_ref (info), info);
  ipc_info_unref (info);

  g_value_init (&value, IPC_TYPE_INFO);
  g_value_set_boxed (&value, info);
  ipc_info_unref (info);
  ck_assert_str_eq (ipc_info_get_name (g_value_get_boxed (&value)), "jobs");
}
END_TEST

static void
add_tests (Suite *suite)
{
  TCase *tcase = ipc_check_tcase (suite, "info");

  tcase_add_test (tcase, new_info_knows_nothing);
  tcase_add_test (tcase, each_getter_reads_its_own_field);
  tcase_add_test (tcase, holders_are_listed_in_order);
  tcase_add_test (tcase, times_are_microseconds);
  tcase_add_test (tcase, it_lives_as_long_as_a_reference);
}

int
main (void)
{
  return ipc_check_main ("info", add_tests);
}
