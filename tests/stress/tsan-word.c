/* tsan-word.c: the engine under the thread sanitizer, without GLib, each thread an owner of a lane
 *
 * Usage: tsan-word [OPERATIONS]
 *
 * Three threads take and give through lanes, one without; two take turns without lanes, where nothing
 * but the word itself orders what they do; two share a lane in which one leaves units as if it had died
 * and the other recovers them, ordered by a mutex as processes are by the system's lock; three change a
 * set under its lock; and one looks on and marks that it sleeps.  Units must be conserved, and the
 * sanitizer must have nothing to say.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ipc-set-private.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define N_LANES 4
#define MORTAL 3 /* the lane of those who die */
#define CAPACITY 3
#define N_VALUES 5
#define N_THREADS (2 * MORTAL + 6)
#define ASSIGNED 4 /* a value of the set that is only assigned to */

static struct
{
  _Alignas (64) _Atomic uint64_t word;
  IpcLane lanes[N_LANES];
} one, lock, turn;

static struct
{
  IpcSetHead head;
  _Atomic uint32_t values[N_VALUES];
  IpcSetEntry record[N_VALUES];
  IpcSetShare shares[N_LANES * N_VALUES];
} shared;

static const IpcWord semaphore = { &one.word, one.lanes, N_LANES, IPC_WORD_VALUE_MAX };
static const IpcWord set_lock = { &lock.word, lock.lanes, N_LANES, 1 };
static const IpcWord plain = { &turn.word, turn.lanes, N_LANES, IPC_WORD_VALUE_MAX };
static const IpcSet set = {
  &shared.head, shared.values, shared.record, shared.shares, N_VALUES, IPC_WORD_VALUE_MAX,
};

static const IpcPlan take = { .need = 1, .room = IPC_WORD_VALUE_MAX, .exact = -1, .net = -1 };
static const IpcPlan give = { .need = 0, .room = IPC_WORD_VALUE_MAX - 1, .exact = -1, .net = +1 };
static const IpcPlan lock_take = { .need = 1, .room = 1, .exact = -1, .net = -1 };
static const IpcPlan lock_give = { .need = 0, .room = 0, .exact = -1, .net = +1 };

static long n_operations = 200000;

/* Written by whoever holds the only unit: the sanitizer sees if taking does not order it. */
static long guarded, guarded_plain;

static void
fail (const char *what)
{
  fprintf (stderr, "FAIL: %s\n", what);
  exit (1);
}

static void *
use_lane (void *data)
{
  const int lane = (int) (intptr_t) data;
  uint64_t before;

  for (long i = 0; i < n_operations; i++)
    if (ipc_word_try_held (&semaphore, &one.lanes[lane], lane, -1)
        || ipc_word_apply_held (&semaphore, lane, &take, 0, &before) == IPC_WORD_DONE)
      while (!ipc_word_try_held (&semaphore, &one.lanes[lane], lane, +1)
             && ipc_word_apply_held (&semaphore, lane, &give, 0, &before) != IPC_WORD_DONE)
        continue;

  return NULL;
}

static void *
use_no_lane (void *data)
{
  uint64_t before;

  (void) data;
  for (long i = 0; i < n_operations; i++)
    if (ipc_word_try_take (semaphore.word)
        || ipc_word_apply (&semaphore, &take, 0, &before) == IPC_WORD_DONE)
      if (!ipc_word_try_give (semaphore.word)
          && ipc_word_apply (&semaphore, &give, 0, &before) != IPC_WORD_DONE)
        fail ("a unit could not be given back");

  return NULL;
}

static bool
take_turn (void)
{
  uint64_t before;

  return ipc_word_try_take (plain.word)
         || ipc_word_apply (&plain, &take, 0, &before) == IPC_WORD_DONE;
}

static void *
take_turns (void *data)
{
  uint64_t before;

  for (long i = 0; i < n_operations; i++)
    if (take_turn ())
      {
        guarded_plain++;
        /* Both ways to give. */
        if ((data == NULL || !ipc_word_try_give (plain.word))
            && ipc_word_apply (&plain, &give, 0, &before) != IPC_WORD_DONE)
          fail ("a turn could not be given back");
      }

  return NULL;
}

static void *
use_set (void *data)
{
  const int lane = (int) (intptr_t) data;
  const IpcSetStep move[] = { { 0, -1 }, { 1 + (uint32_t) lane, +1 } };
  const IpcSetStep back[] = { { 1 + (uint32_t) lane, -1 }, { 0, +1 } };
  int64_t returned;
  uint64_t before;
  uint32_t blocked;

  for (long i = 0; i < n_operations; i++)
    {
      if (ipc_word_apply_held (&set_lock, lane, &lock_take, 0, &before) != IPC_WORD_DONE)
        continue;

      guarded++;
      if (ipc_set_run (&set, lane, true, move, 2, &blocked) == IPC_WORD_DONE
          && ipc_set_run (&set, lane, true, back, 2, &blocked) != IPC_WORD_DONE)
        fail ("a move could not be taken back");
      if (ipc_set_run (&set, MORTAL, true, move, 1, &blocked) == IPC_WORD_DONE
          && (ipc_set_recover (&set, MORTAL, &returned) != IPC_WORD_DONE || returned != 1))
        fail ("what a dead owner held of the set did not come back");
      if (ipc_set_assign (&set, lane, ASSIGNED, (uint32_t) i & 0xff, N_LANES) != IPC_WORD_DONE)
        fail ("a value of the set was not set");
      ipc_set_listen (&set);
      ipc_set_wants_wake (&set);
      if (ipc_word_apply_held (&set_lock, lane, &lock_give, 0, &before) != IPC_WORD_DONE)
        fail ("the lock could not be given back");
    }

  return NULL;
}

static void *
die_or_recover (void *data)
{
  static pthread_mutex_t claim = PTHREAD_MUTEX_INITIALIZER;
  int32_t returned;
  uint64_t before;

  (void) data;
  for (long i = 0; i < n_operations; i++)
    {
      pthread_mutex_lock (&claim);
      if (!ipc_lane_is_dirty (&one.lanes[MORTAL]))
        ipc_word_apply_held (&semaphore, MORTAL, &take, 0, &before);
      else if (ipc_lane_reap (&semaphore, MORTAL, &returned, &before) != IPC_WORD_DONE)
        fail ("what a dead owner held could not be given back");
      pthread_mutex_unlock (&claim);
    }

  return NULL;
}

/* As one who sleeps, and as one who asks who holds what. */
static void *
look_on (void *data)
{
  unsigned n_held = 0;

  (void) data;
  for (long i = 0; i < n_operations; i++)
    {
      uint64_t seen = atomic_load (&one.word);

      ipc_word_mark (&semaphore, &seen, i % 2 ? IPC_WORD_WAITERS : IPC_WORD_ZERO);
      n_held += ipc_lane_held (&one.lanes[i % N_LANES]) != 0;
      n_held += ipc_set_held (&set, (int) (i % N_LANES), 0) != 0;
    }

  return n_held > 0 ? data : NULL;
}

static void
check_end (void)
{
  int32_t returned;
  uint64_t before;

  if (ipc_lane_reap (&semaphore, MORTAL, &returned, &before) != IPC_WORD_DONE)
    fail ("the last of the dead could not be looked after");
  if (ipc_word_value (atomic_load (&one.word)) != CAPACITY)
    fail ("units of the semaphore were lost or doubled");
  if (ipc_word_value (atomic_load (&turn.word)) != 1 || guarded_plain == 0)
    fail ("the turn was lost");
  if (ipc_word_value (atomic_load (&lock.word)) != 1)
    fail ("the lock of the set is not free");
  if (atomic_load (&shared.values[0]) != CAPACITY || guarded == 0)
    fail ("units of the set were lost or doubled");

  ipc_word_remove (&semaphore);
  if (ipc_word_apply_held (&semaphore, 0, &take, 0, &before) != IPC_WORD_GONE)
    fail ("a removed semaphore was used");
}

int
main (int argc, char **argv)
{
  pthread_t threads[N_THREADS];
  int n = 0;

  if (argc > 1)
    n_operations = strtol (argv[1], NULL, 10);

  atomic_init (&one.word, ipc_word_make (CAPACITY, 0, IPC_LANE_NONE, 0));
  atomic_init (&lock.word, ipc_word_make (1, 0, IPC_LANE_NONE, 0));
  atomic_init (&turn.word, ipc_word_make (1, 0, IPC_LANE_NONE, 0));
  atomic_init (&shared.values[0], CAPACITY);

  for (intptr_t lane = 0; lane < MORTAL; lane++)
    {
      pthread_create (&threads[n++], NULL, use_lane, (void *) lane);
      pthread_create (&threads[n++], NULL, use_set, (void *) lane);
    }
  pthread_create (&threads[n++], NULL, use_no_lane, NULL);
  pthread_create (&threads[n++], NULL, take_turns, NULL);
  pthread_create (&threads[n++], NULL, take_turns, threads);
  pthread_create (&threads[n++], NULL, die_or_recover, NULL);
  pthread_create (&threads[n++], NULL, die_or_recover, NULL);
  pthread_create (&threads[n++], NULL, look_on, NULL);

  while (n > 0)
    pthread_join (threads[--n], NULL);

  check_end ();
  printf ("%ld operations of each of %d threads\n", n_operations, N_THREADS);
  return 0;
}
