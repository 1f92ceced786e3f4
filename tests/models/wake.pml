/* wake.pml: nobody sleeps on a counter that has what he waits for (lib/ipc-word.c, ipc-native-try.c)
 *
 * Here are the flags of the word and its sleepers, and no clock: in the library a sleeper looks
 * again after 20 ms at the latest, or after half a second if another one does so already, and
 * nothing below may depend on it.  Changing the word is one step, which word.pml is about, so that
 * authors and numbers are left out.
 *
 * SLEEPERS processes wait, each for one of the operations below; some give up.  Meanwhile GIVERS
 * processes give, and a reaper gives back what somebody held who was killed.  When all of that has
 * come to rest, no sleeper may sleep whose operation could be done.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* -- What is tried; each can be set with -D -- */

#ifndef SLEEPERS
#define SLEEPERS 3
#endif
#ifndef GIVERS
#define GIVERS 2
#endif
#ifndef UNITS
#define UNITS 1 /* at first */
#endif
#ifndef HELD
#define HELD 1 /* units of somebody who was killed */
#endif
#ifndef MORE
#define MORE 2 /* units, of who takes several */
#endif
#ifndef KINDS
#define KINDS 7 /* of operations, see below */
#endif
#ifndef MUTANT
#define MUTANT 0 /* README.md lists them */
#endif

/* -- The word: flags over the value -- */

#define WAITERS 16
#define ZERO 32
#define MANY 64

#define VALUE(w) ((w) % 16)
#define FLAGS(w) ((w) - VALUE (w))
#define HAS(w, flag) (((w) & (flag)) != 0)

byte word = UNITS;

/* -- Operations, as their conditions (IpcPlan) -- */

#define ANY 15

typedef Plan { byte need; byte exact; short net };
Plan plan[SLEEPERS];

#define SHORT(w, p) \
  (VALUE (w) < plan[p].need || (plan[p].exact != ANY && VALUE (w) < plan[p].exact))
#define NONZERO(w, p) (plan[p].exact != ANY && VALUE (w) > plan[p].exact)
#define CAN_BE(w, p) (!SHORT (w, p) && !NONZERO (w, p))


inline make_plan (p, kind)
{
  plan[p].exact = ANY;
  if
  :: kind == 0 -> plan[p].need = 1; plan[p].net = -1     /* take one */
  :: kind == 1 -> plan[p].need = MORE; plan[p].net = -MORE /* take several */
  :: kind == 2 -> plan[p].exact = 0                      /* wait for zero */
  :: kind == 3 -> plan[p].exact = 0; plan[p].net = 1     /* wait for zero, then give */
  :: kind == 4 -> plan[p].need = 1                       /* take one, give one */
  :: kind == 5 -> plan[p].need = 1; plan[p].net = 1      /* take one, give two */
  :: kind == 6 -> plan[p].exact = 1; plan[p].net = -1    /* take one, which is the last */
  fi
}

/* flags_of(): what a sleeper leaves in the word. */
#define FLAGS_SHORT(p) \
  (WAITERS | (plan[p].need > 1 || plan[p].exact != ANY -> MANY : 0))
#define FLAGS_NONZERO(p) \
  (ZERO | (plan[p].exact > 0 && MUTANT != 34 -> MANY : 0))

/* -- Waking -- */

#define ALL 100

chan sleepers = [SLEEPERS] of { byte };
bool asleep[SLEEPERS];
bool may_leave; /* one sleeper may give up */

/* ipc_word_wakes(): sleepers for units and for zero share one address. */
inline ipc_word_wakes (w, delta)
{
  if
  :: (delta) > 0 && HAS (w, WAITERS) -> n = (FLAGS (w) == WAITERS -> (delta) : ALL)
  :: (delta) < 0 && HAS (w, ZERO) && (VALUE (w) + (delta) == 0 || HAS (w, MANY)) -> n = ALL
  :: else -> n = 0
  fi
}

/* ipc_word_flags_after() */
inline flags_after (delta)
{
  ipc_word_wakes (before | add, delta);
  flags = FLAGS (before | add);
  if
  :: n == 0
  :: n == ALL -> flags = 0
  :: else -> flags = flags & (ZERO | MANY)
  fi
}

/* Who has slept longest is woken first, as Linux does among equals.  (If a newcomer could be woken
 * first, he could use up the wake-up of another: he waits for something else, and went to sleep
 * between the change and its wake-up.) */
inline wake_some ()
{
  d_step {
    do
    :: n > 0 && nempty (sleepers) -> sleepers ? first; asleep[first] = false; n--
    :: n == 0 || empty (sleepers) -> break
    od;
    n = 0; first = 0
  }
}

/* A change that is possible; within atomic. */
inline apply (delta)
{
  before = word;
  flags_after (delta);
  word = VALUE (before) + (delta) + flags;
  ipc_word_wakes (before, delta);
  flags = 0;
  add = 0
}

inline give (units)
{
  d_step { apply (units); before = 0 };
  wake_some ()
}

/* after_one(): who was woken alone and leaves units passes the wake-up on.  Others who sleep for
 * more may be hit instead, so that with them all are woken. */
inline pass_on ()
{
  if
  :: !slept || MUTANT == 9 || VALUE (word) == 0 -> more = 0
  :: slept && MUTANT == 32 && plan[me].net >= 0 -> more = 0
  :: slept && MUTANT == 31 -> more = (HAS (before, MANY) -> 0 : 1)
  :: else -> more = (HAS (before, MANY | ZERO) -> ALL : 1)
  fi
}

/* -- The processes -- */

/* To try and to leave a flag is one step here: where the library's CAS finds another word, it tries
 * again. */
proctype Sleeper (byte me)
{
  byte before, flags, add, n, more, first;
  bool slept, leaves;

again:
  atomic {
    if
    :: CAN_BE (word, me) ->
       before = word;
       add = (slept && MUTANT != 8 -> FLAGS_SHORT (me) : 0);
       if
       :: plan[me].net != 0 -> apply (plan[me].net)
       :: else -> add = 0
       fi;
       pass_on ();
       before = 0;
       goto done
    :: else ->
       word = word | (SHORT (word, me) -> FLAGS_SHORT (me) : FLAGS_NONZERO (me));
       before = word
    fi
  }
  if
  :: leaves -> goto gone
  :: else
  fi;
  d_step {
    if
    :: word == before -> asleep[me] = true; sleepers ! me
    :: else
    fi;
    before = 0;
    slept = true
  }
end:
  if
  :: !asleep[me]
  :: d_step {
       may_leave && asleep[me] ->
       may_leave = false; asleep[me] = false; sleepers ?? eval (me); leaves = true
     }
  fi;
  goto again;

done:
  wake_some ();
  d_step { n = more; more = 0; slept = false };
  wake_some ();
  if
  :: plan[me].net < 0 -> give (-plan[me].net)
  :: skip
  fi;
gone:
  skip
}

proctype Giver ()
{
  byte before, flags, add, n, first;

  give (1)
}

/* Somebody gave a unit and was killed before he woke anybody; what he still held, his reaper gives
 * back. */
proctype Reaper ()
{
  byte before, flags, add, n, first;

  d_step { apply (1) };
  d_step { apply (HELD); before = 0 };
  n = (MUTANT == 33 && HELD == 1 -> 1 : ALL);
  wake_some ()
}

init
{
  byte i, kind;

  atomic {
    if
    :: may_leave = true
    :: skip
    fi;
    /* Any of the operations; the order of sleepers does not matter. */
    do
    :: i < SLEEPERS && kind < KINDS - 1 -> kind++
    :: i < SLEEPERS -> make_plan (i, kind); run Sleeper (i); i++
    :: i == SLEEPERS -> kind = 0; break
    od;
    i = 0;
    do
    :: i < GIVERS -> run Giver (); i++
    :: else -> break
    od;
    i = 0;
#if HELD
    run Reaper ()
#endif
  }

  timeout;
  d_step {
    do
    :: i < SLEEPERS -> assert (!asleep[i] || !CAN_BE (word, i)); i++
    :: else -> break
    od
  }
}
