/* step-names.c: making, opening and removing a name, killed at every instruction
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "step.h"

#include <ipc/ipc-error.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PATIENCE_US (10 * G_USEC_PER_SEC)

typedef enum
{
  NAME_MAKE,   /* absent, then whole */
  NAME_REPLACE, /* whole, then another one whole */
  NAME_OPEN,   /* there and untouched */
  NAME_UNLINK  /* there, then gone, and everybody is told */
} NameAct;

typedef struct
{
  const char       *name;
  NameAct           act;
  IpcOpenMode       mode;
  guint             n_values;
  IpcSemaphoreFlags flags;
  gboolean          by_name;
  gboolean          sleeper;
} NameCase;

static const NameCase cases[] = {
  { .name = "name: create", .act = NAME_MAKE, .mode = IPC_OPEN_CREATE, .n_values = 1 },
  { .name = "name: create with UNDO", .act = NAME_MAKE, .mode = IPC_OPEN_CREATE, .n_values = 1,
    .flags = IPC_SEMAPHORE_UNDO },
  { .name = "name: create a set", .act = NAME_MAKE, .mode = IPC_OPEN_CREATE, .n_values = 3 },
  { .name = "name: open or create", .act = NAME_MAKE, .mode = IPC_OPEN_OR_CREATE,
    .n_values = 1, .flags = IPC_SEMAPHORE_UNDO },
  { .name = "name: replace", .act = NAME_REPLACE, .mode = IPC_OPEN_REPLACE, .n_values = 1 },
  { .name = "name: open", .act = NAME_OPEN, .mode = IPC_OPEN_EXISTING, .n_values = 1 },
  { .name = "name: open with UNDO", .act = NAME_OPEN, .mode = IPC_OPEN_EXISTING, .n_values = 1,
    .flags = IPC_SEMAPHORE_UNDO },
  { .name = "name: open a set with UNDO", .act = NAME_OPEN, .mode = IPC_OPEN_EXISTING,
    .n_values = 3, .flags = IPC_SEMAPHORE_UNDO },
  { .name = "name: unlink", .act = NAME_UNLINK, .n_values = 1 },
  { .name = "name: unlink by name", .act = NAME_UNLINK, .n_values = 1, .by_name = TRUE },
  { .name = "name: unlink a set", .act = NAME_UNLINK, .n_values = 3 },
  { .name = "name: unlink with a sleeper", .act = NAME_UNLINK, .n_values = 1, .sleeper = TRUE },
};

/* Of the object that is there before, and of the one that a victim makes. */
static const guint old_values[] = { 0, 2, 1 };
static const guint new_values[] = { 4, 5, 6 };

typedef struct
{
  const NameCase *c;
  const char     *name;
  IpcSemaphore   *sem; /* NAME_UNLINK: of this process, and the victim's */
  pid_t           sleeper;
} NameRun;

/* -- What is there -- */

static IpcSemaphore *
open_full (const NameRun *run, IpcOpenMode mode, const guint *values, IpcSemaphoreFlags flags,
           GError **error)
{
  return ipc_semaphore_new_full (run->name, mode, values, values != NULL ? run->c->n_values : 0,
                                 0600, flags, NULL, error);
}

/* Files that nobody can find any more, since their maker died before he named them. */
guint
step_remove_hidden (void)
{
  g_autoptr (GDir) dir = g_dir_open ("/dev/shm", 0, NULL);
  const char *file;
  guint n = 0;

  while (step_own_shm && dir != NULL && (file = g_dir_read_name (dir)) != NULL)
    if (g_str_has_prefix (file, ".ipc-"))
      {
        g_autofree char *path = g_strconcat ("/dev/shm/", file, NULL);

        n += unlink (path) == 0;
      }
  return n;
}

static gboolean
change (IpcSemaphore *sem, guint index, int delta)
{
  const IpcSemaphoreOp op = { index, delta };

  return delta == 0 || ipc_semaphore_operate (sem, &op, 1, 0, NULL, NULL);
}

static char *
fault_of_values (IpcSemaphore *sem, const guint *values, guint n_values)
{
  if (ipc_semaphore_get_size (sem) != n_values)
    return g_strdup_printf ("it has %u values", ipc_semaphore_get_size (sem));

  for (guint i = 0; i < n_values; i++)
    if (!change (sem, i, -(int) values[i]) || change (sem, i, -1)
        || !change (sem, i, (int) values[i]))
      return g_strdup_printf ("value %u is not %u, or cannot be used", i, values[i]);

  return NULL;
}

/* -- One victim -- */

static void
run_act (gpointer data)
{
  const NameRun *run = data;
  const gboolean open = run->c->act == NAME_OPEN;
  g_autoptr (GError) error = NULL;

  if (run->c->act != NAME_UNLINK)
    open_full (run, run->c->mode, open ? NULL : new_values, run->c->flags, &error);
  else if (run->c->by_name)
    ipc_semaphore_unlink_name (run->name, &error);
  else
    ipc_semaphore_unlink (run->sem, &error);
  g_assert_no_error (error);
}

G_GNUC_NORETURN static void
sleep_until_removed (const NameRun *run)
{
  g_autoptr (GError) error = NULL;

  ipc_semaphore_wait (run->sem, -1, NULL, &error);
  _exit (g_error_matches (error, IPC_ERROR, IPC_ERROR_REMOVED) ? 0 : 1);
}

static void
start_sleeper (NameRun *run)
{
  fflush (NULL);
  run->sleeper = fork ();
  g_assert_cmpint (run->sleeper, >=, 0);
  if (run->sleeper == 0)
    sleep_until_removed (run);
  g_assert_true (step_await_asleep (run->sleeper));
}

static void
prepare (NameRun *run)
{
  g_autoptr (IpcSemaphore) old = NULL;
  g_autoptr (GError) error = NULL;

  if (run->c->act != NAME_MAKE)
    old = open_full (run, IPC_OPEN_CREATE, old_values, IPC_SEMAPHORE_FLAGS_NONE, &error);
  g_assert_no_error (error);
  if (run->c->act == NAME_UNLINK)
    run->sem = g_steal_pointer (&old);
  if (run->c->sleeper)
    start_sleeper (run);
}

/* -- What is left -- */

/* Absent, or whole. */
static char *
fault_of_made (const NameRun *run, gboolean *stands)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (IpcSemaphore) sem = open_full (run, IPC_OPEN_EXISTING, NULL, IPC_SEMAPHORE_UNDO,
                                            &error);

  *stands = sem != NULL;
  if (sem != NULL)
    return fault_of_values (sem, new_values, run->c->n_values);

  return g_error_matches (error, IPC_ERROR, IPC_ERROR_NOT_FOUND) ? NULL : g_strdup (error->message);
}

/* The first one or the second one, with what belongs to it. */
static char *
fault_of_found (const NameRun *run, gboolean *stands)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (IpcSemaphore) sem = open_full (run, IPC_OPEN_EXISTING, NULL, IPC_SEMAPHORE_UNDO,
                                            &error);
  guint value = 0;

  if (sem == NULL)
    return g_strdup (error->message);

  ipc_semaphore_get_value (sem, 0, &value, NULL);
  *stands = value == new_values[0];
  return fault_of_values (sem, *stands ? new_values : old_values, run->c->n_values);
}

/* There and of use; or gone, and all who have it are told. */
static char *
fault_of_unlinked (NameRun *run, gboolean *stands)
{
  g_autoptr (GError) error = NULL;

  *stands = !ipc_semaphore_is_current (run->sem);
  if (!*stands && run->sleeper == 0)
    return fault_of_values (run->sem, old_values, run->c->n_values);

  /* Who is killed on the way leaves the rest to who comes after him. */
  if (!*stands)
    ipc_semaphore_unlink (run->sem, NULL);
  if (run->sleeper != 0 && !step_await_end (run->sleeper, PATIENCE_US))
    return g_strdup ("it is gone, and the sleeper sleeps on");

  ipc_semaphore_wait (run->sem, PATIENCE_US, NULL, &error);
  return g_error_matches (error, IPC_ERROR, IPC_ERROR_REMOVED)
           ? NULL
           : g_strdup_printf ("it is gone, but: %s", error != NULL ? error->message : "used");
}

static char *
fault_of (NameRun *run, gboolean *stands)
{
  switch (run->c->act)
    {
    case NAME_MAKE:
      return fault_of_made (run, stands);
    case NAME_UNLINK:
      return fault_of_unlinked (run, stands);
    case NAME_OPEN:
    case NAME_REPLACE:
    default:
      return fault_of_found (run, stands);
    }
}

/* Only who replaces needs a name before he has one, and leaves it when he is killed then. */
static char *
fault_of_hidden (const NameRun *run)
{
  const guint n = step_remove_hidden ();

  return n > (run->c->act == NAME_REPLACE ? 1 : 0) ? g_strdup ("a hidden file is left") : NULL;
}

static void
clean_up (NameRun *run)
{
  g_clear_object (&run->sem);
  ipc_semaphore_unlink_name (run->name, NULL);
}

/* -- Every instruction -- */

static VictimPath *
record (NameRun *run)
{
  VictimPath *path;

  step_doing ("%s, stepped", run->c->name);
  prepare (run);
  path = victim_trace (run_act, run);
  if (run->sleeper != 0)
    step_await_end (run->sleeper, -1);
  clean_up (run);
  return path;
}

/* The ways of two victims differ a little, so that what stands after an instruction does not tell
 * what stands after the next one. */
static VictimState
kill_at (gconstpointer data, const VictimPath *path, guint k, gboolean *stands G_GNUC_UNUSED)
{
  NameRun run = *(const NameRun *) data;
  gboolean done = FALSE;
  VictimState state;

  prepare (&run);
  state = victim_kill_at (run_act, &run, path, k);
  step_judge (fault_of (&run, &done));
  step_judge (fault_of_hidden (&run));
  if (state == VICTIM_ENDED && !done && run.c->act != NAME_OPEN)
    step_judge (g_strdup ("it had no effect"));
  clean_up (&run);
  return state;
}

/* What is done once in a process must not be a part of what is recorded. */
static void
warm_up (const char *name)
{
  const NameCase once = { .act = NAME_MAKE, .mode = IPC_OPEN_REPLACE, .n_values = 1 };
  NameRun run = { .c = &once, .name = name };
  gboolean stands;

  for (guint i = 0; i < 2; i++)
    {
      g_object_unref (open_full (&run, IPC_OPEN_REPLACE, new_values, 0, NULL));
      step_judge (fault_of_made (&run, &stands));
      clean_up (&run);
      step_judge (fault_of_made (&run, &stands));
    }
}

void
step_names (const StepOptions *options)
{
  const char *name = object_new_name ();

  warm_up (name);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    if (step_wanted (options, cases[i].name))
      {
        NameRun run = { .c = &cases[i], .name = name };
        g_autoptr (VictimPath) path = record (&run);

        step_everywhere (cases[i].name, path, options, kill_at, &run);
      }
}
