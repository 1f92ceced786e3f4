/* ipc-check-peer.c: what the tests share: processes that meet, and what they leave behind
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ipc-check-private.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define WATCHDOG_MS (60 * 1000)
#define NOBODY 65534

/* A peer that could not be set up as asked: neither success nor an assertion. */
#define STATUS_NO_SETUP 99

struct _IpcCheckGate
{
  int fd;
};

gpointer
ipc_check_shared (gsize size)
{
  gpointer data = mmap (NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

  g_assert_true (data != MAP_FAILED);
  return data;
}

/* -- Processes -- */

/* Who starts a PID namespace is 0 to those in it. */
static void
die_with_parent (pid_t parent)
{
  prctl (PR_SET_PDEATHSIG, SIGKILL);
  if (getppid () != parent && getppid () != 0)
    _exit (STATUS_NO_SETUP);
}

pid_t
ipc_check_fork (void (*child) (gpointer data), gpointer data)
{
  pid_t parent = getpid ();
  pid_t pid;

  fflush (NULL);
  pid = fork ();
  g_assert_cmpint (pid, >=, 0);
  if (pid > 0)
    return pid;

  die_with_parent (parent);
  child (data);
  exit (EXIT_SUCCESS);
}

static int
wait_for_end (pid_t pid)
{
  int status = 0;
  pid_t ended;

  do
    ended = waitpid (pid, &status, 0);
  while (ended < 0 && errno == EINTR);
  g_assert_cmpint (ended, ==, pid);
  return status;
}

int
ipc_check_join (pid_t pid)
{
  int status = wait_for_end (pid);

  if (!WIFSIGNALED (status))
    return WEXITSTATUS (status);
  g_printerr ("Process %d was ended by signal %d (%s)\n", (int) pid, WTERMSIG (status),
              g_strsignal (WTERMSIG (status)));
  return 128 + WTERMSIG (status);
}

void
ipc_check_kill (pid_t pid)
{
  g_assert_cmpint (kill (pid, SIGKILL), ==, 0);
  wait_for_end (pid);
}

/* -- Is it asleep? -- */

/* The calls that wait for others.  Sleeping in write(2) or in a page fault is not meant. */
static gboolean
is_waiting_call (const char *line)
{
  static const long calls[] = {
    SYS_futex, SYS_ppoll, SYS_pselect6, SYS_epoll_pwait,
#ifdef SYS_semtimedop
    SYS_semtimedop,
#endif
#ifdef SYS_semop
    SYS_semop,
#endif
#ifdef SYS_ipc /* semop(2) of 32-bit systems, and all else of System V, which does not sleep */
    SYS_ipc,
#endif
#ifdef SYS_futex_time64
    SYS_futex_time64, SYS_semtimedop_time64, SYS_ppoll_time64, SYS_pselect6_time64,
#endif
#ifdef SYS_poll
    SYS_poll, SYS_select, SYS_epoll_wait,
#endif
#ifdef SYS_futex_waitv
    SYS_futex_waitv,
#endif
  };
  long number = strtol (line, NULL, 10);

  for (gsize i = 0; i < G_N_ELEMENTS (calls); i++)
    if (calls[i] == number)
      return TRUE;
  return FALSE;
}

static char *
read_proc (pid_t pid, const char *file)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/%s", (int) pid, file);
  char *text = NULL;

  return g_file_get_contents (path, &text, NULL, NULL) ? text : NULL;
}

/* The third field of /proc/PID/stat; the second is the program's name, which may hold anything. */
static char
process_state (pid_t pid)
{
  g_autofree char *stat = read_proc (pid, "stat");
  const char *paren = stat != NULL ? strrchr (stat, ')') : NULL;

  return paren != NULL && paren[1] == ' ' ? paren[2] : '\0';
}

/* "running" or the number of the system call; unreadable where ptrace(2) is not allowed, and then
 * the state alone has to do. */
static gboolean
is_asleep (pid_t pid)
{
  g_autofree char *call = read_proc (pid, "syscall");

  return process_state (pid) == 'S' && (call == NULL || is_waiting_call (call));
}

gboolean
ipc_check_blocked (pid_t pid)
{
  gint64 deadline = g_get_monotonic_time () + WATCHDOG_MS * G_GINT64_CONSTANT (1000);

  while (g_get_monotonic_time () < deadline)
    {
      char state = process_state (pid);

      if (state == '\0' || state == 'Z' || state == 'X')
        return FALSE;
      if (is_asleep (pid))
        return TRUE;
      sched_yield ();
    }
  return FALSE;
}

/* -- Gates -- */

IpcCheckGate *
ipc_check_gate_new (void)
{
  IpcCheckGate *self = g_new (IpcCheckGate, 1);

  self->fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
  g_assert_true (self->fd >= 0);
  return self;
}

void
ipc_check_gate_open (IpcCheckGate *self)
{
  g_assert_cmpint (eventfd_write (self->fd, 1), ==, 0);
}

/* It stays readable: nobody reads it. */
static gboolean
gate_poll (IpcCheckGate *self, int timeout_ms)
{
  struct pollfd gate = { .fd = self->fd, .events = POLLIN };
  int n;

  do
    n = poll (&gate, 1, timeout_ms);
  while (n < 0 && errno == EINTR);
  return n == 1;
}

void
ipc_check_gate_pass (IpcCheckGate *self)
{
  ck_assert_msg (gate_poll (self, WATCHDOG_MS), "a gate was not opened in time");
}

gboolean
ipc_check_gate_is_open (IpcCheckGate *self)
{
  return gate_poll (self, 0);
}

void
ipc_check_gate_free (IpcCheckGate *self)
{
  close (self->fd);
  g_free (self);
}

/* -- Other users, other namespaces -- */

typedef struct
{
  int      flags;
  gsize    shm_size;
  void   (*child) (gpointer data);
  gpointer data;
} Setting;

static void
need (gboolean done, const char *what)
{
  if (done)
    return;
  g_printerr ("A peer could not be set up: %s: %s\n", what, g_strerror (errno));
  _exit (STATUS_NO_SETUP);
}

static void
run_as_nobody (gpointer data)
{
  Setting *setting = data;

  if (geteuid () == 0)
    {
      need (setgroups (0, NULL) == 0, "setgroups");
      need (setresgid (NOBODY, NOBODY, NOBODY) == 0, "setresgid");
      need (setresuid (NOBODY, NOBODY, NOBODY) == 0, "setresuid");
      /* A change of user clears both. */
      prctl (PR_SET_PDEATHSIG, SIGKILL);
      prctl (PR_SET_DUMPABLE, 1);
    }
  setting->child (setting->data);
}

int
ipc_check_as_nobody (void (*child) (gpointer data), gpointer data)
{
  Setting setting = { .child = child, .data = data };

  return ipc_check_join (ipc_check_fork (run_as_nobody, &setting));
}

static void
write_proc_self (const char *file, const char *text)
{
  g_autofree char *path = g_strconcat ("/proc/self/", file, NULL);
  int fd = open (path, O_WRONLY | O_CLOEXEC);

  need (fd >= 0 && write (fd, text, strlen (text)) == (ssize_t) strlen (text), path);
  close (fd);
}

static void
become_root_inside (uid_t uid, gid_t gid)
{
  g_autofree char *uid_map = g_strdup_printf ("0 %u 1", (guint) uid);
  g_autofree char *gid_map = g_strdup_printf ("0 %u 1", (guint) gid);

  write_proc_self ("setgroups", "deny");
  write_proc_self ("uid_map", uid_map);
  write_proc_self ("gid_map", gid_map);
}

/* Freed before the child runs, which may not come back. */
static void
mount_own_shm (gsize size)
{
  g_autofree char *options = g_strdup_printf ("mode=1777,size=%" G_GSIZE_FORMAT, size);

  need (mount ("tmpfs", "/dev/shm", "tmpfs", MS_NOSUID | MS_NODEV, options) == 0, "mount /dev/shm");
}

static void
run_in_namespaces (gpointer data)
{
  Setting *setting = data;
  uid_t uid = geteuid ();
  gid_t gid = getegid ();
  int flags = setting->flags | (uid != 0 ? CLONE_NEWUSER : 0);

  need (unshare (flags) == 0, "unshare");
  if (flags & CLONE_NEWUSER)
    become_root_inside (uid, gid);
  if (flags & CLONE_NEWNS)
    need (mount ("none", "/", "none", MS_REC | MS_PRIVATE, "") == 0, "mount /");
  if ((flags & CLONE_NEWNS) && setting->shm_size > 0)
    mount_own_shm (setting->shm_size);
  setting->child (setting->data);
}

int
ipc_check_in_namespaces (int flags, gsize shm_size, void (*child) (gpointer data), gpointer data)
{
  Setting setting = { .flags = flags, .shm_size = shm_size, .child = child, .data = data };

  return ipc_check_join (ipc_check_fork (run_in_namespaces, &setting));
}

static void
nothing (gpointer data G_GNUC_UNUSED)
{
}

gboolean
ipc_check_needs_root (const char *name)
{
  if (geteuid () == 0)
    return TRUE;
  ipc_check_skip (name, "needs root, to be two users");
  return FALSE;
}

gboolean
ipc_check_needs_namespaces (const char *name)
{
  if (ipc_check_in_namespaces (CLONE_NEWNS | CLONE_NEWIPC, 65536, nothing, NULL) == 0)
    return TRUE;
  ipc_check_skip (name, "needs namespaces of its own, see unshare(1)");
  return FALSE;
}
