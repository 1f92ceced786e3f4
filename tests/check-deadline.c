/* check-deadline.c: points in time, and slices of a wait
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ipc-check.h"
#include "ipc-deadline-private.h"

#include <ipc/ipc-error.h>

#define A_DAY (G_GINT64_CONSTANT (24) * 60 * 60 * G_USEC_PER_SEC)

START_TEST (deadline_is_so_far_from_now)
{
  static const gint64 timeouts[] = { 0, 1, 1000, G_USEC_PER_SEC, A_DAY, 1000000 * A_DAY };

  for (gsize i = 0; i < G_N_ELEMENTS (timeouts); i++)
    {
      const gint64 before = g_get_monotonic_time ();
      const gint64 deadline = ipc_deadline_after (timeouts[i]);

      ck_assert_int_ge (deadline, before + timeouts[i]);
      ck_assert_int_le (deadline, g_get_monotonic_time () + timeouts[i]);
    }
}
END_TEST

START_TEST (negative_is_never)
{
  ck_assert_int_eq (ipc_deadline_after (-1), IPC_DEADLINE_NEVER);
  ck_assert_int_eq (ipc_deadline_after (G_MININT64), IPC_DEADLINE_NEVER);
}
END_TEST

/* Who computes with a deadline adds what has passed meanwhile. */
START_TEST (deadline_leaves_room_to_add)
{
  for (gint64 less = 0; less < A_DAY; less = 2 * less + 1)
    {
      const gint64 deadline = ipc_deadline_after (G_MAXINT64 - g_get_monotonic_time () - less);

      ck_assert (deadline == IPC_DEADLINE_NEVER || deadline < G_MAXINT64 - A_DAY);
    }
  ck_assert_int_eq (ipc_deadline_after (G_MAXINT64), IPC_DEADLINE_NEVER);
}
END_TEST

static IpcWait
wait_until (gint64 deadline, GCancellable *cancellable, const int *closed)
{
  return (IpcWait) { deadline, cancellable, closed, "ipc_semaphore_wait", "sysv:1" };
}

START_TEST (sleep_lasts_until_the_deadline)
{
  const IpcWait never = wait_until (IPC_DEADLINE_NEVER, NULL, NULL);
  const IpcWait past = wait_until (g_get_monotonic_time () - 1, NULL, NULL);
  const IpcWait day = wait_until (ipc_deadline_after (A_DAY), NULL, NULL);
  const IpcWait far_away = wait_until (IPC_DEADLINE_NEVER - 1, NULL, NULL);

  ck_assert_int_eq (ipc_wait_next_sleep (&never), -1);
  ck_assert_int_eq (ipc_wait_next_sleep (&past), 0);
  ck_assert_int_gt (ipc_wait_next_sleep (&day), A_DAY / 2);
  ck_assert_int_le (ipc_wait_next_sleep (&day), A_DAY);

  /* Even where a time_t has 32 bits. */
  ck_assert_int_gt (ipc_wait_next_sleep (&far_away), A_DAY);
  ck_assert_int_le (g_get_monotonic_time () + ipc_wait_next_sleep (&far_away),
                    G_MAXINT32 * (gint64) G_USEC_PER_SEC);
}
END_TEST

/* The clock runs on while the time left is computed: what has just passed is not for ever. */
START_TEST (sleep_ends_when_the_deadline_just_passes)
{
  gint64 least = G_MAXINT64;

  for (int i = 0; i < 200000; i++)
    {
      const IpcWait wait = wait_until (g_get_monotonic_time () + i % 4, NULL, NULL);
      const gint64 sleep_us = ipc_wait_next_sleep (&wait);

      least = MIN (least, sleep_us);
    }
  ck_assert_int_ge (least, 0);
}
END_TEST

START_TEST (sleep_is_short_when_others_may_end_it)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  const int closed = 0;
  const IpcWait waits[] = {
    wait_until (IPC_DEADLINE_NEVER, cancellable, NULL), wait_until (IPC_DEADLINE_NEVER, NULL, &closed),
    wait_until (ipc_deadline_after (A_DAY), cancellable, &closed),
  };
  const IpcWait soon = wait_until (ipc_deadline_after (1000), cancellable, &closed);

  for (gsize i = 0; i < G_N_ELEMENTS (waits); i++)
    ck_assert_int_eq (ipc_wait_next_sleep (&waits[i]), IPC_SLICE_US);
  ck_assert_int_le (ipc_wait_next_sleep (&soon), 1000);
  ck_assert_int_lt (IPC_SLICE_US, 50 * 1000);
}
END_TEST

static void
check_over (IpcWait wait, GQuark domain, int code, const char *words)
{
  g_autoptr (GError) error = NULL;

  ck_assert (!ipc_wait_goes_on (&wait, &error));
  ipc_check_error (error, domain, code, words);
}

START_TEST (wait_goes_on_until_something_ends_it)
{
  g_autoptr (GCancellable) cancelled = g_cancellable_new ();
  g_autoptr (GCancellable) other = g_cancellable_new ();
  const gint64 past = g_get_monotonic_time ();
  const int open = 0, closed = 1;
  const IpcWait goes_on = wait_until (ipc_deadline_after (A_DAY), other, &open);
  const IpcWait for_ever = wait_until (IPC_DEADLINE_NEVER, NULL, NULL);
  g_autoptr (GError) error = NULL;

  g_cancellable_cancel (cancelled);
  ipc_check_ok (ipc_wait_goes_on (&goes_on, &error), error);
  ipc_check_ok (ipc_wait_goes_on (&for_ever, &error), error);
  check_over (wait_until (past, cancelled, &closed), IPC_ERROR, IPC_ERROR_CLOSED,
              "ipc_semaphore_wait \"sysv:1\"|closed");
  check_over (wait_until (past, cancelled, &open), G_IO_ERROR, G_IO_ERROR_CANCELLED, NULL);
  check_over (wait_until (past, other, &open), IPC_ERROR, IPC_ERROR_TIMED_OUT, "not in time");
}
END_TEST

START_TEST (patience_with_a_creator_ends)
{
  g_autoptr (GCancellable) cancelled = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  ck_assert (ipc_wait_for_creator (ipc_deadline_after (A_DAY), NULL, &error));
  ck_assert (!ipc_wait_for_creator (g_get_monotonic_time (), NULL, &error));
  ck_assert_ptr_null (error);
  g_cancellable_cancel (cancelled);
  ck_assert (!ipc_wait_for_creator (ipc_deadline_after (A_DAY), cancelled, &error));
  ipc_check_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, NULL);
}
END_TEST

static void
add_tests (Suite *suite)
{
  TCase *tcase = ipc_check_tcase (suite, "deadline");

  tcase_add_test (tcase, deadline_is_so_far_from_now);
  tcase_add_test (tcase, negative_is_never);
  tcase_add_test (tcase, deadline_leaves_room_to_add);
  tcase_add_test (tcase, sleep_lasts_until_the_deadline);
  tcase_add_test (tcase, sleep_ends_when_the_deadline_just_passes);
  tcase_add_test (tcase, sleep_is_short_when_others_may_end_it);
  tcase_add_test (tcase, wait_goes_on_until_something_ends_it);
  tcase_add_test (tcase, patience_with_a_creator_ends);
}

int
main (void)
{
  return ipc_check_main ("deadline", add_tests);
}
