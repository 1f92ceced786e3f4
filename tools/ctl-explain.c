/* ctl-explain.c: ipcctl explain: what a name means here, and why a peer may not see it
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ctl.h"
#include "ctl-place.h"

static int peer;

static const GOptionEntry entries[] = {
  { "pid", 'p', 0, G_OPTION_ARG_INT, &peer, N_("compare with the process that should see it"),
    N_("PID") },
  { 0 }
};

/* -- What bears it -- */

/* The caller's; NULL if it has none. */
static char *
safe_path (IpcInfo *info)
{
  return ipc_info_get_path (info) != NULL ? ctl_text_safe (ipc_info_get_path (info)) : NULL;
}

static void
explain_object (IpcInfo *info)
{
  g_autofree char *owner = ctl_text_owner (ipc_info_get_uid (info));
  g_autofree char *mode = ctl_text_mode (ipc_info_get_permissions (info));
  g_autofree char *path = safe_path (info);

  printf (_("  a %s of %s, mode %s, %s"), ctl_text_kind (ipc_info_get_kind (info)), owner, mode,
          ctl_text_state (ipc_info_get_state (info)));
  if (path != NULL)
    printf (", %s", path);
  if (ipc_info_get_id (info) >= 0)
    printf (_(", id %d"), (int) ipc_info_get_id (info));
  printf ("\n");
  ctl_place_explain_access (info);
}

static void
explain_objects (const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) found = ctl_find (name, IPC_KIND_NONE, &error);

  if (found == NULL && !g_error_matches (error, IPC_ERROR, IPC_ERROR_NOT_FOUND))
    {
      g_autofree char *reason = ctl_text_safe (error->message);

      printf (_("Objects cannot be listed here: %s\n"), reason);
    }
  else if (found == NULL)
    printf (_("There is no such object here now.\n"));
  else
    printf (_("It is:\n"));

  for (guint i = 0; found != NULL && i < found->len; i++)
    explain_object (found->pdata[i]);
}

/* -- The verb -- */

static int
run (int argc, char **argv)
{
  g_autofree char *canonical = NULL;
  g_autofree char *given = NULL;
  g_autofree char *meant = NULL;
  g_autoptr (GError) error = NULL;
  IpcBackend backend;

  if (!ctl_parse (&ctl_explain, entries, &argc, &argv))
    return CTL_USAGE;
  if (argc != 2)
    return ctl_usage (&ctl_explain, _("one name is needed"));

  canonical = ipc_name_canonicalize (argv[1], &error);
  if (canonical == NULL)
    return ctl_fail (error);

  backend = ipc_name_get_backend (argv[1], NULL);
  given = ctl_text_safe (argv[1]);
  meant = ctl_text_safe (canonical);
  printf (_("The name \"%s\" means %s: "), given, meant);
  ctl_place_explain_name (meant, backend);
  explain_objects (argv[1]);
  ctl_place_explain (backend);
  return peer == 0 || ctl_place_compare (backend, peer) ? CTL_DONE : CTL_FAILED;
}

const CtlVerb ctl_explain = {
  "explain", N_("NAME"), N_("tell what a name means here, and why a peer may not see the object"),
  N_("Looks at namespaces, containers, permissions, limits, /dev/shm and what removes objects at "
     "logout."),
  run
};
