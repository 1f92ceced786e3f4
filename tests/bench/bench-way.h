/* bench-way.h: ways to make and open an object: through the library, and by the raw calls
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "bench.h"

#define BENCH_SEGMENT_SIZE (64 * 1024)

/* Each ends the benchmark if it fails. */
typedef struct
{
  const char *prefix; /* of the name */
  guint       flags;
  gpointer (*make)  (const char *name, guint flags);
  gpointer (*find)  (const char *name, guint flags);
  void     (*erase) (const char *name, gpointer object); /* the name, or all of it */
  void     (*drop)  (gpointer object);
} BenchWay;

/* Semaphores. */
extern const BenchWay bench_way_native, bench_way_native_undo, bench_way_sysv, bench_way_posix;
extern const BenchWay bench_way_sem_open, bench_way_semget;

/* Segments of BENCH_SEGMENT_SIZE, reserved and mapped. */
extern const BenchWay bench_way_native_segment, bench_way_sysv_segment, bench_way_posix_segment;
extern const BenchWay bench_way_shm_open, bench_way_shmget;
