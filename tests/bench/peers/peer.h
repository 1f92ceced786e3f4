/* peer.h: how a program of `make bench-peers` measures: one row, once, and prints nanoseconds
 *
 * Usage: PEER ROW NAME     exit status 77: it cannot do that
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef PEER_H
#define PEER_H

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PEER_SEGMENT_SIZE 65536
#define PEER_SKIP 77

/* @batch does it @n times.  @setup hears how often in all, which a second process must know. */
typedef struct
{
  const char *name;
  long        n;
  void (*setup)    (const char *name, long total);
  void (*batch)    (long n);
  void (*teardown) (const char *name);
} PeerRow;

/* The same for all peers, in every language. */
#define PEER_PAIRS 100000
#define PEER_TRIPS 2000
#define PEER_CREATES 300
#define PEER_OPENS 600

/* Of who can do it all; the last has no name. */
#define PEER_ALL_ROWS \
  { \
    { "pair", PEER_PAIRS, pair_setup, pairs, pair_teardown }, \
    { "ping-pong", PEER_TRIPS, trip_setup, trips, trip_teardown }, \
    { "segment-create", PEER_CREATES, create_setup, creates, create_teardown }, \
    { "segment-open", PEER_OPENS, open_setup, opens, open_teardown }, \
    { NULL, 0, NULL, NULL, NULL }, \
  }

static inline void
peer_must (int done, const char *what)
{
  if (done)
    return;

  perror (what);
  exit (1);
}

static inline double
peer_now (void)
{
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);
  return (double) now.tv_sec * 1e9 + (double) now.tv_nsec;
}

static pid_t peer_child;

/* A second process.  It stays when it is done: under UNDO its end would take back what it gave. */
static inline void
peer_fork (void (*child) (const char *name, long total), const char *name, long total)
{
  peer_child = fork ();
  peer_must (peer_child >= 0, "fork");
  if (peer_child != 0)
    return;

  prctl (PR_SET_PDEATHSIG, SIGKILL);
  child (name, total);
  for (;;)
    pause ();
}

static inline void
peer_end_child (void)
{
  if (peer_child <= 0)
    return;

  kill (peer_child, SIGKILL);
  waitpid (peer_child, NULL, 0);
}

static inline int
peer_run (const PeerRow *row, const char *name)
{
  const long warm = row->n / 10;
  double begin, end;

  row->setup (name, warm + row->n);
  row->batch (warm);
  begin = peer_now ();
  row->batch (row->n);
  end = peer_now ();
  peer_end_child ();
  row->teardown (name);
  printf ("%.2f\n", (end - begin) / (double) row->n);
  return 0;
}

static inline int
peer_main (int argc, char **argv, const PeerRow *rows)
{
  if (argc < 3)
    return 2;

  for (; rows->name != NULL; rows++)
    if (strcmp (rows->name, argv[1]) == 0)
      return peer_run (rows, argv[2]);

  return PEER_SKIP;
}

#endif
