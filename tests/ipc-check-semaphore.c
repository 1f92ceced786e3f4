/* ipc-check-semaphore.c: what the tests of semaphores share
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ipc-check-semaphore.h"

#include "ipc-check-private.h"

#include <stdlib.h>

#ifdef G_OS_UNIX
# include <signal.h>
# include <unistd.h>
#else
# include <windows.h>
#endif


IpcSemaphore *
ipc_check_semaphore_new (guint i, guint value, IpcSemaphoreFlags flags)
{
  return ipc_check_set_new (i, &value, 1, flags);
}

IpcSemaphore *
ipc_check_set_new (guint i, const guint *values, gsize n_values, IpcSemaphoreFlags flags)
{
  g_autoptr (GError) error = NULL;
  IpcSemaphore *self = ipc_semaphore_new_full (ipc_check_semaphore_name (i), IPC_OPEN_CREATE,
                                               values, n_values, 0600, flags, NULL, &error);

  ipc_check_ok (self != NULL, error);
  return self;
}

IpcSemaphore *
ipc_check_semaphore_open (const char *name, IpcSemaphoreFlags flags)
{
  g_autoptr (GError) error = NULL;
  IpcSemaphore *self = ipc_semaphore_open (name, flags, &error);

  ipc_check_ok (self != NULL, error);
  return self;
}

guint
ipc_check_value (IpcSemaphore *self, guint index)
{
  g_autoptr (GError) error = NULL;
  guint value = G_MAXUINT;

  ipc_check_ok (ipc_semaphore_get_value (self, index, &value, &error), error);
  return value;
}

void
ipc_check_values (IpcSemaphore *self, const guint *expected, guint n)
{
  for (guint i = 0; i < n; i++)
    ck_assert_uint_eq (ipc_check_value (self, i), expected[i]);
}

IpcInfo *
ipc_check_info (IpcSemaphore *self)
{
  g_autoptr (GError) error = NULL;
  IpcInfo *info = ipc_semaphore_get_info (self, 0, &error);

  ipc_check_ok (info != NULL, error);
  return info;
}

gboolean
ipc_check_semaphore_exists (const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (IpcSemaphore) self = ipc_semaphore_open (name, IPC_SEMAPHORE_ANY_OWNER, &error);

  if (self == NULL)
    ipc_check_error (error, IPC_ERROR, IPC_ERROR_NOT_FOUND, NULL);
  return self != NULL;
}

void
ipc_check_change (IpcSemaphore *self, int delta)
{
  const IpcSemaphoreOp op = { 0, delta };
  g_autoptr (GError) error = NULL;

  ipc_check_ok (ipc_semaphore_operate (self, &op, 1, 0, NULL, &error), error);
}

void
ipc_check_waiters (IpcSemaphore *sem, guint index, int waiters, int zero_waiters)
{
  const gint64 end = g_get_monotonic_time () + IPC_CHECK_LONG;

  for (;;)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (IpcInfo) info = ipc_semaphore_get_info (sem, index, &error);

      ipc_check_ok (info != NULL, error);
      if (ipc_info_get_waiters (info) == waiters
          && ipc_info_get_zero_waiters (info) == zero_waiters)
        return;
      ck_assert_msg (g_get_monotonic_time () < end, "%d and %d wait, and not %d and %d",
                     (int) ipc_info_get_waiters (info), (int) ipc_info_get_zero_waiters (info),
                     waiters, zero_waiters);
      g_thread_yield ();
    }
}

void
ipc_check_all_fail (IpcSemaphore *self, IpcError code, const char *words)
{
  const IpcSemaphoreOp give = { 0, +1 };
  GError *errors[8] = { NULL };
  guint value;

  ck_assert (!ipc_semaphore_post (self, &errors[0]));
  ck_assert (!ipc_semaphore_wait (self, -1, NULL, &errors[1]));
  ck_assert (!ipc_semaphore_try_wait (self, &errors[2]));
  ck_assert (!ipc_semaphore_wait_zero (self, -1, NULL, &errors[3]));
  ck_assert (!ipc_semaphore_operate (self, &give, 1, -1, NULL, &errors[4]));
  ck_assert (!ipc_semaphore_get_value (self, 0, &value, &errors[5]));
  ck_assert (!ipc_semaphore_set_value (self, 0, 1, &errors[6]));
  ck_assert_ptr_null (ipc_semaphore_get_info (self, 0, &errors[7]));

  for (gsize i = 0; i < G_N_ELEMENTS (errors); i++)
    {
      ipc_check_error (errors[i], IPC_ERROR, code, words);
      ipc_check_error (errors[i], IPC_ERROR, code, ipc_semaphore_get_name (self));
      g_clear_error (&errors[i]);
    }
}

void
ipc_check_add_backend_test (TCase *tcase, const TTest *test, IpcBackend backend)
{
  for (guint i = 0; i < ipc_check_n_semaphore_backends; i++)
    if (ipc_check_semaphore_backend (i) == backend)
      tcase_add_loop_test (tcase, test, (int) i, (int) i + 1);
}

/* -- Peers -- */

gpointer
ipc_check_name_of (IpcSemaphore *self)
{
  return (gpointer) ipc_check_intern (ipc_semaphore_get_name (self));
}

void
ipc_check_peer_post (gpointer name)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_open (name, IPC_SEMAPHORE_FLAGS_NONE);
  g_autoptr (GError) error = NULL;

  ipc_check_ok (ipc_semaphore_post (sem, &error), error);
}

void
ipc_check_peer_wait (gpointer name)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_open (name, IPC_SEMAPHORE_FLAGS_NONE);
  g_autoptr (GError) error = NULL;

  ipc_check_ok (ipc_semaphore_wait (sem, IPC_CHECK_LONG, NULL, &error), error);
}

void
ipc_check_peer_wait_zero (gpointer name)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_open (name, IPC_SEMAPHORE_FLAGS_NONE);
  g_autoptr (GError) error = NULL;

  ipc_check_ok (ipc_semaphore_wait_zero (sem, IPC_CHECK_LONG, NULL, &error), error);
}

void
ipc_check_peer_wait_removed (gpointer name)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_open (name, IPC_SEMAPHORE_FLAGS_NONE);
  g_autoptr (GError) error = NULL;

  ck_assert (!ipc_semaphore_wait (sem, IPC_CHECK_LONG, NULL, &error));
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_REMOVED, name);
}

/* -- Who holds units under UNDO -- */

IpcCheckHolder *
ipc_check_holder_new (IpcSemaphore *sem)
{
  IpcCheckHolder *self = ipc_check_shared (sizeof *self);

  self->name = ipc_check_name_of (sem);
  /* To a leak checker shared memory is no place from which something is reached. */
  self->holds = ipc_check_keep (ipc_check_gate_new ());
  self->ends = ipc_check_keep (ipc_check_gate_new ());
  self->other = ipc_check_shared (sizeof (pid_t));
  return self;
}

IpcSemaphore *
ipc_check_take (const char *name, IpcSemaphoreFlags flags)
{
  IpcSemaphore *sem = ipc_check_semaphore_open (name, flags);
  g_autoptr (GError) error = NULL;

  ipc_check_ok (ipc_semaphore_wait (sem, IPC_CHECK_LONG, NULL, &error), error);
  return sem;
}

#ifdef G_OS_UNIX

/* Not by the handlers of the test framework. */
static void
end_by (int number)
{
  if (number < 0)
    _exit (0);
  if (number != SIGKILL)
    signal (number, SIG_DFL);
  raise (number);
}

#else

static void
end_by (int number)
{
  if (number < 0)
    _exit (0);
  TerminateProcess (GetCurrentProcess (), IPC_CHECK_STATUS_KILLED);
}

#endif

void
ipc_check_peer_hold (gpointer holder)
{
  IpcCheckHolder *self = holder;
  g_autoptr (IpcSemaphore) sem G_GNUC_UNUSED = ipc_check_take (self->name, IPC_SEMAPHORE_UNDO);

  ipc_check_gate_open (self->holds);
  ipc_check_gate_pass (self->ends);
  if (self->signal != 0)
    end_by (self->signal);
}

void
ipc_check_is_held (IpcSemaphore *sem)
{
  g_autoptr (GError) error = NULL;

  ck_assert (!ipc_semaphore_try_wait (sem, &error));
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_WOULD_BLOCK, NULL);
}

void
ipc_check_comes_back (IpcSemaphore *sem)
{
  g_autoptr (GError) error = NULL;

  ipc_check_ok (ipc_semaphore_wait (sem, IPC_CHECK_LONG, NULL, &error), error);
  ipc_check_is_held (sem);
}

/* Another process comes and goes.  When its unit is back, so is what would have come before. */
void
ipc_check_stays_held (IpcSemaphore *sem)
{
  IpcCheckHolder *probe = ipc_check_holder_new (sem);
  g_autoptr (GError) error = NULL;
  pid_t pid;

  ipc_check_ok (ipc_semaphore_post (sem, &error), error);
  pid = ipc_check_fork (ipc_check_peer_hold, probe);
  ipc_check_gate_pass (probe->holds);
  ipc_check_kill (pid);
  ipc_check_comes_back (sem);
}

void
ipc_check_told (IpcSemaphore *sem, int value, guint n_holders, int recovered)
{
  g_autoptr (IpcInfo) info = ipc_check_info (sem);

  ck_assert_int_eq (ipc_info_get_value (info), value);
  ck_assert_uint_eq (ipc_info_get_n_holders (info), n_holders);
  ck_assert_int_eq (ipc_info_get_recovered_units (info), recovered);
}
