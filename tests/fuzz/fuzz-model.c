/* fuzz-model.c: what semaphores are, told in the simplest way
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "fuzz-model.h"

#include <ipc/ipc-error.h>

#include <string.h>

#define OWED_MAX 32767 /* of System V: what is noted for the end of a process, either way */

const FuzzAbility fuzz_abilities[] = {
  { .backend = IPC_BACKEND_NATIVE, .max_value = 8388607, .max_size = G_MAXUINT, .undo = TRUE,
    .zero = TRUE, .set_value = TRUE, .many = TRUE, .removes = TRUE },
  { .backend = IPC_BACKEND_SYSV, .max_value = 32767, .max_size = G_MAXUINT, .undo = TRUE,
    .zero = TRUE, .set_value = TRUE, .many = TRUE, .removes = TRUE, .replace_removes = TRUE,
    .owes = TRUE },
  { .backend = IPC_BACKEND_POSIX, .max_value = G_MAXINT32, .max_size = 1 },
};
const guint fuzz_n_abilities = G_N_ELEMENTS (fuzz_abilities);

void
fuzz_model_init (FuzzModel *self, const FuzzAbility *ability)
{
  *self = (FuzzModel){ .ability = ability };
}

/* -- Names -- */

static int
check_open (const FuzzAbility *ability, IpcOpenMode mode, const guint *values, guint n_values,
            gboolean undo)
{
  if (n_values == 0 && mode != IPC_OPEN_EXISTING)
    return IPC_ERROR_INVALID_ARGUMENT;
  if (n_values > ability->max_size)
    return IPC_ERROR_NOT_SUPPORTED;

  for (guint i = 0; i < n_values && mode != IPC_OPEN_EXISTING; i++)
    if (values[i] > ability->max_value)
      return IPC_ERROR_OVERFLOW;

  return undo && !ability->undo ? IPC_ERROR_NOT_SUPPORTED : FUZZ_DONE;
}

static void
make (FuzzModel *self, const guint *values, guint n_values)
{
  FuzzThing *thing = &self->things[self->n_things++];

  g_assert_cmpuint (self->n_things, <=, FUZZ_THINGS);
  *thing = (FuzzThing){ .n_values = n_values };
  for (guint i = 0; i < n_values; i++)
    thing->values[i] = values[i];
  self->current = thing;
}

int
fuzz_model_open (FuzzModel *self, FuzzUse *use, IpcOpenMode mode, const guint *values,
                 guint n_values, gboolean undo)
{
  const int fault = check_open (self->ability, mode, values, n_values, undo);

  if (fault != FUZZ_DONE)
    return fault;
  if (mode == IPC_OPEN_CREATE && self->current != NULL)
    return IPC_ERROR_EXISTS;
  if (mode == IPC_OPEN_EXISTING && self->current == NULL)
    return IPC_ERROR_NOT_FOUND;

  if (mode == IPC_OPEN_REPLACE && self->current != NULL)
    self->current->removed = self->ability->replace_removes;
  if (mode == IPC_OPEN_REPLACE || self->current == NULL)
    make (self, values, n_values);
  if (self->current->n_values < n_values)
    return IPC_ERROR_SIZE_MISMATCH;

  *use = (FuzzUse){ .thing = self->current, .undo = undo };
  return FUZZ_DONE;
}

int
fuzz_model_unlink (FuzzModel *self, const FuzzUse *use)
{
  return use->thing == self->current ? fuzz_model_unlink_name (self) : FUZZ_DONE;
}

int
fuzz_model_unlink_name (FuzzModel *self)
{
  if (self->current == NULL)
    return IPC_ERROR_NOT_FOUND;

  self->current->removed = self->ability->removes;
  self->current = NULL;
  return FUZZ_DONE;
}

/* -- Values -- */

static int
check_ops (const FuzzModel *self, const FuzzUse *use, const IpcSemaphoreOp *ops, guint n_ops)
{
  const FuzzAbility *ability = self->ability;

  if (use->closed)
    return IPC_ERROR_CLOSED;
  if (n_ops == 0)
    return IPC_ERROR_INVALID_ARGUMENT;
  if (n_ops > 1 && ability->max_size == 1)
    return IPC_ERROR_NOT_SUPPORTED;

  for (guint i = 0; i < n_ops; i++)
    {
      if (ops[i].index >= use->thing->n_values)
        return IPC_ERROR_OUT_OF_RANGE;
      if (ops[i].delta == 0 && !ability->zero)
        return IPC_ERROR_NOT_SUPPORTED;
      if (ABS ((gint64) ops[i].delta) > ability->max_value)
        return IPC_ERROR_OVERFLOW;
      if (ABS ((gint64) ops[i].delta) > 1 && !ability->many)
        return IPC_ERROR_NOT_SUPPORTED;
    }

  return use->thing->removed ? IPC_ERROR_REMOVED : FUZZ_DONE;
}

/* One step; the first that is not possible is what the caller is told of. */
static int
step (const FuzzModel *self, FuzzThing *thing, const IpcSemaphoreOp *op, gboolean undo,
      int short_of)
{
  gint64 *value = &thing->values[op->index], *held = &thing->held[op->index];

  if ((op->delta == 0 && *value != 0) || *value + op->delta < 0)
    return short_of;
  if (*value + op->delta > self->ability->max_value)
    return IPC_ERROR_OVERFLOW;
  if (undo && self->ability->owes
      && (*held - op->delta > OWED_MAX || *held - op->delta < -OWED_MAX - 1))
    return IPC_ERROR_OVERFLOW;

  *value += op->delta;
  if (undo)
    *held -= op->delta;
  return FUZZ_DONE;
}

int
fuzz_model_operate (const FuzzModel *self, const FuzzUse *use, const IpcSemaphoreOp *ops,
                    guint n_ops, int short_of)
{
  int result = check_ops (self, use, ops, n_ops);
  FuzzThing after;

  if (result != FUZZ_DONE)
    return result;

  after = *use->thing;
  for (guint i = 0; i < n_ops && result == FUZZ_DONE; i++)
    result = step (self, &after, &ops[i], use->undo, short_of);
  if (result != FUZZ_DONE)
    return result;

  for (guint i = 0; i < after.n_values && !self->ability->owes; i++)
    {
      after.held[i] = MAX (after.held[i], 0);
      if (after.held[i] > self->ability->max_value)
        return IPC_ERROR_OVERFLOW;
    }
  *use->thing = after;
  return FUZZ_DONE;
}

int
fuzz_model_value (const FuzzModel *self G_GNUC_UNUSED, const FuzzUse *use, guint index,
                  gint64 *value)
{
  if (use->closed)
    return IPC_ERROR_CLOSED;
  if (index >= use->thing->n_values)
    return IPC_ERROR_OUT_OF_RANGE;
  if (use->thing->removed)
    return IPC_ERROR_REMOVED;

  *value = use->thing->values[index];
  return FUZZ_DONE;
}

int
fuzz_model_set_value (const FuzzModel *self, const FuzzUse *use, guint index, guint value)
{
  FuzzThing *thing = use->thing;

  if (use->closed)
    return IPC_ERROR_CLOSED;
  if (!self->ability->set_value)
    return IPC_ERROR_NOT_SUPPORTED;
  if (index >= thing->n_values)
    return IPC_ERROR_OUT_OF_RANGE;
  if (value > self->ability->max_value)
    return IPC_ERROR_OVERFLOW;
  if (self->ability->owes && use->undo)
    return IPC_ERROR_NOT_SUPPORTED;
  if (thing->removed)
    return IPC_ERROR_REMOVED;
  if (!self->ability->owes && thing->held[index] > 0)
    return IPC_ERROR_WOULD_BLOCK;

  thing->values[index] = value;
  thing->held[index] = 0; /* semctl(2): SETVAL wipes it */
  return FUZZ_DONE;
}

/* -- The dead -- */

void
fuzz_model_die (const FuzzModel *self, FuzzThing *thing, const FuzzThing *before)
{
  for (guint i = 0; i < thing->n_values && !thing->removed; i++)
    {
      const gint64 after = thing->values[i] + thing->held[i];

      /* What would pass the maximum is dropped. */
      thing->values[i] = CLAMP (after, 0, (gint64) self->ability->max_value);
    }
  memcpy (thing->held, before->held, sizeof thing->held);
}

gboolean
fuzz_thing_is_held (const FuzzThing *self)
{
  for (guint i = 0; i < self->n_values; i++)
    if (self->held[i] != 0)
      return TRUE;

  return FALSE;
}
