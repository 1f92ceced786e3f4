/* fuzz-acts.c: what fuzz-calls does with a handle, and how it is judged
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "fuzz-acts.h"

#include <ipc/ipc-error.h>

#include <unistd.h>

/* -- Judging -- */

static const char *
say (int result)
{
  GEnumClass *class = g_type_class_ref (IPC_TYPE_ERROR);
  const GEnumValue *value = result == FUZZ_DONE ? NULL : g_enum_get_value (class, result);

  return result == FUZZ_DONE ? "done" : value != NULL ? value->value_name : "another error";
}

void
judge (const World *self, const char *call, gboolean done, GError *error, int expected)
{
  int result = FUZZ_DONE;

  if (done == (error != NULL))
    fuzz_fail ("%s %s: %s", self->name, call, done ? "done, with an error" : "failed, without one");
  if (!done)
    result = error->domain == IPC_ERROR ? error->code : G_MAXINT;
  if (result != expected)
    fuzz_fail ("%s %s: %s (%s), and the model says %s", self->name, call, say (result),
               error != NULL ? error->message : "", say (expected));
  g_clear_error (&error);
}

/* -- Arguments -- */

guint
number (const World *self, FuzzBytes *bytes)
{
  const guint byte = fuzz_byte (bytes), max = self->model.ability->max_value;

  switch (byte / 64)
    {
    case 0:
    case 1:
      return byte % 6;
    case 2:
      return max - byte % 4;
    default:
      return byte % 8 == 0 ? max + 1 : max / 2 + byte % 4;
    }
}

static int
delta (const World *self, FuzzBytes *bytes)
{
  const guint sign = fuzz_byte (bytes) % 2, n = number (self, bytes);

  return (int) (sign ? 0u - n : n);
}

guint
take_ops (const World *self, FuzzBytes *bytes, IpcSemaphoreOp *ops)
{
  const guint n = fuzz_below (bytes, FUZZ_OPS + 1);

  for (guint i = 0; i < n; i++)
    {
      ops[i].index = fuzz_below (bytes, FUZZ_VALUES + 1);
      ops[i].delta = delta (self, bytes);
    }

  return n;
}

/* -- Calls on a handle -- */

void
act_post (World *self, const Handle *handle, FuzzBytes *bytes G_GNUC_UNUSED)
{
  const IpcSemaphoreOp op = { 0, +1 };
  GError *error = NULL;
  const gboolean done = ipc_semaphore_post (handle->semaphore, &error);

  judge (self, "post", done, error,
         fuzz_model_operate (&self->model, &handle->use, &op, 1, IPC_ERROR_FAILED));
}

void
act_try (World *self, const Handle *handle, FuzzBytes *bytes G_GNUC_UNUSED)
{
  const IpcSemaphoreOp op = { 0, -1 };
  GError *error = NULL;
  const gboolean done = ipc_semaphore_try_wait (handle->semaphore, &error);

  judge (self, "try_wait", done, error,
         fuzz_model_operate (&self->model, &handle->use, &op, 1, IPC_ERROR_WOULD_BLOCK));
}

void
act_wait (World *self, const Handle *handle, FuzzBytes *bytes)
{
  const IpcSemaphoreOp op = { 0, -1 };
  const gint64 timeout = fuzz_below (bytes, 8) == 7 ? 300 : 0;
  GError *error = NULL;
  const gboolean done = ipc_semaphore_wait (handle->semaphore, timeout, NULL, &error);

  judge (self, "wait", done, error,
         fuzz_model_operate (&self->model, &handle->use, &op, 1, IPC_ERROR_TIMED_OUT));
}

void
act_zero (World *self, const Handle *handle, FuzzBytes *bytes G_GNUC_UNUSED)
{
  const IpcSemaphoreOp op = { 0, 0 };
  GError *error = NULL;
  const gboolean done = ipc_semaphore_wait_zero (handle->semaphore, 0, NULL, &error);

  judge (self, "wait_zero", done, error,
         fuzz_model_operate (&self->model, &handle->use, &op, 1, IPC_ERROR_TIMED_OUT));
}

void
act_operate (World *self, const Handle *handle, FuzzBytes *bytes)
{
  IpcSemaphoreOp ops[FUZZ_OPS];
  const guint n = take_ops (self, bytes, ops);
  GError *error = NULL;
  const gboolean done = ipc_semaphore_operate (handle->semaphore, ops, n, 0, NULL, &error);

  judge (self, "operate", done, error,
         fuzz_model_operate (&self->model, &handle->use, ops, n, IPC_ERROR_TIMED_OUT));
}

void
act_value (World *self, const Handle *handle, FuzzBytes *bytes)
{
  const guint index = fuzz_below (bytes, FUZZ_VALUES + 1);
  gint64 expected = 0;
  guint value = 0;
  GError *error = NULL;
  const gboolean done = ipc_semaphore_get_value (handle->semaphore, index, &value, &error);

  judge (self, "get_value", done, error,
         fuzz_model_value (&self->model, &handle->use, index, &expected));
  if (value != expected)
    fuzz_fail ("%s: value %u is %u, and the model says %" G_GINT64_FORMAT, self->name, index, value,
               expected);
}

void
act_set_value (World *self, const Handle *handle, FuzzBytes *bytes)
{
  const guint index = fuzz_below (bytes, FUZZ_VALUES + 1), value = number (self, bytes);
  GError *error = NULL;
  const gboolean done = ipc_semaphore_set_value (handle->semaphore, index, value, &error);

  judge (self, "set_value", done, error,
         fuzz_model_set_value (&self->model, &handle->use, index, value));
}

/* Only native semaphores tell who holds what. */
static void
judge_holders (const World *self, IpcInfo *info, const FuzzThing *thing, guint index)
{
  const gint64 held = thing->held[index];
  gint64 pid = 0, units = 0;

  if (self->model.ability->owes || !self->model.ability->undo)
    return;

  if (ipc_info_get_n_holders (info) != (held > 0))
    fuzz_fail ("%s: %u holders, and the model says %d", self->name, ipc_info_get_n_holders (info),
               held > 0);
  if (held > 0
      && (!ipc_info_get_holder (info, 0, &pid, &units) || pid != getpid () || units != held))
    fuzz_fail ("%s: %" G_GINT64_FORMAT " holds %" G_GINT64_FORMAT, self->name, pid, units);
}

void
act_info (World *self, const Handle *handle, FuzzBytes *bytes)
{
  const guint index = fuzz_below (bytes, FUZZ_VALUES + 1);
  gint64 expected = 0;
  GError *error = NULL;
  g_autoptr (IpcInfo) info = ipc_semaphore_get_info (handle->semaphore, index, &error);

  judge (self, "get_info", info != NULL, error,
         fuzz_model_value (&self->model, &handle->use, index, &expected));
  if (info == NULL)
    return;

  if (ipc_info_get_value (info) != expected || ipc_info_get_waiters (info) > 0
      || ipc_info_get_zero_waiters (info) > 0)
    fuzz_fail ("%s: value %u is %" G_GINT64_FORMAT " with %" G_GINT64_FORMAT " waiters, and the "
               "model says %" G_GINT64_FORMAT, self->name, index, ipc_info_get_value (info),
               ipc_info_get_waiters (info), expected);
  judge_holders (self, info, handle->use.thing, index);
}

void
act_unlink (World *self, const Handle *handle, FuzzBytes *bytes G_GNUC_UNUSED)
{
  GError *error = NULL;
  const gboolean done = ipc_semaphore_unlink (handle->semaphore, &error);

  judge (self, "unlink", done, error, fuzz_model_unlink (&self->model, &handle->use));
}

void
act_facts (World *self, const Handle *handle, FuzzBytes *bytes G_GNUC_UNUSED)
{
  if (ipc_semaphore_is_current (handle->semaphore) != (handle->use.thing == self->model.current))
    fuzz_fail ("%s: is_current is %d", self->name, handle->use.thing != self->model.current);
  if (ipc_semaphore_get_size (handle->semaphore) != handle->use.thing->n_values)
    fuzz_fail ("%s: %u values", self->name, ipc_semaphore_get_size (handle->semaphore));
}
