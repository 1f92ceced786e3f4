/* fuzz-model.h: what semaphores are, told in the simplest way: for one process, and peers that die
 *
 * Every call of the model returns what the library's must: FUZZ_DONE, or the code of its IpcError.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <ipc/ipc-semaphore.h>

#define FUZZ_DONE -1

#define FUZZ_VALUES 3
#define FUZZ_THINGS 8
#define FUZZ_OPS 4

/* What a mechanism can; the table of the manual. */
typedef struct
{
  IpcBackend backend;
  guint      max_value, max_size;
  gboolean   undo, zero, set_value, many; /* many: several units at once */
  gboolean   removes;         /* unlinking ends the use of it */
  gboolean   replace_removes; /* and so does another one under its name */
  gboolean   owes;            /* System V: a gift under UNDO is taken back */
} FuzzAbility;

extern const FuzzAbility fuzz_abilities[];
extern const guint fuzz_n_abilities;

/* A semaphore or set, whether it has its name or not. */
typedef struct
{
  guint    n_values;
  gint64   values[FUZZ_VALUES];
  gint64   held[FUZZ_VALUES]; /* what comes back when the process ends; with owes: also below 0 */
  gboolean removed;
} FuzzThing;

typedef struct
{
  const FuzzAbility *ability;
  FuzzThing          things[FUZZ_THINGS];
  guint              n_things;
  FuzzThing         *current; /* has the name; NULL: none has */
} FuzzModel;

/* A use of a thing. */
typedef struct
{
  FuzzThing *thing;
  gboolean   undo, closed;
} FuzzUse;

void fuzz_model_init (FuzzModel *self, const FuzzAbility *ability);
/* @use: filled in when it is done. */
int  fuzz_model_open (FuzzModel *self, FuzzUse *use, IpcOpenMode mode, const guint *values,
                      guint n_values, gboolean undo);
int  fuzz_model_unlink (FuzzModel *self, const FuzzUse *use);
int  fuzz_model_unlink_name (FuzzModel *self);

/* @short_of: what it is when there are too few units. */
int  fuzz_model_operate (const FuzzModel *self, const FuzzUse *use, const IpcSemaphoreOp *ops,
                         guint n_ops, int short_of);
int  fuzz_model_value (const FuzzModel *self, const FuzzUse *use, guint index, gint64 *value);
int  fuzz_model_set_value (const FuzzModel *self, const FuzzUse *use, guint index, guint value);

/* The process that has used @thing from when it was like @before is dead; this one goes on. */
void fuzz_model_die (const FuzzModel *self, FuzzThing *thing, const FuzzThing *before);
/* Whether this process holds units of it, which tie it to the process. */
gboolean fuzz_thing_is_held (const FuzzThing *self);
