/* check-semaphore-named.c: a message about a semaphore names the call that was made
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ipc-check-async.h"
#include "ipc-check-named.h"

/* Kinds of calls, by what makes them fail. */
enum
{
  TAKES = 1 << 0,
  GIVES = 1 << 1,
  ZERO = 1 << 2,
  SETS = 1 << 3,
  INDEXED = 1 << 4,
  ASKS = 1 << 5,
  UNLINKS = 1 << 6,
  ALL = (1 << 7) - 1
};

/* What makes the calls of @kinds fail. */
typedef struct
{
  const char *name;
  guint       kinds;
  gint64      timeout_us;
  int         delta;
  guint       index;
  guint       value; /* to set */
} State;

typedef gboolean (*SemaphoreCall) (IpcSemaphore *sem, const State *state, GError **error);

static gboolean
call_post (IpcSemaphore *sem, const State *state G_GNUC_UNUSED, GError **error)
{
  return ipc_semaphore_post (sem, error);
}

static gboolean
call_wait (IpcSemaphore *sem, const State *state, GError **error)
{
  return ipc_semaphore_wait (sem, state->timeout_us, NULL, error);
}

static gboolean
call_try_wait (IpcSemaphore *sem, const State *state G_GNUC_UNUSED, GError **error)
{
  return ipc_semaphore_try_wait (sem, error);
}

static gboolean
call_wait_zero (IpcSemaphore *sem, const State *state, GError **error)
{
  return ipc_semaphore_wait_zero (sem, state->timeout_us, NULL, error);
}

static gboolean
call_operate (IpcSemaphore *sem, const State *state, GError **error)
{
  const IpcSemaphoreOp op = { state->index, state->delta };

  return ipc_semaphore_operate (sem, &op, 1, state->timeout_us, NULL, error);
}

static gboolean
outcome (IpcCheckAsync *wait, GError **error)
{
  ipc_check_async_join (wait);
  g_propagate_error (error, g_steal_pointer (&wait->error));
  return wait->done;
}

static gboolean
call_wait_async (IpcSemaphore *sem, const State *state, GError **error)
{
  g_auto (IpcCheckAsync) wait = { 0 };

  ipc_check_async_wait (&wait, sem, state->timeout_us, NULL);
  return outcome (&wait, error);
}

static gboolean
call_operate_async (IpcSemaphore *sem, const State *state, GError **error)
{
  const IpcSemaphoreOp op = { state->index, state->delta };
  g_auto (IpcCheckAsync) wait = { 0 };

  ipc_check_async_operate (&wait, sem, &op, 1, state->timeout_us);
  return outcome (&wait, error);
}

static gboolean
call_get_value (IpcSemaphore *sem, const State *state, GError **error)
{
  guint value;

  return ipc_semaphore_get_value (sem, state->index, &value, error);
}

static gboolean
call_set_value (IpcSemaphore *sem, const State *state, GError **error)
{
  return ipc_semaphore_set_value (sem, state->index, state->value, error);
}

static gboolean
call_get_info (IpcSemaphore *sem, const State *state, GError **error)
{
  g_autoptr (IpcInfo) info = ipc_semaphore_get_info (sem, state->index, error);

  return info != NULL;
}

static gboolean
call_unlink (IpcSemaphore *sem, const State *state G_GNUC_UNUSED, GError **error)
{
  return ipc_semaphore_unlink (sem, error);
}

static const struct
{
  const char   *name;
  SemaphoreCall call;
  guint         kind;
} semaphore_calls[] = {
  { "ipc_semaphore_post", call_post, GIVES },
  { "ipc_semaphore_wait", call_wait, TAKES },
  { "ipc_semaphore_try_wait", call_try_wait, TAKES },
  { "ipc_semaphore_wait_zero", call_wait_zero, ZERO },
  { "ipc_semaphore_operate", call_operate, TAKES | GIVES | ZERO | INDEXED },
  { "ipc_semaphore_wait_async", call_wait_async, TAKES },
  { "ipc_semaphore_operate_async", call_operate_async, TAKES | GIVES | ZERO | INDEXED },
  { "ipc_semaphore_get_value", call_get_value, INDEXED | ASKS },
  { "ipc_semaphore_set_value", call_set_value, INDEXED | SETS },
  { "ipc_semaphore_get_info", call_get_info, INDEXED | ASKS },
  { "ipc_semaphore_unlink", call_unlink, UNLINKS },
};

static void
check_state (IpcSemaphore *sem, const State *state)
{
  for (gsize i = 0; i < G_N_ELEMENTS (semaphore_calls); i++)
    {
      g_autoptr (GError) error = NULL;

      if (semaphore_calls[i].kind & state->kinds)
        ipc_check_named (semaphore_calls[i].call (sem, state, &error), &error, semaphore_calls[i].name,
                     state->name);
    }
}

static const State unusable = { "unusable", ALL, 0, -1, 0, 0 };
static const State usable_for_unlink = { "closed", ALL & ~UNLINKS, 1000, -1, 0, 0 };
static const State removed = { "removed", ALL & ~UNLINKS, -1, -1, 0, 0 };
static const State no_such_index = { "index", INDEXED, 1000, -1, 9, 0 };
static const State too_much = { "too much", SETS, 0, 0, 0, G_MAXUINT };

static const State empty[] = { { "empty", TAKES, 0, -1, 0, 0 }, { "empty", TAKES, 1000, -1, 0, 0 } };
static const State one[] = { { "one", ZERO, 0, 0, 0, 0 }, { "one", ZERO, 1000, 0, 0, 0 } };
static const State full[] = { { "full", GIVES, 0, +1, 0, 0 }, { "full", GIVES, 1000, +1, 0, 0 } };

/* Alone and in a set, with UNDO and without. */
typedef struct
{
  IpcCheckFeatures  needs;
  guint             n_values;
  IpcSemaphoreFlags flags;
} Shape;

static const Shape shapes[] = {
  { IPC_CHECK_NOTHING, 1, IPC_SEMAPHORE_FLAGS_NONE },
  { IPC_CHECK_UNDO, 1, IPC_SEMAPHORE_UNDO },
  { IPC_CHECK_SETS, 2, IPC_SEMAPHORE_FLAGS_NONE },
  { IPC_CHECK_SETS | IPC_CHECK_UNDO, 2, IPC_SEMAPHORE_UNDO },
};

static IpcSemaphore *
new_shaped (guint i, const Shape *shape, guint value)
{
  const guint values[2] = { value, 0 };

  return ipc_check_set_new (i, values, shape->n_values, shape->flags);
}

static void
check_values (guint i, const Shape *shape)
{
  g_autoptr (IpcSemaphore) with_none = new_shaped (i, shape, 0);
  g_autoptr (IpcSemaphore) with_one = new_shaped (i, shape, 1);
  g_autoptr (IpcSemaphore) with_all = new_shaped (i, shape, ipc_semaphore_get_max_value (with_one));

  for (gsize k = 0; k < 2; k++)
    {
      check_state (with_none, &empty[k]);
      check_state (with_one, &one[k]);
      check_state (with_all, &full[k]);
    }
  check_state (with_one, &no_such_index);
  check_state (with_one, &too_much);
}

static void
check_ends (guint i, const Shape *shape)
{
  g_autoptr (IpcSemaphore) sem = new_shaped (i, shape, 1);

  if (ipc_check_semaphore_has (i, IPC_CHECK_WAKES_REMOVED))
    {
      ck_assert (ipc_semaphore_unlink (sem, NULL));
      check_state (sem, &removed);
    }
  ck_assert (ipc_semaphore_close (sem, NULL));
  check_state (sem, &usable_for_unlink);
}

START_TEST (semaphore_names_its_call)
{
  g_autoptr (IpcSemaphore) never = g_object_new (IPC_TYPE_SEMAPHORE, "name", "jobs", NULL);

  check_state (never, &unusable);
  for (gsize k = 0; k < G_N_ELEMENTS (shapes); k++)
    if (ipc_check_semaphore_has (_i, shapes[k].needs))
      {
        check_values (_i, &shapes[k]);
        check_ends (_i, &shapes[k]);
      }
}
END_TEST

/* Two that wait for the same are tried as one. */
START_TEST (each_wait_in_a_main_loop_names_its_call)
{
  static const IpcSemaphoreOp take = { 0, -1 };
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 0, IPC_SEMAPHORE_FLAGS_NONE);
  g_auto (IpcCheckAsync) first = { 0 };
  g_auto (IpcCheckAsync) second = { 0 };
  g_autoptr (GError) error = NULL;

  ipc_check_async_wait (&first, sem, -1, NULL);
  ipc_check_async_operate (&second, sem, &take, 1, -1);
  ck_assert (ipc_semaphore_unlink (sem, NULL));
  ipc_check_named (outcome (&first, &error), &error, "ipc_semaphore_wait_async", "removed");
  ipc_check_named (outcome (&second, &error), &error, "ipc_semaphore_operate_async", "removed");
}
END_TEST

/* -- Constructors -- */

static gpointer
semaphore_create (const char *name, guint flags, GError **error)
{
  return ipc_semaphore_create (name, 1, flags, error);
}

static gpointer
semaphore_open (const char *name, guint flags, GError **error)
{
  return ipc_semaphore_open (name, flags, error);
}

static gpointer
semaphore_open_or_create (const char *name, guint flags, GError **error)
{
  return ipc_semaphore_open_or_create (name, G_MAXUINT, flags, error);
}

static gpointer
semaphore_new_full (const char *name, guint flags, GError **error)
{
  const guint value = 1;

  return ipc_semaphore_new_full (name, IPC_OPEN_CREATE, &value, 1, 0600, flags, NULL, error);
}

static const IpcCheckOpen semaphore_opens[] = {
  { "ipc_semaphore_open", semaphore_open },
  { "ipc_semaphore_create", semaphore_create },
  { "ipc_semaphore_open_or_create", semaphore_open_or_create },
  { "ipc_semaphore_new_full", semaphore_new_full },
};

START_TEST (opening_a_semaphore_names_its_call)
{
  const char *absent = ipc_check_semaphore_name (_i);
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 1, IPC_SEMAPHORE_FLAGS_NONE);
  g_autoptr (IpcSemaphore) bare = g_object_new (IPC_TYPE_SEMAPHORE, "name", absent, NULL);
  g_autoptr (GError) error = NULL;

  ipc_check_opens (semaphore_opens, absent, ipc_semaphore_get_name (sem));
  ipc_check_named (g_initable_init (G_INITABLE (bare), NULL, &error), &error, "g_initable_init",
               "absent");
  ipc_check_named (ipc_semaphore_unlink_name (absent, &error), &error, "ipc_semaphore_unlink_name",
               "absent");
}
END_TEST

static void
add_tests (Suite *suite)
{
  TCase *tcase = ipc_check_tcase (suite, "semaphore-named");

  ipc_check_add_semaphore_test (tcase, semaphore_names_its_call, 0, 0);
  ipc_check_add_semaphore_test (tcase, each_wait_in_a_main_loop_names_its_call,
                                IPC_CHECK_WAKES_REMOVED, 0);
  ipc_check_add_semaphore_test (tcase, opening_a_semaphore_names_its_call, 0, 0);
}

int
main (void)
{
  return ipc_check_main ("semaphore-named", add_tests);
}
