/* ipc-check.c: what the tests share: the program, backends, fresh names and their removal
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ipc-check-private.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TIMEOUT_SECONDS 120
#define STATUS_SKIPPED 77

typedef struct
{
  IpcBackend       backend;
  const char      *scheme;
  IpcCheckFeatures segment;
  IpcCheckFeatures semaphore;
} Row;

/* A name of Windows is there as long as its object. */
#ifdef G_OS_UNIX
# define NATIVE_SEGMENT IPC_CHECK_UNLINKS
#else
# define NATIVE_SEGMENT IPC_CHECK_NOTHING
#endif

static const Row rows[] = {
  { IPC_BACKEND_NATIVE, "native:", NATIVE_SEGMENT,
    IPC_CHECK_SETS | IPC_CHECK_WAIT_ZERO | IPC_CHECK_UNDO | IPC_CHECK_GET_VALUE
      | IPC_CHECK_SET_VALUE | IPC_CHECK_WAITERS | IPC_CHECK_WAKES_REMOVED },
  { IPC_BACKEND_SYSV, "sysv:", IPC_CHECK_SYSTEM_V | IPC_CHECK_UNLINKS,
    IPC_CHECK_SETS | IPC_CHECK_WAIT_ZERO | IPC_CHECK_UNDO | IPC_CHECK_GET_VALUE
      | IPC_CHECK_SET_VALUE | IPC_CHECK_WAITERS | IPC_CHECK_WAKES_REMOVED | IPC_CHECK_SYSTEM_V },
  { IPC_BACKEND_POSIX, "posix:/", IPC_CHECK_UNLINKS, IPC_CHECK_GET_VALUE },
  { IPC_BACKEND_WIN32, "win32:Local\\", IPC_CHECK_NOTHING, IPC_CHECK_NOTHING },
};

/* Shared with all tests and their peers, so that the parent knows every name, whoever made it and
 * however that process ended. */
typedef struct
{
  pid_t parent; /* in every name */
  pid_t runner; /* of the tests */
  int   n_names;
  int   n_skipped;
} Ledger;

static Ledger *ledger;
static const Row *segment_rows[G_N_ELEMENTS (rows)];
static const Row *semaphore_rows[G_N_ELEMENTS (rows)];

guint ipc_check_n_segment_backends;
guint ipc_check_n_semaphore_backends;

/* -- Backends -- */

static gboolean
is_built_in (const Row *row, gboolean (*unlink_name) (const char *name, GError **error))
{
  g_autofree char *name = row->backend == IPC_BACKEND_SYSV
                            ? g_strdup_printf ("sysv:%d", ipc_check_key ())
                            : g_strconcat (row->scheme, ipc_check_plain_name (), NULL);
  g_autoptr (GError) error = NULL;

  if (!ipc_backend_is_available (row->backend))
    return FALSE;
  unlink_name (name, &error);
  return !g_error_matches (error, IPC_ERROR, IPC_ERROR_NOT_SUPPORTED);
}

static void
find_backends (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      if (is_built_in (&rows[i], ipc_segment_unlink_name))
        segment_rows[ipc_check_n_segment_backends++] = &rows[i];
      if (is_built_in (&rows[i], ipc_semaphore_unlink_name))
        semaphore_rows[ipc_check_n_semaphore_backends++] = &rows[i];
    }
}

IpcBackend
ipc_check_segment_backend (guint i)
{
  g_assert_true (i < ipc_check_n_segment_backends);
  return segment_rows[i]->backend;
}

IpcBackend
ipc_check_semaphore_backend (guint i)
{
  g_assert_true (i < ipc_check_n_semaphore_backends);
  return semaphore_rows[i]->backend;
}

gboolean
ipc_check_segment_has (guint i, IpcCheckFeatures features)
{
  g_assert_true (i < ipc_check_n_segment_backends);
  return (segment_rows[i]->segment & features) == features;
}

gboolean
ipc_check_semaphore_has (guint i, IpcCheckFeatures features)
{
  g_assert_true (i < ipc_check_n_semaphore_backends);
  return (semaphore_rows[i]->semaphore & features) == features;
}

void
ipc_check_add_segment_test (TCase *tcase, const TTest *test, IpcCheckFeatures with,
                            IpcCheckFeatures without)
{
  for (guint i = 0; i < ipc_check_n_segment_backends; i++)
    if (ipc_check_segment_has (i, with) && (segment_rows[i]->segment & without) == 0)
      tcase_add_loop_test (tcase, test, (int) i, (int) i + 1);
}

void
ipc_check_add_semaphore_test (TCase *tcase, const TTest *test, IpcCheckFeatures with,
                              IpcCheckFeatures without)
{
  for (guint i = 0; i < ipc_check_n_semaphore_backends; i++)
    if (ipc_check_semaphore_has (i, with) && (semaphore_rows[i]->semaphore & without) == 0)
      tcase_add_loop_test (tcase, test, (int) i, (int) i + 1);
}

/* -- Names -- */

static char *
plain_name (int n)
{
  return g_strdup_printf ("ipc-check-%d-%d", (int) ledger->parent, n);
}

/* A pid has at most 22 bits, which leaves ten to tell a program's keys apart. */
static gint32
key_of (int n)
{
  return (gint32) ((guint32) ledger->parent << 10 | ((guint32) n & 0x3ff));
}

static int
next_name (void)
{
  return g_atomic_int_add (&ledger->n_names, 1);
}

const char *
ipc_check_plain_name (void)
{
  g_autofree char *name = plain_name (next_name ());

  return ipc_check_intern (name);
}

gint32
ipc_check_key (void)
{
  return key_of (next_name ());
}

static const char *
name_for (const Row *row)
{
  g_autofree char *name = NULL;

  if (row->backend == IPC_BACKEND_SYSV)
    name = g_strdup_printf ("sysv:0x%x", (guint) ipc_check_key ());
  else
    name = g_strconcat (row->scheme, ipc_check_plain_name (), NULL);
  return ipc_check_intern (name);
}

const char *
ipc_check_segment_name (guint i)
{
  g_assert_true (i < ipc_check_n_segment_backends);
  return name_for (segment_rows[i]);
}

const char *
ipc_check_semaphore_name (guint i)
{
  g_assert_true (i < ipc_check_n_semaphore_backends);
  return name_for (semaphore_rows[i]);
}

guint32
ipc_check_fnv1a (const char *text)
{
  guint32 hash = 2166136261u;

  for (const guchar *at = (const guchar *) text; *at != '\0'; at++)
    hash = (hash ^ *at) * 16777619u;
  return hash;
}

static void
remove_name (int n)
{
  g_autofree char *plain = plain_name (n);
  g_autofree char *slashed = g_strconcat ("/", plain, NULL);
  g_autofree char *native = g_strconcat ("native:", plain, NULL);

  ipc_check_remove_key (key_of (n));
  ipc_check_remove_key ((gint32) ipc_check_fnv1a (slashed));
  ipc_check_remove_name (plain);
  ipc_semaphore_unlink_name (native, NULL);
}

void
ipc_check_setup (void)
{
  g_assert_true (ledger != NULL && ledger->runner == getpid ());
}

void
ipc_check_cleanup (void)
{
  if (getpid () != ledger->runner && getpid () != ledger->parent)
    return;
  for (int n = 0; n < g_atomic_int_get (&ledger->n_names); n++)
    remove_name (n);
}

/* -- The program -- */

void
ipc_check_skip (const char *name, const char *reason)
{
  g_atomic_int_inc (&ledger->n_skipped);
  g_print ("SKIP %s: %s\n", name, reason);
}

/* In a debugger tests may have to be in the one process that it watches. */
static gboolean
is_debugging (void)
{
  return g_strcmp0 (g_getenv ("CK_FORK"), "no") == 0;
}

static gboolean
is_forking (void)
{
  return IPC_CHECK_FORKS && !is_debugging ();
}

/* Then an assertion that failed in a peer has jumped into the peer's copy of the runner. */
static void
end_a_failed_peer (void)
{
  if (getpid () != ledger->runner)
    _exit (EXIT_FAILURE);
}

TCase *
ipc_check_tcase (Suite *suite, const char *name)
{
  TCase *tcase = tcase_create (name);

  tcase_add_unchecked_fixture (tcase, ipc_check_setup, ipc_check_cleanup);
  if (is_debugging ())
    tcase_add_checked_fixture (tcase, end_a_failed_peer, end_a_failed_peer);
  tcase_set_timeout (tcase, TIMEOUT_SECONDS);
  suite_add_tcase (suite, tcase);
  return tcase;
}

static int
exit_status (SRunner *runner)
{
  gboolean skipped = g_atomic_int_get (&ledger->n_skipped) > 0;

  if (srunner_ntests_failed (runner) > 0)
    return EXIT_FAILURE;
  if (skipped && g_getenv ("CI") != NULL)
    {
      g_printerr ("A test was skipped, and $CI is set: that is a failure.\n");
      return EXIT_FAILURE;
    }
  if (srunner_ntests_run (runner) == 0)
    return skipped ? STATUS_SKIPPED : EXIT_FAILURE;
  return EXIT_SUCCESS;
}

typedef struct
{
  const char *suite_name;
  void      (*add) (Suite *suite);
} Job;

static int
run (gpointer data)
{
  const Job *job = data;
  Suite *suite = suite_create (job->suite_name);
  SRunner *runner = srunner_create (suite);
  int status;

  ledger->runner = getpid ();
  job->add (suite);
  srunner_set_fork_status (runner, is_forking () ? CK_FORK : CK_NOFORK);
  srunner_run_all (runner, CK_ENV);
  end_a_failed_peer ();
  status = exit_status (runner);
  srunner_free (runner);
  return status;
}

int
ipc_check_main (const char *suite_name, void (*add) (Suite *suite))
{
  Job job = { .suite_name = suite_name, .add = add };
  int status;

  ledger = ipc_check_root (sizeof *ledger);
  find_backends ();
  if (ipc_check_is_peer ())
    return ipc_check_be_peer ();

  ledger->parent = getpid ();
  status = is_forking () ? ipc_check_supervise (run, &job) : run (&job);
  ipc_check_cleanup ();
  return status;
}

/* -- Leaks -- */

gpointer
ipc_check_keep (gpointer object)
{
  static GSList *kept;

  kept = g_slist_prepend (kept, object);
  return object;
}

/* -- Assertions -- */

char *
ipc_check_error_fault (const GError *error, GQuark domain, int code, const char *words)
{
  g_auto (GStrv) parts = g_strsplit (words != NULL ? words : "", "|", -1);

  if (error == NULL)
    return g_strdup ("an error was expected, and none was set");
  if (!g_error_matches (error, domain, code))
    return g_strdup_printf ("expected %s %d, got %s %d: %s", g_quark_to_string (domain), code,
                            g_quark_to_string (error->domain), error->code, error->message);
  for (guint i = 0; parts[i] != NULL; i++)
    if (strstr (error->message, parts[i]) == NULL)
      return g_strdup_printf ("\"%s\" is missing in: %s", parts[i], error->message);
  return NULL;
}
