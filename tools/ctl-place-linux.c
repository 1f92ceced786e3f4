/* ctl-place-linux.c: where this process is: namespaces, containers, limits
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ctl-place.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define SHM_DIR "/dev/shm"
#define FIRST_USER 1000 /* below are system users, whom logind leaves alone */

/* -- The name -- */

void
ctl_place_explain_name (const char *canonical, IpcBackend backend)
{
  switch (backend)
    {
    case IPC_BACKEND_NATIVE:
      printf (_("libipc's own.  As a semaphore it meets programs that use libipc; as a segment "
                "also whoever opens posix:/%s, the file of this name in /dev/shm.\n"),
              canonical + sizeof "native:" - 1);
      break;
    case IPC_BACKEND_POSIX:
      printf (_("POSIX.  It meets every program that calls sem_open or shm_open with \"%s\".\n"),
              canonical + sizeof "posix:" - 1);
      break;
    case IPC_BACKEND_SYSV:
      printf (_("System V.  It meets every program that calls semget or shmget with this key, or "
                "has this id; ipcs lists it.\n"));
      break;
    case IPC_BACKEND_WIN32:
    case IPC_BACKEND_NONE:
    default:
      printf (_("named objects of Windows, which this system does not have.\n"));
      break;
    }
}

void
ctl_place_explain_access (IpcInfo *info)
{
  const int permissions = ipc_info_get_permissions (info);
  const gboolean own = ipc_info_get_uid (info) == (gint64) geteuid ();

  if (permissions < 0)
    return;
  if (own || geteuid () == 0)
    printf (_("    You may open it%s.\n"), own ? "" : _(" (as root, with ANY_OWNER)"));
  else if ((permissions & 0066) == 0)
    printf (_("    Only its owner may open it: make it with --mode 0660 or 0666 for others.\n"));
  else
    printf (_("    It belongs to another user: open it with ANY_OWNER if that is meant.\n"));
  if ((permissions & 0022) != 0)
    printf (_("    Others may write to it: programs that do not ask for these permissions or "
              "ANY_OWNER refuse it.\n"));
}

/* -- What the kernel tells -- */

static char *
namespace_of (const char *process, const char *kind)
{
  g_autofree char *path = g_strdup_printf ("/proc/%s/ns/%s", process, kind);

  return g_file_read_link (path, NULL);
}

/* One line of a file below /proc/sys. */
static char *
limit (const char *name)
{
  g_autofree char *path = g_strconcat ("/proc/sys/kernel/", name, NULL);
  char *text = NULL;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    return g_strdup ("?");

  return g_strdelimit (g_strstrip (text), "\t", ' ');
}

/* -- Containers -- */

static const struct
{
  const char *file;
  const char *what;
} boxes[] = {
  { "/.flatpak-info",
    N_("This is a Flatpak sandbox: /dev/shm is its own unless the application has --device=shm.") },
  { "/.dockerenv",
    N_("This is a Docker container: peers outside need --ipc=host, or --ipc=container:NAME.") },
  { "/run/.containerenv",
    N_("This is a Podman container: peers outside need --ipc=host, or --ipc=container:NAME.") },
};

static void
explain_boxes (void)
{
  const char *snap = getenv ("SNAP_INSTANCE_NAME");

  for (gsize i = 0; i < G_N_ELEMENTS (boxes); i++)
    if (access (boxes[i].file, F_OK) == 0)
      printf ("%s\n", _(boxes[i].what));

  if (snap != NULL)
    printf (_("This is a snap: it may only use names in /dev/shm that begin with \"snap.%s.\", or "
              "a /dev/shm of its own (private-shared-memory).\n"),
            snap);
}

/* -- Namespaces -- */

static void
explain_ipc_namespace (void)
{
  g_autofree char *own = namespace_of ("self", "ipc");
  g_autofree char *first = namespace_of ("1", "ipc");

  if (own == NULL)
    printf (_("IPC namespace: unknown, /proc is not mounted.\n"));
  else if (first == NULL)
    printf (_("IPC namespace: %s; only root can compare it with that of process 1.\n"), own);
  else if (g_str_equal (own, first))
    printf (_("IPC namespace: %s, that of process 1.\n"), own);
  else
    printf (_("IPC namespace: %s, and process 1 is in %s: System V objects of one are invisible "
              "in the other.\n"),
            own, first);
}

/* -- Room and limits -- */

static void
explain_shm (void)
{
  struct statvfs fs;
  g_autofree char *size = NULL;
  g_autofree char *left = NULL;

  if (statvfs (SHM_DIR, &fs) != 0)
    {
      printf (_("%s: %s; mount a tmpfs there.\n"), SHM_DIR, g_strerror (errno));
      return;
    }

  size = ctl_text_size ((gint64) (fs.f_blocks * fs.f_frsize));
  left = ctl_text_size ((gint64) (fs.f_bavail * fs.f_frsize));
  printf (_("%s has %s, of which %s are free.\n"), SHM_DIR, size, left);
  if (access (SHM_DIR, W_OK | X_OK) != 0)
    printf (_("%s: you may not make files there: %s\n"), SHM_DIR, g_strerror (errno));
}

static void
explain_sysv_limits (void)
{
  g_autofree char *max = limit ("shmmax");
  g_autofree char *all = limit ("shmall");
  g_autofree char *number = limit ("shmmni");
  g_autofree char *sem = limit ("sem");

  printf (_("Limits: a segment %s bytes, all together %s pages, %s segments; semaphores (per set, "
            "in all, steps at once, sets): %s.\n"),
          max, all, number, sem);
}

/* -- What removes objects -- */

/* The last word of the files counts. */
static void
read_remove_ipc (const char *path, gboolean *removes)
{
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    return;

  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      const char *line = g_strstrip (lines[i]);

      if (g_str_has_prefix (line, "RemoveIPC="))
        *removes = strchr ("yY1tT", line[strlen ("RemoveIPC=")]) != NULL
                   || g_ascii_strcasecmp (line, "RemoveIPC=on") == 0;
    }
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(char *const *) a, *(char *const *) b);
}

static void
read_drop_ins (const char *folder, gboolean *removes)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (g_str_has_suffix (name, ".conf"))
      g_ptr_array_add (names, g_build_filename (folder, name, NULL));

  g_ptr_array_sort (names, compare_names);
  for (guint i = 0; i < names->len; i++)
    read_remove_ipc (names->pdata[i], removes);
}

static void
explain_logout (void)
{
  gboolean removes = TRUE;

  if (access ("/run/systemd/seats", F_OK) != 0)
    return;

  read_remove_ipc ("/etc/systemd/logind.conf", &removes);
  read_drop_ins ("/usr/lib/systemd/logind.conf.d", &removes);
  read_drop_ins ("/etc/systemd/logind.conf.d", &removes);
  if (!removes)
    printf (_("Objects stay when their user logs out (RemoveIPC=no).\n"));
  else if (getuid () < FIRST_USER)
    printf (_("systemd-logind removes the objects of users when they log out (RemoveIPC), but not "
              "yours, since you are a system user.\n"));
  else
    printf (_("When you log out for the last time, systemd-logind removes your objects; "
              "RemoveIPC=no in logind.conf(5), or a system user, prevents that.\n"));
}

void
ctl_place_explain (IpcBackend backend)
{
  explain_boxes ();
  if (backend == IPC_BACKEND_SYSV)
    {
      explain_ipc_namespace ();
      explain_sysv_limits ();
    }
  else
    explain_shm ();
  explain_logout ();
}

/* -- Another process -- */

static gboolean
compare_namespace (int pid, gboolean *same)
{
  g_autofree char *process = g_strdup_printf ("%d", pid);
  g_autofree char *own = namespace_of ("self", "ipc");
  g_autofree char *other = namespace_of (process, "ipc");

  *same = g_strcmp0 (own, other) == 0;
  if (other != NULL && !*same)
    printf (_("Process %d is in the IPC namespace %s and you are in %s: it has other System V "
              "objects.\n"),
            pid, other, own);
  return own != NULL && other != NULL;
}

static gboolean
compare_shm (int pid, gboolean *same)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/root" SHM_DIR, pid);
  struct stat own, other;

  if (stat (SHM_DIR, &own) != 0 || stat (path, &other) != 0)
    return FALSE;

  *same = own.st_dev == other.st_dev && own.st_ino == other.st_ino;
  if (!*same)
    printf (_("Process %d has another %s than you, and other files in it.\n"), pid, SHM_DIR);
  return TRUE;
}

gboolean
ctl_place_compare (IpcBackend backend, int pid)
{
  gboolean same = FALSE;

  if (!(backend == IPC_BACKEND_SYSV ? compare_namespace : compare_shm) (pid, &same))
    {
      ctl_warn (_("process %d: %s"), pid, g_strerror (errno));
      return FALSE;
    }

  if (same)
    printf (_("Process %d sees the same objects as you; what it may open depends on its "
              "user.\n"), pid);
  return TRUE;
}
