/* ipc-check-win32.c: what the tests share: the program and its peers, where nothing forks
 *
 * A peer is the same program again.  It maps the memory of ipc_check_shared() at the address where
 * its parent has it, and finds its function at the same distance from the program's start.  All
 * peers end with the process that started them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ipc-check-private.h"

#include <stdlib.h>
#include <string.h>
#include <windows.h>

#define WATCHDOG_MS (60 * 1000)
#define LOOK_MS 10
#define STILL 10 /* looks */
#define LOOKS_MAX 100
#define STARTS_MAX 100

/* Where nothing else is, whatever a process loads. */
#define ARENA_ADDRESS ((guint8 *) 0x210000000000)
#define ARENA_SIZE (64 * 1024 * 1024)
#define PEER_OPTION " --ipc-check-peer "

typedef struct
{
  gssize used; /* atomic */
  guint8 root[4096 - sizeof (gssize)];
} Arena;

static Arena *arena;
static HANDLE arena_section;
static HANDLE job;
static GHashTable *peers; /* of handles, by process id */

/* -- Shared memory -- */

static SECURITY_ATTRIBUTES inherited = { .nLength = sizeof inherited, .bInheritHandle = TRUE };

/* What the command line says to a peer, or NULL. */
static const char *
peer_arguments (void)
{
  const char *found = strstr (GetCommandLineA (), PEER_OPTION);

  return found != NULL ? found + strlen (PEER_OPTION) : NULL;
}

gpointer
ipc_check_root (gsize size)
{
  const char *arguments = peer_arguments ();

  arena_section = arguments != NULL
                      ? (HANDLE) (guintptr) g_ascii_strtoull (arguments, NULL, 16)
                      : CreateFileMappingW (INVALID_HANDLE_VALUE, &inherited, PAGE_READWRITE, 0,
                                            ARENA_SIZE, NULL);
  arena = MapViewOfFileEx (arena_section, FILE_MAP_WRITE, 0, 0, 0, ARENA_ADDRESS);
  g_assert_true (arena != NULL && size <= sizeof arena->root);
  return arena->root;
}

gpointer
ipc_check_shared (gsize size)
{
  const gsize room = (size + 63) / 64 * 64;
  const gsize at = sizeof *arena + (gsize) g_atomic_pointer_add (&arena->used, room);

  g_assert_true (at + room <= ARENA_SIZE);
  return (guint8 *) arena + at;
}

const char *
ipc_check_intern (const char *text)
{
  return strcpy (ipc_check_shared (strlen (text) + 1), text);
}

/* -- A peer, from inside -- */

typedef void (*PeerFunc) (gpointer data);

static PeerFunc peer_func;
static gpointer peer_data;

static guint8 *
program_start (void)
{
  return (guint8 *) GetModuleHandleW (NULL);
}

gboolean
ipc_check_is_peer (void)
{
  return peer_arguments () != NULL;
}

/* It has come to what it is for. */
static HANDLE
begun_event (pid_t pid)
{
  g_autofree char *name = g_strdup_printf ("Local\\ipc-check-peer-%d", (int) pid);

  return CreateEventA (NULL, TRUE, FALSE, name);
}

/* Assertions need a test around them. */
START_TEST (peer)
{
  SetEvent (begun_event ((pid_t) GetCurrentProcessId ()));
  peer_func (peer_data);
}
END_TEST

int
ipc_check_be_peer (void)
{
  g_auto (GStrv) words = g_strsplit (peer_arguments (), " ", -1);
  Suite *suite = suite_create ("peer");
  TCase *tcase = tcase_create ("peer");
  SRunner *runner = srunner_create (suite);
  int failed;

  peer_func = (PeerFunc) (program_start () + g_ascii_strtoull (words[1], NULL, 16));
  peer_data = (gpointer) (guintptr) g_ascii_strtoull (words[2] + 1, NULL, 16);
  if (words[2][0] == '+')
    peer_data = program_start () + (guintptr) peer_data;

  tcase_add_test (tcase, peer);
  suite_add_tcase (suite, tcase);
  srunner_set_fork_status (runner, CK_NOFORK);
  srunner_run_all (runner, CK_SILENT);
  failed = srunner_ntests_failed (runner);
  if (failed > 0)
    srunner_print (runner, CK_NORMAL);
  srunner_free (runner);
  return failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* -- Peers, from outside -- */

static gboolean
is_inside (gconstpointer at, gconstpointer start, gsize size)
{
  return (guintptr) at >= (guintptr) start && (guintptr) at - (guintptr) start < size;
}

static gsize
program_size (void)
{
  const IMAGE_DOS_HEADER *dos = (gconstpointer) program_start ();
  const IMAGE_NT_HEADERS *nt = (gconstpointer) (program_start () + dos->e_lfanew);

  return nt->OptionalHeader.SizeOfImage;
}

/* "=" and an address, or "+" and a distance from the program's start. */
static char *
data_to_text (gconstpointer data)
{
  if (data == NULL || is_inside (data, arena, ARENA_SIZE))
    return g_strdup_printf ("=%" G_GINT64_MODIFIER "x", (guint64) (guintptr) data);

  if (!is_inside (data, program_start (), program_size ()))
    g_error ("a peer cannot see this data; take memory of ipc_check_shared()");

  return g_strdup_printf ("+%" G_GINT64_MODIFIER "x",
                          (guint64) ((const guint8 *) data - program_start ()));
}

static HANDLE
job_of_peers (void)
{
  JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits = { 0 };

  if (job != NULL)
    return job;

  job = CreateJobObjectW (NULL, NULL);
  limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE;
  SetInformationJobObject (job, JobObjectExtendedLimitInformation, &limits, sizeof limits);
  return job;
}

/* Now and then Wine cannot start a process, and can a moment later; what it says goes to the log. */
static void
start_again (char *line, PROCESS_INFORMATION *started)
{
  STARTUPINFOA startup = { .cb = sizeof startup };
  char program[MAX_PATH];

  GetModuleFileNameA (NULL, program, sizeof program);
  for (guint i = 1; !CreateProcessA (program, line, NULL, NULL, TRUE, CREATE_SUSPENDED, NULL, NULL,
                                     &startup, started);
       i++)
    {
      g_printerr ("%s cannot be started again: error %lu\n", program, GetLastError ());
      g_assert_cmpuint (i, <, STARTS_MAX);
      Sleep (LOOK_MS);
    }
}

pid_t
ipc_check_fork (void (*child) (gpointer data), gpointer data)
{
  g_autofree char *shown = data_to_text (data);
  g_autofree char *line
    = g_strdup_printf ("peer" PEER_OPTION "%" G_GINT64_MODIFIER "x %" G_GINT64_MODIFIER "x %s",
                       (guint64) (guintptr) arena_section,
                       (guint64) ((guint8 *) child - program_start ()), shown);
  PROCESS_INFORMATION started;

  start_again (line, &started);
  AssignProcessToJobObject (job_of_peers (), started.hProcess);
  ResumeThread (started.hThread);
  CloseHandle (started.hThread);

  if (peers == NULL)
    peers = g_hash_table_new (NULL, NULL);
  g_hash_table_insert (peers, GUINT_TO_POINTER (started.dwProcessId), started.hProcess);
  return (pid_t) started.dwProcessId;
}

static DWORD
wait_for_end (pid_t pid)
{
  HANDLE process = g_hash_table_lookup (peers, GUINT_TO_POINTER (pid));
  DWORD status = IPC_CHECK_STATUS_KILLED;

  g_assert_nonnull (process);
  WaitForSingleObject (process, INFINITE);
  GetExitCodeProcess (process, &status);
  g_hash_table_remove (peers, GUINT_TO_POINTER (pid));
  CloseHandle (process);
  return status;
}

/* An exception ends a process with its number. */
int
ipc_check_join (pid_t pid)
{
  const DWORD status = wait_for_end (pid);

  if (status < 128)
    return (int) status;

  g_printerr ("Process %d was ended by 0x%lx\n", (int) pid, (gulong) status);
  return status == EXCEPTION_ACCESS_VIOLATION ? IPC_CHECK_STATUS_SEGV : IPC_CHECK_STATUS_KILLED;
}

void
ipc_check_kill (pid_t pid)
{
  g_assert_true (TerminateProcess (g_hash_table_lookup (peers, GUINT_TO_POINTER (pid)),
                                   IPC_CHECK_STATUS_KILLED));
  wait_for_end (pid);
}

/* -- Gates -- */

struct _IpcCheckGate
{
  HANDLE event;
};

IpcCheckGate *
ipc_check_gate_new (void)
{
  IpcCheckGate *self = ipc_check_shared (sizeof *self);

  self->event = CreateEventW (&inherited, TRUE, FALSE, NULL);
  g_assert_nonnull (self->event);
  return self;
}

void
ipc_check_gate_open (IpcCheckGate *self)
{
  g_assert_true (SetEvent (self->event));
}

void
ipc_check_gate_pass (IpcCheckGate *self)
{
  ck_assert_msg (WaitForSingleObject (self->event, WATCHDOG_MS) == WAIT_OBJECT_0,
                 "a gate was not opened in time");
}

gboolean
ipc_check_gate_is_open (IpcCheckGate *self)
{
  return WaitForSingleObject (self->event, 0) == WAIT_OBJECT_0;
}

void
ipc_check_gate_free (IpcCheckGate *self)
{
  CloseHandle (self->event);
}

/* -- What is not there, and what needs no care -- */

int
ipc_check_supervise (int (*run) (gpointer data), gpointer data)
{
  return run (data);
}

/* A name goes with the last process that has its object. */
void
ipc_check_remove_name (const char *plain G_GNUC_UNUSED)
{
}

void
ipc_check_remove_key (gint32 key G_GNUC_UNUSED)
{
}

gboolean
ipc_check_needs_unix (const char *name, const char *what)
{
  g_print ("Left out on Windows, which lacks %s: %s\n", what, name);
  return FALSE;
}

pid_t
ipc_check_thread_id (void)
{
  return (pid_t) GetCurrentThreadId ();
}

/* The processor time of a process or thread, in 100 ns. */
static guint64
time_of (HANDLE handle)
{
  FILETIME created, ended, kernel, user;

  if (!GetProcessTimes (handle, &created, &ended, &kernel, &user)
      && !GetThreadTimes (handle, &created, &ended, &kernel, &user))
    return 0;

  return ((guint64) kernel.dwHighDateTime << 32 | kernel.dwLowDateTime)
         + ((guint64) user.dwHighDateTime << 32 | user.dwLowDateTime);
}

/* Windows does not tell; what does not run for a while sleeps, or so it seems. */
gboolean
ipc_check_blocked (pid_t pid)
{
  const HANDLE found = peers != NULL ? g_hash_table_lookup (peers, GUINT_TO_POINTER (pid)) : NULL;
  const HANDLE thread = found == NULL ? OpenThread (THREAD_QUERY_INFORMATION | SYNCHRONIZE, FALSE,
                                                   (DWORD) pid)
                                     : NULL;
  const HANDLE handle = found != NULL ? found : thread;
  const HANDLE begun = found != NULL ? begun_event (pid) : NULL;
  guint64 seen = 0;
  gboolean ended = handle == NULL;

  if (begun != NULL)
    {
      const HANDLE either[] = { begun, handle };

      WaitForMultipleObjects (2, either, FALSE, WATCHDOG_MS);
      CloseHandle (begun);
    }

  for (int still = 0, looks = 0; !ended && still < STILL && looks < LOOKS_MAX; looks++)
    {
      const guint64 now = time_of (handle);

      still = now == seen ? still + 1 : 0;
      seen = now;
      ended = WaitForSingleObject (handle, 10) == WAIT_OBJECT_0;
    }

  if (thread != NULL)
    CloseHandle (thread);
  return !ended;
}

gboolean
ipc_check_needs_bare_process (const char *name G_GNUC_UNUSED)
{
  return TRUE;
}

gsize
ipc_check_page_size (void)
{
  SYSTEM_INFO system;

  GetSystemInfo (&system);
  return system.dwPageSize;
}
