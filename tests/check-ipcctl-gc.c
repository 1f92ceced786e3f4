/* check-ipcctl-gc.c: ipcctl gc removes what the killed leave, and nothing that the living use
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ipc-check.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

#define ROUNDS 100
#define SIZE 4096

/* What a round uses: a semaphore or a segment, by turns. */
typedef struct
{
  char         *name;
  gboolean      segment;
  IpcCheckGate *gate;
} Object;

static Object
object_new (int round)
{
  const Object self = {
    .name = round % 3 == 2 ? g_strdup_printf ("sysv:0x%08x", (guint) ipc_check_key ())
                           : g_strdup (ipc_check_plain_name ()),
    .segment = round % 3 != 0,
    .gate = ipc_check_gate_new (),
  };

  return self;
}

static void
object_clear (Object *self)
{
  g_free (self->name);
  ipc_check_gate_free (self->gate);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Object, object_clear)

/* -- Those who use them -- */

static void
open_object (const Object *self)
{
  g_autoptr (GError) error = NULL;
  IpcSemaphore *semaphore;

  if (self->segment)
    {
      ipc_check_ok (ipc_segment_open_or_create (self->name, SIZE, IPC_SEGMENT_FLAGS_NONE, &error)
                      != NULL,
                    error);
      return;
    }

  semaphore = ipc_semaphore_open_or_create (self->name, 1, IPC_SEMAPHORE_UNDO, &error);
  ipc_check_ok (semaphore != NULL && ipc_semaphore_wait (semaphore, 0, NULL, &error), error);
}

/* Until it is killed. */
static void
use_for_ever (gpointer data)
{
  const Object *self = data;

  open_object (self);
  ipc_check_gate_open (self->gate);
  for (;;)
    pause ();
}

static pid_t
start_user (Object *self)
{
  pid_t pid = ipc_check_fork (use_for_ever, self);

  ipc_check_gate_pass (self->gate);
  return pid;
}

/* Processes that open and die all the time, of an object that gc may take whenever it is unused. */
static void
open_and_die (gpointer data)
{
  const Object *self = data;
  g_autoptr (GError) error = NULL;
  IpcSegment *segment = ipc_segment_open_or_create (self->name, SIZE, IPC_SEGMENT_FLAGS_NONE, &error);

  ipc_check_ok (segment != NULL, error);
  ck_assert (ipc_segment_is_current (segment));
  raise (SIGKILL);
}

static void
start_and_die (gpointer data)
{
  for (;;)
    ck_assert_int_eq (ipc_check_join (ipc_check_fork (open_and_die, data)), 128 + SIGKILL);
}

/* -- The tool -- */

/* Without libtool's wrapper, where there is one: it takes many times as long as the program. */
static char *
tool (void)
{
  const char *build = g_getenv ("IPC_BUILDDIR");
  g_autofree char *inner = NULL;

  if (build == NULL)
    return g_strdup ("ipcctl");

  inner = g_build_filename (build, "tools", ".libs", "ipcctl", NULL);
  return g_file_test (inner, G_FILE_TEST_IS_EXECUTABLE)
           ? g_steal_pointer (&inner)
           : g_build_filename (build, "tools", "ipcctl", NULL);
}

static char *
gc (const char *const *names)
{
  g_autoptr (GPtrArray) argv = g_ptr_array_new ();
  g_autofree char *program = tool ();
  g_autoptr (GError) error = NULL;
  char *out = NULL;
  int status = -1;

  g_ptr_array_add (argv, program);
  g_ptr_array_add (argv, (gpointer) "gc");
  g_ptr_array_add (argv, (gpointer) "--yes");
  for (guint i = 0; names[i] != NULL; i++)
    g_ptr_array_add (argv, (gpointer) names[i]);
  g_ptr_array_add (argv, NULL);

  ipc_check_ok (g_spawn_sync (NULL, (char **) argv->pdata, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL,
                              &out, NULL, &status, &error),
                error);
  ck_assert_int_eq (status, 0);
  return out;
}

static char *
listed_name (const Object *self)
{
  g_autofree char *canonical = ipc_name_canonicalize (self->name, NULL);

  if (self->segment && g_str_has_prefix (canonical, "native:"))
    return g_strconcat ("posix:/", canonical + strlen ("native:"), NULL);

  return g_steal_pointer (&canonical);
}

static gboolean
exists (const Object *self)
{
  g_autoptr (IpcSegment) segment = NULL;
  g_autoptr (IpcSemaphore) semaphore = NULL;
  g_autoptr (GError) error = NULL;

  if (self->segment)
    segment = ipc_segment_open (self->name, IPC_SEGMENT_READ_ONLY, &error);
  else
    semaphore = ipc_semaphore_open (self->name, IPC_SEMAPHORE_FLAGS_NONE, &error);

  if (segment == NULL && semaphore == NULL)
    ipc_check_error (error, IPC_ERROR, IPC_ERROR_NOT_FOUND, NULL);
  return error == NULL;
}

static void
run_round (int round, const char *busy)
{
  g_auto (Object) live = object_new (round);
  g_auto (Object) stale = object_new (round);
  g_autofree char *live_name = listed_name (&live);
  g_autofree char *stale_name = listed_name (&stale);
  const char *const names[] = { live_name, stale_name, busy, NULL };
  const pid_t user = start_user (&live);
  g_autofree char *out = NULL;

  ipc_check_kill (start_user (&stale));
  out = gc (names);
  ck_assert_msg (strstr (out, stale_name) != NULL, "%s", out);
  ck_assert_msg (strstr (out, live_name) == NULL, "%s", out);
  ck_assert (!exists (&stale));
  ck_assert (exists (&live));
  ipc_check_kill (user);
}

START_TEST (leftovers_go_and_nothing_else)
{
  g_auto (Object) busy = object_new (1);
  g_autofree char *name = listed_name (&busy);
  pid_t churn = ipc_check_fork (start_and_die, &busy);

  for (int round = 0; round < ROUNDS; round++)
    run_round (round, name);

  ipc_check_kill (churn);
}
END_TEST

static void
add_tests (Suite *suite)
{
  tcase_add_test (ipc_check_tcase (suite, "gc"), leftovers_go_and_nothing_else);
}

int
main (void)
{
  return ipc_check_main ("ipcctl-gc", add_tests);
}
