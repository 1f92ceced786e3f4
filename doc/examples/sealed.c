/* sealed.c: shows memory to a process that is not trusted
 *
 * The memory has no name, so nobody else can open it; the peer gets a descriptor.  It can read, and
 * it can neither write nor cut the memory: the kernel keeps the seals, also against who has root.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <ipc/ipc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define TEXT "look, but do not touch"
#define SEALS (IPC_SEGMENT_SEAL_SHRINK | IPC_SEGMENT_SEAL_GROW | IPC_SEGMENT_SEAL_FUTURE_WRITE)

static IpcSegment *
share (GError **error)
{
  g_autoptr (IpcSegment) segment = ipc_segment_create_anonymous (4096, IPC_SEGMENT_FLAGS_NONE, error);

  /* Our own mapping stays writable. */
  if (segment == NULL || !ipc_segment_seal (segment, SEALS | IPC_SEGMENT_SEAL_SEAL, error)
      || !ipc_segment_write (segment, 0, TEXT, sizeof TEXT, error))
    return NULL;

  return g_steal_pointer (&segment);
}

/* The peer.  Here it inherits the descriptor; GUnixFDList carries one over a socket or D-Bus. */
static int
look (int fd)
{
  g_autoptr (GError) refused = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (IpcSegment) writable = ipc_segment_new_from_fd (fd, IPC_SEGMENT_FLAGS_NONE, &refused);
  g_autoptr (IpcSegment) segment = ipc_segment_new_from_fd (fd, IPC_SEGMENT_READ_ONLY, &error);

  if (writable != NULL || segment == NULL)
    return EXIT_FAILURE;

  g_print ("the peer reads: %s\n", (const char *) ipc_segment_get_data (segment, NULL));
  g_print ("and is refused more: %s\n", refused->message);
  return EXIT_SUCCESS;
}

static gboolean
show (IpcSegment *segment, GError **error)
{
  int fd = ipc_segment_dup_fd (segment, error);
  int status = 0;
  pid_t child;

  if (fd < 0)
    return FALSE;

  child = fork ();
  if (child == 0)
    exit (look (fd));
  close (fd);
  return waitpid (child, &status, 0) == child && status == 0;
}

int
main (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (IpcSegment) segment = share (&error);

  if (segment != NULL && show (segment, &error))
    return EXIT_SUCCESS;
  g_printerr ("%s\n", error != NULL ? error->message : "the peer saw something else");
  return EXIT_FAILURE;
}
