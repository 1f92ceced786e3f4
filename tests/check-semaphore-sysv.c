/* check-semaphore-sysv.c: System V sets beside programs without this library, and its limits
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ipc-check-sysv.h"

#include <sched.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char *
name_of_key (gint32 key)
{
  g_autofree char *name = g_strdup_printf ("sysv:%d", key);

  return g_intern_string (name);
}

static const char *
name_of_id (int id)
{
  g_autofree char *name = g_strdup_printf ("sysv:id:%d", id);

  return g_intern_string (name);
}

/* -- The moment between semget() and the first value -- */

/* A creator that never leaves a mark: its set is used as it stands, when patience is over. */
START_TEST (set_without_a_mark_is_used_as_it_stands)
{
  const gint32 key = ipc_check_key ();
  const int id = ipc_check_raw_set (key, 2, 0600, FALSE);
  const gint64 start = g_get_monotonic_time ();
  g_autoptr (IpcSemaphore) sem = NULL;
  gint64 took;

  ipc_check_raw_setval (id, 1, 3);
  sem = ipc_check_semaphore_open (name_of_key (key), 0);
  took = g_get_monotonic_time () - start;
  ck_assert_int_ge (took, G_USEC_PER_SEC);
  ck_assert_int_lt (took, 10 * G_USEC_PER_SEC);
  ck_assert_uint_eq (ipc_check_value (sem, 0), 0);
  ck_assert_uint_eq (ipc_check_value (sem, 1), 3);
}
END_TEST

START_TEST (set_with_a_mark_is_used_at_once)
{
  const gint32 key = ipc_check_key ();
  const int id = ipc_check_raw_set (key, 1, 0600, TRUE);
  g_autoptr (IpcSemaphore) sem = NULL;
  gint64 took = G_MAXINT64;

  /* On a busy machine not each time. */
  for (guint i = 0; i < 10 && took >= G_USEC_PER_SEC; i++)
    {
      const gint64 start = g_get_monotonic_time ();

      g_clear_object (&sem);
      sem = ipc_check_semaphore_open (name_of_key (key), 0);
      took = g_get_monotonic_time () - start;
    }
  ck_assert_int_lt (took, G_USEC_PER_SEC);
  ipc_check_raw_setval (id, 0, 3);
  ck_assert_uint_eq (ipc_check_value (sem, 0), 3);
}
END_TEST

static void
open_and_expect_seven (gpointer name)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_open (name, 0);

  ck_assert_uint_eq (ipc_check_value (sem, 0), 7);
}

/* As who waits for a creator does; where a time_t has 32 bits there are two calls for it. */
static gboolean
is_nap (gint64 number)
{
#ifdef SYS_clock_nanosleep_time64
  if (number == SYS_clock_nanosleep_time64)
    return TRUE;
#endif
  return number == SYS_clock_nanosleep;
}

static gboolean
is_napping (pid_t pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/syscall", (int) pid);
  g_autofree char *text = NULL;

  return !g_file_get_contents (path, &text, NULL, NULL)
         || is_nap (g_ascii_strtoll (text, NULL, 10));
}

/* The creator is held up for as long as it takes the opener to find the set. */
START_TEST (opener_waits_for_a_slow_creator)
{
  const gint32 key = ipc_check_key ();
  const int id = ipc_check_raw_set (key, 1, 0600, FALSE);
  struct sembuf mark[] = { { 0, -1, 0 }, { 0, +1, 0 } };
  pid_t peer = ipc_check_fork (open_and_expect_seven, (gpointer) name_of_key (key));

  while (!is_napping (peer))
    sched_yield ();
  ipc_check_raw_setval (id, 0, 7);
  ck_assert_int_eq (semop (id, mark, 2), 0);
  ck_assert_int_eq (ipc_check_join (peer), 0);
}
END_TEST

static gpointer
cancel (gpointer cancellable)
{
  g_cancellable_cancel (cancellable);
  return NULL;
}

/* Before it is used as it stands. */
START_TEST (waiting_for_a_creator_can_be_cancelled)
{
  const gint32 key = ipc_check_key ();
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  GThread *thread;

  ipc_check_raw_set (key, 1, 0600, FALSE);
  thread = g_thread_new ("canceller", cancel, cancellable);
  ck_assert_ptr_null (ipc_semaphore_new_full (name_of_key (key), IPC_OPEN_EXISTING, NULL, 0, 0600, 0,
                                              cancellable, &error));
  ipc_check_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, NULL);
  g_thread_join (thread);
}
END_TEST

static void
expect_nothing (gpointer name)
{
  g_autoptr (GError) error = NULL;

  ck_assert_ptr_null (ipc_semaphore_open (name, 0, &error));
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_NOT_FOUND, name);
}

/* As nobody sees it half made, nobody sees it half gone. */
START_TEST (set_that_goes_while_it_is_opened_is_not_found)
{
  const gint32 key = ipc_check_key ();
  const int id = ipc_check_raw_set (key, 1, 0600, FALSE);
  pid_t peer = ipc_check_fork (expect_nothing, (gpointer) name_of_key (key));

  while (!is_napping (peer))
    sched_yield ();
  ck_assert_int_eq (semctl (id, 0, IPC_RMID), 0);
  ck_assert_int_eq (ipc_check_join (peer), 0);
}
END_TEST

static void
make_for_others_only (gpointer name)
{
  const guint value = 1;
  g_autoptr (GError) error = NULL;

  ck_assert_ptr_null (ipc_semaphore_new_full (name, IPC_OPEN_CREATE, &value, 1, 0066, 0, NULL,
                                              &error));
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_PERMISSION_DENIED, "let its owner read and write");
}

/* To give a set its first values is to use it. */
START_TEST (creator_must_let_itself_in)
{
  const char *name = ipc_check_semaphore_name (_i);

  ck_assert_int_eq (ipc_check_as_nobody (make_for_others_only, (gpointer) name), 0);
  ck_assert (!ipc_check_semaphore_exists (name));
}
END_TEST

/* -- By id -- */

START_TEST (id_opens_what_the_key_opens)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 4, 0);
  g_autoptr (IpcSemaphore) same = NULL;
  int id = -1, same_id = -1;

  ck_assert (ipc_semaphore_get_id (sem, &id));
  same = ipc_check_semaphore_open (name_of_id (id), 0);
  ck_assert (ipc_semaphore_get_id (same, &same_id));
  ck_assert_int_eq (id, same_id);
  ck_assert_uint_eq (ipc_check_value (same, 0), 4);
  ck_assert (ipc_semaphore_is_current (same));

  ck_assert (ipc_semaphore_unlink (same, NULL));
  ck_assert (!ipc_semaphore_is_current (same));
  ck_assert (!ipc_semaphore_is_current (sem));
}
END_TEST

/* IPC_PRIVATE: no key leads to it. */
START_TEST (id_opens_a_private_set)
{
  const int id = ipc_check_raw_set (IPC_PRIVATE, 1, 0600, TRUE);
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_open (name_of_id (id), 0);
  g_autoptr (GError) error = NULL;

  ck_assert (ipc_semaphore_is_current (sem));
  ipc_check_ok (ipc_semaphore_unlink_name (name_of_id (id), &error), error);
  ck_assert (!ipc_semaphore_is_current (sem));
}
END_TEST

START_TEST (id_of_nothing_is_not_found)
{
  const int id = ipc_check_raw_set (IPC_PRIVATE, 1, 0600, TRUE);
  const char *name = name_of_id (id);
  g_autoptr (GError) error = NULL;

  ck_assert_int_eq (semctl (id, 0, IPC_RMID), 0);
  ck_assert_ptr_null (ipc_semaphore_open (name, 0, &error));
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_NOT_FOUND, name);
  g_clear_error (&error);
  ck_assert (!ipc_semaphore_unlink_name (name, &error));
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_NOT_FOUND, name);
}
END_TEST

START_TEST (id_cannot_be_made)
{
  static const IpcOpenMode modes[] = { IPC_OPEN_CREATE, IPC_OPEN_REPLACE };
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 4, 0);
  const guint value = 1;
  int id = -1;

  ck_assert (ipc_semaphore_get_id (sem, &id));
  for (gsize i = 0; i < G_N_ELEMENTS (modes); i++)
    {
      g_autoptr (GError) error = NULL;

      ck_assert_ptr_null (ipc_semaphore_new_full (name_of_id (id), modes[i], &value, 1, 0600, 0, NULL,
                                                  &error));
      ipc_check_error (error, IPC_ERROR, IPC_ERROR_INVALID_ARGUMENT, "id names what exists|key");
    }
  ck_assert (ipc_semaphore_is_current (sem));
}
END_TEST

/* -- Limits -- */

static guint
limit (int which)
{
  guint values[4] = { 0 };
  FILE *file = fopen ("/proc/sys/kernel/sem", "re");

  ck_assert_ptr_nonnull (file);
  ck_assert_int_eq (fscanf (file, "%u %u %u %u", &values[0], &values[1], &values[2], &values[3]), 4);
  fclose (file);
  return values[which];
}

enum { SEMMSL_LIMIT, SEMMNS_LIMIT, SEMOPM_LIMIT, SEMMNI_LIMIT };

START_TEST (steps_at_once_have_a_limit)
{
  const guint most = limit (SEMOPM_LIMIT);
  g_autofree IpcSemaphoreOp *ops = g_new0 (IpcSemaphoreOp, most + 1);
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 0, 0);
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i <= most; i++)
    ops[i].delta = i % 2 == 0 ? +2 : -1;
  ipc_check_ok (ipc_semaphore_operate (sem, ops, most, -1, NULL, &error), error);
  ck_assert_uint_eq (ipc_check_value (sem, 0), most / 2 + 2 * (most % 2));
  ck_assert (!ipc_semaphore_operate (sem, ops, most + 1, -1, NULL, &error));
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_INVALID_ARGUMENT, "semop|SEMOPM|/proc/sys/kernel/sem");
}
END_TEST

/* In a namespace of its own, so that nobody else goes without. */
static void
use_up_all_sets (gpointer data G_GNUC_UNUSED)
{
  const char *name = "sysv:0x12334";
  g_autoptr (IpcSemaphore) sem = NULL;
  g_autoptr (GError) error = NULL;
  int last = -1, id;

  while ((id = semget (IPC_PRIVATE, 1, 0600)) >= 0)
    last = id;
  ck_assert_ptr_null (ipc_semaphore_create (name, 1, 0, &error));
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_NO_SPACE,
                   "semget \"sysv:0x12334\": No space left|SEMMNI|/proc/sys/kernel/sem|ipcrm|fourth");
  g_clear_error (&error);

  ck_assert_int_eq (semctl (last, 0, IPC_RMID), 0);
  sem = ipc_semaphore_create (name, 1, 0, &error);
  ipc_check_ok (sem != NULL, error);
}

START_TEST (sets_that_are_used_up_name_the_limit)
{
  ck_assert_int_eq (ipc_check_in_namespaces (CLONE_NEWIPC, 0, use_up_all_sets, NULL), 0);
}
END_TEST

START_TEST (set_above_the_limit_names_it)
{
  const guint n = limit (SEMMSL_LIMIT) + 1;
  g_autofree guint *values = g_new0 (guint, n);
  const char *name = ipc_check_semaphore_name (_i);
  g_autoptr (GError) error = NULL;

  ck_assert_ptr_null (ipc_semaphore_new_full (name, IPC_OPEN_CREATE, values, n, 0600, 0, NULL,
                                              &error));
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_INVALID_ARGUMENT, n > 65535 ? "at most" : "SEMMSL");
  ck_assert (!ipc_check_semaphore_exists (name));
}
END_TEST

/* -- Namespaces -- */

/* The same key there means something else, and what was opened here is out of reach. */
START_TEST (other_namespace_has_other_sets)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 1, 0);

  ck_assert_int_eq (ipc_check_in_namespaces (CLONE_NEWIPC, 0, expect_nothing,
                                             ipc_check_name_of (sem)), 0);
  ck_assert (ipc_semaphore_is_current (sem));
}
END_TEST

/* -- What the manual says of SEM_UNDO -- */

static void
post_and_go (gpointer name)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_open (name, IPC_SEMAPHORE_UNDO);

  ck_assert (ipc_semaphore_post (sem, NULL));
}

START_TEST (what_was_given_under_undo_is_taken_back)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 3, IPC_SEMAPHORE_FLAGS_NONE);
  gpointer name = ipc_check_name_of (sem);

  ck_assert_int_eq (ipc_check_join (ipc_check_fork (post_and_go, name)), 0);
  ck_assert_uint_eq (ipc_check_value (sem, 0), 3);
}
END_TEST

START_TEST (value_is_not_set_under_undo)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 3, IPC_SEMAPHORE_UNDO);
  g_autoptr (GError) error = NULL;

  ck_assert (!ipc_semaphore_set_value (sem, 0, 1, &error));
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_NOT_SUPPORTED, "SETVAL|UNDO");
  ck_assert_uint_eq (ipc_check_value (sem, 0), 3);
}
END_TEST

static void
add_tests (Suite *suite)
{
  TCase *tcase = ipc_check_tcase (suite, "semaphore-sysv");
  const TTest *all[] = {
    set_without_a_mark_is_used_as_it_stands, set_with_a_mark_is_used_at_once,
    opener_waits_for_a_slow_creator, waiting_for_a_creator_can_be_cancelled,
    set_that_goes_while_it_is_opened_is_not_found, creator_must_let_itself_in,
    id_opens_what_the_key_opens, id_opens_a_private_set, id_of_nothing_is_not_found,
    id_cannot_be_made, steps_at_once_have_a_limit, set_above_the_limit_names_it,
    what_was_given_under_undo_is_taken_back, value_is_not_set_under_undo,
  };

  for (gsize i = 0; i < G_N_ELEMENTS (all); i++)
    ipc_check_add_semaphore_test (tcase, all[i], IPC_CHECK_SYSTEM_V, 0);
  if (ipc_check_needs_namespaces ("System V sets of another namespace"))
    {
      ipc_check_add_semaphore_test (tcase, sets_that_are_used_up_name_the_limit,
                                    IPC_CHECK_SYSTEM_V, 0);
      ipc_check_add_semaphore_test (tcase, other_namespace_has_other_sets, IPC_CHECK_SYSTEM_V, 0);
    }
}

int
main (void)
{
  return ipc_check_main ("semaphore-sysv", add_tests);
}
