/* ctl-system-win32.c: the command line, the streams, and what does not stay
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ctl.h"

#include <fcntl.h>
#include <io.h>
#include <stdlib.h>
#define WIN32_LEAN_AND_MEAN /* wincrypt.h has a CTL_USAGE of its own */
#include <windows.h>

static UINT code_page;

static void
restore_code_page (void)
{
  SetConsoleOutputCP (code_page);
}

/* In pipes and files lines end as elsewhere; a console has its own end of input, Ctrl-Z. */
char **
ctl_system_begin (int argc G_GNUC_UNUSED, char **argv G_GNUC_UNUSED)
{
  for (int fd = 0; fd <= 2; fd++)
    if (!ctl_is_terminal (fd))
      _setmode (fd, _O_BINARY);

  code_page = GetConsoleOutputCP ();
  if (code_page != 0 && code_page != CP_UTF8 && SetConsoleOutputCP (CP_UTF8))
    atexit (restore_code_page);

  return g_win32_get_command_line ();
}

/* Beside the folder of the program, wherever that was put. */
char *
ctl_system_locale_dir (void)
{
  g_autofree char *top = g_win32_get_package_installation_directory_of_module (NULL);

  return g_build_filename (top, "share", "locale", NULL);
}

gboolean
ctl_system_keeps_objects (void)
{
  return FALSE;
}

gint64
ctl_system_user (void)
{
  return -1;
}

gboolean
ctl_system_matches (const char *pattern, const char *name)
{
  return g_pattern_match_simple (pattern, name);
}

/* Users have no numbers, and an IpcInfo tells of none. */
char *
ctl_text_owner (gint64 uid)
{
  return ctl_text_number (uid);
}
