/* ctl-bench-win32.c: semaphores beside the bare primitive of Windows
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ctl-bench.h"

#define WIN32_LEAN_AND_MEAN /* wincrypt.h has a CTL_USAGE of its own */
#include <windows.h>

static gboolean
step_bare (gpointer data)
{
  return WaitForSingleObject (data, INFINITE) == WAIT_OBJECT_0 && ReleaseSemaphore (data, 1, NULL);
}

static double
bench_bare (void)
{
  HANDLE semaphore = CreateSemaphoreW (NULL, 1, 1, NULL);
  double each;

  if (semaphore == NULL)
    return -1;

  each = ctl_bench_measure (step_bare, semaphore);
  CloseHandle (semaphore);
  return each;
}

void
ctl_bench_semaphores (void)
{
  const double raw = bench_bare ();

  ctl_bench_report (_("bare semaphore"), raw, -1);
  ctl_bench_report ("win32", ctl_bench_semaphore ("win32:Local\\", IPC_SEMAPHORE_FLAGS_NONE), raw);
  ctl_bench_report ("native", ctl_bench_semaphore ("native:", IPC_SEMAPHORE_FLAGS_NONE), raw);
  ctl_bench_report (_("native, UNDO"), ctl_bench_semaphore ("native:", IPC_SEMAPHORE_UNDO), raw);
}
