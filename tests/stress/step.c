/* step.c: processes that use native semaphores, killed after every single instruction
 *
 * step [LEVEL [EVERY|all [CASE]]]
 *
 * Without arguments: LEVEL 1, with only about fifty instructions of each case, others each time.
 * LEVEL 1: one victim does one thing and is killed after instruction 0, 1, 2 and so on; after each
 * kill every unit must be there, at once, and nothing of the dead be left.  LEVEL 2: two victims,
 * stopped and killed at pairs of instructions, and three.  EVERY: only each so many-th instruction
 * of the library, and fewer of GLib and the C library; all: each of all of them.  CASE: only what
 * has these words in its name.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "step.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

/* Of GLib and the C library only each so many-th: what is killed there is as if killed before or
 * after.  They write to no shared memory, and their system calls stand alone. */
#define FEWER_FOREIGN 25

/* Where all the way to an instruction is stepped. */
#define FEWER_WITHOUT_BREAKPOINTS 20

/* Nearly as many as the shortest operation has.  Each run begins elsewhere. */
#define AT_MOST_UNASKED 50

/* Of the victims one in so many may go another way than the one before.  If more do, their killer
 * does not get hold of them, and nothing was tested. */
#define LATE_AT_MOST 4

/* Level 2 has too many pairs to do all of them each time. */
#define EVERY_OF_LEVEL_2 16

guint64 step_helps;
gboolean step_own_shm;

/* -- Messages -- */

gboolean
step_wanted (const StepOptions *options, const char *name)
{
  return options->pattern == NULL || strstr (name, options->pattern) != NULL;
}

void
step_passed (const char *name, const char *what, guint64 runs, gint64 began)
{
  g_print ("%-40s %-20s %7" G_GUINT64_FORMAT " runs %7.1f s\n", name, what, runs,
           (double) (g_get_monotonic_time () - began) / G_USEC_PER_SEC);
}

/* -- Every instruction -- */

GArray *
step_places (const VictimPath *path, const StepOptions *options)
{
  const guint length = victim_path_length (path);
  GArray *places = g_array_new (FALSE, FALSE, sizeof (guint));
  guint since = 0; /* the last place in foreign code */

  for (guint k = 0; k <= length; k++)
    {
      const gboolean foreign = k < length && victim_path_is_foreign (path, k);

      if (foreign && ++since < options->every_foreign)
        continue;

      g_array_append_val (places, k);
      since = 0;
    }

  return places;
}

/* How far apart the places are that are tried, of @n. */
static guint
stride (const StepOptions *options, guint n)
{
  return options->at_most == 0 ? options->every : MAX (options->every, n / options->at_most);
}

void
step_everywhere (const char *name, const VictimPath *path, const StepOptions *options,
                 StepKill kill, gconstpointer data)
{
  const gint64 began = g_get_monotonic_time ();
  const guint length = victim_path_length (path);
  g_autoptr (GArray) places = step_places (path, options);
  const guint every = stride (options, places->len);
  g_autofree char *what = g_strdup_printf ("%u instructions", length);
  gboolean stood = FALSE, stands = FALSE;
  guint64 runs = 0;

  for (guint i = options->at_most == 0 ? 0 : g_random_int () % every; i < places->len;
       i += every, runs++)
    {
      const guint k = g_array_index (places, guint, i);

      step_doing ("%s, killed after instruction %u of %u", name, k, length);
      if (kill (data, path, k, &stands) == VICTIM_ENDED && k < length)
        {
          victim_count.late++; /* it went another way */
          continue;
        }

      step_judge (stood && !stands ? g_strdup ("what stood before does not any more") : NULL);
      stood = stands;
    }

  if (path->asleep > 0)
    {
      step_doing ("%s, killed asleep", name);
      kill (data, path, VICTIM_WHILE_ASLEEP, &stands);
      runs++;
    }
  step_passed (name, what, runs, began);
}

/* -- Other processes -- */

gboolean
step_await_asleep (pid_t pid)
{
  int status;

  while (waitpid (pid, &status, WNOHANG) == 0)
    if (victim_is_asleep (pid))
      return TRUE;
    else
      sched_yield ();

  return FALSE;
}

/* Ticks end waitpid(2). */
gboolean
step_await_end (pid_t pid, gint64 timeout_us)
{
  const gint64 deadline = timeout_us < 0 ? G_MAXINT64 : g_get_monotonic_time () + timeout_us;
  int status;

  while (waitpid (pid, &status, 0) != pid)
    if (g_get_monotonic_time () >= deadline)
      return FALSE;

  victim_alive ();
  return TRUE;
}

/* -- The program -- */

/* Where this is allowed, so that no other program's files come and go beside ours. */
static void
take_own_shm (void)
{
  step_own_shm = geteuid () == 0 && unshare (CLONE_NEWNS) == 0
                 && mount (NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0
                 && mount ("tmpfs", "/dev/shm", "tmpfs", 0, "mode=1777") == 0;
}

static void
report (void)
{
  const VictimCount *n = &victim_count;

  g_print ("%" G_GUINT64_FORMAT " victims, %" G_GUINT64_FORMAT " kills, %" G_GUINT64_FORMAT
           " instructions stepped, %" G_GUINT64_FORMAT " breakpoints met, %" G_GUINT64_FORMAT
           " sleeps, %" G_GUINT64_FORMAT " ended too soon, %" G_GUINT64_FORMAT
           " lanes helped: nothing was lost\n",
           n->victims, n->kills, n->steps, n->jumps, n->sleeps, n->late, step_helps);
}

G_GNUC_NORETURN static void
usage (void)
{
  g_printerr ("usage: step [LEVEL [EVERY|all [CASE]]]\n");
  exit (2);
}

static guint
number (const char *text, guint otherwise)
{
  guint64 value = otherwise;

  if (text != NULL && !g_ascii_string_to_unsigned (text, 10, 1, 10000, &value, NULL))
    usage ();
  return (guint) value;
}

/* The dynamic linker binds a function when it is first called, which some victims would do and
 * others would not. */
static void
bind_all_now (char **argv)
{
  if (g_getenv ("LD_BIND_NOW") != NULL)
    return;

  g_setenv ("LD_BIND_NOW", "1", TRUE);
  execv ("/proc/self/exe", argv);
  g_error ("/proc/self/exe: %s", g_strerror (errno));
}

typedef struct
{
  guint       level;
  StepOptions options;
} Work;

static void
work (gconstpointer data)
{
  const Work *self = data;

  take_own_shm ();
  if (self->level == 1)
    {
      step_cases (&self->options);
      step_names (&self->options);
      step_kinds (&self->options);
    }
  else
    {
      step_trios (&self->options);
      step_pairs (&self->options);
      if (self->options.pattern == NULL && step_helps == 0)
        step_judge (g_strdup ("nobody had to help"));
    }

  step_judge (victim_count.kills == 0 ? g_strdup ("there is no such case") : NULL);
  step_judge (victim_count.late > victim_count.kills / LATE_AT_MOST
                ? g_strdup ("too many victims ended before they were killed")
                : NULL);
  report ();
}

int
main (int argc, char **argv)
{
  const guint level = number (argc > 1 ? argv[1] : NULL, 1);
  const gboolean all = argc > 2 && strcmp (argv[2], "all") == 0;
  const guint every = number (argc > 2 && !all ? argv[2] : NULL,
                              level == 1 || all ? 1 : EVERY_OF_LEVEL_2)
                      * (victim_has_breakpoints () ? 1 : FEWER_WITHOUT_BREAKPOINTS);
  const Work what = {
    .level = level,
    .options = {
      .every = every,
      .every_foreign = all ? 1 : FEWER_FOREIGN,
      .at_most = argc == 1 ? AT_MOST_UNASKED : 0,
      .pattern = argc > 3 ? argv[3] : NULL,
    },
  };

  bind_all_now (argv);
  return step_guarded ("step", work, &what);
}
