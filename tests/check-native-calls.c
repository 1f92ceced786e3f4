/* check-native-calls.c: every system call of a native semaphore fails once; the linker lets us between
 *
 * Each time in a process of its own, which has no lane yet: what it needs of the system is asked for
 * in the middle of the call.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ipc-check-fault.h"
#include "ipc-check-semaphore.h"

#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define UNITS 3
#define STATUS_MORE 2 /* of a process in which there was a call that failed */

WRAP (int, dup3, (int from, int to, int flags), (from, to, flags), -1)
WRAP (int, fchmod, (int fd, mode_t mode), (fd, mode), -1)
WRAP_OFFSET (int, fstat, (int fd, struct stat *st), (fd, st), -1)
WRAP_OFFSET (int, ftruncate, (int fd, off_t size), (fd, size), -1)
WRAP (int, linkat, (int from_dir, const char *from, int dir, const char *to, int flags),
      (from_dir, from, dir, to, flags), -1)
WRAP (int, madvise, (void *at, size_t size, int advice), (at, size, advice), -1)
WRAP_OFFSET (void *, mmap,
             (void *at, size_t size, int protection, int flags, int fd, off_t offset),
             (at, size, protection, flags, fd, offset), MAP_FAILED)
WRAP_OFFSET (int, posix_fallocate, (int fd, off_t offset, off_t size), (fd, offset, size),
             fault.errsv)

WRAP_MORE (fcntl, (int fd, int last, ...), (fd, last, more))
WRAP_MORE (open, (const char *path, int last, ...), (path, last, (mode_t) (gsize) more))
WRAP_MORE (openat, (int dir, const char *path, int last, ...),
           (dir, path, last, (mode_t) (gsize) more))

/* -- What is done meanwhile: FALSE with @error if it failed -- */

typedef struct
{
  IpcSemaphore *sem; /* inherited; a dead process holds one unit of it */
  IpcSemaphore *set; /* inherited */
  const char   *fresh; /* a name for what is made */
} Scene;

static const guint zeros[3];

static gboolean
make (const Scene *self, gsize n_values, GError **error)
{
  g_autoptr (IpcSemaphore) sem = ipc_semaphore_new_full (self->fresh, IPC_OPEN_CREATE, zeros,
                                                         n_values, 0600, IPC_SEMAPHORE_UNDO, NULL,
                                                         error);

  if (sem == NULL)
    return FALSE;

  fault.errsv = 0;
  return ipc_semaphore_post (sem, error) && ipc_semaphore_unlink (sem, error);
}

static gboolean
make_one (const Scene *self, GError **error)
{
  return make (self, 1, error);
}

static gboolean
make_set (const Scene *self, GError **error)
{
  return make (self, 3, error);
}

static gboolean
take_and_give (IpcSemaphore *sem, GError **error)
{
  return ipc_semaphore_try_wait (sem, error) && ipc_semaphore_post (sem, error);
}

static gboolean
use_inherited (const Scene *self, GError **error)
{
  return take_and_give (self->sem, error);
}

static gboolean
open_again (const Scene *self, GError **error)
{
  g_autoptr (IpcSemaphore) sem = ipc_semaphore_open (ipc_semaphore_get_name (self->sem),
                                                     IPC_SEMAPHORE_UNDO, error);

  return sem != NULL && take_and_give (sem, error);
}

/* It waits for what the dead process has. */
static gboolean
take_all (const Scene *self, GError **error)
{
  const IpcSemaphoreOp take = { 0, -UNITS }, give = { 0, +UNITS };

  return ipc_semaphore_operate (self->sem, &take, 1, 60 * 1000, NULL, error)
         && ipc_semaphore_operate (self->sem, &give, 1, 0, NULL, error);
}

static gboolean
ask (const Scene *self, GError **error)
{
  g_autoptr (IpcInfo) info = ipc_semaphore_get_info (self->sem, 0, error);

  return info != NULL;
}

static gboolean
assign (const Scene *self, GError **error)
{
  return ipc_semaphore_set_value (self->set, 1, 7, error);
}

static gboolean (*const deeds[]) (const Scene *scene, GError **error) = {
  make_one, make_set, use_inherited, open_again, take_all, ask, assign,
};

static const int errnos[] = {
  EINTR, EAGAIN, ENOMEM, EMFILE, ENFILE, ENOSPC, EACCES, EPERM, ENOSYS, EIO, EOPNOTSUPP, ENOLCK,
};

/* -- What must hold afterwards -- */

/* Ends this process: with 0 if no call was left to fail. */
static G_GNUC_NORETURN void
do_deed (const Scene *scene, int deed)
{
  const guint n_maps = ipc_check_count_maps ("/dev/shm");
  g_autoptr (GError) error = NULL;
  const gboolean done = deeds[deed](scene, &error);
  g_autofree char *what = fault_describe (deed, fault.errsv, fault.at);
  const gboolean over = !fault_end ();

  fault_check_answer (done, error, what);
  ck_assert_msg (done || error->domain == IPC_ERROR, "%s: %s", what, error->message);
  ck_assert_msg (!over || done, "deed %d without a fault: %s", deed, error->message);
  if (deeds[deed] == make_one || deeds[deed] == make_set)
    ck_assert_uint_eq (ipc_check_count_maps ("/dev/shm"), n_maps);
  _exit (over ? 0 : STATUS_MORE);
}

/* What a process holds it holds to its end, whatever it does with its handles. */
static void
hold_one (gpointer name)
{
  g_object_unref (ipc_check_take (name, IPC_SEMAPHORE_UNDO));
  _exit (0);
}

/* FALSE when @at is past the last call.  The fault begins in fork(2), where the child looks to it that
 * it shares no lock with its parent. */
static gboolean
check_fault (const Scene *scene, int deed, int errsv, int at)
{
  gpointer name = (gpointer) ipc_semaphore_get_name (scene->sem);
  const guint n_files = ipc_check_count_files ();
  g_autofree char *what = fault_describe (deed, errsv, at);
  g_autoptr (IpcInfo) info = NULL;
  int status;
  pid_t pid;

  ck_assert_int_eq (ipc_check_join (ipc_check_fork (hold_one, name)), 0);
  fault_begin (errsv, at);
  pid = fork ();
  if (pid == 0)
    do_deed (scene, deed);
  fault_end ();
  status = ipc_check_join (pid);
  ck_assert_msg (status == 0 || status == STATUS_MORE, "%s: status %d", what, status);

  info = ipc_semaphore_get_info (scene->sem, 0, NULL);
  ck_assert_msg (ipc_info_get_value (info) == UNITS, "%s: %d units are left", what,
                 (int) ipc_info_get_value (info));
  ck_assert_uint_eq (ipc_check_count_files (), n_files);
  return status == STATUS_MORE;
}

static void
fail_every_call (gpointer data)
{
  const int deed = GPOINTER_TO_INT (data);
  Scene scene = { .fresh = ipc_check_plain_name () };
  int n_injected = 0;

  scene.sem = ipc_semaphore_create (ipc_check_plain_name (), UNITS, IPC_SEMAPHORE_UNDO, NULL);
  scene.set = ipc_semaphore_new_full (ipc_check_plain_name (), IPC_OPEN_CREATE, zeros, 3, 0600,
                                      IPC_SEMAPHORE_FLAGS_NONE, NULL, NULL);
  for (gsize e = 0; e < G_N_ELEMENTS (errnos); e++)
    for (int at = 0; check_fault (&scene, deed, errnos[e], at); at++)
      n_injected++;
  ck_assert_int_gt (n_injected, 2 * (int) G_N_ELEMENTS (errnos));
  g_object_unref (scene.sem);
  g_object_unref (scene.set);
}

START_TEST (failing_calls_lose_no_unit_and_leave_nothing)
{
  ck_assert_int_eq (ipc_check_in_namespaces (CLONE_NEWNS, 1 << 20, fail_every_call,
                                             GINT_TO_POINTER (_i)),
                    0);
}
END_TEST

static void
add_tests (Suite *suite)
{
  TCase *tcase = ipc_check_tcase (suite, "native-calls");

  if (ipc_check_needs_namespaces ("system calls of native semaphores that fail"))
    tcase_add_loop_test (tcase, failing_calls_lose_no_unit_and_leave_nothing, 0,
                         G_N_ELEMENTS (deeds));
}

int
main (void)
{
  return ipc_check_main ("native-calls", add_tests);
}
