/* ipc-check-posix.c: what the tests share: the program, where processes fork
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ipc-check-private.h"

#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <unistd.h>

gpointer
ipc_check_root (gsize size)
{
  return ipc_check_shared (size);
}

gboolean
ipc_check_is_peer (void)
{
  return FALSE;
}

int
ipc_check_be_peer (void)
{
  g_assert_not_reached ();
}

const char *
ipc_check_intern (const char *text)
{
  return g_intern_string (text);
}

/* -- Coverage -- */

#ifdef IPC_CHECK_COVERAGE
extern void __gcov_dump (void);

/* In place of the C library's: what a peer has reached that ends by this would be lost. */
void
_exit (int status)
{
  __gcov_dump ();
  syscall (SYS_exit_group, status);
  __builtin_unreachable ();
}
#endif

/* -- The runner -- */

typedef struct
{
  int    (*run) (gpointer data);
  gpointer data;
} Run;

static pid_t runner_pid;

static void
run_and_exit (gpointer data)
{
  const Run *run = data;

  exit (run->run (run->data));
}

/* The framework knows SIGTERM and takes the tests with it. */
static void
end_runner (int number G_GNUC_UNUSED)
{
  kill (runner_pid, SIGTERM);
}

/* The runner may be ended by a signal, as by Ctrl-C; somebody has to be left who removes names. */
int
ipc_check_supervise (int (*run) (gpointer data), gpointer data)
{
  Run job = { run, data };

  runner_pid = ipc_check_fork (run_and_exit, &job);
  signal (SIGHUP, end_runner);
  signal (SIGINT, end_runner);
  signal (SIGTERM, end_runner);
  return ipc_check_join (runner_pid);
}

/* -- Names -- */

void
ipc_check_remove_key (gint32 key)
{
  int id = shmget (key, 0, 0);

  if (id >= 0)
    shmctl (id, IPC_RMID, NULL);
  id = semget (key, 0, 0);
  if (id >= 0)
    semctl (id, 0, IPC_RMID);
}

void
ipc_check_remove_name (const char *plain)
{
  g_autofree char *slashed = g_strconcat ("/", plain, NULL);

  shm_unlink (slashed);
  sem_unlink (slashed);
}

gsize
ipc_check_page_size (void)
{
  return (gsize) sysconf (_SC_PAGESIZE);
}

/* -- Watchers -- */

/* There if the address sanitizer is. */
extern void __asan_init (void) __attribute__ ((weak));

gboolean
ipc_check_needs_bare_process (const char *name)
{
  if (__asan_init == NULL && ipc_check_count_maps ("/vgpreload_") == 0)
    return TRUE;
  g_print ("Left out under valgrind or a sanitizer: %s\n", name);
  return FALSE;
}

gboolean
ipc_check_needs_unix (const char *name G_GNUC_UNUSED, const char *what G_GNUC_UNUSED)
{
  return TRUE;
}

pid_t
ipc_check_thread_id (void)
{
  return gettid ();
}
