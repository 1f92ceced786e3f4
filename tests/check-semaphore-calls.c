/* check-semaphore-calls.c: every system call fails once, at each place; the linker lets us between
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ipc-check-semaphore.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <semaphore.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* -- The fault: the call number @at of those that follow fails with @errsv -- */

static struct
{
  int      errsv; /* 0: none */
  int      at;
  int      n_calls;
} fault;

static gboolean
fails (void)
{
  if (fault.errsv == 0 || fault.n_calls++ != fault.at)
    return FALSE;

  errno = fault.errsv;
  return TRUE;
}

/* What -Wl,--wrap=NAME makes of calls to NAME, and how to call the real one. */
#define WRAP_DOING(type, name, params, args, failure, deed) \
  type __real_##name params; \
  type __wrap_##name params; \
  type __wrap_##name params \
  { \
    deed; \
    return fails () ? (failure) : __real_##name args; \
  }
#define WRAP(type, name, params, args, failure) \
  WRAP_DOING (type, name, params, args, failure, (void) 0)

WRAP (int, semget, (key_t key, int n, int flags), (key, n, flags), -1)
WRAP (int, semtimedop, (int id, struct sembuf *ops, size_t n, const struct timespec *timeout),
      (id, ops, n, timeout), -1)
WRAP (int, semop, (int id, struct sembuf *ops, size_t n), (id, ops, n), -1)
WRAP (int, fchmod, (int fd, mode_t mode), (fd, mode), -1)
WRAP (int, linkat, (int from_dir, const char *from, int dir, const char *to, int flags),
      (from_dir, from, dir, to, flags), -1)
WRAP (int, renameat, (int from_dir, const char *from, int dir, const char *to),
      (from_dir, from, dir, to), -1)
WRAP (int, unlinkat, (int dir, const char *file, int flags), (dir, file, flags), -1)
WRAP (int, posix_fallocate, (int fd, off_t offset, off_t size), (fd, offset, size), fault.errsv)
WRAP (void *, mmap, (void *at, size_t size, int protection, int flags, int fd, off_t offset),
      (at, size, protection, flags, fd, offset), MAP_FAILED)
WRAP (int, sem_init, (sem_t *sem, int shared, unsigned value), (sem, shared, value), -1)
WRAP (int, sem_post, (sem_t *sem), (sem), -1)
WRAP (int, sem_trywait, (sem_t *sem), (sem), -1)
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

int __real_openat (int dir, const char *file, int flags, ...);
int __wrap_openat (int dir, const char *file, int flags, ...);

int
__wrap_openat (int dir, const char *file, int flags, ...)
{
  mode_t mode;
  va_list args;

  va_start (args, flags);
  mode = va_arg (args, mode_t);
  va_end (args);
  return fails () ? -1 : __real_openat (dir, file, flags, mode);
}

/* -- The clock: none that can be set -- */

static int n_monotonic_waits;
static int n_realtime_waits;

WRAP_DOING (int, sem_timedwait, (sem_t *sem, const struct timespec *until), (sem, until), -1,
            n_realtime_waits++)

#ifdef HAVE_SEM_CLOCKWAIT
WRAP_DOING (int, sem_clockwait, (sem_t *sem, clockid_t clock, const struct timespec *until),
            (sem, clock, until), -1,
            *(clock == CLOCK_MONOTONIC ? &n_monotonic_waits : &n_realtime_waits) += 1)

START_TEST (posix_waits_on_the_monotonic_clock)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 0, 0);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();

  ck_assert (!ipc_semaphore_wait (sem, 1000, NULL, NULL));
  ck_assert (!ipc_semaphore_wait (sem, 1000, cancellable, NULL));
  ck_assert_int_ge (n_monotonic_waits, 2);
  ck_assert_int_eq (n_realtime_waits, 0);
}
END_TEST
#endif

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

static guint
count_files (void)
{
  g_autoptr (GDir) dir = g_dir_open ("/dev/shm", 0, NULL);
  guint n = 0;

  while (g_dir_read_name (dir) != NULL)
    n++;
  return n;
}

/* FALSE when @at is past the last call. */
static gboolean
check_fault (IpcSemaphore *sem, const Deed *deed, guint i, int errsv, int at)
{
  const char *name = ipc_check_semaphore_name (i);
  const guint value = ipc_check_value (sem, 0);
  const guint n_fds = ipc_check_count_fds (), n_maps = ipc_check_count_maps ("/dev/shm");
  const guint n_files = count_files ();
  g_autoptr (GError) error = NULL;
  gboolean done;

  fault.errsv = errsv;
  fault.at = at;
  fault.n_calls = 0;
  done = deed->call (sem, name, &error);
  fault.errsv = 0;

  ck_assert_msg (done == (error == NULL), "deed %d, call %d, %s: %s", (int) (deed - deeds), at,
                 g_strerror (errsv), error != NULL ? error->message : "failed without an error");
  if (!done && deed->makes)
    ck_assert_msg (!ipc_check_semaphore_exists (name) && count_files () == n_files,
                   "deed %d, call %d, %s: something is left", (int) (deed - deeds), at,
                   g_strerror (errsv));
  ipc_semaphore_unlink_name (name, NULL);
  ck_assert_uint_eq (ipc_check_value (sem, 0), value + (guint) (done ? deed->change : 0));
  ck_assert_uint_eq (ipc_check_count_fds (), n_fds);
  ck_assert_uint_eq (ipc_check_count_maps ("/dev/shm"), n_maps);
  return fault.n_calls > at;
}

static const int errnos[] = {
  EINTR, ENOMEM, EMFILE, ENFILE, ENOSPC, EACCES, EPERM, ENOSYS, EIO, EOPNOTSUPP,
};

static void
fail_every_call (gpointer data)
{
  const guint i = GPOINTER_TO_UINT (data);
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (i, 500, 0);
  g_autoptr (IpcSemaphore) warm = ipc_check_semaphore_open (ipc_semaphore_get_name (sem), 0);
  int n_injected = 0;

  for (gsize d = 0; d < G_N_ELEMENTS (deeds); d++)
    for (gsize e = 0; e < G_N_ELEMENTS (errnos); e++)
      for (int at = 0; check_fault (sem, &deeds[d], i, errnos[e], at); at++)
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

#ifdef HAVE_SEM_CLOCKWAIT
  ipc_check_add_backend_test (tcase, posix_waits_on_the_monotonic_clock, IPC_BACKEND_POSIX);
#endif
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
