/* check-semaphore-spoilt.c: POSIX semaphores that a peer has written over
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ipc-check.h"

#include <fcntl.h>
#include <semaphore.h>
#include <sys/mman.h>
#include <unistd.h>

typedef struct
{
  IpcSemaphore *semaphore;
  guint8       *memory;
} Spoilt;

static Spoilt
make (void)
{
  const char *plain = ipc_check_plain_name ();
  g_autofree char *name = g_strconcat ("posix:/", plain, NULL);
  g_autofree char *path = g_strconcat ("/dev/shm/sem.", plain, NULL);
  g_autoptr (GError) error = NULL;
  Spoilt self = { .semaphore = ipc_semaphore_create (name, 1, 0, &error) };
  const int fd = open (path, O_RDWR | O_CLOEXEC);

  ipc_check_ok (self.semaphore != NULL, error);
  self.memory = mmap (NULL, sizeof (sem_t), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  ck_assert_ptr_ne (self.memory, MAP_FAILED);
  close (fd);
  return self;
}

static void
check_call (const char *call, gboolean done, GError **reason, gboolean *spoilt)
{
  const GError *error = *reason;

  if (done || g_error_matches (error, IPC_ERROR, IPC_ERROR_TIMED_OUT)
      || g_error_matches (error, IPC_ERROR, IPC_ERROR_WOULD_BLOCK)
      || g_error_matches (error, IPC_ERROR, IPC_ERROR_OVERFLOW))
    return;

  ipc_check_error (error, IPC_ERROR, IPC_ERROR_CORRUPT, "nonsense|unlink it");
  ck_assert_ptr_nonnull (strstr (error->message, call));
  *spoilt = TRUE;
}

/* What glibc does with a word that it takes on trust is to end the process. */
static gboolean
calls_end (IpcSemaphore *semaphore)
{
  gboolean spoilt = FALSE;
  g_autoptr (GError) post = NULL, try = NULL, wait = NULL, open = NULL;
  g_autoptr (IpcSemaphore) again = NULL;

  check_call ("sem_post", ipc_semaphore_post (semaphore, &post), &post, &spoilt);
  check_call ("sem_trywait", ipc_semaphore_try_wait (semaphore, &try), &try, &spoilt);
  check_call ("sem_", ipc_semaphore_wait (semaphore, 1000, NULL, &wait), &wait, &spoilt);
  again = ipc_semaphore_open (ipc_semaphore_get_name (semaphore), 0, &open);
  check_call ("sem_open", again != NULL, &open, &spoilt);
  return spoilt;
}

START_TEST (nonsense_is_an_error)
{
  guint n_spoilt = 0;

  for (guint i = 0; i < sizeof (sem_t); i++)
    {
      Spoilt self = make ();

      self.memory[i] ^= 0xff;
      n_spoilt += calls_end (self.semaphore);
      munmap (self.memory, sizeof (sem_t));
      g_object_unref (self.semaphore);
    }

  /* Each byte of the word that says who shares it. */
  ck_assert_uint_eq (n_spoilt, sizeof (guint32));
}
END_TEST

/* What is all ones has more than the highest value, and would be waited for like any other. */
START_TEST (ones_everywhere_are_an_error)
{
  Spoilt self = make ();
  g_autoptr (GError) error = NULL;

  memset (self.memory, 0xff, sizeof (sem_t));
  ck_assert (!ipc_semaphore_wait (self.semaphore, -1, NULL, &error));
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_CORRUPT, "sem_trywait|nonsense");
  munmap (self.memory, sizeof (sem_t));
  g_object_unref (self.semaphore);
}
END_TEST

static void
wait_until_told (gpointer semaphore)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  ck_assert (!ipc_semaphore_wait (semaphore, -1, cancellable, &error));
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_CORRUPT, "sem_clockwait|nonsense");
}

/* Who can be cancelled looks again every now and then. */
START_TEST (nonsense_is_seen_while_waiting)
{
  Spoilt self = make ();
  pid_t peer;

  ck_assert (ipc_semaphore_try_wait (self.semaphore, NULL));
  peer = ipc_check_fork (wait_until_told, self.semaphore);
  ck_assert (ipc_check_blocked (peer));
  memset (self.memory, 0xff, sizeof (sem_t));
  ck_assert_int_eq (ipc_check_join (peer), 0);
  munmap (self.memory, sizeof (sem_t));
  g_object_unref (self.semaphore);
}
END_TEST

static void
add_tests (Suite *suite)
{
  TCase *tcase = ipc_check_tcase (suite, "semaphore-spoilt");

  tcase_add_test (tcase, nonsense_is_an_error);
  tcase_add_test (tcase, ones_everywhere_are_an_error);
  tcase_add_test (tcase, nonsense_is_seen_while_waiting);
}

int
main (void)
{
  return ipc_check_main ("semaphore-spoilt", add_tests);
}
