/* fuzz-main.c: a fuzz target without a fuzzer: tries files
 *
 * Usage: fuzz-TARGET [FILE|FOLDER...]
 *
 * Without arguments: all of the corpus of the target.  AFL++ gives it the file that it has made.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <signal.h>
#include <unistd.h>

static guint n_tried;

static void
try_file (const char *path)
{
  g_autofree char *data = NULL;
  gsize size;

  if (!g_file_get_contents (path, &data, &size, NULL))
    fuzz_fail ("%s cannot be read", path);

  /* Told before it is tried, since it may be the last one. */
  printf ("%s\n", path);
  fflush (stdout);
  LLVMFuzzerTestOneInput ((const uint8_t *) data, size);
  n_tried++;
}

static void
try_path (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *file;

  if (dir == NULL)
    {
      try_file (path);
      return;
    }

  while ((file = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *inside = g_build_filename (path, file, NULL);

      try_path (inside);
    }
}

/* That of "fuzz-calls" is in corpus/calls. */
static char *
corpus_of (const char *program)
{
  const char *sources = g_getenv ("IPC_SRCDIR");
  g_autofree char *name = g_path_get_basename (program);
  const char *target = strstr (name, "fuzz-");

  if (target == NULL)
    fuzz_fail ("%s: no name of a target", name);

  return g_build_filename (sources != NULL ? sources : ".", "tests/fuzz/corpus",
                           target + strlen ("fuzz-"), NULL);
}

static void
try_all (int argc, char **argv)
{
  prctl (PR_SET_PDEATHSIG, SIGKILL);
  LLVMFuzzerInitialize (&argc, &argv);
  for (int i = 1; i < argc; i++)
    try_path (argv[i]);

  if (argc == 1)
    {
      g_autofree char *corpus = corpus_of (argv[0]);

      try_path (corpus);
    }
  printf ("%u inputs, nothing found\n", n_tried);
}

/* Somebody must be left who removes the names. */
int
main (int argc, char **argv)
{
  const pid_t pid = fork ();
  int status = 0;

  if (pid == 0)
    {
      try_all (argc, argv);
      exit (n_tried > 0 ? EXIT_SUCCESS : EXIT_FAILURE);
    }

  while (waitpid (pid, &status, 0) != pid)
    continue;
  fuzz_set_names (pid);
  fuzz_remove_names ();
  if (WIFSIGNALED (status)) /* so that a fuzzer sees it */
    raise (WTERMSIG (status));
  return WEXITSTATUS (status);
}
