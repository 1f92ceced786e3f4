/* ipc-demo.c: moves a file from process to process while some of them are killed
 *
 * A producer puts the file, repeated until it is long enough, block by block into a ring in shared
 * memory.  Two consumers take the blocks out and write them to an output file.  On the way
 * consumers are killed with SIGKILL at the worst moments.  In the end nothing may be lost, nothing
 * delivered twice, and the checksums must be the same.  How that works is in ipc-demo-ring.h.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ipc-demo-crew.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEFAULT_BACKEND "native"
#define DEFAULT_MIB 64
#define DEFAULT_KILLS 50
#define STATUS_USAGE 2

/* Something that every system has; the last is this program itself. */
static const char *const usual_files[] = {
  "/usr/share/dict/words", "/usr/share/common-licenses/GPL-3", "/usr/share/licenses/glibc/COPYING",
  "/proc/self/exe",
};

typedef struct
{
  /* options */
  char       *backend;
  char       *output;
  char      **files;
  int         mib;

  const char *file;
  Crew        crew;
} Demo;

static const char *
usual_file (void)
{
  guint i = 0;

  while (!g_file_test (usual_files[i], G_FILE_TEST_EXISTS))
    i++;
  return usual_files[i];
}

static gboolean
open_input (Demo *demo, GError **error)
{
  Crew *crew = &demo->crew;

  demo->file = demo->files != NULL ? demo->files[0] : usual_file ();
  crew->input = g_mapped_file_new (demo->file, FALSE, error);
  if (crew->input == NULL)
    return FALSE;

  gsize size = g_mapped_file_get_length (crew->input);
  if (size == 0 || demo->mib < 0)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "%s: nothing to move",
                   demo->file);
      return FALSE;
    }
  guint64 least = MAX (1, (guint64) demo->mib << 20);
  crew->length = (least + size - 1) / size * size;
  return TRUE;
}

static gboolean
open_output (Demo *demo, GError **error)
{
  Crew *crew = &demo->crew;
  g_autofree char *path = NULL;

  if (demo->output != NULL)
    {
      crew->fd = g_open (demo->output, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
      return crew->fd >= 0 || demo_fail (error, demo->output);
    }
  crew->fd = g_file_open_tmp ("ipc-demo-XXXXXX", &path, error);
  return crew->fd >= 0 && (g_unlink (path) == 0 || demo_fail (error, path));
}

static gboolean
open_ring (Demo *demo, GError **error)
{
  Crew *crew = &demo->crew;
  guint64 n_blocks = (crew->length + RING_BLOCK_SIZE - 1) / RING_BLOCK_SIZE;

  if (crew->n_kills < 0 || (guint64) crew->n_kills * RING_BLOCKS_PER_KILL > n_blocks)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                   "%d kills are too many for %" G_GUINT64_FORMAT " blocks; "
                   "give fewer --kills or a larger --size", crew->n_kills, n_blocks);
      return FALSE;
    }
  crew->name = g_strdup_printf ("%s:/ipc-demo-%d",
                                demo->backend != NULL ? demo->backend : DEFAULT_BACKEND,
                                (int) getpid ());
  /* A lock that does not come back by itself would be lost with its holder. */
  crew->lock_flags = crew->n_kills > 0 ? IPC_SEMAPHORE_UNDO : IPC_SEMAPHORE_FLAGS_NONE;
  crew->ring = ring_create (crew->name, crew->length, (guint) crew->n_kills, crew->lock_flags,
                            error);
  return crew->ring != NULL;
}

static char *
checksum (GMappedFile *file, guint64 n_times)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);

  for (guint64 i = 0; i < n_times; i++)
    g_checksum_update (sum, (const guchar *) g_mapped_file_get_contents (file),
                       (gssize) g_mapped_file_get_length (file));
  return g_strdup (g_checksum_get_string (sum));
}

static void
announce (Demo *demo)
{
  Crew *crew = &demo->crew;
  gsize size = g_mapped_file_get_length (crew->input);

  g_print ("Moving %s, %" G_GSIZE_FORMAT " bytes, %" G_GUINT64_FORMAT " times\n"
           "through %s: %u places of %u bytes, %d consumers, %d of them will be killed\n",
           demo->file, size, crew->length / size, crew->name, RING_N_PLACES, RING_BLOCK_SIZE,
           RING_N_LANES + MAX (crew->n_kills - 1, 0), crew->n_kills);
}

static gboolean
count_is_right (Crew *crew)
{
  guint n_lost = 0, n_doubled = 0;

  for (guint block = 0; block < ring_get_n_blocks (crew->ring); block++)
    {
      guint n = ring_get_n_deliveries (crew->ring, block);

      n_lost += n == 0;
      n_doubled += n > 1;
    }
  g_print ("%u blocks: %u by the consumers of lane 0, %u by those of lane 1; "
           "%u lost, %u delivered twice\n",
           ring_get_n_blocks (crew->ring), ring_get_n_by_lane (crew->ring, 0),
           ring_get_n_by_lane (crew->ring, 1), n_lost, n_doubled);
  return n_lost == 0 && n_doubled == 0;
}

static gboolean
report (Crew *crew, gint64 microseconds, GError **error)
{
  g_autoptr (GMappedFile) output = g_mapped_file_new_from_fd (crew->fd, FALSE, error);
  if (output == NULL)
    return FALSE;

  double rate = (double) crew->length / (double) MAX (microseconds, 1);
  guint64 n_times = crew->length / g_mapped_file_get_length (crew->input);
  g_autofree char *in = checksum (crew->input, n_times);
  g_autofree char *out = checksum (output, 1);
  gboolean counted = count_is_right (crew);

  g_print ("in  sha256 %s\nout sha256 %s\n", in, out);
  if (!counted || strcmp (in, out) != 0 || crew->n_killed != crew->n_kills)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED,
                   "FAILED: what came out is not what was put in");
      return FALSE;
    }
  g_print ("OK: %.1f MB in %.3f s, %.0f MB/s; %d consumer%s killed, nothing lost, "
           "nothing doubled\n", (double) crew->length / 1e6, (double) microseconds / 1e6, rate,
           crew->n_killed, crew->n_killed == 1 ? "" : "s");
  return TRUE;
}

static gboolean
run (Demo *demo, GError **error)
{
  Crew *crew = &demo->crew;

  if (!open_input (demo, error) || !open_output (demo, error))
    return FALSE;
  crew_hold_signals (crew);
  if (!open_ring (demo, error))
    return FALSE;

  announce (demo);
  gint64 before = g_get_monotonic_time ();
  gboolean done = crew_move (crew, error)
                  && report (crew, g_get_monotonic_time () - before, error);
  ring_remove (crew->ring);
  return done;
}

static void
demo_clear (Demo *demo)
{
  g_clear_pointer (&demo->crew.ring, ring_free);
  g_clear_pointer (&demo->crew.input, g_mapped_file_unref);
  g_clear_pointer (&demo->crew.name, g_free);
  g_clear_pointer (&demo->files, g_strfreev);
  g_clear_pointer (&demo->output, g_free);
  g_clear_pointer (&demo->backend, g_free);
  if (demo->crew.fd >= 0)
    close (demo->crew.fd);
}

static gboolean
parse (Demo *demo, int *argc, char ***argv, GError **error)
{
  const GOptionEntry entries[] = {
    { "backend", 'b', 0, G_OPTION_ARG_STRING, &demo->backend,
      "The mechanism: native, sysv or posix (" DEFAULT_BACKEND ")", "NAME" },
    { "kills", 'k', 0, G_OPTION_ARG_INT, &demo->crew.n_kills,
      "How many consumers to kill (50)", "N" },
    { "size", 's', 0, G_OPTION_ARG_INT, &demo->mib,
      "Repeat the file until it has so many MiB (64); 0: once", "MIB" },
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &demo->output, "Keep what comes out", "FILE" },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &demo->files, NULL, "[FILE]" },
    { NULL, 0, 0, 0, NULL, NULL, NULL }
  };
  g_autoptr (GOptionContext) context = g_option_context_new ("- move a file, kill consumers");

  g_option_context_add_main_entries (context, entries, NULL);
  return g_option_context_parse (context, argc, argv, error);
}

int
main (int argc, char **argv)
{
  Demo demo = { .mib = DEFAULT_MIB, .crew = { .n_kills = DEFAULT_KILLS, .fd = -1 } };
  g_autoptr (GError) error = NULL;
  int status = EXIT_SUCCESS;

  setlocale (LC_ALL, "");
  if (!parse (&demo, &argc, &argv, &error))
    status = STATUS_USAGE;
  else if (!run (&demo, &error))
    status = EXIT_FAILURE;
  if (error != NULL)
    g_printerr ("%s\n", error->message);
  demo_clear (&demo);
  return status;
}
