/* ipc-pages-linux.c: what the flags of a segment ask of its pages: huge, there already, locked
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ipc-error-private.h"
#include "ipc-pages-private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

/* Numbers of the kernel's interface which an older C library lacks. */
#ifndef MADV_POPULATE_READ
# define MADV_POPULATE_READ 22
# define MADV_POPULATE_WRITE 23
#endif
#ifndef MADV_COLLAPSE
# define MADV_COLLAPSE 25
#endif

#define HUGE_LEAST 16

gsize
ipc_pages_usual_size (void)
{
  return (gsize) sysconf (_SC_PAGESIZE);
}

/* 0 where the kernel has no transparent huge pages. */
static gsize
transparent_page_size (void)
{
  g_autofree char *text = NULL;

  if (!g_file_get_contents ("/sys/kernel/mm/transparent_hugepage/hpage_pmd_size", &text, NULL,
                            NULL))
    return 0;

  return (gsize) g_ascii_strtoull (text, NULL, 10);
}

static guint8 *
align_up (guint8 *at, gsize unit)
{
  return at + (unit - (guintptr) at % unit) % unit;
}

gpointer
ipc_pages_place (gsize size)
{
  const gsize huge = transparent_page_size ();
  const gsize room = ipc_pages_round (size) + huge;
  gpointer found;

  if (huge == 0 || size < huge)
    return NULL;

  found = mmap (NULL, room, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (found == MAP_FAILED)
    return NULL;

  munmap (found, room);
  return align_up (found, huge);
}

void
ipc_pages_unmap (gpointer data, gsize mapped)
{
  munmap (data, mapped);
}

/* In one step: no address is free in between.  The zeros are writable, since a thread may be in the
 * middle of writing. */
gboolean
ipc_pages_blank (gpointer data, gsize length, const char *object, const char *remedy, GError **error)
{
  return mmap (data, length, PROT_READ | PROT_WRITE,
               MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0) != MAP_FAILED
         || ipc_throw_errno_remedy (error, errno, "mmap", object, remedy);
}

/* -- What the kernel says of a mapping -- */

/* The line of /proc/self/maps or smaps that describes the mapping at @data, or NULL. */
static const char *
find_mapping (const char *text, gpointer data, guint64 *end)
{
  const char *line = text;

  while (line != NULL && *line != '\0')
    {
      char *dash = NULL;
      guint64 start = g_ascii_strtoull (line, &dash, 16);

      if (*dash == '-' && start == (guintptr) data)
        {
          *end = g_ascii_strtoull (dash + 1, NULL, 16);
          return line;
        }
      line = strchr (line, '\n');
      if (line != NULL)
        line++;
    }

  return NULL;
}

/* To ask takes many times what attaching does, and most addresses tell: a mapping of huge pages
 * begins at one, and none is smaller than HUGE_LEAST usual ones. */
gsize
ipc_pages_extent (gpointer data, gsize size)
{
  g_autofree char *maps = NULL;
  guint64 end = 0;

  if ((guintptr) data % (HUGE_LEAST * ipc_pages_usual_size ()) != 0
      || !g_file_get_contents ("/proc/self/maps", &maps, NULL, NULL)
      || find_mapping (maps, data, &end) == NULL)
    return ipc_pages_round (size);

  return (gsize) (end - (guintptr) data);
}

/* A field of smaps in bytes; those of the next mapping do not count, but each mapping has all. */
static gsize
smaps_field (const char *mapping, const char *field)
{
  const char *found = strstr (mapping, field);

  return found != NULL ? (gsize) g_ascii_strtoull (found + strlen (field), NULL, 10) * 1024 : 0;
}

/* The size of the pages that are really behind it: reserved huge ones, or transparent ones if
 * every whole one of them was got. */
static gsize
find_page_size (const IpcOpened *opened)
{
  const gsize huge = transparent_page_size ();
  g_autofree char *smaps = NULL;
  const char *mapping;
  guint64 end = 0;
  gsize kernel_page;

  if (!g_file_get_contents ("/proc/self/smaps", &smaps, NULL, NULL))
    return ipc_pages_usual_size ();

  mapping = find_mapping (smaps, opened->data, &end);
  if (mapping == NULL)
    return ipc_pages_usual_size ();

  kernel_page = smaps_field (mapping, "\nKernelPageSize:");
  if (kernel_page > ipc_pages_usual_size ())
    return kernel_page;

  if (huge > 0 && opened->mapped >= huge
      && smaps_field (mapping, "\nShmemPmdMapped:") >= opened->mapped / huge * huge)
    return huge;

  return ipc_pages_usual_size ();
}

/* -- What the flags ask for -- */

static int
advise_populate (const IpcRequest *request, const IpcOpened *opened)
{
  const int advice = request->flags & IPC_SEGMENT_READ_ONLY ? MADV_POPULATE_READ
                                                            : MADV_POPULATE_WRITE;
  int r;

  do
    r = madvise (opened->data, opened->mapped, advice);
  while (r < 0 && errno == EINTR);

  return r;
}

/* Reserved pages were asked for when the segment was made.  Transparent ones can be had at any
 * time, out of pages that are there.  A refusal is no error: what was got is found out
 * afterwards. */
static void
pages_make_huge (const IpcRequest *request, IpcOpened *opened)
{
  opened->page_size = find_page_size (opened);

  if (opened->page_size == ipc_pages_usual_size () && opened->mapped >= transparent_page_size ())
    {
      madvise (opened->data, opened->mapped, MADV_HUGEPAGE);
      advise_populate (request, opened);
      madvise (opened->data, opened->mapped, MADV_COLLAPSE);
      opened->page_size = find_page_size (opened);
    }

  if (opened->page_size == ipc_pages_usual_size ())
    opened->flags &= ~(guint) IPC_SEGMENT_HUGE_PAGES;
}

static void
touch_pages (const IpcOpened *opened)
{
  const volatile guint8 *data = opened->data;

  for (gsize at = 0; at < opened->size; at += ipc_pages_usual_size ())
    (void) data[at];
}

static gboolean
pages_populate (const IpcRequest *request, const IpcOpened *opened, GError **error)
{
  if (advise_populate (request, opened) == 0)
    return TRUE;

  /* EFAULT: touching the pages would have been SIGBUS. */
  if (errno == EFAULT)
    return ipc_throw (error, IPC_ERROR_NO_SPACE, "madvise", request->name->text,
                      "not all of its memory could be had: /dev/shm is full, or the file was cut");
  if (errno != EINVAL)
    return ipc_throw_errno (error, errno, "madvise", request->name->text);

  /* Before Linux 5.14. */
  touch_pages (opened);
  return TRUE;
}

static gboolean
pages_lock (const IpcRequest *request, const IpcOpened *opened, GError **error)
{
  struct rlimit limit = { 0 };
  int errsv;

  if (mlock (opened->data, opened->mapped) == 0)
    return TRUE;

  errsv = errno;
  getrlimit (RLIMIT_MEMLOCK, &limit);
  return ipc_throw (error, ipc_error_from_errno (errsv == EAGAIN ? ENOMEM : errsv), "mlock",
                    request->name->text,
                    "%s; %" G_GSIZE_FORMAT " bytes are to be locked, and this process may lock "
                    "%" G_GUINT64_FORMAT " in all; raise RLIMIT_MEMLOCK (ulimit -l)",
                    g_strerror (errsv), opened->mapped, (guint64) limit.rlim_cur);
}

gboolean
ipc_pages_prepare (const IpcRequest *request, IpcOpened *opened, GError **error)
{
  opened->flags = request->flags;
  opened->page_size = ipc_pages_usual_size ();

  if (request->flags & IPC_SEGMENT_HUGE_PAGES)
    pages_make_huge (request, opened);

  return (!(request->flags & IPC_SEGMENT_POPULATE) || pages_populate (request, opened, error))
         && (!(request->flags & IPC_SEGMENT_LOCKED) || pages_lock (request, opened, error));
}
