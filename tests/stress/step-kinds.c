/* step-kinds.c: segments, and semaphores of the system, made, opened, replaced, resized and removed
 * by a process that is killed at every instruction
 *
 * Whoever comes after it finds nothing, or what was there before, or a whole new object; nothing in
 * between, and no name that belongs to nobody.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "step.h"

#include "ipc-name-private.h"

#include <ipc/ipc-error.h>
#include <ipc/ipc-segment.h>

#include <string.h>
#include <sys/sem.h>

#define OLD_VALUE 2
#define NEW_VALUE 5
#define OLD_SIZE 8192
#define NEW_SIZE 20480
#define SMALL_SIZE 4096
#define MARK 'o' /* in the first byte of the old segment */
#define RAW_MAX 3 /* so many times the second is waited that a foreign maker would get */

typedef enum
{
  FOUND_NOTHING = 1 << 0,
  FOUND_OLD = 1 << 1,
  FOUND_NEW = 1 << 2,
  FOUND_RAW = 1 << 3 /* a System V set whose maker died before it had its values */
} Found;

typedef enum
{
  KIND_MAKE,
  KIND_REPLACE,
  KIND_OPEN,
  KIND_UNLINK,
  KIND_UNLINK_NAME,
  KIND_GROW,
  KIND_SHRINK
} Deed;

typedef struct
{
  const char *name;
  const char *scheme;
  gboolean    segment;
  Deed        deed;
  guint       may; /* of Found: after a kill */
  Found       at_last; /* when it was not killed */
} KindCase;

#define FILES(name_, scheme_, segment_) \
  { name_ ": create", scheme_, segment_, KIND_MAKE, FOUND_NOTHING | FOUND_NEW, FOUND_NEW }, \
  { name_ ": replace", scheme_, segment_, KIND_REPLACE, FOUND_OLD | FOUND_NEW, FOUND_NEW }, \
  { name_ ": open", scheme_, segment_, KIND_OPEN, FOUND_OLD, FOUND_OLD }, \
  { name_ ": unlink", scheme_, segment_, KIND_UNLINK, FOUND_OLD | FOUND_NOTHING, FOUND_NOTHING }, \
  { name_ ": unlink by name", scheme_, segment_, KIND_UNLINK_NAME, FOUND_OLD | FOUND_NOTHING, \
    FOUND_NOTHING }

/* Of System V an object goes before another comes under its name. */
#define KEYS(name_, segment_, raw_) \
  { name_ ": create", "sysv:/", segment_, KIND_MAKE, FOUND_NOTHING | FOUND_NEW | raw_, FOUND_NEW }, \
  { name_ ": replace", "sysv:/", segment_, KIND_REPLACE, \
    FOUND_OLD | FOUND_NOTHING | FOUND_NEW | raw_, FOUND_NEW }, \
  { name_ ": open", "sysv:/", segment_, KIND_OPEN, FOUND_OLD, FOUND_OLD }, \
  { name_ ": unlink", "sysv:/", segment_, KIND_UNLINK, FOUND_OLD | FOUND_NOTHING, FOUND_NOTHING }

static const KindCase cases[] = {
  FILES ("posix semaphore", "posix:/", FALSE),
  FILES ("segment", "native:", TRUE),
  { "segment: grow", "native:", TRUE, KIND_GROW, FOUND_OLD | FOUND_NEW, FOUND_NEW },
  { "segment: shrink", "native:", TRUE, KIND_SHRINK, FOUND_OLD | FOUND_NEW, FOUND_NEW },
  KEYS ("sysv semaphore", FALSE, FOUND_RAW),
  KEYS ("sysv segment", TRUE, 0),
};

typedef struct
{
  const KindCase *c;
  const char     *name;
  IpcSegment     *segment; /* of this process, and the victim's */
  IpcSemaphore   *semaphore;
} KindRun;

/* -- Objects -- */

static gsize
new_size (const KindCase *c)
{
  return c->deed == KIND_SHRINK ? SMALL_SIZE : NEW_SIZE;
}

static gpointer
open_object (const KindRun *run, IpcOpenMode mode, gboolean old, GError **error)
{
  const guint value = old ? OLD_VALUE : NEW_VALUE;
  const gboolean exists = mode == IPC_OPEN_EXISTING;

  if (run->c->segment)
    return ipc_segment_new_full (run->name, mode, exists ? 0 : old ? OLD_SIZE : NEW_SIZE, 0600,
                                 IPC_SEGMENT_FLAGS_NONE, NULL, error);

  return ipc_semaphore_new_full (run->name, mode, &value, exists ? 0 : 1, 0600,
                                 IPC_SEMAPHORE_FLAGS_NONE, NULL, error);
}

static gboolean
unlink_name (const KindRun *run, GError **error)
{
  return run->c->segment ? ipc_segment_unlink_name (run->name, error)
                         : ipc_semaphore_unlink_name (run->name, error);
}

static void
prepare (KindRun *run)
{
  const char mark = MARK;
  g_autoptr (GError) error = NULL;
  gpointer old;

  if (run->c->deed == KIND_MAKE)
    return;

  old = open_object (run, IPC_OPEN_CREATE, TRUE, &error);
  g_assert_no_error (error);
  if (run->c->segment)
    ipc_segment_write (run->segment = old, 0, &mark, 1, &error);
  else
    run->semaphore = old;
  g_assert_no_error (error);
}

static void
clean_up (KindRun *run)
{
  g_clear_object (&run->segment);
  g_clear_object (&run->semaphore);
  unlink_name (run, NULL);
}

/* -- What the victim does -- */

static void
run_act (gpointer data)
{
  const KindRun *run = data;
  g_autoptr (GError) error = NULL;

  switch (run->c->deed)
    {
    case KIND_MAKE:
      open_object (run, IPC_OPEN_CREATE, FALSE, &error);
      break;
    case KIND_REPLACE:
      open_object (run, IPC_OPEN_REPLACE, FALSE, &error);
      break;
    case KIND_OPEN:
      open_object (run, IPC_OPEN_EXISTING, FALSE, &error);
      break;
    case KIND_UNLINK_NAME:
      unlink_name (run, &error);
      break;
    case KIND_GROW:
    case KIND_SHRINK:
      ipc_segment_resize (run->segment, new_size (run->c), &error);
      break;
    case KIND_UNLINK:
    default:
      if (run->segment != NULL)
        ipc_segment_unlink (run->segment, &error);
      else
        ipc_semaphore_unlink (run->semaphore, &error);
      break;
    }
  g_assert_no_error (error);
}

/* -- What is left -- */

/* All of it can be read, and it is the old one or the new one from the first byte to the last. */
static Found
look_at_segment (const KindRun *run, IpcSegment *segment, GError **error)
{
  const gsize size = ipc_segment_get_size (segment);
  g_autofree char *data = g_malloc (size);
  const char first = run->c->deed == KIND_MAKE || run->c->deed == KIND_REPLACE ? 0 : MARK;

  if (!ipc_segment_read (segment, 0, data, size, error))
    return 0;
  for (gsize i = 1; i < size; i++)
    if (data[i] != 0)
      return 0;

  if (size == OLD_SIZE && data[0] == MARK)
    return FOUND_OLD;
  return size == new_size (run->c) && data[0] == first ? FOUND_NEW : 0;
}

/* It can be used, too. */
static Found
look_at_semaphore (IpcSemaphore *semaphore, GError **error)
{
  g_autoptr (IpcInfo) info = ipc_semaphore_get_info (semaphore, 0, error);
  guint value = 0;

  if (info == NULL || !ipc_semaphore_get_value (semaphore, 0, &value, error))
    return 0;
  if (ipc_semaphore_get_backend (semaphore) == IPC_BACKEND_SYSV
      && ipc_info_get_use_time (info) <= 0)
    return FOUND_RAW;
  if (!ipc_semaphore_try_wait (semaphore, error) || !ipc_semaphore_post (semaphore, error))
    return 0;

  return value == OLD_VALUE ? FOUND_OLD : value == NEW_VALUE ? FOUND_NEW : 0;
}

/* As the kernel has it. */
static gboolean
is_raw (const KindRun *run)
{
  g_autoptr (IpcName) name = ipc_name_parse (run->name, NULL);
  const int id = name->backend == IPC_BACKEND_SYSV && !run->c->segment ? semget (name->key, 0, 0)
                                                                       : -1;
  struct semid_ds ds;

  return id >= 0 && semctl (id, 0, IPC_STAT, &ds) == 0 && ds.sem_otime == 0;
}

static Found
look (const KindRun *run, GError **error)
{
  static guint n_raw;
  g_autoptr (GError) reason = NULL;
  g_autoptr (GObject) object = NULL;

  if (is_raw (run) && n_raw++ >= RAW_MAX)
    return FOUND_RAW;

  object = open_object (run, IPC_OPEN_EXISTING, FALSE, &reason);
  if (g_error_matches (reason, IPC_ERROR, IPC_ERROR_NOT_FOUND))
    return FOUND_NOTHING;
  if (object == NULL)
    {
      g_propagate_error (error, g_steal_pointer (&reason));
      return 0;
    }

  return run->c->segment ? look_at_segment (run, IPC_SEGMENT (object), error)
                         : look_at_semaphore (IPC_SEMAPHORE (object), error);
}

/* Whatever it is, a fresh object can take its place. */
static char *
fault_of_replacing (const KindRun *run)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GObject) object = open_object (run, IPC_OPEN_REPLACE, TRUE, &error);

  return object != NULL ? NULL : g_strdup_printf ("cannot be replaced: %s", error->message);
}

static char *
fault_of (const KindRun *run, gboolean ended)
{
  g_autoptr (GError) error = NULL;
  const Found found = look (run, &error);
  const guint may = ended ? run->c->at_last : run->c->may;
  const guint n_hidden = step_remove_hidden ();

  if ((found & may) == 0)
    return g_strdup_printf ("found 0x%x, %s", found, error != NULL ? error->message : "no error");
  /* Only who replaces a file needs a name before it has one. */
  if (n_hidden > (run->c->deed == KIND_REPLACE ? 1 : 0))
    return g_strdup ("a hidden file is left");

  return fault_of_replacing (run);
}

/* -- Every instruction -- */

static VictimPath *
record (KindRun *run)
{
  VictimPath *path;

  step_doing ("%s, stepped", run->c->name);
  prepare (run);
  path = victim_trace (run_act, run);
  clean_up (run);
  return path;
}

static VictimState
kill_at (gconstpointer data, const VictimPath *path, guint k, gboolean *stands G_GNUC_UNUSED)
{
  KindRun run = *(const KindRun *) data;
  VictimState state;

  prepare (&run);
  state = victim_kill_at (run_act, &run, path, k);
  step_judge (fault_of (&run, state == VICTIM_ENDED));
  clean_up (&run);
  return state;
}

static char *
name_for (const KindCase *c, const char *native)
{
  return g_strconcat (c->scheme, native + strlen ("native:"), NULL);
}

/* What is done once in a process must not be a part of what is recorded. */
static void
warm_up (KindRun *run)
{
  for (guint i = 0; i < 2; i++)
    {
      step_judge (fault_of_replacing (run));
      clean_up (run);
      look (run, NULL);
    }
}

void
step_kinds (const StepOptions *options)
{
  const char *native = object_new_name ();

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    if (step_wanted (options, cases[i].name))
      {
        g_autofree char *name = name_for (&cases[i], native);
        KindRun run = { .c = &cases[i], .name = name };
        g_autoptr (VictimPath) path = NULL;

        warm_up (&run);
        path = record (&run);
        step_everywhere (cases[i].name, path, options, kill_at, &run);
      }
}
