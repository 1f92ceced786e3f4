/* ipcctl.c: see, use and clean up what processes share
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ctl.h"

#include <errno.h>
#include <locale.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const CtlVerb *const verbs[] = {
  &ctl_list, &ctl_inspect, &ctl_explain, &ctl_create, &ctl_rm, &ctl_gc,
  &ctl_read, &ctl_write, &ctl_post, &ctl_wait, &ctl_watch, &ctl_bench,
};

/* -- What is wrong -- */

/* One line, whatever the message has in it. */
static void
say (const char *text)
{
  g_autofree char *line = ctl_text_safe (text);

  fflush (stdout);
  fprintf (stderr, "ipcctl: %s\n", line);
}

void
ctl_warn (const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  say (text);
}

int
ctl_fail (const GError *error)
{
  say (error->message);
  if (error->domain != IPC_ERROR)
    return CTL_FAILED;

  switch (error->code)
    {
    case IPC_ERROR_INVALID_NAME:
      return CTL_USAGE;
    case IPC_ERROR_TIMED_OUT:
    case IPC_ERROR_WOULD_BLOCK:
      return CTL_TIMED_OUT;
    default:
      return CTL_FAILED;
    }
}

int
ctl_usage (const CtlVerb *verb, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  ctl_warn (_("%s; see ipcctl %s --help"), text, verb->name);
  return CTL_USAGE;
}

/* -- Options -- */

gboolean
ctl_parse (const CtlVerb *verb, const GOptionEntry *entries, int *argc, char ***argv)
{
  const char *arguments = *verb->arguments != '\0' ? _(verb->arguments) : NULL;
  g_autoptr (GOptionContext) context = g_option_context_new (arguments);
  g_autofree char *program = g_strconcat ("ipcctl ", verb->name, NULL);
  g_autoptr (GError) error = NULL;

  g_set_prgname (program);
  g_option_context_set_summary (context, _(verb->summary));
  if (verb->details != NULL)
    g_option_context_set_description (context, _(verb->details));
  g_option_context_add_main_entries (context, entries, GETTEXT_PACKAGE);
  if (g_option_context_parse_strv (context, argv, &error))
    {
      *argc = (int) g_strv_length (*argv);
      return TRUE;
    }

  ctl_usage (verb, "%s", error->message);
  return FALSE;
}

/* -- The program -- */

static const CtlVerb *
find_verb (const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (verbs); i++)
    if (g_str_equal (verbs[i]->name, name))
      return verbs[i];

  return NULL;
}

static int
help (void)
{
  printf (_("Usage: ipcctl VERB [OPTION…] [ARGUMENT…]\n\n"
            "See, use and clean up what processes share.\n\n"));
  for (gsize i = 0; i < G_N_ELEMENTS (verbs); i++)
    printf ("  %-8s  %s\n", verbs[i]->name, _(verbs[i]->summary));
  printf (_("\nipcctl VERB --help tells more of a verb, and ipcctl(1) of all.\n"));
  return CTL_DONE;
}

static int
no_verb (const char *name)
{
  if (name == NULL)
    ctl_warn (_("no verb was given; see ipcctl --help"));
  else
    ctl_warn (_("there is no verb \"%s\"; see ipcctl --help"), name);

  return CTL_USAGE;
}

/* "help VERB" becomes "VERB --help", in the command line that is kept: who tells of options ends the
 * program, and nobody could free another one. */
static int
help_on (int argc, char **argv)
{
  const CtlVerb *verb;

  if (argc < 3)
    return help ();

  verb = find_verb (argv[2]);
  if (verb == NULL)
    return no_verb (argv[2]);

  g_free (argv[1]);
  argv[1] = argv[2];
  argv[2] = g_strdup ("--help");
  return verb->run (argc - 1, argv + 1);
}

static int status = CTL_DONE;

/* What was written must have arrived: a full disk is an error, too.  Whoever ends the program: that
 * is GLib where --help asks for the options of a verb. */
static void
check_output (void)
{
  if (fflush (stdout) == 0 && !ferror (stdout))
    return;

  ctl_warn (_("standard output: %s"), g_strerror (errno));
  if (status == CTL_DONE)
    _exit (CTL_FAILED);
}

static void
begin_translations (void)
{
  g_autofree char *dir = ctl_system_locale_dir ();

  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, dir);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);
}

/* The command line, as it is without what was an option; kept, so that what is at its end lives.
 * Volatile, or the compiler would leave out what nobody reads, and the rest be a leak. */
static char **volatile arguments;

static int
run (int argc, char **argv)
{
  const CtlVerb *verb;

  if (argc < 2)
    return no_verb (NULL);
  if (g_str_equal (argv[1], "--help") || g_str_equal (argv[1], "-h"))
    return help ();
  if (g_str_equal (argv[1], "help"))
    return help_on (argc, argv);
  if (g_str_equal (argv[1], "--version"))
    {
      printf ("ipcctl %s\n", PACKAGE_VERSION);
      return CTL_DONE;
    }

  verb = find_verb (argv[1]);
  return verb != NULL ? verb->run (argc - 1, argv + 1) : no_verb (argv[1]);
}

int
main (int argc, char **argv)
{
  begin_translations ();
  atexit (check_output);
  argv = arguments = ctl_system_begin (argc, argv);

  status = run ((int) g_strv_length (argv), argv);
  return status;
}
