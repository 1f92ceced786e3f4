/* ipc-check-semaphore.c: what the tests of semaphores share
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ipc-check-semaphore.h"

#include <signal.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <unistd.h>

/* semctl(2): the caller must define it. */
union semun
{
  int              val;
  struct semid_ds *buf;
  unsigned short  *array;
};

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

/* -- Without the library -- */

int
ipc_check_raw_set (gint32 key, int n, int mode, gboolean settled)
{
  struct sembuf up_and_down[] = { { 0, +1, 0 }, { 0, -1, 0 } };
  int id = semget (key, n, IPC_CREAT | IPC_EXCL | mode);

  ck_assert_int_ge (id, 0);
  if (settled)
    ck_assert_int_eq (semop (id, up_and_down, 2), 0);
  return id;
}

int
ipc_check_raw_id (gint32 key)
{
  int id = semget (key, 0, 0);

  ck_assert_int_ge (id, 0);
  return id;
}

void
ipc_check_raw_setval (int id, int index, int value)
{
  ck_assert_int_eq (semctl (id, index, SETVAL, (union semun) { .val = value }), 0);
}

void
ipc_check_raw_stat (int id, struct semid_ds *ds)
{
  ck_assert_int_eq (semctl (id, 0, IPC_STAT, (union semun) { .buf = ds }), 0);
}

void
ipc_check_raw_chown (int id, guint uid)
{
  struct semid_ds ds;

  ipc_check_raw_stat (id, &ds);
  ds.sem_perm.uid = uid;
  ck_assert_int_eq (semctl (id, 0, IPC_SET, (union semun) { .buf = &ds }), 0);
}

/* -- Peers -- */

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

void
ipc_check_holder_init (IpcCheckHolder *self, IpcSemaphore *sem)
{
  self->name = ipc_semaphore_get_name (sem);
  self->holds = ipc_check_gate_new ();
  self->ends = ipc_check_gate_new ();
  self->signal = 0;
  self->other = ipc_check_shared (sizeof (pid_t));
}

void
ipc_check_holder_clear (IpcCheckHolder *self)
{
  ipc_check_gate_free (self->holds);
  ipc_check_gate_free (self->ends);
  munmap (self->other, sizeof (pid_t));
}

IpcSemaphore *
ipc_check_take (const char *name, IpcSemaphoreFlags flags)
{
  IpcSemaphore *sem = ipc_check_semaphore_open (name, flags);
  g_autoptr (GError) error = NULL;

  ipc_check_ok (ipc_semaphore_wait (sem, IPC_CHECK_LONG, NULL, &error), error);
  return sem;
}

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
  g_auto (IpcCheckHolder) probe = { 0 };
  g_autoptr (GError) error = NULL;
  pid_t pid;

  ipc_check_ok (ipc_semaphore_post (sem, &error), error);
  ipc_check_holder_init (&probe, sem);
  pid = ipc_check_fork (ipc_check_peer_hold, &probe);
  ipc_check_gate_pass (probe.holds);
  ipc_check_kill (pid);
  ipc_check_comes_back (sem);
}
