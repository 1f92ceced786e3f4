/* ctl-bench.c: ipcctl bench: what the mechanisms cost on this machine, beside the raw primitives
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ctl-bench.h"

#include <string.h>

#define ROUNDS_MIN 5
#define ROUND_US 200 /* at least, for the clock counts microseconds */
#define COPY (64 * 1024)
#define DAY (24 * 3600)

static double seconds = 0.2;

static const GOptionEntry entries[] = {
  { "time", 't', 0, G_OPTION_ARG_DOUBLE, &seconds, N_("measure each for so long, 0.2 unless given"),
    N_("SECONDS") },
  { 0 }
};

/* -- What is measured: a step of each -- */

static gboolean
step_semaphore (gpointer data)
{
  return ipc_semaphore_wait (data, 0, NULL, NULL) && ipc_semaphore_post (data, NULL);
}

static char block[COPY];

static gboolean
step_write (gpointer data)
{
  return ipc_segment_write (data, 0, block, COPY, NULL);
}

static gboolean
step_memcpy (gpointer data)
{
  memcpy (data, block, COPY);
  __asm__ volatile ("" : : "r" (data) : "memory");
  return TRUE;
}

/* In microseconds; -1: it cannot be done. */
static gint64
time_round (CtlStep step, gpointer data, guint n_steps)
{
  const gint64 began = g_get_monotonic_time ();

  for (guint i = 0; i < n_steps; i++)
    if (!step (data))
      return -1;

  return g_get_monotonic_time () - began;
}

/* What disturbed the other rounds is not the mechanism's. */
double
ctl_bench_measure (CtlStep step, gpointer data)
{
  const gint64 end = g_get_monotonic_time () + (gint64) (MIN (seconds, DAY) * G_USEC_PER_SEC);
  double best = -1;
  guint n_steps = 8;

  for (int round = 0; round < ROUNDS_MIN || g_get_monotonic_time () < end; round++)
    {
      gint64 took;

      while ((took = time_round (step, data, n_steps)) >= 0 && took < ROUND_US)
        n_steps *= 2;
      if (took < 0)
        return -1;

      best = best < 0 ? (double) took * 1000 / n_steps : MIN (best, (double) took * 1000 / n_steps);
      if (ctl_signal_caught () != 0)
        break;
    }

  return best;
}

void
ctl_bench_report (const char *what, double each, double raw)
{
  const int padding = 34 - ctl_text_width (what);

  if (each < 0)
    printf ("  %s%*s       -\n", what, MAX (padding, 0), "");
  else if (raw > 0)
    printf ("  %s%*s%8.0f ns  %5.2f×\n", what, MAX (padding, 0), "", each, each / raw);
  else
    printf ("  %s%*s%8.0f ns\n", what, MAX (padding, 0), "", each);
  fflush (stdout);
}

/* -- Objects to measure; each goes before the next -- */

double
ctl_bench_semaphore (const char *scheme, IpcSemaphoreFlags flags)
{
  g_autofree char *name = g_strdup_printf ("%sipcctl-bench-%08x", scheme, g_random_int ());
  g_autoptr (IpcSemaphore) semaphore = ipc_semaphore_create (name, 1, flags, NULL);
  double each;

  if (semaphore == NULL)
    return -1;

  each = ctl_bench_measure (step_semaphore, semaphore);
  ipc_semaphore_unlink (semaphore, NULL);
  return each;
}

static void
bench_segment (void)
{
  g_autoptr (IpcSegment) segment = ipc_segment_create_anonymous (COPY, IPC_SEGMENT_POPULATE, NULL);
  double raw, each;

  printf (_("64 KiB into shared memory\n"));
  if (segment == NULL)
    return;

  raw = ctl_bench_measure (step_memcpy, ipc_segment_get_data (segment, NULL));
  each = ctl_bench_measure (step_write, segment);
  ctl_bench_report (_("bare memcpy"), raw, -1);
  ctl_bench_report ("ipc_segment_write", each, raw);
}

static int
run (int argc, char **argv)
{
  if (!ctl_parse (&ctl_bench, entries, &argc, &argv))
    return CTL_USAGE;
  if (argc != 1)
    return ctl_usage (&ctl_bench, _("it takes no arguments"));
  if (!(seconds >= 0)) /* or no number at all */
    return ctl_usage (&ctl_bench, _("a number is too small"));

  ctl_signals_catch ();
  printf (_("a wait and a post, uncontended\n"));
  ctl_bench_semaphores ();
  bench_segment ();
  return ctl_signal_caught () != 0 ? ctl_signal_end () : CTL_DONE;
}

const CtlVerb ctl_bench = {
  "bench", "", N_("measure this machine, beside the raw primitives"),
  N_("The best of many rounds, in one process.  The objects that it makes are removed."), run
};
