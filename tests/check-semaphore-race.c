/* check-semaphore-race.c: peers that make, open, replace and remove one name at the same time
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ipc-check-semaphore.h"


#define N_PEERS 4

typedef struct
{
  const char   *name;
  IpcCheckGate *start, *end;
  int          *counts; /* shared */
  int          *looks;  /* shared: how many have begun */
  int          *stayed; /* shared: how many peers have come to the end */
} Race;

static void
race_init (Race *race, const char *name)
{
  race->name = name;
  race->start = ipc_check_gate_new ();
  race->end = ipc_check_gate_new ();
  race->counts = ipc_check_shared (2 * sizeof (int));
  race->looks = ipc_check_shared (sizeof (int));
  race->stayed = ipc_check_shared (sizeof (int));
}

static void
race_clear (Race *race)
{
  ipc_check_gate_free (race->start);
  ipc_check_gate_free (race->end);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Race, race_clear)

/* A peer keeps what it has open until all have come so far and @check was called. */
static void
stay (Race *race)
{
  g_atomic_int_inc (race->stayed);
  ipc_check_gate_pass (race->end);
}

static void
check_when_all_stay (Race *race, void (*check) (Race *race))
{
  const gint64 end = g_get_monotonic_time () + IPC_CHECK_LONG;

  while (g_atomic_int_get (race->stayed) < N_PEERS)
    {
      ck_assert_int_lt (g_get_monotonic_time (), end);
      g_thread_yield ();
    }
  check (race);
  ipc_check_gate_open (race->end);
}

/* All of them at once, as far as that can be.  @check: NULL if the peers do not stay. */
static void
run_peers (Race *race, void (*child) (gpointer data), void (*check) (Race *race))
{
  Race *shared = ipc_check_share (*race);
  pid_t peers[N_PEERS];

  for (int i = 0; i < N_PEERS; i++)
    peers[i] = ipc_check_fork (child, shared);
  ipc_check_gate_open (race->start);
  if (check != NULL)
    check_when_all_stay (race, check);
  for (int i = 0; i < N_PEERS; i++)
    ck_assert_int_eq (ipc_check_join (peers[i]), 0);
}

/* -- One maker, one opener -- */

/* Until somebody has looked who began after now. */
static void
await_look (Race *race)
{
  const int begun = g_atomic_int_get (race->looks);

  while (g_atomic_int_get (race->looks) < begun + 2 && !ipc_check_gate_is_open (race->start))
    g_thread_yield ();
}

/* Every other one stays to be seen: the rest may be gone before anybody can. */
static void
make_again_and_again (gpointer data)
{
  Race *race = data;

  for (guint i = 0; !ipc_check_gate_is_open (race->start); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (IpcSemaphore) sem = ipc_semaphore_create (race->name, 7, 0, &error);

      ipc_check_ok (sem != NULL, error);
      if (i % 2 == 1)
        await_look (race);
      ipc_check_ok (ipc_semaphore_unlink (sem, &error), error);
    }
}

/* Whether it was there. */
static gboolean
look (Race *race)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (IpcSemaphore) sem = NULL;
  guint value = 0;

  g_atomic_int_inc (race->looks);
  sem = ipc_semaphore_open (race->name, 0, &error);
  if (sem == NULL)
    {
      ipc_check_error (error, IPC_ERROR, IPC_ERROR_NOT_FOUND, NULL);
      return FALSE;
    }
  if (!ipc_semaphore_get_value (sem, 0, &value, &error))
    {
      ipc_check_error (error, IPC_ERROR, IPC_ERROR_REMOVED, NULL);
      return FALSE;
    }
  ck_assert_uint_eq (value, 7);
  return TRUE;
}

START_TEST (opener_sees_nothing_or_all)
{
  g_auto (Race) race = { 0 };
  const gint64 end = g_get_monotonic_time () + IPC_CHECK_LONG;
  int n_seen = 0;
  pid_t maker;

  race_init (&race, ipc_check_semaphore_name (_i));
  maker = ipc_check_fork (make_again_and_again, ipc_check_share (race));
  for (; n_seen < 200; n_seen += look (&race))
    ck_assert_int_lt (g_get_monotonic_time (), end);
  ipc_check_gate_open (race.start);
  ck_assert_int_eq (ipc_check_join (maker), 0);
}
END_TEST

/* -- Several makers -- */

static void
open_or_create_one (gpointer data)
{
  Race *race = data;
  g_autoptr (IpcSemaphore) sem = NULL;
  g_autoptr (GError) error = NULL;

  ipc_check_gate_pass (race->start);
  sem = ipc_semaphore_open_or_create (race->name, 7, 0, &error);
  ipc_check_ok (sem != NULL, error);
  ck_assert_uint_eq (ipc_check_value (sem, 0), 7);
  g_atomic_int_add (&race->counts[0], ipc_semaphore_get_created (sem));
  stay (race);
}

static void
check_one_made_it (Race *race)
{
  ck_assert_int_eq (race->counts[0], 1);
}

START_TEST (one_of_many_makes_it)
{
  for (int round = 0; round < 10; round++)
    {
      g_auto (Race) race = { 0 };

      race_init (&race, ipc_check_semaphore_name (_i));
      run_peers (&race, open_or_create_one, check_one_made_it);
    }
}
END_TEST

static void
create_one (gpointer data)
{
  Race *race = data;
  g_autoptr (IpcSemaphore) sem = NULL;
  g_autoptr (GError) error = NULL;

  ipc_check_gate_pass (race->start);
  sem = ipc_semaphore_create (race->name, 7, 0, &error);
  if (sem == NULL)
    ipc_check_error (error, IPC_ERROR, IPC_ERROR_EXISTS, NULL);
  g_atomic_int_inc (&race->counts[sem != NULL ? 0 : 1]);
  stay (race);
}

static void
check_one_has_the_name (Race *race)
{
  ck_assert_int_eq (race->counts[0], 1);
  ck_assert_int_eq (race->counts[1], N_PEERS - 1);
}

START_TEST (one_of_many_gets_the_name)
{
  for (int round = 0; round < 10; round++)
    {
      g_auto (Race) race = { 0 };

      race_init (&race, ipc_check_semaphore_name (_i));
      run_peers (&race, create_one, check_one_has_the_name);
    }
}
END_TEST

/* -- Replacing and removing -- */

static void
replace_often (gpointer data)
{
  Race *race = data;
  const guint value = 7;
  g_autoptr (IpcSemaphore) sem = NULL;

  ipc_check_gate_pass (race->start);
  for (int i = 0; i < 100; i++)
    {
      g_autoptr (GError) error = NULL;

      g_clear_object (&sem);
      sem = ipc_semaphore_new_full (race->name, IPC_OPEN_REPLACE, &value, 1, 0600, 0, NULL, &error);
      ipc_check_ok (sem != NULL, error);
    }
  stay (race);
}

static void
check_the_last_one_is_whole (Race *race)
{
  g_autoptr (IpcSemaphore) last = ipc_check_semaphore_open (race->name, 0);

  ck_assert_uint_eq (ipc_check_value (last, 0), 7);
}

START_TEST (each_of_many_replaces_it)
{
  g_auto (Race) race = { 0 };

  race_init (&race, ipc_check_semaphore_name (_i));
  run_peers (&race, replace_often, check_the_last_one_is_whole);
}
END_TEST

static void
open_and_remove_often (gpointer data)
{
  Race *race = data;

  ipc_check_gate_pass (race->start);
  for (int i = 0; i < 100; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (IpcSemaphore) sem = ipc_semaphore_open_or_create (race->name, 7, 0, &error);

      ipc_check_ok (sem != NULL, error);
      if (i % 2 == 0)
        ipc_check_ok (ipc_semaphore_unlink (sem, &error), error);
      else if (!ipc_semaphore_unlink_name (race->name, &error))
        ipc_check_error (error, IPC_ERROR, IPC_ERROR_NOT_FOUND, NULL);
    }
}

/* Whatever the others do in between, each gets what it asked for. */
START_TEST (opening_stands_removal_by_others)
{
  g_auto (Race) race = { 0 };

  race_init (&race, ipc_check_semaphore_name (_i));
  run_peers (&race, open_and_remove_often, NULL);
}
END_TEST

static void
create_and_remove_often (gpointer data)
{
  Race *race = data;

  ipc_check_gate_pass (race->start);
  for (int i = 0; i < 200; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (IpcSemaphore) sem = ipc_semaphore_create (race->name, 7, 0, &error);

      if (sem == NULL)
        ipc_check_error (error, IPC_ERROR, IPC_ERROR_EXISTS, NULL);
      g_clear_error (&error);
      if (!ipc_semaphore_unlink_name (race->name, &error))
        ipc_check_error (error, IPC_ERROR, IPC_ERROR_NOT_FOUND, NULL);
    }
}

START_TEST (making_stands_removal_by_others)
{
  g_auto (Race) race = { 0 };

  race_init (&race, ipc_check_semaphore_name (_i));
  run_peers (&race, create_and_remove_often, NULL);
}
END_TEST

static void
add_tests (Suite *suite)
{
  TCase *tcase = ipc_check_tcase (suite, "semaphore-race");
  const TTest *all[] = {
    opener_sees_nothing_or_all, one_of_many_makes_it, one_of_many_gets_the_name,
    each_of_many_replaces_it, opening_stands_removal_by_others, making_stands_removal_by_others,
  };

  for (gsize i = 0; i < G_N_ELEMENTS (all); i++)
    ipc_check_add_semaphore_test (tcase, all[i], IPC_CHECK_GET_VALUE, 0);
}

int
main (void)
{
  return ipc_check_main ("semaphore-race", add_tests);
}
