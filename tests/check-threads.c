/* check-threads.c: one semaphore object in several threads: closing, cancelling, all at once
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ipc-check-semaphore.h"

#include <unistd.h>

/* What is promised, and kept once in so many times even by a busy machine; what is always kept. */
#define PROMISED_US (50 * 1000)
#define TRIES 100
/* Of a busy machine; otherwise it would be for ever. */
#define BOUND_US (10 * G_USEC_PER_SEC)

/* -- A thread that waits -- */

typedef gboolean (*WaitFunc) (IpcSemaphore *sem, GCancellable *cancellable, GError **error);

typedef struct
{
  IpcSemaphore *sem;
  WaitFunc      wait;
  GCancellable *cancellable;
  IpcCheckGate *starts;
  GThread      *thread;
  pid_t         tid;
  gboolean      done;
  GError       *error;
  gint64        ended;
} Waiter;

static gboolean
wait_for_unit (IpcSemaphore *sem, GCancellable *cancellable, GError **error)
{
  return ipc_semaphore_wait (sem, -1, cancellable, error);
}

static gboolean
wait_for_step (IpcSemaphore *sem, GCancellable *cancellable, GError **error)
{
  const IpcSemaphoreOp take = { 0, -1 };

  return ipc_semaphore_operate (sem, &take, 1, IPC_CHECK_LONG, cancellable, error);
}

static gboolean
wait_for_zero (IpcSemaphore *sem, GCancellable *cancellable, GError **error)
{
  return ipc_semaphore_wait_zero (sem, -1, cancellable, error);
}

static gpointer
waiter_run (gpointer data)
{
  Waiter *self = data;

  self->tid = ipc_check_thread_id ();
  ipc_check_gate_open (self->starts);
  self->done = self->wait (self->sem, self->cancellable, &self->error);
  self->ended = g_get_monotonic_time ();
  return NULL;
}

static Waiter *
waiter_new (IpcSemaphore *sem, WaitFunc wait, GCancellable *cancellable)
{
  Waiter *self = g_new0 (Waiter, 1);

  self->sem = g_object_ref (sem);
  self->wait = wait;
  self->cancellable = cancellable;
  self->starts = ipc_check_gate_new ();
  self->thread = g_thread_new ("waiter", waiter_run, self);
  return self;
}

static void
waiter_blocks (Waiter *self)
{
  ipc_check_gate_pass (self->starts);
  ck_assert (ipc_check_blocked (self->tid));
}

static void
waiter_free (Waiter *self)
{
  if (self->thread != NULL)
    g_thread_join (self->thread);
  ipc_check_gate_free (self->starts);
  g_clear_error (&self->error);
  g_object_unref (self->sem);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Waiter, waiter_free)

/* It ends by this error; how long after @since. */
static gint64
waiter_fails (Waiter *self, GQuark domain, int code, gint64 since)
{
  g_thread_join (g_steal_pointer (&self->thread));
  ck_assert (!self->done);
  ipc_check_error (self->error, domain, code, NULL);
  ck_assert_int_lt (self->ended - since, BOUND_US);
  return self->ended - since;
}

/* -- Closing -- */

static gint64
close_ends (guint i, WaitFunc wait, guint value)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (i, value, IPC_SEMAPHORE_FLAGS_NONE);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (Waiter) plain = waiter_new (sem, wait, NULL);
  g_autoptr (Waiter) other = waiter_new (sem, wait, cancellable);
  gint64 start, took, other_took;

  waiter_blocks (plain);
  waiter_blocks (other);
  start = g_get_monotonic_time ();
  ck_assert (ipc_semaphore_close (sem, NULL));
  took = waiter_fails (plain, IPC_ERROR, IPC_ERROR_CLOSED, start);
  other_took = waiter_fails (other, IPC_ERROR, IPC_ERROR_CLOSED, start);
  return MAX (took, other_took);
}

static void
check_soon (gint64 (*ends) (guint i, WaitFunc wait, guint value), guint i, WaitFunc wait,
            guint value)
{
  gint64 took = G_MAXINT64;

  for (int n = 0; n < TRIES && took > PROMISED_US; n++)
    took = ends (i, wait, value);
  ck_assert_int_le (took, PROMISED_US);
}

START_TEST (close_ends_waits_of_other_threads)
{
  check_soon (close_ends, _i, wait_for_unit, 0);
  check_soon (close_ends, _i, wait_for_step, 0);
}
END_TEST

START_TEST (close_ends_waits_for_zero)
{
  check_soon (close_ends, _i, wait_for_zero, 1);
}
END_TEST

/* Another object of the same semaphore is not concerned. */
START_TEST (close_ends_no_wait_of_another_object)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 0, IPC_SEMAPHORE_FLAGS_NONE);
  g_autoptr (IpcSemaphore) other = ipc_check_semaphore_open (ipc_semaphore_get_name (sem), 0);
  g_autoptr (Waiter) closed = waiter_new (sem, wait_for_unit, NULL);
  g_autoptr (Waiter) open = waiter_new (other, wait_for_unit, NULL);

  waiter_blocks (closed);
  waiter_blocks (open);
  ck_assert (ipc_semaphore_close (sem, NULL));
  waiter_fails (closed, IPC_ERROR, IPC_ERROR_CLOSED, g_get_monotonic_time ());
  waiter_blocks (open);
  ck_assert (ipc_semaphore_post (other, NULL));
  g_thread_join (g_steal_pointer (&open->thread));
  ck_assert (open->done);
}
END_TEST

static gpointer
use_until_closed (gpointer data)
{
  IpcSemaphore *sem = data;
  g_autoptr (GError) error = NULL;

  while (ipc_semaphore_post (sem, &error) && ipc_semaphore_wait (sem, 1000, NULL, &error))
    {
      g_autoptr (IpcInfo) info = ipc_semaphore_get_info (sem, 0, NULL);
      guint value;

      ipc_semaphore_get_value (sem, 0, &value, NULL);
    }
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_CLOSED, NULL);
  g_object_unref (sem);
  return NULL;
}

#define N_THREADS 4

/* Whoever is inside a call gets out of it well; the last to leave frees the object. */
START_TEST (close_spares_who_is_inside)
{
  g_autoptr (IpcSemaphore) keeper = ipc_check_semaphore_new (_i, 1, IPC_SEMAPHORE_FLAGS_NONE);

  for (int round = 0; round < 30; round++)
    {
      IpcSemaphore *sem = ipc_check_semaphore_open (ipc_semaphore_get_name (keeper), 0);
      GThread *threads[N_THREADS];

      for (int i = 0; i < N_THREADS; i++)
        threads[i] = g_thread_new ("user", use_until_closed, g_object_ref (sem));
      g_thread_yield ();
      ck_assert (ipc_semaphore_close (sem, NULL));
      g_object_unref (sem);
      for (int i = 0; i < N_THREADS; i++)
        g_thread_join (threads[i]);
    }
}
END_TEST

/* -- Cancelling -- */

START_TEST (cancelled_call_takes_nothing)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 1, IPC_SEMAPHORE_FLAGS_NONE);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  static const WaitFunc waits[] = { wait_for_unit, wait_for_step };

  g_cancellable_cancel (cancellable);
  for (gsize i = 0; i < G_N_ELEMENTS (waits); i++)
    {
      g_autoptr (GError) error = NULL;

      ck_assert (!waits[i] (sem, cancellable, &error));
      ipc_check_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, NULL);
      ck_assert_uint_eq (ipc_check_value (sem, 0), 1);
    }
}
END_TEST

START_TEST (opening_can_be_cancelled)
{
  const char *name = ipc_check_semaphore_name (_i);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  const guint value = 1;

  g_cancellable_cancel (cancellable);
  ck_assert_ptr_null (ipc_semaphore_new_full (name, IPC_OPEN_CREATE, &value, 1, 0600, 0, cancellable,
                                              &error));
  ipc_check_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, NULL);
  ck_assert (!ipc_check_semaphore_exists (name));
}
END_TEST

static gint64
cancel_ends (guint i, WaitFunc wait, guint value)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (i, value, IPC_SEMAPHORE_FLAGS_NONE);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (Waiter) waiter = waiter_new (sem, wait, cancellable);
  gint64 start, took;

  waiter_blocks (waiter);
  start = g_get_monotonic_time ();
  g_cancellable_cancel (cancellable);
  took = waiter_fails (waiter, G_IO_ERROR, G_IO_ERROR_CANCELLED, start);
  ck_assert_uint_eq (ipc_check_value (sem, 0), value);
  return took;
}

START_TEST (cancelling_ends_a_wait_soon)
{
  check_soon (cancel_ends, _i, wait_for_unit, 0);
  check_soon (cancel_ends, _i, wait_for_step, 0);
}
END_TEST

START_TEST (cancelling_ends_a_wait_for_zero_soon)
{
  check_soon (cancel_ends, _i, wait_for_zero, 2);
}
END_TEST

START_TEST (cancelling_leaves_others_waiting)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 0, IPC_SEMAPHORE_FLAGS_NONE);
  g_autoptr (GCancellable) mine = g_cancellable_new ();
  g_autoptr (GCancellable) theirs = g_cancellable_new ();
  g_autoptr (Waiter) cancelled = waiter_new (sem, wait_for_unit, mine);
  g_autoptr (Waiter) other = waiter_new (sem, wait_for_unit, theirs);

  waiter_blocks (cancelled);
  waiter_blocks (other);
  g_cancellable_cancel (mine);
  waiter_fails (cancelled, G_IO_ERROR, G_IO_ERROR_CANCELLED, g_get_monotonic_time ());
  waiter_blocks (other);
  ck_assert (ipc_semaphore_post (sem, NULL));
  g_thread_join (g_steal_pointer (&other->thread));
  ck_assert (other->done);
}
END_TEST

/* A unit that comes just when the wait is cancelled is taken or stays; it does not vanish. */
START_TEST (cancelled_wait_swallows_no_unit)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 0, IPC_SEMAPHORE_FLAGS_NONE);

  for (int round = 0; round < 300; round++)
    {
      g_autoptr (GCancellable) cancellable = g_cancellable_new ();
      g_autoptr (Waiter) waiter = waiter_new (sem, wait_for_unit, cancellable);

      if (round % 2 == 0)
        g_cancellable_cancel (cancellable);
      ck_assert (ipc_semaphore_post (sem, NULL));
      if (round % 2 == 1)
        g_cancellable_cancel (cancellable);

      g_thread_join (g_steal_pointer (&waiter->thread));
      ck_assert_uint_eq (ipc_check_value (sem, 0), waiter->done ? 0 : 1);
      if (!waiter->done)
        ck_assert (ipc_semaphore_try_wait (sem, NULL));
    }
}
END_TEST

/* -- All at once -- */

#define N_UNITS 2
#define N_ROUNDS 3000

typedef struct
{
  IpcSemaphore *sem;
  int           inside;
  int           too_many;
} Room;

static gpointer
enter_and_leave (gpointer data)
{
  Room *room = data;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();

  for (int i = 0; i < N_ROUNDS; i++)
    {
      ck_assert (ipc_semaphore_wait (room->sem, -1, i % 2 == 0 ? cancellable : NULL, NULL));
      if (g_atomic_int_add (&room->inside, 1) >= N_UNITS)
        g_atomic_int_inc (&room->too_many);
      g_atomic_int_add (&room->inside, -1);
      ck_assert (ipc_semaphore_post (room->sem, NULL));
    }
  return NULL;
}

START_TEST (threads_share_one_object)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, N_UNITS, IPC_SEMAPHORE_FLAGS_NONE);
  Room room = { sem, 0, 0 };
  GThread *threads[N_THREADS];

  for (int i = 0; i < N_THREADS; i++)
    threads[i] = g_thread_new ("guest", enter_and_leave, &room);
  for (int i = 0; i < N_THREADS; i++)
    g_thread_join (threads[i]);
  ck_assert_int_eq (room.too_many, 0);
  ck_assert_uint_eq (ipc_check_value (sem, 0), N_UNITS);
}
END_TEST

static void
add_tests (Suite *suite)
{
  TCase *tcase = ipc_check_tcase (suite, "threads");
  const TTest *all[] = {
    close_ends_waits_of_other_threads, close_ends_no_wait_of_another_object,
    close_spares_who_is_inside, cancelled_call_takes_nothing, opening_can_be_cancelled,
    cancelling_ends_a_wait_soon, cancelling_leaves_others_waiting, cancelled_wait_swallows_no_unit,
    threads_share_one_object,
  };

  for (gsize i = 0; i < G_N_ELEMENTS (all); i++)
    ipc_check_add_semaphore_test (tcase, all[i], IPC_CHECK_GET_VALUE, 0);
  ipc_check_add_semaphore_test (tcase, close_ends_waits_for_zero, IPC_CHECK_WAIT_ZERO, 0);
  ipc_check_add_semaphore_test (tcase, cancelling_ends_a_wait_for_zero_soon, IPC_CHECK_WAIT_ZERO, 0);
}

int
main (void)
{
  return ipc_check_main ("threads", add_tests);
}
