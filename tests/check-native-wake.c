/* check-native-wake.c: whom a change of a native semaphore wakes; the linker lets us between
 *
 * Whoever sleeps looks again after half a second at the latest, so that a wake-up that was forgotten
 * is seen nowhere else but as a wait that is too long.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ipc-check-semaphore.h"

#include "ipc-native-private.h"


#define UNITS 3
#define ALL IPC_WAKE_ALL

/* -- What is woken -- */

static int n_wakes, most;
static int n_asleep;   /* that it finds, while it is only counted */
static gboolean wakes; /* and is not only counted */
static gboolean dies;  /* this process, in the place of it */

int __real_ipc_life_wake (IpcPlace *place, guint32 *word, int n);
int __wrap_ipc_life_wake (IpcPlace *place, guint32 *word, int n);

int
__wrap_ipc_life_wake (IpcPlace *place, guint32 *word, int n)
{
  n_wakes++;
  most = MAX (most, n);
  if (dies)
    raise (SIGKILL);

  return wakes ? __real_ipc_life_wake (place, word, n) : n_asleep;
}

/* -- The object under test -- */

static IpcSemaphore *sem;

static IpcNative *
native_new (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (IpcName) name = NULL;
  IpcRequest request = { .mode = IPC_OPEN_EXISTING, .permissions = 0600 };
  IpcOpened opened;
  IpcNative *self;

  sem = ipc_semaphore_create (ipc_check_plain_name (), UNITS, IPC_SEMAPHORE_UNDO, &error);
  ipc_check_ok (sem != NULL, error);
  request.name = name = ipc_name_parse (ipc_semaphore_get_name (sem), &error);
  ipc_check_ok (name != NULL, error);
  self = ipc_native_open (&request, &opened, &error);
  ipc_check_ok (self != NULL, error);
  n_wakes = most = 0;
  return self;
}

static void
native_end (IpcNative *self)
{
  ipc_native_unref (self);
  g_object_unref (sem);
}

static uint32_t
flags_of (const IpcNative *self)
{
  return (uint32_t) atomic_load (self->word.word) & IPC_WORD_FLAGS;
}

/* -- Changes -- */

#define WAITERS IPC_WORD_WAITERS
#define ZERO IPC_WORD_ZERO
#define MANY IPC_WORD_MANY

typedef struct
{
  const char    *what;
  uint32_t       value, flags; /* of those who sleep */
  IpcSemaphoreOp ops[2];
  guint          n_ops;
  gboolean       slept;
  int            n_wakes, most;
  uint32_t       left; /* flags afterwards */
} Change;

static const Change changes[] = {
  { "a unit, and one may have it", 0, WAITERS, { { 0, +1 } }, 1, FALSE, 1, 1, 0 },
  { "two units, for one each", 0, WAITERS, { { 0, +2 } }, 1, FALSE, 1, 2, 0 },
  { "a unit, and some want several", 0, WAITERS | MANY, { { 0, +1 } }, 1, FALSE, 1, ALL, 0 },
  { "a unit, and others wait for zero", 1, WAITERS | ZERO, { { 0, +1 } }, 1, FALSE, 1, ALL, 0 },
  { "nobody sleeps", 0, 0, { { 0, +1 } }, 1, FALSE, 0, 0, 0 },
  { "zero", 2, ZERO, { { 0, -2 } }, 1, FALSE, 1, ALL, 0 },
  { "less, but not zero", 2, ZERO, { { 0, -1 } }, 1, FALSE, 0, 0, ZERO },
  { "less, and somebody wants just that", 3, ZERO | MANY, { { 0, -1 } }, 1, FALSE, 1, ALL, 0 },
  /* Who was woken alone, or used up a wake-up that was for others.  It leaves the flag for these. */
  { "a woken one leaves units", 2, WAITERS, { { 0, -1 } }, 1, TRUE, 1, 1, WAITERS },
  { "a woken one leaves nothing", 1, 0, { { 0, -1 } }, 1, TRUE, 0, 0, WAITERS },
  { "a woken one leaves several", 3, WAITERS | MANY, { { 0, -1 } }, 1, TRUE, 1, ALL,
    WAITERS | MANY },
  { "a woken one leaves units, others wait for zero", 2, WAITERS | ZERO, { { 0, -1 } }, 1, TRUE, 1,
    ALL, WAITERS | ZERO },
  { "a woken one takes and gives", 1, WAITERS, { { 0, -1 }, { 0, +1 } }, 2, TRUE, 1, 1, WAITERS },
};

static void
check_change (IpcNative *native, const Change *c)
{
  const IpcNativeTry try = { .call = "test", .ops = c->ops, .n_ops = c->n_ops, .slept = c->slept };

  atomic_store (native->word.word, ipc_word_make (c->value, c->flags, IPC_LANE_NONE, 0));
  ck_assert_int_eq (ipc_native_try (native, &try, NULL, NULL), IPC_OUTCOME_DONE);
  ck_assert_msg (n_wakes == c->n_wakes && most == c->most, "%s: %d wake-ups of %d at most", c->what,
                 n_wakes, most);
  ck_assert_msg (flags_of (native) == c->left, "%s: flags %#x", c->what, flags_of (native));
}

START_TEST (change_wakes_whom_it_concerns)
{
  IpcNative *native = native_new ();

  check_change (native, &changes[_i]);
  native_end (native);
}
END_TEST

/* -- Turns: one was woken and came too late -- */

typedef struct
{
  Change   change;
  int      n_asleep;
  gboolean still; /* promised afterwards */
} Turn;

/* A post leaves the flag, unless nobody is there to come. */
static const Turn turns[] = {
  { { "a unit", 0, WAITERS, { { 0, +1 } }, 1, FALSE, 1, 1, WAITERS }, 1, TRUE },
  { { "a unit for nobody", 0, WAITERS, { { 0, +1 } }, 1, FALSE, 2, ALL, 0 }, 0, FALSE },
  { { "some want several", 0, WAITERS | MANY, { { 0, +1 } }, 1, FALSE, 1, ALL, 0 }, 1, TRUE },
  { { "nobody sleeps", 0, 0, { { 0, +1 } }, 1, FALSE, 0, 0, 0 }, 0, TRUE },
  { { "a woken one takes", 1, WAITERS, { { 0, -1 } }, 1, TRUE, 0, 0, WAITERS }, 0, FALSE },
  { { "a try takes", 1, WAITERS, { { 0, -1 } }, 1, FALSE, 0, 0, WAITERS }, 0, FALSE },
};

START_TEST (post_keeps_a_promise)
{
  const Turn *turn = &turns[_i];
  IpcNative *native = native_new ();

  n_asleep = turn->n_asleep;
  atomic_store (&native->file->promised, 1);
  check_change (native, &turn->change);
  ck_assert_msg (ipc_native_is_promised (native) == turn->still, "%s", turn->change.what);
  native_end (native);
}
END_TEST

static const IpcSemaphoreOp take_one = { 0, -1 };

START_TEST (who_was_woken_in_vain_has_a_promise)
{
  IpcNativeTry try = { .call = "test", .ops = &take_one, .n_ops = 1, .slept = TRUE };
  IpcNative *native = native_new ();
  IpcNap nap = { 0 };

  atomic_store (native->word.word, ipc_word_make (0, 0, IPC_LANE_NONE, 0));
  ck_assert_int_eq (ipc_native_try (native, &try, &nap, NULL), IPC_OUTCOME_WOULD_BLOCK);
  ck_assert (!ipc_native_is_promised (native));
  try.woken = TRUE;
  ck_assert_int_eq (ipc_native_try (native, &try, &nap, NULL), IPC_OUTCOME_WOULD_BLOCK);
  ck_assert (ipc_native_is_promised (native));
  native_end (native);
}
END_TEST

/* The unit is there, and promised; then nobody comes for it. */
static IpcNative *
promised_to_nobody (void)
{
  IpcNative *native = native_new ();

  wakes = TRUE;
  atomic_store (&native->file->promised, 1);
  atomic_store (native->word.word, ipc_word_make (1, WAITERS, IPC_LANE_NONE, 0));
  return native;
}

START_TEST (newcomer_leaves_what_is_promised)
{
  IpcNative *native = promised_to_nobody ();
  IpcNativeTry try = { .call = "test", .ops = &take_one, .n_ops = 1, .polite = TRUE };
  IpcNap nap = { 0 };

  ck_assert_int_eq (ipc_native_try (native, &try, &nap, NULL), IPC_OUTCOME_WOULD_BLOCK);
  ck_assert_uint_eq (*nap.word, nap.expected);
  ck_assert_uint_eq (ipc_check_value (sem, 0), 1);
  ipc_native_lapse (native);
  ck_assert_uint_ne (*nap.word, nap.expected);
  ck_assert_int_eq (ipc_native_try (native, &try, &nap, NULL), IPC_OUTCOME_DONE);
  native_end (native);
}
END_TEST

START_TEST (try_wait_takes_what_is_promised)
{
  IpcNative *native = promised_to_nobody ();
  g_autoptr (GError) error = NULL;

  ipc_check_ok (ipc_semaphore_try_wait (sem, &error), error);
  ck_assert_uint_eq (ipc_check_value (sem, 0), 0);
  native_end (native);
}
END_TEST

/* Who had the promise was killed on its way. */
START_TEST (wait_outlasts_a_promise_of_the_dead)
{
  IpcNative *native = promised_to_nobody ();
  g_autoptr (GError) error = NULL;

  ipc_check_ok (ipc_semaphore_wait (sem, -1, NULL, &error), error);
  ck_assert_uint_eq (ipc_check_value (sem, 0), 0);
  ck_assert (!ipc_native_is_promised (native));
  native_end (native);
}
END_TEST

/* -- Flags -- */

typedef struct
{
  const char    *what;
  uint32_t       value;
  IpcSemaphoreOp ops[2];
  guint          n_ops;
  uint32_t       flags; /* that it leaves */
} Sleep;

static const Sleep sleeps[] = {
  { "one unit", 0, { { 0, -1 } }, 1, WAITERS },
  { "several", 1, { { 0, -2 } }, 1, WAITERS | MANY },
  { "zero", 1, { { 0, 0 } }, 1, ZERO },
  { "the last unit, of too many", 3, { { 0, -1 }, { 0, 0 } }, 2, ZERO | MANY },
  { "the last unit, of none", 0, { { 0, -1 }, { 0, 0 } }, 2, WAITERS | MANY },
};

START_TEST (sleeper_leaves_its_flags)
{
  const Sleep *s = &sleeps[_i];
  const IpcNativeTry try = { .call = "test", .ops = s->ops, .n_ops = s->n_ops };
  IpcNative *native = native_new ();
  IpcNap nap = { 0 };

  atomic_store (native->word.word, ipc_word_make (s->value, 0, IPC_LANE_NONE, 0));
  ck_assert_int_eq (ipc_native_try (native, &try, &nap, NULL), IPC_OUTCOME_WOULD_BLOCK);
  ck_assert_msg (flags_of (native) == s->flags, "%s: flags %#x", s->what, flags_of (native));
  ck_assert_uint_eq (*nap.word, nap.expected);
  native_end (native);
}
END_TEST

/* -- The dead: one unit comes back, and they may have been about to wake somebody else -- */

static void
hold_one (gpointer name)
{
  g_object_unref (ipc_check_take (name, IPC_SEMAPHORE_UNDO));
  _exit (0);
}

START_TEST (reaper_wakes_all)
{
  IpcNative *native = native_new ();
  gpointer name = ipc_check_name_of (sem);

  ck_assert_int_eq (ipc_check_join (ipc_check_fork (hold_one, name)), 0);
  n_wakes = most = 0;
  ck_assert (ipc_native_sweep (native, FALSE).found);
  ck_assert_int_eq (n_wakes, 1);
  ck_assert_int_eq (most, ALL);
  native_end (native);
}
END_TEST

/* P3: killed between giving a unit and waking who sleeps.  Where it was a user under UNDO it is found
 * dead, and where not, who sleeps looks again all the same. */
static const IpcSemaphoreFlags poster_flags[] = { IPC_SEMAPHORE_FLAGS_NONE, IPC_SEMAPHORE_UNDO };

typedef struct
{
  const char       *name;
  IpcSemaphoreFlags flags;
} Poster;

static void
give_two_and_die (gpointer data)
{
  static const IpcSemaphoreOp give = { 0, +2 };
  const Poster *self = data;
  IpcSemaphore *mine = ipc_check_semaphore_open (self->name, self->flags);

  dies = TRUE;
  ipc_semaphore_operate (mine, &give, 1, 0, NULL, NULL);
}

START_TEST (poster_may_die_before_it_wakes)
{
  g_autoptr (IpcSemaphore) empty = ipc_semaphore_create (ipc_check_plain_name (), 0, 0, NULL);
  Poster poster = { ipc_check_name_of (empty), poster_flags[_i] };
  pid_t waiters[2];

  wakes = TRUE;
  for (gsize i = 0; i < G_N_ELEMENTS (waiters); i++)
    {
      waiters[i] = ipc_check_fork (ipc_check_peer_wait, (gpointer) poster.name);
      ck_assert (ipc_check_blocked (waiters[i]));
    }
  ck_assert_int_eq (ipc_check_join (ipc_check_fork (give_two_and_die, &poster)),
                    IPC_CHECK_STATUS_KILLED);
  for (gsize i = 0; i < G_N_ELEMENTS (waiters); i++)
    ck_assert_int_eq (ipc_check_join (waiters[i]), 0);
  ipc_check_is_held (empty);
}
END_TEST

static void
add_tests (Suite *suite)
{
  TCase *tcase = ipc_check_tcase (suite, "native-wake");

  tcase_add_loop_test (tcase, change_wakes_whom_it_concerns, 0, G_N_ELEMENTS (changes));
  tcase_add_loop_test (tcase, post_keeps_a_promise, 0, G_N_ELEMENTS (turns));
  tcase_add_test (tcase, who_was_woken_in_vain_has_a_promise);
  tcase_add_test (tcase, newcomer_leaves_what_is_promised);
  tcase_add_test (tcase, try_wait_takes_what_is_promised);
  tcase_add_test (tcase, wait_outlasts_a_promise_of_the_dead);
  tcase_add_loop_test (tcase, sleeper_leaves_its_flags, 0, G_N_ELEMENTS (sleeps));
  tcase_add_test (tcase, reaper_wakes_all);
  if (ipc_check_needs_unix ("poster_may_die_before_it_wakes", "an end by signal"))
    tcase_add_loop_test (tcase, poster_may_die_before_it_wakes, 0, G_N_ELEMENTS (poster_flags));
}

int
main (void)
{
  return ipc_check_main ("native-wake", add_tests);
}
