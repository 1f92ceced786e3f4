/* check-semaphore.c: making, finding, giving, taking and removing, on every backend
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ipc-check-semaphore.h"

#include <string.h>

/* -- Opening -- */

START_TEST (create_makes_it)
{
  const char *name = ipc_check_semaphore_name (_i);
  g_autoptr (GError) error = NULL;
  g_autoptr (IpcSemaphore) sem = ipc_semaphore_create (name, 3, IPC_SEMAPHORE_FLAGS_NONE, &error);

  ipc_check_ok (sem != NULL, error);
  ck_assert (ipc_semaphore_get_created (sem));
  ck_assert (ipc_semaphore_is_current (sem));
  ck_assert_str_eq (ipc_semaphore_get_name (sem), name);
  ck_assert_int_eq (ipc_semaphore_get_backend (sem), ipc_check_semaphore_backend (_i));
  ck_assert_uint_eq (ipc_semaphore_get_size (sem), 1);
  ck_assert_uint_eq (ipc_semaphore_get_permissions (sem), 0600);
  ck_assert_uint_eq (ipc_check_value (sem, 0), 3);
}
END_TEST

START_TEST (create_needs_a_free_name)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 3, IPC_SEMAPHORE_FLAGS_NONE);
  const char *name = ipc_semaphore_get_name (sem);
  g_autoptr (GError) error = NULL;

  ck_assert_ptr_null (ipc_semaphore_create (name, 5, IPC_SEMAPHORE_FLAGS_NONE, &error));
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_EXISTS, name);
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_EXISTS, "sem|exists|IPC_OPEN_REPLACE");
  ck_assert_uint_eq (ipc_check_value (sem, 0), 3);
}
END_TEST

START_TEST (open_needs_an_object)
{
  const char *name = ipc_check_semaphore_name (_i);
  g_autoptr (GError) error = NULL;

  ck_assert_ptr_null (ipc_semaphore_open (name, IPC_SEMAPHORE_FLAGS_NONE, &error));
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_NOT_FOUND, name);
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_NOT_FOUND, "sem|create it first");
}
END_TEST

START_TEST (open_finds_it)
{
  g_autoptr (IpcSemaphore) made = ipc_check_semaphore_new (_i, 3, IPC_SEMAPHORE_FLAGS_NONE);
  g_autoptr (IpcSemaphore) found = ipc_check_semaphore_open (ipc_semaphore_get_name (made),
                                                             IPC_SEMAPHORE_FLAGS_NONE);
  g_autoptr (GError) error = NULL;

  ck_assert (!ipc_semaphore_get_created (found));
  ck_assert_uint_eq (ipc_semaphore_get_size (found), 1);
  ck_assert_uint_eq (ipc_check_value (found, 0), 3);
  ipc_check_ok (ipc_semaphore_post (found, &error), error);
  ck_assert_uint_eq (ipc_check_value (made, 0), 4);
  ipc_check_ok (ipc_semaphore_try_wait (made, &error), error);
  ck_assert_uint_eq (ipc_check_value (found, 0), 3);
}
END_TEST

START_TEST (open_or_create_makes_it_once)
{
  const char *name = ipc_check_semaphore_name (_i);
  g_autoptr (GError) error = NULL;
  g_autoptr (IpcSemaphore) first = NULL;
  g_autoptr (IpcSemaphore) second = NULL;

  first = ipc_semaphore_open_or_create (name, 3, IPC_SEMAPHORE_FLAGS_NONE, &error);
  ipc_check_ok (first != NULL, error);
  second = ipc_semaphore_open_or_create (name, 8, IPC_SEMAPHORE_FLAGS_NONE, &error);
  ipc_check_ok (second != NULL, error);

  ck_assert (ipc_semaphore_get_created (first));
  ck_assert (!ipc_semaphore_get_created (second));
  ck_assert_uint_eq (ipc_check_value (second, 0), 3);
}
END_TEST

static IpcSemaphore *
replace (const char *name, guint value)
{
  g_autoptr (GError) error = NULL;
  IpcSemaphore *sem = ipc_semaphore_new_full (name, IPC_OPEN_REPLACE, &value, 1, 0600,
                                              IPC_SEMAPHORE_FLAGS_NONE, NULL, &error);

  ipc_check_ok (sem != NULL, error);
  ck_assert (ipc_semaphore_get_created (sem));
  ck_assert (ipc_semaphore_is_current (sem));
  return sem;
}

START_TEST (replace_takes_the_name)
{
  g_autoptr (IpcSemaphore) old = ipc_check_semaphore_new (_i, 3, IPC_SEMAPHORE_FLAGS_NONE);
  g_autoptr (IpcSemaphore) new = replace (ipc_semaphore_get_name (old), 8);

  ck_assert (!ipc_semaphore_is_current (old));
  ck_assert_uint_eq (ipc_check_value (new, 0), 8);
}
END_TEST

START_TEST (replace_needs_nothing_there)
{
  g_autoptr (IpcSemaphore) sem = replace (ipc_check_semaphore_name (_i), 8);

  ck_assert_uint_eq (ipc_check_value (sem, 0), 8);
}
END_TEST

START_TEST (first_value_may_be_any)
{
  guint max;

  for (guint value = 0; value < 3; value++)
    {
      g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, value, IPC_SEMAPHORE_FLAGS_NONE);

      ck_assert_uint_eq (ipc_check_value (sem, 0), value);
      max = ipc_semaphore_get_max_value (sem);
    }

  g_autoptr (IpcSemaphore) full = ipc_check_semaphore_new (_i, max, IPC_SEMAPHORE_FLAGS_NONE);

  ck_assert_uint_ge (max, 32767);
  ck_assert_uint_eq (ipc_check_value (full, 0), max);
}
END_TEST

/* -- Giving and taking -- */

START_TEST (post_gives_and_wait_takes)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 0, IPC_SEMAPHORE_FLAGS_NONE);
  g_autoptr (GError) error = NULL;

  for (guint i = 1; i <= 5; i++)
    {
      ipc_check_ok (ipc_semaphore_post (sem, &error), error);
      ck_assert_uint_eq (ipc_check_value (sem, 0), i);
    }
  ipc_check_ok (ipc_semaphore_wait (sem, -1, NULL, &error), error);
  ipc_check_ok (ipc_semaphore_wait (sem, 0, NULL, &error), error);
  ipc_check_ok (ipc_semaphore_wait (sem, G_USEC_PER_SEC, NULL, &error), error);
  ipc_check_ok (ipc_semaphore_try_wait (sem, &error), error);
  ck_assert_uint_eq (ipc_check_value (sem, 0), 1);
}
END_TEST

START_TEST (trying_tells_that_there_is_none)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 0, IPC_SEMAPHORE_FLAGS_NONE);
  g_autoptr (GError) would_block = NULL;
  g_autoptr (GError) timed_out = NULL;

  ck_assert (!ipc_semaphore_try_wait (sem, &would_block));
  ipc_check_error (would_block, IPC_ERROR, IPC_ERROR_WOULD_BLOCK, "ipc_semaphore_try_wait|timeout");
  ck_assert (!ipc_semaphore_wait (sem, 0, NULL, &timed_out));
  ipc_check_error (timed_out, IPC_ERROR, IPC_ERROR_TIMED_OUT, "ipc_semaphore_wait");
  ipc_check_error (timed_out, IPC_ERROR, IPC_ERROR_TIMED_OUT, ipc_semaphore_get_name (sem));
  ck_assert_uint_eq (ipc_check_value (sem, 0), 0);
}
END_TEST

START_TEST (post_beyond_the_maximum_overflows)
{
  g_autoptr (IpcSemaphore) probe = ipc_check_semaphore_new (_i, 0, IPC_SEMAPHORE_FLAGS_NONE);
  const guint max = ipc_semaphore_get_max_value (probe);
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, max - 1, IPC_SEMAPHORE_FLAGS_NONE);
  g_autoptr (GError) error = NULL;

  ipc_check_ok (ipc_semaphore_post (sem, &error), error);
  ck_assert (!ipc_semaphore_post (sem, &error));
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_OVERFLOW, ipc_semaphore_get_name (sem));
  ck_assert_uint_eq (ipc_check_value (sem, 0), max);
}
END_TEST

START_TEST (post_wakes_a_waiting_peer)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 0, IPC_SEMAPHORE_FLAGS_NONE);
  g_autoptr (GError) error = NULL;
  pid_t peer = ipc_check_fork (ipc_check_peer_wait, ipc_check_name_of (sem));

  ck_assert (ipc_check_blocked (peer));
  ipc_check_ok (ipc_semaphore_post (sem, &error), error);
  ck_assert_int_eq (ipc_check_join (peer), 0);
  ck_assert_uint_eq (ipc_check_value (sem, 0), 0);
}
END_TEST

START_TEST (post_of_a_peer_wakes_us)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 0, IPC_SEMAPHORE_FLAGS_NONE);
  g_autoptr (GError) error = NULL;
  pid_t peer = ipc_check_fork (ipc_check_peer_post, ipc_check_name_of (sem));

  ipc_check_ok (ipc_semaphore_wait (sem, IPC_CHECK_LONG, NULL, &error), error);
  ck_assert_int_eq (ipc_check_join (peer), 0);
}
END_TEST

/* As many as were given go on, and no more. */
START_TEST (each_unit_wakes_one)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 0, IPC_SEMAPHORE_FLAGS_NONE);
  g_autoptr (GError) error = NULL;
  pid_t peers[4];

  for (gsize i = 0; i < G_N_ELEMENTS (peers); i++)
    peers[i] = ipc_check_fork (ipc_check_peer_wait, ipc_check_name_of (sem));
  for (gsize i = 0; i < G_N_ELEMENTS (peers); i++)
    ck_assert (ipc_check_blocked (peers[i]));

  for (gsize i = 0; i < G_N_ELEMENTS (peers); i++)
    ipc_check_ok (ipc_semaphore_post (sem, &error), error);
  for (gsize i = 0; i < G_N_ELEMENTS (peers); i++)
    ck_assert_int_eq (ipc_check_join (peers[i]), 0);
  ck_assert_uint_eq (ipc_check_value (sem, 0), 0);
}
END_TEST

#define ROUNDS 2000

typedef struct
{
  const char *ping;
  const char *pong;
  int        *ball; /* shared; only who holds the unit touches it */
} Table;

static void
play (IpcSemaphore *mine, IpcSemaphore *theirs, int *ball)
{
  g_autoptr (GError) error = NULL;

  for (int i = 0; i < ROUNDS; i++)
    {
      ipc_check_ok (ipc_semaphore_wait (mine, IPC_CHECK_LONG, NULL, &error), error);
      ++*ball;
      ipc_check_ok (ipc_semaphore_post (theirs, &error), error);
    }
}

static void
play_back (gpointer data)
{
  Table *table = data;
  g_autoptr (IpcSemaphore) ping = ipc_check_semaphore_open (table->ping, 0);
  g_autoptr (IpcSemaphore) pong = ipc_check_semaphore_open (table->pong, 0);

  play (ping, pong, table->ball);
}

/* What is written before a unit is given is there when it is taken. */
START_TEST (two_peers_alternate)
{
  g_autoptr (IpcSemaphore) ping = ipc_check_semaphore_new (_i, 0, IPC_SEMAPHORE_FLAGS_NONE);
  g_autoptr (IpcSemaphore) pong = ipc_check_semaphore_new (_i, 1, IPC_SEMAPHORE_FLAGS_NONE);
  Table table = { ipc_check_name_of (ping), ipc_check_name_of (pong),
                  ipc_check_shared (sizeof (int)) };
  pid_t peer = ipc_check_fork (play_back, ipc_check_share (table));

  play (pong, ping, table.ball);
  ck_assert_int_eq (ipc_check_join (peer), 0);
  ck_assert_int_eq (*table.ball, 2 * ROUNDS);
  ck_assert_uint_eq (ipc_check_value (ping, 0), 0);
  ck_assert_uint_eq (ipc_check_value (pong, 0), 1);
}
END_TEST

/* -- After fork() -- */

static void
use_inherited (gpointer data)
{
  IpcSemaphore *sem = data;
  g_autoptr (GError) error = NULL;

  ipc_check_ok (ipc_semaphore_try_wait (sem, &error), error);
  ipc_check_ok (ipc_semaphore_post (sem, &error), error);
  ipc_check_ok (ipc_semaphore_post (sem, &error), error);
  ipc_check_ok (ipc_semaphore_close (sem, &error), error);
  ck_assert (!ipc_semaphore_post (sem, NULL));
}

START_TEST (child_uses_what_it_inherited)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 1, IPC_SEMAPHORE_FLAGS_NONE);
  g_autoptr (GError) error = NULL;

  ck_assert_int_eq (ipc_check_join (ipc_check_fork (use_inherited, sem)), 0);
  ck_assert_uint_eq (ipc_check_value (sem, 0), 2);
  ipc_check_ok (ipc_semaphore_try_wait (sem, &error), error);
}
END_TEST

/* -- Names -- */

/* Both are there, and each is what it was. */
START_TEST (segment_may_bear_the_same_name)
{
  g_autoptr (IpcSemaphore) sem = ipc_check_semaphore_new (_i, 3, IPC_SEMAPHORE_FLAGS_NONE);
  const char *name = ipc_semaphore_get_name (sem);
  g_autoptr (GError) error = NULL;
  g_autoptr (IpcSegment) segment = ipc_segment_create (name, 64, IPC_SEGMENT_FLAGS_NONE, &error);

  ipc_check_ok (segment != NULL, error);
  ipc_check_ok (ipc_segment_write (segment, 0, "........", 8, &error), error);
  ck_assert_uint_eq (ipc_check_value (sem, 0), 3);
  ipc_check_ok (ipc_segment_unlink (segment, &error), error);
  ck_assert (ipc_check_semaphore_exists (name));
}
END_TEST

static void
check_same (IpcSemaphore *sem, const char *other)
{
  g_autoptr (IpcSemaphore) same = ipc_check_semaphore_open (other, IPC_SEMAPHORE_FLAGS_NONE);
  g_autoptr (GError) error = NULL;
  guint value = ipc_check_value (sem, 0);

  ipc_check_ok (ipc_semaphore_post (same, &error), error);
  ck_assert_uint_eq (ipc_check_value (sem, 0), value + 1);
  ck_assert_str_eq (ipc_semaphore_get_name (same), other);
}

START_TEST (spellings_of_a_key_are_one_object)
{
  const guint32 key = (guint32) ipc_check_key ();
  g_autofree char *hex = g_strdup_printf ("sysv:0x%x", key);
  g_autofree char *decimal = g_strdup_printf ("sysv:%d", (gint32) key);
  g_autofree char *octal = g_strdup_printf ("sysv:0%o", key);
  g_autoptr (IpcSemaphore) sem = ipc_semaphore_create (hex, 0, IPC_SEMAPHORE_FLAGS_NONE, NULL);

  ck_assert_ptr_nonnull (sem);
  check_same (sem, decimal);
  check_same (sem, octal);
}
END_TEST

START_TEST (spellings_of_a_name_are_one_object)
{
  const char *plain = ipc_check_plain_name ();
  const char *scheme = ipc_backend_get_name (ipc_check_semaphore_backend (_i));
  g_autofree char *with = g_strconcat (scheme, ":/", plain, NULL);
  g_autofree char *without = g_strconcat (scheme, ":", plain, NULL);
  g_autoptr (IpcSemaphore) sem = ipc_semaphore_create (with, 0, IPC_SEMAPHORE_FLAGS_NONE, NULL);

  ck_assert_ptr_nonnull (sem);
  check_same (sem, without);
}
END_TEST

static void
add_tests (Suite *suite)
{
  TCase *tcase = ipc_check_tcase (suite, "semaphore");
  const TTest *all[] = {
    create_makes_it, create_needs_a_free_name, open_needs_an_object, open_finds_it,
    open_or_create_makes_it_once, replace_takes_the_name, replace_needs_nothing_there,
    first_value_may_be_any, post_gives_and_wait_takes, trying_tells_that_there_is_none,
    post_beyond_the_maximum_overflows, post_wakes_a_waiting_peer, post_of_a_peer_wakes_us,
    each_unit_wakes_one, two_peers_alternate, segment_may_bear_the_same_name,
  };

  for (gsize i = 0; i < G_N_ELEMENTS (all); i++)
    ipc_check_add_semaphore_test (tcase, all[i], IPC_CHECK_GET_VALUE, 0);
  if (ipc_check_needs_unix ("child_uses_what_it_inherited", "fork"))
    ipc_check_add_semaphore_test (tcase, child_uses_what_it_inherited, IPC_CHECK_GET_VALUE, 0);
  ipc_check_add_semaphore_test (tcase, spellings_of_a_key_are_one_object, IPC_CHECK_SYSTEM_V, 0);
  ipc_check_add_semaphore_test (tcase, spellings_of_a_name_are_one_object,
                                IPC_CHECK_GET_VALUE, IPC_CHECK_SYSTEM_V);
}

int
main (void)
{
  return ipc_check_main ("semaphore", add_tests);
}
