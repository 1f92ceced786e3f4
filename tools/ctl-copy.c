/* ctl-copy.c: ipcctl read and write: between a segment and the standard streams
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ctl.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define CHUNK (1024 * 1024)

static char *offset_text, *length_text;
static gboolean any_owner;

static const GOptionEntry entries[] = {
  { "offset", 'o', 0, G_OPTION_ARG_STRING, &offset_text, N_("begin there in the segment"),
    N_("BYTES") },
  { "length", 'l', 0, G_OPTION_ARG_STRING, &length_text, N_("no more than that"), N_("BYTES") },
  { "any-owner", 0, 0, G_OPTION_ARG_NONE, &any_owner,
    N_("also one of another user, or that others may write to"), NULL },
  { 0 }
};

/* Which part of the segment. */
typedef struct
{
  IpcSegment *segment;
  guint64     offset;
  guint64     length;
  gboolean    bounded; /* @length was asked for */
} Part;

static gboolean
parse_part (const CtlVerb *verb, Part *part)
{
  const char *wrong = NULL;

  part->bounded = length_text != NULL;
  if (offset_text != NULL && !ctl_parse_size (offset_text, &part->offset))
    wrong = offset_text;
  if (length_text != NULL && !ctl_parse_size (length_text, &part->length))
    wrong = length_text;
  if (wrong == NULL)
    return TRUE;

  ctl_usage (verb, _("\"%s\" is no size"), wrong);
  return FALSE;
}

static gboolean
open_part (const char *name, IpcSegmentFlags flags, Part *part, GError **error)
{
  g_autofree char *has = NULL;
  g_autofree char *end = NULL;
  guint64 size;

  if (any_owner)
    flags |= IPC_SEGMENT_ANY_OWNER;

  part->segment = ipc_segment_open (name, flags, error);
  if (part->segment == NULL)
    return FALSE;

  size = ipc_segment_get_size (part->segment);
  if (!part->bounded && part->offset <= size)
    part->length = size - part->offset;
  if (part->offset <= size && part->length <= size - part->offset)
    return TRUE;

  has = ctl_text_number ((gint64) size);
  end = g_strdup_printf ("%" G_GUINT64_FORMAT, part->offset + part->length);
  g_set_error (error, IPC_ERROR, IPC_ERROR_OUT_OF_RANGE,
               _("\"%s\": it has %s bytes, and that part ends at %s"), name, has, end);
  return FALSE;
}

/* -- read -- */

/* All of it, unless an error is in the way. */
static gboolean
write_out (const char *data, gsize length)
{
  while (length > 0)
    {
      const gssize n = write (STDOUT_FILENO, data, length);

      if (n < 0 && errno != EINTR)
        return FALSE;

      data += MAX (n, 0);
      length -= (gsize) MAX (n, 0);
    }

  return TRUE;
}

static int
copy_out (const Part *part)
{
  g_autofree char *buffer = g_malloc (CHUNK);
  g_autoptr (GError) error = NULL;
  CtlProgress progress;
  gboolean done = TRUE;
  int errsv = 0;

  ctl_progress_begin (&progress, _("reading"), part->length);
  for (guint64 at = 0; done && at < part->length;)
    {
      const gsize n = (gsize) MIN (part->length - at, CHUNK);

      done = ipc_segment_read (part->segment, part->offset + at, buffer, n, &error);
      if (done && !write_out (buffer, n))
        {
          errsv = errno;
          done = FALSE;
        }
      at += n;
      ctl_progress_update (&progress, at);
    }
  ctl_progress_end (&progress);

  if (done)
    return CTL_DONE;
  if (error != NULL)
    return ctl_fail (error);

  ctl_warn (_("standard output: %s"), g_strerror (errsv));
  return CTL_FAILED;
}

/* -- write -- */

/* Short only at the end; -1 with errno. */
static gssize
read_in (char *data, gsize length)
{
  gsize got = 0;

  while (got < length)
    {
      const gssize n = read (STDIN_FILENO, data + got, length - got);

      if (n == 0)
        break;
      if (n < 0 && errno != EINTR)
        return -1;

      got += (gsize) MAX (n, 0);
    }

  return (gssize) got;
}

/* What is left over is an error, unless it was asked to stop there. */
static int
check_rest (const Part *part, const char *name)
{
  g_autofree char *written = NULL;
  char one;

  if (part->bounded || read_in (&one, 1) <= 0)
    return CTL_DONE;

  written = ctl_text_number ((gint64) part->length);
  ctl_warn (_("\"%s\" is full: %s bytes were written, and there is more to come"), name, written);
  return CTL_FAILED;
}

static int
copy_in (const Part *part, const char *name)
{
  g_autofree char *buffer = g_malloc (CHUNK);
  g_autoptr (GError) error = NULL;
  CtlProgress progress;
  guint64 at = 0;
  gssize n = 1;
  int errsv;

  ctl_progress_begin (&progress, _("writing"), part->bounded ? part->length : 0);
  while (n > 0 && error == NULL && at < part->length)
    {
      n = read_in (buffer, (gsize) MIN (part->length - at, CHUNK));
      errsv = errno;
      if (n > 0)
        {
          ipc_segment_write (part->segment, part->offset + at, buffer, (gsize) n, &error);
          at += (guint64) n;
          ctl_progress_update (&progress, at);
        }
    }
  ctl_progress_end (&progress);

  if (error != NULL)
    return ctl_fail (error);
  if (n >= 0)
    return check_rest (part, name);

  ctl_warn (_("standard input: %s"), g_strerror (errsv));
  return CTL_FAILED;
}

/* -- Both -- */

static int
run (const CtlVerb *verb, int argc, char **argv)
{
  const gboolean reads = verb == &ctl_read;
  g_autoptr (GError) error = NULL;
  Part part = { 0 };
  int status;

  if (!ctl_parse (verb, entries, &argc, &argv) || !parse_part (verb, &part))
    return CTL_USAGE;
  if (argc != 2)
    return ctl_usage (verb, _("one name is needed"));

  if (!open_part (argv[1], reads ? IPC_SEGMENT_READ_ONLY : IPC_SEGMENT_FLAGS_NONE, &part, &error))
    {
      g_clear_object (&part.segment);
      return ctl_fail (error);
    }

  status = reads ? copy_out (&part) : copy_in (&part, argv[1]);
  g_object_unref (part.segment);
  return status;
}

static int
run_read (int argc, char **argv)
{
  return run (&ctl_read, argc, argv);
}

static int
run_write (int argc, char **argv)
{
  return run (&ctl_write, argc, argv);
}

const CtlVerb ctl_read = {
  "read", N_("NAME"), N_("copy a segment to standard output"), NULL, run_read
};

const CtlVerb ctl_write = {
  "write", N_("NAME"), N_("copy standard input into a segment"),
  N_("What does not fit is an error; what did is written all the same."), run_write
};
