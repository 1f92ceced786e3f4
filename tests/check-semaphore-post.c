/* check-semaphore-post.c: giving a unit where little is allowed: in a signal handler, and beside
 * whoever takes it and removes the semaphore at once
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ipc-check-semaphore.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <unistd.h>

/* -- P22: in a signal handler -- */

#define SIGNALS 500

/* What the handler gives to, one of which has no room. */
static IpcSemaphore *handled, *full;
static int n_handled, n_refused;

static void
post_in_handler (int number G_GNUC_UNUSED)
{
  const int saved = errno;

  n_handled += ipc_semaphore_post (handled, NULL);
  n_refused += !ipc_semaphore_post (full, NULL);
  errno = saved;
}

static void
interrupt_for_ever (gpointer pid)
{
  for (;;)
    {
      kill (*(pid_t *) pid, SIGUSR1);
      sched_yield ();
    }
}

static void
block_handler (int how)
{
  sigset_t set;

  sigemptyset (&set);
  sigaddset (&set, SIGUSR1);
  ck_assert_int_eq (sigprocmask (how, &set, NULL), 0);
}

/* What the handler may come upon: memory being allocated, an error being made, a wait, a post on the
 * same semaphore.  How many units are left. */
static int
take_and_give (void)
{
  g_autofree char *text = g_strdup_printf ("%d", n_handled);
  g_autoptr (GError) none = NULL;
  g_autoptr (GError) error = NULL;

  ck_assert (!ipc_semaphore_post (full, &none));
  ipc_check_ok (ipc_semaphore_wait (handled, IPC_CHECK_LONG, NULL, &error), error);
  if (n_handled % 2 == 0)
    return -1;
  ipc_check_ok (ipc_semaphore_post (handled, &error), error);
  return 0;
}

START_TEST (signal_handler_may_post)
{
  const struct sigaction action = { .sa_handler = post_in_handler };
  pid_t self = getpid (), peer;
  int sum = 0;

  handled = ipc_check_semaphore_new (_i, 0, IPC_SEMAPHORE_FLAGS_NONE);
  full = ipc_check_semaphore_new (_i, ipc_semaphore_get_max_value (handled),
                                  IPC_SEMAPHORE_FLAGS_NONE);
  ck_assert_int_eq (sigaction (SIGUSR1, &action, NULL), 0);
  peer = ipc_check_fork (interrupt_for_ever, &self);
  while (n_handled < SIGNALS)
    sum += take_and_give ();
  block_handler (SIG_BLOCK);
  ipc_check_kill (peer);

  ck_assert_int_eq (n_refused, n_handled);
  ck_assert_int_eq ((int) ipc_check_value (handled, 0), n_handled + sum);
  ck_assert_uint_eq (ipc_check_value (full, 0), ipc_semaphore_get_max_value (full));
  g_clear_object (&handled);
  g_clear_object (&full);
}
END_TEST

/* -- P23: the unit is hardly given, and the semaphore is gone -- */

#define ROUNDS 100

static gpointer
post_and_drop (gpointer data)
{
  g_autoptr (IpcSemaphore) sem = data;
  g_autoptr (GError) error = NULL;

  ipc_check_ok (ipc_semaphore_post (sem, &error), error);
  return NULL;
}

static void
take_and_remove (IpcSemaphore *sem)
{
  g_autoptr (GError) error = NULL;

  ipc_check_ok (ipc_semaphore_wait (sem, IPC_CHECK_LONG, NULL, &error), error);
  ipc_check_ok (ipc_semaphore_unlink (sem, &error), error);
  g_object_unref (sem);
}

/* With the last object in this process its memory goes, too. */
START_TEST (thread_may_remove_what_was_just_posted)
{
  for (int round = 0; round < ROUNDS; round++)
    {
      IpcSemaphore *sem = ipc_check_semaphore_new (_i, 0, IPC_SEMAPHORE_FLAGS_NONE);
      IpcSemaphore *same = ipc_check_semaphore_open (ipc_semaphore_get_name (sem), 0);
      GThread *poster = g_thread_new ("poster", post_and_drop, same);

      take_and_remove (sem);
      g_thread_join (poster);
    }
}
END_TEST

/* A pair of names; a peer posts the one when the other was posted. */
typedef struct
{
  const char *ready, *done;
} Pair;

static void
post_again_and_again (gpointer data)
{
  const Pair *pair = data;
  g_autoptr (IpcSemaphore) ready = ipc_check_semaphore_open (pair->ready, 0);

  for (int round = 0; round < ROUNDS; round++)
    {
      g_autoptr (GError) error = NULL;

      ipc_check_ok (ipc_semaphore_wait (ready, IPC_CHECK_LONG, NULL, &error), error);
      post_and_drop (ipc_check_semaphore_open (pair->done, 0));
    }
}

START_TEST (process_may_remove_what_was_just_posted)
{
  g_autoptr (IpcSemaphore) ready = ipc_check_semaphore_new (_i, 0, IPC_SEMAPHORE_FLAGS_NONE);
  const Pair pair = { ipc_check_name_of (ready), ipc_check_semaphore_name (_i) };
  const pid_t peer = ipc_check_fork (post_again_and_again, (gpointer) &pair);

  for (int round = 0; round < ROUNDS; round++)
    {
      g_autoptr (GError) error = NULL;
      IpcSemaphore *done = ipc_semaphore_create (pair.done, 0, IPC_SEMAPHORE_FLAGS_NONE, &error);

      ipc_check_ok (done != NULL, error);
      ipc_check_ok (ipc_semaphore_post (ready, &error), error);
      take_and_remove (done);
    }
  ck_assert_int_eq (ipc_check_join (peer), 0);
}
END_TEST

static void
add_tests (Suite *suite)
{
  TCase *tcase = ipc_check_tcase (suite, "semaphore-post");

  ipc_check_add_semaphore_test (tcase, signal_handler_may_post, IPC_CHECK_GET_VALUE, 0);
  ipc_check_add_semaphore_test (tcase, thread_may_remove_what_was_just_posted, IPC_CHECK_NOTHING, 0);
  ipc_check_add_semaphore_test (tcase, process_may_remove_what_was_just_posted, IPC_CHECK_NOTHING,
                                0);
}

int
main (void)
{
  return ipc_check_main ("semaphore-post", add_tests);
}
