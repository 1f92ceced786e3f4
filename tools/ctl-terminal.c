/* ctl-terminal.c: the terminal: colours, and how far a copy is
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ctl.h"

#include <stdlib.h>
#include <unistd.h>

#define LONG_US (G_USEC_PER_SEC / 2) /* what takes less is not worth a line */
#define PROGRESS_US (G_USEC_PER_SEC / 5)

const char *
ctl_color (const char *code)
{
  static char sequences[2][16];
  static guint turn;
  char *sequence = sequences[turn++ % 2];
  const char *no_color = getenv ("NO_COLOR");

  if ((no_color != NULL && *no_color != '\0') || !ctl_terminal_obeys (STDOUT_FILENO))
    return "";

  g_snprintf (sequence, sizeof sequences[0], "\033[%sm", code);
  return sequence;
}

/* -- Progress -- */

void
ctl_progress_begin (CtlProgress *self, const char *what, guint64 total)
{
  self->what = what;
  self->total = total;
  self->began = g_get_monotonic_time ();
  self->told = self->began + LONG_US - PROGRESS_US;
  self->shown = FALSE;
  ctl_signals_guard_line (FALSE);
}

void
ctl_progress_update (CtlProgress *self, guint64 done)
{
  const gint64 now = g_get_monotonic_time ();
  g_autofree char *size = ctl_text_size ((gint64) done);
  g_autofree char *speed = NULL;

  if (now < self->told + PROGRESS_US || !ctl_terminal_obeys (STDERR_FILENO))
    return;

  speed = ctl_text_size ((gint64) ((double) done * G_USEC_PER_SEC / (double) (now - self->began)));
  ctl_signals_guard_line (TRUE);
  fprintf (stderr, "\r\033[K%s: %s", self->what, size);
  if (self->total > 0)
    fprintf (stderr, " (%d%%)", (int) (done * 100 / self->total));
  fprintf (stderr, ", %s/s", speed);
  fflush (stderr);
  self->told = now;
  self->shown = TRUE;
}

/* The line goes: what stays on the terminal is what was asked for. */
void
ctl_progress_end (CtlProgress *self)
{
  if (self->shown)
    fprintf (stderr, "\r\033[K");
  ctl_signals_guard_line (FALSE);
}
