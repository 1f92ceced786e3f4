/* raw-win32.c: a foreign program with CreateSemaphore() and CreateFileMapping()
 *
 * What it creates is there until its standard input ends.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "foreign-peer.h"

#include <fcntl.h>
#include <io.h>
#include <windows.h>

static void
check (BOOL done, const char *call)
{
  if (done)
    return;
  fprintf (stderr, "error %lu of ", GetLastError ());
  refuse (call);
}

static void
use_binary_streams (void)
{
  _setmode (_fileno (stdin), _O_BINARY);
  _setmode (_fileno (stdout), _O_BINARY);
}

static void
hold (void)
{
  printf ("held\n");
  fflush (stdout);
  while (getchar () != EOF)
    ;
}

/* Without attributes: the usual security of a program that does not think of it. */
static void
segment_create (const char *name, size_t size)
{
  HANDLE section = CreateFileMappingA (INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, (DWORD) size,
                                       name);

  check (section != NULL && GetLastError () != ERROR_ALREADY_EXISTS, "CreateFileMapping");
  hold ();
}

static size_t
segment_map (const char *name, char **data)
{
  HANDLE section = OpenFileMappingA (FILE_MAP_READ | FILE_MAP_WRITE, FALSE, name);
  MEMORY_BASIC_INFORMATION view;

  use_binary_streams ();
  check (section != NULL, "OpenFileMapping");
  *data = (char *) MapViewOfFile (section, FILE_MAP_READ | FILE_MAP_WRITE, 0, 0, 0);
  check (*data != NULL, "MapViewOfFile");
  check (VirtualQuery (*data, &view, sizeof view) != 0, "VirtualQuery");
  return view.RegionSize;
}

/* There is no such call. */
static void
segment_unlink (const char *name)
{
  (void) name;
}

static HANDLE
semaphore_of (const char *name)
{
  HANDLE semaphore = OpenSemaphoreA (SEMAPHORE_MODIFY_STATE | SYNCHRONIZE, FALSE, name);

  check (semaphore != NULL, "OpenSemaphore");
  return semaphore;
}

static void
semaphore_create (const char *name, unsigned value)
{
  HANDLE semaphore = CreateSemaphoreA (NULL, (LONG) value, 1000, name);

  check (semaphore != NULL && GetLastError () != ERROR_ALREADY_EXISTS, "CreateSemaphore");
  hold ();
}

static int
semaphore_value (const char *name)
{
  (void) name;
  return -1;
}

static void
semaphore_post (const char *name)
{
  check (ReleaseSemaphore (semaphore_of (name), 1, NULL), "ReleaseSemaphore");
}

static int
semaphore_take (const char *name, long microseconds)
{
  const DWORD limit = microseconds < 0 ? INFINITE : (DWORD) (microseconds / 1000);

  return WaitForSingleObject (semaphore_of (name), limit) == WAIT_OBJECT_0;
}

static void
semaphore_unlink (const char *name)
{
  (void) name;
}
