/* step-path.c: the way of a victim, instruction by instruction, and how to get to a place on it
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "step-victim.h"

#include <stddef.h>
#include <sys/ptrace.h>
#include <sys/user.h>

/* So many instructions are stepped rather than met at a breakpoint. */
#define REACH 8

#if defined __x86_64__
#define PROGRAM_COUNTER offsetof (struct user, regs.rip)
#define HAVE_BREAKPOINT 1
#elif defined __i386__
#define PROGRAM_COUNTER offsetof (struct user, regs.eip)
#define HAVE_BREAKPOINT 1
#else
#define HAVE_BREAKPOINT 0
#endif
#define BREAKPOINT 0xcc /* int3 */

typedef struct
{
  gulong   pc;
  guint    nth;   /* how often it has been here, this time counted */
  gboolean again; /* one instruction that repeats itself: it is met only the first time */
} Place;

/* -- Where it is -- */

gboolean
victim_has_breakpoints (void)
{
  return HAVE_BREAKPOINT;
}

#if HAVE_BREAKPOINT
static gulong
place_now (const Victim *self)
{
  return (gulong) ptrace (PTRACE_PEEKUSER, self->pid, PROGRAM_COUNTER, NULL);
}

static void
poke (const Victim *self, int how, gulong at, gulong word)
{
  const long r = ptrace (how, self->pid, at, word);

  g_assert_cmpint (r, ==, 0);
}

/* In the code, which is the victim's own from then on.  A debug register would cost less, but there
 * are virtual machines in which one can be set and never stops anybody. */
static VictimState
run_to_breakpoint (Victim *self, gulong pc)
{
  const gulong code = (gulong) ptrace (PTRACE_PEEKTEXT, self->pid, pc, NULL);
  VictimState state;

  poke (self, PTRACE_POKETEXT, pc, (code & ~0xfful) | BREAKPOINT);
  state = victim_rouse (self, victim_run (self));
  if (state != VICTIM_STOPPED)
    return state;

  g_assert_cmphex (place_now (self), ==, pc + 1);
  poke (self, PTRACE_POKETEXT, pc, code);
  poke (self, PTRACE_POKEUSER, PROGRAM_COUNTER, pc);
  return state;
}
#else
static gulong
place_now (const Victim *self G_GNUC_UNUSED)
{
  return 0;
}

static VictimState
run_to_breakpoint (Victim *self G_GNUC_UNUSED, gulong pc G_GNUC_UNUSED)
{
  g_assert_not_reached ();
}
#endif

/* -- Writing it down -- */

static void
add_place (VictimPath *path, GHashTable *seen, gulong pc)
{
  const GArray *places = path->places;
  Place place = { .pc = pc };

  place.again = places->len > 0 && g_array_index (places, Place, places->len - 1).pc == pc;
  place.nth = GPOINTER_TO_UINT (g_hash_table_lookup (seen, (gpointer) pc)) + !place.again;
  g_hash_table_insert (seen, (gpointer) pc, GUINT_TO_POINTER (place.nth));
  g_array_append_val (path->places, place);
}

/* Where the linker put this program, with the library in it. */
extern char __executable_start, etext;

gboolean
victim_path_is_foreign (const VictimPath *path, guint k)
{
  const guint at = MIN (path->first + k, path->places->len - 1);
  const gulong pc = g_array_index (path->places, Place, at).pc;

  return pc != 0 && (pc < (gulong) &__executable_start || pc >= (gulong) &etext);
}

VictimPath *
victim_record (Victim *self)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);
  VictimPath *path = g_new0 (VictimPath, 1);
  VictimState state = VICTIM_STOPPED;

  path->places = g_array_new (FALSE, FALSE, sizeof (Place));
  while (state == VICTIM_STOPPED)
    {
      add_place (path, seen, place_now (self));
      if (path->first == 0 && victim_is_running (self))
        path->first = path->places->len - 1;

      state = victim_step (self);
      if (state == VICTIM_ASLEEP && path->asleep == 0)
        path->asleep = path->places->len - 1 - path->first;
      state = victim_rouse (self, state);
    }

  return path;
}

void
victim_path_free (VictimPath *path)
{
  g_array_unref (path->places);
  g_free (path);
}

guint
victim_path_length (const VictimPath *path)
{
  return path->places->len - path->first;
}

/* -- Going there -- */

/* The place from which on stepping is cheapest: met seldom, and not far before @k. */
static guint
best_anchor (const VictimPath *path, guint k)
{
  guint best = 0, best_cost = k, reach = HAVE_BREAKPOINT ? REACH : 0;

  for (guint j = MIN (k, path->places->len - 1); j > 0 && reach > 0; j--)
    {
      const Place *place = &g_array_index (path->places, Place, j);

      if (place->again)
        continue;
      if (place->nth + (k - j) < best_cost)
        {
          best = j;
          best_cost = place->nth + (k - j);
        }
      reach--;
    }

  return best;
}

/* One instruction, with all its repetitions. */
static VictimState
step_on (Victim *self, gulong pc)
{
  VictimState state = VICTIM_STOPPED;

  while (state == VICTIM_STOPPED && place_now (self) == pc)
    state = victim_rouse (self, victim_step (self));
  return state;
}

static VictimState
run_to (Victim *self, const Place *place)
{
  VictimState state = VICTIM_STOPPED;

  for (guint i = place_now (self) == place->pc; i < place->nth && state == VICTIM_STOPPED; i++)
    {
      state = step_on (self, place->pc);
      if (state == VICTIM_STOPPED)
        state = run_to_breakpoint (self, place->pc);
    }

  return state;
}

VictimState
victim_go (Victim *self, const VictimPath *path, guint k)
{
  const gboolean asleep = k == VICTIM_WHILE_ASLEEP;
  const guint target = path->first + (asleep ? path->asleep : k);
  const guint anchor = best_anchor (path, target);
  VictimState state = VICTIM_STOPPED;

  if (anchor > 0)
    state = run_to (self, &g_array_index (path->places, Place, anchor));

  for (guint i = anchor; i < target && state == VICTIM_STOPPED; i++)
    state = victim_rouse (self, victim_step (self));

  if (asleep && state == VICTIM_STOPPED)
    state = victim_step (self);
  return state;
}

/* -- One victim -- */

VictimPath *
victim_trace (VictimCode op, gpointer data)
{
  Victim self = { 0 };
  VictimPath *path;

  victim_start (&self, NULL, op, data);
  path = victim_record (&self);
  victim_kill (&self);
  return path;
}

VictimState
victim_kill_at (VictimCode op, gpointer data, const VictimPath *path, guint k)
{
  Victim self = { 0 };
  VictimState state;

  victim_start (&self, NULL, op, data);
  state = victim_go (&self, path, k);
  victim_kill (&self);
  return state;
}
