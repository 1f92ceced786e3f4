/* step-pairs.c: two victims, killed at each pair of instructions
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "step.h"

typedef enum
{
  PAIR_REAPER, /* the first is killed, then the second looks after it and is killed */
  PAIR_HELPER  /* the first is stopped; the second is killed; then the first, or the first first */
} PairWay;

typedef struct
{
  PairWay     way;
  const char *first, *second; /* at most one of them changes something for good */
} Pair;

static const Pair pairs[] = {
  { PAIR_REAPER, "undo: wait", "undo: info" },
  { PAIR_REAPER, "undo: post of a unit held", "undo: info" },
  { PAIR_REAPER, "undo: operate -2", "undo, late lane: wait" },
  { PAIR_HELPER, "undo: wait", "undo: wait" },
  { PAIR_HELPER, "undo: wait", "undo: post of a unit held" },
  { PAIR_HELPER, "undo: post of a unit held", "undo: wait" },
  { PAIR_HELPER, "undo: post of a unit held", "undo: post of a unit held" },
  { PAIR_HELPER, "undo: wait", "plain: wait" },
  { PAIR_HELPER, "undo: operate -2", "plain: post" },
  { PAIR_REAPER, "set: operate", "set: info" },
  { PAIR_REAPER, "set: operate with a unit held", "set, late lane: wait" },
  { PAIR_HELPER, "set: operate", "set: wait" },
  { PAIR_HELPER, "set: post of a unit held", "set: wait" },
};

typedef struct
{
  const Pair     *pair;
  const StepCase *first, *second;
  VictimPath     *first_path;
  guint           a;
  guint64         n_rounds, n_runs;
} PairRun;

/* -- One pair -- */

/* Both are begun before the first dies, so that the second has a lane of its own; the first is
 * where it shall be. */
static void
begin (PairRun *self, StepRun *one, StepRun *other)
{
  step_prepare (one, self->first);
  *other = *one;
  other->c = self->second;
  step_start (one);
  step_start (other);
  victim_go (&one->victim, self->first_path, self->a);
  if (self->pair->way == PAIR_REAPER)
    victim_kill (&one->victim);
}

static void
end (const PairRun *self, StepRun *one, StepRun *other, gboolean first_first)
{
  if (self->pair->way == PAIR_HELPER && first_first)
    victim_kill (&one->victim);
  victim_kill (&other->victim);
  if (self->pair->way == PAIR_HELPER && !first_first)
    victim_kill (&one->victim);
  step_helps += object_helps (one->object);
}

static VictimPath *
record_second (PairRun *self)
{
  StepRun one = { 0 }, other = { 0 };
  VictimPath *path;

  step_doing ("%s at %u, %s stepped", self->first->name, self->a, self->second->name);
  begin (self, &one, &other);
  path = victim_record (&other.victim);
  end (self, &one, &other, FALSE);
  return path;
}

static void
kill_both (PairRun *self, const VictimPath *path, guint b)
{
  const int *lasting = step_lasting (self->first, self->second, NULL);
  StepRun one = { 0 }, other = { 0 };
  gboolean stands;

  step_doing ("%s at %u, %s at %u", self->first->name, self->a, self->second->name, b);
  begin (self, &one, &other);
  if (victim_go (&other.victim, path, b) == VICTIM_ENDED && b < victim_path_length (path))
    victim_count.late++;
  end (self, &one, &other, b & 1);
  step_judge (object_fault (one.object, lasting, b & 2, &stands));
  self->n_runs++;
}

/* -- All of them -- */

/* When not all: for each place of the first other ones of the second. */
static void
run_pair (const Pair *pair, const char *name, const StepOptions *options)
{
  const gint64 began = g_get_monotonic_time ();
  PairRun run = {
    .pair = pair,
    .first = step_case (pair->first),
    .second = step_case (pair->second),
  };
  g_autoptr (VictimPath) first_path = step_record (run.first);
  const guint length = victim_path_length (first_path);
  guint length_of_second = 0;
  g_autofree char *what = NULL;

  run.first_path = first_path;
  for (run.a = 0; run.a <= length; run.a += 1 + options->every / 8)
    {
      g_autoptr (VictimPath) path = record_second (&run);
      g_autoptr (GArray) places = step_places (path, options);
      guint i = (guint) (run.n_rounds++ % options->every);

      length_of_second = victim_path_length (path);
      for (; i < places->len; i += options->every)
        kill_both (&run, path, g_array_index (places, guint, i));
    }

  what = g_strdup_printf ("%u x %u", length, length_of_second);
  step_passed (name, what, run.n_runs, began);
}

void
step_pairs (const StepOptions *options)
{
  for (guint i = 0; i < G_N_ELEMENTS (pairs); i++)
    {
      g_autofree char *name = g_strdup_printf ("%s: %s; %s",
                                               pairs[i].way == PAIR_REAPER ? "reaper" : "helper",
                                               pairs[i].first, pairs[i].second);

      if (step_wanted (options, name))
        run_pair (&pairs[i], name, options);
    }
}
