/* ipc-info.c: what the system and the library know of an object
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ipc-info-private.h"

/**
 * SECTION:ipc-info
 * @title: IpcInfo
 * @short_description: what is known of an object
 *
 * ipc_segment_get_info() and ipc_semaphore_get_info() ask the system for an object's owner, its
 * permissions, its users and its times.  An #IpcInfo is the answer of one moment.  ipc_info_list()
 * finds the objects that there are, also those of other programs, and ipc_info_remove_unused()
 * removes what no process uses any more.
 *
 * Not every mechanism knows everything: a number that is not known is -1.  Times are microseconds
 * since 1970, as g_get_real_time() counts them.
 */

G_DEFINE_BOXED_TYPE (IpcInfo, ipc_info, ipc_info_ref, ipc_info_unref)

IpcInfo *
ipc_info_new (const char *name, IpcBackend backend)
{
  IpcInfo *self = g_new0 (IpcInfo, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->name = g_strdup (name);
  self->backend = backend;
  self->permissions = -1;
  self->key = self->id = self->size = self->uid = self->gid = -1;
  self->creator_pid = self->last_pid = self->attach_count = -1;
  self->change_time = self->attach_time = self->detach_time = self->use_time = -1;
  self->value = self->waiters = self->zero_waiters = -1;
  self->recovered_units = self->recovered_pid = self->recovered_time = -1;
  self->holders = g_array_new (FALSE, FALSE, sizeof (IpcHolder));
  return self;
}

IpcInfo *
ipc_info_new_live (const char *name, IpcBackend backend, IpcKind kind)
{
  IpcInfo *self = ipc_info_new (name, backend);

  self->kind = kind;
  self->state = IPC_STATE_LIVE;
  return self;
}

void
ipc_info_add_holder (IpcInfo *self, gint64 pid, gint64 units, gint64 since)
{
  IpcHolder holder = { pid, units, since };

  g_array_append_val (self->holders, holder);
}

gint64
ipc_info_time (gint64 seconds)
{
  return seconds > 0 ? seconds * G_USEC_PER_SEC : -1;
}

/**
 * ipc_info_ref:
 * @self: an #IpcInfo
 *
 * Takes another reference.
 *
 * Returns: (transfer full): @self
 * Since: 0.1
 */
IpcInfo *
ipc_info_ref (IpcInfo *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

/**
 * ipc_info_unref:
 * @self: (transfer full): an #IpcInfo
 *
 * Drops a reference; the last one frees @self.
 *
 * Since: 0.1
 */
void
ipc_info_unref (IpcInfo *self)
{
  g_return_if_fail (self != NULL);

  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  g_free (self->name);
  g_free (self->path);
  g_array_unref (self->holders);
  g_free (self);
}

/**
 * ipc_info_get_name:
 * @self: an #IpcInfo
 *
 * The name of the object, as it was opened.
 *
 * Returns: (transfer none): the name; it lives as long as @self
 * Since: 0.1
 */
const char *
ipc_info_get_name (IpcInfo *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->name;
}

/**
 * ipc_info_get_backend:
 * @self: an #IpcInfo
 *
 * The mechanism that carries the object.
 *
 * Returns: the backend
 * Since: 0.1
 */
IpcBackend
ipc_info_get_backend (IpcInfo *self)
{
  g_return_val_if_fail (self != NULL, IPC_BACKEND_NONE);

  return self->backend;
}

/* All numbers are read alike. */
#define NUMBER_GETTER(type, field)                                                                \
  type ipc_info_get_##field (IpcInfo *self)                                                        \
  {                                                                                                \
    g_return_val_if_fail (self != NULL, -1);                                                       \
                                                                                                   \
    return self->field;                                                                            \
  }

/**
 * ipc_info_get_key:
 * @self: an #IpcInfo
 *
 * The System V key of the object.
 *
 * Returns: the key, from 0 (it has none any more: `IPC_PRIVATE`, or it was removed) to 0xffffffff;
 *   -1 where the mechanism has none
 * Since: 0.1
 */
NUMBER_GETTER (gint64, key)

/**
 * ipc_info_get_id:
 * @self: an #IpcInfo
 *
 * The System V id of the object.
 *
 * Returns: the id, or -1 where the mechanism has none
 * Since: 0.1
 */
NUMBER_GETTER (gint64, id)

/**
 * ipc_info_get_size:
 * @self: an #IpcInfo
 *
 * How large the object is.
 *
 * Returns: bytes of a segment; how many semaphores a set has
 * Since: 0.1
 */
NUMBER_GETTER (gint64, size)

/**
 * ipc_info_get_uid:
 * @self: an #IpcInfo
 *
 * Who owns the object.
 *
 * Returns: the user id of the owner, or -1
 * Since: 0.1
 */
NUMBER_GETTER (gint64, uid)

/**
 * ipc_info_get_gid:
 * @self: an #IpcInfo
 *
 * Which group owns the object.
 *
 * Returns: the group id of the owner, or -1
 * Since: 0.1
 */
NUMBER_GETTER (gint64, gid)

/**
 * ipc_info_get_permissions:
 * @self: an #IpcInfo
 *
 * The access permissions, as chmod(2) writes them.
 *
 * Returns: the low nine bits of the mode, such as 0600; -1 if unknown
 * Since: 0.1
 */
NUMBER_GETTER (int, permissions)

/**
 * ipc_info_get_creator_pid:
 * @self: an #IpcInfo
 *
 * Which process made the object.  It may be gone, and its number in use again.  The maker of a
 * native semaphore is told by the number that it had in its own PID namespace.
 *
 * Returns: a process id, or -1 (known of System V segments, unless its PID namespace cannot be seen
 *   from here, and of native semaphores)
 * Since: 0.1
 */
NUMBER_GETTER (gint64, creator_pid)

/**
 * ipc_info_get_last_pid:
 * @self: an #IpcInfo
 *
 * Which process used the object last: attached or detached a System V segment,
 * changed a semaphore.
 *
 * Returns: a process id, or -1, also if its PID namespace cannot be seen from here
 * Since: 0.1
 */
NUMBER_GETTER (gint64, last_pid)

/**
 * ipc_info_get_attach_count:
 * @self: an #IpcInfo
 *
 * How often the segment is attached now, over all processes.
 *
 * Returns: the count, or -1 where the system does not keep it (System V does)
 * Since: 0.1
 */
NUMBER_GETTER (gint64, attach_count)

/**
 * ipc_info_get_change_time:
 * @self: an #IpcInfo
 *
 * When the object was made, or its owner or permissions were changed.
 *
 * Returns: microseconds since 1970-01-01 UTC, or -1
 * Since: 0.1
 */
NUMBER_GETTER (gint64, change_time)

/**
 * ipc_info_get_attach_time:
 * @self: an #IpcInfo
 *
 * When a process last attached the segment.
 *
 * Returns: microseconds since 1970-01-01 UTC, or -1
 * Since: 0.1
 */
NUMBER_GETTER (gint64, attach_time)

/**
 * ipc_info_get_detach_time:
 * @self: an #IpcInfo
 *
 * When a process last detached the segment.
 *
 * Returns: microseconds since 1970-01-01 UTC, or -1
 * Since: 0.1
 */
NUMBER_GETTER (gint64, detach_time)

/**
 * ipc_info_get_use_time:
 * @self: an #IpcInfo
 *
 * When the semaphore was last operated on (System V: in whole seconds).
 *
 * Returns: microseconds since 1970-01-01 UTC, or -1
 * Since: 0.1
 */
NUMBER_GETTER (gint64, use_time)

/**
 * ipc_info_get_value:
 * @self: an #IpcInfo
 *
 * The value of the semaphore that was asked for.
 *
 * Returns: units, or -1 for a segment
 * Since: 0.1
 */
NUMBER_GETTER (gint64, value)

/**
 * ipc_info_get_waiters:
 * @self: an #IpcInfo
 *
 * How many wait for units of this semaphore.
 *
 * Returns: the count, or -1 where the mechanism does not tell
 * Since: 0.1
 */
NUMBER_GETTER (gint64, waiters)

/**
 * ipc_info_get_zero_waiters:
 * @self: an #IpcInfo
 *
 * How many wait until this semaphore is zero.
 *
 * Returns: the count, or -1 where the mechanism does not tell
 * Since: 0.1
 */
NUMBER_GETTER (gint64, zero_waiters)

/**
 * ipc_info_get_recovered_units:
 * @self: an #IpcInfo
 *
 * How many units came back from processes that died with them, since the semaphore
 * was made.
 *
 * Returns: units, or -1 where the mechanism does not tell (native does)
 * Since: 0.1
 */
NUMBER_GETTER (gint64, recovered_units)

/**
 * ipc_info_get_recovered_pid:
 * @self: an #IpcInfo
 *
 * From which process units came back last.
 *
 * Returns: the process id that it had in its own PID namespace, or -1
 * Since: 0.1
 */
NUMBER_GETTER (gint64, recovered_pid)

/**
 * ipc_info_get_recovered_time:
 * @self: an #IpcInfo
 *
 * When units came back last.
 *
 * Returns: microseconds since 1970-01-01 UTC, or -1
 * Since: 0.1
 */
NUMBER_GETTER (gint64, recovered_time)
