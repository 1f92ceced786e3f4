/* check-word.c: the quick ways to change a word do what the thorough ones do, or nothing
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ipc-check.h"
#include "ipc-word-private.h"

#include <string.h>

#define LIMIT 5
#define ME 1
#define OTHER 2
#define NUMBER 41 /* of the last operation of each lane */

static const int authors[] = { IPC_LANE_NONE, ME, OTHER, IPC_LANE_REMOVED };
static const uint32_t flag_sets[] = { 0, IPC_WORD_WAITERS, IPC_WORD_ZERO, IPC_WORD_MANY,
                                      IPC_WORD_FLAGS };
static const uint32_t values[] = { 0, 1, LIMIT - 1, LIMIT, LIMIT + 1, IPC_WORD_VALUE_MAX };
static const int32_t holdings[] = { -1, 0, 1, LIMIT - 1, LIMIT, LIMIT + 1 };

typedef struct
{
  _Atomic uint64_t word;
  IpcLane          lanes[3];
  IpcWord          way;
} Counter;

static void
counter_init (Counter *self, uint64_t word, int32_t held, uint32_t limit)
{
  memset (self, 0, sizeof *self);
  self->word = word;
  self->way = (IpcWord){ &self->word, self->lanes, 3, limit };
  for (int i = 0; i < 3; i++)
    {
      self->lanes[i].settled = NUMBER;
      self->lanes[i].intent = NUMBER;
      self->lanes[i].held[NUMBER & 1] = held;
    }
}

static IpcPlan
plan_of_one (int32_t net, uint32_t limit)
{
  return (IpcPlan){ .need = net < 0 ? 1 : 0, .room = limit - (net > 0 ? 1 : 0), .exact = -1,
                    .net = net };
}

static void
check_same (Counter *quick, Counter *thorough)
{
  uint64_t before;

  ck_assert_uint_eq (quick->word, thorough->word);
  ck_assert_mem_eq (quick->lanes, thorough->lanes, sizeof quick->lanes);
  ck_assert_int_eq (ipc_lane_held (&quick->lanes[ME]), ipc_lane_held (&thorough->lanes[ME]));
  /* And it can go on from there. */
  ck_assert_int_eq (ipc_word_apply_held (&quick->way, ME, &(IpcPlan){ .room = LIMIT, .exact = -1 },
                                         0, &before),
                    IPC_WORD_DONE);
}

/* Whether it was quick. */
static gboolean
check_held (uint64_t word, int32_t held, int32_t net)
{
  const IpcPlan plan = plan_of_one (net, LIMIT);
  Counter quick, thorough;
  uint64_t before;

  counter_init (&quick, word, held, LIMIT);
  counter_init (&thorough, word, held, LIMIT);
  if (!ipc_word_try_held (&quick.way, &quick.lanes[ME], ME, net))
    {
      ck_assert_uint_eq (quick.word, word);
      ck_assert_mem_eq (quick.lanes, thorough.lanes, sizeof quick.lanes);
      return FALSE;
    }

  ck_assert_int_eq (ipc_word_apply_held (&thorough.way, ME, &plan, 0, &before), IPC_WORD_DONE);
  check_same (&quick, &thorough);
  return TRUE;
}

static gboolean
check_plain (uint64_t word, int32_t net)
{
  const IpcPlan plan = plan_of_one (net, IPC_WORD_VALUE_MAX);
  Counter quick, thorough;
  uint64_t before;

  counter_init (&quick, word, 0, IPC_WORD_VALUE_MAX);
  counter_init (&thorough, word, 0, IPC_WORD_VALUE_MAX);
  if (!(net < 0 ? ipc_word_try_take (&quick.word) : ipc_word_try_give (&quick.word)))
    {
      ck_assert_uint_eq (quick.word, word);
      return FALSE;
    }

  ck_assert_int_eq (ipc_word_apply (&thorough.way, &plan, 0, &before), IPC_WORD_DONE);
  ck_assert_uint_eq (quick.word, thorough.word);
  return TRUE;
}

/* @value: the words with it, of each author and with all kinds of sleepers.  Returns: how often it
 * was quick */
static int
check_words (uint32_t value, int32_t held, int32_t net)
{
  int quick = 0;

  for (gsize a = 0; a < G_N_ELEMENTS (authors); a++)
    for (gsize f = 0; f < G_N_ELEMENTS (flag_sets); f++)
      {
        const uint64_t word = ipc_word_make (value, flag_sets[f], authors[a],
                                             authors[a] == IPC_LANE_NONE ? 0 : NUMBER);

        quick += check_held (word, held, net);
      }

  return quick;
}

/* Without an author and by this one, and without sleepers: two of those words. */
START_TEST (quick_change_under_undo_is_the_thorough_one)
{
  for (gsize v = 0; v < G_N_ELEMENTS (values); v++)
    for (gsize h = 0; h < G_N_ELEMENTS (holdings); h++)
      {
        const gboolean can_take = values[v] > 0 && values[v] <= LIMIT && holdings[h] >= 0
                                  && holdings[h] < LIMIT;
        const gboolean can_give = values[v] < LIMIT && holdings[h] > 0 && holdings[h] <= LIMIT;

        ck_assert_int_eq (check_words (values[v], holdings[h], -1), can_take ? 2 : 0);
        ck_assert_int_eq (check_words (values[v], holdings[h], +1), can_give ? 2 : 0);
      }
}
END_TEST

START_TEST (quick_change_is_the_thorough_one)
{
  for (gsize v = 0; v < G_N_ELEMENTS (values); v++)
    {
      const uint64_t plain = ipc_word_make (values[v], 0, IPC_LANE_NONE, 0);

      ck_assert_int_eq (check_plain (plain, -1), values[v] > 0);
      ck_assert_int_eq (check_plain (plain, +1), values[v] < IPC_WORD_VALUE_MAX);
      for (gsize f = 1; f < G_N_ELEMENTS (flag_sets); f++)
        {
          ck_assert (!check_plain (plain | flag_sets[f], -1));
          ck_assert (!check_plain (plain | flag_sets[f], +1));
        }
      for (gsize a = 1; a < G_N_ELEMENTS (authors); a++)
        {
          ck_assert (!check_plain (ipc_word_make (values[v], 0, authors[a], NUMBER), -1));
          ck_assert (!check_plain (ipc_word_make (values[v], 0, authors[a], NUMBER), +1));
        }
    }
}
END_TEST

static void
add_tests (Suite *suite)
{
  TCase *tcase = ipc_check_tcase (suite, "word");

  tcase_add_test (tcase, quick_change_under_undo_is_the_thorough_one);
  tcase_add_test (tcase, quick_change_is_the_thorough_one);
}

int
main (void)
{
  return ipc_check_main ("word", add_tests);
}
