/* main-loop.c: counts what other processes post while a timer keeps ticking; no toolkit needed
 *
 * Usage: main-loop [NAME]; Ctrl-C ends it.  Post from anywhere, in Python for example:
 *   Ipc.Semaphore.open ("main-loop").post ()
 *
 * cc main-loop.c -o main-loop $(pkg-config --cflags --libs ipc)
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <glib-unix.h>
#include <ipc/ipc.h>
#include <stdio.h>
#include <stdlib.h>

#define TICK_MS 100

typedef struct
{
  IpcSemaphore *semaphore;
  GCancellable *cancellable;
  GMainLoop    *loop;
  guint         n_posts;
  guint         n_ticks;
  int           status;
} Counter;

static void on_posted (GObject *source, GAsyncResult *result, gpointer data);

/* Returns at once; on_posted() is called by the main loop when there was a unit. */
static void
wait_for_a_post (Counter *self)
{
  ipc_semaphore_wait_async (self->semaphore, -1, self->cancellable, on_posted, self);
}

static void
on_posted (GObject *source, GAsyncResult *result, gpointer data)
{
  Counter *self = data;
  g_autoptr (GError) error = NULL;

  if (ipc_semaphore_wait_finish (IPC_SEMAPHORE (source), result, &error))
    {
      g_print ("post %u, after %u ticks\n", ++self->n_posts, self->n_ticks);
      wait_for_a_post (self);
      return;
    }

  if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      g_printerr ("%s\n", error->message);
      self->status = EXIT_FAILURE;
    }
  g_main_loop_quit (self->loop);
}

/* What else the program has to do is not held up by the wait. */
static gboolean
on_tick (gpointer data)
{
  Counter *self = data;

  self->n_ticks++;
  return G_SOURCE_CONTINUE;
}

static gboolean
on_interrupt (gpointer data)
{
  Counter *self = data;

  /* The wait ends, and on_posted() ends the loop. */
  g_cancellable_cancel (self->cancellable);
  return G_SOURCE_CONTINUE;
}

static int
count (IpcSemaphore *semaphore)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  Counter self = { .semaphore = semaphore, .cancellable = cancellable, .loop = loop };

  g_timeout_add (TICK_MS, on_tick, &self);
  g_unix_signal_add (SIGINT, on_interrupt, &self);
  wait_for_a_post (&self);
  g_print ("Counting what is posted to %s.\n", ipc_semaphore_get_name (semaphore));
  g_main_loop_run (loop);

  g_print ("%u posts, %u ticks\n", self.n_posts, self.n_ticks);
  return self.status;
}

int
main (int argc, char **argv)
{
  const char *name = argc > 1 ? argv[1] : "main-loop";
  g_autoptr (GError) error = NULL;
  g_autoptr (IpcSemaphore) semaphore = ipc_semaphore_create (name, 0, IPC_SEMAPHORE_FLAGS_NONE,
                                                             &error);
  int status = EXIT_FAILURE;

  setvbuf (stdout, NULL, _IOLBF, 0);
  if (semaphore != NULL)
    {
      status = count (semaphore);
      ipc_semaphore_unlink (semaphore, NULL);
    }
  if (error != NULL)
    g_printerr ("%s\n", error->message);
  return status;
}
