/* fuzz-open.c: files with anything in them, opened and used as what they claim to be
 *
 * An input is a kind, a size and changes to the file of a good object.  Values may be wrong, but no
 * call may crash, come to no end, or give an error that the manual does not name.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "fuzz.h"

#include "ipc-deadline-private.h"
#include "ipc-native-private.h"

#include <ipc/ipc-error.h>
#include <ipc/ipc-segment.h>
#include <ipc/ipc-semaphore.h>

#include <fcntl.h>
#include <semaphore.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define WAIT_US 200
/* All calls of an input; each may have patience with who seems to be just changing a set, and the
 * machine may be slow. */
#define LONGEST_US (20 * IPC_PATIENCE_US + 5 * G_USEC_PER_SEC)
#define SEGMENT_MAX 8192
#define CHANGES_MAX 64

/* -- A file -- */

typedef struct
{
  const char *prefix;
  IpcBackend  backend;
  guint       n_values; /* 0: no semaphore */
} Kind;

static const Kind kinds[] = {
  { "ipc-sem.", IPC_BACKEND_NATIVE, 1 },
  { "ipc-sem.", IPC_BACKEND_NATIVE, 3 },
  { "sem.", IPC_BACKEND_POSIX, 1 },
  { "", IPC_BACKEND_NATIVE, 0 },
  { "", IPC_BACKEND_POSIX, 0 },
};

static gsize
good_size (const Kind *kind)
{
  if (kind->n_values == 0)
    return 4096;

  return kind->backend == IPC_BACKEND_NATIVE ? ipc_native_file_size (kind->n_values)
                                             : sizeof (sem_t);
}

static gsize
size_of (const Kind *kind, FuzzBytes *bytes)
{
  const guint how = fuzz_byte (bytes);
  const gsize good = good_size (kind);

  switch (how % 8)
    {
    case 1:
      return how / 8;
    case 2:
      return good - 1 - how / 8;
    case 3:
      return good + 1 + how / 8;
    case 4:
      return good / 2;
    default:
      return good;
    }
}

static void
write_good (const Kind *kind, guint8 *memory)
{
  static const guint values[] = { 2, 1, 3 };
  const IpcRequest request = { .values = values, .n_values = kind->n_values };

  if (kind->n_values > 0 && kind->backend == IPC_BACKEND_NATIVE)
    ipc_native_file_write ((gpointer) memory, &request);
  else if (kind->n_values > 0)
    sem_init ((gpointer) memory, TRUE, values[0]);
}

/* The head, the first lanes, the values of a set and what lanes hold of them. */
static gsize
place_of (FuzzBytes *bytes)
{
  static const gsize regions[] = { 0, IPC_NATIVE_LANES_OFFSET, IPC_NATIVE_SET_OFFSET };
  const gsize region = regions[fuzz_below (bytes, G_N_ELEMENTS (regions))];

  return region + fuzz_byte (bytes);
}

static void
change (guint8 *memory, gsize size, FuzzBytes *bytes)
{
  const gsize place = place_of (bytes);
  const guint length = 1 + fuzz_below (bytes, 8);

  for (gsize i = place; i < place + length; i++)
    {
      const guint8 byte = (guint8) fuzz_byte (bytes);

      if (i < size)
        memory[i] = byte;
    }
}

static void
make_file (const Kind *kind, FuzzBytes *bytes)
{
  const gsize size = size_of (kind, bytes), good = good_size (kind);
  g_autofree char *path = g_strconcat ("/dev/shm/", kind->prefix, fuzz_plain_name (), NULL);
  const int fd = open (path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  guint8 *memory;

  if (fd < 0 || ftruncate (fd, (off_t) MAX (size, good)) != 0)
    fuzz_fail ("%s: %s", path, g_strerror (errno));

  memory = mmap (NULL, MAX (size, good), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  write_good (kind, memory);
  for (guint i = 0; i < CHANGES_MAX && !fuzz_is_eaten (bytes); i++)
    change (memory, MAX (size, good), bytes);
  munmap (memory, MAX (size, good));
  if (ftruncate (fd, (off_t) size) != 0)
    fuzz_fail ("%s: %s", path, g_strerror (errno));
  close (fd);
}

/* -- Its use -- */

/* What opening, and the calls below, may say of a file that others have spoilt. */
static void
judge (const char *what, GError **error)
{
  static const int codes[] = {
    IPC_ERROR_CORRUPT,  IPC_ERROR_TIMED_OUT,     IPC_ERROR_WOULD_BLOCK,   IPC_ERROR_OVERFLOW,
    IPC_ERROR_REMOVED,  IPC_ERROR_SIZE_MISMATCH, IPC_ERROR_NOT_SUPPORTED, IPC_ERROR_OUT_OF_RANGE,
    IPC_ERROR_NO_SPACE,
  };

  if (*error == NULL)
    return;

  for (guint i = 0; i < G_N_ELEMENTS (codes); i++)
    if (g_error_matches (*error, IPC_ERROR, codes[i]))
      {
        g_clear_error (error);
        return;
      }

  fuzz_fail ("%s: %s", what, (*error)->message);
}

#define TRY(call) \
  G_STMT_START \
    { \
      GError *error = NULL; \
      const gboolean done = (call); \
      if (done == (error != NULL)) \
        fuzz_fail (#call ": %s", error != NULL ? error->message : "failed without an error"); \
      judge (#call, &error); \
    } \
  G_STMT_END

static gboolean
ask (IpcSemaphore *semaphore, guint index, GError **error)
{
  IpcInfo *info = ipc_semaphore_get_info (semaphore, index, error);

  if (info == NULL)
    return FALSE;

  for (guint i = 0; i < ipc_info_get_n_holders (info); i++)
    ipc_info_get_holder (info, i, NULL, NULL);
  ipc_info_unref (info);
  return TRUE;
}

static void
use_semaphore (const Kind *kind, IpcSemaphoreFlags flags)
{
  static const IpcSemaphoreOp ops[] = { { 0, -1 }, { 0, 2 }, { 1, -1 }, { 2, 1 } };
  const char *name = fuzz_name (kind->backend);
  g_autoptr (IpcSemaphore) semaphore = NULL;
  const guint n_ops = kind->n_values == 1 ? 2 : 4;
  guint value;

  TRY ((semaphore = ipc_semaphore_open (name, flags, &error)) != NULL);
  if (semaphore == NULL)
    return;

  TRY (ask (semaphore, 0, &error));
  TRY (ipc_semaphore_post (semaphore, &error));
  TRY (ipc_semaphore_wait (semaphore, WAIT_US, NULL, &error));
  TRY (ipc_semaphore_operate (semaphore, ops, n_ops, WAIT_US, NULL, &error));
  TRY (ipc_semaphore_wait_zero (semaphore, WAIT_US, NULL, &error));
  TRY (ipc_semaphore_try_wait (semaphore, &error));
  for (guint i = 0; i < ipc_semaphore_get_size (semaphore) + 1; i += 1 + i)
    {
      TRY (ipc_semaphore_get_value (semaphore, i, &value, &error));
      TRY (ipc_semaphore_set_value (semaphore, i, 2, &error));
      TRY (ask (semaphore, i, &error));
    }
  TRY (ipc_semaphore_unlink (semaphore, &error));
  TRY (ipc_semaphore_post (semaphore, &error));
}

/* What is in a segment is its users' affair: all of it can be read and written, and no more. */
static void
use_segment (const Kind *kind, IpcSegmentFlags flags)
{
  g_autoptr (IpcSegment) segment = NULL;
  char buffer[16] = { 0 };
  gsize size;

  TRY ((segment = ipc_segment_open (fuzz_name (kind->backend), flags, &error)) != NULL);
  if (segment == NULL)
    return;

  size = ipc_segment_get_size (segment);
  if (size == 0 || size > SEGMENT_MAX)
    fuzz_fail ("a segment of %" G_GSIZE_FORMAT " bytes", size);
  TRY (ipc_segment_read (segment, size - MIN (size, sizeof buffer), buffer,
                         MIN (size, sizeof buffer), &error));
  TRY (ipc_segment_read (segment, size, buffer, 1, &error));
  if ((flags & IPC_SEGMENT_READ_ONLY) == 0)
    {
      TRY (ipc_segment_write (segment, 0, buffer, 1, &error));
      TRY (ipc_segment_clear (segment, &error));
      TRY (ipc_segment_resize (segment, size + 1, &error));
    }
  TRY (ipc_segment_unlink (segment, &error));
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  FuzzBytes bytes = { data, data + size };
  const Kind *kind = &kinds[fuzz_below (&bytes, G_N_ELEMENTS (kinds))];
  const gboolean flag = fuzz_byte (&bytes) & 1;
  const gint64 began = g_get_monotonic_time ();

  make_file (kind, &bytes);
  if (kind->n_values > 0)
    use_semaphore (kind, flag ? IPC_SEMAPHORE_UNDO : IPC_SEMAPHORE_FLAGS_NONE);
  else
    use_segment (kind, flag ? IPC_SEGMENT_READ_ONLY : IPC_SEGMENT_FLAGS_NONE);

  fuzz_remove_names ();
  if (g_get_monotonic_time () - began > LONGEST_US)
    fuzz_fail ("it took %" G_GINT64_FORMAT " ms", (g_get_monotonic_time () - began) / 1000);
  return 0;
}
