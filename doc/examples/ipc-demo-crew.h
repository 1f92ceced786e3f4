/* ipc-demo-crew.h: the processes of the demo: a producer, consumers, and who watches over them
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "ipc-demo-ring.h"

typedef struct
{
  GMappedFile      *input;
  guint64           length;     /* of the stream: the input, over and over */
  int               fd;         /* of the output */
  int               n_kills;
  IpcSemaphoreFlags lock_flags;
  char             *name;       /* of the ring, for those who open it */
  Ring             *ring;       /* of the parent, who only buries */
  pid_t             producer;
  pid_t             consumers[RING_N_LANES];
  int               n_killed;
  sigset_t          signals, signals_before;
} Crew;

void     crew_hold_signals (Crew *self);
/* Moves the whole stream; nobody is left when it returns. */
gboolean crew_move (Crew *self, GError **error);

/* Sets @error from errno and returns FALSE. */
gboolean demo_fail (GError **error, const char *what);
