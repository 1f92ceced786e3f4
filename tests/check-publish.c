/* check-publish.c: files that are made whole and then get their name
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ipc-check.h"
#include "ipc-error-private.h"
#include "ipc-publish-private.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* One opening: a request, what it fills in, and what happens meanwhile. */
typedef struct
{
  IpcRequest  request;
  IpcPublish  publish;
  struct stat st;
  gboolean    created;
  const char *content;
  guint       n_fills;
  int         fd;                         /* the last file that was filled */
  void      (*meanwhile) (gpointer data); /* called while the file is filled */
  gpointer    data;
} Opening;

static gboolean
file_is_there (const char *file)
{
  g_autofree char *path = g_build_filename (IPC_SHM_DIR, file, NULL);
  struct stat st;

  return lstat (path, &st) == 0;
}

/* How many names the file that was filled has, hidden ones included. */
static guint
count_names (const Opening *opening)
{
  struct stat st;

  ck_assert_int_eq (fstat (opening->fd, &st), 0);
  return (guint) st.st_nlink;
}

static gboolean
fill (int fd, gpointer data, GError **error)
{
  Opening *opening = data;
  const gssize length = (gssize) strlen (opening->content);

  opening->n_fills++;
  opening->fd = dup (fd);
  ck_assert_uint_eq (count_names (opening), 0);
  if (opening->meanwhile != NULL)
    opening->meanwhile (opening->data);

  return write (fd, opening->content, (size_t) length) == length
         || ipc_throw_errno (error, errno, "write", opening->publish.file);
}

static void
prepare (Opening *opening, const IpcName *name, IpcOpenMode mode, const char *content)
{
  *opening = (Opening) {
    .request = { .name = name, .mode = mode, .permissions = 0600 },
    .publish = { .call = "open", .file = name->plain, .any_owner_flag = 1, .fill = fill },
    .content = content,
  };
  opening->publish.request = &opening->request;
  opening->publish.data = opening;
}

/* The content of the file, or NULL with @error set. */
static char *
publish (Opening *opening, GError **error)
{
  char buffer[64] = "";
  int fd = ipc_publish_open (&opening->publish, &opening->created, &opening->st, error);
  struct stat st;

  if (fd < 0)
    return NULL;

  ck_assert_int_eq (fcntl (fd, F_GETFD), FD_CLOEXEC);
  ck_assert_int_eq (fstat (fd, &st), 0);
  ck_assert_uint_eq (st.st_nlink, 1);
  ck_assert_uint_eq (st.st_mode, opening->st.st_mode);
  ck_assert_int_ge (pread (fd, buffer, sizeof buffer - 1, 0), 0);
  close (fd);
  return g_strdup (buffer);
}

static void
publishes (Opening *opening, const char *content, gboolean created)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *found = publish (opening, &error);

  ipc_check_ok (found != NULL, error);
  ck_assert_str_eq (found, content);
  ck_assert_int_eq (opening->created, created);
  ck_assert (ipc_publish_is_current (opening->publish.file, &opening->st));
}

static IpcName *
fresh_name (void)
{
  g_autofree char *text = g_strconcat ("posix:/", ipc_check_plain_name (), NULL);

  return ipc_name_parse (text, NULL);
}

/* -- Made whole -- */

static void
assert_no_name (gpointer data)
{
  ck_assert (!file_is_there (data));
}

START_TEST (file_has_no_name_until_it_is_whole)
{
  const IpcOpenMode modes[] = { IPC_OPEN_CREATE, IPC_OPEN_OR_CREATE, IPC_OPEN_REPLACE };
  g_autoptr (IpcName) name = fresh_name ();
  Opening opening;

  prepare (&opening, name, modes[_i], "whole");
  opening.meanwhile = assert_no_name;
  opening.data = name->plain;
  publishes (&opening, "whole", TRUE);
  ck_assert_uint_eq (opening.n_fills, 1);
  ck_assert_uint_eq (opening.st.st_mode & 07777, 0600);
}
END_TEST

START_TEST (existing_file_is_not_filled)
{
  g_autoptr (IpcName) name = fresh_name ();
  g_autoptr (GError) error = NULL;
  Opening opening;

  prepare (&opening, name, IPC_OPEN_CREATE, "first");
  publishes (&opening, "first", TRUE);
  prepare (&opening, name, IPC_OPEN_OR_CREATE, "second");
  publishes (&opening, "first", FALSE);
  prepare (&opening, name, IPC_OPEN_EXISTING, "third");
  publishes (&opening, "first", FALSE);
  ck_assert_uint_eq (opening.n_fills, 0);

  prepare (&opening, name, IPC_OPEN_CREATE, "fourth");
  ck_assert_ptr_null (publish (&opening, &error));
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_EXISTS, name->text);
}
END_TEST

static gboolean
refuse (int fd, gpointer data, GError **error)
{
  Opening *opening = data;

  opening->fd = dup (fd);
  return ipc_throw (error, IPC_ERROR_NO_SPACE, "fill", "it", "no luck");
}

START_TEST (failed_fill_leaves_nothing)
{
  g_autoptr (IpcName) name = fresh_name ();
  const guint n_fds = ipc_check_count_fds ();
  Opening opening;

  for (int mode = IPC_OPEN_CREATE; mode <= IPC_OPEN_REPLACE; mode++)
    {
      g_autoptr (GError) error = NULL;

      prepare (&opening, name, mode, "");
      opening.publish.fill = refuse;
      ck_assert_ptr_null (publish (&opening, &error));
      ipc_check_error (error, IPC_ERROR, IPC_ERROR_NO_SPACE, "no luck");
      ck_assert_uint_eq (count_names (&opening), 0);
      close (opening.fd);
    }
  ck_assert_uint_eq (ipc_check_count_fds (), n_fds);
}
END_TEST

typedef struct
{
  const IpcName *name;
  IpcCheckGate  *inside;
  IpcCheckGate  *never;
} Victim;

static void
wait_for_death (gpointer data)
{
  Victim *victim = data;

  ipc_check_gate_open (victim->inside);
  ipc_check_gate_pass (victim->never);
}

static void
be_killed (gpointer data)
{
  Victim *victim = data;
  Opening opening;

  prepare (&opening, victim->name, IPC_OPEN_CREATE, "half");
  opening.meanwhile = wait_for_death;
  opening.data = victim;
  publish (&opening, NULL);
}

START_TEST (killed_creator_leaves_nothing)
{
  g_autoptr (IpcName) name = fresh_name ();
  g_autoptr (IpcCheckGate) inside = ipc_check_gate_new ();
  g_autoptr (IpcCheckGate) never = ipc_check_gate_new ();
  Victim victim = { name, inside, never };
  pid_t peer = ipc_check_fork (be_killed, &victim);

  ipc_check_gate_pass (inside);
  ipc_check_kill (peer);
  assert_no_name (name->plain);
}
END_TEST

/* -- Others are quicker -- */

static void
be_quicker (gpointer data)
{
  Opening opening;

  prepare (&opening, data, IPC_OPEN_CREATE, "theirs");
  publishes (&opening, "theirs", TRUE);
}

START_TEST (create_loses_the_race)
{
  g_autoptr (IpcName) name = fresh_name ();
  g_autoptr (GError) error = NULL;
  Opening opening;

  prepare (&opening, name, IPC_OPEN_CREATE, "mine");
  opening.meanwhile = be_quicker;
  opening.data = name;
  ck_assert_ptr_null (publish (&opening, &error));
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_EXISTS, name->text);
  ck_assert_uint_eq (count_names (&opening), 0);
}
END_TEST

START_TEST (open_or_create_takes_what_won)
{
  g_autoptr (IpcName) name = fresh_name ();
  Opening opening;

  prepare (&opening, name, IPC_OPEN_OR_CREATE, "mine");
  opening.meanwhile = be_quicker;
  opening.data = name;
  publishes (&opening, "theirs", FALSE);
  ck_assert_uint_eq (opening.n_fills, 1);
  ck_assert_uint_eq (count_names (&opening), 0);
}
END_TEST

START_TEST (replace_wins)
{
  g_autoptr (IpcName) name = fresh_name ();
  struct stat theirs;
  Opening opening;

  prepare (&opening, name, IPC_OPEN_REPLACE, "mine");
  opening.meanwhile = be_quicker;
  opening.data = name;
  publishes (&opening, "mine", TRUE);
  theirs = opening.st;

  prepare (&opening, name, IPC_OPEN_REPLACE, "new");
  publishes (&opening, "new", TRUE);
  ck_assert (!ipc_publish_is_current (name->plain, &theirs));
}
END_TEST

START_TEST (replace_stops_at_a_directory)
{
  g_autoptr (IpcName) name = fresh_name ();
  g_autofree char *path = g_build_filename (IPC_SHM_DIR, name->plain, NULL);
  g_autoptr (GError) error = NULL;
  Opening opening;

  ck_assert_int_eq (mkdir (path, 0700), 0);
  prepare (&opening, name, IPC_OPEN_REPLACE, "mine");
  ck_assert_ptr_null (publish (&opening, &error));
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_CORRUPT, "a directory");
  ck_assert_uint_eq (count_names (&opening), 0);
  ck_assert_int_eq (rmdir (path), 0);
}
END_TEST

/* -- Names -- */

/* N7, N11: only the file that is meant. */
START_TEST (unlink_spares_another_file)
{
  g_autoptr (IpcName) name = fresh_name ();
  g_autoptr (GError) error = NULL;
  Opening old, new;

  prepare (&old, name, IPC_OPEN_CREATE, "old");
  publishes (&old, "old", TRUE);
  prepare (&new, name, IPC_OPEN_REPLACE, "new");
  publishes (&new, "new", TRUE);

  ipc_check_ok (ipc_publish_unlink (name->plain, &old.st, "unlink", name->text, &error), error);
  ck_assert (ipc_publish_is_current (name->plain, &new.st));
  ipc_check_ok (ipc_publish_unlink (name->plain, &new.st, "unlink", name->text, &error), error);
  ck_assert (!file_is_there (name->plain));
  ipc_check_ok (ipc_publish_unlink (name->plain, &new.st, "unlink", name->text, &error), error);

  ck_assert (!ipc_publish_unlink_name (name->plain, "unlink", name->text, &error));
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_NOT_FOUND, name->text);
}
END_TEST

START_TEST (refresh_sees_what_changed)
{
  g_autoptr (IpcName) name = fresh_name ();
  g_autofree char *path = g_build_filename (IPC_SHM_DIR, name->plain, NULL);
  Opening opening;

  prepare (&opening, name, IPC_OPEN_CREATE, "one");
  publishes (&opening, "one", TRUE);
  ck_assert_int_eq (chmod (path, 0640), 0);
  ck_assert (ipc_publish_refresh (name->plain, &opening.st));
  ck_assert_uint_eq (opening.st.st_mode & 07777, 0640);
}
END_TEST

/* -- Memory -- */

/* M1: the blocks are there before anybody writes to them. */
START_TEST (reserved_memory_is_there)
{
  const gsize size = 1000 * 1000;
  int fd = open (IPC_SHM_DIR, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  g_autoptr (GError) error = NULL;
  struct stat st;

  ipc_check_ok (ipc_publish_reserve (fd, size, "reserve", "it", &error), error);
  ck_assert_int_eq (fstat (fd, &st), 0);
  ck_assert_int_eq (st.st_size, (off_t) size);
  ck_assert_int_ge (st.st_blocks * 512, (off_t) size);

  if (IPC_CHECK_HUGE_SIZES)
    {
      ck_assert (!ipc_publish_reserve (fd, G_MAXSSIZE, "reserve", "it", &error));
      ipc_check_error (error, IPC_ERROR, IPC_ERROR_NO_SPACE, "reserve \"it\"|/dev/shm");
    }
  ck_assert_int_eq (fstat (fd, &st), 0);
  ck_assert_int_eq (st.st_size, (off_t) size);
  close (fd);
}
END_TEST

static void
add_tests (Suite *suite)
{
  TCase *tcase = ipc_check_tcase (suite, "publish");

  tcase_add_loop_test (tcase, file_has_no_name_until_it_is_whole, 0, 3);
  tcase_add_test (tcase, existing_file_is_not_filled);
  tcase_add_test (tcase, failed_fill_leaves_nothing);
  tcase_add_test (tcase, killed_creator_leaves_nothing);
  tcase_add_test (tcase, create_loses_the_race);
  tcase_add_test (tcase, open_or_create_takes_what_won);
  tcase_add_test (tcase, replace_wins);
  tcase_add_test (tcase, replace_stops_at_a_directory);
  tcase_add_test (tcase, unlink_spares_another_file);
  tcase_add_test (tcase, refresh_sees_what_changed);
  tcase_add_test (tcase, reserved_memory_is_there);
}

int
main (void)
{
  return ipc_check_main ("publish", add_tests);
}
