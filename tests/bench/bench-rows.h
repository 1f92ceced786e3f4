/* bench-rows.h: the rows, by the files that measure them
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "bench.h"

/* bench-fast.c */
extern const BenchRow bench_row_pair, bench_row_pair_threads, bench_row_post, bench_row_set;

/* bench-contended.c */
extern const BenchRow bench_row_contended_2, bench_row_contended_4, bench_row_contended_16;

/* bench-wake.c */
extern const BenchRow bench_row_ping_pong, bench_row_ping_pong_one_cpu, bench_row_wake;

/* bench-loop.c */
extern const BenchRow bench_row_wake_loop;

/* bench-recovery.c */
extern const BenchRow bench_row_recovery;

/* bench-idle.c */
extern const BenchRow bench_row_idle_1, bench_row_idle_64;

/* bench-open.c */
extern const BenchRow bench_row_semaphore_create, bench_row_semaphore_open;
extern const BenchRow bench_row_segment_create, bench_row_segment_open;
extern const BenchRow bench_row_crowd_open;

/* bench-objects.c */
extern const BenchRow bench_row_objects_10, bench_row_objects_500;

/* bench-copy.c */
extern const BenchRow bench_row_read_64, bench_row_read_4k, bench_row_read_1m;
extern const BenchRow bench_row_read_8m, bench_row_read_64m;
extern const BenchRow bench_row_write_64, bench_row_write_4k, bench_row_write_1m;
extern const BenchRow bench_row_write_8m, bench_row_write_64m;

/* bench-touch.c */
extern const BenchRow bench_row_touch;
