/* step-object.h: a native semaphore or set under test: begun afresh for each run, judged after it
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "ipc-native-private.h"

#include <ipc/ipc-semaphore.h>

#define OBJECT_VALUES 3 /* of a set */

typedef struct
{
  const char   *name;
  guint         n_values;
  guint         values[OBJECT_VALUES]; /* the first ones */
  IpcSemaphore *undo, *plain;          /* the same object, opened with and without UNDO */
  IpcNative    *native;                /* as this process sees it; for reset and helps only */
} Object;

/* Every name begins with it; one of each program that runs. */
void     object_set_prefix (const char *program);
/* What it means is removed by object_remove_names(), which another process may call. */
const char *object_new_name (void);
void     object_remove_names (void);

void     object_init (Object *self, const guint *values, guint n_values);

/* As if nobody but this process had ever used it.  No other one does. */
void     object_reset (Object *self);

/* This process takes units under UNDO, or gives back what it took. */
void     object_take (Object *self, guint index, guint units);
void     object_give (Object *self, guint index, guint units);

guint    object_value (Object *self, guint index);
/* The value and what is held of it. */
gint64   object_units (Object *self, guint index);

/* NULL, or what is wrong with it after its users were killed.  The values, and what the living hold
 * of them, must be the first ones, or all of them changed by @lasting; @stands tells which.  At the
 * end all units are there, can be taken at once, and nothing of the dead is left.
 * @unprepared: without a look at it first, by which the dead would be found. */
char    *object_fault (Object *self, const int *lasting, gboolean unprepared, gboolean *stands);

/* How many lanes were told by others that their change took effect. */
guint    object_helps (const Object *self);
