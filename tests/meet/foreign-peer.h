/* foreign-peer.h: the command line of the programs that meet the library without knowing it
 *
 * The verbs are those of ipc-peer.c.  Each program defines the functions; main() is here.  There
 * is no libipc and no GLib in them.  C and C++.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#define STATUS_TIMED_OUT 3

/* Each ends the program with a message when the system refuses. */
static void   segment_create (const char *name, size_t size);
static size_t segment_map (const char *name, char **data);
static void   segment_unlink (const char *name);
static void   semaphore_create (const char *name, unsigned value);
static int    semaphore_value (const char *name); /* -1: cannot tell */
static void   semaphore_post (const char *name);
static int    semaphore_take (const char *name, long microseconds); /* 0: not in time */
static void   semaphore_unlink (const char *name);

static void
refuse (const char *call)
{
  perror (call);
  exit (EXIT_FAILURE);
}

static int
use_segment (const char *verb, const char *name, char **arguments)
{
  char *data = NULL;
  size_t size = segment_map (name, &data);
  size_t offset = arguments[0] ? strtoul (arguments[0], NULL, 0) : 0;

  if (strcmp (verb, "segment-size") == 0)
    printf ("%zu\n", size);
  else if (strcmp (verb, "segment-read") == 0)
    fwrite (data + offset, 1, strtoul (arguments[1], NULL, 0), stdout);
  else
    return fread (data + offset, 1, size - offset, stdin) > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
  return EXIT_SUCCESS;
}

static int
run (const char *verb, const char *name, char **arguments)
{
  if (strcmp (verb, "segment-create") == 0)
    segment_create (name, strtoul (arguments[0], NULL, 0));
  else if (strcmp (verb, "segment-unlink") == 0)
    segment_unlink (name);
  else if (strncmp (verb, "segment-", strlen ("segment-")) == 0)
    return use_segment (verb, name, arguments);
  else if (strcmp (verb, "semaphore-create") == 0)
    semaphore_create (name, (unsigned) strtoul (arguments[0], NULL, 0));
  else if (strcmp (verb, "semaphore-value") == 0)
    printf ("%d\n", semaphore_value (name));
  else if (strcmp (verb, "semaphore-post") == 0)
    semaphore_post (name);
  else if (strcmp (verb, "semaphore-wait") == 0)
    return semaphore_take (name, strtol (arguments[0], NULL, 10)) ? EXIT_SUCCESS : STATUS_TIMED_OUT;
  else
    semaphore_unlink (name);
  return EXIT_SUCCESS;
}

int
main (int argc, char **argv)
{
  return argc >= 3 ? run (argv[1], argv[2], argv + 3) : 2;
}
