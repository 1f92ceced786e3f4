/* step.h: what the parts of step share
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "step-object.h"
#include "step-report.h"
#include "step-victim.h"

/* -- What a victim does -- */

typedef enum
{
  STEP_WAIT,
  STEP_TRY,
  STEP_POST,
  STEP_WAIT_POST,
  STEP_WAIT_POST_WAIT,
  STEP_NOTHING,
  STEP_ZERO,
  STEP_OPERATE,
  STEP_SET_VALUE, /* of 0, to 5 */
  STEP_INFO,      /* which looks after the dead */
  STEP_CLOSE      /* and frees the object */
} StepAct;

typedef enum
{
  STEP_UNDO = 1 << 0,
  STEP_SET = 1 << 1,         /* on the set */
  STEP_LATE_LANE = 1 << 2,   /* the lane is taken between the first and the last instruction */
  STEP_FAILS = 1 << 3,       /* there is nothing to be had */
  STEP_CANCELLABLE = 1 << 4,
  STEP_MAY_FAIL = 1 << 5,
  STEP_SLEEPER = 1 << 6      /* a process sleeps that what the victim gives must wake */
} StepFlags;

/* What this process does when the victim sleeps. */
typedef enum
{
  FEED_NOTHING,
  FEED_WAKE, /* wakes it, for nothing */
  FEED_UNIT, /* gives a unit back that it had taken before */
  FEED_ZERO  /* takes all units of 0 */
} StepFeed;

typedef struct
{
  const char    *name;
  StepAct        act;
  guint          flags;
  IpcSemaphoreOp ops[3];
  guint          n_ops;
  gint64         timeout_us;
  guint          hold;  /* units of 0 that the victim has already */
  guint          drain; /* units of 0 that this process takes before */
  guint          dead;  /* units of 0 of somebody who was killed before */
  StepFeed       feed;
  int            lasting[OBJECT_VALUES]; /* what stays changed when its author is dead */
} StepCase;

/* One victim's use of a case. */
typedef struct
{
  const StepCase *c;
  Object         *object;
  Victim          victim;
} StepRun;

/* The object that @c is about, as at first, with what must be there before the victims are. */
void            step_prepare (StepRun *self, const StepCase *c);
void            step_start (StepRun *self);
/* The case of this name. */
const StepCase *step_case (const char *name);

/* What stays changed, of several cases; at most one of them changes something for good. */
const int      *step_lasting (const StepCase *one, const StepCase *other, const StepCase *third);
/* The way of one victim alone. */
VictimPath     *step_record (const StepCase *c);

/* -- Other processes -- */

/* FALSE: it ended. */
gboolean step_await_asleep (pid_t pid);
/* FALSE: not within @timeout_us; negative: for ever. */
gboolean step_await_end (pid_t pid, gint64 timeout_us);

/* -- Running -- */

typedef struct
{
  guint       every;         /* only each so many-th instruction */
  guint       every_foreign; /* before that: only each so many-th of GLib and the C library */
  guint       at_most;       /* about so many instructions of a case, others each time; 0: all */
  const char *pattern;       /* only cases whose names hold it; NULL: all */
} StepOptions;

void step_cases (const StepOptions *options); /* operations */
void step_names (const StepOptions *options); /* making, opening, removing */
void step_kinds (const StepOptions *options); /* the same of segments and the system's semaphores */
void step_pairs (const StepOptions *options); /* two victims */
void step_trios (const StepOptions *options); /* three */

/* How many files with hidden names there were; 0 if /dev/shm is others', too. */
guint step_remove_hidden (void);

/* Whether names that begin with @name are to be run. */
gboolean step_wanted (const StepOptions *options, const char *name);

/* Kills a victim at @k and judges what is left.  @stands: whether its work stands. */
typedef VictimState (*StepKill) (gconstpointer data, const VictimPath *path, guint k,
                                 gboolean *stands);

/* Calls @kill for each place of @path, and while it sleeps; prints a line. */
void    step_everywhere (const char *name, const VictimPath *path, const StepOptions *options,
                         StepKill kill, gconstpointer data);
/* Of guint: where to kill, if every place in the library counts. */
GArray *step_places (const VictimPath *path, const StepOptions *options);
/* The line of a case that has passed. */
void    step_passed (const char *name, const char *what, guint64 runs, gint64 began);

extern guint64 step_helps;
/* /dev/shm is this process's own. */
extern gboolean step_own_shm;
