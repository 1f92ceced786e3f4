/* ctl-text.c: numbers, times and names as people read them
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ctl.h"

#include <string.h>

/* Names are others' input, and a terminal obeys control characters. */
char *
ctl_text_safe (const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  GString *safe = g_string_new (NULL);

  for (const char *at = valid; *at != '\0'; at = g_utf8_next_char (at))
    {
      const gunichar c = g_utf8_get_char (at);

      if (c == '\n' || c == '\t')
        g_string_append_c (safe, ' ');
      else if (g_unichar_iscntrl (c) || g_unichar_type (c) == G_UNICODE_FORMAT)
        g_string_append_c (safe, '?');
      else
        g_string_append_unichar (safe, c);
    }

  return g_string_free (safe, FALSE);
}

static int
width_of (gunichar c)
{
  return g_unichar_iszerowidth (c) ? 0 : g_unichar_iswide (c) ? 2 : 1;
}

int
ctl_text_width (const char *text)
{
  int width = 0;

  for (; *text != '\0'; text = g_utf8_next_char (text))
    width += width_of (g_utf8_get_char (text));

  return width;
}

/* The ends of names tell them apart. */
char *
ctl_text_cut (const char *text, int width)
{
  const int back = MAX (width - 1, 0) / 2;
  int left = ctl_text_width (text), room = width - 1 - back;
  const char *head = text, *tail = text;

  if (left <= width)
    return g_strdup (text);
  if (width < 1)
    return g_strdup ("");

  for (; (room -= width_of (g_utf8_get_char (head))) >= 0; head = g_utf8_next_char (head))
    continue;
  for (; left > back; tail = g_utf8_next_char (tail))
    left -= width_of (g_utf8_get_char (tail));

  return g_strdup_printf ("%.*s…%s", (int) (head - text), text, tail);
}

char *
ctl_text_number (gint64 number)
{
  return number < 0 ? g_strdup ("-") : g_strdup_printf ("%" G_GINT64_FORMAT, number);
}

char *
ctl_text_size (gint64 bytes)
{
  static const char units[] = "KMGTPE";
  double size = (double) bytes;
  int unit = -1;

  for (; size >= 1024 && unit < (int) strlen (units) - 1; unit++)
    size /= 1024;

  if (bytes < 0)
    return g_strdup ("-");
  if (unit < 0)
    return g_strdup_printf ("%" G_GINT64_FORMAT "B", bytes);

  return g_strdup_printf (size < 10 && size != (int) size ? "%.1f%c" : "%.0f%c", size, units[unit]);
}

char *
ctl_text_mode (int permissions)
{
  return permissions < 0 ? g_strdup ("-") : g_strdup_printf ("%04o", (guint) permissions);
}

char *
ctl_text_age (gint64 since)
{
  const gint64 seconds = (g_get_real_time () - since) / G_USEC_PER_SEC;

  if (since < 0)
    return g_strdup ("-");
  if (seconds < 60)
    return g_strdup_printf ("%ds", (int) MAX (seconds, 0));
  if (seconds < 60 * 60)
    return g_strdup_printf ("%dm", (int) (seconds / 60));
  if (seconds < 48 * 60 * 60)
    return g_strdup_printf ("%dh", (int) (seconds / 3600));

  return g_strdup_printf ("%dd", (int) (seconds / 86400));
}

char *
ctl_text_time (gint64 when)
{
  g_autoptr (GDateTime) time = when < 0 ? NULL
                                        : g_date_time_new_from_unix_local (when / G_USEC_PER_SEC);

  return time == NULL ? g_strdup ("-") : g_date_time_format (time, "%Y-%m-%d %H:%M:%S");
}

const char *
ctl_text_kind (IpcKind kind)
{
  switch (kind)
    {
    case IPC_KIND_SEGMENT:
      return _("segment");
    case IPC_KIND_SEMAPHORE:
      return _("semaphore");
    case IPC_KIND_NONE:
    default:
      return "-";
    }
}

const char *
ctl_text_state (IpcState state)
{
  switch (state)
    {
    case IPC_STATE_LIVE:
      return _("live");
    case IPC_STATE_STALE:
      return _("stale");
    case IPC_STATE_UNKNOWN:
    default:
      return _("unknown");
    }
}

gboolean
ctl_parse_size (const char *text, guint64 *bytes)
{
  static const char units[] = "KMGT";
  char *end = NULL;
  const char *unit;
  guint shift = 0;

  if (!g_ascii_isdigit (text[0]))
    return FALSE;

  *bytes = g_ascii_strtoull (text, &end, 0);
  unit = *end == '\0' ? NULL : strchr (units, g_ascii_toupper (*end));
  if (*end != '\0' && (unit == NULL || end[1] != '\0'))
    return FALSE;

  if (unit != NULL)
    shift = 10 * (guint) (unit - units + 1);
  if (*bytes > (guint64) G_MAXINT64 >> shift)
    return FALSE;

  *bytes <<= shift;
  return TRUE;
}
