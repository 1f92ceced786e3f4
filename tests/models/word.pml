/* word.pml: a counter whose changes survive the death of who makes them (lib/ipc-word.c)
 *
 * Names are those of the library.  A step of this model is one access to what processes share,
 * with the private work around it; d_step makes that one step.  Memory is sequentially consistent:
 * the orders of C11 are argued in ipc-word.c and tried by other tests.
 *
 * WORKERS processes take, give and sweep under UNDO, each in a lane; they are killed at any step,
 * DEATHS times in all, start again, and take over lanes of the dead.  GIVERS processes take and
 * give without UNDO.  SETTERS processes set the value.  At the end the dead are swept, and every
 * unit must be back.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* -- What is tried; each can be set with -D -- */

#ifndef WORKERS
#define WORKERS 2
#endif
#ifndef LANES
#define LANES 2
#endif
#ifndef UNITS
#define UNITS 1 /* what the counter has at first, and its limit for those with UNDO */
#endif
#ifndef OPS
#define OPS 2 /* of a worker in one life */
#endif
#ifndef DEATHS
#define DEATHS 2
#endif
#ifndef GIVERS
#define GIVERS 0
#endif
#ifndef SETTERS
#define SETTERS 0
#endif
#ifndef MUTANT
#define MUTANT 0 /* README.md lists them */
#endif

/* -- The word and the lanes, as in ipc-word-private.h; flags are in wake.pml -- */

#define NONE 7 /* no lane, no process */

#define MAKE(value, lane, number) ((value) + (lane) * 8 + (number) * 64)
#define VALUE(w) ((w) % 8)
#define LANE(w) (((w) / 8) % 8)
#define NUMBER(w) ((w) / 64)

typedef Lane
{
  byte  settled; /* number of the last finished operation */
  byte  intent;  /* settled + 1 while one is under way */
  byte  done;    /* written by others: highest number that took effect */
  short held[2]; /* units held after operation n: held[n % 2] */
  short change   /* of held, by the operation under way */
}

short word = MAKE (UNITS, NONE, 0);
Lane lanes[LANES];
byte lanes_used = 0;

/* The kernel's: who has the lock byte of a lane, as its owner or as its reaper. */
byte owner[LANES] = NONE;

/* Not in the library: what is true, changed in the same step as the word. */
short truth[LANES]; /* units that a lane has */
short given = 0;    /* units that came without UNDO, less those that went */

bool killed[WORKERS];
byte deaths = 0, ended = 0;

/* What one process knows.  Reset after use, so that it does not tell equal states apart. */
#define PRIVATE \
  byte number, settled, done, q; \
  short w, held, seen; \
  bool ok, fits, applied

#define FORGET \
  number = 0; settled = 0; done = 0; q = 0; w = 0; held = 0; seen = 0; ok = false; fits = false; \
  applied = false

/* -- The engine -- */

/* judge(): a change by -1 needs a unit; others always fit here. */
#define FITS(w, net) ((net) > 0 || VALUE (w) + (net) >= 0)

/* Rule 3.  ok: the word may be overwritten; else it has moved. */
inline help (me)
{
  d_step {
    q = LANE (w);
    ok = (q == NONE || q == me || MUTANT == 1);
    if
    :: !ok -> settled = lanes[q].settled; ok = (settled == NUMBER (w))
    :: else
    fi
  }
  if
  :: !ok && settled + 1 == NUMBER (w) ->
     d_step { ok = (word == w); if :: ok -> done = lanes[q].done :: else fi }
     if
     :: ok && MUTANT == 7 -> lanes[q].done = settled + 1
     :: ok && MUTANT != 7 -> raise_done ()
     :: else
     fi
  :: else
  fi;
  d_step { settled = 0; done = 0; q = 0 }
}

/* Rule 4: a maximum by CAS. */
inline raise_done ()
{
  do
  :: done >= settled + 1 -> break
  :: else ->
     d_step {
       if
       :: lanes[q].done == done -> lanes[q].done = settled + 1; done = settled + 1
       :: else -> done = lanes[q].done
       fi
     }
  od;
  skip
}

/* ipc_word_apply(): a change without UNDO. */
inline apply (net)
{
  d_step { w = word; fits = FITS (w, net); applied = false };
  do
  :: applied || !fits -> break
  :: else ->
     help (NONE);
     d_step {
       if
       :: ok && word == w ->
          word = MAKE (VALUE (w) + net, NONE, 0);
          given = given + net;
          applied = true
       :: else -> w = word; fits = FITS (w, net)
       fi
     }
  od;
  skip
}

/* Rule 2, its second half. */
inline settle (me, units)
{
  if
  :: MUTANT == 5 -> lanes[me].settled = number; lanes[me].held[number % 2] = units
  :: else -> lanes[me].held[number % 2] = units; lanes[me].settled = number
  fi;
  assert (lanes[me].held[number % 2] == truth[me])
}

/* ipc_word_apply_held(): the same by the owner of lane me, who never gives more than he holds. */
inline apply_held (me, net)
{
  d_step {
    number = lanes[me].settled + 1;
    held = lanes[me].held[(number + 1) % 2];
    w = word;
    fits = FITS (w, net);
    applied = false
  }
  if
  :: fits ->
     /* Rule 2, its first half. */
     lanes[me].change = -(net);
     lanes[me].intent = number;
     do
     :: applied || !fits -> break
     :: else ->
        help (me);
        d_step {
          if
          :: ok && word == w ->
             word = MAKE (VALUE (w) + (net), me, number);
             truth[me] = truth[me] - (net);
             applied = true
          :: else -> w = word; fits = FITS (w, net)
          fi
        }
     od;
     if
     :: applied -> settle (me, held - (net))
     :: else -> lanes[me].intent = number - 1
     fi
  :: else
  fi
}

#define DIRTY(j) \
  (lanes[j].held[lanes[j].settled % 2] != 0 || lanes[j].intent > lanes[j].settled)

/* ipc_lane_settle(): the lane is claimed, so that only "done" and the word can change meanwhile. */
inline settle_dead (j)
{
  d_step { number = lanes[j].settled + 1; ok = (lanes[j].intent == number) };
  if
  :: ok ->
     if
     :: MUTANT == 2 -> done = lanes[j].done
     :: else
     fi;
     /* Rule 5. */
     d_step { w = word; applied = (LANE (w) == j && NUMBER (w) == number) };
     d_step {
       if
       :: MUTANT != 2 -> done = lanes[j].done
       :: else
       fi;
       applied = ((applied || done >= number) && MUTANT != 3) || MUTANT == 4;
       assert (applied == (truth[j] != lanes[j].held[(number + 1) % 2]));
       done = 0
     }
     if
     :: applied -> settle (j, lanes[j].held[(number + 1) % 2] + lanes[j].change)
     :: else -> lanes[j].intent = number - 1
     fi
  :: else
  fi;
  assert (lanes[j].held[lanes[j].settled % 2] == truth[j])
}

/* ipc_lane_reap().  Rule 6: the units come back by an operation of the dead lane. */
inline reap (j)
{
  settle_dead (j);
  held = truth[j];
  if
  :: held == 0
  :: held != 0 && MUTANT == 6 ->
     d_step { word = word + held; truth[j] = 0 };
     lanes[j].held[lanes[j].settled % 2] = 0
  :: else -> apply_held (j, held)
  fi;
  d_step { FORGET }
}

/* -- The processes -- */

/* sweep_but(), for one lane: to claim it is to test whether its owner is dead. */
inline sweep (j)
{
  ok = DIRTY (j);
  if
  :: ok ->
     d_step { ok = (owner[j] == NONE); if :: ok -> owner[j] = i :: else fi };
     if
     :: ok -> reap (j); owner[j] = NONE
     :: else
     fi
  :: else
  fi;
  ok = false
}

/* ipc_life_enter(): the first lane that nobody has; its last owner may have died. */
#define FREE(l) (owner[l] == NONE)
#define TAKE_LANE(l) owner[l] = i; me = l

inline enter ()
{
  if
  :: d_step { FREE (0) -> TAKE_LANE (0) }
#if LANES > 1
  :: d_step { !FREE (0) && FREE (1) -> TAKE_LANE (1) }
#endif
#if LANES > 2
  :: d_step { !FREE (0) && !FREE (1) && FREE (2) -> TAKE_LANE (2) }
#endif
  fi;
  d_step {
    if
    :: lanes_used < me + 1 -> lanes_used = me + 1
    :: else
    fi
  }
  reap (me)
}

proctype Worker (byte i)
{
  PRIVATE;
  byte me = NONE, other, ops;

start:
  {
    enter ();
    do
    :: ops < OPS -> ops++; apply_held (me, -1); d_step { FORGET }
    :: ops < OPS && truth[me] > 0 -> ops++; apply_held (me, 1); d_step { FORGET }
    :: ops < OPS && LANES > 1 -> ops++; other = (me + 1) % LANES; sweep (other); other = 0
    :: ops < OPS && LANES > 2 -> ops++; other = (me + 2) % LANES; sweep (other); other = 0
    :: ops == OPS ->
       /* It ends without giving anything back. */
       d_step { owner[me] = NONE; me = NONE; ops = 0; ended++ };
       goto stop
    od
  } unless { killed[i] };

  /* What the kernel does for who was killed. */
  d_step {
    killed[i] = false;
    FORGET;
    other = 0;
    do
    :: other < LANES ->
       if
       :: owner[other] == i -> owner[other] = NONE
       :: else
       fi;
       other++
    :: else -> break
    od;
    me = NONE; other = 0; ops = 0
  }
  goto start;
stop:
  skip
}

/* Kills workers, or does not. */
proctype Killer ()
{
  byte i;

end:
  do
  :: d_step { deaths < DEATHS && ended < WORKERS && !killed[0] -> killed[0] = true; deaths++ }
#if WORKERS > 1
  :: d_step { deaths < DEATHS && ended < WORKERS && !killed[1] -> killed[1] = true; deaths++ }
#endif
#if WORKERS > 2
  :: d_step { deaths < DEATHS && ended < WORKERS && !killed[2] -> killed[2] = true; deaths++ }
#endif
  od
}

/* Without UNDO nothing has to be done for the dead: one that stops here is as one that was killed. */
proctype Giver ()
{
  PRIVATE;

  apply (1);
  d_step { FORGET };
  apply (-1);
  d_step { FORGET }
}

/* -- ipc_word_set() -- */

/* ipc_lane_is_dirty(), of a lane whose owner may be at work.  A lane whose operation number + 1 is
 * announced was not at rest when its number was read. */
inline look_at (j)
{
  settled = lanes[j].settled;
  held = lanes[j].held[settled % 2];
  d_step {
    fits = (held == 0 && (MUTANT == 12 -> lanes[j].intent != settled + 1
                                       : lanes[j].intent <= settled));
    settled = 0; held = 0
  }
}

inline look_at_lanes ()
{
  if
  :: MUTANT != 13 -> used = lanes_used
  :: else
  fi;
  other = 0;
  fits = true;
  do
  :: !fits || other == used -> break
  :: else -> look_at (other); other++
  od;
  other = 0
}

inline secure (me)
{
  do
  :: help (me);
     if
     :: ok -> break
     :: else -> w = word
     fi
  od
}

/* The word is safe to overwrite, then lanes are looked at, then the word must still be the same:
 * who takes a unit meanwhile moves it. */
inline assign (value)
{
  d_step { used = lanes_used; w = word; applied = false; fits = true };
  do
  :: applied || !fits -> break
  :: else ->
     if
     :: MUTANT == 11 -> look_at_lanes (); secure (NONE)
     :: else -> secure (NONE); look_at_lanes ()
     fi;
     skip;
     d_step {
       if
       :: fits && word == w ->
          word = MAKE (value, NONE, 0);
          given = value - UNITS;
          applied = true;
          do
          :: other < LANES -> assert (truth[other] == 0); other++
          :: else -> other = 0; break
          od
       :: else -> w = word
       fi
     }
  od;
  used = 0
}

proctype Setter ()
{
  PRIVATE;
  byte other, used;

  assign (UNITS);
  d_step { FORGET }
}

init
{
  PRIVATE;
  byte i = WORKERS, j;
  short sum;

  atomic {
    run Worker (0);
#if WORKERS > 1
    run Worker (1);
#endif
#if WORKERS > 2
    run Worker (2);
#endif
#if GIVERS
    run Giver ();
#endif
#if SETTERS
    run Setter ();
#endif
    run Killer ()
  }

  ended == WORKERS;
  do
  :: j < LANES -> sweep (j); j++
  :: else -> break
  od;
  skip;
  d_step {
    sum = VALUE (word);
    j = 0;
    do
    :: j < LANES -> assert (truth[j] == 0 && !DIRTY (j)); sum = sum + truth[j]; j++
    :: else -> break
    od;
    assert (sum == UNITS + given)
  }
}
