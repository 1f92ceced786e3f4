/* check-semaphore-trust.c: who may open, use and remove, and what is no semaphore at all
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ipc-check-sysv.h"

#include <sched.h>
#include <semaphore.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define NOBODY 65534

static IpcSemaphore *
open_as (const char *name, IpcOpenMode mode, guint permissions, IpcSemaphoreFlags flags,
         GError **error)
{
  const guint value = 1;

  return ipc_semaphore_new_full (name, mode, &value, 1, permissions, flags, NULL, error);
}

static IpcSemaphore *
make (const char *name, guint permissions)
{
  g_autoptr (GError) error = NULL;
  IpcSemaphore *sem = open_as (name, IPC_OPEN_CREATE, permissions, 0, &error);

  ipc_check_ok (sem != NULL, error);
  return sem;
}

static void
check_usable (IpcSemaphore *sem, GError *error)
{
  ipc_check_ok (sem != NULL, error);
  ipc_check_ok (ipc_semaphore_post (sem, &error), error);
  ipc_check_ok (ipc_semaphore_try_wait (sem, &error), error);
}

/* -- Permissions are what was asked for -- */

/* As the system has them, and not the library. */
static guint
mode_of (IpcSemaphore *sem, const char *plain)
{
  g_autofree char *path = g_strconcat ("/dev/shm/sem.", plain, NULL);
  struct semid_ds ds;
  struct stat st;
  int id;

  if (ipc_semaphore_get_id (sem, &id))
    {
      ipc_check_raw_stat (id, &ds);
      return ds.sem_perm.mode & 0777;
    }
  if (ipc_semaphore_get_backend (sem) == IPC_BACKEND_POSIX)
    {
      ck_assert_int_eq (stat (path, &st), 0);
      return st.st_mode & 07777;
    }
  return ipc_semaphore_get_permissions (sem);
}

START_TEST (permissions_are_exact)
{
  static const guint permissions[] = { 0600, 0640, 0660, 0666, 0622, 0777, 0700 };
  static const guint masks[] = { 0, 077, 0777, 022 };
  const char *scheme = ipc_backend_get_name (ipc_check_semaphore_backend (_i));

  for (gsize m = 0; m < G_N_ELEMENTS (masks); m++)
    for (gsize i = 0; i < G_N_ELEMENTS (permissions); i++)
      {
        const char *plain = ipc_check_plain_name ();
        g_autofree char *name = g_strconcat (scheme, ":/", plain, NULL);
        g_autoptr (IpcSemaphore) sem = NULL;
        g_autoptr (IpcInfo) info = NULL;

        umask (masks[m]);
        sem = make (name, permissions[i]);
        info = ipc_semaphore_get_info (sem, 0, NULL);
        ck_assert_uint_eq (ipc_semaphore_get_permissions (sem), permissions[i]);
        ck_assert_int_eq (ipc_info_get_permissions (info), permissions[i]);
        ck_assert_uint_eq (mode_of (sem, plain), permissions[i]);
      }
}
END_TEST

START_TEST (short_constructors_keep_others_out)
{
  g_autoptr (IpcSemaphore) made = ipc_semaphore_create (ipc_check_semaphore_name (_i), 1, 0, NULL);
  g_autoptr (IpcSemaphore) other = ipc_semaphore_open_or_create (ipc_check_semaphore_name (_i), 1, 0,
                                                                 NULL);

  ck_assert_uint_eq (ipc_semaphore_get_permissions (made), 0600);
  ck_assert_uint_eq (ipc_semaphore_get_permissions (other), 0600);
}
END_TEST

/* -- What others may write to -- */

START_TEST (writable_by_others_must_be_asked_for)
{
  static const guint open_to[] = { 0666, 0620, 0602, 0777 };

  for (gsize i = 0; i < G_N_ELEMENTS (open_to); i++)
    {
      const char *name = ipc_check_semaphore_name (_i);
      g_autoptr (IpcSemaphore) made = make (name, open_to[i]);
      g_autofree char *words = g_strdup_printf ("0%o|ANY_OWNER|user %u", open_to[i],
                                                (guint) geteuid ());
      g_autoptr (GError) error = NULL;
      g_autoptr (IpcSemaphore) refused = ipc_semaphore_open (name, 0, &error);
      g_autoptr (IpcSemaphore) asked = NULL;
      g_autoptr (IpcSemaphore) any = NULL;

      ck_assert_ptr_null (refused);
      ipc_check_error (error, IPC_ERROR, IPC_ERROR_UNTRUSTED, words);
      g_clear_error (&error);

      asked = open_as (name, IPC_OPEN_EXISTING, open_to[i], 0, &error);
      check_usable (asked, error);
      ck_assert_uint_eq (ipc_semaphore_get_permissions (asked), open_to[i]);
      any = ipc_semaphore_open (name, IPC_SEMAPHORE_ANY_OWNER, &error);
      check_usable (any, error);
    }
}
END_TEST

/* -- Two users: root here, nobody in a peer -- */

static void
nobody_makes_one (gpointer name)
{
  g_autoptr (IpcSemaphore) sem = make (name, 0600);
}

START_TEST (semaphore_of_another_user_is_not_trusted)
{
  const char *name = ipc_check_semaphore_name (_i);
  g_autoptr (GError) error = NULL;
  g_autoptr (IpcSemaphore) sem = NULL;

  ck_assert_int_eq (ipc_check_as_nobody (nobody_makes_one, (gpointer) name), 0);
  ck_assert_ptr_null (ipc_semaphore_open (name, 0, &error));
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_UNTRUSTED, "user 65534 (nobody)|ANY_OWNER");
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_UNTRUSTED, name);
  g_clear_error (&error);

  ck_assert_ptr_null (ipc_semaphore_open_or_create (name, 1, 0, &error));
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_UNTRUSTED, "nobody");
  g_clear_error (&error);
  ck_assert_ptr_null (ipc_semaphore_create (name, 1, 0, &error));
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_EXISTS, NULL);
  g_clear_error (&error);

  sem = ipc_semaphore_open (name, IPC_SEMAPHORE_ANY_OWNER, &error);
  check_usable (sem, error);
}
END_TEST

static void
nobody_is_refused (gpointer name)
{
  g_autoptr (GError) error = NULL;
  const IpcOpenMode modes[] = { IPC_OPEN_EXISTING, IPC_OPEN_OR_CREATE, IPC_OPEN_REPLACE };

  for (gsize i = 0; i < G_N_ELEMENTS (modes); i++)
    {
      ck_assert_ptr_null (open_as (name, modes[i], 0600, IPC_SEMAPHORE_ANY_OWNER, &error));
      ipc_check_error (error, IPC_ERROR, IPC_ERROR_PERMISSION_DENIED, name);
      g_clear_error (&error);
    }
  ck_assert_ptr_null (open_as (name, IPC_OPEN_CREATE, 0600, 0, &error));
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_EXISTS, name);
  g_clear_error (&error);
  ck_assert (!ipc_semaphore_unlink_name (name, &error));
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_PERMISSION_DENIED, name);
}

START_TEST (another_user_is_kept_out)
{
  const char *name = ipc_check_semaphore_name (_i);
  g_autoptr (IpcSemaphore) sem = make (name, 0600);

  ck_assert_int_eq (ipc_check_as_nobody (nobody_is_refused, (gpointer) name), 0);
  ck_assert (ipc_semaphore_is_current (sem));
  ck_assert_uint_eq (ipc_check_value (sem, 0), 1);
}
END_TEST

static void
nobody_may_use_it (gpointer name)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (IpcSemaphore) sem = open_as (name, IPC_OPEN_EXISTING, 0666, 0, &error);

  check_usable (sem, error);
  ck_assert (!ipc_semaphore_unlink (sem, &error));
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_PERMISSION_DENIED, name);
}

START_TEST (another_user_may_be_let_in)
{
  const char *name = ipc_check_semaphore_name (_i);
  g_autoptr (IpcSemaphore) sem = make (name, 0666);

  ck_assert_int_eq (ipc_check_as_nobody (nobody_may_use_it, (gpointer) name), 0);
  ck_assert (ipc_semaphore_is_current (sem));
}
END_TEST

/* Reading is not using: the refusal comes when it is opened or when it is used. */
static void
nobody_may_only_look (gpointer name)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (IpcSemaphore) sem = ipc_semaphore_open (name, 0, &error);

  ck_assert (sem == NULL || !ipc_semaphore_post (sem, &error));
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_PERMISSION_DENIED, name);
}

START_TEST (another_user_may_be_let_look)
{
  const char *name = ipc_check_semaphore_name (_i);
  g_autoptr (IpcSemaphore) sem = make (name, 0644);

  ck_assert_int_eq (ipc_check_as_nobody (nobody_may_only_look, (gpointer) name), 0);
  ck_assert_uint_eq (ipc_check_value (sem, 0), 1);
}
END_TEST

/* The creator can take back what it gave away, so both must be trusted. */
START_TEST (system_v_creator_and_owner_must_be_trusted)
{
  const guint owners[] = { NOBODY, 0 };
  const char *names[] = { ipc_check_semaphore_name (_i), ipc_check_semaphore_name (_i) };
  g_autoptr (IpcSemaphore) given = make (names[0], 0600);

  ck_assert_int_eq (ipc_check_as_nobody (nobody_makes_one, (gpointer) names[1]), 0);
  for (gsize i = 0; i < 2; i++)
    {
      g_autoptr (IpcSemaphore) any = ipc_semaphore_open (names[i], IPC_SEMAPHORE_ANY_OWNER, NULL);
      g_autoptr (GError) error = NULL;
      int id = -1;

      ck_assert (ipc_semaphore_get_id (any, &id));
      ipc_check_raw_chown (id, owners[i]);
      ck_assert_ptr_null (ipc_semaphore_open (names[i], 0, &error));
      ipc_check_error (error, IPC_ERROR, IPC_ERROR_UNTRUSTED, "nobody");
    }
}
END_TEST

/* -- What is no semaphore, where POSIX ones lie -- */

static void
plant_directory (const char *path)
{
  ck_assert_int_eq (mkdir (path, 0700), 0);
}

static void
plant_fifo (const char *path)
{
  ck_assert_int_eq (mkfifo (path, 0600), 0);
}

static void
plant_socket (const char *path)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

  g_strlcpy (address.sun_path, path, sizeof address.sun_path);
  ck_assert_int_eq (bind (fd, (struct sockaddr *) &address, sizeof address), 0);
  close (fd);
}

static void
plant_link_to_nowhere (const char *path)
{
  ck_assert_int_eq (symlink ("/dev/shm/ipc-check-nowhere", path), 0);
}

/* To a real semaphore: what the name says is not what would be opened. */
static void
plant_link (const char *path)
{
  g_autofree char *target = g_strconcat (path, "-target", NULL);

  g_assert_true (g_file_set_contents (target, "................................", 32, NULL));
  ck_assert_int_eq (symlink (target, path), 0);
}

static void
plant_empty (const char *path)
{
  ck_assert (g_file_set_contents (path, "", 0, NULL) && chmod (path, 0600) == 0);
}

/* P21: what a program of the other word size makes with glibc. */
static void
plant_other_word_size (const char *path)
{
  static const char zeros[sizeof (sem_t) == 32 ? 16 : 32];

  ck_assert (g_file_set_contents (path, zeros, sizeof zeros, NULL) && chmod (path, 0600) == 0);
}

static void
plant_long (const char *path)
{
  g_autofree char *bytes = g_malloc0 (4096);

  ck_assert (g_file_set_contents (path, bytes, 4096, NULL) && chmod (path, 0600) == 0);
}

static const struct
{
  void      (*plant) (const char *path);
  IpcError    code;
  const char *words;
} plants[] = {
  { plant_directory, IPC_ERROR_CORRUPT, "a directory|/dev/shm" },
  { plant_fifo, IPC_ERROR_CORRUPT, "a FIFO" },
  { plant_socket, IPC_ERROR_CORRUPT, "a socket" },
  { plant_link_to_nowhere, IPC_ERROR_UNTRUSTED, "symbolic link|never followed" },
  { plant_link, IPC_ERROR_UNTRUSTED, "symbolic link" },
  { plant_empty, IPC_ERROR_CORRUPT, "0 bytes|32-bit" },
  { plant_other_word_size, IPC_ERROR_CORRUPT, "a file of|32-bit and 64-bit programs cannot share" },
  { plant_long, IPC_ERROR_CORRUPT, "4096 bytes" },
};

/* In a namespace, whose /dev/shm goes with the peer. */
static void
open_what_was_planted (gpointer data)
{
  const guint i = GPOINTER_TO_UINT (data);
  const IpcOpenMode modes[] = { IPC_OPEN_EXISTING, IPC_OPEN_OR_CREATE };

  plants[i].plant ("/dev/shm/sem.planted");
  for (gsize m = 0; m < G_N_ELEMENTS (modes); m++)
    {
      g_autoptr (GError) error = NULL;

      ck_assert_ptr_null (open_as ("posix:/planted", modes[m], 0600, 0, &error));
      ipc_check_error (error, IPC_ERROR, plants[i].code, plants[i].words);
      ipc_check_error (error, IPC_ERROR, plants[i].code, "sem_open \"posix:/planted\"");
    }
  ck_assert_int_ne (access ("/dev/shm/ipc-check-nowhere", F_OK), 0);
}

START_TEST (what_is_no_semaphore_is_refused)
{
  ck_assert_int_eq (ipc_check_in_namespaces (CLONE_NEWNS, 65536, open_what_was_planted,
                                             GUINT_TO_POINTER (_i)), 0);
}
END_TEST

static void
add_tests (Suite *suite)
{
  TCase *tcase = ipc_check_tcase (suite, "semaphore-trust");
  const TTest *all[] = {
    permissions_are_exact, short_constructors_keep_others_out, writable_by_others_must_be_asked_for,
  };
  const TTest *two_users[] = {
    semaphore_of_another_user_is_not_trusted, another_user_is_kept_out, another_user_may_be_let_in,
    another_user_may_be_let_look,
  };

  for (gsize i = 0; i < G_N_ELEMENTS (all); i++)
    ipc_check_add_semaphore_test (tcase, all[i], IPC_CHECK_GET_VALUE, 0);
  if (ipc_check_needs_root ("semaphores of two users"))
    {
      for (gsize i = 0; i < G_N_ELEMENTS (two_users); i++)
        ipc_check_add_semaphore_test (tcase, two_users[i], IPC_CHECK_GET_VALUE, 0);
      ipc_check_add_semaphore_test (tcase, system_v_creator_and_owner_must_be_trusted,
                                    IPC_CHECK_SYSTEM_V, 0);
    }
  if (ipc_backend_is_available (IPC_BACKEND_POSIX)
      && ipc_check_needs_namespaces ("what is no semaphore in /dev/shm"))
    tcase_add_loop_test (tcase, what_is_no_semaphore_is_refused, 0, G_N_ELEMENTS (plants));
}

int
main (void)
{
  return ipc_check_main ("semaphore-trust", add_tests);
}
