/* ctl-system-linux.c: the command line, the user, and what stays
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ctl.h"

#include <fcntl.h>
#include <fnmatch.h>
#include <pwd.h>
#include <unistd.h>

/* What is opened next would take the place of a stream that is closed, and an object would get what
 * is written to it.  What stands there now fails, as nothing would. */
static void
fill_streams (void)
{
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
    if (fcntl (fd, F_GETFD) < 0
        && open ("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd)
      _exit (CTL_FAILED);
}

char **
ctl_system_begin (int argc G_GNUC_UNUSED, char **argv)
{
  fill_streams ();
  return g_strdupv (argv);
}

char *
ctl_system_locale_dir (void)
{
  return g_strdup (LOCALEDIR);
}

gboolean
ctl_system_keeps_objects (void)
{
  return TRUE;
}

gint64
ctl_system_user (void)
{
  return (gint64) geteuid ();
}

gboolean
ctl_system_matches (const char *pattern, const char *name)
{
  return fnmatch (pattern, name, 0) == 0;
}

char *
ctl_text_owner (gint64 uid)
{
  const struct passwd *entry = uid >= 0 ? getpwuid ((uid_t) uid) : NULL;

  return entry != NULL ? g_strdup (entry->pw_name) : ctl_text_number (uid);
}
