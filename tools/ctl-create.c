/* ctl-create.c: ipcctl create: a segment, a semaphore or a set of them
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ctl.h"

static char *size_text, *values_text, *mode_text;
static gboolean replace, keep;

static const GOptionEntry entries[] = {
  { "size", 0, 0, G_OPTION_ARG_STRING, &size_text,
    N_("a segment of so many bytes (4096, 64K, 1M, 2G)"), N_("BYTES") },
  { "value", 0, 0, G_OPTION_ARG_STRING, &values_text,
    N_("a semaphore with this value; a set of them by several: 1,0,8"), N_("VALUE") },
  { "mode", 0, 0, G_OPTION_ARG_STRING, &mode_text,
    N_("permissions, in octal; 0600 unless given"), N_("MODE") },
  { "replace", 0, 0, G_OPTION_ARG_NONE, &replace,
    N_("take the name from an object that has it"), NULL },
  { "keep", 0, 0, G_OPTION_ARG_NONE, &keep,
    N_("write the name, and keep the object in use until standard input ends"), NULL },
  { 0 }
};

static gboolean
parse_mode (guint *mode)
{
  guint64 number = 0600;

  if (mode_text != NULL && !g_ascii_string_to_unsigned (mode_text, 8, 0, 0777, &number, NULL))
    return FALSE;

  *mode = (guint) number;
  return TRUE;
}

/* NULL if one of them is no number. */
static guint *
parse_values (gsize *n_values)
{
  g_auto (GStrv) words = g_strsplit (values_text, ",", -1);
  g_autofree guint *values = NULL;

  *n_values = g_strv_length (words);
  values = g_new (guint, *n_values);
  for (gsize i = 0; i < *n_values; i++)
    {
      guint64 value;

      if (!g_ascii_string_to_unsigned (words[i], 10, 0, G_MAXINT32, &value, NULL))
        return NULL;
      values[i] = (guint) value;
    }

  return *n_values > 0 ? g_steal_pointer (&values) : NULL;
}

/* Who reads the line knows that the object is there. */
static int
keep_in_use (const char *name)
{
  g_autofree char *canonical = ipc_name_canonicalize (name, NULL);

  if (!keep)
    return CTL_DONE;

  printf ("%s\n", canonical);
  fflush (stdout);
  while (getchar () != EOF)
    continue;

  return CTL_DONE;
}

static int
create_segment (const char *name, IpcOpenMode open_mode, guint mode)
{
  g_autoptr (IpcSegment) segment = NULL;
  g_autoptr (GError) error = NULL;
  guint64 size = 0;

  if (!ctl_parse_size (size_text, &size) || size == 0)
    return ctl_usage (&ctl_create, _("\"%s\" is no size"), size_text);

  segment = ipc_segment_new_full (name, open_mode, size, mode, IPC_SEGMENT_FLAGS_NONE, NULL, &error);
  return segment != NULL ? keep_in_use (name) : ctl_fail (error);
}

static int
create_semaphore (const char *name, IpcOpenMode open_mode, guint mode)
{
  g_autoptr (IpcSemaphore) semaphore = NULL;
  g_autofree guint *values = NULL;
  g_autoptr (GError) error = NULL;
  gsize n_values = 0;

  values = parse_values (&n_values);
  if (values == NULL)
    return ctl_usage (&ctl_create, _("\"%s\" is no value"), values_text);

  semaphore = ipc_semaphore_new_full (name, open_mode, values, n_values, mode,
                                      IPC_SEMAPHORE_FLAGS_NONE, NULL, &error);
  return semaphore != NULL ? keep_in_use (name) : ctl_fail (error);
}

static int
run (int argc, char **argv)
{
  guint mode = 0;

  if (!ctl_parse (&ctl_create, entries, &argc, &argv))
    return CTL_USAGE;
  if (argc != 2)
    return ctl_usage (&ctl_create, _("one name is needed"));
  if ((size_text == NULL) == (values_text == NULL))
    return ctl_usage (&ctl_create, _("either --size or --value is needed"));
  if (!parse_mode (&mode))
    return ctl_usage (&ctl_create, _("\"%s\" are no permissions"), mode_text);
  if (!keep && !ctl_system_keeps_objects ())
    return ctl_usage (&ctl_create, _("on this system an object goes with the last process that has "
                                     "it open; say --keep"));

  return size_text != NULL
             ? create_segment (argv[1], replace ? IPC_OPEN_REPLACE : IPC_OPEN_CREATE, mode)
             : create_semaphore (argv[1], replace ? IPC_OPEN_REPLACE : IPC_OPEN_CREATE, mode);
}

const CtlVerb ctl_create = {
  "create", N_("NAME"), N_("make a segment (--size) or a semaphore (--value)"),
  N_("On Windows an object goes with the last process that has it open, so that --keep is needed."),
  run
};
