/* ipc-check-async.c: waits in a main loop, and what came of them
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ipc-check-async.h"

#include <stdlib.h>
#include <unistd.h>

#define SETTLE_US (50 * 1000)

static guint n_turns; /* atomic; of this process */

void
ipc_check_async_reset (void)
{
  g_atomic_int_set ((int *) &n_turns, 0);
}

typedef gboolean (*FinishFunc) (IpcSemaphore *sem, GAsyncResult *result, GError **error);

static void
on_over (GObject *source, GAsyncResult *result, gpointer data, FinishFunc finish)
{
  IpcCheckAsync *self = data;

  self->n_calls++;
  self->turn = (guint) g_atomic_int_add ((int *) &n_turns, 1) + 1;
  self->thread = g_thread_self ();
  self->ended = g_get_monotonic_time ();
  self->done = finish (IPC_SEMAPHORE (source), result, &self->error);
}

static void
on_waited (GObject *source, GAsyncResult *result, gpointer data)
{
  on_over (source, result, data, ipc_semaphore_wait_finish);
}

static void
on_operated (GObject *source, GAsyncResult *result, gpointer data)
{
  on_over (source, result, data, ipc_semaphore_operate_finish);
}

void
ipc_check_async_wait (IpcCheckAsync *self, IpcSemaphore *sem, gint64 timeout_us,
                      GCancellable *cancellable)
{
  const guint before = self->n_calls;

  ipc_semaphore_wait_async (sem, timeout_us, cancellable, on_waited, self);
  ck_assert_uint_eq (self->n_calls, before);
}

void
ipc_check_async_operate (IpcCheckAsync *self, IpcSemaphore *sem, const IpcSemaphoreOp *ops,
                         gsize n_ops, gint64 timeout_us)
{
  g_autofree IpcSemaphoreOp *copy = g_new (IpcSemaphoreOp, n_ops);
  const guint before = self->n_calls;

  for (gsize i = 0; i < n_ops; i++)
    copy[i] = ops[i];
  ipc_semaphore_operate_async (sem, copy, n_ops, timeout_us, NULL, on_operated, self);
  ck_assert_uint_eq (self->n_calls, before);

  /* The steps are copied: the caller may do with his what he likes. */
  for (gsize i = 0; i < n_ops; i++)
    copy[i] = (IpcSemaphoreOp){ G_MAXUINT, G_MAXINT };
}

void
ipc_check_async_begin (IpcCheckAsync *waits, guint n, IpcSemaphore *sem, GCancellable *cancellable)
{
  for (guint i = 0; i < n; i++)
    ipc_check_async_wait (&waits[i], sem, IPC_CHECK_LONG, cancellable);
}

void
ipc_check_async_clear (IpcCheckAsync *self)
{
  g_clear_error (&self->error);
}

void
ipc_check_async_join (IpcCheckAsync *self)
{
  g_autoptr (GMainContext) context = g_main_context_ref_thread_default ();

  while (self->n_calls == 0)
    g_main_context_iteration (context, TRUE);
  ck_assert_uint_eq (self->n_calls, 1);
}

void
ipc_check_async_done (IpcCheckAsync *self)
{
  ipc_check_async_join (self);
  ipc_check_ok (self->done, self->error);
}

void
ipc_check_async_fails (IpcCheckAsync *self, GQuark domain, int code, const char *words)
{
  ipc_check_async_join (self);
  ck_assert (!self->done);
  ipc_check_error (self->error, domain, code, words);
}

void
ipc_check_async_turns (guint n)
{
  g_autoptr (GMainContext) context = g_main_context_ref_thread_default ();

  while ((guint) g_atomic_int_get ((int *) &n_turns) < n)
    g_main_context_iteration (context, TRUE);
  ipc_check_async_settle ();
  ck_assert_uint_eq (n_turns, n);
}

void
ipc_check_async_pends (IpcCheckAsync *self)
{
  ipc_check_async_settle ();
  ck_assert_uint_eq (self->n_calls, 0);
}

void
ipc_check_post (IpcSemaphore *sem)
{
  g_autoptr (GError) error = NULL;

  ipc_check_ok (ipc_semaphore_post (sem, &error), error);
}

void
ipc_check_peer_posts (IpcSemaphore *sem)
{
  gpointer name = ipc_check_name_of (sem);

  ck_assert_int_eq (ipc_check_join (ipc_check_async_fork (ipc_check_peer_post, name)), 0);
}

#ifdef G_OS_UNIX

typedef struct
{
  void   (*child) (gpointer data);
  gpointer data;
} Child;

static void
run_and_leave (gpointer data)
{
  const Child *self = data;

  self->child (self->data);
  execlp ("true", "true", NULL);
  _exit (EXIT_FAILURE);
}

#else

/* Nothing of this process is in it. */
pid_t
ipc_check_async_fork (void (*child) (gpointer data), gpointer data)
{
  return ipc_check_fork (child, data);
}

#endif

/* -- Threads -- */

#ifdef G_OS_UNIX

/* Calls @found for each thread of this process whose name begins with @prefix. */
static guint
for_each_thread (const char *prefix, void (*found) (pid_t tid))
{
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/task", 0, NULL);
  const char *entry;
  guint n = 0;

  g_assert_true (dir != NULL);
  while ((entry = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_strconcat ("/proc/self/task/", entry, "/comm", NULL);
      g_autofree char *name = NULL;

      /* It may have ended meanwhile. */
      if (!g_file_get_contents (path, &name, NULL, NULL) || !g_str_has_prefix (name, prefix))
        continue;
      n++;
      if (found != NULL)
        found (atoi (entry));
    }
  return n;
}

guint
ipc_check_count_threads (const char *prefix)
{
  return for_each_thread (prefix, NULL);
}

/* By their state and not by their name, which a new thread does not have yet. */
static void
await_sleep (pid_t tid)
{
  if (tid != ipc_check_thread_id ())
    ipc_check_blocked (tid);
}

/* Who sleeps there holds no lock of GLib, of which a child would have a copy that nobody gives back. */
pid_t
ipc_check_async_fork (void (*child) (gpointer data), gpointer data)
{
  for_each_thread ("", await_sleep);
  return ipc_check_fork (run_and_leave, &(Child){ child, data });
}

void
ipc_check_async_settle (void)
{
  g_autoptr (GMainContext) context = g_main_context_ref_thread_default ();

  for_each_thread ("", await_sleep);
  while (g_main_context_iteration (context, FALSE))
    continue;
}

#else

guint
ipc_check_count_threads (const char *prefix G_GNUC_UNUSED)
{
  return 0;
}

/* Nobody can look at threads here: for a while nothing may have happened. */
void
ipc_check_async_settle (void)
{
  const gint64 end = g_get_monotonic_time () + SETTLE_US;
  g_autoptr (GMainContext) context = g_main_context_ref_thread_default ();

  while (g_get_monotonic_time () < end)
    if (!g_main_context_iteration (context, FALSE))
      g_thread_yield ();
}

#endif
