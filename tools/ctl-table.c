/* ctl-table.c: a table that fits the terminal
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ctl.h"

#define GAP 2
#define FIRST_MIN 12 /* columns that the first one keeps */

static void
measure (const CtlColumn *columns, guint n_columns, GPtrArray *rows, int *widths)
{
  for (guint c = 0; c < n_columns; c++)
    {
      widths[c] = ctl_text_width (_(columns[c].title));
      for (guint r = 0; r < rows->len; r++)
        widths[c] = MAX (widths[c], ctl_text_width (((char **) rows->pdata[r])[c]));
    }
}

static int
total (const int *widths, guint n_columns)
{
  int sum = -GAP;

  for (guint c = 0; c < n_columns; c++)
    if (widths[c] > 0)
      sum += widths[c] + GAP;

  return sum;
}

/* The one that can be spared best, or n_columns. */
static guint
least_wanted (const CtlColumn *columns, guint n_columns, const int *widths)
{
  guint least = n_columns;

  for (guint c = 1; c < n_columns; c++)
    if (widths[c] > 0 && columns[c].priority > 0
        && (least == n_columns || columns[c].priority > columns[least].priority))
      least = c;

  return least;
}

/* The first column is cut down to its least; then columns go, the least wanted first; and only then is
 * it cut further. */
static void
fit (const CtlColumn *columns, guint n_columns, int *widths, int width)
{
  const int least = MIN (widths[0], FIRST_MIN);

  while (total (widths, n_columns) - widths[0] + least > width)
    {
      const guint gone = least_wanted (columns, n_columns, widths);

      if (gone == n_columns)
        break;
      widths[gone] = 0;
    }

  widths[0] = CLAMP (width - (total (widths, n_columns) - widths[0]), 1, widths[0]);
}

static void
print_cell (const CtlColumn *column, const char *text, int width, gboolean last)
{
  g_autofree char *fitting = ctl_text_cut (text, width);
  const int padding = width - ctl_text_width (fitting);

  printf ("%*s%s%*s", column->right ? padding : 0, "", fitting,
          column->right || last ? 0 : padding, "");
}

static void
print_row (const CtlColumn *columns, guint n_columns, char **cells, const int *widths)
{
  guint last = n_columns - 1;

  while (last > 0 && widths[last] == 0)
    last--;

  for (guint c = 0; c <= last; c++)
    if (widths[c] > 0)
      {
        print_cell (&columns[c], cells[c], widths[c], c == last);
        printf ("%*s", c == last ? 0 : GAP, "");
      }
}

/* States are painted, and only they. */
static const char *
color_of (const char *state)
{
  if (g_str_equal (state, _("stale")))
    return ctl_color ("33");
  if (g_str_equal (state, _("live")))
    return ctl_color ("32");

  return "";
}

void
ctl_table_print (const CtlColumn *columns, guint n_columns, GPtrArray *rows, int width)
{
  g_autofree int *widths = g_new (int, n_columns);
  g_autofree char **titles = g_new (char *, n_columns);

  for (guint c = 0; c < n_columns; c++)
    titles[c] = (char *) _(columns[c].title);

  measure (columns, n_columns, rows, widths);
  if (width > 0)
    fit (columns, n_columns, widths, width);

  printf ("%s", ctl_color ("1"));
  print_row (columns, n_columns, titles, widths);
  printf ("%s\n", ctl_color ("0"));
  for (guint r = 0; r < rows->len; r++)
    {
      char **cells = rows->pdata[r];
      const char *color = color_of (cells[n_columns - 1]);

      printf ("%s", color);
      print_row (columns, n_columns, cells, widths);
      printf ("%s\n", *color != '\0' ? ctl_color ("0") : "");
    }
}
