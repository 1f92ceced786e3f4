/* check-semaphore-calls.c: every system call fails once, at each place; the linker lets us between
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ipc-check-fault.h"
#include "ipc-check-sysv.h"

#include <fcntl.h>
#include <sched.h>
#include <semaphore.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* Descriptors that stay open, since nobody could tell whether they still are the library's. */
static guint n_unknown;

WRAP (int, semget, (key_t key, int n, int flags), (key, n, flags), -1)
WRAP (int, semtimedop, (int id, struct sembuf *ops, size_t n, const struct timespec *timeout),
      (id, ops, n, timeout), -1)
WRAP (int, semop, (int id, struct sembuf *ops, size_t n), (id, ops, n), -1)
WRAP (int, fchmod, (int fd, mode_t mode), (fd, mode), -1)
WRAP_OFFSET (int, fstat, (int fd, struct stat *st), (fd, st), (n_unknown++, -1))
WRAP (int, linkat, (int from_dir, const char *from, int dir, const char *to, int flags),
      (from_dir, from, dir, to, flags), -1)
WRAP (int, renameat, (int from_dir, const char *from, int dir, const char *to),
      (from_dir, from, dir, to), -1)
WRAP (int, unlinkat, (int dir, const char *file, int flags), (dir, file, flags), -1)
WRAP_OFFSET (int, posix_fallocate, (int fd, off_t offset, off_t size), (fd, offset, size),
             fault.errsv)
WRAP_OFFSET (void *, mmap,
             (void *at, size_t size, int protection, int flags, int fd, off_t offset),
             (at, size, protection, flags, fd, offset), MAP_FAILED)
WRAP (int, sem_init, (sem_t *sem, int shared, unsigned value), (sem, shared, value), -1)
WRAP (int, sem_post, (sem_t *sem), (sem), -1)
WRAP (int, sem_trywait, (sem_t *sem), (sem), -1)
WRAP (int, sem_timedwait, (sem_t *sem, const struct timespec *until), (sem, until), -1)
#ifdef HAVE_SEM_CLOCKWAIT
WRAP (int, sem_clockwait, (sem_t *sem, clockid_t clock, const struct timespec *until),
      (sem, clock, until), -1)
#endif
WRAP (int, sem_getvalue, (sem_t *sem, int *value), (sem, value), -1)

union semun
{
  int              val;
  struct semid_ds *buf;
  unsigned short  *array;
};

/* So many sets are removed by somebody else just before they get their values. */
static int n_removals;

int __real_semctl (int id, int index, int command, ...);
int __wrap_semctl (int id, int index, int command, ...);

int
__wrap_semctl (int id, int index, int command, ...)
{
  union semun arg;
  va_list args;

  va_start (args, command);
  arg = va_arg (args, union semun);
  va_end (args);
  if (command == SETALL && n_removals > 0)
    {
      n_removals--;
      ck_assert_int_eq (__real_semctl (id, 0, IPC_RMID), 0);
    }
  return fails () ? -1 : __real_semctl (id, index, command, arg);
}

WRAP_MORE (openat, (int dir, const char *path, int last, ...),
           (dir, path, last, (mode_t) (gsize) more))

/* -- What is done while calls fail: TRUE if it was done -- */

static gboolean
open_by (const char *name, IpcOpenMode mode, GError **error)
{
  const guint value = 5;
  g_autoptr (IpcSemaphore) sem = ipc_semaphore_new_full (name, mode, &value, 1, 0600, 0, NULL, error);

  return sem != NULL;
}

static gboolean
do_create (IpcSemaphore *sem G_GNUC_UNUSED, const char *name, GError **error)
{
  return open_by (name, IPC_OPEN_CREATE, error);
}

static gboolean
do_open_or_create (IpcSemaphore *sem G_GNUC_UNUSED, const char *name, GError **error)
{
  return open_by (name, IPC_OPEN_OR_CREATE, error);
}

static gboolean
do_replace (IpcSemaphore *sem G_GNUC_UNUSED, const char *name, GError **error)
{
  return open_by (name, IPC_OPEN_REPLACE, error);
}

static gboolean
do_open (IpcSemaphore *sem, const char *name G_GNUC_UNUSED, GError **error)
{
  return open_by (ipc_semaphore_get_name (sem), IPC_OPEN_EXISTING, error);
}

static gboolean
do_post (IpcSemaphore *sem, const char *name G_GNUC_UNUSED, GError **error)
{
  return ipc_semaphore_post (sem, error);
}

static gboolean
do_wait (IpcSemaphore *sem, const char *name G_GNUC_UNUSED, GError **error)
{
  return ipc_semaphore_wait (sem, -1, NULL, error);
}

static gboolean
do_operate (IpcSemaphore *sem, const char *name G_GNUC_UNUSED, GError **error)
{
  const IpcSemaphoreOp take = { 0, -1 };

  return ipc_semaphore_operate (sem, &take, 1, -1, NULL, error);
}

static gboolean
do_wait_for_nothing (IpcSemaphore *sem G_GNUC_UNUSED, const char *name, GError **error)
{
  const guint value = 0;
  g_autoptr (IpcSemaphore) empty = ipc_semaphore_new_full (name, IPC_OPEN_CREATE, &value, 1, 0600, 0,
                                                           NULL, error);

  return empty != NULL && ipc_semaphore_wait (empty, 2000, NULL, error);
}

static gboolean
do_get_value (IpcSemaphore *sem, const char *name G_GNUC_UNUSED, GError **error)
{
  guint value = 0;

  return ipc_semaphore_get_value (sem, 0, &value, error);
}

static gboolean
do_get_info (IpcSemaphore *sem, const char *name G_GNUC_UNUSED, GError **error)
{
  g_autoptr (IpcInfo) info = ipc_semaphore_get_info (sem, 0, error);

  return info != NULL;
}

static gboolean
do_make_and_unlink (IpcSemaphore *sem G_GNUC_UNUSED, const char *name, GError **error)
{
  g_autoptr (IpcSemaphore) other = ipc_semaphore_create (name, 1, 0, error);

  return other != NULL && ipc_semaphore_unlink (other, error);
}

typedef struct
{
  gboolean (*call) (IpcSemaphore *sem, const char *name, GError **error);
  int        change; /* of the value of the semaphore, if it is done */
  gboolean   makes;  /* the fresh name, and nothing if it fails */
} Deed;

static const Deed deeds[] = {
  { do_create, 0, TRUE }, { do_open_or_create, 0, TRUE }, { do_replace, 0, TRUE },
  { do_open, 0, FALSE }, { do_post, +1, FALSE }, { do_wait, -1, FALSE }, { do_operate, -1, FALSE },
  { do_wait_for_nothing, 0, FALSE }, { do_get_value, 0, FALSE }, { do_get_info, 0, FALSE },
  { do_make_and_unlink, 0, FALSE },
};

/* -- What must hold afterwards -- */

/* FALSE when @at is past the last call. */
static gboolean
check_fault (IpcSemaphore *sem, const char *name, const Deed *deed, int errsv, int at)
{
  const guint value = ipc_check_value (sem, 0);
  IpcCheckTraces before = ipc_check_traces ();
  g_autofree char *what = fault_describe ((int) (deed - deeds), errsv, at);
  g_autoptr (GError) error = NULL;
  gboolean done, more;

  n_unknown = 0;
  fault_begin (errsv, at);
  done = deed->call (sem, name, &error);
  more = fault_end ();

  fault_check_answer (done, error, what);
  if (!done && deed->makes)
    ck_assert_msg (!ipc_check_semaphore_exists (name) && ipc_check_count_files () == before.files,
                   "%s: something is left", what);
  ipc_semaphore_unlink_name (name, NULL);
  ck_assert_uint_eq (ipc_check_value (sem, 0), value + (guint) (done ? deed->change : 0));
  before.fds = MIN (ipc_check_count_fds (), before.fds + n_unknown);
  ipc_check_no_traces (&before, what);
  return more;
}

static void
fail_every_call (gpointer data)
{
  const guint i = GPOINTER_TO_UINT (data);
  const char *name = ipc_check_semaphore_name (i);
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (i, 500, 0);
  g_autoptr (IpcSemaphore) warm = ipc_check_semaphore_open (ipc_semaphore_get_name (sem), 0);
  int n_injected = 0;

  for (gsize d = 0; d < G_N_ELEMENTS (deeds); d++)
    for (gsize e = 0; e < G_N_ELEMENTS (fault_errnos); e++)
      for (int at = 0; check_fault (sem, name, &deeds[d], fault_errnos[e], at); at++)
        n_injected++;
  ck_assert_int_gt (n_injected, 100);
}

START_TEST (failing_calls_leave_nothing_behind)
{
  ck_assert_int_eq (ipc_check_in_namespaces (CLONE_NEWNS | CLONE_NEWIPC, 1 << 20, fail_every_call,
                                             GUINT_TO_POINTER (_i)), 0);
}
END_TEST

/* -- The gap between semget() and the values -- */

START_TEST (set_that_is_removed_while_it_is_made_is_made_again)
{
  static const IpcOpenMode modes[] = { IPC_OPEN_CREATE, IPC_OPEN_OR_CREATE, IPC_OPEN_REPLACE };

  for (gsize i = 0; i < G_N_ELEMENTS (modes); i++)
    {
      const char *name = ipc_check_semaphore_name (_i);
      g_autoptr (IpcSemaphore) sem = NULL;
      g_autoptr (GError) error = NULL;

      n_removals = 3;
      ipc_check_ok (open_by (name, modes[i], &error), error);
      ck_assert_int_eq (n_removals, 0);
      sem = ipc_check_semaphore_open (name, 0);
      ck_assert_uint_eq (ipc_check_value (sem, 0), 5);
    }
}
END_TEST

static void
add_tests (Suite *suite)
{
  TCase *tcase = ipc_check_tcase (suite, "semaphore-calls");

  ipc_check_add_semaphore_test (tcase, set_that_is_removed_while_it_is_made_is_made_again,
                                IPC_CHECK_SYSTEM_V, 0);
  if (ipc_check_needs_namespaces ("system calls that fail"))
    ipc_check_add_semaphore_test (tcase, failing_calls_leave_nothing_behind, IPC_CHECK_GET_VALUE, 0);
}

int
main (void)
{
  return ipc_check_main ("semaphore-calls", add_tests);
}
