/* bench-subject.h: what is measured: the library's semaphores and the raw primitives, all alike
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "bench.h"

typedef struct _BenchKind BenchKind;

/* A failure of take or give ends the benchmark.  The loops of pairs and gives call directly, as a
 * program would, and not through this table. */
struct _BenchKind
{
  const char *prefix; /* of the name; library only */
  guint       flags;  /* IpcSemaphoreFlags, or sem_flg of semop(2) */

  /* Processes forked later share it. */
  gpointer (*open)  (const BenchKind *kind, guint value);
  void     (*close) (gpointer subject);
  void     (*take)  (gpointer subject);
  void     (*give)  (gpointer subject);
  void     (*takes) (gpointer subject, guint n);
  void     (*gives) (gpointer subject, guint n);
  void     (*pairs) (gpointer subject, guint n);
};

extern const BenchKind bench_native, bench_native_undo, bench_native_spin;
extern const BenchKind bench_sysv, bench_sysv_undo, bench_posix;
extern const BenchKind bench_sem_t;      /* in shared memory */
extern const BenchKind bench_cas;        /* a counter; whoever finds no unit looks again at once */
extern const BenchKind bench_semop, bench_semop_undo;
extern const BenchKind bench_mutex;      /* robust; its value is 1 */

/* A subject and where its functions are. */
typedef struct
{
  const BenchKind *kind;
  gpointer         self;
} BenchSubject;

void bench_subject_open (BenchSubject *self, const BenchKind *kind, guint value);
void bench_subject_close (BenchSubject *self);

static inline void
bench_subject_take (const BenchSubject *self)
{
  self->kind->take (self->self);
}

static inline void
bench_subject_give (const BenchSubject *self)
{
  self->kind->give (self->self);
}
