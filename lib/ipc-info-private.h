/* ipc-info-private.h: the inside of an IpcInfo, for those who fill it in
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <ipc/ipc-info.h>

typedef struct
{
  gint64 pid;
  gint64 units;
  gint64 since;
} IpcHolder;

struct _IpcInfo
{
  gatomicrefcount ref_count;
  char      *name;
  char      *path;
  IpcBackend backend;
  IpcKind    kind;
  IpcState   state;
  int        permissions;
  gboolean   listed; /* it comes from ipc_info_list() */
  /* Times are microseconds since 1970, as g_get_real_time() counts them. */
  guint64 dev, ino; /* which file it was; 0: not known, or none */
  gint64 key, id, size, uid, gid;
  gint64 creator_pid, last_pid, attach_count;
  gint64 change_time, attach_time, detach_time, use_time;
  gint64 value, waiters, zero_waiters;
  gint64 recovered_units, recovered_pid, recovered_time;
  GArray *holders; /* of IpcHolder */
};

/* Everything unknown: -1. */
IpcInfo *ipc_info_new (const char *name, IpcBackend backend);
/* Of an object that this process has open. */
IpcInfo *ipc_info_new_live (const char *name, IpcBackend backend, IpcKind kind);
void     ipc_info_add_holder (IpcInfo *self, gint64 pid, gint64 units,
                              gint64 since);

/* A time_t as an IpcInfo counts; 0, which the kernel leaves where nothing happened yet, is -1. */
gint64   ipc_info_time (gint64 seconds);
