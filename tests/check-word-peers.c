/* check-word-peers.c: what the dead and the hostile leave in a word is finished or dropped
 *
 * Each state is written as one process would have left it between two of its instructions; the
 * numbers are those of the rules in ipc-word-private.h.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ipc-check.h"
#include "ipc-word-private.h"

#define LIMIT 5
#define ME 1
#define OTHER 2
#define N_LANES 3
#define NUMBER 41 /* of the last operation of each lane */
#define NEXT (NUMBER + 1)

static const IpcPlan take = { .need = 1, .room = LIMIT, .exact = -1, .net = -1 };
static const IpcPlan give = { .room = LIMIT - 1, .exact = -1, .net = +1 };

typedef struct
{
  _Atomic uint64_t word;
  IpcLane          lanes[N_LANES];
  IpcWord          way;
} Counter;

static void
counter_init (Counter *self, uint64_t word)
{
  memset (self, 0, sizeof *self);
  self->word = word;
  self->way = (IpcWord){ &self->word, self->lanes, N_LANES, LIMIT };
  for (int i = 0; i < N_LANES; i++)
    self->lanes[i].settled = self->lanes[i].intent = NUMBER;
}

/* What OTHER has done before it was stopped: it has said that it takes one. */
static void
counter_init_announced (Counter *self, uint64_t word)
{
  counter_init (self, word);
  self->lanes[OTHER].change = +1;
  self->lanes[OTHER].intent = NEXT;
}

static uint64_t
plain (uint32_t value)
{
  return ipc_word_make (value, 0, IPC_LANE_NONE, 0);
}

/* The dead owner of OTHER held so many, which come back; and nothing comes back twice. */
static void
check_reaped (Counter *self, int32_t expected)
{
  const uint32_t before = ipc_word_value (self->word);
  int32_t returned = -1;
  uint64_t replaced;

  ck_assert_int_eq (ipc_lane_reap (&self->way, OTHER, &returned, &replaced), IPC_WORD_DONE);
  ck_assert_int_eq (returned, expected);
  ck_assert_uint_eq (ipc_word_value (self->word), before + (uint32_t) expected);
  ck_assert (!ipc_lane_is_dirty (&self->lanes[OTHER]));
  ck_assert_int_eq (ipc_lane_reap (&self->way, OTHER, &returned, &replaced), IPC_WORD_DONE);
  ck_assert_int_eq (returned, 0);
}

/* -- An owner that died in the middle of a take -- */

START_TEST (take_that_was_only_announced_is_none)
{
  Counter counter;

  counter_init_announced (&counter, plain (3));
  check_reaped (&counter, 0);
}
END_TEST

START_TEST (take_that_is_in_the_word_counts)
{
  Counter counter;

  counter_init_announced (&counter, ipc_word_make (2, 0, OTHER, NEXT));
  check_reaped (&counter, 1);
}
END_TEST

/* Rule 3.  Loop index: with a ledger, or without. */
START_TEST (who_overwrites_the_word_says_that_it_counted)
{
  Counter counter;
  uint64_t before;

  counter_init_announced (&counter, ipc_word_make (2, 0, OTHER, NEXT));
  ck_assert_int_eq (_i ? ipc_word_apply_held (&counter.way, ME, &take, 0, &before)
                       : ipc_word_apply (&counter.way, &take, 0, &before),
                    IPC_WORD_DONE);
  ck_assert_uint_eq (counter.lanes[OTHER].done, NEXT);
  check_reaped (&counter, 1);
}
END_TEST

/* Rule 4: a helper that was slow has an older number. */
START_TEST (what_was_said_to_be_done_stays_so)
{
  Counter counter;
  uint64_t before;

  counter_init_announced (&counter, ipc_word_make (2, 0, OTHER, NEXT));
  counter.lanes[OTHER].done = NEXT + 1;
  ck_assert_int_eq (ipc_word_apply (&counter.way, &give, 0, &before), IPC_WORD_DONE);
  ck_assert_uint_eq (counter.lanes[OTHER].done, NEXT + 1);
}
END_TEST

/* A sleeper must not be counted on a word that is not the one it has judged. */
START_TEST (mark_is_set_on_what_was_seen)
{
  uint64_t seen = plain (2);
  Counter counter;

  counter_init (&counter, plain (3));
  ck_assert (!ipc_word_mark (&counter.way, &seen, IPC_WORD_WAITERS));
  ck_assert_uint_eq (counter.word, plain (3));
  ck_assert_uint_eq (seen, plain (3));
  ck_assert (ipc_word_mark (&counter.way, &seen, IPC_WORD_WAITERS));
  ck_assert_uint_eq (counter.word, plain (3) | IPC_WORD_WAITERS);
  ck_assert_uint_eq (seen, counter.word);
}
END_TEST

/* -- An owner that held more than there is room for: others have given meanwhile -- */

static int32_t
fitting (uint32_t value, int32_t held)
{
  return MIN (held, LIMIT - (int32_t) value);
}

START_TEST (as_much_comes_back_as_fits)
{
  for (uint32_t value = 0; value <= LIMIT; value++)
    for (int32_t held = 1; held <= LIMIT; held++)
      {
        Counter counter;

        counter_init (&counter, plain (value));
        counter.lanes[OTHER].held[NUMBER & 1] = held;
        check_reaped (&counter, fitting (value, held));
        /* What a reaper of a dead reaper would go by: nothing is left to come later. */
        ck_assert_int_eq (counter.lanes[OTHER].change, -held);
      }
}
END_TEST

/* Rule 6.  The reaper died as well, before it had settled: what did not fit stays dropped, although
 * there is room by now. */
START_TEST (what_did_not_fit_is_dropped_once)
{
  Counter counter;
  uint64_t before;

  counter_init (&counter, ipc_word_make (LIMIT, 0, OTHER, NEXT));
  counter.lanes[OTHER].held[NUMBER & 1] = LIMIT;
  counter.lanes[OTHER].change = -LIMIT;
  counter.lanes[OTHER].intent = NEXT;
  ck_assert_int_eq (ipc_word_apply (&counter.way, &take, 0, &before), IPC_WORD_DONE);
  check_reaped (&counter, 0);
}
END_TEST

/* -- What no process of ours leaves there -- */

/* The operation that its lane neither has done nor can have begun. */
START_TEST (word_that_its_author_denies_is_spoilt)
{
  const uint64_t spoilt = ipc_word_make (2, 0, OTHER, NUMBER + 7);
  _Atomic uint32_t n_used = N_LANES;
  Counter counter;
  uint64_t before;

  counter_init (&counter, spoilt);
  ck_assert_int_eq (ipc_word_apply (&counter.way, &take, 0, &before), IPC_WORD_CORRUPT);
  ck_assert_int_eq (ipc_word_apply_held (&counter.way, ME, &take, 0, &before), IPC_WORD_CORRUPT);
  ck_assert_int_eq (ipc_word_set (&counter.way, 4, &n_used, &before), IPC_WORD_CORRUPT);
  ck_assert_uint_eq (counter.word, spoilt);
  ck_assert (!ipc_lane_is_dirty (&counter.lanes[ME]));

  /* It can be removed all the same. */
  ipc_word_remove (&counter.way);
  ck_assert_int_eq (ipc_word_lane (counter.word), IPC_LANE_REMOVED);
}
END_TEST

START_TEST (value_above_the_limit_is_spoilt)
{
  Counter counter;
  uint64_t before;

  counter_init (&counter, plain (LIMIT + 1));
  ck_assert_int_eq (ipc_word_apply (&counter.way, &take, 0, &before), IPC_WORD_CORRUPT);
  ck_assert_int_eq (ipc_word_apply_held (&counter.way, ME, &take, 0, &before), IPC_WORD_CORRUPT);
  ck_assert_uint_eq (counter.word, plain (LIMIT + 1));
}
END_TEST

START_TEST (intent_that_cannot_be_is_dropped)
{
  Counter counter;

  counter_init (&counter, plain (3));
  counter.lanes[OTHER].change = +1;
  counter.lanes[OTHER].intent = NEXT + 7;
  check_reaped (&counter, 0);
}
END_TEST

/* More than there is, and less than nothing: units are never invented.  What is left is a lane that
 * can be used. */
START_TEST (record_that_cannot_be_is_dropped)
{
  static const int32_t records[] = { LIMIT + 1, G_MAXINT32, -1, G_MININT32 };
  int32_t returned = -1;
  uint64_t before;
  Counter counter;

  counter_init (&counter, plain (1));
  counter.lanes[OTHER].held[NUMBER & 1] = records[_i];
  ck_assert_int_eq (ipc_lane_reap (&counter.way, OTHER, &returned, &before), IPC_WORD_CORRUPT);
  ck_assert_int_eq (returned, 0);
  ck_assert_uint_eq (counter.word, plain (1));
  ck_assert_int_eq (ipc_lane_held (&counter.lanes[OTHER]), 0);
  ck_assert (!ipc_lane_is_dirty (&counter.lanes[OTHER]));
  ck_assert_int_eq (ipc_word_apply_held (&counter.way, OTHER, &take, 0, &before), IPC_WORD_DONE);
  check_reaped (&counter, 1);
}
END_TEST

/* Nothing comes back to what was removed. */
START_TEST (record_of_the_removed_is_dropped)
{
  int32_t returned = -1;
  uint64_t before;
  Counter counter;

  counter_init (&counter, plain (3));
  ck_assert_int_eq (ipc_word_apply_held (&counter.way, OTHER, &take, 0, &before), IPC_WORD_DONE);
  ipc_word_remove (&counter.way);
  ck_assert_int_eq (ipc_lane_reap (&counter.way, OTHER, &returned, &before), IPC_WORD_CORRUPT);
  ck_assert_int_eq (returned, 0);
  ck_assert (!ipc_lane_is_dirty (&counter.lanes[OTHER]));
  ck_assert_int_eq (ipc_word_lane (counter.word), IPC_LANE_REMOVED);
}
END_TEST

static void
add_tests (Suite *suite)
{
  TCase *tcase = ipc_check_tcase (suite, "word-peers");

  tcase_add_test (tcase, take_that_was_only_announced_is_none);
  tcase_add_test (tcase, take_that_is_in_the_word_counts);
  tcase_add_loop_test (tcase, who_overwrites_the_word_says_that_it_counted, 0, 2);
  tcase_add_test (tcase, what_was_said_to_be_done_stays_so);
  tcase_add_test (tcase, as_much_comes_back_as_fits);
  tcase_add_test (tcase, what_did_not_fit_is_dropped_once);
  tcase_add_test (tcase, mark_is_set_on_what_was_seen);
  tcase_add_test (tcase, word_that_its_author_denies_is_spoilt);
  tcase_add_test (tcase, value_above_the_limit_is_spoilt);
  tcase_add_test (tcase, intent_that_cannot_be_is_dropped);
  tcase_add_loop_test (tcase, record_that_cannot_be_is_dropped, 0, 4);
  tcase_add_test (tcase, record_of_the_removed_is_dropped);
}

int
main (void)
{
  return ipc_check_main ("word-peers", add_tests);
}
