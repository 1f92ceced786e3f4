/* check-oom.c: processes that the kernel kills for want of memory, and what they leave
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ipc-check-semaphore.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* M12: it is the same as SIGKILL, at a moment that nobody chooses; and memory counts against whoever
 * touches it first. */

/* -- A control group in which memory is short: made by the runner, also removed by it -- */

#define GROUP_LIMIT "16777216"
#define MORE_THAN_THAT (24 << 20)

static char *group;

static gboolean
write_text (const char *dir, const char *file, const char *text)
{
  g_autofree char *path = g_build_filename (dir, file, NULL);
  const int fd = open (path, O_WRONLY | O_CLOEXEC);
  const gboolean done = fd >= 0 && write (fd, text, strlen (text)) == (ssize_t) strlen (text);

  if (fd >= 0)
    close (fd);
  return done;
}

static void
remove_group (void)
{
  if (group != NULL)
    g_rmdir (group);
  g_clear_pointer (&group, g_free);
}

static gboolean
try_group (const char *root, const char *limit)
{
  group = g_strdup_printf ("%s/ipc-check-%d", root, (int) getpid ());
  if (g_mkdir (group, 0700) == 0 && write_text (group, limit, GROUP_LIMIT))
    return TRUE;
  remove_group ();
  return FALSE;
}

/* Version 2 and version 1. */
static gboolean
has_group (void)
{
  return try_group ("/sys/fs/cgroup", "memory.max")
         || try_group ("/sys/fs/cgroup/memory", "memory.limit_in_bytes");
}

static void
make_group (void)
{
  ck_assert (has_group ());
}

static void
join_group (void)
{
  ck_assert (write_text (group, "cgroup.procs", "0"));
}

/* Where there is no such group, by the same signal from another hand.  Locked, or the memory might be
 * swapped out. */
static void
die_for_want_of_memory (void)
{
  gpointer memory = mmap (NULL, MORE_THAN_THAT, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

  if (group == NULL)
    raise (SIGKILL);
  join_group ();
  ck_assert (memory != MAP_FAILED);
  mlock2 (memory, MORE_THAN_THAT, MLOCK_ONFAULT);
  memset (memory, 0x55, MORE_THAN_THAT);
}

/* -- Semaphores -- */

static void
hold_and_die (gpointer data)
{
  IpcCheckHolder *holder = data;
  const gboolean posix = ipc_name_get_backend (holder->name, NULL) == IPC_BACKEND_POSIX;

  ipc_check_keep (ipc_check_take (holder->name, posix ? 0 : IPC_SEMAPHORE_UNDO));
  ipc_check_gate_open (holder->holds);
  ipc_check_gate_pass (holder->ends);
  die_for_want_of_memory ();
}

/* Where units do not come back, others go on with those that are given. */
START_TEST (units_of_who_had_no_memory_come_back)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 1, IPC_SEMAPHORE_FLAGS_NONE);
  IpcCheckHolder *holder = ipc_check_holder_new (sem);
  pid_t pid = ipc_check_fork (hold_and_die, holder), waiter;

  ipc_check_gate_pass (holder->holds);
  waiter = ipc_check_fork (ipc_check_peer_wait, (gpointer) holder->name);
  ck_assert (ipc_check_blocked (waiter));
  ipc_check_gate_open (holder->ends);
  ck_assert_int_eq (ipc_check_join (pid), IPC_CHECK_STATUS_KILLED);

  if (!ipc_check_semaphore_has (_i, IPC_CHECK_UNDO))
    ck_assert (ipc_semaphore_post (sem, NULL));
  ck_assert_int_eq (ipc_check_join (waiter), 0);
  ipc_check_is_held (sem);
}
END_TEST

/* -- Segments -- */

static IpcSegment *
new_segment (const char *name, IpcSegmentFlags flags)
{
  g_autoptr (GError) error = NULL;
  IpcSegment *segment = ipc_segment_create (name, MORE_THAN_THAT, flags, &error);

  ipc_check_ok (segment != NULL, error);
  return segment;
}

static void
write_and_die (gpointer name)
{
  g_autoptr (GError) error = NULL;
  IpcSegment *segment = ipc_check_keep (ipc_segment_open (name, IPC_SEGMENT_FLAGS_NONE, &error));

  ipc_check_ok (segment != NULL, error);
  ipc_check_ok (ipc_segment_write (segment, 4096, "written", 8, &error), error);
  die_for_want_of_memory ();
}

START_TEST (what_the_killed_has_written_stays)
{
  const char *name = ipc_check_segment_name (_i);
  g_autoptr (IpcSegment) segment = new_segment (name, IPC_SEGMENT_FLAGS_NONE);
  g_autoptr (GError) error = NULL;
  char text[8];

  ck_assert_int_eq (ipc_check_join (ipc_check_fork (write_and_die, (gpointer) name)),
                    IPC_CHECK_STATUS_KILLED);
  ipc_check_ok (ipc_segment_read (segment, 4096, text, sizeof text, &error), error);
  ck_assert_str_eq (text, "written");
  ck_assert (ipc_segment_is_current (segment));
  ipc_check_ok (ipc_segment_clear (segment, &error), error);
}
END_TEST

static void
write_all_in_group (gpointer name)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (IpcSegment) segment = ipc_segment_open (name, IPC_SEGMENT_FLAGS_NONE, &error);

  ipc_check_ok (segment != NULL, error);
  join_group ();
  ipc_check_ok (ipc_segment_clear (segment, &error), error);
}

/* All of it was touched here. */
START_TEST (who_makes_it_pays_for_it)
{
  const char *name = ipc_check_segment_name (_i);
  g_autoptr (IpcSegment) segment = new_segment (name, IPC_SEGMENT_POPULATE);

  ck_assert_int_eq (ipc_check_join (ipc_check_fork (write_all_in_group, (gpointer) name)), 0);
  ck_assert (ipc_segment_is_current (segment));
}
END_TEST

static void
make_in_group (gpointer name)
{
  join_group ();
  ipc_segment_clear (ipc_check_keep (new_segment (name, IPC_SEGMENT_FLAGS_NONE)), NULL);
}

/* Killed while its memory is being reserved, or by System V, which reserves no pages, when they are
 * written: there, and whole, or not there. */
START_TEST (nobody_sees_what_was_not_finished)
{
  const char *name = ipc_check_segment_name (_i);
  g_autoptr (GError) error = NULL;
  g_autoptr (IpcSegment) left = NULL;
  g_autoptr (IpcSegment) mine = NULL;

  ck_assert_int_eq (ipc_check_join (ipc_check_fork (make_in_group, (gpointer) name)),
                    IPC_CHECK_STATUS_KILLED);
  left = ipc_segment_open (name, IPC_SEGMENT_FLAGS_NONE, &error);
  if (ipc_check_segment_has (_i, IPC_CHECK_SYSTEM_V))
    {
      ipc_check_ok (left != NULL, error);
      ck_assert_uint_eq (ipc_segment_get_size (left), MORE_THAN_THAT);
      ck_assert (ipc_segment_unlink (left, NULL));
    }
  else
    ipc_check_error (error, IPC_ERROR, IPC_ERROR_NOT_FOUND, name);
  mine = new_segment (name, IPC_SEGMENT_FLAGS_NONE);
}
END_TEST

/* Most containers, and who is not root, cannot. */
static gboolean
memory_can_be_short (void)
{
  const char *what = "memory that is used up (needs root, and control groups)";
  gboolean can = ipc_check_needs_bare_process (what);

  if (can && !has_group ())
    {
      g_print ("Left out: %s\n", what);
      can = FALSE;
    }
  remove_group ();
  return can;
}

static void
add_tests (Suite *suite)
{
  TCase *tcase = ipc_check_tcase (suite, "oom");
  const gboolean short_of_memory = memory_can_be_short ();

  if (short_of_memory)
    tcase_add_unchecked_fixture (tcase, make_group, remove_group);
  ipc_check_add_semaphore_test (tcase, units_of_who_had_no_memory_come_back, IPC_CHECK_NOTHING, 0);
  ipc_check_add_segment_test (tcase, what_the_killed_has_written_stays, IPC_CHECK_NOTHING, 0);
  if (!short_of_memory)
    return;
  ipc_check_add_segment_test (tcase, who_makes_it_pays_for_it, IPC_CHECK_NOTHING, 0);
  ipc_check_add_segment_test (tcase, nobody_sees_what_was_not_finished, IPC_CHECK_NOTHING, 0);
}

int
main (void)
{
  return ipc_check_main ("oom", add_tests);
}
