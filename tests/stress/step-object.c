/* step-object.c: a native semaphore or set under test: begun afresh for each run, judged after it
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "step-object.h"

#include <ipc/ipc-segment.h>

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define NAMES_MAX 8

static char *prefix;
static guint n_names;

/* -- Names -- */

void
object_set_prefix (const char *program)
{
  prefix = g_strdup_printf ("ipc-%s-%d", program, (int) getpid ());
}

const char *
object_new_name (void)
{
  g_autofree char *name = g_strdup_printf ("native:%s-%u", prefix, n_names++);

  g_assert_cmpuint (n_names, <=, NAMES_MAX);
  return g_intern_string (name);
}

/* Called by the parent of the process that made them, which may have crashed. */
void
object_remove_names (void)
{
  static const char *const schemes[] = { "native:", "posix:/", "sysv:/" };

  for (guint i = 0; i < NAMES_MAX * G_N_ELEMENTS (schemes); i++)
    {
      g_autofree char *plain = g_strdup_printf ("%s-%u", prefix, i / (guint) G_N_ELEMENTS (schemes));
      g_autofree char *name = g_strconcat (schemes[i % G_N_ELEMENTS (schemes)], plain, NULL);

      ipc_semaphore_unlink_name (name, NULL);
      ipc_segment_unlink_name (name, NULL);
    }
}

/* -- Making and resetting -- */

static IpcSemaphore *
open_as (const char *name, IpcSemaphoreFlags flags)
{
  g_autoptr (GError) error = NULL;
  IpcSemaphore *sem = ipc_semaphore_open (name, flags, &error);

  g_assert_no_error (error);
  return sem;
}

/* The one that the handles share; a handle does not tell. */
static IpcNative *
native_of (const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (IpcName) parsed = ipc_name_parse (name, &error);
  const IpcRequest request = { .name = parsed, .mode = IPC_OPEN_EXISTING, .permissions = 0600 };
  IpcOpened opened;
  IpcNative *native = ipc_native_open (&request, &opened, &error);

  g_assert_no_error (error);
  ipc_native_unref (native); /* the handles keep it */
  return native;
}

void
object_init (Object *self, const guint *values, guint n_values)
{
  g_autoptr (GError) error = NULL;

  self->name = object_new_name ();
  self->n_values = n_values;
  memcpy (self->values, values, n_values * sizeof *values);
  self->undo = ipc_semaphore_new_full (self->name, IPC_OPEN_CREATE, values, n_values, 0600,
                                       IPC_SEMAPHORE_UNDO, NULL, &error);
  g_assert_no_error (error);
  self->plain = open_as (self->name, IPC_SEMAPHORE_FLAGS_NONE);
  self->native = native_of (self->name);
}

void
object_reset (Object *self)
{
  IpcNative *native = self->native;
  IpcNativeFile *file = native->file;
  const IpcSet *set = &native->set;
  const guint n_lanes = MIN (atomic_load (&file->lanes_used), IPC_LANE_MAX);
  const guint mine = (guint) ipc_native_lane_if_any (native);

  memset (native->word.lanes, 0, n_lanes * sizeof (IpcLane));
  atomic_store (&native->word.lanes[mine].pid, (uint32_t) getpid ());
  atomic_store (&file->lanes_used, mine + 1);
  atomic_store (&file->unlinking, 0);
  atomic_store (&file->word,
                ipc_word_make (self->n_values == 1 ? self->values[0] : 1, 0, IPC_LANE_NONE, 0));
  if (self->n_values == 1)
    return;

  memset (set->head, 0, sizeof *set->head);
  memset (set->record, 0, self->n_values * sizeof *set->record);
  memset (set->shares, 0, n_lanes * self->n_values * sizeof *set->shares);
  for (guint i = 0; i < self->n_values; i++)
    atomic_store (&set->values[i], self->values[i]);
}

guint
object_helps (const Object *self)
{
  const guint n_lanes = MIN (atomic_load (&self->native->file->lanes_used), IPC_LANE_MAX);
  guint n = 0;

  for (guint i = 0; i < n_lanes; i++)
    n += atomic_load (&self->native->word.lanes[i].done) != 0;
  return n;
}

/* -- Units -- */

static gboolean
change (Object *self, guint index, int delta, GError **error)
{
  const IpcSemaphoreOp op = { index, delta };

  return delta == 0 || ipc_semaphore_operate (self->undo, &op, 1, 0, NULL, error);
}

void
object_take (Object *self, guint index, guint units)
{
  g_autoptr (GError) error = NULL;

  change (self, index, -(int) units, &error);
  g_assert_no_error (error);
}

void
object_give (Object *self, guint index, guint units)
{
  g_autoptr (GError) error = NULL;

  change (self, index, (int) units, &error);
  g_assert_no_error (error);
}

guint
object_value (Object *self, guint index)
{
  g_autoptr (GError) error = NULL;
  guint value = 0;

  ipc_semaphore_get_value (self->undo, index, &value, &error);
  g_assert_no_error (error);
  return value;
}

/* What this process holds; it knows without asking. */
static guint
ours (const Object *self, guint index)
{
  const IpcNative *native = self->native;
  const int lane = ipc_native_lane_if_any (native);

  return self->n_values == 1 ? (guint) ipc_lane_held (&native->word.lanes[lane])
                             : ipc_set_held (&native->set, lane, index);
}

/* -- Judging -- */

gint64
object_units (Object *self, guint index)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (IpcInfo) info = ipc_semaphore_get_info (self->undo, index, &error);
  gint64 units, total;

  g_assert_no_error (error);
  total = ipc_info_get_value (info);
  for (guint i = 0; ipc_info_get_holder (info, i, NULL, &units); i++)
    total += units;
  return total;
}

static char *
fault_of_totals (Object *self, const gint64 *total, const int *lasting, gboolean *stands)
{
  gboolean as_before = TRUE, as_after = TRUE;

  for (guint i = 0; i < self->n_values; i++)
    {
      as_before &= total[i] == (gint64) self->values[i];
      as_after &= total[i] == (gint64) self->values[i] + lasting[i];
    }
  *stands = as_after;
  if (as_before || as_after)
    return NULL;

  return self->n_values == 1
           ? g_strdup_printf ("there are %" G_GINT64_FORMAT " units", total[0])
           : g_strdup_printf ("there are %" G_GINT64_FORMAT ", %" G_GINT64_FORMAT
                              " and %" G_GINT64_FORMAT " units",
                              total[0], total[1], total[2]);
}

/* All units can be taken at once, and not one more. */
static char *
fault_of_use (Object *self, guint index, gint64 units)
{
  g_autoptr (GError) error = NULL;

  if (!change (self, index, -(int) units, &error))
    return g_strdup_printf ("the %" G_GINT64_FORMAT " units of %u cannot be taken: %s", units,
                            index, error->message);
  if (change (self, index, -1, NULL))
    return g_strdup_printf ("there are more than %" G_GINT64_FORMAT " units of %u", units, index);
  if (!change (self, index, (int) units, &error))
    return g_strdup_printf ("units of %u cannot be given: %s", index, error->message);

  return NULL;
}

static char *
fault_of_lane (const Object *self, guint i)
{
  const IpcLane *lane = &self->native->word.lanes[i];

  if (ipc_lane_is_dirty (lane))
    return g_strdup_printf ("lane %u is not clean: holds %d", i, (int) ipc_lane_held (lane));
  if (atomic_load (&lane->waiting) != 0 || atomic_load (&lane->waiting_zero) != 0)
    return g_strdup_printf ("lane %u still counts sleepers", i);

  for (guint j = 0; self->n_values > 1 && j < self->n_values; j++)
    if (ipc_set_held (&self->native->set, (int) i, j) != 0)
      return g_strdup_printf ("lane %u still holds units of %u", i, j);
    else if (atomic_load (ipc_set_waiting (&self->native->set, (int) i, j, FALSE)) != 0
             || atomic_load (ipc_set_waiting (&self->native->set, (int) i, j, TRUE)) != 0)
      return g_strdup_printf ("lane %u still counts sleepers for %u", i, j);

  return NULL;
}

/* What the interface does not show. */
static char *
fault_inside (const Object *self)
{
  const guint n_lanes = MIN (atomic_load (&self->native->file->lanes_used), IPC_LANE_MAX);
  char *fault = NULL;

  for (guint i = 0; i < n_lanes && fault == NULL; i++)
    fault = fault_of_lane (self, i);
  if (fault != NULL || self->n_values == 1)
    return fault;

  if (ipc_word_value (atomic_load (&self->native->file->word)) != 1)
    return g_strdup ("the set is still locked");
  if (atomic_load (&self->native->set.head->committed) != 0)
    return g_strdup ("the set's record still counts");
  return NULL;
}

static gboolean
lasts (const Object *self, const int *lasting)
{
  for (guint i = 0; i < self->n_values; i++)
    if (lasting[i] != 0)
      return TRUE;

  return FALSE;
}

static char *
fault_of_info (Object *self, const int *lasting, gboolean *stands)
{
  gint64 total[OBJECT_VALUES];
  char *fault;

  for (guint i = 0; i < self->n_values; i++)
    total[i] = object_units (self, i);

  fault = fault_of_totals (self, total, lasting, stands);
  for (guint i = 0; i < self->n_values && fault == NULL; i++)
    {
      object_give (self, i, ours (self, i));
      fault = fault_of_use (self, i, total[i]);
    }
  return fault;
}

char *
object_fault (Object *self, const int *lasting, gboolean unprepared, gboolean *stands)
{
  const gboolean at_once = unprepared && !lasts (self, lasting);
  char *fault = NULL;

  for (guint i = 0; at_once && i < self->n_values && fault == NULL; i++)
    {
      object_give (self, i, ours (self, i));
      fault = fault_of_use (self, i, self->values[i]);
    }

  if (fault == NULL)
    fault = fault_of_info (self, lasting, stands);
  return fault != NULL ? fault : fault_inside (self);
}
