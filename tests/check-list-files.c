/* check-list-files.c: listing what is not what its name says, or has no name
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ipc-check-semaphore.h"
#include "ipc-native-private.h"

#include <fcntl.h>
#include <sched.h>
#include <semaphore.h>
#include <sys/shm.h>
#include <unistd.h>

static void
plant (const char *path, gconstpointer data, gsize length, gsize size)
{
  const int fd = open (path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

  ck_assert_int_ge (fd, 0);
  ck_assert_int_eq (write (fd, data, length), (gssize) length);
  ck_assert_int_eq (ftruncate (fd, (off_t) size), 0);
  close (fd);
}

static IpcInfo *
find (IpcBackend backend, const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) infos = ipc_info_list (backend, NULL, &error);

  ipc_check_ok (infos != NULL, error);
  for (guint i = 0; i < infos->len; i++)
    if (g_str_equal (ipc_info_get_name (infos->pdata[i]), name))
      return ipc_info_ref (infos->pdata[i]);

  ck_abort_msg ("%s is left out", name);
}

/* It is told of, and its value is not. */
static void
check_no_value (IpcBackend backend, const char *name)
{
  g_autoptr (IpcInfo) info = find (backend, name);

  ck_assert_int_eq (ipc_info_get_value (info), -1);
  ck_assert_int_eq (ipc_info_get_state (info), IPC_STATE_STALE);
}

/* The last one says that it has more lanes in use than anybody would read. */
static void
list_what_was_planted (gpointer data G_GNUC_UNUSED)
{
  const IpcNativeFile head = {
    .magic = IPC_NATIVE_MAGIC,
    .layout = IPC_NATIVE_LAYOUT,
    .n_values = IPC_SET_MAX,
    .n_lanes = IPC_LANE_MAX,
    .lanes_used = G_MAXUINT32,
  };

  plant ("/dev/shm/sem.short", "x", 1, 1);
  plant ("/dev/shm/sem.long", "x", 1, sizeof (sem_t) + 1);
  plant ("/dev/shm/ipc-sem.empty", "", 0, 0);
  plant ("/dev/shm/ipc-sem.zeros", "", 0, IPC_NATIVE_SET_OFFSET);
  plant ("/dev/shm/ipc-sem.large", &head, sizeof head, ipc_native_file_size (IPC_SET_MAX));
  check_no_value (IPC_BACKEND_POSIX, "posix:/short");
  check_no_value (IPC_BACKEND_POSIX, "posix:/long");
  check_no_value (IPC_BACKEND_NATIVE, "native:empty");
  check_no_value (IPC_BACKEND_NATIVE, "native:zeros");
  check_no_value (IPC_BACKEND_NATIVE, "native:large");
}

START_TEST (what_is_no_semaphore_has_no_value)
{
  ck_assert_int_eq (ipc_check_in_namespaces (CLONE_NEWNS, 1 << 20, list_what_was_planted, NULL), 0);
}
END_TEST

static void
list_awaited (gpointer data G_GNUC_UNUSED)
{
  const char *name = "sysv:0x00001267";
  g_autoptr (IpcSemaphore) sem = ipc_semaphore_create (name, 0, IPC_SEMAPHORE_FLAGS_NONE, NULL);
  const pid_t peer = ipc_check_fork (ipc_check_peer_wait, (gpointer) name);
  g_autoptr (IpcInfo) info = NULL;

  ck_assert (ipc_check_blocked (peer));
  info = find (IPC_BACKEND_SYSV, name);
  ck_assert_int_eq (ipc_info_get_waiters (info), 1);
  ck_assert_int_eq (ipc_info_get_state (info), IPC_STATE_LIVE);
  ck_assert (ipc_semaphore_post (sem, NULL));
  ck_assert_int_eq (ipc_check_join (peer), 0);
}

/* Nobody can tell who has it open, but who waits for it uses it. */
START_TEST (set_that_is_waited_for_is_live)
{
  ck_assert_int_eq (ipc_check_in_namespaces (CLONE_NEWIPC, 0, list_awaited, NULL), 0);
}
END_TEST

/* A segment without a key has an id only. */
static void
list_private (gpointer data G_GNUC_UNUSED)
{
  const int id = shmget (IPC_PRIVATE, 1, 0600);
  g_autofree char *name = g_strdup_printf ("sysv:id:%d", id);
  g_autoptr (IpcInfo) info = find (IPC_BACKEND_SYSV, name);

  ck_assert_int_eq (ipc_info_get_id (info), id);
}

START_TEST (what_has_no_key_is_named_by_its_id)
{
  ck_assert_int_eq (ipc_check_in_namespaces (CLONE_NEWIPC, 0, list_private, NULL), 0);
}
END_TEST

static void
add_tests (Suite *suite)
{
  TCase *tcase = ipc_check_tcase (suite, "list-files");

  if (!ipc_check_needs_namespaces ("listing what others have left"))
    return;

  tcase_add_test (tcase, what_is_no_semaphore_has_no_value);
  tcase_add_test (tcase, set_that_is_waited_for_is_live);
  tcase_add_test (tcase, what_has_no_key_is_named_by_its_id);
}

int
main (void)
{
  return ipc_check_main ("list-files", add_tests);
}
