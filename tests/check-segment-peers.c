/* check-segment-peers.c: segments: other users, and other processes at the same moment
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ipc-check.h"

#include <string.h>
#include <sys/shm.h>
#include <unistd.h>

#define SIZE 10000
#define ROUNDS 300

static IpcSegment *
open_full (const char *name, IpcOpenMode mode, guint permissions, IpcSegmentFlags flags)
{
  const gsize size = mode == IPC_OPEN_EXISTING ? 0 : SIZE;
  g_autoptr (GError) error = NULL;
  IpcSegment *segment = ipc_segment_new_full (name, mode, size, permissions, flags, NULL, &error);

  ipc_check_ok (segment != NULL, error);
  return segment;
}

static void
refused (const char *name, IpcOpenMode mode, guint permissions, IpcSegmentFlags flags,
         IpcError code, const char *words)
{
  const gsize size = mode == IPC_OPEN_EXISTING ? 0 : SIZE;
  g_autoptr (GError) error = NULL;

  ck_assert_ptr_null (ipc_segment_new_full (name, mode, size, permissions, flags, NULL, &error));
  ipc_check_error (error, IPC_ERROR, code, words);
}

/* -- Other users -- */

static void
make_for_all (gpointer name)
{
  g_autoptr (IpcSegment) segment = open_full (name, IPC_OPEN_CREATE, 0666, IPC_SEGMENT_FLAGS_NONE);

  ck_assert (ipc_segment_write (segment, 0, "bait", 4, NULL));
}

/* N1, N5: a squatter was here first. */
START_TEST (segment_of_another_user_is_untrusted)
{
  const char *name = ipc_check_segment_name (_i);
  g_autoptr (IpcSegment) segment = NULL;

  ck_assert_int_eq (ipc_check_as_nobody (make_for_all, (gpointer) name), 0);

  refused (name, IPC_OPEN_CREATE, 0600, 0, IPC_ERROR_EXISTS, name);
  refused (name, IPC_OPEN_EXISTING, 0600, 0, IPC_ERROR_UNTRUSTED, "65534|nobody|ANY_OWNER");
  refused (name, IPC_OPEN_EXISTING, 0666, 0, IPC_ERROR_UNTRUSTED, "65534|nobody|ANY_OWNER");
  refused (name, IPC_OPEN_OR_CREATE, 0600, 0, IPC_ERROR_UNTRUSTED, "65534|nobody|ANY_OWNER");
  refused (name, IPC_OPEN_EXISTING, 0600, IPC_SEGMENT_READ_ONLY, IPC_ERROR_UNTRUSTED, "ANY_OWNER");

  segment = open_full (name, IPC_OPEN_EXISTING, 0600, IPC_SEGMENT_ANY_OWNER);
  ck_assert_mem_eq (ipc_segment_get_data (segment, NULL), "bait", 4);
}
END_TEST

static void
make_and_give_away (gpointer name)
{
  g_autoptr (IpcSegment) segment = open_full (name, IPC_OPEN_CREATE, 0600, IPC_SEGMENT_FLAGS_NONE);
  struct shmid_ds ds;
  int id = -1;

  ck_assert (ipc_segment_get_id (segment, &id));
  ck_assert_int_eq (shmctl (id, IPC_STAT, &ds), 0);
  ds.shm_perm.uid = 0;
  ck_assert_int_eq (shmctl (id, IPC_SET, &ds), 0);
}

/* N5: its creator may take it back at any time. */
START_TEST (creator_is_an_owner)
{
  const char *name = ipc_check_segment_name (_i);

  ck_assert_int_eq (ipc_check_as_nobody (make_and_give_away, (gpointer) name), 0);
  refused (name, IPC_OPEN_EXISTING, 0600, 0, IPC_ERROR_UNTRUSTED, "nobody");
}
END_TEST

START_TEST (writable_by_others_is_untrusted)
{
  const char *name = ipc_check_segment_name (_i);
  g_autoptr (IpcSegment) mine G_GNUC_UNUSED
    = open_full (name, IPC_OPEN_CREATE, 0666, IPC_SEGMENT_FLAGS_NONE);
  g_autoptr (IpcSegment) asked = NULL;
  g_autoptr (IpcSegment) any = NULL;

  refused (name, IPC_OPEN_EXISTING, 0600, 0, IPC_ERROR_UNTRUSTED, "0666|ANY_OWNER");
  refused (name, IPC_OPEN_EXISTING, 0660, 0, IPC_ERROR_UNTRUSTED, "0666|ANY_OWNER");
  asked = open_full (name, IPC_OPEN_EXISTING, 0666, IPC_SEGMENT_FLAGS_NONE);
  any = open_full (name, IPC_OPEN_EXISTING, 0600, IPC_SEGMENT_ANY_OWNER);
  ck_assert_uint_eq (ipc_segment_get_permissions (any), 0666);
}
END_TEST

static void
try_all_as_nobody (gpointer name)
{
  g_autoptr (GError) error = NULL;

  refused (name, IPC_OPEN_EXISTING, 0600, 0, IPC_ERROR_PERMISSION_DENIED, name);
  refused (name, IPC_OPEN_EXISTING, 0600, IPC_SEGMENT_READ_ONLY, IPC_ERROR_PERMISSION_DENIED, name);
  refused (name, IPC_OPEN_OR_CREATE, 0600, IPC_SEGMENT_ANY_OWNER, IPC_ERROR_PERMISSION_DENIED, name);
  refused (name, IPC_OPEN_REPLACE, 0600, 0, IPC_ERROR_PERMISSION_DENIED, name);
  refused (name, IPC_OPEN_CREATE, 0600, 0, IPC_ERROR_EXISTS, name);
  ck_assert (!ipc_segment_unlink_name (name, &error));
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_PERMISSION_DENIED, name);
}

START_TEST (private_segment_is_denied_to_others)
{
  const char *name = ipc_check_segment_name (_i);
  g_autoptr (IpcSegment) segment = open_full (name, IPC_OPEN_CREATE, 0600, IPC_SEGMENT_FLAGS_NONE);

  ck_assert_int_eq (ipc_check_as_nobody (try_all_as_nobody, (gpointer) name), 0);
  ck_assert (ipc_segment_is_current (segment));
}
END_TEST

static void
read_as_nobody (gpointer name)
{
  g_autoptr (IpcSegment) segment = NULL;

  refused (name, IPC_OPEN_EXISTING, 0600, 0, IPC_ERROR_PERMISSION_DENIED, name);
  segment = open_full (name, IPC_OPEN_EXISTING, 0600, IPC_SEGMENT_READ_ONLY);
  ck_assert_mem_eq (ipc_segment_get_data (segment, NULL), "news", 4);
}

/* Root's is trusted, and to read it needs no more than the permission to read. */
START_TEST (others_read_what_they_may_read)
{
  const char *name = ipc_check_segment_name (_i);
  g_autoptr (IpcSegment) segment = open_full (name, IPC_OPEN_CREATE, 0644, IPC_SEGMENT_FLAGS_NONE);

  ck_assert (ipc_segment_write (segment, 0, "news", 4, NULL));
  ck_assert_int_eq (ipc_check_as_nobody (read_as_nobody, (gpointer) name), 0);
}
END_TEST

/* -- Processes at the same moment -- */

typedef struct
{
  const char   *name;
  IpcCheckGate *done;
} Shared;

static void
make_and_unlink (gpointer data)
{
  Shared *shared = data;

  for (int i = 0; i < ROUNDS; i++)
    {
      g_autoptr (IpcSegment) segment = open_full (shared->name, IPC_OPEN_CREATE, 0640,
                                                  IPC_SEGMENT_FLAGS_NONE);

      ck_assert (ipc_segment_unlink (segment, NULL));
    }
  ipc_check_gate_open (shared->done);
}

/* There, and whole, or not there. */
START_TEST (half_made_is_never_seen)
{
  g_autoptr (IpcCheckGate) done = ipc_check_gate_new ();
  Shared shared = { ipc_check_segment_name (_i), done };
  pid_t peer = ipc_check_fork (make_and_unlink, &shared);

  while (!ipc_check_gate_is_open (done))
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (IpcSegment) segment = ipc_segment_open (shared.name, IPC_SEGMENT_FLAGS_NONE,
                                                         &error);

      if (segment != NULL)
        {
          ck_assert_uint_eq (ipc_segment_get_size (segment), SIZE);
          ck_assert_uint_eq (ipc_segment_get_permissions (segment), 0640);
        }
      else if (!g_error_matches (error, IPC_ERROR, IPC_ERROR_REMOVED))
        ipc_check_error (error, IPC_ERROR, IPC_ERROR_NOT_FOUND, NULL);
    }
  ck_assert_int_eq (ipc_check_join (peer), 0);
}
END_TEST

static void
open_or_create_often (gpointer data)
{
  for (int i = 0; i < ROUNDS; i++)
    {
      g_autoptr (IpcSegment) segment = open_full (data, i % 3 == 2 ? IPC_OPEN_REPLACE
                                                                   : IPC_OPEN_OR_CREATE,
                                                  0600, IPC_SEGMENT_FLAGS_NONE);

      ck_assert_uint_eq (ipc_segment_get_size (segment), SIZE);
      if (i % 3 == 1)
        ck_assert (ipc_segment_unlink (segment, NULL));
    }
}

START_TEST (many_make_open_replace_and_unlink)
{
  const char *name = ipc_check_segment_name (_i);
  pid_t peers[4];

  for (gsize i = 0; i < G_N_ELEMENTS (peers); i++)
    peers[i] = ipc_check_fork (open_or_create_often, (gpointer) name);
  for (gsize i = 0; i < G_N_ELEMENTS (peers); i++)
    ck_assert_int_eq (ipc_check_join (peers[i]), 0);
}
END_TEST

static void
use_inherited (gpointer data)
{
  IpcSegment *segment = data;
  g_autoptr (GError) error = NULL;

  ck_assert_mem_eq (ipc_segment_get_data (segment, NULL), "parent", 6);
  ipc_check_ok (ipc_segment_write (segment, 0, "child!", 6, &error), error);
  ipc_check_ok (ipc_segment_detach (segment, &error), error);
  g_object_unref (segment);
}

START_TEST (child_uses_what_it_inherits)
{
  g_autoptr (IpcSegment) segment = open_full (ipc_check_segment_name (_i), IPC_OPEN_CREATE, 0600,
                                              IPC_SEGMENT_FLAGS_NONE);

  ck_assert (ipc_segment_write (segment, 0, "parent", 6, NULL));
  ck_assert_int_eq (ipc_check_join (ipc_check_fork (use_inherited, segment)), 0);
  ck_assert_mem_eq (ipc_segment_get_data (segment, NULL), "child!", 6);
}
END_TEST

static void
add_tests (Suite *suite)
{
  TCase *tcase = ipc_check_tcase (suite, "segment-peers");
  const int n = (int) ipc_check_n_segment_backends;

  tcase_add_loop_test (tcase, writable_by_others_is_untrusted, 0, n);
  tcase_add_loop_test (tcase, child_uses_what_it_inherits, 0, n);
  tcase_add_loop_test (tcase, half_made_is_never_seen, 0, n);
  tcase_add_loop_test (tcase, many_make_open_replace_and_unlink, 0, n);

  if (!ipc_check_needs_root ("segments of other users"))
    return;
  tcase_add_loop_test (tcase, segment_of_another_user_is_untrusted, 0, n);
  tcase_add_loop_test (tcase, private_segment_is_denied_to_others, 0, n);
  tcase_add_loop_test (tcase, others_read_what_they_may_read, 0, n);
  ipc_check_add_segment_test (tcase, creator_is_an_owner, IPC_CHECK_SYSTEM_V, 0);
}

int
main (void)
{
  return ipc_check_main ("segment-peers", add_tests);
}
