/* ipc-check.h: what the tests share: fresh names, backends, peers, named skips
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <check.h>
#include <ipc/ipc.h>
#include <string.h>
#include <sys/types.h>

/* -- The program ---------------------------------------------------------------------------- */

/* Runs the suite that @add fills and returns the exit status of the program: 0, 1, or 77 when
 * every test was skipped.  Each test is a process of its own, unless CK_FORK=no is set for a
 * debugger. */
int      ipc_check_main (const char *suite_name, void (*add) (Suite *suite));

/* A test case of @suite with room in time for slow machines and valgrind, whose names are removed
 * by the parent even after a crash. */
TCase   *ipc_check_tcase (Suite *suite, const char *name);

/* What ipc_check_tcase() installs by tcase_add_unchecked_fixture(). */
void     ipc_check_setup (void);
void     ipc_check_cleanup (void);

/* Prints "SKIP name: reason".  Where $CI is set it makes the program fail: there everything that
 * a test needs is installed. */
void     ipc_check_skip (const char *name, const char *reason);

/* Whether tests may do this here.  They skip @name if not, so ask while the suite is filled. */
gboolean ipc_check_needs_root (const char *name);
gboolean ipc_check_needs_namespaces (const char *name);

/* FALSE under valgrind or the address sanitizer, which keep address space, limits and locked memory
 * to themselves.  Prints that @name is left out; no skip, since it runs without them. */
gboolean ipc_check_needs_bare_process (const char *name);

/* -- Backends and names ---------------------------------------------------------------------- */

typedef enum
{
  IPC_CHECK_NOTHING = 0,
  IPC_CHECK_SETS = 1 << 0,          /* several semaphores, changed together */
  IPC_CHECK_WAIT_ZERO = 1 << 1,
  IPC_CHECK_UNDO = 1 << 2,
  IPC_CHECK_GET_VALUE = 1 << 3,
  IPC_CHECK_SET_VALUE = 1 << 4,
  IPC_CHECK_WAITERS = 1 << 5,       /* info knows how many wait */
  IPC_CHECK_WAKES_REMOVED = 1 << 6, /* unlink ends waits with IPC_ERROR_REMOVED */
  IPC_CHECK_SYSTEM_V = 1 << 7,      /* objects have a System V id */
  IPC_CHECK_UNLINKS = 1 << 8        /* segments: the name can go before its object */
} IpcCheckFeatures;

/* Those built in.  Valid from the time that the suite is filled. */
extern guint ipc_check_n_segment_backends;
extern guint ipc_check_n_semaphore_backends;

IpcBackend  ipc_check_segment_backend (guint i);
IpcBackend  ipc_check_semaphore_backend (guint i);
gboolean    ipc_check_segment_has (guint i, IpcCheckFeatures features);
gboolean    ipc_check_semaphore_has (guint i, IpcCheckFeatures features);

/* Adds @test once per backend that has all of @with and none of @without; the loop index _i says
 * which. */
void        ipc_check_add_segment_test (TCase *tcase, const TTest *test, IpcCheckFeatures with,
                                        IpcCheckFeatures without);
void        ipc_check_add_semaphore_test (TCase *tcase, const TTest *test, IpcCheckFeatures with,
                                          IpcCheckFeatures without);

/* A fresh name of backend @i, with its scheme.  Lives as long as the program. */
const char *ipc_check_segment_name (guint i);
const char *ipc_check_semaphore_name (guint i);

/* A fresh name without scheme and slash.  Whatever sysv:/NAME, posix:/NAME, native:NAME and NAME
 * mean is removed, too. */
const char *ipc_check_plain_name (void);

/* A fresh System V key. */
gint32      ipc_check_key (void);

/* FNV-1a, 32 bit: what the key of sysv:/NAME must be for "/NAME". */
guint32     ipc_check_fnv1a (const char *text);

/* -- Peers ------------------------------------------------------------------------------------ */

/* Runs @child in a process that ends with it, or with this one.  It exits with 0 when @child
 * returns, 1 when an assertion failed.
 *
 * On Windows that is the same program again: what @data points to must be memory of
 * ipc_check_shared(), a name, or a constant of the program. */
pid_t    ipc_check_fork (void (*child) (gpointer data), gpointer data);

/* What a process is ended by that is killed, or touches what it may not. */
#define IPC_CHECK_STATUS_KILLED (128 + 9)
#define IPC_CHECK_STATUS_SEGV (128 + 11)

/* Waits for its end.  Returns: its exit status, or 128 and the signal that ended it */
int      ipc_check_join (pid_t pid);
void     ipc_check_kill (pid_t pid);

/* Zeroed memory shared with peers that are started later, for the life of the program. */
gpointer ipc_check_shared (gsize size);

/* A copy of @value there, for the data of a peer. */
#define ipc_check_share(value) memcpy (ipc_check_shared (sizeof (value)), &(value), sizeof (value))

/* FALSE on Windows, which lacks @what; prints that @name is left out for that. */
gboolean ipc_check_needs_unix (const char *name, const char *what);

/* Waits until the process or thread @pid sleeps in the kernel, in a call that waits for others.
 * FALSE if it ended, or did not within a minute. */
gboolean ipc_check_blocked (pid_t pid);
pid_t    ipc_check_thread_id (void);

/* One process opens it, once; any number pass it, then or later. */
typedef struct _IpcCheckGate IpcCheckGate;

IpcCheckGate *ipc_check_gate_new (void);
void          ipc_check_gate_open (IpcCheckGate *self);
void          ipc_check_gate_pass (IpcCheckGate *self);
gboolean      ipc_check_gate_is_open (IpcCheckGate *self);
void          ipc_check_gate_free (IpcCheckGate *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (IpcCheckGate, ipc_check_gate_free)

/* Each runs @child in a peer and returns what ipc_check_join() says of it. */
int      ipc_check_as_nobody (void (*child) (gpointer data), gpointer data);
/* @flags: of unshare(2).  With CLONE_NEWNS and @shm_size above 0, /dev/shm is a fresh tmpfs of so
 * many bytes. */
int      ipc_check_in_namespaces (int flags, gsize shm_size, void (*child) (gpointer data),
                                  gpointer data);

/* The permissions that the system tells apart. */
#ifdef G_OS_UNIX
# define IPC_CHECK_PERMISSIONS 0777u
#else
# define IPC_CHECK_PERMISSIONS 0666u
#endif

gsize    ipc_check_page_size (void);

/* Whether G_MAXSSIZE is more than any machine has. */
#define IPC_CHECK_HUGE_SIZES (GLIB_SIZEOF_SIZE_T > 4)

/* -- Leaks ------------------------------------------------------------------------------------- */

guint    ipc_check_count_fds (void);
/* Mappings of this process whose line in /proc/self/maps holds @text, such as "/dev/shm", "/SYSV". */
guint    ipc_check_count_maps (const char *text);

/* On Linux: what a call that failed may leave behind. */
typedef struct
{
  guint fds, maps, files; /* descriptors, mappings of shared memory, names in /dev/shm */
} IpcCheckTraces;

guint          ipc_check_count_files (void);
IpcCheckTraces ipc_check_traces (void);
/* Fails, and tells of @what, if there is more or less now. */
void           ipc_check_no_traces (const IpcCheckTraces *before, const char *what);

/* Returns @object, which stays open until the process ends and is reached from here until then, so
 * that no leak checker takes it for lost. */
gpointer ipc_check_keep (gpointer object);

/* -- Assertions that print what the library said ------------------------------------------------ */

/* NULL if @error is @domain, @code and its message holds each of @words, which are separated
 * by '|' (NULL: any message); else what is wrong. */
char    *ipc_check_error_fault (const GError *error, GQuark domain, int code, const char *words);

#define ipc_check_error(error, domain, code, words) \
  G_STMT_START \
    { \
      g_autofree char *fault_ = ipc_check_error_fault ((error), (domain), (code), (words)); \
      ck_assert_msg (fault_ == NULL, "%s", fault_); \
    } \
  G_STMT_END

/* @expression must be true, or @error says why not. */
#define ipc_check_ok(expression, error) \
  G_STMT_START \
    { \
      gboolean ok_ = !!(expression); \
      ck_assert_msg (ok_, "%s: %s", #expression, (error) ? (error)->message : "no error was set"); \
      ck_assert_msg ((error) == NULL, "%s: done, but an error was set", #expression); \
    } \
  G_STMT_END
