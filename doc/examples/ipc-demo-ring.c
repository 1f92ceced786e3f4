/* ipc-demo-ring.c: a ring of blocks in shared memory that survives the death of its consumers
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ipc-demo-ring.h"

#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

typedef enum { EMPTY, FULL } State;

/* Where consumers are killed, in turn. */
typedef enum
{
  HALF_WRITTEN,
  HEARD,
  LOCKED,
  DELIVERED,
  EMPTIED,
  N_POINTS
} Point;

static const char *const point_names[N_POINTS] = {
  [HALF_WRITTEN] = "holding the lock, half of a block written",
  [HEARD] = "after it heard the bell, before it answered",
  [LOCKED] = "holding the lock, before it wrote",
  [DELIVERED] = "holding the lock, its block written and counted",
  [EMPTIED] = "holding the lock, before it rang the bell",
};

typedef struct
{
  _Atomic guint32 state;  /* State; stored last: who sees it sees the rest */
  guint32         block;  /* which of the stream */
  guint32         length;
  guint32         unused;
  guint8          data[RING_BLOCK_SIZE];
} Place;

/* What lies in the segment.  Fixed widths: peers may be of another word size. */
typedef struct
{
  _Atomic guint64 length;      /* of the stream, in bytes */
  _Atomic guint32 n_blocks;
  _Atomic guint32 n_put;
  _Atomic guint32 n_delivered;
  _Atomic guint32 is_finished; /* the producer has put everything in */
  _Atomic guint32 n_kills;
  _Atomic guint32 n_caught;
  _Atomic guint32 n_by_lane[RING_N_LANES];
  Place           places[RING_N_PLACES];
  _Atomic guint32 deliveries[]; /* one per block */
} Shared;

G_STATIC_ASSERT (sizeof (Place) == 16 + RING_BLOCK_SIZE);
G_STATIC_ASSERT (offsetof (Shared, places) == 40);

struct _Ring
{
  IpcSegment   *segment;
  IpcSemaphore *filled, *empty, *lock;
  Shared       *shared;
  guint         n_blocks; /* checked against the segment's size when it was opened */
};

/* -- Making, opening, removing -- */

static guint
blocks_of (guint64 length)
{
  return (guint) ((length + RING_BLOCK_SIZE - 1) / RING_BLOCK_SIZE);
}

static gsize
size_for (guint n_blocks)
{
  return sizeof (Shared) + (gsize) n_blocks * sizeof (guint32);
}

static IpcSemaphore *
semaphore_of (const char *name, const char *part, IpcOpenMode mode, guint value,
              IpcSemaphoreFlags flags, GError **error)
{
  g_autofree char *full = g_strconcat (name, "-", part, NULL);

  return ipc_semaphore_new_full (full, mode, &value, 1, 0600, flags, NULL, error);
}

static gboolean
ring_open_semaphores (Ring *self, const char *name, IpcOpenMode mode, IpcSemaphoreFlags lock_flags,
                      GError **error)
{
  const IpcSemaphoreFlags none = IPC_SEMAPHORE_FLAGS_NONE;

  self->filled = semaphore_of (name, "filled", mode, 0, none, error);
  if (self->filled == NULL)
    return FALSE;
  self->empty = semaphore_of (name, "empty", mode, RING_N_PLACES, none, error);
  if (self->empty == NULL)
    return FALSE;
  self->lock = semaphore_of (name, "lock", mode, 1, lock_flags, error);
  return self->lock != NULL;
}

Ring *
ring_create (const char *name, guint64 length, guint n_kills, IpcSemaphoreFlags lock_flags,
             GError **error)
{
  g_autoptr (Ring) self = g_new0 (Ring, 1);

  self->n_blocks = blocks_of (length);
  self->segment = ipc_segment_create (name, size_for (self->n_blocks), IPC_SEGMENT_FLAGS_NONE,
                                      error);
  if (self->segment == NULL)
    return NULL;
  self->shared = ipc_segment_get_data (self->segment, NULL);
  self->shared->length = length;
  self->shared->n_blocks = self->n_blocks;
  self->shared->n_kills = n_kills;
  if (ring_open_semaphores (self, name, IPC_OPEN_CREATE, lock_flags, error))
    return g_steal_pointer (&self);

  ring_remove (self);
  return NULL;
}

Ring *
ring_open (const char *name, IpcSemaphoreFlags lock_flags, GError **error)
{
  g_autoptr (Ring) self = g_new0 (Ring, 1);
  gsize size;

  self->segment = ipc_segment_open (name, IPC_SEGMENT_FLAGS_NONE, error);
  if (self->segment == NULL)
    return NULL;
  self->shared = ipc_segment_get_data (self->segment, &size);
  self->n_blocks = size >= sizeof (Shared) ? self->shared->n_blocks : 0;
  if (self->n_blocks == 0 || size_for (self->n_blocks) > size)
    {
      g_set_error (error, IPC_ERROR, IPC_ERROR_CORRUPT, "%s is no ring", name);
      return NULL;
    }
  if (!ring_open_semaphores (self, name, IPC_OPEN_EXISTING, lock_flags, error))
    return NULL;
  return g_steal_pointer (&self);
}

void
ring_remove (Ring *self)
{
  IpcSemaphore *semaphores[] = { self->filled, self->empty, self->lock };

  for (guint i = 0; i < G_N_ELEMENTS (semaphores); i++)
    if (semaphores[i] != NULL)
      ipc_semaphore_unlink (semaphores[i], NULL);
  ipc_segment_unlink (self->segment, NULL);
}

void
ring_free (Ring *self)
{
  g_clear_object (&self->filled);
  g_clear_object (&self->empty);
  g_clear_object (&self->lock);
  g_clear_object (&self->segment);
  g_free (self);
}

static Place *
ring_find (Ring *self, State state)
{
  for (guint i = 0; i < RING_N_PLACES; i++)
    if (atomic_load_explicit (&self->shared->places[i].state, memory_order_acquire) == state)
      return &self->shared->places[i];
  return NULL;
}

/* -- The producer.  Only it turns an empty place into a full one, so it needs no lock. -- */

static Place *
ring_wait_for_empty (Ring *self, GError **error)
{
  Place *place = NULL;

  while (place == NULL)
    {
      if (!ipc_semaphore_wait (self->empty, -1, NULL, error))
        return NULL;
      place = ring_find (self, EMPTY);
    }
  return place;
}

gboolean
ring_put (Ring *self, const void *data, gsize length, GError **error)
{
  Place *place = ring_wait_for_empty (self, error);
  if (place == NULL)
    return FALSE;

  memcpy (place->data, data, length);
  place->length = (guint32) length;
  place->block = self->shared->n_put++;
  atomic_store_explicit (&place->state, FULL, memory_order_release);
  return ipc_semaphore_post (self->filled, error);
}

gboolean
ring_finish (Ring *self, GError **error)
{
  self->shared->is_finished = TRUE;
  return ipc_semaphore_post (self->filled, error);
}

/* -- A consumer -- */

/* Kills are spread evenly over the stream. */
static gboolean
is_due (Ring *self, guint32 kill_number, Point where)
{
  guint64 after = (guint64) self->n_blocks * (kill_number + 1) / (self->shared->n_kills + 1);

  return kill_number < self->shared->n_kills && kill_number % N_POINTS == where
         && self->shared->n_delivered >= after;
}

/* Stops here for ever if this is where somebody is to be killed. */
static void
ring_pass (Ring *self, Point where)
{
  guint32 kill_number = self->shared->n_caught;

  if (!is_due (self, kill_number, where)
      || !atomic_compare_exchange_strong (&self->shared->n_caught, &kill_number, kill_number + 1))
    return;
  sigqueue (getppid (), RING_CAUGHT_SIGNAL, (union sigval) { .sival_int = (int) kill_number });
  for (;;)
    pause ();
}

static gboolean
write_all (int fd, const guint8 *data, gsize length, guint64 offset, GError **error)
{
  while (length > 0)
    {
      ssize_t n = pwrite (fd, data, length, (off_t) offset);

      if (n < 0 && errno != EINTR)
        {
          int errsv = errno;

          g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errsv), "pwrite: %s",
                       g_strerror (errsv));
          return FALSE;
        }
      if (n > 0)
        {
          data += n;
          offset += (guint64) n;
          length -= (gsize) n;
        }
    }
  return TRUE;
}

/* Each block has its own place in the output, so writing it once more does no harm. */
static gboolean
ring_write_out (Ring *self, const Place *place, int fd, GError **error)
{
  guint64 offset = (guint64) place->block * RING_BLOCK_SIZE;
  gsize half = place->length / 2;

  if (!write_all (fd, place->data, half, offset, error))
    return FALSE;
  ring_pass (self, HALF_WRITTEN);
  return write_all (fd, place->data + half, place->length - half, offset + half, error);
}

/* With the lock held.  The count of deliveries is what decides: it goes up in one step, when all
 * of the block is out.  Who finds it above 0 comes after one who died before he had emptied the
 * place. */
static gboolean
ring_empty_place (Ring *self, Place *place, guint lane, int fd, GError **error)
{
  if (place->block >= self->n_blocks || place->length > RING_BLOCK_SIZE)
    {
      g_set_error (error, IPC_ERROR, IPC_ERROR_CORRUPT, "A place of the ring holds nonsense");
      return FALSE;
    }
  ring_pass (self, LOCKED);
  if (self->shared->deliveries[place->block] == 0)
    {
      if (!ring_write_out (self, place, fd, error))
        return FALSE;
      self->shared->deliveries[place->block]++;
      self->shared->n_delivered++;
      self->shared->n_by_lane[lane]++;
      ring_pass (self, DELIVERED);
    }
  atomic_store_explicit (&place->state, EMPTY, memory_order_release);
  ring_pass (self, EMPTIED);
  return ipc_semaphore_post (self->empty, error);
}

gboolean
ring_deliver (Ring *self, guint lane, int fd, gboolean *done, GError **error)
{
  if (!ipc_semaphore_wait (self->filled, -1, NULL, error))
    return FALSE;
  ring_pass (self, HEARD);
  if (!ipc_semaphore_wait (self->lock, -1, NULL, error))
    return FALSE;

  /* Finished first: a block that was put in before is seen. */
  gboolean finished = self->shared->is_finished;
  Place *place = ring_find (self, FULL);
  *done = place == NULL && finished;

  if (place != NULL && !ring_empty_place (self, place, lane, fd, error))
    return FALSE;
  if (!ipc_semaphore_post (self->lock, error))
    return FALSE;
  /* The next consumer must hear of the end, too. */
  return !*done || ipc_semaphore_post (self->filled, error);
}

/* -- The parent -- */

gboolean
ring_bury (Ring *self, GError **error)
{
  return ipc_semaphore_post (self->filled, error) && ipc_semaphore_post (self->empty, error);
}

const char *
ring_describe_kill (guint kill_number)
{
  return point_names[kill_number % N_POINTS];
}

guint
ring_get_n_blocks (Ring *self)
{
  return self->n_blocks;
}

guint
ring_get_n_deliveries (Ring *self, guint block)
{
  g_return_val_if_fail (block < self->n_blocks, 0);
  return self->shared->deliveries[block];
}

guint
ring_get_n_by_lane (Ring *self, guint lane)
{
  g_return_val_if_fail (lane < RING_N_LANES, 0);
  return self->shared->n_by_lane[lane];
}
