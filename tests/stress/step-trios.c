/* step-trios.c: three victims, where only the order of three can show a fault
 *
 * The first is somewhere in its work; most often where its change stands in the word but not yet in
 * its lane, so that others have to tell what became of it.  The second is stopped at each of its
 * instructions while the first goes on to another place, or is killed, and the third does all of
 * what it does; and then goes on itself.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "step.h"

#define FIRST_LANE 1 /* this process has 0 */

/* How far the first has come with one of its changes. */
typedef enum
{
  STATE_ANNOUNCED, /* its lane names it, the word does not */
  STATE_UNSETTLED, /* the word names it, its lane does not know that yet */
  STATE_SETTLED    /* it is finished */
} State;

typedef struct
{
  guint number; /* of the change; 0: none, it was killed */
  State state;
} Place;

typedef struct
{
  const char *name;
  const char *first, *second, *third;
  Place       at, later; /* of the first: before the second begins; while the second is stopped */
} Trio;

#define REAPED { 1, STATE_UNSETTLED }, { 0 }
#define HELPED { 1, STATE_UNSETTLED }, { 2, STATE_UNSETTLED }

static const Trio trios[] = {
  { "trio: reaper, overtaken by a wait", "undo: wait", "undo: info", "undo: wait", REAPED },
  { "trio: reaper, overtaken by a plain post", "undo: wait", "undo: info", "plain: post", REAPED },
  { "trio: reaper, overtaken by a reaper", "undo: wait", "undo: info", "undo: info", REAPED },
  { "trio: reaper of a set, overtaken by a wait", "set: operate", "set: info", "set: wait", REAPED },
  { "trio: slow helper", "undo: wait and post", "undo: wait", "undo: wait", HELPED },
  { "trio: slow helper, plain", "undo: wait and post", "plain: wait", "undo: wait", HELPED },
  /* A value is set only while nobody holds a unit, whoever takes one meanwhile. */
  { "trio: setter, overtaken by the last author", "undo: wait, post, wait", "undo: set value if free",
    "undo: nothing", { 2, STATE_SETTLED }, { 3, STATE_SETTLED } },
  { "trio: setter, overtaken by a change that ends", "undo: wait and post", "undo: set value if free",
    "undo: nothing", { 1, STATE_UNSETTLED }, { 2, STATE_ANNOUNCED } },
  { "trio: setter, overtaken by a newcomer", "undo: wait and post", "undo: set value if free",
    "undo, late lane: wait", { 2, STATE_SETTLED }, { 2, STATE_SETTLED } },
};

typedef struct
{
  const Trio     *trio;
  const StepCase *first, *second, *third;
  VictimPath     *first_path;
  guint           before; /* instructions of the first before the second begins */
} TrioRun;

static gboolean
is_at (const Object *object, Place place)
{
  const IpcNative *native = object->native;
  const IpcLane *lane = &native->word.lanes[FIRST_LANE];
  const uint64_t w = atomic_load (&native->file->word);
  const guint64 settled = atomic_load (&lane->settled);

  switch (place.state)
    {
    case STATE_ANNOUNCED:
      return atomic_load (&lane->intent) == place.number && settled == place.number - 1;
    case STATE_UNSETTLED:
      return ipc_word_lane (w) == FIRST_LANE && ipc_word_number (w) == place.number
             && settled < place.number;
    case STATE_SETTLED:
    default:
      return settled == place.number;
    }
}

static void
step_to (StepRun *run, Place place)
{
  while (!is_at (run->object, place))
    g_assert_cmpint (victim_step (&run->victim), ==, VICTIM_STOPPED);
}

/* How many instructions lead to @place. */
static guint
find_place (const StepCase *c, Place place)
{
  StepRun run = { 0 };
  guint n = 0;

  step_doing ("%s, stepped to change %u", c->name, place.number);
  step_prepare (&run, c);
  step_start (&run);
  while (!is_at (run.object, place))
    {
      const gboolean counts = victim_is_running (&run.victim);

      g_assert_cmpint (victim_step (&run.victim), ==, VICTIM_STOPPED);
      n += counts;
    }
  victim_kill (&run.victim);
  return n;
}

static void
finish (StepRun *run)
{
  while (victim_run (&run->victim) == VICTIM_STOPPED)
    continue;
}

/* All are begun before the first dies, so that each has a lane of its own. */
static void
begin (const TrioRun *self, StepRun *one, StepRun *other, StepRun *third)
{
  step_prepare (one, self->first);
  *other = *third = *one;
  other->c = self->second;
  third->c = self->third;
  step_start (one);
  step_start (other);
  step_start (third);
  victim_go (&one->victim, self->first_path, self->before);
  if (self->trio->later.number == 0)
    victim_kill (&one->victim);
}

static void
end (const TrioRun *self, StepRun *one, StepRun *other, StepRun *third)
{
  if (self->trio->later.number != 0)
    victim_kill (&one->victim);
  victim_kill (&other->victim);
  victim_kill (&third->victim);
}

static VictimPath *
record_second (const TrioRun *self)
{
  StepRun one = { 0 }, other = { 0 }, third = { 0 };
  VictimPath *path;

  step_doing ("%s, stepped", self->trio->name);
  begin (self, &one, &other, &third);
  path = victim_record (&other.victim);
  end (self, &one, &other, &third);
  return path;
}

static VictimState
overtake (gconstpointer data, const VictimPath *path, guint k, gboolean *stands)
{
  const TrioRun *self = data;
  StepRun one = { 0 }, other = { 0 }, third = { 0 };
  VictimState state;

  begin (self, &one, &other, &third);
  state = victim_go (&other.victim, path, k);
  if (self->trio->later.number != 0)
    step_to (&one, self->trio->later);
  finish (&third);
  if (state == VICTIM_STOPPED)
    finish (&other);

  end (self, &one, &other, &third);
  step_helps += object_helps (one.object);
  step_judge (object_fault (one.object, step_lasting (self->first, self->second, self->third),
                            k & 1, stands));
  return state;
}

static void
run_trio (const Trio *trio, const StepOptions *options)
{
  TrioRun run = {
    .trio = trio,
    .first = step_case (trio->first),
    .second = step_case (trio->second),
    .third = step_case (trio->third),
  };
  g_autoptr (VictimPath) first_path = step_record (run.first);
  g_autoptr (VictimPath) path = NULL;

  run.first_path = first_path;
  run.before = find_place (run.first, trio->at);
  path = record_second (&run);
  step_everywhere (trio->name, path, options, overtake, &run);
}

/* There are few enough of them to leave out none. */
void
step_trios (const StepOptions *options)
{
  StepOptions each = *options;

  each.every = 1;
  for (guint i = 0; i < G_N_ELEMENTS (trios); i++)
    if (step_wanted (options, trios[i].name))
      run_trio (&trios[i], &each);
}
