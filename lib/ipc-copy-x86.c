/* ipc-copy-x86.c: large copies on x86: by the C library, or by the processor's own string copy
 *
 * Beyond the caches "rep movsb" saves reading what is about to be overwritten, and takes half to four
 * fifths of memcpy()'s time on some processors; on others it is the slower one.  Tables of models
 * age, so that the first copies of each size are made in turn by one and the other and timed, and
 * later ones by whichever was the faster at its best.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ipc-copy-private.h"

#include <stdatomic.h>

#define TRIALS 8 /* half of them each way; the first touches new pages, another one is interrupted */

/* Of one size, to a factor of two.  Threads that change it at once lose a trial, no more. */
typedef struct
{
  _Atomic guint  n_trials;
  _Atomic gint64 best[2]; /* picoseconds per KiB, of each way; 0: none yet */
} Size;

static Size sizes[GLIB_SIZEOF_SIZE_T * 8];

static gboolean
is_apart (const void *to, const void *from, gsize length)
{
  const guintptr a = (guintptr) to, b = (guintptr) from;

  return a - b >= length && b - a >= length;
}

/* The ABI has the direction flag clear. */
static void
copy_string (void *to, const void *from, gsize length)
{
  __asm__ volatile ("rep movsb" : "+D" (to), "+S" (from), "+c" (length) : : "memory");
}

static void
copy_by (guint way, void *to, const void *from, gsize length)
{
  if (way == 0)
    memcpy (to, from, length);
  else
    copy_string (to, from, length);
}

static void
try_way (Size *size, guint way, void *to, const void *from, gsize length)
{
  const gint64 begin = g_get_monotonic_time ();
  gint64 cost;

  copy_by (way, to, from, length);
  cost = MAX (g_get_monotonic_time () - begin, 1) * G_USEC_PER_SEC / (gint64) (length / 1024);
  if (size->best[way] == 0 || cost < size->best[way])
    size->best[way] = cost;
  size->n_trials++;
}

void
ipc_copy_large (void *to, const void *from, gsize length)
{
  Size *size = &sizes[g_bit_storage (length) - 1];
  const guint n_trials = atomic_load_explicit (&size->n_trials, memory_order_relaxed);

  if (!is_apart (to, from, length))
    memmove (to, from, length);
  else if (n_trials < TRIALS)
    try_way (size, n_trials % 2, to, from, length);
  else
    copy_by (size->best[1] < size->best[0], to, from, length);
}
