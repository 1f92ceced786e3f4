/* peer-libipc.c: this library, among the others
 *
 * Usage: peer-libipc ROW NAME     NAME may begin with a mechanism; "undo:" is native with UNDO
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "peer.h"

#include <ipc/ipc.h>

#define UNDO "undo:"

static IpcSemaphore *there, *back;
static IpcSegment *kept;
static const char *segment_name;

static void
must (gboolean done, const GError *error)
{
  if (done)
    return;

  fprintf (stderr, "%s\n", error->message);
  exit (1);
}

/* -- A semaphore -- */

static IpcSemaphore *
make (const char *name, const char *suffix, guint value)
{
  const gboolean undo = g_str_has_prefix (name, UNDO);
  g_autofree char *full = g_strconcat (undo ? name + strlen (UNDO) : name, suffix, NULL);
  g_autoptr (GError) error = NULL;
  IpcSemaphore *self = ipc_semaphore_create (
      full, value, undo ? IPC_SEMAPHORE_UNDO : IPC_SEMAPHORE_FLAGS_NONE, &error);

  must (self != NULL, error);
  return self;
}

static void
drop (IpcSemaphore *self)
{
  ipc_semaphore_unlink (self, NULL);
  g_object_unref (self);
}

static void
pair_setup (const char *name, long total G_GNUC_UNUSED)
{
  there = make (name, "", 1);
}

static void
pairs (long n)
{
  GError *error = NULL;

  while (n-- > 0)
    {
      must (ipc_semaphore_wait (there, -1, NULL, &error), error);
      must (ipc_semaphore_post (there, &error), error);
    }
}

static void
pair_teardown (const char *name G_GNUC_UNUSED)
{
  drop (there);
}

static void
answer (const char *name G_GNUC_UNUSED, long total)
{
  GError *error = NULL;

  while (total-- > 0)
    {
      must (ipc_semaphore_wait (there, -1, NULL, &error), error);
      must (ipc_semaphore_post (back, &error), error);
    }
}

static void
trip_setup (const char *name, long total)
{
  there = make (name, "-1", 0);
  back = make (name, "-2", 0);
  peer_fork (answer, name, total);
}

static void
trips (long n)
{
  GError *error = NULL;

  while (n-- > 0)
    {
      must (ipc_semaphore_post (there, &error), error);
      must (ipc_semaphore_wait (back, -1, NULL, &error), error);
    }
}

static void
trip_teardown (const char *name)
{
  drop (back);
  pair_teardown (name);
}

/* -- A segment -- */

static void
create_setup (const char *name, long total G_GNUC_UNUSED)
{
  segment_name = name;
}

static IpcSegment *
make_segment (void)
{
  g_autoptr (GError) error = NULL;
  IpcSegment *self
      = ipc_segment_create (segment_name, PEER_SEGMENT_SIZE, IPC_SEGMENT_FLAGS_NONE, &error);

  must (self != NULL, error);
  return self;
}

static void
creates (long n)
{
  while (n-- > 0)
    {
      IpcSegment *self = make_segment ();

      ipc_segment_unlink (self, NULL);
      g_object_unref (self);
    }
}

static void
create_teardown (const char *name G_GNUC_UNUSED)
{
}

static void
open_setup (const char *name, long total)
{
  create_setup (name, total);
  kept = make_segment ();
}

static void
opens (long n)
{
  while (n-- > 0)
    {
      g_autoptr (GError) error = NULL;
      IpcSegment *self = ipc_segment_open (segment_name, IPC_SEGMENT_FLAGS_NONE, &error);

      must (self != NULL, error);
      g_object_unref (self);
    }
}

static void
open_teardown (const char *name G_GNUC_UNUSED)
{
  ipc_segment_unlink (kept, NULL);
  g_object_unref (kept);
}

int
main (int argc, char **argv)
{
  static const PeerRow rows[] = PEER_ALL_ROWS;

  return peer_main (argc, argv, rows);
}
