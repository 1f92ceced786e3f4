/* ctl-bench.h: what is measured, and beside what
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "ctl.h"

/* FALSE: it cannot be done here. */
typedef gboolean (*CtlStep) (gpointer data);

/* The best of many rounds of steps, in nanoseconds for one step; -1 if it cannot be done. */
double ctl_bench_measure (CtlStep step, gpointer data);

/* Those of a fresh semaphore, whose name begins with @scheme. */
double ctl_bench_semaphore (const char *scheme, IpcSemaphoreFlags flags);

/* A line.  @raw: what the bare primitive takes; below 0: nothing to compare with. */
void   ctl_bench_report (const char *what, double each, double raw);

/* A line for each kind that this system has: ctl-bench-*.c. */
void   ctl_bench_semaphores (void);
