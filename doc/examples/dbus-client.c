/* dbus-client.c: gets memory from a peer over D-Bus and meets it at a semaphore; see dbus-server.c
 *
 * cc dbus-client.c -o dbus-client $(pkg-config --cflags --libs ipc gio-unix-2.0)
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "dbus-shared.h"

#include <gio/gunixfdlist.h>
#include <stdlib.h>
#include <unistd.h>

typedef struct
{
  GMainLoop    *loop;
  IpcSegment   *segment;
  IpcSemaphore *semaphore;
  GError       *error;
} Client;

/* -- What is shared -- */

/* The list keeps its descriptor; g_unix_fd_list_get() gives a copy. */
static gboolean
open_memory (Client *self, GUnixFDList *fds, int place, GError **error)
{
  int fd;

  if (fds == NULL || place < 0 || place >= g_unix_fd_list_get_length (fds))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "the server sent no descriptor");
      return FALSE;
    }

  fd = g_unix_fd_list_get (fds, place, error);
  if (fd < 0)
    return FALSE;

  self->segment = ipc_segment_new_from_fd (fd, IPC_SEGMENT_READ_ONLY, error);
  close (fd);
  return self->segment != NULL;
}

static gboolean
open_all (Client *self, GVariant *answer, GUnixFDList *fds, GError **error)
{
  const char *name;
  int place;

  g_variant_get (answer, "(h&s)", &place, &name);
  self->semaphore = ipc_semaphore_new_full (name, IPC_OPEN_EXISTING, (const guint[N_STEPS]){ 0 },
                                            N_STEPS, 0600, IPC_SEMAPHORE_FLAGS_NONE, NULL, error);
  return self->semaphore != NULL && open_memory (self, fds, place, error);
}

/* -- Meeting -- */

/* What others can write to is copied first and looked at then: it may lack its end. */
static gboolean
read_text (Client *self, GError **error)
{
  static const IpcSemaphoreOp read = { STEP_READ, +1 };
  g_autofree char *text = g_new0 (char, ipc_segment_get_size (self->segment) + 1);

  if (!ipc_segment_read (self->segment, 0, text, ipc_segment_get_size (self->segment), error))
    return FALSE;

  g_print ("%" G_GSIZE_FORMAT " bytes say: %s\n", ipc_segment_get_size (self->segment), text);
  return ipc_semaphore_operate (self->semaphore, &read, 1, 0, NULL, error);
}

static void
on_written (GObject *source, GAsyncResult *result, gpointer data)
{
  Client *self = data;

  if (ipc_semaphore_operate_finish (IPC_SEMAPHORE (source), result, &self->error))
    read_text (self, &self->error);
  g_main_loop_quit (self->loop);
}

static void
on_answer (GObject *source, GAsyncResult *result, gpointer data)
{
  static const IpcSemaphoreOp written = { STEP_WRITTEN, -1 };
  Client *self = data;
  g_autoptr (GUnixFDList) fds = NULL;
  g_autoptr (GVariant) answer
      = g_dbus_connection_call_with_unix_fd_list_finish (G_DBUS_CONNECTION (source), &fds, result,
                                                         &self->error);

  if (answer != NULL && open_all (self, answer, fds, &self->error))
    ipc_semaphore_operate_async (self->semaphore, &written, 1, PATIENCE_US, NULL, on_written, self);
  else
    g_main_loop_quit (self->loop);
}

int
main (void)
{
  Client self = { .loop = g_main_loop_new (NULL, FALSE) };
  g_autoptr (GDBusConnection) bus = g_bus_get_sync (G_BUS_TYPE_SESSION, NULL, &self.error);

  if (bus != NULL)
    {
      g_dbus_connection_call_with_unix_fd_list (bus, BUS_NAME, BUS_PATH, BUS_NAME, METHOD, NULL,
                                                G_VARIANT_TYPE ("(hs)"), G_DBUS_CALL_FLAGS_NONE, -1,
                                                NULL, NULL, on_answer, &self);
      g_main_loop_run (self.loop);
    }

  g_clear_object (&self.segment);
  g_clear_object (&self.semaphore);
  g_main_loop_unref (self.loop);
  if (self.error == NULL)
    return EXIT_SUCCESS;

  g_printerr ("%s\n", self.error->message);
  g_error_free (self.error);
  return EXIT_FAILURE;
}
