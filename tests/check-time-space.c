/* check-time-space.c: semaphores of peers whose clocks are not those of the others
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ipc-check-async.h"
#include "ipc-check-space.h"

#include <signal.h>
#include <time.h>

/* P13, P17: a time namespace has a monotonic clock of its own, far ahead of that of others or behind
 * it.  P18: and one that also counts while the machine sleeps; between the two there are decades, as
 * after a long sleep, and no wait may take one for the other. */

#define WAIT_US 60000
#define LATE_US (20 * G_USEC_PER_SEC) /* a slow machine, and no decades */

typedef struct
{
  guint           backend;
  guint           clocks;
  gint64          mine_s[2]; /* the clocks of who starts the peers */
  IpcCheckHolder *holder;
  pid_t           pid; /* of the holder, if it was started before the clocks were set */
} Scene;

/* Once with each setting. */
static void
play (guint backend, void (*act) (gpointer scene))
{
  for (guint n = 0; n < IPC_CHECK_N_CLOCKS; n++)
    {
      Scene scene = { .backend = backend, .clocks = n };

      ck_assert_int_eq (ipc_check_with_clocks (n, act, &scene), 0);
    }
}

/* -- The clocks -- */

static gint64
seconds_of (clockid_t clock)
{
  struct timespec now;

  ck_assert_int_eq (clock_gettime (clock, &now), 0);
  return now.tv_sec;
}

static void
look_at_clocks (gpointer data)
{
  const Scene *self = data;
  const IpcCheckClocks ahead = ipc_check_clocks (self->clocks);
  const gint64 monotonic = seconds_of (CLOCK_MONOTONIC), boottime = seconds_of (CLOCK_BOOTTIME);

  ck_assert_int_ge (monotonic, 0);
  if (ahead.monotonic_s > 0)
    ck_assert_int_ge (monotonic - self->mine_s[0], ahead.monotonic_s);
  if (ahead.boottime_s > 0)
    ck_assert_int_ge (boottime - self->mine_s[1], ahead.boottime_s);
  ck_assert_int_gt (ABS (monotonic - boottime), LATE_US / G_USEC_PER_SEC);
}

static void
show_clocks (gpointer data)
{
  Scene *self = data;

  self->mine_s[0] = seconds_of (CLOCK_MONOTONIC);
  self->mine_s[1] = seconds_of (CLOCK_BOOTTIME);
  ck_assert_int_eq (ipc_check_join (ipc_check_fork (look_at_clocks, self)), 0);
}

START_TEST (peers_have_clocks_of_their_own)
{
  play (0, show_clocks);
}
END_TEST

/* -- How long a wait lasts -- */

static void
check_took (const char *kind, gint64 began)
{
  const gint64 took = g_get_monotonic_time () - began;

  ck_assert_msg (took >= WAIT_US && took < LATE_US, "%s: it took %" G_GINT64_FORMAT " us", kind,
                 took);
}

static void
wait_in_vain (gpointer data)
{
  const Scene *self = data;

  ipc_check_each_wait (self->backend, WAIT_US, check_took);
}

static void
start_wait (gpointer data)
{
  ck_assert_int_eq (ipc_check_join (ipc_check_fork (wait_in_vain, data)), 0);
}

START_TEST (waits_last_as_long_as_asked_by_any_clock)
{
  play (_i, start_wait);
}
END_TEST

/* -- Peers meet -- */

static void
wait_in_a_main_loop (gpointer name)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_open (name, IPC_SEMAPHORE_FLAGS_NONE);
  g_auto (IpcCheckAsync) wait = { 0 };

  ipc_check_async_wait (&wait, sem, IPC_CHECK_LONG, NULL);
  ipc_check_async_done (&wait);
}

/* Who waits there gets what is given here, and the other way round. */
static void
meet (gpointer data)
{
  static void (*const waits[]) (gpointer name) = { ipc_check_peer_wait, wait_in_a_main_loop };
  const Scene *self = data;
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (self->backend, 0, 0);
  gpointer name = ipc_check_name_of (sem);
  g_autoptr (GError) error = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (waits); i++)
    {
      pid_t pid = ipc_check_fork (waits[i], name);

      ck_assert (ipc_check_blocked (pid));
      ipc_check_post (sem);
      ck_assert_int_eq (ipc_check_join (pid), 0);
    }

  ck_assert_int_eq (ipc_check_join (ipc_check_fork (ipc_check_peer_post, name)), 0);
  ipc_check_ok (ipc_semaphore_wait (sem, IPC_CHECK_LONG, NULL, &error), error);
  ipc_check_is_held (sem);
}

START_TEST (peers_with_other_clocks_meet)
{
  play (_i, meet);
}
END_TEST

/* -- Holders that die -- */

/* With a lane of our own, or what waits would take that of the dead. */
static void
kill_there (gpointer data)
{
  const Scene *self = data;
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (self->backend, 1, IPC_SEMAPHORE_UNDO);
  IpcCheckHolder *holder = ipc_check_holder_new (sem);
  pid_t pid = ipc_check_fork (ipc_check_peer_hold, holder);

  ipc_check_gate_pass (holder->holds);
  ipc_check_is_held (sem);
  ipc_check_kill (pid);
  ipc_check_comes_back (sem);
}

START_TEST (holder_with_other_clocks_is_recovered)
{
  play (_i, kill_there);
}
END_TEST

/* Of two that sleep there, one looks after the dead, and is killed as well. */
static void
kill_here (gpointer data)
{
  const Scene *self = data;
  pid_t pids[2];

  for (gsize i = 0; i < G_N_ELEMENTS (pids); i++)
    {
      pids[i] = ipc_check_fork (ipc_check_peer_wait, (gpointer) self->holder->name);
      ck_assert (ipc_check_blocked (pids[i]));
    }
  ipc_check_kill (pids[0]);
  ck_assert_int_eq (kill (self->pid, SIGKILL), 0);
  ck_assert_int_eq (ipc_check_join (pids[1]), 0);
}

START_TEST (sleeper_with_other_clocks_recovers)
{
  for (guint n = 0; n < IPC_CHECK_N_CLOCKS; n++)
    {
      g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 1, 0);
      Scene scene = { .backend = _i, .holder = ipc_check_holder_new (sem) };

      scene.pid = ipc_check_fork (ipc_check_peer_hold, scene.holder);
      ipc_check_gate_pass (scene.holder->holds);
      ck_assert_int_eq (ipc_check_with_clocks (n, kill_here, &scene), 0);
      ck_assert_int_eq (ipc_check_join (scene.pid), IPC_CHECK_STATUS_KILLED);
      ipc_check_is_held (sem);
    }
}
END_TEST

/* -- Since when -- */

/* All of it is the time of day, which is the same for all. */
static void
check_times (IpcInfo *info, gint64 began)
{
  const gint64 times[] = {
    ipc_info_get_change_time (info), ipc_info_get_use_time (info),
    ipc_info_get_attach_time (info), ipc_info_get_detach_time (info),
    ipc_info_get_holder_since (info, 0), ipc_info_get_recovered_time (info),
  };
  const gint64 now = g_get_real_time ();
  guint n_told = 0;

  for (gsize i = 0; i < G_N_ELEMENTS (times); i++)
    if (times[i] >= 0)
      {
        ck_assert_int_ge (times[i], began - 2 * G_USEC_PER_SEC); /* whole ones, of a coarse clock */
        ck_assert_int_le (times[i], now + G_USEC_PER_SEC);
        n_told++;
      }
  ck_assert_uint_gt (n_told, 0);
}

static void
use_semaphore (gpointer data)
{
  const Scene *self = data;
  const IpcSemaphoreFlags flags = ipc_check_semaphore_has (self->backend, IPC_CHECK_UNDO)
                                      ? IPC_SEMAPHORE_UNDO
                                      : IPC_SEMAPHORE_FLAGS_NONE;

  ipc_check_keep (ipc_check_take (self->holder->name, flags));
  ipc_check_gate_open (self->holder->holds);
  ipc_check_gate_pass (self->holder->ends);
}

static void
tell_since_when (gpointer data)
{
  Scene *self = data;
  const gint64 began = g_get_real_time ();
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (self->backend, 1, 0);
  g_autoptr (IpcInfo) held = NULL;
  g_autoptr (IpcInfo) freed = NULL;
  pid_t pid;

  self->holder = ipc_check_holder_new (sem);
  pid = ipc_check_fork (use_semaphore, self);
  ipc_check_gate_pass (self->holder->holds);
  held = ipc_semaphore_get_info (sem, 0, NULL);
  check_times (held, began);
  if (ipc_check_semaphore_backend (self->backend) == IPC_BACKEND_NATIVE)
    ck_assert_int_ge (ipc_info_get_holder_since (held, 0), 0);

  ipc_check_kill (pid);
  freed = ipc_semaphore_get_info (sem, 0, NULL);
  check_times (freed, began);
  if (ipc_check_semaphore_backend (self->backend) == IPC_BACKEND_NATIVE)
    ck_assert_int_ge (ipc_info_get_recovered_time (freed), 0);
}

START_TEST (times_of_semaphores_are_those_of_the_day)
{
  play (_i, tell_since_when);
}
END_TEST

static void
make_and_tell (gpointer data)
{
  const Scene *self = data;
  const gint64 began = g_get_real_time ();
  g_autoptr (GError) error = NULL;
  g_autoptr (IpcSegment) segment = ipc_segment_create (ipc_check_segment_name (self->backend), 4096,
                                                       IPC_SEGMENT_FLAGS_NONE, &error);
  g_autoptr (IpcInfo) info = NULL;

  ipc_check_ok (segment != NULL, error);
  info = ipc_segment_get_info (segment, &error);
  ipc_check_ok (info != NULL, error);
  check_times (info, began);
}

static void
start_making (gpointer data)
{
  ck_assert_int_eq (ipc_check_join (ipc_check_fork (make_and_tell, data)), 0);
}

START_TEST (times_of_segments_are_those_of_the_day)
{
  play (_i, start_making);
}
END_TEST

static void
add_tests (Suite *suite)
{
  TCase *tcase = ipc_check_tcase (suite, "time-space");

  if (!ipc_check_needs_clocks ("peers with clocks of their own"))
    return;
  tcase_add_test (tcase, peers_have_clocks_of_their_own);
  ipc_check_add_semaphore_test (tcase, waits_last_as_long_as_asked_by_any_clock, 0, 0);
  ipc_check_add_semaphore_test (tcase, peers_with_other_clocks_meet, 0, 0);
  ipc_check_add_semaphore_test (tcase, holder_with_other_clocks_is_recovered, IPC_CHECK_UNDO, 0);
  ipc_check_add_semaphore_test (tcase, sleeper_with_other_clocks_recovers, IPC_CHECK_UNDO, 0);
  ipc_check_add_semaphore_test (tcase, times_of_semaphores_are_those_of_the_day, 0, 0);
  ipc_check_add_segment_test (tcase, times_of_segments_are_those_of_the_day, 0, 0);
}

int
main (void)
{
  return ipc_check_main ("time-space", add_tests);
}
