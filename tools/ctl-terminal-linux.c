/* ctl-terminal-linux.c: the terminal's size, and signals
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ctl.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

gboolean
ctl_is_terminal (int fd)
{
  return isatty (fd) == 1;
}

int
ctl_terminal_width (void)
{
  struct winsize size;

  if (!ctl_is_terminal (STDOUT_FILENO))
    return 0;

  return ioctl (STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

int
ctl_terminal_height (void)
{
  struct winsize size;

  return ioctl (STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 ? size.ws_row : 24;
}

gboolean
ctl_terminal_obeys (int fd)
{
  const char *term = getenv ("TERM");

  return ctl_is_terminal (fd) && term != NULL && *term != '\0' && !g_str_equal (term, "dumb");
}

/* -- Signals -- */

static volatile sig_atomic_t caught;

static void
note (int number)
{
  caught = number;
}

static volatile sig_atomic_t line_shown;

/* At once, wherever the copy sleeps; only the line has to go. */
static void
end_with_line (int number)
{
  static const char clear[] = "\r\033[K";

  if (line_shown && write (STDERR_FILENO, clear, sizeof clear - 1) < 0)
    line_shown = 0;
  signal (number, SIG_DFL);
  raise (number);
}

static void
handle (void (*handler) (int number))
{
  static const int numbers[] = { SIGINT, SIGTERM, SIGHUP };
  struct sigaction action, before;

  memset (&action, 0, sizeof action);
  action.sa_handler = handler;
  for (gsize i = 0; i < G_N_ELEMENTS (numbers); i++)
    if (sigaction (numbers[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN)
      sigaction (numbers[i], &action, NULL);
}

void
ctl_signals_guard_line (gboolean shown)
{
  static gboolean handled;

  line_shown = shown;
  if (!handled)
    handle (end_with_line);
  handled = TRUE;
}

void
ctl_signals_catch (void)
{
  handle (note);
}

int
ctl_signal_caught (void)
{
  return caught;
}

int
ctl_signal_end (void)
{
  fflush (NULL);
  signal (caught, SIG_DFL);
  raise (caught);
  return 128 + caught;
}

void
ctl_sleep (int milliseconds)
{
  poll (NULL, 0, milliseconds);
}
