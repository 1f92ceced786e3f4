/* ipc-check-space.c: peers that have clocks or process ids of their own
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ipc-check-space.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#ifndef CLONE_NEWTIME /* Linux 5.6 */
# define CLONE_NEWTIME 0x80
#endif

#define DECADES_S G_GINT64_CONSTANT (1000000000) /* in a time_t of 32 bits, too */
#define DAY_S G_GINT64_CONSTANT (86400)

typedef struct
{
  guint    clocks;
  void   (*child) (gpointer data);
  gpointer data;
} Setting;

/* -- Time namespaces -- */

/* No clock may begin below 0. */
static gint64
to_the_beginning (clockid_t clock)
{
  struct timespec now;

  ck_assert_int_eq (clock_gettime (clock, &now), 0);
  return -(gint64) now.tv_sec;
}

IpcCheckClocks
ipc_check_clocks (guint n)
{
  const IpcCheckClocks clocks[IPC_CHECK_N_CLOCKS] = {
    { DECADES_S, DECADES_S + DAY_S },
    { to_the_beginning (CLOCK_MONOTONIC), DECADES_S },
    { DECADES_S, to_the_beginning (CLOCK_BOOTTIME) },
  };

  return clocks[n];
}

/* Of those processes that this one starts later; see time_namespaces(7). */
static void
set_clocks (gpointer data)
{
  const Setting *self = data;
  const IpcCheckClocks clocks = ipc_check_clocks (self->clocks);
  const int fd = open ("/proc/self/timens_offsets", O_WRONLY | O_CLOEXEC);

  ck_assert_int_ge (fd, 0);
  ck_assert_int_gt (dprintf (fd, "monotonic %" G_GINT64_FORMAT " 0\n"
                                 "boottime %" G_GINT64_FORMAT " 0\n",
                             clocks.monotonic_s, clocks.boottime_s), 0);
  close (fd);
  self->child (self->data);
}

int
ipc_check_with_clocks (guint n, void (*child) (gpointer data), gpointer data)
{
  Setting setting = { .clocks = n, .child = child, .data = data };

  return ipc_check_in_namespaces (CLONE_NEWTIME, 0, set_clocks, &setting);
}

static void
nothing (gpointer data G_GNUC_UNUSED)
{
}

gboolean
ipc_check_needs_clocks (const char *name)
{
  if (access ("/proc/self/timens_offsets", W_OK) == 0
      && ipc_check_in_namespaces (CLONE_NEWTIME, 0, nothing, NULL) == 0)
    return TRUE;
  ipc_check_skip (name, "needs time namespaces of its own, see time_namespaces(7)");
  return FALSE;
}

/* -- PID namespaces -- */

static void
start_first (gpointer data)
{
  const Setting *self = data;

  _exit (ipc_check_join (ipc_check_fork (self->child, self->data)));
}

int
ipc_check_as_first_process (void (*child) (gpointer data), gpointer data)
{
  Setting setting = { .child = child, .data = data };

  return ipc_check_in_namespaces (CLONE_NEWPID, 0, start_first, &setting);
}
