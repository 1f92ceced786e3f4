/* check-list-calls.c: listing and removing while system calls fail, and while others come
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ipc-check-fault.h"
#include "ipc-check-segment.h"

#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <unistd.h>

/* -- What others do once: before a folder is read, a file renamed, permissions changed -- */

static void (*meanwhile) (void);
static int leased; /* the descriptor that has the lease */

static void
let_others (void)
{
  void (*deed) (void) = meanwhile;

  meanwhile = NULL;
  if (deed != NULL)
    deed ();
}

WRAP_OFFSET (int, fstat, (int fd, struct stat *st), (fd, st), -1)
WRAP_OFFSET (int, fstatat, (int dir, const char *file, struct stat *st, int flags),
             (dir, file, st, flags), -1)
WRAP_DOING (DIR *, fdopendir, (int fd), (fd), NULL, let_others ())
WRAP_OFFSET (struct dirent *, readdir, (DIR *dir), (dir), NULL)
WRAP (int, getentropy, (void *buffer, size_t size), (buffer, size), -1)
WRAP_DOING (int, renameat, (int from_dir, const char *from, int dir, const char *to),
            (from_dir, from, dir, to), -1, let_others ())
WRAP_DOING (int, renameat2,
            (int from_dir, const char *from, int dir, const char *to, unsigned flags),
            (from_dir, from, dir, to, flags), -1, let_others ())
WRAP (int, unlinkat, (int dir, const char *file, int flags), (dir, file, flags), -1)
WRAP_DOING (int, shmctl, (int id, int command, struct shmid_ds *ds), (id, command, ds), -1,
            command == IPC_SET ? let_others () : (void) 0)

WRAP_MORE (open, (const char *path, int last, ...), (path, last, (mode_t) (gsize) more))
WRAP_MORE (openat, (int dir, const char *path, int last, ...),
           (dir, path, last, (mode_t) (gsize) more))
WRAP_MORE_AS (semctl, (int id, int index, int last, ...), (id, index, last, more))
WRAP_MORE (fcntl, (int fd, int last, ...), (last == F_SETLEASE ? (leased = fd) : fd, last, more))

/* -- What there is: one of each kind, which nobody uses -- */

static void
make_segment (gpointer name)
{
  g_autoptr (GError) error = NULL;

  ipc_check_keep (ipc_segment_create (name, IPC_CHECK_SIZE, IPC_SEGMENT_FLAGS_NONE, &error));
  ipc_check_ok (error == NULL, error);
}

static void
make_semaphore (gpointer name)
{
  g_autoptr (GError) error = NULL;

  ipc_check_keep (ipc_semaphore_create (name, 7, IPC_SEMAPHORE_FLAGS_NONE, &error));
  ipc_check_ok (error == NULL, error);
}

static const struct
{
  IpcBackend  backend;
  const char *name;
  void      (*make) (gpointer name);
  gboolean    can_be_unused;
} kinds[] = {
  { IPC_BACKEND_NATIVE, "native:semaphore", make_semaphore, TRUE },
  { IPC_BACKEND_POSIX, "posix:/segment", make_segment, TRUE },
  { IPC_BACKEND_POSIX, "posix:/semaphore", make_semaphore, TRUE },
  { IPC_BACKEND_SYSV, "sysv:0x00001267", make_segment, TRUE },
  { IPC_BACKEND_SYSV, "sysv:0x00001268", make_semaphore, FALSE },
};

static void
make (gsize kind)
{
  ck_assert_int_eq (ipc_check_join (ipc_check_fork (kinds[kind].make, (gpointer) kinds[kind].name)),
                    0);
}

static IpcInfo *
find_in (GPtrArray *infos, gsize kind)
{
  for (guint i = 0; i < infos->len; i++)
    if (g_str_equal (ipc_info_get_name (infos->pdata[i]), kinds[kind].name))
      return ipc_info_ref (infos->pdata[i]);

  return NULL;
}

static IpcInfo *
find (gsize kind)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) infos = ipc_info_list (kinds[kind].backend, NULL, &error);

  ipc_check_ok (infos != NULL, error);
  return find_in (infos, kind);
}

/* As it was made. */
static void
check_untouched (gsize kind)
{
  g_autoptr (IpcInfo) info = find (kind);

  ck_assert_msg (info != NULL, "%s is gone", kinds[kind].name);
  ck_assert_uint_eq (ipc_info_get_permissions (info), 0600);
  ck_assert_int_eq (ipc_info_get_state (info), kinds[kind].can_be_unused ? IPC_STATE_STALE
                                                                        : IPC_STATE_UNKNOWN);
}

/* -- Every system call fails once -- */

static void
check_answer (gboolean done, const GError *error, const char *what, const IpcCheckTraces *before)
{
  fault_check_answer (done, error, what);
  ck_assert_msg (done || error->domain == IPC_ERROR, "%s: %s", what, error->message);
  ck_assert_uint_eq (ipc_check_count_fds (), before->fds);
}

/* A list is whole, but for what is concealed, or there is none.  FALSE: @at is past the last call. */
static gboolean
check_list (IpcBackend backend, int errsv, int at)
{
  const IpcCheckTraces before = ipc_check_traces ();
  g_autofree char *what = fault_describe (backend, errsv, at);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) infos = NULL;
  gboolean more;

  fault_begin (errsv, at);
  infos = ipc_info_list (backend, NULL, &error);
  more = fault_end ();
  check_answer (infos != NULL, error, what, &before);

  for (gsize k = 0; infos != NULL && k < G_N_ELEMENTS (kinds); k++)
    {
      g_autoptr (IpcInfo) info = find_in (infos, k);

      ck_assert_msg (info != NULL || kinds[k].backend != backend
                       || (backend == IPC_BACKEND_SYSV && errsv == EACCES),
                     "%s: %s is left out", what, kinds[k].name);
    }
  return more;
}

/* What is not under its name is where the error says.  EINVAL of System V: it was removed. */
static void
move_back (IpcInfo *info, int errsv, const GError *error)
{
  const char *path = strstr (error->message, "/dev/shm/.ipc-");

  ck_assert (error->code != IPC_ERROR_REMOVED || errsv == EINVAL);
  if (path != NULL)
    {
      g_autofree char *aside = g_strndup (path, strcspn (path, ";"));

      ck_assert_int_eq (rename (aside, ipc_info_get_path (info)), 0);
    }
}

/* The object is whole and has its name, or it is gone, or the error says where it is. */
static gboolean
check_removal (gsize kind, int errsv, int at)
{
  const IpcCheckTraces before = ipc_check_traces ();
  g_autofree char *what = fault_describe ((int) kind, errsv, at);
  g_autoptr (IpcInfo) info = find (kind);
  g_autoptr (GError) error = NULL;
  gboolean done, more;

  fault_begin (errsv, at);
  done = ipc_info_remove_unused (info, &error);
  more = fault_end ();
  check_answer (done, error, what, &before);

  if (done)
    make (kind);
  else
    move_back (info, errsv, error);
  ipc_check_no_traces (&before, what);
  check_untouched (kind);
  return more;
}

static void
fail_every_call (gpointer data G_GNUC_UNUSED)
{
  static const IpcBackend backends[] = { IPC_BACKEND_NONE, IPC_BACKEND_NATIVE, IPC_BACKEND_POSIX,
                                         IPC_BACKEND_SYSV };
  int n_injected = 0;

  for (gsize k = 0; k < G_N_ELEMENTS (kinds); k++)
    make (k);
  for (gsize e = 0; e < G_N_ELEMENTS (fault_errnos); e++)
    {
      for (gsize b = 0; b < G_N_ELEMENTS (backends); b++)
        for (int at = 0; check_list (backends[b], fault_errnos[e], at); at++)
          n_injected++;
      for (gsize k = 0; k < G_N_ELEMENTS (kinds); k++)
        for (int at = 0; kinds[k].can_be_unused && check_removal (k, fault_errnos[e], at); at++)
          n_injected++;
    }
  ck_assert_int_gt (n_injected, 500);
}

START_TEST (failing_calls_lose_nothing)
{
  ck_assert_int_eq (ipc_check_in_namespaces (CLONE_NEWNS | CLONE_NEWIPC, 1 << 20, fail_every_call,
                                             NULL), 0);
}
END_TEST

/* -- Others come in between -- */

#define FILE_KIND 1    /* of kinds[] */
#define SEGMENT_KIND 3

static void
open_file (gpointer data G_GNUC_UNUSED)
{
  ck_assert_int_ge (shm_open ("/segment", O_RDWR | O_CLOEXEC, 0), 0);
}

/* Who comes sleeps in open(2) until it is decided. */
static void
come_to_file (void)
{
  ipc_check_fork (open_file, NULL);
  while (fcntl (leased, F_GETLEASE) == F_WRLCK)
    sched_yield ();
}

static void
come_to_segment (void)
{
  ck_assert_ptr_ne (shmat (shmget (0x1267, 0, 0), NULL, 0), (gpointer) -1);
}

static void
unlink_file (void)
{
  ck_assert_int_eq (shm_unlink ("/segment"), 0);
}

static void
make_file (void)
{
  make (FILE_KIND);
}

static void
replace_file (void)
{
  unlink_file ();
  make_file ();
}

static void
fail_next (void)
{
  fault_begin (ENOMEM, 0);
}

static void
come_to_file_that_stays_aside (void)
{
  come_to_file ();
  meanwhile = fail_next;
}

static void
come_to_file_that_is_made_again (void)
{
  come_to_file ();
  meanwhile = make_file;
}

static const struct
{
  gsize       kind;
  void      (*meanwhile) (void);
  int         code; /* -1: it is removed */
  const char *words;
  gboolean    is_there; /* something of the name */
} arrivals[] = {
  { FILE_KIND, come_to_file, IPC_ERROR_IN_USE, "a process has it open", TRUE },
  { FILE_KIND, unlink_file, IPC_ERROR_REMOVED, "list again", FALSE },
  { FILE_KIND, replace_file, IPC_ERROR_REMOVED, "another object", TRUE },
  { FILE_KIND, come_to_file_that_stays_aside, IPC_ERROR_NO_SPACE, "/.ipc-|move it back", FALSE },
  { FILE_KIND, come_to_file_that_is_made_again, -1, NULL, TRUE },
  { SEGMENT_KIND, come_to_segment, IPC_ERROR_IN_USE, "just attached", TRUE },
};

/* Only what stays aside is a file more. */
static void
remove_while_others_come (gpointer data)
{
  const gsize i = GPOINTER_TO_SIZE (data), kind = arrivals[i].kind;
  const guint n_files = ipc_check_count_files ();
  g_autoptr (IpcInfo) info = (make (kind), find (kind));
  g_autoptr (IpcInfo) after = NULL;
  g_autoptr (GError) error = NULL;

  meanwhile = arrivals[i].meanwhile;
  ck_assert_int_eq (ipc_info_remove_unused (info, &error), arrivals[i].code < 0);
  fault_end ();
  ck_assert (meanwhile == NULL);
  if (arrivals[i].code >= 0)
    ipc_check_error (error, IPC_ERROR, arrivals[i].code, arrivals[i].words);

  after = find (kind);
  ck_assert (arrivals[i].is_there ? after != NULL : after == NULL);
  ck_assert (after == NULL || ipc_info_get_permissions (after) == 0600);
  if (kind == FILE_KIND && arrivals[i].code != IPC_ERROR_NO_SPACE)
    ck_assert_uint_eq (ipc_check_count_files (), n_files + (after != NULL));
}

START_TEST (who_comes_in_between_is_spared)
{
  ck_assert_int_eq (ipc_check_in_namespaces (CLONE_NEWNS | CLONE_NEWIPC, 1 << 20,
                                             remove_while_others_come, GSIZE_TO_POINTER (_i)), 0);
}
END_TEST

static GCancellable *cancellable;

static void
cancel (void)
{
  g_cancellable_cancel (cancellable);
}

/* Loop index: what is listed. */
START_TEST (list_that_is_cancelled_ends)
{
  static const IpcBackend backends[] = { IPC_BACKEND_NONE, IPC_BACKEND_NATIVE, IPC_BACKEND_POSIX };
  g_autoptr (GError) error = NULL;

  cancellable = g_cancellable_new ();
  meanwhile = cancel;
  ck_assert_ptr_null (ipc_info_list (backends[_i], cancellable, &error));
  ck_assert (meanwhile == NULL);
  ipc_check_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, NULL);
  g_object_unref (cancellable);
}
END_TEST

START_TEST (where_there_is_no_folder_a_list_says_so)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) infos = NULL;

  fault_begin (ENOENT, 0);
  ck_assert_ptr_null (ipc_info_list (IPC_BACKEND_POSIX, NULL, &error));
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_NOT_SUPPORTED, "mount a tmpfs at /dev/shm");
  g_clear_error (&error);

  /* What one mechanism lacks, others have. */
  fault_begin (ENOENT, 0);
  infos = ipc_info_list (IPC_BACKEND_NONE, NULL, &error);
  ipc_check_ok (infos != NULL, error);
}
END_TEST

static void
add_tests (Suite *suite)
{
  TCase *tcase = ipc_check_tcase (suite, "list-calls");

  tcase_add_loop_test (tcase, list_that_is_cancelled_ends, 0, 3);
  tcase_add_test (tcase, where_there_is_no_folder_a_list_says_so);
  if (!ipc_check_needs_namespaces ("listing while system calls fail"))
    return;

  tcase_add_test (tcase, failing_calls_lose_nothing);
  tcase_add_loop_test (tcase, who_comes_in_between_is_spared, 0, G_N_ELEMENTS (arrivals));
}

int
main (void)
{
  return ipc_check_main ("list-calls", add_tests);
}
