/* step-victim.c: a process that does one thing, one instruction after the other, and is killed
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "step-victim.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TICK_US 500
#define HUNG_TICKS (60 * 1000 * 1000 / TICK_US)

/* A victim's clock begins so far in the future that what it waits for until then does not come by
 * itself, and moves so much each time that it is read. */
#define CLOCK_AHEAD_US (1000 * G_USEC_PER_SEC)
#define CLOCK_STEP_US 500

struct _VictimMarks
{
  volatile gint phase;
};

enum
{
  PHASE_BEFORE,
  PHASE_RUNNING,
  PHASE_ENDED
};

VictimCount victim_count;

static void (*on_hung) (void);
static volatile gint ticks;
static gint64 own_clock; /* 0: the system's */

/* -- Time -- */

/* Takes the place of GLib's for what is linked into this program. */
gint64
g_get_monotonic_time (void)
{
  struct timespec now;

  if (own_clock != 0)
    return own_clock += CLOCK_STEP_US;

  clock_gettime (CLOCK_MONOTONIC, &now);
  return (gint64) now.tv_sec * G_USEC_PER_SEC + now.tv_nsec / 1000;
}

static void
on_tick (int signal G_GNUC_UNUSED)
{
  if (++ticks == HUNG_TICKS)
    on_hung ();
}

void
victim_alive (void)
{
  ticks = 0;
}

/* Ticks end waitpid(2), to look whether the victim sleeps. */
void
victim_init (void (*hung) (void))
{
  const struct sigaction action = { .sa_handler = on_tick };
  const struct itimerval tick = { { 0, TICK_US }, { 0, TICK_US } };

  on_hung = hung;
  sigaction (SIGALRM, &action, NULL);
  setitimer (ITIMER_REAL, &tick, NULL);
}

/* -- The process -- */

G_GNUC_NORETURN static void
live (VictimMarks *marks, VictimCode before, VictimCode op, gpointer data)
{
  prctl (PR_SET_PDEATHSIG, SIGKILL);
  if (before != NULL)
    before (data);
  own_clock = g_get_monotonic_time () + CLOCK_AHEAD_US;
  ptrace (PTRACE_TRACEME, 0, NULL, NULL);
  raise (SIGSTOP);
  marks->phase = PHASE_RUNNING;
  op (data);
  marks->phase = PHASE_ENDED;
  raise (SIGSTOP);
  _exit (0);
}

G_GNUC_NORETURN static void
die (const Victim *self, int status)
{
  g_error ("victim %d did what it should not: %s %d", (int) self->pid,
           WIFSTOPPED (status) ? "signal" : "status",
           WIFSTOPPED (status) ? WSTOPSIG (status) : status);
}

/* Its third field is the state; the second is a name without spaces. */
gboolean
victim_is_asleep (pid_t pid)
{
  char path[32], stat[128];
  gssize n = 0;
  FILE *file;

  g_snprintf (path, sizeof path, "/proc/%d/stat", (int) pid);
  file = fopen (path, "re");
  if (file == NULL)
    return FALSE;

  n = (gssize) fread (stat, 1, sizeof stat - 1, file);
  fclose (file);
  stat[MAX (n, 0)] = '\0';
  return strstr (stat, ") S") != NULL;
}

static VictimState
state_of (const Victim *self, int status)
{
  victim_alive ();
  if (!WIFSTOPPED (status))
    die (self, status);
  if (self->marks->phase == PHASE_ENDED)
    return VICTIM_ENDED;
  if (WSTOPSIG (status) != SIGTRAP)
    die (self, status);

  return VICTIM_STOPPED;
}

/* Until it stops, or sleeps when the clock ticks. */
static VictimState
await_stop (const Victim *self)
{
  int status;

  while (waitpid (self->pid, &status, 0) != self->pid)
    if (victim_is_asleep (self->pid))
      return VICTIM_ASLEEP;

  return state_of (self, status);
}

VictimState
victim_look (Victim *self)
{
  int status;

  return waitpid (self->pid, &status, WNOHANG) == self->pid ? state_of (self, status)
                                                            : VICTIM_ASLEEP;
}

VictimState
victim_rouse (Victim *self, VictimState state)
{
  while (state == VICTIM_ASLEEP)
    {
      victim_count.sleeps++;
      if (self->wake == NULL)
        return VICTIM_ENDED;

      self->wake (self->data);
      state = await_stop (self);
    }

  return state;
}

void
victim_start (Victim *self, VictimCode before, VictimCode op, gpointer data)
{
  int status;

  self->marks = mmap (NULL, sizeof *self->marks, PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  g_assert_true (self->marks != MAP_FAILED);
  self->marks->phase = PHASE_BEFORE;
  self->data = data;

  fflush (NULL);
  self->pid = fork ();
  g_assert_cmpint (self->pid, >=, 0);
  if (self->pid == 0)
    live (self->marks, before, op, data);

  while (waitpid (self->pid, &status, 0) != self->pid)
    continue;
  if (!WIFSTOPPED (status) || WSTOPSIG (status) != SIGSTOP)
    die (self, status);
  victim_count.victims++;
}

static void
resume (Victim *self, int how)
{
  const long r = ptrace (how, self->pid, NULL, NULL);

  g_assert_cmpint (r, ==, 0);
}

VictimState
victim_step (Victim *self)
{
  victim_count.steps++;
  resume (self, PTRACE_SINGLESTEP);
  return await_stop (self);
}

VictimState
victim_run (Victim *self)
{
  victim_count.jumps++;
  resume (self, PTRACE_CONT);
  return await_stop (self);
}

gboolean
victim_is_running (const Victim *self)
{
  return self->marks->phase == PHASE_RUNNING;
}

void
victim_kill (Victim *self)
{
  int status = 0;

  kill (self->pid, SIGKILL);
  while (waitpid (self->pid, &status, 0) != self->pid || WIFSTOPPED (status))
    continue;
  munmap (self->marks, sizeof *self->marks);
  victim_alive ();
  victim_count.kills++;
}
