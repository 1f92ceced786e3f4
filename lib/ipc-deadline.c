/* ipc-deadline.c: how long a call may wait, and what may end it sooner
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ipc-deadline-private.h"
#include "ipc-error-private.h"

/* An opener looks again so often: soon enough not to be felt, seldom enough to cost nothing. */
#define CREATOR_POLL_MS 1

/* Thousands of years: nobody can tell more from for ever, and what passes while a call computes can
 * be added without overflow. */
#define TIMEOUT_MAX_US (G_MAXINT64 / 2)

/* 34 years: in a time_t of 32 bits, also as a point on the monotonic clock.  Who wakes then and is not
 * done goes on sleeping. */
#define SLEEP_MAX_US (G_GINT64_CONSTANT (0x40000000) * G_USEC_PER_SEC)

gint64
ipc_deadline_after (gint64 timeout_us)
{
  if (timeout_us < 0 || timeout_us > TIMEOUT_MAX_US)
    return IPC_DEADLINE_NEVER;

  return g_get_monotonic_time () + timeout_us;
}

static gboolean
is_closed (const IpcWait *wait)
{
  return wait->closed != NULL && g_atomic_int_get (wait->closed);
}

gboolean
ipc_wait_goes_on (const IpcWait *wait, GError **error)
{
  if (is_closed (wait))
    return ipc_throw (error, IPC_ERROR_CLOSED, wait->call, wait->object,
                      "it was closed while this call waited");

  if (g_cancellable_set_error_if_cancelled (wait->cancellable, error))
    return FALSE;

  if (wait->deadline != IPC_DEADLINE_NEVER && g_get_monotonic_time () >= wait->deadline)
    return ipc_throw (error, IPC_ERROR_TIMED_OUT, wait->call, wait->object, "not in time");

  return TRUE;
}

gint64
ipc_wait_next_sleep (const IpcWait *wait)
{
  gint64 left = -1;

  /* In two steps: MAX() would ask for the time twice, and what passed in between look like for ever. */
  if (wait->deadline != IPC_DEADLINE_NEVER)
    {
      left = wait->deadline - g_get_monotonic_time ();
      left = CLAMP (left, 0, SLEEP_MAX_US);
    }

  if (wait->cancellable != NULL || wait->closed != NULL)
    return left < 0 ? IPC_SLICE_US : MIN (left, IPC_SLICE_US);

  return left;
}

gboolean
ipc_wait_for_creator (gint64 deadline, GCancellable *cancellable, GError **error)
{
  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return FALSE;

  if (g_get_monotonic_time () >= deadline)
    return FALSE;

  g_usleep (CREATOR_POLL_MS * 1000);
  return TRUE;
}
