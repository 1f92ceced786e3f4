/* check-segment-threads.c: segments that are detached while other threads use them
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ipc-check.h"

#include <string.h>

#define FILL 0x55
#define LONG_SIZE (1 << 20)

typedef struct
{
  IpcSegment *segment;
  int         running; /* atomic: threads that have called at least once */
} Race;

static gboolean
assert_done_or_closed (gboolean done, GError **error)
{
  if (!done)
    ipc_check_error (*error, IPC_ERROR, IPC_ERROR_CLOSED, "detached");
  g_clear_error (error);
  return done;
}

static gpointer
read_until_closed (gpointer data)
{
  Race *race = data;
  g_autofree guint8 *buffer = g_malloc (LONG_SIZE);
  GError *error = NULL;
  gboolean first = TRUE;

  while (assert_done_or_closed (ipc_segment_read (race->segment, 0, buffer, LONG_SIZE, &error),
                                &error))
    {
      /* What was read is what was shared, all of it: no zeros of a detached mapping. */
      for (gsize i = 0; i < LONG_SIZE; i += 512)
        ck_assert_uint_eq (buffer[i], FILL);
      ck_assert_uint_eq (buffer[LONG_SIZE - 1], FILL);
      if (first)
        g_atomic_int_inc (&race->running);
      first = FALSE;
    }
  return NULL;
}

static gpointer
write_until_closed (gpointer data)
{
  Race *race = data;
  g_autofree guint8 *buffer = g_malloc (LONG_SIZE);
  GError *error = NULL;
  gboolean first = TRUE;

  memset (buffer, FILL, LONG_SIZE);
  while (assert_done_or_closed (ipc_segment_write (race->segment, 0, buffer, LONG_SIZE, &error),
                                &error))
    {
      if (first)
        g_atomic_int_inc (&race->running);
      first = FALSE;
    }
  return NULL;
}

static gpointer
view_until_closed (gpointer data)
{
  Race *race = data;
  g_autoptr (GBytes) bytes = NULL;
  GError *error = NULL;
  gboolean first = TRUE;

  do
    {
      g_clear_pointer (&bytes, g_bytes_unref);
      bytes = ipc_segment_get_bytes (race->segment, 0, LONG_SIZE, &error);
      if (bytes != NULL)
        ck_assert_uint_eq (((const guint8 *) g_bytes_get_data (bytes, NULL))[LONG_SIZE / 2], FILL);
      if (first)
        g_atomic_int_inc (&race->running);
      first = FALSE;
    }
  while (assert_done_or_closed (bytes != NULL, &error));
  return NULL;
}

static void
detach_while_used (guint i)
{
  const GThreadFunc calls[] = { read_until_closed, write_until_closed, view_until_closed };
  GThread *threads[G_N_ELEMENTS (calls)];
  const char *name = ipc_check_segment_name (i);
  Race race = { ipc_segment_create (name, LONG_SIZE, IPC_SEGMENT_FLAGS_NONE, NULL), 0 };

  memset (ipc_segment_get_data (race.segment, NULL), FILL, LONG_SIZE);
  for (gsize j = 0; j < G_N_ELEMENTS (calls); j++)
    threads[j] = g_thread_new (NULL, calls[j], &race);

  while (g_atomic_int_get (&race.running) < (int) G_N_ELEMENTS (calls))
    g_thread_yield ();

  ck_assert (ipc_segment_unlink (race.segment, NULL));
  ck_assert (ipc_segment_detach (race.segment, NULL));
  for (gsize j = 0; j < G_N_ELEMENTS (calls); j++)
    g_thread_join (threads[j]);
#ifdef G_OS_UNIX
  ck_assert_uint_eq (ipc_check_count_maps ("/dev/shm/") + ipc_check_count_maps ("/SYSV"), 0);
#endif
  g_object_unref (race.segment);
}

START_TEST (detach_meets_other_threads)
{
  for (int round = 0; round < 20; round++)
    detach_while_used (_i);
}
END_TEST

static void
add_tests (Suite *suite)
{
  tcase_add_loop_test (ipc_check_tcase (suite, "segment-threads"), detach_meets_other_threads, 0,
                       (int) ipc_check_n_segment_backends);
}

int
main (void)
{
  return ipc_check_main ("segment-threads", add_tests);
}
