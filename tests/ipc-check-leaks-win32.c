/* ipc-check-leaks-win32.c: what this process has of what must not leak
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ipc-check.h"

#include <windows.h>

guint
ipc_check_count_fds (void)
{
  DWORD n = 0;

  g_assert_true (GetProcessHandleCount (GetCurrentProcess (), &n));
  return n;
}

/* Views of anything: what is mapped has no text here. */
guint
ipc_check_count_maps (const char *text G_GNUC_UNUSED)
{
  MEMORY_BASIC_INFORMATION part;
  guint n = 0;

  for (const guint8 *at = NULL; VirtualQuery (at, &part, sizeof part) != 0;
       at = (const guint8 *) part.BaseAddress + part.RegionSize)
    n += part.Type == MEM_MAPPED && part.BaseAddress == part.AllocationBase;

  return n;
}
