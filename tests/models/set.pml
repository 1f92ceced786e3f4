/* set.pml: counters changed all at once or not at all, whoever dies (lib/ipc-set.c, and its use in
 * ipc-native-lane.c and ipc-native-try-set.c)
 *
 * Names are those of the library.  The lock is an IpcWord with limit 1, which word.pml is about:
 * here to take it or to give it back is one step, and whoever looks knows which lane has it.  A step
 * is one store into the counters or the ledger; an entry of the record is written in one step, since
 * nobody reads the record before it is committed.
 *
 * WORKERS processes operate on two counters, with and without UNDO, sleep until they can, and sweep;
 * they are killed at any step, DEATHS times in all, start again, and take over lanes of the dead.
 * Whenever the lock is given back, counters and ledger are what committed operations made them.
 * When all has come to rest nobody sleeps through a change, and all that the dead held is back.
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
#define UNITS 1 /* of each counter, at first */
#endif
#ifndef OPS
#define OPS 2 /* of a worker in one life */
#endif
#ifndef DEATHS
#define DEATHS 2
#endif
#ifndef MUTANT
#define MUTANT 0 /* README.md lists them */
#endif

#define COUNTERS 2
#define NONE 7 /* no lane, no process */

/* -- Shared memory, as in ipc-set-private.h -- */

typedef Entry { byte index; byte value; byte held };
typedef Row { byte held[COUNTERS] };

byte values[COUNTERS] = UNITS;
Entry record[COUNTERS];
Row ledger[LANES];
bool tracks[LANES]; /* the owner may hold units */
byte committed = 0; /* entries of the record that count */
bool event[WORKERS]; /* whether it still is what this process has read: it differs after changes */
bool sleepers;      /* whether there may be any */
byte lock = NONE;   /* the lane that has it */

/* The kernel's: who has the lock byte of a lane, as its owner or as its reaper, and who sleeps. */
byte owner[LANES] = NONE;
bool asleep[WORKERS];

/* Not in the library: what committed operations made, changed in the step that commits. */
byte true_values[COUNTERS] = UNITS;
Row true_ledger[LANES];
short gifts[COUNTERS]; /* what came without UNDO, less what went */

bool killed[WORKERS], gone[WORKERS];
byte deaths = 0;

#define PRIVATE \
  short delta[COUNTERS], gift[COUNTERS]; \
  byte n, k, c, h, other; \
  bool undo, enough, wake, ok

#define FORGET \
  delta[0] = 0; delta[1] = 0; gift[0] = 0; gift[1] = 0; \
  n = 0; k = 0; c = 0; h = 0; other = 0; undo = false; enough = false; wake = false; ok = false

/* -- The engine: all of these with the lock -- */

inline store_entries (lane)
{
  k = 0;
  do
  :: k < n ->
     values[record[k].index] = record[k].value;
     d_step { ledger[lane].held[record[k].index] = record[k].held; k++ }
  :: else -> k = 0; break
  od
}

inline event_differs ()
{
  d_step {
    event[0] = false;
#if WORKERS > 1
    event[1] = false;
#endif
#if WORKERS > 2
    event[2] = false
#endif
  }
}

/* apply(): repeatable.  A reaper may come after an owner who did a part of it, and another. */
inline apply (lane)
{
  if
  :: MUTANT == 22 -> committed = 0; store_entries (lane); event_differs ()
  :: else -> store_entries (lane); event_differs (); committed = 0
  fi
}

/* The moment at which an operation happens. */
inline mark_committed (lane)
{
  d_step {
    committed = n;
    do
    :: k < n ->
       c = record[k].index;
       assert (record[k].value + record[k].held
               == true_values[c] + true_ledger[lane].held[c] + gift[c]);
       gifts[c] = gifts[c] + gift[c];
       gift[c] = 0;
       true_values[c] = record[k].value;
       true_ledger[lane].held[c] = record[k].held;
       k++
    :: else -> k = 0; c = 0; break
    od
  }
}

inline commit (lane)
{
  if
  :: n > 0 ->
     if
     :: MUTANT == 21 -> store_entries (lane)
     :: else
     fi;
     mark_committed (lane);
     apply (lane)
  :: else
  fi;
  n = 0
}

/* ipc_set_run(), for one step on each counter; delta and undo say which. */
inline set_run (lane)
{
  enough = true;
  do
  :: enough && n < COUNTERS ->
     d_step {
       assert (committed == 0);
       h = ledger[lane].held[n];
       gift[n] = (!undo -> delta[n] : (delta[n] > h -> delta[n] - h : 0));
       record[n].index = n;
       record[n].value = values[n] + delta[n];
       record[n].held = h + gift[n] - delta[n];
       enough = (values[n] + delta[n] >= 0);
       h = 0; n++
     }
  :: else -> break
  od;
  if
  :: enough -> commit (lane)
  :: else -> n = 0; gift[0] = 0; gift[1] = 0
  fi
}

/* write_returns(): a record with all that the lane holds. */
inline write_returns (lane)
{
  d_step {
    assert (committed == 0);
    do
    :: c < COUNTERS ->
       h = ledger[lane].held[c];
       if
       :: h > 0 ->
          record[n].index = c; record[n].value = values[c] + h; record[n].held = 0; n++
       :: else
       fi;
       c++
    :: else -> c = 0; h = 0; break
    od
  }
}

/* ipc_set_recover() */
inline recover (lane)
{
  n = committed;
  if
  :: n > 0 && MUTANT == 23 -> committed = 0
  :: n > 0 && MUTANT != 23 -> apply (lane)
  :: else
  fi;
  n = 0;
  if
  :: MUTANT == 26 -> return_without_record (lane)
  :: else -> write_returns (lane); commit (lane)
  fi
}

inline return_without_record (lane)
{
  do
  :: c < COUNTERS ->
     d_step {
       values[c] = values[c] + ledger[lane].held[c];
       true_values[c] = values[c];
       true_ledger[lane].held[c] = 0
     }
     d_step { ledger[lane].held[c] = 0; c++ }
  :: else -> c = 0; break
  od
}

/* -- Lock and sleepers -- */

inline wake_event ()
{
  d_step {
    asleep[0] = false;
#if WORKERS > 1
    asleep[1] = false;
#endif
#if WORKERS > 2
    asleep[2] = false
#endif
  }
}

inline wants_wake ()
{
  d_step { wake = sleepers; sleepers = false }
}

#define AS_COMMITTED(lane) \
  (values[0] == true_values[0] && values[1] == true_values[1] \
   && ledger[lane].held[0] == true_ledger[lane].held[0] \
   && ledger[lane].held[1] == true_ledger[lane].held[1])

/* ipc_native_unlock_set() */
inline unlock_set (lane)
{
  if
  :: wake && MUTANT != 24 -> wake_event ()
  :: else
  fi;
  d_step {
    assert (lock == lane && committed == 0 && AS_COMMITTED (lane));
    /* What is in the record matters no more, and shall not tell equal states apart. */
    record[0].index = 0; record[0].value = 0; record[0].held = 0;
    record[1].index = 0; record[1].value = 0; record[1].held = 0;
    lock = NONE
  }
  if
  :: wake && MUTANT == 24 -> wake_event ()
  :: else
  fi
}

/* -- Recovery -- */

/* leaves_something(): the lock is part of it, as a unit that the lane holds. */
#define LEAVES_SOMETHING(lane) (lock == lane || tracks[lane])

/* reap_of_set(); the caller has claimed the lane.  ok: done. */
inline reap (lane)
{
  d_step {
    ok = (lock == lane || lock == NONE);
    if
    :: ok -> lock = lane
    :: else
    fi
  }
  if
  :: ok ->
     recover (lane);
     tracks[lane] = false;
     if
     :: MUTANT == 25 -> wants_wake ()
     :: else -> wake = true
     fi;
     unlock_set (lane)
  :: else
  fi
}

/* sweep_but(), for one lane: to claim it is to test whether its owner is dead. */
inline sweep (lane)
{
  ok = LEAVES_SOMETHING (lane);
  if
  :: ok ->
     d_step { ok = (owner[lane] == NONE); if :: ok -> owner[lane] = i :: else fi };
     if
     :: ok -> reap (lane); owner[lane] = NONE
     :: else
     fi
  :: else
  fi;
  ok = false
}

/* Whoever waits for the lock looks after its dead owner. */
inline sweep_lock ()
{
  d_step { lock != NONE && owner[lock] == NONE -> other = lock };
  sweep (other);
  other = 0
}

/* -- Operations -- */

/* ipc_native_lock_set(), and waiting for it. */
inline lock_set ()
{
  do
  :: d_step { lock == NONE -> lock = me }; break
  :: sweep_lock ()
  od
}

/* try_locked(), until it is done. */
inline operate ()
{
  do
  :: lock_set ();
     if
     :: undo && MUTANT != 27 -> tracks[me] = true
     :: else
     fi;
     set_run (me);
     if
     :: enough -> wants_wake (); unlock_set (me); break
     :: else
     fi;
     /* ipc_set_listen() */
     sleepers = true;
     event[i] = true;
     unlock_set (me);
     d_step { asleep[i] = event[i]; event[i] = asleep[i] };
end: !asleep[i]
  od;
  skip
}

inline choose_operation ()
{
  if
  :: d_step { undo = true; delta[0] = -1; delta[1] = -1 }
  :: d_step { undo = true; delta[0] = 1; delta[1] = 1 }
  :: d_step { undo = true; delta[0] = -1; delta[1] = 1 }
  :: d_step { delta[0] = -1; delta[1] = -1 }
  :: d_step { delta[0] = 1; delta[1] = 1 }
  fi
}

/* -- The processes -- */

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
  /* take_over() */
  do
  :: !LEAVES_SOMETHING (me) -> break
  :: LEAVES_SOMETHING (me) && (lock == me || lock == NONE) -> reap (me)
  :: sweep_lock ()
  od
}

proctype Worker (byte i)
{
  PRIVATE;
  byte me = NONE, ops;

start:
  {
    enter ();
    do
    :: ops < OPS -> ops++; choose_operation (); operate (); d_step { FORGET }
    :: ops < OPS && LANES > 1 -> ops++; other = (me + 1) % LANES; sweep (other); other = 0
    :: ops < OPS && LANES > 2 -> ops++; other = (me + 2) % LANES; sweep (other); other = 0
    :: ops == OPS ->
       /* It ends without giving anything back. */
       d_step { owner[me] = NONE; me = NONE; ops = 0; gone[i] = true };
       goto stop
    od
  } unless { killed[i] };

  /* What the kernel does for who was killed. */
  d_step {
    killed[i] = false;
    asleep[i] = false;
    event[i] = false;
    FORGET;
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

#define KILL(i) \
  d_step { deaths < DEATHS && !gone[i] && !killed[i] -> killed[i] = true; deaths++ }

/* Kills workers, or does not. */
proctype Killer ()
{
end:
  do
  :: KILL (0)
#if WORKERS > 1
  :: KILL (1)
#endif
#if WORKERS > 2
  :: KILL (2)
#endif
  od
}

/* What the last check waits for: everybody is gone or asleep, and no lane of the dead is dirty. */
#define AT_REST(i) (gone[i] || (asleep[i] && !killed[i]))
#define DIRTY(lane) (LEAVES_SOMETHING (lane) && owner[lane] == NONE)

#if WORKERS == 1
#define ALL_AT_REST AT_REST (0)
#elif WORKERS == 2
#define ALL_AT_REST (AT_REST (0) && AT_REST (1))
#else
#define ALL_AT_REST (AT_REST (0) && AT_REST (1) && AT_REST (2))
#endif

#if LANES == 1
#define ANY_DIRTY DIRTY (0)
#elif LANES == 2
#define ANY_DIRTY (DIRTY (0) || DIRTY (1))
#else
#define ANY_DIRTY (DIRTY (0) || DIRTY (1) || DIRTY (2))
#endif

inline check_all ()
{
  do
  :: other < LANES ->
     assert (AS_COMMITTED (other));
     assert (owner[other] != NONE || (ledger[other].held[0] == 0 && ledger[other].held[1] == 0));
     delta[0] = delta[0] + ledger[other].held[0];
     delta[1] = delta[1] + ledger[other].held[1];
     other++
  :: else -> break
  od;
  assert (values[0] + delta[0] == UNITS + gifts[0]);
  assert (values[1] + delta[1] == UNITS + gifts[1]);
  other = 0;
  do
  :: other < WORKERS -> assert (!asleep[other] || event[other]); other++
  :: else -> break
  od;
  ok = true
}

init
{
  PRIVATE;
  byte i = WORKERS;

  atomic {
    run Worker (0);
#if WORKERS > 1
    run Worker (1);
#endif
#if WORKERS > 2
    run Worker (2);
#endif
    run Killer ()
  }

  /* Somebody looks after the dead from time to time. */
  do
  :: d_step { ALL_AT_REST && DIRTY (0) -> other = 0 }; sweep (other); other = 0
#if LANES > 1
  :: d_step { ALL_AT_REST && DIRTY (1) -> other = 1 }; sweep (other); other = 0
#endif
#if LANES > 2
  :: d_step { ALL_AT_REST && DIRTY (2) -> other = 2 }; sweep (other); other = 0
#endif
  :: d_step { ALL_AT_REST && !ANY_DIRTY -> check_all () }; break
  od
}
