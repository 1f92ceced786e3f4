/* ipc-pages-win32.c: what the flags of a segment ask of its pages: huge, there already, locked
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ipc-error-private.h"
#include "ipc-pages-private.h"
#include "ipc-win32-private.h"

#define PSAPI_VERSION 2 /* in kernel32 */
#include <psapi.h>

gsize
ipc_pages_usual_size (void)
{
  SYSTEM_INFO system;

  GetSystemInfo (&system);
  return system.dwPageSize;
}

void
ipc_pages_unmap (gpointer data, gsize mapped G_GNUC_UNUSED)
{
  UnmapViewOfFile (data);
}

/* Windows cannot put other pages where a view is without a moment in which nothing is there; a
 * thread that is just copying would crash.  So the view stays until nobody can be copying. */
gboolean
ipc_pages_blank (gpointer data G_GNUC_UNUSED, gsize length G_GNUC_UNUSED,
                 const char *object G_GNUC_UNUSED, const char *remedy G_GNUC_UNUSED,
                 GError **error G_GNUC_UNUSED)
{
  return TRUE;
}

/* The bit that tells whether a large page is behind an address; the page must be there. */
static gboolean
is_large (gpointer data)
{
  PSAPI_WORKING_SET_EX_INFORMATION page = { .VirtualAddress = data };

  return QueryWorkingSetEx (GetCurrentProcess (), &page, sizeof page)
         && page.VirtualAttributes.Valid && page.VirtualAttributes.LargePage;
}

static void
touch_pages (const IpcOpened *opened)
{
  const volatile guint8 *data = opened->data;

  for (gsize at = 0; at < opened->size; at += ipc_pages_usual_size ())
    (void) data[at];
}

/* VirtualLock() stays below the least working set, so that comes first. */
static gboolean
pages_lock (const IpcRequest *request, const IpcOpened *opened, GError **error)
{
  SIZE_T least, most;

  if (VirtualLock (opened->data, opened->mapped))
    return TRUE;

  if (GetLastError () == ERROR_WORKING_SET_QUOTA
      && GetProcessWorkingSetSize (GetCurrentProcess (), &least, &most)
      && SetProcessWorkingSetSize (GetCurrentProcess (), least + opened->mapped,
                                   MAX (most, least + opened->mapped) + opened->mapped)
      && VirtualLock (opened->data, opened->mapped))
    return TRUE;

  return ipc_throw_win32 (error, GetLastError (), "VirtualLock", request->name->text);
}

/* Large pages were asked for when the segment was made: afterwards it is too late. */
gboolean
ipc_pages_prepare (const IpcRequest *request, IpcOpened *opened, GError **error)
{
  opened->flags = request->flags;
  opened->page_size = ipc_pages_usual_size ();

  if (request->flags & (IPC_SEGMENT_POPULATE | IPC_SEGMENT_HUGE_PAGES))
    touch_pages (opened);

  if ((request->flags & IPC_SEGMENT_HUGE_PAGES) && is_large (opened->data))
    opened->page_size = GetLargePageMinimum ();
  else
    opened->flags &= ~(guint) IPC_SEGMENT_HUGE_PAGES;

  return !(request->flags & IPC_SEGMENT_LOCKED) || pages_lock (request, opened, error);
}
