/* step-cases.c: operations on semaphores and sets, killed at every instruction
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "step.h"

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define TIMEOUT_US 4000 /* on the victim's clock */
#define SLEEPER_US (10 * G_USEC_PER_SEC)

#define CASE(name_, act_, flags_, ...) \
  { .name = name_, .act = act_, .flags = flags_, __VA_ARGS__ }
#define OPS(...) \
  .ops = { __VA_ARGS__ }, \
  .n_ops = sizeof ((IpcSemaphoreOp[]){ __VA_ARGS__ }) / sizeof (IpcSemaphoreOp)

static const StepCase cases[] = {
  /* One semaphore, with UNDO. */
  CASE ("undo: wait", STEP_WAIT, STEP_UNDO),
  CASE ("undo: try", STEP_TRY, STEP_UNDO),
  CASE ("undo: post of a unit held", STEP_POST, STEP_UNDO, .hold = 1),
  CASE ("undo: post beyond what is held", STEP_POST, STEP_UNDO, .lasting = { 1 }),
  CASE ("undo: wait and post", STEP_WAIT_POST, STEP_UNDO),
  CASE ("undo: operate +2, one held", STEP_OPERATE, STEP_UNDO, OPS ({ 0, 2 }), .hold = 1,
        .lasting = { 1 }),
  CASE ("undo: operate -2", STEP_OPERATE, STEP_UNDO, OPS ({ 0, -2 })),
  CASE ("undo: operate -3 +1", STEP_OPERATE, STEP_UNDO, OPS ({ 0, -3 }, { 0, 1 })),
  CASE ("undo: operate -3 0 +2", STEP_OPERATE, STEP_UNDO, OPS ({ 0, -3 }, { 0, 0 }, { 0, 2 })),
  CASE ("undo: try on empty", STEP_TRY, STEP_UNDO | STEP_FAILS, .drain = 3),
  CASE ("undo: timed wait on empty", STEP_WAIT, STEP_UNDO | STEP_FAILS, .timeout_us = TIMEOUT_US,
        .drain = 3, .feed = FEED_WAKE),
  CASE ("undo: wait that sleeps", STEP_WAIT, STEP_UNDO, .timeout_us = -1, .drain = 3,
        .feed = FEED_UNIT),
  CASE ("undo: wait with a cancellable", STEP_WAIT, STEP_UNDO | STEP_CANCELLABLE,
        .timeout_us = -1, .drain = 3, .feed = FEED_UNIT),
  CASE ("undo: timed wait for the dead", STEP_WAIT, STEP_UNDO, .timeout_us = TIMEOUT_US,
        .dead = 3, .feed = FEED_WAKE),
  CASE ("undo: zero", STEP_ZERO, STEP_UNDO, .drain = 3),
  CASE ("undo: timed zero in vain", STEP_ZERO, STEP_UNDO | STEP_FAILS, .timeout_us = TIMEOUT_US,
        .feed = FEED_WAKE),
  CASE ("undo: zero that sleeps", STEP_ZERO, STEP_UNDO, .timeout_us = -1, .feed = FEED_ZERO),
  CASE ("undo: wait, post, wait", STEP_WAIT_POST_WAIT, STEP_UNDO),
  CASE ("undo: nothing", STEP_NOTHING, STEP_UNDO),
  CASE ("undo: set value", STEP_SET_VALUE, STEP_UNDO, .lasting = { 2 }),
  CASE ("undo: set value if free", STEP_SET_VALUE, STEP_UNDO | STEP_MAY_FAIL, .lasting = { 2 }),
  CASE ("undo: info", STEP_INFO, STEP_UNDO),
  CASE ("undo: info with a dead holder", STEP_INFO, STEP_UNDO, .dead = 2),
  CASE ("undo: close", STEP_CLOSE, STEP_UNDO),
  CASE ("undo: close, one held", STEP_CLOSE, STEP_UNDO, .hold = 1),
  CASE ("undo, late lane: wait", STEP_WAIT, STEP_UNDO | STEP_LATE_LANE),
  CASE ("undo, late lane: post", STEP_POST, STEP_UNDO | STEP_LATE_LANE, .lasting = { 1 }),
  CASE ("undo, late lane: that of the dead", STEP_WAIT, STEP_UNDO | STEP_LATE_LANE, .dead = 2),

  /* Without. */
  CASE ("plain: wait", STEP_WAIT, 0, .lasting = { -1 }),
  CASE ("plain: wait, a tag in the word", STEP_WAIT, 0, .hold = 1, .lasting = { -1 }),
  CASE ("plain: post", STEP_POST, 0, .lasting = { 1 }),
  CASE ("plain: post to a sleeper", STEP_POST, STEP_SLEEPER, .drain = 3, .lasting = { 1 }),
  CASE ("plain: operate -2", STEP_OPERATE, 0, OPS ({ 0, -2 }), .lasting = { -2 }),
  CASE ("plain: operate +2", STEP_OPERATE, 0, OPS ({ 0, 2 }), .lasting = { 2 }),
  CASE ("plain: timed wait on empty", STEP_WAIT, STEP_FAILS, .timeout_us = TIMEOUT_US,
        .drain = 3, .feed = FEED_WAKE),
  CASE ("plain: wait that sleeps", STEP_WAIT, 0, .timeout_us = -1, .drain = 3, .feed = FEED_UNIT,
        .lasting = { -1 }),
  CASE ("plain: zero that sleeps", STEP_ZERO, 0, .timeout_us = -1, .feed = FEED_ZERO),

  /* A set: all or nothing. */
  CASE ("set: operate", STEP_OPERATE, STEP_SET | STEP_UNDO, OPS ({ 0, -1 }, { 1, -2 }, { 2, 1 }),
        .lasting = { 0, 0, 1 }),
  CASE ("set: operate with a unit held", STEP_OPERATE, STEP_SET | STEP_UNDO,
        OPS ({ 0, 1 }, { 1, -2 }, { 2, -1 }), .hold = 1),
  CASE ("set: operate that is short", STEP_OPERATE, STEP_SET | STEP_UNDO | STEP_FAILS,
        OPS ({ 0, -1 }, { 2, -2 })),
  CASE ("set: wait", STEP_WAIT, STEP_SET | STEP_UNDO),
  CASE ("set: post of a unit held", STEP_POST, STEP_SET | STEP_UNDO, .hold = 1),
  CASE ("set: timed wait on empty", STEP_WAIT, STEP_SET | STEP_UNDO | STEP_FAILS,
        .timeout_us = TIMEOUT_US, .drain = 3, .feed = FEED_WAKE),
  CASE ("set: wait that sleeps", STEP_WAIT, STEP_SET | STEP_UNDO, .timeout_us = -1, .drain = 3,
        .feed = FEED_UNIT),
  CASE ("set: zero that sleeps", STEP_ZERO, STEP_SET | STEP_UNDO, .timeout_us = -1,
        .feed = FEED_ZERO),
  CASE ("set: set value", STEP_SET_VALUE, STEP_SET | STEP_UNDO, .lasting = { 2 }),
  CASE ("set: info", STEP_INFO, STEP_SET | STEP_UNDO),
  CASE ("set: info with a dead holder", STEP_INFO, STEP_SET | STEP_UNDO, .dead = 2),
  CASE ("set: close, one held", STEP_CLOSE, STEP_SET | STEP_UNDO, .hold = 1),
  CASE ("set, late lane: wait", STEP_WAIT, STEP_SET | STEP_UNDO | STEP_LATE_LANE),
  CASE ("set, late lane: that of the dead", STEP_WAIT, STEP_SET | STEP_UNDO | STEP_LATE_LANE,
        .dead = 2),
  CASE ("plain set: operate", STEP_OPERATE, STEP_SET, OPS ({ 0, -1 }, { 1, -2 }, { 2, 1 }),
        .lasting = { -1, -2, 1 }),
  CASE ("plain set: post", STEP_POST, STEP_SET, .lasting = { 1 }),
  CASE ("plain set: post to a sleeper", STEP_POST, STEP_SET | STEP_SLEEPER, .drain = 3,
        .lasting = { 1 }),
};

static const guint first_values[] = { 3, 2, 1 };

/* -- What the victim does -- */

static void
take_before (gpointer data)
{
  const StepRun *run = data;

  if ((run->c->flags & STEP_LATE_LANE) == 0)
    g_assert_cmpint (ipc_native_lane (run->object->native, "ipc_semaphore_open", NULL), >=, 0);
  object_take (run->object, 0, run->c->hold);
}

static gboolean
act (const StepCase *c, Object *object, GCancellable *cancellable, GError **error)
{
  IpcSemaphore *sem = c->flags & STEP_UNDO ? object->undo : object->plain;

  switch (c->act)
    {
    case STEP_WAIT:
      return ipc_semaphore_wait (sem, c->timeout_us, cancellable, error);
    case STEP_TRY:
      return ipc_semaphore_try_wait (sem, error);
    case STEP_POST:
      return ipc_semaphore_post (sem, error);
    case STEP_WAIT_POST:
    case STEP_WAIT_POST_WAIT:
      return ipc_semaphore_wait (sem, c->timeout_us, cancellable, error)
             && ipc_semaphore_post (sem, error)
             && (c->act == STEP_WAIT_POST
                 || ipc_semaphore_wait (sem, c->timeout_us, cancellable, error));
    case STEP_NOTHING:
      return TRUE;
    case STEP_ZERO:
      return ipc_semaphore_wait_zero (sem, c->timeout_us, cancellable, error);
    case STEP_OPERATE:
      return ipc_semaphore_operate (sem, c->ops, c->n_ops, c->timeout_us, cancellable, error);
    case STEP_SET_VALUE:
      return ipc_semaphore_set_value (sem, 0, 5, error);
    case STEP_INFO:
      ipc_info_unref (ipc_semaphore_get_info (sem, 0, error));
      return TRUE;
    case STEP_CLOSE:
    default:
      g_object_unref (object->plain);
      ipc_semaphore_close (object->undo, error);
      g_object_unref (object->undo);
      return TRUE;
    }
}

static void
run_act (gpointer data)
{
  const StepRun *run = data;
  g_autoptr (GCancellable) cancellable = run->c->flags & STEP_CANCELLABLE ? g_cancellable_new ()
                                                                          : NULL;
  g_autoptr (GError) error = NULL;
  const gboolean done = act (run->c, run->object, cancellable, &error);

  if (done == ((run->c->flags & STEP_FAILS) != 0) && (run->c->flags & STEP_MAY_FAIL) == 0)
    g_error ("%s: %s", run->c->name, error != NULL ? error->message : "done");
}

/* -- What this process does -- */

static void
wake_all (Object *object)
{
  ipc_native_wake_all (object->native);
}

static void
feed (gpointer data)
{
  const StepRun *run = data;

  switch (run->c->feed)
    {
    case FEED_UNIT:
      object_give (run->object, 0, 1);
      break;
    case FEED_ZERO:
      object_take (run->object, 0, object_value (run->object, 0));
      break;
    case FEED_WAKE:
    case FEED_NOTHING:
    default:
      wake_all (run->object);
      break;
    }
}

static void
nothing (gpointer data G_GNUC_UNUSED)
{
}

/* Somebody takes units under UNDO and is killed.  His lane is the next one that is taken, or the
 * one after that. */
static void
make_dead_holder (const StepRun *run, gboolean in_next_lane)
{
  const StepCase holder = { .hold = run->c->dead }, keeper = { 0 };
  StepRun dead = { .c = &holder, .object = run->object };
  StepRun other = { .c = &keeper, .object = run->object };

  if (!in_next_lane)
    victim_start (&other.victim, take_before, nothing, &other);
  victim_start (&dead.victim, take_before, nothing, &dead);
  victim_kill (&dead.victim);
  if (!in_next_lane)
    victim_kill (&other.victim);
}

static Object *
object_for (const StepCase *c)
{
  static Object single, set;
  Object *object = c->flags & STEP_SET ? &set : &single;

  if (object->name == NULL)
    object_init (object, first_values, c->flags & STEP_SET ? G_N_ELEMENTS (first_values) : 1);
  return object;
}

void
step_prepare (StepRun *self, const StepCase *c)
{
  self->c = c;
  self->object = object_for (c);
  object_reset (self->object);
  if (c->dead > 0)
    make_dead_holder (self, (c->flags & STEP_LATE_LANE) != 0);
  object_take (self->object, 0, c->drain);
}

void
step_start (StepRun *self)
{
  self->victim.wake = self->c->feed != FEED_NOTHING ? feed : NULL;
  victim_start (&self->victim, take_before, run_act, self);
}

const StepCase *
step_case (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    if (strcmp (cases[i].name, name) == 0)
      return &cases[i];

  g_assert_not_reached ();
}

const int *
step_lasting (const StepCase *one, const StepCase *other, const StepCase *third)
{
  static const StepCase none;
  const StepCase *all[] = { one, other, third };
  const StepCase *found = &none;

  for (guint i = 0; i < G_N_ELEMENTS (all); i++)
    for (guint j = 0; all[i] != NULL && j < OBJECT_VALUES; j++)
      if (all[i]->lasting[j] != 0)
        found = all[i];

  return found->lasting;
}

/* -- A process that the victim must wake -- */

G_GNUC_NORETURN static void
sleep_and_die (const StepRun *run)
{
  /* So that nothing is left of it when it has its unit. */
  if (ipc_semaphore_wait (run->object->undo, -1, NULL, NULL))
    raise (SIGKILL);
  _exit (1);
}

/* From time to time it wakes by itself and has the set's lock. */
static gboolean
is_between_tries (const Object *object)
{
  const guint n_lanes = atomic_load (&object->native->file->lanes_used);

  for (guint i = 0; i < n_lanes; i++)
    if ((int) i != ipc_native_lane_if_any (object->native)
        && ipc_lane_is_dirty (&object->native->word.lanes[i]))
      return FALSE;

  return TRUE;
}

/* It is stopped while it sleeps, so that it does not stand in the victim's way now and then. */
static pid_t
start_sleeper (const StepRun *run)
{
  pid_t pid;

  fflush (NULL);
  pid = fork ();
  g_assert_cmpint (pid, >=, 0);
  if (pid == 0)
    sleep_and_die (run);

  do
    {
      kill (pid, SIGCONT);
      while (!victim_is_asleep (pid))
        sched_yield ();
      kill (pid, SIGSTOP);
      while (waitpid (pid, NULL, WUNTRACED) != pid)
        continue;
    }
  while (!is_between_tries (run->object));
  return pid;
}

/* If what the victim gave stands, the sleeper gets it: the dead victim, or the sweeps, wake it. */
static char *
end_sleeper (const StepRun *run, pid_t pid)
{
  gboolean given, woken;

  kill (pid, SIGCONT);
  given = object_units (run->object, 0) > run->object->values[0];
  woken = given && step_await_end (pid, SLEEPER_US);
  if (!woken)
    {
      kill (pid, SIGKILL);
      step_await_end (pid, -1);
    }
  return woken || !given ? NULL : g_strdup ("a unit was given, and the sleeper sleeps on");
}

/* -- Every instruction -- */

static pid_t
begin (StepRun *run, const StepCase *c)
{
  pid_t sleeper;

  step_prepare (run, c);
  sleeper = c->flags & STEP_SLEEPER ? start_sleeper (run) : 0;
  step_start (run);
  return sleeper;
}

static void
end (StepRun *run, pid_t sleeper)
{
  victim_kill (&run->victim);
  if (sleeper != 0)
    step_judge (end_sleeper (run, sleeper));
}

static VictimState
kill_at (gconstpointer data, const VictimPath *path, guint k, gboolean *stands)
{
  const StepCase *c = data;
  StepRun run = { 0 };
  const pid_t sleeper = begin (&run, c);
  const VictimState state = victim_go (&run.victim, path, k);

  end (&run, sleeper);
  step_judge (object_fault (run.object, c->lasting, k & 1, stands));
  return state;
}

VictimPath *
step_record (const StepCase *c)
{
  StepRun run = { 0 };
  VictimPath *path;
  pid_t sleeper;

  step_doing ("%s, stepped", c->name);
  sleeper = begin (&run, c);
  path = victim_record (&run.victim);
  end (&run, sleeper);
  return path;
}

void
step_cases (const StepOptions *options)
{
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    if (step_wanted (options, cases[i].name))
      {
        g_autoptr (VictimPath) path = step_record (&cases[i]);

        step_everywhere (cases[i].name, path, options, kill_at, &cases[i]);
      }
}
