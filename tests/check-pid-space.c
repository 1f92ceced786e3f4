/* check-pid-space.c: semaphores and segments of peers that have process ids of their own
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ipc-check-semaphore.h"
#include "ipc-check-space.h"

#include <sched.h>
#include <unistd.h>

/* P13: PID namespaces of their own, /dev/shm and the IPC namespace in common, as in containers with
 * --ipc=host.  Who looks from outside sees who is inside, by another number.  Who looks from another
 * one sees nobody, and must not take that for a death. */

#define SIZE 4096

typedef struct
{
  void   (*act) (gpointer backend);
  gpointer backend;
} Act;

/* By _exit(2): what a sanitizer does at exit(3) needs a process, and there is none any more to be had
 * in a namespace whose first one has ended. */
static void
act_and_leave (gpointer data)
{
  const Act *self = data;

  self->act (self->backend);
  _exit (0);
}

/* The first process that @act starts has a PID namespace of its own. */
static int
in_scene (void (*act) (gpointer backend), guint backend)
{
  Act self = { act, GUINT_TO_POINTER (backend) };

  return ipc_check_in_namespaces (CLONE_NEWPID, 0, act_and_leave, &self);
}

static gboolean
is_native (guint i)
{
  return ipc_check_semaphore_backend (i) == IPC_BACKEND_NATIVE;
}

/* -- Peers meet -- */

static void
wake_first_process (gpointer backend)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (GPOINTER_TO_UINT (backend), 0, 0);
  pid_t pid = ipc_check_fork (ipc_check_peer_wait, ipc_check_name_of (sem));

  ck_assert (ipc_check_blocked (pid));
  ck_assert (ipc_semaphore_post (sem, NULL));
  ck_assert_int_eq (ipc_check_join (pid), 0);
}

START_TEST (peers_of_another_pid_namespace_meet)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 0, 0);
  gpointer name = ipc_check_name_of (sem);

  ck_assert_int_eq (in_scene (wake_first_process, _i), 0);
  ck_assert_int_eq (ipc_check_as_first_process (ipc_check_peer_post, name), 0);
  ipc_check_comes_back (sem);
}
END_TEST

/* -- Who dies there -- */

/* By the kernel's numbers the holder is one of ours, by its own it is 1. */
static void
check_holder (IpcSemaphore *sem, guint backend, pid_t pid)
{
  g_autoptr (IpcInfo) info = ipc_check_info (sem);
  gint64 holder = 0, units = 0;

  if (!is_native (backend))
    {
      ck_assert_int_eq (ipc_info_get_last_pid (info), pid);
      return;
    }
  ck_assert_uint_eq (ipc_info_get_n_holders (info), 1);
  ck_assert (ipc_info_get_holder (info, 0, &holder, &units));
  ck_assert_int_eq (holder, 1);
  ck_assert_int_eq (units, 1);
}

/* With a lane of our own, or what waits would take that of the dead. */
static void
kill_holder (gpointer data)
{
  const guint backend = GPOINTER_TO_UINT (data);
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (backend, 1, IPC_SEMAPHORE_UNDO);
  IpcCheckHolder *holder = ipc_check_holder_new (sem);
  pid_t pid = ipc_check_fork (ipc_check_peer_hold, holder);
  g_autoptr (IpcInfo) info = NULL;

  ipc_check_gate_pass (holder->holds);
  ipc_check_is_held (sem);
  check_holder (sem, backend, pid);
  ipc_check_kill (pid);
  ipc_check_comes_back (sem);
  info = ipc_check_info (sem);
  if (is_native (backend))
    ck_assert_int_eq (ipc_info_get_recovered_pid (info), 1);
}

START_TEST (units_of_another_pid_namespace_come_back)
{
  ck_assert_int_eq (in_scene (kill_holder, _i), 0);
}
END_TEST

static void
wait_as_first_process (gpointer name)
{
  _exit (ipc_check_as_first_process (ipc_check_peer_wait, name));
}

START_TEST (units_come_back_to_another_pid_namespace)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 1, 0);
  IpcCheckHolder *holder = ipc_check_holder_new (sem);
  pid_t pid = ipc_check_fork (ipc_check_peer_hold, holder), waiter;

  ipc_check_gate_pass (holder->holds);
  waiter = ipc_check_fork (wait_as_first_process, (gpointer) holder->name);
  ipc_check_waiters (sem, 0, 1, 0);
  ipc_check_kill (pid);
  ck_assert_int_eq (ipc_check_join (waiter), 0);
  ipc_check_is_held (sem);
}
END_TEST

static void
kill_waiter (gpointer backend)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (GPOINTER_TO_UINT (backend), 0, 0);
  pid_t pid = ipc_check_fork (ipc_check_peer_wait, ipc_check_name_of (sem));

  ipc_check_waiters (sem, 0, 1, 0);
  ipc_check_kill (pid);
  ipc_check_waiters (sem, 0, 0, 0);
}

START_TEST (waiter_of_another_pid_namespace_is_forgotten)
{
  ck_assert_int_eq (in_scene (kill_waiter, _i), 0);
}
END_TEST

/* -- What is told where the user is not visible -- */

/* The user of an object opens it, closes it and ends. */
typedef struct
{
  guint         backend;
  const char   *name;
  IpcKind       kind;
  IpcState      state; /* that must be told */
  IpcCheckGate *uses, *closes, *closed;
} Scene;

/* In memory that the peer sees. */
static Scene *
scene_new (guint backend, IpcKind kind)
{
  Scene *self = ipc_check_shared (sizeof *self);

  self->backend = backend;
  self->kind = kind;
  self->name = kind == IPC_KIND_SEGMENT ? ipc_check_segment_name (backend)
                                        : ipc_check_semaphore_name (backend);
  self->uses = ipc_check_keep (ipc_check_gate_new ());
  self->closes = ipc_check_keep (ipc_check_gate_new ());
  self->closed = ipc_check_keep (ipc_check_gate_new ());
  return self;
}

static void
use_object (gpointer data)
{
  const Scene *self = data;
  const gboolean segment = self->kind == IPC_KIND_SEGMENT;
  const IpcSemaphoreFlags undo = !segment && ipc_check_semaphore_has (self->backend, IPC_CHECK_UNDO)
                                     ? IPC_SEMAPHORE_UNDO
                                     : IPC_SEMAPHORE_FLAGS_NONE;
  g_autoptr (GError) error = NULL;
  GObject *object = segment ? (GObject *) ipc_segment_create (self->name, SIZE, 0, &error)
                            : (GObject *) ipc_semaphore_create (self->name, 1, undo, &error);

  ck_assert_int_eq (getpid (), 1);
  ipc_check_ok (object != NULL, error);
  if (!segment)
    ipc_check_ok (ipc_semaphore_try_wait ((IpcSemaphore *) object, &error), error);
  ipc_check_gate_open (self->uses);
  ipc_check_gate_pass (self->closes);
  g_object_unref (object);
  ipc_check_gate_open (self->closed);
  for (;;)
    pause ();
}

static void
use_as_first_process (gpointer scene)
{
  _exit (ipc_check_as_first_process (use_object, scene));
}

static IpcInfo *
listed (const Scene *self)
{
  g_autofree char *name = ipc_name_canonicalize (self->name, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) infos = ipc_info_list (ipc_name_get_backend (name, NULL), NULL, &error);

  ipc_check_ok (infos != NULL, error);
  for (guint i = 0; i < infos->len; i++)
    if (ipc_info_get_kind (infos->pdata[i]) == self->kind
        && g_str_equal (ipc_info_get_name (infos->pdata[i]), name))
      return ipc_info_ref (infos->pdata[i]);
  ck_abort_msg ("%s is not listed", name);
  return NULL;
}

/* No number is told but that of somebody: what the kernel cannot tell here is not known. */
static void
check_pids (const Scene *self, IpcInfo *info)
{
  const gboolean native = ipc_info_get_backend (info) == IPC_BACKEND_NATIVE;
  gint64 pid = 0;

  ck_assert_int_eq (ipc_info_get_last_pid (info), -1);
  if (self->kind == IPC_KIND_SEGMENT || !native)
    ck_assert_int_eq (ipc_info_get_creator_pid (info), -1);
  else if (ipc_info_get_holder (info, 0, &pid, NULL))
    ck_assert_int_eq (pid, 1);
}

/* What is not stale is not removed, either. */
static void
look (gpointer data)
{
  const Scene *self = data;
  g_autoptr (IpcInfo) info = listed (self);
  g_autoptr (GError) error = NULL;

  ck_assert_int_eq (ipc_info_get_state (info), self->state);
  check_pids (self, info);
  if (self->state == IPC_STATE_STALE)
    return;
  ck_assert (!ipc_info_remove_unused (info, &error));
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_IN_USE, NULL);
}

static void
look_from_elsewhere (Scene *self, IpcState state)
{
  self->state = state;
  ck_assert_int_eq (ipc_check_as_first_process (look, self), 0);
}

/* Who sees all ends of processes: a namespace goes a moment after its first process is told to. */
static void
await_stale_here (const Scene *self)
{
  const gint64 end = g_get_monotonic_time () + IPC_CHECK_LONG;
  IpcState state;

  do
    {
      g_autoptr (IpcInfo) info = listed (self);

      state = ipc_info_get_state (info);
      g_thread_yield ();
    }
  while (state != IPC_STATE_STALE && g_get_monotonic_time () < end);
  ck_assert_int_eq (state, IPC_STATE_STALE);
}

START_TEST (semaphore_of_who_is_not_visible_is_not_stale)
{
  const gboolean files = !ipc_check_semaphore_has (_i, IPC_CHECK_SYSTEM_V);
  Scene *scene = scene_new (_i, IPC_KIND_SEMAPHORE);
  pid_t pid = ipc_check_fork (use_as_first_process, scene);

  ipc_check_gate_pass (scene->uses);
  look_from_elsewhere (scene, files ? IPC_STATE_LIVE : IPC_STATE_UNKNOWN);
  ipc_check_kill (pid);
  if (files)
    await_stale_here (scene);
  look_from_elsewhere (scene, files ? IPC_STATE_STALE : IPC_STATE_UNKNOWN);
}
END_TEST

/* A System V segment that nobody has attached is nobody's if those are gone who made it and who used
 * it last, and only who sees these knows. */
START_TEST (segment_of_who_is_not_visible_is_not_stale)
{
  const IpcState detached = ipc_check_segment_has (_i, IPC_CHECK_SYSTEM_V) ? IPC_STATE_UNKNOWN
                                                                           : IPC_STATE_STALE;
  Scene *scene = scene_new (_i, IPC_KIND_SEGMENT);
  pid_t pid = ipc_check_fork (use_as_first_process, scene);
  g_autoptr (IpcInfo) info = NULL;

  ipc_check_gate_pass (scene->uses);
  look_from_elsewhere (scene, IPC_STATE_LIVE);
  ipc_check_gate_open (scene->closes);
  ipc_check_gate_pass (scene->closed);
  look_from_elsewhere (scene, detached);
  info = listed (scene);
  ck_assert_int_eq (ipc_info_get_state (info), detached);
  ipc_check_kill (pid);
  await_stale_here (scene);
  look_from_elsewhere (scene, detached);
}
END_TEST

static void
add_tests (Suite *suite)
{
  TCase *tcase = ipc_check_tcase (suite, "pid-space");

  if (!ipc_check_needs_namespaces ("peers with process ids of their own"))
    return;
  ipc_check_add_semaphore_test (tcase, peers_of_another_pid_namespace_meet, 0, 0);
  ipc_check_add_semaphore_test (tcase, units_of_another_pid_namespace_come_back, IPC_CHECK_UNDO, 0);
  ipc_check_add_semaphore_test (tcase, units_come_back_to_another_pid_namespace, IPC_CHECK_UNDO, 0);
  ipc_check_add_semaphore_test (tcase, waiter_of_another_pid_namespace_is_forgotten,
                                IPC_CHECK_WAITERS, 0);
  ipc_check_add_semaphore_test (tcase, semaphore_of_who_is_not_visible_is_not_stale, 0, 0);
  ipc_check_add_segment_test (tcase, segment_of_who_is_not_visible_is_not_stale, 0, 0);
}

int
main (void)
{
  return ipc_check_main ("pid-space", add_tests);
}
