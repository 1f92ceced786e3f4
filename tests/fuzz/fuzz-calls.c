/* fuzz-calls.c: any sequence of calls on semaphores, compared with a model, on every backend
 *
 * An input is a program: calls on a few handles of one name, some of them by processes that die.  It
 * is run once per backend.  What each call answers, and each value, must be what the model says.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "fuzz-acts.h"

#include <ipc/ipc-error.h>

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define CALLS_MAX 100
#define PEERS_MAX 3

/* -- Processes that die -- */

/* What a process does with one handle. */
static void
act_as_peer (World *self, const Handle *handle, FuzzBytes *bytes)
{
  static const Act acts[] = { act_post, act_try, act_wait, act_operate };

  for (guint i = 1 + fuzz_below (bytes, 4); i > 0; i--)
    acts[fuzz_below (bytes, G_N_ELEMENTS (acts))](self, handle, bytes);
}

/* The same, by the model alone. */
static void
model_peer (const World *self, const Handle *handle, FuzzBytes *bytes)
{
  static const IpcSemaphoreOp give = { 0, +1 }, take = { 0, -1 };
  IpcSemaphoreOp ops[FUZZ_OPS];

  for (guint i = 1 + fuzz_below (bytes, 4); i > 0; i--)
    switch (fuzz_below (bytes, 4))
      {
      case 0:
        fuzz_model_operate (&self->model, &handle->use, &give, 1, IPC_ERROR_FAILED);
        break;
      case 1:
        fuzz_model_operate (&self->model, &handle->use, &take, 1, IPC_ERROR_FAILED);
        break;
      case 2:
        fuzz_below (bytes, 8);
        fuzz_model_operate (&self->model, &handle->use, &take, 1, IPC_ERROR_FAILED);
        break;
      default:
        fuzz_model_operate (&self->model, &handle->use, ops, take_ops (self, bytes, ops),
                            IPC_ERROR_FAILED);
        break;
      }
}

/* A child's ledger is its own and begins empty. */
static void
act_fork (World *self, const Handle *handle, FuzzBytes *bytes)
{
  FuzzThing *thing = handle->use.thing;
  const FuzzThing before = *thing;
  int status = 0;
  pid_t pid;

  if (self->n_peers++ >= PEERS_MAX)
    return;

  memset (thing->held, 0, sizeof thing->held);
  pid = fork ();
  if (pid == 0)
    {
      act_as_peer (self, handle, bytes);
      _exit (0);
    }

  /* A fuzzer's timer interrupts. */
  while (pid > 0 && waitpid (pid, &status, 0) < 0)
    continue;
  if (pid < 0 || status != 0)
    fuzz_fail ("%s: a child ended with status 0x%x", self->name, (guint) status);
  model_peer (self, handle, bytes);
  fuzz_model_die (&self->model, thing, &before);
  /* Who asks looks after the dead. */
  ipc_info_unref (ipc_semaphore_get_info (handle->semaphore, 0, NULL));
}

/* -- Handles -- */

/* What is held of an object without a name could be given back by nobody, and would stay in this
 * process for all the inputs to come. */
static gboolean
must_stay (const World *self, const FuzzThing *thing)
{
  return self->model.ability->backend == IPC_BACKEND_NATIVE && !thing->removed
         && fuzz_thing_is_held (thing);
}

static void
close_handle (World *self, Handle *handle, gboolean drop)
{
  const FuzzThing *thing = handle->use.thing;

  if (must_stay (self, thing) && thing != self->model.current)
    return;

  ipc_semaphore_close (handle->semaphore, NULL);
  handle->use.closed = TRUE;
  if (drop)
    {
      g_clear_object (&handle->semaphore);
      handle->use.thing = NULL;
    }
}

static void
open_handle (World *self, Handle *handle, FuzzBytes *bytes)
{
  static const IpcOpenMode modes[] = { IPC_OPEN_EXISTING, IPC_OPEN_CREATE, IPC_OPEN_OR_CREATE,
                                       IPC_OPEN_REPLACE };
  const IpcOpenMode mode = modes[fuzz_below (bytes, G_N_ELEMENTS (modes))];
  const guint n_values = fuzz_below (bytes, FUZZ_VALUES + 1);
  const gboolean undo = fuzz_below (bytes, 2);
  guint values[FUZZ_VALUES];
  GError *error = NULL;

  for (guint i = 0; i < n_values; i++)
    values[i] = number (self, bytes);
  if (self->model.n_things == FUZZ_THINGS
      || (mode == IPC_OPEN_REPLACE && self->model.current != NULL
          && must_stay (self, self->model.current)))
    return;

  handle->semaphore = ipc_semaphore_new_full (self->name, mode, values, n_values, 0600,
                                              undo ? IPC_SEMAPHORE_UNDO : IPC_SEMAPHORE_FLAGS_NONE,
                                              NULL, &error);
  judge (self, "open", handle->semaphore != NULL, error,
         fuzz_model_open (&self->model, &handle->use, mode, values, n_values, undo));
}

static void
unlink_name (World *self)
{
  GError *error = NULL;
  const gboolean done = ipc_semaphore_unlink_name (self->name, &error);

  judge (self, "unlink_name", done, error, fuzz_model_unlink_name (&self->model));
}

/* -- A program -- */

static void
use_handle (World *self, Handle *handle, FuzzBytes *bytes)
{
  static const Act acts[] = { act_post,  act_try,       act_wait, act_zero,   act_operate,
                              act_value, act_set_value, act_info, act_unlink, act_facts };
  const guint what = fuzz_below (bytes, 16);

  if (what < G_N_ELEMENTS (acts))
    acts[what](self, handle, bytes);
  else if (what == 10 && !handle->use.closed && !handle->use.thing->removed)
    act_fork (self, handle, bytes);
  else if (what == 11)
    close_handle (self, handle, FALSE);
  else if (what == 12)
    close_handle (self, handle, TRUE);
  else if (what == 13)
    unlink_name (self);
  else
    act_operate (self, handle, bytes);
}

/* What native objects without a name hold is given back; the rest goes with the name. */
static void
end (World *self)
{
  if (self->model.current != NULL)
    unlink_name (self);

  for (guint i = 0; i < N_HANDLES; i++)
    {
      Handle *handle = &self->handles[i];

      for (guint j = 0; handle->semaphore != NULL && handle->use.undo && !handle->use.closed
                        && j < handle->use.thing->n_values; j++)
        {
          const IpcSemaphoreOp give = { j, (int) handle->use.thing->held[j] };

          if (must_stay (self, handle->use.thing) && give.delta > 0
              && ipc_semaphore_operate (handle->semaphore, &give, 1, 0, NULL, NULL))
            handle->use.thing->held[j] = 0;
        }
      g_clear_object (&handle->semaphore);
    }
}

static void
run (const FuzzAbility *ability, FuzzBytes bytes)
{
  World self = { .name = fuzz_name (ability->backend) };

  fuzz_model_init (&self.model, ability);
  for (guint i = 0; i < CALLS_MAX && !fuzz_is_eaten (&bytes); i++)
    {
      Handle *handle = &self.handles[fuzz_below (&bytes, N_HANDLES)];

      if (handle->semaphore == NULL)
        open_handle (&self, handle, &bytes);
      else
        use_handle (&self, handle, &bytes);
    }
  end (&self);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  for (guint i = 0; i < fuzz_n_abilities; i++)
    run (&fuzz_abilities[i], (FuzzBytes){ data, data + size });

  return 0;
}
