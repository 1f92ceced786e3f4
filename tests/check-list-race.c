/* check-list-race.c: what is removed as unused was not being opened
 *
 * Who has an object open through the library can rely on its name as long as nobody unlinks it on
 * purpose: so it never sees its own object go.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ipc-check.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <unistd.h>

#define REMOVALS 12
#define OPENERS 1
#define LOOKS 5

typedef struct
{
  const char *name;
  IpcBackend  backend;
  IpcKind     kind;
  int        *stop; /* shared */
} Race;

/* Ends by _exit(2): what a sanitizer does at exit(3) takes so long that there is hardly a moment when
 * nobody has it open. */
static void
open_segment (gpointer data)
{
  const Race *race = data;
  g_autoptr (GError) error = NULL;
  IpcSegment *segment = ipc_check_keep (
    ipc_segment_open_or_create (race->name, 4096, IPC_SEGMENT_FLAGS_NONE, &error));

  ipc_check_ok (segment != NULL, error);
  for (int i = 0; i < LOOKS; i++, sched_yield ())
    ck_assert (ipc_segment_is_current (segment));
  _exit (0);
}

static void
open_semaphore (gpointer data)
{
  const Race *race = data;
  g_autoptr (GError) error = NULL;
  IpcSemaphore *semaphore = ipc_check_keep (
    ipc_semaphore_open_or_create (race->name, 1, IPC_SEMAPHORE_FLAGS_NONE, &error));

  ipc_check_ok (semaphore != NULL, error);
  for (int i = 0; i < LOOKS; i++, sched_yield ())
    ck_assert (ipc_semaphore_is_current (semaphore));
  _exit (0);
}

/* Each opens once and dies. */
static void
open_again_and_again (gpointer data)
{
  const Race *race = data;

  while (!g_atomic_int_get (race->stop))
    ck_assert_int_eq (ipc_check_join (ipc_check_fork (race->kind == IPC_KIND_SEGMENT ? open_segment
                                                                                     : open_semaphore,
                                                      data)),
                      0);
}

static gboolean
is_it (IpcInfo *info, const Race *race, const char *name)
{
  return ipc_info_get_kind (info) == race->kind && g_str_equal (ipc_info_get_name (info), name);
}

static guint
remove_once (const Race *race, const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) infos = ipc_info_list (race->backend, NULL, &error);

  ipc_check_ok (infos != NULL, error);
  for (guint i = 0; i < infos->len; i++)
    if (is_it (infos->pdata[i], race, name))
      {
        if (ipc_info_remove_unused (infos->pdata[i], &error))
          return 1;
        ck_assert_msg (g_error_matches (error, IPC_ERROR, IPC_ERROR_IN_USE)
                         || g_error_matches (error, IPC_ERROR, IPC_ERROR_REMOVED),
                       "%s", error->message);
        return 0;
      }

  return 0;
}

static void
run (IpcBackend backend, IpcKind kind, const char *name)
{
  Race race = { name, backend, kind, ipc_check_shared (sizeof (int)) };
  g_autofree char *canonical = ipc_name_canonicalize (name, NULL);
  pid_t openers[OPENERS];
  guint removed = 0;

  for (int i = 0; i < OPENERS; i++)
    openers[i] = ipc_check_fork (open_again_and_again, &race);

  while (removed < REMOVALS)
    removed += remove_once (&race, canonical);

  g_atomic_int_set (race.stop, 1);
  for (int i = 0; i < OPENERS; i++)
    ck_assert_int_eq (ipc_check_join (openers[i]), 0);
}

START_TEST (no_segment_goes_while_it_is_opened)
{
  run (ipc_check_segment_backend (_i), IPC_KIND_SEGMENT, ipc_check_segment_name (_i));
}
END_TEST

START_TEST (no_semaphore_goes_while_it_is_opened)
{
  run (ipc_check_semaphore_backend (_i), IPC_KIND_SEMAPHORE, ipc_check_semaphore_name (_i));
}
END_TEST

/* -- While another process decides, step by step -- */

static void
make_segment (gpointer name)
{
  g_autoptr (GError) error = NULL;
  IpcSegment *segment = ipc_check_keep (
    ipc_segment_create (name, 4096, IPC_SEGMENT_FLAGS_NONE, &error));

  ipc_check_ok (segment != NULL, error);
}

typedef struct
{
  const char   *name;
  IpcCheckGate *gate;
} Opener;

static void
open_patiently (gpointer data)
{
  const Opener *opener = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (IpcSegment) segment = NULL;

  ipc_check_gate_open (opener->gate);
  segment = ipc_segment_open_or_create (opener->name, 4096, IPC_SEGMENT_FLAGS_NONE, &error);
  ipc_check_ok (segment != NULL, error);
  ck_assert (ipc_segment_is_current (segment));
  ck_assert_uint_eq (ipc_segment_get_permissions (segment), 0600);
}

static void
set_mode (int id, unsigned short mode)
{
  struct shmid_ds ds = { 0 };

  ck_assert_int_eq (shmctl (id, SHM_STAT_ANY, &ds), id);
  ds.shm_perm.mode = mode;
  ck_assert_int_eq (shmctl (id, IPC_SET, &ds), 0);
}

/* Root attaches it all the same, and then looks. */
static pid_t
last_user (int id)
{
  struct shmid_ds ds = { 0 };

  ck_assert_int_eq (shmctl (id, SHM_STAT_ANY, &ds), id);
  return ds.shm_lpid;
}

/* Loop index: whether it goes in the end. */
START_TEST (opener_waits_for_permissions)
{
  const gint32 key = ipc_check_key ();
  g_autofree char *name = g_strdup_printf ("sysv:%d", key);
  g_autoptr (IpcCheckGate) gate = ipc_check_gate_new ();
  Opener opener = { name, gate };
  pid_t pid;
  int id;

  ck_assert_int_eq (ipc_check_join (ipc_check_fork (make_segment, name)), 0);
  id = shmget (key, 0, 0);
  set_mode (id, 0);
  pid = ipc_check_fork (open_patiently, &opener);
  ipc_check_gate_pass (gate);
  while (geteuid () == 0 && last_user (id) != pid)
    sched_yield ();
  if (_i == 0)
    set_mode (id, 0600);
  else
    ck_assert_int_eq (shmctl (id, IPC_RMID, NULL), 0);
  ck_assert_int_eq (ipc_check_join (pid), 0);
}
END_TEST

/* Somebody wants to open the file. */
static void
wait_for_break (int fd)
{
  while (fcntl (fd, F_GETLEASE) == F_WRLCK)
    sched_yield ();
}

/* Loop index: whether it goes in the end. */
START_TEST (opener_waits_for_the_lease)
{
  const char *name = ipc_check_plain_name ();
  g_autofree char *path = g_strconcat ("/dev/shm/", name, NULL);
  g_autoptr (IpcCheckGate) gate = ipc_check_gate_new ();
  Opener opener = { name, gate };
  pid_t pid;
  int fd;

  ck_assert_int_eq (ipc_check_join (ipc_check_fork (make_segment, (gpointer) name)), 0);
  fd = open (path, O_RDONLY | O_CLOEXEC);
  ck_assert_int_eq (fcntl (fd, F_SETSIG, SIGURG), 0);
  ck_assert_int_eq (fcntl (fd, F_SETLEASE, F_WRLCK), 0);
  pid = ipc_check_fork (open_patiently, &opener);
  ipc_check_gate_pass (gate);
  wait_for_break (fd);
  if (_i == 1)
    ck_assert_int_eq (unlink (path), 0);
  ck_assert_int_eq (fcntl (fd, F_SETLEASE, F_UNLCK), 0);
  ck_assert_int_eq (ipc_check_join (pid), 0);
  close (fd);
}
END_TEST

/* A foreign program sleeps in open(2) until it is decided, and then it is in use. */
static void
open_as_others_do (gpointer data)
{
  const Opener *opener = data;
  int fd;

  ipc_check_gate_open (opener->gate);
  fd = shm_open (opener->name, O_RDWR, 0);
  ck_assert_int_ge (fd, 0);
  ck_assert_int_eq (close (fd), 0);
}

START_TEST (foreign_opener_is_noticed)
{
  const char *name = ipc_check_plain_name ();
  g_autofree char *path = g_strconcat ("/dev/shm/", name, NULL);
  g_autoptr (IpcCheckGate) gate = ipc_check_gate_new ();
  Opener opener = { name, gate };
  pid_t pid;
  int fd;

  ck_assert_int_eq (ipc_check_join (ipc_check_fork (make_segment, (gpointer) name)), 0);
  fd = open (path, O_RDONLY | O_CLOEXEC);
  ck_assert_int_eq (fcntl (fd, F_SETSIG, SIGURG), 0);
  ck_assert_int_eq (fcntl (fd, F_SETLEASE, F_WRLCK), 0);
  pid = ipc_check_fork (open_as_others_do, &opener);
  ipc_check_gate_pass (gate);
  wait_for_break (fd);
  ck_assert_int_eq (fcntl (fd, F_SETLEASE, F_UNLCK), 0);
  close (fd);
  ck_assert_int_eq (ipc_check_join (pid), 0);
}
END_TEST

static void
add_tests (Suite *suite)
{
  TCase *tcase = ipc_check_tcase (suite, "race");

  ipc_check_add_segment_test (tcase, no_segment_goes_while_it_is_opened, 0, 0);
  ipc_check_add_semaphore_test (tcase, no_semaphore_goes_while_it_is_opened, 0, IPC_CHECK_SYSTEM_V);
  tcase_add_loop_test (tcase, opener_waits_for_permissions, 0, 2);
  tcase_add_loop_test (tcase, opener_waits_for_the_lease, 0, 2);
  tcase_add_test (tcase, foreign_opener_is_noticed);
}

int
main (void)
{
  return ipc_check_main ("list-race", add_tests);
}
