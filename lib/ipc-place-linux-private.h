/* ipc-place-linux-private.h: a native semaphore's file, as its parts for Linux see it
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "ipc-place-private.h"

#include <sys/stat.h>

struct _IpcPlace
{
  int         fd; /* others may close it, and reuse the number: st says what it must still be */
  struct stat st;
  char       *name; /* for messages */
  char       *file; /* in IPC_SHM_DIR */
  gpointer    memory;
  gsize       size;
};

/* Whether @fd is the object's file. */
gboolean ipc_place_is_file (const IpcPlace *self, int fd);

/* A description of its own for the same file, since dup(2) would share the locks; or -1. */
int      ipc_place_open_again (const IpcPlace *self);
