/* fuzz-acts.h: what fuzz-calls does with a handle, and how it is judged
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "fuzz-model.h"
#include "fuzz.h"

#define N_HANDLES 4

typedef struct
{
  IpcSemaphore *semaphore;
  FuzzUse       use;
} Handle;

typedef struct
{
  FuzzModel   model;
  const char *name;
  Handle      handles[N_HANDLES];
  guint       n_peers;
} World;

/* @done and @error are what @call answered; @error is freed. */
void  judge (const World *self, const char *call, gboolean done, GError *error, int expected);

/* Arguments. */
guint number (const World *self, FuzzBytes *bytes);
guint take_ops (const World *self, FuzzBytes *bytes, IpcSemaphoreOp *ops);

/* One call each. */
typedef void (*Act) (World *self, const Handle *handle, FuzzBytes *bytes);

void  act_post (World *self, const Handle *handle, FuzzBytes *bytes);
void  act_try (World *self, const Handle *handle, FuzzBytes *bytes);
void  act_wait (World *self, const Handle *handle, FuzzBytes *bytes);
void  act_zero (World *self, const Handle *handle, FuzzBytes *bytes);
void  act_operate (World *self, const Handle *handle, FuzzBytes *bytes);
void  act_value (World *self, const Handle *handle, FuzzBytes *bytes);
void  act_set_value (World *self, const Handle *handle, FuzzBytes *bytes);
void  act_info (World *self, const Handle *handle, FuzzBytes *bytes);
void  act_unlink (World *self, const Handle *handle, FuzzBytes *bytes);
void  act_facts (World *self, const Handle *handle, FuzzBytes *bytes);
