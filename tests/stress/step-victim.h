/* step-victim.h: a process that does one thing, one instruction after the other, and is killed
 *
 * The victim is a child of this process and runs under ptrace(2).  To kill it after instruction K
 * for every K, the first victim is single-stepped and its way is written down; each later one runs
 * at full speed to a breakpoint near K (where the processor has them) and steps the rest.  So that
 * all victims go the same way, each has a clock of its own, which moves when it is read.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <gio/gio.h>
#include <sys/types.h>

typedef void (*VictimCode) (gpointer data);

typedef struct _VictimMarks VictimMarks;

typedef struct
{
  pid_t        pid;
  VictimMarks *marks; /* shared with the process */
  VictimCode   wake;  /* called in this process when the victim sleeps; NULL: it may sleep on */
  gpointer     data;
} Victim;

typedef enum
{
  VICTIM_STOPPED, /* between two instructions of what it does */
  VICTIM_ENDED,   /* it is done, or nothing will wake it */
  VICTIM_ASLEEP   /* it sleeps in the kernel */
} VictimState;

/* Where a victim was, instruction by instruction. */
typedef struct
{
  GArray *places; /* of Place */
  guint   first;  /* the first of what counts */
  guint   asleep; /* how many instructions before it slept first; 0: it did not */
} VictimPath;

#define VICTIM_WHILE_ASLEEP G_MAXUINT

/* What was done so far, by all of them. */
typedef struct
{
  guint64 victims, kills, steps, jumps, sleeps;
  guint64 late; /* had ended before the place that it should be killed at */
} VictimCount;

extern VictimCount victim_count;

/* Once, before all else.  @hung is called when nothing has moved for a minute. */
void        victim_init (void (*hung) (void));
/* Tells that something moves. */
void        victim_alive (void);

/* Forks.  The victim does @before at full speed, if there is one, and stops in front of @op. */
void        victim_start (Victim *self, VictimCode before, VictimCode op, gpointer data);
/* One instruction; or until a breakpoint. */
VictimState victim_step (Victim *self);
VictimState victim_run (Victim *self);
/* ASLEEP becomes what comes after it; the rest stays. */
VictimState victim_rouse (Victim *self, VictimState state);
/* Whether one that was asleep still is. */
VictimState victim_look (Victim *self);
void        victim_kill (Victim *self);
gboolean    victim_is_running (const Victim *self);
/* Any process. */
gboolean    victim_is_asleep (pid_t pid);

gboolean    victim_has_breakpoints (void);
/* From the start to the end. */
VictimPath *victim_record (Victim *self);
void        victim_path_free (VictimPath *path);
/* From the start to the instruction that is @k after the first; or VICTIM_WHILE_ASLEEP: to where it
 * sleeps first.  ENDED: it ended, or slept for ever, before. */
VictimState victim_go (Victim *self, const VictimPath *path, guint k);
/* One that does @op and nothing else: its way; and one more, killed at @k. */
VictimPath *victim_trace (VictimCode op, gpointer data);
VictimState victim_kill_at (VictimCode op, gpointer data, const VictimPath *path, guint k);
/* How many instructions there are to be killed at. */
guint       victim_path_length (const VictimPath *path);
/* Whether instruction @k is one of GLib or the C library. */
gboolean    victim_path_is_foreign (const VictimPath *path, guint k);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VictimPath, victim_path_free)
