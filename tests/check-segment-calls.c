/* check-segment-calls.c: every system call of a segment fails once, at each place
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ipc-check-fault.h"
#include "ipc-check-segment.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

/* Descriptors that stay open, since nobody could tell whether they still are the library's. */
static guint n_unknown;

WRAP (int, shmget, (key_t key, size_t size, int flags), (key, size, flags), -1)
WRAP (void *, shmat, (int id, const void *at, int flags), (id, at, flags), (void *) -1)
WRAP (int, shmctl, (int id, int command, struct shmid_ds *ds), (id, command, ds), -1)
WRAP (int, memfd_create, (const char *name, unsigned flags), (name, flags), -1)
WRAP (int, getentropy, (void *buffer, size_t size), (buffer, size), -1)
WRAP (int, fchmod, (int fd, mode_t mode), (fd, mode), -1)
WRAP_OFFSET (int, fstat, (int fd, struct stat *st), (fd, st), (n_unknown++, -1))
WRAP_OFFSET (int, fstatfs, (int fd, struct statfs *fs), (fd, fs), -1)
WRAP_OFFSET (int, ftruncate, (int fd, off_t size), (fd, size), -1)
WRAP (int, linkat, (int from_dir, const char *from, int dir, const char *to, int flags),
      (from_dir, from, dir, to, flags), -1)
WRAP (int, renameat, (int from_dir, const char *from, int dir, const char *to),
      (from_dir, from, dir, to), -1)
WRAP (int, unlinkat, (int dir, const char *file, int flags), (dir, file, flags), -1)
WRAP_OFFSET (int, posix_fallocate, (int fd, off_t offset, off_t size), (fd, offset, size),
             fault.errsv)
WRAP (int, madvise, (void *at, size_t size, int advice), (at, size, advice), -1)
WRAP (int, mlock, (const void *at, size_t size), (at, size), -1)

WRAP_OFFSET (void *, mmap,
             (void *at, size_t size, int protection, int flags, int fd, off_t offset),
             (at, size, protection, flags, fd, offset), MAP_FAILED)

WRAP_MORE (openat, (int dir, const char *path, int last, ...),
           (dir, path, last, (mode_t) (gsize) more))
WRAP_MORE (fcntl, (int fd, int last, ...), (fd, last, more))

/* -- What is done while calls fail: TRUE if it was done -- */

#define HUGE_SIZE (4 << 20)
#define POPULATED (IPC_SEGMENT_POPULATE | IPC_SEGMENT_LOCKED)

static gboolean
make (const char *name, IpcOpenMode mode, int permissions, IpcSegmentFlags flags, GError **error)
{
  g_autoptr (IpcSegment) segment = ipc_segment_new_full (name, mode, IPC_CHECK_SIZE, permissions,
                                                         flags, NULL, error);

  return segment != NULL;
}

static gboolean
do_create (IpcSegment *segment G_GNUC_UNUSED, const char *name, GError **error)
{
  return make (name, IPC_OPEN_CREATE, 0640, IPC_SEGMENT_FLAGS_NONE, error);
}

static gboolean
do_create_populated (IpcSegment *segment G_GNUC_UNUSED, const char *name, GError **error)
{
  return make (name, IPC_OPEN_CREATE, 0640, POPULATED, error);
}

/* The creator itself must write to it; and no umask allows for what others may. */
static gboolean
do_create_for_readers (IpcSegment *segment G_GNUC_UNUSED, const char *name, GError **error)
{
  return make (name, IPC_OPEN_CREATE, 0466, IPC_SEGMENT_FLAGS_NONE, error);
}

static gboolean
do_create_huge (IpcSegment *segment G_GNUC_UNUSED, const char *name, GError **error)
{
  g_autoptr (IpcSegment) huge = ipc_segment_create (name, HUGE_SIZE, IPC_SEGMENT_HUGE_PAGES, error);

  return huge != NULL;
}

static gboolean
do_open_or_create (IpcSegment *segment G_GNUC_UNUSED, const char *name, GError **error)
{
  return make (name, IPC_OPEN_OR_CREATE, 0640, IPC_SEGMENT_FLAGS_NONE, error);
}

static gboolean
do_replace (IpcSegment *segment G_GNUC_UNUSED, const char *name, GError **error)
{
  return make (name, IPC_OPEN_REPLACE, 0640, IPC_SEGMENT_FLAGS_NONE, error);
}

static gboolean
do_open (IpcSegment *segment, const char *name G_GNUC_UNUSED, GError **error)
{
  g_autoptr (IpcSegment) again = ipc_segment_open (ipc_segment_get_name (segment), POPULATED, error);

  return again != NULL;
}

static gboolean
do_get_info (IpcSegment *segment, const char *name G_GNUC_UNUSED, GError **error)
{
  g_autoptr (IpcInfo) info = ipc_segment_get_info (segment, error);

  return info != NULL;
}

static gboolean
do_make_and_unlink (IpcSegment *segment G_GNUC_UNUSED, const char *name, GError **error)
{
  g_autoptr (IpcSegment) other = ipc_segment_create (name, 1, IPC_SEGMENT_FLAGS_NONE, error);

  return other != NULL && ipc_segment_unlink (other, error);
}

static gboolean
do_make_and_detach (IpcSegment *segment G_GNUC_UNUSED, const char *name, GError **error)
{
  g_autoptr (IpcSegment) other = ipc_segment_create (name, 1, IPC_SEGMENT_FLAGS_NONE, error);

  return other != NULL && ipc_segment_detach (other, error);
}

static gboolean
do_resize (IpcSegment *segment, const char *name, GError **error)
{
  g_autoptr (IpcSegment) other = ipc_segment_create (name, IPC_CHECK_SIZE, IPC_SEGMENT_FLAGS_NONE,
                                                     error);

  /* System V segments stay as they are. */
  if (other == NULL || ipc_segment_get_backend (segment) == IPC_BACKEND_SYSV)
    return other != NULL;

  return ipc_segment_resize (other, 2 * IPC_CHECK_SIZE, error)
         && ipc_segment_resize (other, IPC_CHECK_SIZE / 2, error);
}

static gboolean
do_anonymous (IpcSegment *segment G_GNUC_UNUSED, const char *name G_GNUC_UNUSED, GError **error)
{
  g_autoptr (IpcSegment) first = ipc_segment_create_anonymous (IPC_CHECK_SIZE, POPULATED, error);
  g_autoptr (IpcSegment) second = NULL;
  int fd = first != NULL && ipc_segment_seal (first, IPC_SEGMENT_SEAL_SHRINK, error)
               ? ipc_segment_dup_fd (first, error) : -1;

  if (fd < 0)
    return FALSE;

  second = ipc_segment_new_from_fd (fd, IPC_SEGMENT_FLAGS_NONE, error);
  close (fd);
  return second != NULL;
}

typedef struct
{
  gboolean (*call) (IpcSegment *segment, const char *name, GError **error);
  gboolean   makes; /* the fresh name, and nothing if it fails */
} Deed;

static const Deed deeds[] = {
  { do_create, TRUE }, { do_create_populated, TRUE }, { do_create_for_readers, TRUE },
  { do_create_huge, TRUE }, { do_open_or_create, TRUE },
  { do_replace, TRUE }, { do_open, FALSE }, { do_get_info, FALSE }, { do_make_and_unlink, FALSE },
  { do_make_and_detach, FALSE }, { do_resize, FALSE }, { do_anonymous, FALSE },
};

/* -- What must hold afterwards -- */

static gboolean
is_there (const char *name)
{
  g_autoptr (IpcSegment) found = ipc_segment_open (name, IPC_SEGMENT_FLAGS_NONE, NULL);

  return found != NULL;
}

/* FALSE when @at is past the last call. */
static gboolean
check_fault (IpcSegment *segment, const char *name, const Deed *deed, int errsv, int at)
{
  IpcCheckTraces before = ipc_check_traces ();
  g_autofree char *what = fault_describe ((int) (deed - deeds), errsv, at);
  g_autoptr (GError) error = NULL;
  gboolean done, more;

  n_unknown = 0;
  fault_begin (errsv, at);
  done = deed->call (segment, name, &error);
  more = fault_end ();

  fault_check_answer (done, error, what);
  if (!done && deed->makes)
    ck_assert_msg (!is_there (name) && ipc_check_count_files () == before.files,
                   "%s: something is left", what);
  ipc_segment_unlink_name (name, NULL);
  before.fds = MIN (ipc_check_count_fds (), before.fds + n_unknown);
  ipc_check_no_traces (&before, what);
  ipc_check_text (segment, "kept");
  return more;
}

static void
fail_every_call (gpointer data)
{
  const guint i = GPOINTER_TO_UINT (data);
  const char *name = ipc_check_segment_name (i);
  g_autoptr (GError) error = NULL;
  g_autoptr (IpcSegment) segment = ipc_segment_create (ipc_check_segment_name (i), IPC_CHECK_SIZE,
                                                       IPC_SEGMENT_FLAGS_NONE, &error);
  int n_injected = 0;

  umask (022);
  ipc_check_ok (segment != NULL, error);
  ipc_check_write_text (segment, "kept");
  for (gsize d = 0; d < G_N_ELEMENTS (deeds); d++)
    for (gsize e = 0; e < G_N_ELEMENTS (fault_errnos); e++)
      for (int at = 0; check_fault (segment, name, &deeds[d], fault_errnos[e], at); at++)
        n_injected++;
  ck_assert_int_gt (n_injected, 100);
}

/* M13. */
START_TEST (failing_calls_leave_nothing_behind)
{
  ck_assert_int_eq (ipc_check_in_namespaces (CLONE_NEWNS | CLONE_NEWIPC, 1 << 20, fail_every_call,
                                             GUINT_TO_POINTER (_i)), 0);
}
END_TEST

static void
add_tests (Suite *suite)
{
  TCase *tcase = ipc_check_tcase (suite, "segment-calls");

  if (ipc_check_needs_namespaces ("system calls that fail"))
    ipc_check_add_segment_test (tcase, failing_calls_leave_nothing_behind, IPC_CHECK_NOTHING, 0);
}

int
main (void)
{
  return ipc_check_main ("segment-calls", add_tests);
}
