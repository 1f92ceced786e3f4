/* ipc-check-leaks-linux.c: what this process has of what must not leak
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ipc-check.h"

#include <string.h>

guint
ipc_check_count_fds (void)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/fd", 0, NULL);
  guint n = 0;

  while (dir != NULL && g_dir_read_name (dir) != NULL)
    n++;
  g_assert_cmpuint (n, >, 0);
  return n - 1; /* the one that reads the folder */
}

guint
ipc_check_count_maps (const char *text)
{
  g_autofree char *maps = NULL;
  g_auto (GStrv) lines = NULL;
  guint n = 0;

  g_assert_true (g_file_get_contents ("/proc/self/maps", &maps, NULL, NULL));
  lines = g_strsplit (maps, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    n += strstr (lines[i], text) != NULL;
  return n;
}

guint
ipc_check_count_files (void)
{
  g_autoptr (GDir) dir = g_dir_open ("/dev/shm", 0, NULL);
  guint n = 0;

  while (dir != NULL && g_dir_read_name (dir) != NULL)
    n++;
  return n;
}

IpcCheckTraces
ipc_check_traces (void)
{
  return (IpcCheckTraces){
    .fds = ipc_check_count_fds (),
    .maps = ipc_check_count_maps ("/dev/shm/") + ipc_check_count_maps ("/SYSV")
            + ipc_check_count_maps ("/memfd:"),
    .files = ipc_check_count_files (),
  };
}

void
ipc_check_no_traces (const IpcCheckTraces *before, const char *what)
{
  const IpcCheckTraces now = ipc_check_traces ();

  ck_assert_msg (now.fds == before->fds, "%s: descriptors were %u and are %u", what, before->fds,
                 now.fds);
  ck_assert_msg (now.maps == before->maps, "%s: mappings were %u and are %u", what, before->maps,
                 now.maps);
  ck_assert_msg (now.files == before->files, "%s: files in /dev/shm were %u and are %u", what,
                 before->files, now.files);
}
