/* step-trios.c: three victims, where only the order of three can show a fault
 *
 * The first is where its change stands in the word but not yet in its lane: from then on others
 * have to tell what became of it.  The second is stopped at each of its instructions while the third
 * does all of what it does, and then goes on.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "step.h"

#define FIRST_LANE 1 /* this process has 0 */

typedef enum
{
  TRIO_REAPER, /* the first is killed there; the second looks after it */
  TRIO_HELPER  /* the second overwrites the first one's change; meanwhile the first comes to the
                * same place of its next change; at the end it is killed there */
} TrioWay;

typedef struct
{
  const char *name;
  TrioWay     way;
  const char *first, *second, *third;
} Trio;

static const Trio trios[] = {
  { "trio: reaper, overtaken by a wait", TRIO_REAPER, "undo: wait", "undo: info", "undo: wait" },
  { "trio: reaper, overtaken by a plain post", TRIO_REAPER, "undo: wait", "undo: info",
    "plain: post" },
  { "trio: reaper, overtaken by a reaper", TRIO_REAPER, "undo: wait", "undo: info", "undo: info" },
  { "trio: reaper of a set, overtaken by a wait", TRIO_REAPER, "set: operate", "set: info",
    "set: wait" },
  { "trio: slow helper", TRIO_HELPER, "undo: wait and post", "undo: wait", "undo: wait" },
  { "trio: slow helper, plain", TRIO_HELPER, "undo: wait and post", "plain: wait", "undo: wait" },
};

typedef struct
{
  const Trio     *trio;
  const StepCase *first, *second, *third;
  VictimPath     *first_path;
  guint           unsettled; /* where the first is stopped */
} TrioRun;

/* Whether the word names change @number of the first, and its lane does not. */
static gboolean
is_unsettled (const Object *object, guint number)
{
  const IpcNative *native = object->native;
  const uint64_t w = atomic_load (&native->file->word);

  return ipc_word_lane (w) == FIRST_LANE && ipc_word_number (w) == number
         && atomic_load (&native->word.lanes[FIRST_LANE].settled) < number;
}

/* How many instructions lead to the first change. */
static guint
find_unsettled (const StepCase *c)
{
  StepRun run = { 0 };
  guint n = 0;

  step_doing ("%s, stepped to its change", c->name);
  step_prepare (&run, c);
  step_start (&run);
  while (!is_unsettled (run.object, 1))
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
  victim_go (&one->victim, self->first_path, self->unsettled);
  if (self->trio->way == TRIO_REAPER)
    victim_kill (&one->victim);
}

static void
end (const TrioRun *self, StepRun *one, StepRun *other, StepRun *third)
{
  if (self->trio->way == TRIO_HELPER)
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
  const gboolean helper = self->trio->way == TRIO_HELPER;
  StepRun one = { 0 }, other = { 0 }, third = { 0 };
  VictimState state;

  begin (self, &one, &other, &third);
  state = victim_go (&other.victim, path, k);
  while (helper && !is_unsettled (one.object, 2))
    g_assert_cmpint (victim_step (&one.victim), ==, VICTIM_STOPPED);
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
  run.unsettled = find_unsettled (run.first);
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
