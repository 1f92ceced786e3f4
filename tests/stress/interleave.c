/* interleave.c: three processes that use one native semaphore or set, in any order of their
 * instructions
 *
 * interleave [SECONDS [SEED]]
 *
 * Chance says who does the next instructions, how many, and who is killed in their midst.  At the
 * end of each run all are dead, and every unit must be there.  The seed of a run that failed, given
 * as SEED, repeats it first.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "step-object.h"
#include "step-report.h"
#include "step-victim.h"

#include <stdlib.h>

#define N_VICTIMS 3
#define N_ACTS 6
#define SECONDS 10

typedef enum
{
  ACT_TRY,
  ACT_WAIT,     /* for as long as it takes */
  ACT_TAKE_TWO, /* of a set: one of each of two */
  ACT_GIVE,
  ACT_ZERO,
  ACT_INFO,
  N_KINDS
} Act;

typedef struct
{
  Object *object;
  guint   acts[N_ACTS];
  guint   indexes[N_ACTS];
  guint   held[OBJECT_VALUES];
  Victim  victim;
  gboolean asleep, dead;
} Actor;

typedef struct
{
  guint32 seed;
  gint64  seconds;
} Options;

static struct
{
  guint64 runs, switches, kills_in_midst, helps, deadlocks;
} count;

/* -- The victims -- */

/* @delta of the semaphore @index, and of a set also of the one after it. */
static gboolean
change (Actor *self, guint index, int delta, gboolean of_two, gint64 timeout_us)
{
  const guint n_values = self->object->n_values;
  const guint next = (index + 1) % n_values;
  const IpcSemaphoreOp ops[] = { { index, delta }, { next, delta } };

  if (!ipc_semaphore_operate (self->object->undo, ops, of_two ? 2 : 1, timeout_us, NULL, NULL))
    return FALSE;

  self->held[index] -= (guint) delta;
  if (of_two)
    self->held[next] -= (guint) delta;
  return TRUE;
}

static void
act_once (Actor *self, Act act, guint index)
{
  IpcSemaphore *sem = self->object->undo;

  switch (act)
    {
    case ACT_TRY:
      self->held[0] += ipc_semaphore_try_wait (sem, NULL);
      break;
    case ACT_WAIT:
      change (self, index, -1, FALSE, -1);
      break;
    case ACT_TAKE_TWO:
      change (self, index, -1, TRUE, 0);
      break;
    case ACT_GIVE:
      if (self->held[index] > 0)
        g_assert_true (change (self, index, 1, FALSE, 0));
      break;
    case ACT_ZERO:
      ipc_semaphore_wait_zero (sem, 0, NULL, NULL);
      break;
    case ACT_INFO:
    case N_KINDS:
    default:
      ipc_info_unref (ipc_semaphore_get_info (sem, index, NULL));
      break;
    }
}

static void
act_all (gpointer data)
{
  Actor *self = data;

  for (guint i = 0; i < N_ACTS; i++)
    act_once (self, self->acts[i], self->indexes[i]);
}

static void
take_lane (gpointer data)
{
  const Actor *self = data;

  g_assert_cmpint (ipc_native_lane (self->object->native, "ipc_semaphore_open", NULL), >=, 0);
}

static void
start (Actor *self, Object *object, GRand *rand)
{
  *self = (Actor){ .object = object };
  for (guint i = 0; i < N_ACTS; i++)
    {
      self->acts[i] = (guint) g_rand_int_range (rand, 0, N_KINDS);
      self->indexes[i] = (guint) g_rand_int_range (rand, 0, (gint32) object->n_values);
    }
  victim_start (&self->victim, take_lane, act_all, self);
}

static void
end (Actor *self)
{
  count.kills_in_midst += victim_is_running (&self->victim);
  victim_kill (&self->victim);
  self->dead = TRUE;
}

/* -- One run -- */

/* FALSE: all sleep, or are dead. */
static gboolean
anybody_goes_on (Actor *actors)
{
  gboolean any = FALSE;

  for (guint i = 0; i < N_VICTIMS; i++)
    {
      Actor *actor = &actors[i];

      if (!actor->dead && actor->asleep)
        actor->asleep = victim_look (&actor->victim) == VICTIM_ASLEEP;
      any |= !actor->dead && !actor->asleep;
    }
  return any;
}

/* Mostly a few instructions, now and then many. */
static guint
turn_length (GRand *rand)
{
  return (guint) g_rand_int_range (rand, 1, g_rand_int_range (rand, 0, 4) != 0 ? 13 : 201);
}

/* Until it sleeps or is at its end. */
static guint
take_turn (Actor *self, guint n)
{
  guint i;

  for (i = 0; i < n; i++)
    switch (victim_step (&self->victim))
      {
      case VICTIM_ASLEEP:
        self->asleep = TRUE;
        return i;
      case VICTIM_ENDED:
        end (self);
        return i;
      case VICTIM_STOPPED:
      default:
        break;
      }
  return i;
}

static void
interleave (Actor *actors, GRand *rand)
{
  int budget = g_rand_int_range (rand, 300, 6000);

  while (budget > 0 && anybody_goes_on (actors))
    {
      Actor *actor = &actors[g_rand_int_range (rand, 0, N_VICTIMS)];

      if (actor->dead || actor->asleep)
        continue;

      count.switches++;
      budget -= (int) take_turn (actor, turn_length (rand)) + 1;
      if (!actor->dead && g_rand_int_range (rand, 0, 100) == 0)
        end (actor);
    }
  count.deadlocks += budget > 0;
}

static void
run_once (Object *object, guint32 seed)
{
  static const int nothing[OBJECT_VALUES];
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
  Actor actors[N_VICTIMS];
  gboolean stands;

  step_doing ("seed %u", seed);
  object_reset (object);
  for (guint i = 0; i < N_VICTIMS; i++)
    start (&actors[i], object, rand);

  interleave (actors, rand);
  for (guint i = 0; i < N_VICTIMS; i++)
    if (!actors[i].dead)
      end (&actors[i]);

  count.helps += object_helps (object);
  count.runs++;
  step_judge (object_fault (object, nothing, seed & 2, &stands));
}

/* -- The program -- */

static void
work (gconstpointer data)
{
  static const guint two[] = { 2 }, several[] = { 2, 1, 1 };
  const Options *options = data;
  const gint64 end_time = g_get_monotonic_time () + options->seconds * G_USEC_PER_SEC;
  guint32 seed = options->seed;
  Object single = { 0 }, set = { 0 };

  object_init (&single, two, G_N_ELEMENTS (two));
  object_init (&set, several, G_N_ELEMENTS (several));
  for (; g_get_monotonic_time () < end_time; seed++)
    run_once (seed & 1 ? &set : &single, seed);

  g_print ("%" G_GUINT64_FORMAT " runs, %" G_GUINT64_FORMAT " instructions, %" G_GUINT64_FORMAT
           " switches, %" G_GUINT64_FORMAT " kills (%" G_GUINT64_FORMAT
           " in the midst), %" G_GUINT64_FORMAT " lanes helped, %" G_GUINT64_FORMAT
           " times all slept: nothing was lost\n",
           count.runs, victim_count.steps, count.switches, victim_count.kills,
           count.kills_in_midst, count.helps, count.deadlocks);
}

static guint64
number (const char *text, guint64 otherwise)
{
  guint64 value = otherwise;

  if (text != NULL && !g_ascii_string_to_unsigned (text, 10, 0, G_MAXUINT32, &value, NULL))
    {
      g_printerr ("usage: interleave [SECONDS [SEED]]\n");
      exit (2);
    }
  return value;
}

int
main (int argc, char **argv)
{
  const Options options = {
    .seconds = (gint64) number (argc > 1 ? argv[1] : NULL, SECONDS),
    .seed = (guint32) number (argc > 2 ? argv[2] : NULL, g_random_int ()),
  };

  g_print ("seed %u\n", options.seed);
  return step_guarded ("interleave", work, &options);
}
