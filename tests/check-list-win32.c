/* check-list-win32.c: names of Windows are listed as long as somebody has their objects open
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ipc-check-semaphore.h"

#define SIZE 4096

/* NULL if it is not listed; each is listed once. */
static IpcInfo *
find (IpcBackend backend, const char *name, IpcKind kind)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) infos = ipc_info_list (backend, NULL, &error);
  IpcInfo *found = NULL;

  ipc_check_ok (infos != NULL, error);
  for (guint i = 0; i < infos->len; i++)
    if (ipc_info_get_kind (infos->pdata[i]) == kind
        && g_str_equal (ipc_info_get_name (infos->pdata[i]), name))
      {
        ck_assert_ptr_null (found);
        found = ipc_info_ref (infos->pdata[i]);
      }

  return found;
}

static gboolean
is_listed (IpcBackend backend, const char *name, IpcKind kind)
{
  g_autoptr (IpcInfo) info = find (backend, name, kind);

  if (info != NULL)
    ck_assert_int_eq (ipc_info_get_state (info), IPC_STATE_LIVE);
  return info != NULL;
}

/* -- What is listed, and as what -- */

START_TEST (semaphore_is_listed)
{
  const IpcBackend backend = ipc_check_semaphore_backend (_i);
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 1, IPC_SEMAPHORE_FLAGS_NONE);
  g_autofree char *name = g_strdup (ipc_semaphore_get_name (sem));

  ck_assert (is_listed (IPC_BACKEND_NONE, name, IPC_KIND_SEMAPHORE));
  ck_assert (is_listed (backend, name, IPC_KIND_SEMAPHORE));
  ck_assert (!is_listed (backend, name, IPC_KIND_SEGMENT));
  g_clear_object (&sem);
  ck_assert (!is_listed (backend, name, IPC_KIND_SEMAPHORE));
}
END_TEST

/* A native one is what others see, too, and is one object. */
START_TEST (segment_is_listed)
{
  const char *plain = ipc_check_plain_name ();
  g_autofree char *native = g_strconcat ("native:", plain, NULL);
  g_autofree char *win32 = g_strconcat ("win32:Local\\", plain, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (IpcSegment) segment = ipc_segment_create (plain, SIZE, IPC_SEGMENT_FLAGS_NONE, &error);

  ipc_check_ok (segment != NULL, error);
  ck_assert (is_listed (IPC_BACKEND_NATIVE, native, IPC_KIND_SEGMENT));
  ck_assert (is_listed (IPC_BACKEND_WIN32, win32, IPC_KIND_SEGMENT));
  ck_assert (is_listed (IPC_BACKEND_NONE, win32, IPC_KIND_SEGMENT));
  ck_assert (!is_listed (IPC_BACKEND_NONE, native, IPC_KIND_SEGMENT));
  g_clear_object (&segment);
  ck_assert (!is_listed (IPC_BACKEND_NATIVE, native, IPC_KIND_SEGMENT));
}
END_TEST

START_TEST (what_belongs_to_a_semaphore_is_not_listed)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 1, IPC_SEMAPHORE_FLAGS_NONE);
  g_autoptr (GPtrArray) infos = ipc_info_list (IPC_BACKEND_NONE, NULL, NULL);

  ck_assert_uint_eq (ipc_semaphore_get_size (sem), 1);
  for (guint i = 0; i < infos->len; i++)
    ck_assert_ptr_null (strstr (ipc_info_get_name (infos->pdata[i]), "ipc-sem"));
}
END_TEST

START_TEST (removed_name_is_not_listed)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 1, IPC_SEMAPHORE_FLAGS_NONE);

  ck_assert (ipc_semaphore_unlink (sem, NULL));
  ck_assert (!is_listed (IPC_BACKEND_NONE, ipc_semaphore_get_name (sem), IPC_KIND_SEMAPHORE));
}
END_TEST

/* -- With the last process -- */

static void
hold (gpointer data)
{
  IpcCheckHolder *self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (IpcSemaphore) sem = ipc_semaphore_create (self->name, 1, 0, &error);

  ipc_check_ok (sem != NULL, error);
  ipc_check_gate_open (self->holds);
  ipc_check_gate_pass (self->ends);
}

START_TEST (that_of_a_killed_process_is_not_listed)
{
  IpcCheckHolder *holder = ipc_check_shared (sizeof *holder);
  pid_t pid;

  holder->name = ipc_check_semaphore_name (_i);
  holder->holds = ipc_check_gate_new ();
  holder->ends = ipc_check_gate_new ();
  pid = ipc_check_fork (hold, holder);
  ipc_check_gate_pass (holder->holds);
  ck_assert (is_listed (IPC_BACKEND_NONE, holder->name, IPC_KIND_SEMAPHORE));
  ipc_check_kill (pid);
  ck_assert (!is_listed (IPC_BACKEND_NONE, holder->name, IPC_KIND_SEMAPHORE));
}
END_TEST

START_TEST (nothing_is_unused)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 1, IPC_SEMAPHORE_FLAGS_NONE);
  const char *name = ipc_semaphore_get_name (sem);
  g_autoptr (IpcInfo) listed = find (IPC_BACKEND_NONE, name, IPC_KIND_SEMAPHORE);
  g_autoptr (IpcInfo) asked = ipc_semaphore_get_info (sem, 0, NULL);
  g_autoptr (GError) error = NULL;

  ck_assert (!ipc_info_remove_unused (listed, &error));
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_IN_USE, name);
  ck_assert (is_listed (IPC_BACKEND_NONE, name, IPC_KIND_SEMAPHORE));
  g_clear_error (&error);
  ck_assert (!ipc_info_remove_unused (asked, &error));
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_INVALID_ARGUMENT, name);
}
END_TEST

START_TEST (listing_can_be_cancelled)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  g_cancellable_cancel (cancellable);
  ck_assert_ptr_null (ipc_info_list (IPC_BACKEND_NONE, cancellable, &error));
  ipc_check_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, NULL);
  g_clear_error (&error);
  ck_assert_ptr_null (ipc_info_list (IPC_BACKEND_SYSV, NULL, &error));
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_NOT_SUPPORTED, "sysv");
}
END_TEST

static void
add_tests (Suite *suite)
{
  TCase *tcase = ipc_check_tcase (suite, "list-win32");
  const TTest *all[] = {
    semaphore_is_listed, what_belongs_to_a_semaphore_is_not_listed,
    that_of_a_killed_process_is_not_listed, nothing_is_unused,
  };

  for (gsize i = 0; i < G_N_ELEMENTS (all); i++)
    ipc_check_add_semaphore_test (tcase, all[i], 0, 0);
  ipc_check_add_semaphore_test (tcase, removed_name_is_not_listed, IPC_CHECK_WAKES_REMOVED, 0);
  tcase_add_test (tcase, segment_is_listed);
  tcase_add_test (tcase, listing_can_be_cancelled);
}

int
main (void)
{
  return ipc_check_main ("list-win32", add_tests);
}
