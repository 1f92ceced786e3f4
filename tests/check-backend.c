/* check-backend.c: which mechanisms there are, and the keys of files
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ipc-check.h"
#include "ipc-name-private.h"

#ifdef G_OS_UNIX
#include <sys/ipc.h>
#endif

/* -- Keys of files -- */

#ifdef G_OS_UNIX

/* The program itself is a file that exists and stays. */
START_TEST (path_gives_the_key_of_ftok)
{
  static const int projects[] = { 1, 'R', 255, 256 + 'R', -1 };
  const char *path = "/proc/self/exe";
  g_autoptr (GError) error = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (projects); i++)
    {
      key_t key = ftok (path, projects[i]);
      g_autofree char *text = ipc_name_for_path (path, projects[i], &error);
      g_autoptr (IpcName) name = text != NULL ? ipc_name_parse (text, &error) : NULL;

      ipc_check_ok (name != NULL, error);
      ck_assert (g_str_has_prefix (text, "sysv:0x"));
      ck_assert_int_eq (name->key, key);
    }
}
END_TEST

START_TEST (path_must_exist)
{
  g_autoptr (GError) error = NULL;

  ck_assert_ptr_null (ipc_name_for_path ("/no/such/file", 1, &error));
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_NOT_FOUND, "ftok|/no/such/file|must exist");
}
END_TEST

#else

START_TEST (path_gives_no_key)
{
  g_autoptr (GError) error = NULL;

  ck_assert_ptr_null (ipc_name_for_path ("C:/", 1, &error));
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_NOT_SUPPORTED, "ftok|C:/|plain name");
}
END_TEST

#endif

START_TEST (project_must_not_be_zero)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) low = NULL;

  ck_assert_ptr_null (ipc_name_for_path ("/", 0, &error));
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_INVALID_ARGUMENT, "ftok|\"/\"|1 to 255");
  ck_assert_ptr_null (ipc_name_for_path ("/", 0x100, &low));
  ipc_check_error (low, IPC_ERROR, IPC_ERROR_INVALID_ARGUMENT, "low 8 bits");
}
END_TEST

/* -- Backends -- */

START_TEST (backends_have_names)
{
  ck_assert_str_eq (ipc_backend_get_name (IPC_BACKEND_NATIVE), "native");
  ck_assert_str_eq (ipc_backend_get_name (IPC_BACKEND_SYSV), "sysv");
  ck_assert_str_eq (ipc_backend_get_name (IPC_BACKEND_POSIX), "posix");
  ck_assert_str_eq (ipc_backend_get_name (IPC_BACKEND_WIN32), "win32");
  ck_assert_ptr_null (ipc_backend_get_name (IPC_BACKEND_NONE));
  ck_assert_ptr_null (ipc_backend_get_name ((IpcBackend) 99));
}
END_TEST

START_TEST (backends_of_this_system_are_there)
{
#ifdef G_OS_UNIX
  const gboolean is_unix = TRUE;
#else
  const gboolean is_unix = FALSE;
#endif

  ck_assert (ipc_backend_is_available (IPC_BACKEND_NATIVE));
  ck_assert_int_eq (ipc_backend_is_available (IPC_BACKEND_SYSV), is_unix);
  ck_assert_int_eq (ipc_backend_is_available (IPC_BACKEND_POSIX), is_unix);
  ck_assert_int_eq (ipc_backend_is_available (IPC_BACKEND_WIN32), !is_unix);
  ck_assert (!ipc_backend_is_available (IPC_BACKEND_NONE));
  ck_assert (!ipc_backend_is_available ((IpcBackend) 99));
}
END_TEST

/* What to use instead is told. */
START_TEST (backends_of_other_systems_are_not)
{
#ifdef G_OS_UNIX
  const char *const names[] = { "win32:Local\\jobs" };
  const char *remedy = "win32|plain name|posix:|sysv:";
#else
  const char *const names[] = { "sysv:0x12334", "posix:/jobs" };
  const char *remedy = "plain name|win32:";
#endif

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (GError) segment = NULL;
      g_autoptr (GError) semaphore = NULL;

      ck_assert_ptr_null (ipc_segment_create (names[i], 1, IPC_SEGMENT_FLAGS_NONE, &segment));
      ipc_check_error (segment, IPC_ERROR, IPC_ERROR_NOT_SUPPORTED, remedy);
      ck_assert_ptr_null (ipc_semaphore_open (names[i], IPC_SEMAPHORE_FLAGS_NONE, &semaphore));
      ipc_check_error (semaphore, IPC_ERROR, IPC_ERROR_NOT_SUPPORTED, remedy);
    }
}
END_TEST

static void
add_tests (Suite *suite)
{
  TCase *tcase = ipc_check_tcase (suite, "backend");

#ifdef G_OS_UNIX
  tcase_add_test (tcase, path_gives_the_key_of_ftok);
  tcase_add_test (tcase, path_must_exist);
#else
  tcase_add_test (tcase, path_gives_no_key);
#endif
  tcase_add_test (tcase, project_must_not_be_zero);
  tcase_add_test (tcase, backends_have_names);
  tcase_add_test (tcase, backends_of_this_system_are_there);
  tcase_add_test (tcase, backends_of_other_systems_are_not);
}

int
main (void)
{
  return ipc_check_main ("backend", add_tests);
}
