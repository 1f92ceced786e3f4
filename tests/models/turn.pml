/* turn.pml: nobody sleeps beside a unit that is promised to somebody else (lib/ipc-native-turn.c)
 *
 * Takers want the one unit several times over, wait politely, and give it back; a trier takes it
 * without waiting, whomever it is promised to; a giver gives two more.  A taker may give up, or fail
 * when it could take, as where UNDO has no room for more.  There is no clock, and nobody dies: what
 * a process that was killed owes to others is found by a sleeper that looks again.  When all has
 * come to rest, no taker may sleep while there is a unit.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef TAKERS
#define TAKERS 3
#endif
#ifndef TURNS
#define TURNS 2 /* of each */
#endif
#ifndef UNITS
#define UNITS 1 /* at first */
#endif
#ifndef GIVERS
#define GIVERS 0
#endif
#ifndef TRIERS
#define TRIERS 1
#endif
#ifndef FAILURES
#define FAILURES 1
#endif
#ifndef LEAVERS
#define LEAVERS 1
#endif
#ifndef MUTANT
#define MUTANT 0 /* README.md lists them */
#endif

#define WAITERS 16
#define VALUE(w) ((w) % 16)
#define HAS(w, flag) (((w) & (flag)) != 0)

byte word = UNITS;
bool promised;
byte failures = FAILURES;
byte leavers = LEAVERS;

/* Who has slept longest is woken first. */
chan sleepers = [TAKERS] of { byte };
bool asleep[TAKERS];
bool woken[TAKERS];

inline wake (most)
{
  d_step {
    n = 0;
    do
    :: n < (most) && nempty (sleepers) ->
       sleepers ? first; asleep[first] = false; woken[first] = true; n++
    :: n == (most) || empty (sleepers) -> break
    od;
    first = 0
  }
}

/* ipc_native_lapse() */
inline lapse ()
{
  promised = false;
  word = word & ~WAITERS;
  if
  :: MUTANT != 42 -> wake (TAKERS)
  :: else
  fi
}

/* ipc_native_redeem() */
inline redeem ()
{
  if
  :: promised ->
     if
     :: VALUE (word) > 0 -> promised = false
     :: else
     fi
  :: else
  fi
}

/* A post: change_one() and after_one() */
inline give (units)
{
  keep = promised;
  d_step {
    before = word;
    word = word + (units);
    if
    :: keep
    :: else -> word = word & ~WAITERS
    fi
  }
  if
  :: HAS (before, WAITERS) ->
     wake (units);
     if
     :: keep && n == 0 && MUTANT != 41 -> lapse ()
     :: else
     fi
  :: else
  fi;
  d_step { keep = false; before = 0; n = 0 }
}

proctype Taker (byte me)
{
  byte before, n, first, turns;
  bool keep, slept, has, more;

again:
  if
  :: !slept ->
     before = word; /* ipc_native_is_due() */
     if
     :: HAS (before, WAITERS) && promised -> goto nap
     :: else
     fi
  :: else
  fi;
  redeem ();
  atomic {
    before = word;
    if
    :: VALUE (word) > 0 && failures > 0 && slept -> failures--; goto fails
    :: VALUE (word) > 0 ->
       word = word - 1;
       if
       :: slept -> word = word | WAITERS
       :: else
       fi;
       more = slept && VALUE (word) > 0;
       has = true
    :: else
    fi
  }
  if
  :: has -> goto taken
  :: else
  fi;

  if
  :: woken[me] -> promised = true; woken[me] = false
  :: else
  fi;
  atomic { /* ipc_word_mark() */
    if
    :: word == before -> word = word | WAITERS; before = word
    :: else -> goto again
    fi
  }
nap:
  if
  :: slept && leavers > 0 -> leavers--; goto gone
  :: skip
  fi;
  d_step {
    woken[me] = false;
    if
    :: word == before -> asleep[me] = true; sleepers ! me
    :: else
    fi;
    before = 0;
    slept = true
  }
end:
  !asleep[me];
  goto again;

taken:
  if
  :: more -> wake (1)
  :: else
  fi;
  d_step { has = false; more = false; slept = false; woken[me] = false; before = 0; n = 0 }
  give (1);
  turns++;
  if
  :: turns < TURNS -> goto again
  :: else -> goto gone
  fi;

fails:
  if
  :: MUTANT != 43 -> lapse ()
  :: else
  fi;
gone:
  skip
}

proctype Trier ()
{
  byte before, n, first;
  bool keep, has;

  redeem ();
  atomic {
    if
    :: VALUE (word) > 0 -> word = word - 1; has = true
    :: else
    fi
  }
  if
  :: has -> give (1)
  :: else
  fi
}

proctype Giver ()
{
  byte before, n, first;
  bool keep;

  give (2)
}

init
{
  byte i;

  atomic {
    do
    :: i < TAKERS -> run Taker (i); i++
    :: else -> break
    od;
    i = 0;
    do
    :: i < TRIERS -> run Trier (); i++
    :: else -> break
    od;
    i = 0;
    do
    :: i < GIVERS -> run Giver (); i++
    :: else -> break
    od;
    i = 0
  }

  timeout;
  d_step {
    do
    :: i < TAKERS -> assert (!asleep[i] || VALUE (word) == 0); i++
    :: else -> break
    od
  }
}
