/* check-segment-named.c: a message about a segment names the call that was made
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ipc-check-named.h"
#include "ipc-check-segment.h"

/* -- Constructors -- */

static gpointer
segment_create (const char *name, guint flags, GError **error)
{
  return ipc_segment_create (name, 1, flags, error);
}

static gpointer
segment_open (const char *name, guint flags, GError **error)
{
  return ipc_segment_open (name, flags, error);
}

static gpointer
segment_open_or_create (const char *name, guint flags, GError **error)
{
  return ipc_segment_open_or_create (name, 2 * IPC_CHECK_SIZE, flags, error);
}

static gpointer
segment_new_full (const char *name, guint flags, GError **error)
{
  return ipc_segment_new_full (name, IPC_OPEN_CREATE, 1, 0600, flags, NULL, error);
}

static const IpcCheckOpen segment_opens[] = {
  { "ipc_segment_open", segment_open },
  { "ipc_segment_create", segment_create },
  { "ipc_segment_open_or_create", segment_open_or_create },
  { "ipc_segment_new_full", segment_new_full },
};

static IpcSegment *
new_segment (const char *name, IpcSegmentFlags flags)
{
  g_autoptr (GError) error = NULL;
  IpcSegment *self = ipc_segment_new_full (name, IPC_OPEN_OR_CREATE, IPC_CHECK_SIZE, 0600, flags, NULL,
                                           &error);

  ipc_check_ok (self != NULL, error);
  return self;
}

START_TEST (opening_a_segment_names_its_call)
{
  const char *absent = ipc_check_segment_name (_i);
  const char *present = ipc_check_segment_name (_i);
  g_autoptr (IpcSegment) segment = new_segment (present, IPC_SEGMENT_FLAGS_NONE);
  g_autoptr (IpcSegment) bare = g_object_new (IPC_TYPE_SEGMENT, "name", absent, NULL);
  g_autoptr (GError) error = NULL;

  ipc_check_opens (segment_opens, absent, present);
  ipc_check_named (g_initable_init (G_INITABLE (bare), NULL, &error), &error, "g_initable_init",
               "absent");
  ipc_check_named (ipc_segment_unlink_name (absent, &error), &error, "ipc_segment_unlink_name",
                   "absent");
}
END_TEST

START_TEST (segment_without_a_name_names_its_call)
{
  g_autoptr (GError) error = NULL;

  ipc_check_named (ipc_segment_create_anonymous (0, 0, &error) != NULL, &error,
               "ipc_segment_create_anonymous", "no size");
  ipc_check_named (ipc_segment_new_from_fd (-1, 0, &error) != NULL, &error, "ipc_segment_new_from_fd",
               "no descriptor");
  ipc_check_named (ipc_segment_new_from_handle (0, 0, &error) != NULL, &error,
               "ipc_segment_new_from_handle", "no handle");
}
END_TEST

/* -- What has one -- */

static gboolean
segment_get_bytes (IpcSegment *segment, gsize offset, GError **error)
{
  g_autoptr (GBytes) bytes = ipc_segment_get_bytes (segment, offset, 1, error);

  return bytes != NULL;
}

static gboolean
segment_read (IpcSegment *segment, gsize offset, GError **error)
{
  char byte;

  return ipc_segment_read (segment, offset, &byte, 1, error);
}

static gboolean
segment_read_bytes (IpcSegment *segment, gsize offset, GError **error)
{
  g_autoptr (GBytes) bytes = ipc_segment_read_bytes (segment, offset, 1, error);

  return bytes != NULL;
}

static gboolean
segment_write (IpcSegment *segment, gsize offset, GError **error)
{
  return ipc_segment_write (segment, offset, "", 1, error);
}

static gboolean
segment_clear (IpcSegment *segment, gsize offset G_GNUC_UNUSED, GError **error)
{
  return ipc_segment_clear (segment, error);
}

static gboolean
segment_resize (IpcSegment *segment, gsize offset, GError **error)
{
  return ipc_segment_resize (segment, offset, error);
}

static gboolean
segment_dup_fd (IpcSegment *segment, gsize offset G_GNUC_UNUSED, GError **error)
{
  return ipc_segment_dup_fd (segment, error) >= 0;
}

/* Of a process that never is. */
static gboolean
segment_dup_handle (IpcSegment *segment, gsize offset G_GNUC_UNUSED, GError **error)
{
  return ipc_segment_dup_handle_for_pid (segment, G_MAXINT32, error) != 0;
}

static gboolean
segment_seal (IpcSegment *segment, gsize offset G_GNUC_UNUSED, GError **error)
{
  return ipc_segment_seal (segment, IPC_SEGMENT_SEAL_GROW, error);
}

static gboolean
segment_get_info (IpcSegment *segment, gsize offset G_GNUC_UNUSED, GError **error)
{
  g_autoptr (IpcInfo) info = ipc_segment_get_info (segment, error);

  return info != NULL;
}

static gboolean
segment_unlink (IpcSegment *segment, gsize offset G_GNUC_UNUSED, GError **error)
{
  return ipc_segment_unlink (segment, error);
}

/* Kinds of calls, by what makes them fail. */
enum
{
  RANGES = 1 << 0,
  WRITES = 1 << 1,
  SIZES = 1 << 2,
  HANDS_ON = 1 << 3,
  KEEPS = 1 << 4 /* goes on when it is detached */
};

static const struct
{
  const char *name;
  gboolean  (*call) (IpcSegment *segment, gsize offset, GError **error);
  guint       kind;
} segment_calls[] = {
  { "ipc_segment_get_bytes", segment_get_bytes, RANGES },
  { "ipc_segment_read", segment_read, RANGES },
  { "ipc_segment_read_bytes", segment_read_bytes, RANGES },
  { "ipc_segment_write", segment_write, RANGES | WRITES },
  { "ipc_segment_clear", segment_clear, WRITES },
  { "ipc_segment_resize", segment_resize, WRITES | SIZES },
  { "ipc_segment_dup_fd", segment_dup_fd, SIZES },
  { "ipc_segment_dup_handle_for_pid", segment_dup_handle, HANDS_ON },
  { "ipc_segment_seal", segment_seal, HANDS_ON },
  { "ipc_segment_get_info", segment_get_info, KEEPS },
  { "ipc_segment_unlink", segment_unlink, KEEPS },
};

static void
check_segment (IpcSegment *segment, guint kinds, gsize offset, const char *state)
{
  for (gsize i = 0; i < G_N_ELEMENTS (segment_calls); i++)
    {
      g_autoptr (GError) error = NULL;

      if (segment_calls[i].kind & kinds)
        ipc_check_named (segment_calls[i].call (segment, offset, &error), &error, segment_calls[i].name,
                     state);
    }
}

START_TEST (segment_names_its_call)
{
  const char *name = ipc_check_segment_name (_i);
  g_autoptr (IpcSegment) never = g_object_new (IPC_TYPE_SEGMENT, "name", name, NULL);
  g_autoptr (IpcSegment) segment = new_segment (name, IPC_SEGMENT_FLAGS_NONE);
  g_autoptr (IpcSegment) reader = new_segment (name, IPC_SEGMENT_READ_ONLY);

  check_segment (never, ~0u, 1, "never opened");
  check_segment (segment, RANGES, G_MAXSSIZE, "range");
  check_segment (segment, HANDS_ON, 0, "cannot");
  check_segment (reader, WRITES, 0, "read-only");
  if (ipc_check_segment_has (_i, IPC_CHECK_UNLINKS))
    {
      ck_assert (ipc_segment_unlink (segment, NULL));
      check_segment (segment, SIZES, 2 * IPC_CHECK_SIZE, "removed");
      check_segment (segment, SIZES, 1, "removed");
    }
  ck_assert (ipc_segment_detach (segment, NULL));
  check_segment (segment, ~(guint) KEEPS, 1, "detached");
}
END_TEST

static void
add_tests (Suite *suite)
{
  TCase *tcase = ipc_check_tcase (suite, "segment-named");

  ipc_check_add_segment_test (tcase, opening_a_segment_names_its_call, 0, 0);
  ipc_check_add_segment_test (tcase, segment_names_its_call, 0, 0);
  tcase_add_test (tcase, segment_without_a_name_names_its_call);
}

int
main (void)
{
  return ipc_check_main ("segment-named", add_tests);
}
