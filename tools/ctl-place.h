/* ctl-place.h: where this process is: namespaces, containers, limits
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "ctl.h"

/* What @canonical means: a name that ipc_name_canonicalize() gave, and ctl_text_safe(). */
void     ctl_place_explain_name (const char *canonical, IpcBackend backend);

/* Who may open it. */
void     ctl_place_explain_access (IpcInfo *info);

/* What of this place decides who sees an object of @backend, and how large it may be. */
void     ctl_place_explain (IpcBackend backend);

/* Whether the process @pid is in the same place; tells why not.  FALSE: there is no such process, or
 * it may not be looked at. */
gboolean ctl_place_compare (IpcBackend backend, int pid);
