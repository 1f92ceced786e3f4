/* ctl-terminal-win32.c: the console's size, and Ctrl-C
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ctl.h"

#include <io.h>
#include <unistd.h>
#define WIN32_LEAN_AND_MEAN /* wincrypt.h has a CTL_USAGE of its own */
#include <windows.h>

#define ENDED_BY_CTRL_C 0xc000013a /* STATUS_CONTROL_C_EXIT */
#define CTRL_C 2                   /* the number of SIGINT */

static HANDLE
handle_of (int fd)
{
  return (HANDLE) _get_osfhandle (fd);
}

/* The null device is a character device as well. */
gboolean
ctl_is_terminal (int fd)
{
  DWORD mode;

  return GetConsoleMode (handle_of (fd), &mode);
}

/* FALSE: standard output is no console. */
static gboolean
window_of_output (SMALL_RECT *window)
{
  CONSOLE_SCREEN_BUFFER_INFO info;

  if (!GetConsoleScreenBufferInfo (handle_of (STDOUT_FILENO), &info))
    return FALSE;

  *window = info.srWindow;
  return TRUE;
}

int
ctl_terminal_width (void)
{
  SMALL_RECT window;

  return window_of_output (&window) ? window.Right - window.Left + 1 : 0;
}

int
ctl_terminal_height (void)
{
  SMALL_RECT window;

  return window_of_output (&window) ? window.Bottom - window.Top + 1 : 24;
}

/* A console obeys such sequences when it is told to, since Windows 10. */
gboolean
ctl_terminal_obeys (int fd)
{
  DWORD mode;

  return GetConsoleMode (handle_of (fd), &mode)
         && SetConsoleMode (handle_of (fd), mode | ENABLE_VIRTUAL_TERMINAL_PROCESSING);
}

/* -- Ctrl-C, which comes in a thread of its own -- */

static HANDLE event; /* set once it came */
static volatile LONG caught, line_shown;

static BOOL WINAPI
note (DWORD type G_GNUC_UNUSED)
{
  caught = CTRL_C;
  SetEvent (event);
  return TRUE;
}

void
ctl_signals_catch (void)
{
  event = CreateEventW (NULL, TRUE, FALSE, NULL);
  SetConsoleCtrlHandler (note, TRUE);
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
  ExitProcess (ENDED_BY_CTRL_C);
}

void
ctl_sleep (int milliseconds)
{
  if (event != NULL)
    WaitForSingleObject (event, (DWORD) milliseconds);
  else
    Sleep ((DWORD) milliseconds);
}

/* FALSE: the process ends all the same. */
static BOOL WINAPI
clear_line (DWORD type G_GNUC_UNUSED)
{
  static const char clear[] = "\r\033[K";
  DWORD written;

  if (line_shown)
    WriteFile (handle_of (STDERR_FILENO), clear, sizeof clear - 1, &written, NULL);
  return FALSE;
}

void
ctl_signals_guard_line (gboolean shown)
{
  static gboolean handled;

  line_shown = shown;
  if (!handled)
    SetConsoleCtrlHandler (clear_line, TRUE);
  handled = TRUE;
}
