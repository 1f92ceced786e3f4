/* fuzz.h: what the fuzz targets share
 *
 * A target is LLVMFuzzerTestOneInput(), as libFuzzer and AFL++ call it; fuzz-main.c calls it for
 * files, so that what they found once is tried again by `make check`.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <ipc/ipc-types.h>

#include <stddef.h>
#include <stdint.h>

/* Ends the process by SIGABRT, which every fuzzer takes for a finding. */
G_GNUC_NORETURN void fuzz_fail (const char *format, ...) G_GNUC_PRINTF (1, 2);

/* An input, eaten byte by byte; behind its end there are zeros. */
typedef struct
{
  const uint8_t *next, *end;
} FuzzBytes;

guint       fuzz_byte (FuzzBytes *self);
/* From 0 to @n - 1. */
guint       fuzz_below (FuzzBytes *self, guint n);
gboolean    fuzz_is_eaten (const FuzzBytes *self);

/* The one name that targets use in @backend; where it would be a file, @plain of it. */
const char *fuzz_name (IpcBackend backend);
const char *fuzz_plain_name (void);
/* From now on it is the one of process @pid. */
void        fuzz_set_names (int pid);
/* Whatever it means. */
void        fuzz_remove_names (void);

/* Once, before the first input. */
int         LLVMFuzzerInitialize (int *argc, char ***argv);
int         LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);
