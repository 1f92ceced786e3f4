/* check-set-peers.c: what the dead and the hostile leave in a set is finished or dropped
 *
 * As check-word-peers.c does it with a single semaphore.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ipc-check.h"
#include "ipc-set-private.h"

#define LIMIT 5
#define ME 1
#define OTHER 2
#define N_LANES 3
#define N_VALUES 2

typedef struct
{
  IpcSetHead       head;
  _Atomic uint32_t values[N_VALUES];
  IpcSetEntry      record[N_VALUES];
  IpcSetShare      shares[N_LANES * N_VALUES];
  IpcSet           way;
} Several;

/* 3 of each, of which OTHER holds one. */
static void
several_init (Several *self)
{
  memset (self, 0, sizeof *self);
  self->way = (IpcSet){ &self->head, self->values, self->record, self->shares, N_VALUES, LIMIT };
  for (int i = 0; i < N_VALUES; i++)
    {
      self->values[i] = 3;
      self->shares[OTHER * N_VALUES + i].held = 1;
    }
}

/* OTHER was about to take another one of the first, and has committed or not. */
static void
several_init_recorded (Several *self, uint32_t committed)
{
  several_init (self);
  self->record[0].value = 2;
  self->record[0].held = 2;
  self->head.committed = committed;
}

static void
check_recovered (Several *self, IpcWordResult expected, int64_t units, uint32_t first,
                 uint32_t second)
{
  int64_t returned = -1;

  ck_assert_int_eq (ipc_set_recover (&self->way, OTHER, &returned), expected);
  ck_assert_int_eq (returned, units);
  ck_assert_uint_eq (self->values[0], first);
  ck_assert_uint_eq (self->values[1], second);
  ck_assert_uint_eq (self->head.committed, 0);
}

/* Loop index: whether it was committed.  All that is held comes back in either case. */
START_TEST (committed_record_is_applied_and_no_other)
{
  Several several;

  several_init_recorded (&several, (uint32_t) _i);
  check_recovered (&several, IPC_WORD_DONE, _i ? 3 : 2, 4, 4);
  ck_assert_uint_eq (ipc_set_held (&several.way, OTHER, 0), 0);
  check_recovered (&several, IPC_WORD_DONE, 0, 4, 4);
}
END_TEST

/* None of what cannot be: units are never invented. */
static uint32_t
fitting (uint32_t value, uint32_t held)
{
  return value > LIMIT || held > LIMIT ? 0 : MIN (held, LIMIT - value);
}

/* What one counter has no room for does not keep the other from getting its own. */
START_TEST (as_much_comes_back_to_each_as_fits)
{
  static const uint32_t shares[] = { 1, 2, LIMIT - 1, LIMIT, LIMIT + 1, G_MAXUINT32 };

  for (uint32_t value = 0; value <= LIMIT + 1; value++)
    for (gsize i = 0; i < G_N_ELEMENTS (shares); i++)
      {
        const uint32_t fits = fitting (value, shares[i]);
        Several several;

        several_init (&several);
        several.values[0] = value;
        several.shares[OTHER * N_VALUES].held = shares[i];
        check_recovered (&several, IPC_WORD_DONE, fits + 1, value + fits, 4);
        ck_assert_uint_eq (ipc_set_held (&several.way, OTHER, 0), 0);
        check_recovered (&several, IPC_WORD_DONE, 0, value + fits, 4);
      }
}
END_TEST

START_TEST (record_with_more_entries_than_counters_is_dropped)
{
  Several several;

  several_init_recorded (&several, N_VALUES + 1);
  check_recovered (&several, IPC_WORD_CORRUPT, 0, 3, 3);
}
END_TEST

START_TEST (value_of_what_is_held_is_not_set)
{
  Several several;

  several_init (&several);
  ck_assert_int_eq (ipc_set_assign (&several.way, ME, 1, 5, N_LANES), IPC_WORD_SHORT);
  ck_assert_uint_eq (several.values[1], 3);
  /* While nobody ever had that lane. */
  ck_assert_int_eq (ipc_set_assign (&several.way, ME, 1, 5, OTHER), IPC_WORD_DONE);
  ck_assert_uint_eq (several.values[1], 5);
  ck_assert_uint_eq (several.head.committed, 0);
}
END_TEST

/* A peer has written over the index: nothing beyond the set is touched. */
START_TEST (entry_of_no_counter_is_left_out)
{
  Several several;

  several_init_recorded (&several, 2);
  several.record[0].index = G_MAXUINT32;
  several.record[1] = (IpcSetEntry){ .index = 1, .value = 2, .held = 2 };
  check_recovered (&several, IPC_WORD_DONE, 3, 4, 4);
}
END_TEST

static void
check_run (Several *self, IpcWordResult expected)
{
  static const IpcSetStep steps[] = { { 0, -1 }, { 1, +1 } };
  uint32_t blocked = 0;

  ck_assert_int_eq (ipc_set_run (&self->way, ME, TRUE, steps, G_N_ELEMENTS (steps), &blocked),
                    expected);
  ck_assert_uint_eq (blocked, 1);
}

START_TEST (value_or_share_above_the_limit_is_spoilt)
{
  Several several;

  several_init (&several);
  if (_i == 0)
    several.values[1] = LIMIT + 1;
  else
    several.shares[ME * N_VALUES + 1].held = G_MAXUINT32;
  check_run (&several, IPC_WORD_CORRUPT);
  ck_assert_uint_eq (several.values[0], 3);
  ck_assert_uint_eq (ipc_set_held (&several.way, ME, 0), 0);
}
END_TEST

static void
add_tests (Suite *suite)
{
  TCase *tcase = ipc_check_tcase (suite, "set-peers");

  tcase_add_loop_test (tcase, committed_record_is_applied_and_no_other, 0, 2);
  tcase_add_test (tcase, as_much_comes_back_to_each_as_fits);
  tcase_add_test (tcase, record_with_more_entries_than_counters_is_dropped);
  tcase_add_test (tcase, value_of_what_is_held_is_not_set);
  tcase_add_test (tcase, entry_of_no_counter_is_left_out);
  tcase_add_loop_test (tcase, value_or_share_above_the_limit_is_spoilt, 0, 2);
}

int
main (void)
{
  return ipc_check_main ("set-peers", add_tests);
}
