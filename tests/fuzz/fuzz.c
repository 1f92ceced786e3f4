/* fuzz.c: what the fuzz targets share
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "fuzz.h"

#include <ipc/ipc-segment.h>
#include <ipc/ipc-semaphore.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const struct
{
  IpcBackend  backend;
  const char *scheme;
} schemes[] = {
  { IPC_BACKEND_NATIVE, "native:" },
  { IPC_BACKEND_SYSV, "sysv:/" },
  { IPC_BACKEND_POSIX, "posix:/" },
};

static char names[G_N_ELEMENTS (schemes)][64];

void
fuzz_fail (const char *format, ...)
{
  va_list args;

  va_start (args, format);
  vfprintf (stderr, format, args);
  va_end (args);
  fputc ('\n', stderr);
  abort ();
}

guint
fuzz_byte (FuzzBytes *self)
{
  return self->next < self->end ? *self->next++ : 0;
}

guint
fuzz_below (FuzzBytes *self, guint n)
{
  return fuzz_byte (self) % n;
}

gboolean
fuzz_is_eaten (const FuzzBytes *self)
{
  return self->next >= self->end;
}

const char *
fuzz_name (IpcBackend backend)
{
  for (guint i = 0; i < G_N_ELEMENTS (schemes); i++)
    if (schemes[i].backend == backend)
      return names[i];

  g_assert_not_reached ();
}

const char *
fuzz_plain_name (void)
{
  return names[0] + sizeof "native:" - 1;
}

void
fuzz_set_names (int pid)
{
  for (guint i = 0; i < G_N_ELEMENTS (schemes); i++)
    g_snprintf (names[i], sizeof names[i], "%sipc-fuzz-%d", schemes[i].scheme, pid);
}

void
fuzz_remove_names (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (schemes); i++)
    {
      ipc_semaphore_unlink_name (names[i], NULL);
      ipc_segment_unlink_name (names[i], NULL);
    }
}

int
LLVMFuzzerInitialize (int *argc G_GNUC_UNUSED, char ***argv G_GNUC_UNUSED)
{
  fuzz_set_names (getpid ());
  return 0;
}
