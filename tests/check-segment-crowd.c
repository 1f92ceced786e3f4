/* check-segment-crowd.c: segments that are made longer and shorter while threads read and write
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ipc-check-segment.h"

#include <sched.h>

#define KIB 1024
#define SHORT (8 * KIB + 100)
#define LONG (1024 * KIB)
#define PIECE (4 * KIB)
#define ROUNDS 300

/* Each round counts three phases: short or just being filled, full, being cut. */
typedef struct
{
  IpcSegment *segment;
  int         phase;  /* atomic; above 3 * ROUNDS: the end */
  int         n_full; /* atomic: pieces of the end that were read */
  int         faults; /* atomic */
} Crowd;

static guint8
pattern (gsize offset)
{
  return (guint8) (1 + offset % 251);
}

static gboolean
has_pattern (const guint8 *piece, gsize offset)
{
  for (gsize i = 0; i < PIECE; i++)
    if (piece[i] != pattern (offset + i))
      return FALSE;
  return TRUE;
}

static gsize
any_offset (GRand *random)
{
  const gsize end = g_rand_boolean (random) ? SHORT : LONG;

  return (gsize) g_rand_int_range (random, 0, (gint32) (end - PIECE));
}

/* What was read before the end was cut off is what was there, though the cut has begun. */
static void
read_piece (Crowd *crowd, gsize offset)
{
  g_autoptr (GError) error = NULL;
  guint8 piece[PIECE];
  const int before = g_atomic_int_get (&crowd->phase);
  const gboolean done = ipc_segment_read (crowd->segment, offset, piece, PIECE, &error);
  const gboolean same = g_atomic_int_get (&crowd->phase) <= before - before % 3 + 2;
  const gboolean was_full = before % 3 == 1 && same;

  if (!done && !g_error_matches (error, IPC_ERROR, IPC_ERROR_OUT_OF_RANGE))
    g_atomic_int_inc (&crowd->faults);
  if (done && (offset + PIECE <= SHORT || was_full) && !has_pattern (piece, offset))
    g_atomic_int_inc (&crowd->faults);
  if (done && was_full && offset + PIECE > SHORT)
    g_atomic_int_inc (&crowd->n_full);
}

static void
write_piece (Crowd *crowd, gsize offset)
{
  g_autoptr (GError) error = NULL;
  guint8 piece[PIECE];

  for (gsize i = 0; i < PIECE; i++)
    piece[i] = pattern (offset + i);
  if (!ipc_segment_write (crowd->segment, offset, piece, PIECE, &error)
      && !g_error_matches (error, IPC_ERROR, IPC_ERROR_OUT_OF_RANGE))
    g_atomic_int_inc (&crowd->faults);
}

static gpointer
read_on (gpointer data)
{
  Crowd *crowd = data;
  g_autoptr (GRand) random = g_rand_new_with_seed (1);

  while (g_atomic_int_get (&crowd->phase) < 3 * ROUNDS)
    read_piece (crowd, any_offset (random));
  return NULL;
}

static gpointer
write_on (gpointer data)
{
  Crowd *crowd = data;
  g_autoptr (GRand) random = g_rand_new_with_seed (2);

  while (g_atomic_int_get (&crowd->phase) < 3 * ROUNDS)
    write_piece (crowd, any_offset (random));
  return NULL;
}

static void
grow_and_shrink (Crowd *crowd, const guint8 *content)
{
  g_autoptr (GError) error = NULL;

  ipc_check_resize (crowd->segment, LONG);
  ipc_check_ok (ipc_segment_write (crowd->segment, 0, content, LONG, &error), error);
  g_atomic_int_inc (&crowd->phase);
  while (g_atomic_int_get (&crowd->n_full) == 0)
    sched_yield ();
  g_atomic_int_set (&crowd->n_full, 0);

  g_atomic_int_inc (&crowd->phase);
  ipc_check_resize (crowd->segment, SHORT);
  g_atomic_int_inc (&crowd->phase);
}

START_TEST (threads_go_on)
{
  g_autoptr (IpcSegment) segment = ipc_check_open_kind (_i);
  g_autofree guint8 *content = g_malloc (LONG);
  Crowd crowd = { .segment = segment };
  GThread *threads[4];

  for (gsize i = 0; i < LONG; i++)
    content[i] = pattern (i);
  ipc_check_resize (segment, SHORT);
  ck_assert (ipc_segment_write (segment, 0, content, SHORT, NULL));

  for (gsize i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new (NULL, i < 3 ? read_on : write_on, &crowd);
  for (int i = 0; i < ROUNDS; i++)
    grow_and_shrink (&crowd, content);
  for (gsize i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
  ck_assert_int_eq (crowd.faults, 0);
}
END_TEST

static void
add_tests (Suite *suite)
{
  ipc_check_add_kinds (ipc_check_tcase (suite, "segment-crowd"), threads_go_on);
}

int
main (void)
{
  return ipc_check_main ("segment-crowd", add_tests);
}
