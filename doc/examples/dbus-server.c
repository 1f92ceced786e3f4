/* dbus-server.c: hands memory to a peer over D-Bus and meets it at a semaphore; with dbus-client.c
 *
 * Usage: dbus-server [TEXT]; it serves one client.  Both need the address of a bus in
 * DBUS_SESSION_BUS_ADDRESS.
 *
 * cc dbus-server.c -o dbus-server $(pkg-config --cflags --libs ipc gio-unix-2.0)
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "dbus-shared.h"

#include <gio/gunixfdlist.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct
{
  GMainLoop    *loop;
  const char   *text;
  IpcSegment   *segment;
  IpcSemaphore *semaphore;
  GError       *error;
} Server;

static void
end_with (Server *self, GError *error)
{
  if (self->error == NULL)
    self->error = error;
  else
    g_clear_error (&error);
  g_main_loop_quit (self->loop);
}

/* -- What is shared -- */

/* Sealed: the client needs not trust us that the memory stays as long as it is, and we need not
 * trust the client, who cannot write to it. */
static gboolean
make_segment (Server *self, GError **error)
{
  const IpcSegmentSeals seals = IPC_SEGMENT_SEAL_SHRINK | IPC_SEGMENT_SEAL_GROW
                                | IPC_SEGMENT_SEAL_FUTURE_WRITE | IPC_SEGMENT_SEAL_SEAL;

  self->segment = ipc_segment_create_anonymous (SEGMENT_SIZE, IPC_SEGMENT_FLAGS_NONE, error);
  return self->segment != NULL && ipc_segment_seal (self->segment, seals, error);
}

/* The memory has no name; the semaphore has, and the client is told it. */
static gboolean
make_semaphore (Server *self, GError **error)
{
  static const guint none[N_STEPS] = { 0 };
  g_autofree char *name = g_strdup_printf ("dbus-server-%d", (int) getpid ());

  self->semaphore = ipc_semaphore_new_full (name, IPC_OPEN_CREATE, none, N_STEPS, 0600,
                                            IPC_SEMAPHORE_FLAGS_NONE, NULL, error);
  return self->semaphore != NULL;
}

/* -- Serving -- */

static void
on_read (GObject *source, GAsyncResult *result, gpointer data)
{
  GError *error = NULL;

  if (ipc_semaphore_operate_finish (IPC_SEMAPHORE (source), result, &error))
    g_print ("The client has read it.\n");
  end_with (data, error);
}

/* Our own mapping can still be written to. */
static gboolean
write_text (Server *self, GError **error)
{
  static const IpcSemaphoreOp written = { STEP_WRITTEN, +1 }, read = { STEP_READ, -1 };

  if (!ipc_segment_write (self->segment, 0, self->text, strlen (self->text) + 1, error)
      || !ipc_semaphore_operate (self->semaphore, &written, 1, 0, NULL, error))
    return FALSE;

  ipc_semaphore_operate_async (self->semaphore, &read, 1, PATIENCE_US, NULL, on_read, self);
  return TRUE;
}

/* The message carries the descriptor in a list, and its place there in its body.  The list has a
 * copy of it. */
static void
reply (Server *self, GDBusMethodInvocation *invocation, int fd)
{
  g_autoptr (GUnixFDList) fds = g_unix_fd_list_new ();
  GError *error = NULL;
  int place = g_unix_fd_list_append (fds, fd, &error);

  if (place < 0)
    {
      g_dbus_method_invocation_take_error (invocation, error);
      return;
    }
  g_dbus_method_invocation_return_value_with_unix_fd_list (
      invocation, g_variant_new ("(hs)", place, ipc_semaphore_get_name (self->semaphore)), fds);
  if (!write_text (self, &error))
    end_with (self, error);
}

static void
on_call (GDBusConnection *connection, const char *sender, const char *path, const char *interface,
         const char *method, GVariant *parameters, GDBusMethodInvocation *invocation, gpointer data)
{
  Server *self = data;
  GError *error = NULL;
  int fd = ipc_segment_dup_fd (self->segment, &error);

  if (fd < 0)
    {
      g_dbus_method_invocation_take_error (invocation, error);
      return;
    }
  reply (self, invocation, fd);
  close (fd);
}

/* -- On the bus -- */

static const char introspection[] =
    "<node><interface name='" BUS_NAME "'><method name='" METHOD "'>"
    "<arg name='memory' type='h' direction='out'/><arg name='semaphore' type='s' direction='out'/>"
    "</method></interface></node>";

static void
on_bus (GDBusConnection *connection, const char *name, gpointer data)
{
  static const GDBusInterfaceVTable vtable = { .method_call = on_call };
  g_autoptr (GDBusNodeInfo) node = g_dbus_node_info_new_for_xml (introspection, NULL);
  GError *error = NULL;

  if (g_dbus_connection_register_object (connection, BUS_PATH, node->interfaces[0], &vtable, data,
                                         NULL, &error) == 0)
    end_with (data, error);
}

static void
on_name (GDBusConnection *connection, const char *name, gpointer data)
{
  g_print ("Waiting for a client.\n");
}

static void
on_name_lost (GDBusConnection *connection, const char *name, gpointer data)
{
  end_with (data, g_error_new (G_IO_ERROR, G_IO_ERROR_EXISTS, "%s: %s", name,
                               connection == NULL ? "there is no bus" : "somebody else has it"));
}

static void
serve (Server *self)
{
  const guint id = g_bus_own_name (G_BUS_TYPE_SESSION, BUS_NAME, G_BUS_NAME_OWNER_FLAGS_DO_NOT_QUEUE,
                                   on_bus, on_name, on_name_lost, self, NULL);

  g_main_loop_run (self->loop);
  g_bus_unown_name (id);
}

int
main (int argc, char **argv)
{
  Server self = { .text = argc > 1 ? argv[1] : "Hello over D-Bus" };

  setvbuf (stdout, NULL, _IOLBF, 0);
  self.loop = g_main_loop_new (NULL, FALSE);
  if (make_segment (&self, &self.error) && make_semaphore (&self, &self.error))
    serve (&self);

  if (self.semaphore != NULL)
    ipc_semaphore_unlink (self.semaphore, NULL);
  g_clear_object (&self.semaphore);
  g_clear_object (&self.segment);
  g_main_loop_unref (self.loop);
  if (self.error == NULL)
    return EXIT_SUCCESS;

  g_printerr ("%s\n", self.error->message);
  g_error_free (self.error);
  return EXIT_FAILURE;
}
