/* ipc-demo-ring.h: a ring of blocks in shared memory that survives the death of its consumers
 *
 * One producer, any number of consumers.  A segment holds the blocks; three semaphores go with it:
 *
 *   filled   a bell: rung once for each block that the producer put in
 *   empty    a bell: rung once for each place that a consumer emptied
 *   lock     held by the consumer that is at work on a block, under IPC_SEMAPHORE_UNDO: it comes
 *            back however its holder ends
 *
 * The truth is in the state of each place; the bells only say when to look.  A place stays full
 * until its block is delivered, so what a dead consumer left half done is found and done again.
 * Who buries a consumer rings both bells once (ring_bury), for the one that it may have heard and
 * not answered.  A bell too many is harmless: who hears it finds nothing and listens again.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <ipc/ipc.h>
#include <signal.h>

#define RING_BLOCK_SIZE 65536
#define RING_N_PLACES 16
#define RING_N_LANES 2 /* consumers at a time */
#define RING_BLOCKS_PER_KILL 8 /* at least */

/* What a consumer sends its parent when it has come to where it is to be killed; the value that
 * goes with it counts the kills. */
#define RING_CAUGHT_SIGNAL SIGRTMIN

typedef struct _Ring Ring;

/* Each semaphore gets a name that starts with @name, as does the segment.  @n_kills consumers will
 * stop on the way, each at another point of its work, tell their parent and wait to be killed. */
Ring    *ring_create (const char *name, guint64 length, guint n_kills,
                      IpcSemaphoreFlags lock_flags, GError **error);
Ring    *ring_open (const char *name, IpcSemaphoreFlags lock_flags, GError **error);
void     ring_free (Ring *self);
/* Removes all four names. */
void     ring_remove (Ring *self);

/* The producer: one block after the other, each but the last RING_BLOCK_SIZE long. */
gboolean ring_put (Ring *self, const void *data, gsize length, GError **error);
gboolean ring_finish (Ring *self, GError **error);

/* A consumer: writes one block to its place in @fd.  @done is set when there is none left. */
gboolean ring_deliver (Ring *self, guint lane, int fd, gboolean *done, GError **error);

/* After a consumer's death, once it has been waited for. */
gboolean ring_bury (Ring *self, GError **error);

/* What a consumer was doing then. */
const char *ring_describe_kill (guint kill_number);

guint    ring_get_n_blocks (Ring *self);
/* How often a block was delivered.  Any number but 1 is a fault. */
guint    ring_get_n_deliveries (Ring *self, guint block);
/* How many blocks the consumers of this lane delivered. */
guint    ring_get_n_by_lane (Ring *self, guint lane);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Ring, ring_free)
