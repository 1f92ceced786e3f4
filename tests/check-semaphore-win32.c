/* check-semaphore-win32.c: semaphores that other programs of Windows know: win32: names
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ipc-check.h"

#include <windows.h>

#define LONG_US (30 * G_USEC_PER_SEC)
#define FOREIGN_MAXIMUM 5

static const char *
fresh_name (void)
{
  return g_intern_string (g_strconcat ("win32:Local\\", ipc_check_plain_name (), NULL));
}

/* What the system calls it. */
static wchar_t *
wide_name (const char *name)
{
  return (wchar_t *) g_utf8_to_utf16 (name + strlen ("win32:"), -1, NULL, NULL, NULL);
}

static IpcSemaphore *
create (const char *name, guint value)
{
  g_autoptr (GError) error = NULL;
  IpcSemaphore *self = ipc_semaphore_create (name, value, IPC_SEMAPHORE_FLAGS_NONE, &error);

  ipc_check_ok (self != NULL, error);
  return self;
}

/* Under Wine what was made without a list of who may has no owner. */
START_TEST (post_beyond_the_makers_maximum_is_an_error)
{
  const char *name = fresh_name ();
  g_autofree wchar_t *wide = wide_name (name);
  const HANDLE raw = CreateSemaphoreW (NULL, FOREIGN_MAXIMUM, FOREIGN_MAXIMUM, wide);
  g_autoptr (GError) error = NULL;
  g_autoptr (IpcSemaphore) self = ipc_semaphore_open (name, IPC_SEMAPHORE_ANY_OWNER, &error);

  ipc_check_ok (self != NULL, error);
  ck_assert (!ipc_semaphore_post (self, &error));
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_OVERFLOW, "ReleaseSemaphore");
  for (guint i = 0; i < FOREIGN_MAXIMUM; i++)
    ck_assert_uint_eq (WaitForSingleObject (raw, 0), WAIT_OBJECT_0);
  ck_assert_uint_eq (WaitForSingleObject (raw, 0), WAIT_TIMEOUT);
  CloseHandle (raw);
}
END_TEST

START_TEST (name_of_another_type_is_refused)
{
  const char *name = fresh_name ();
  g_autofree wchar_t *wide = wide_name (name);
  const HANDLE event = CreateEventW (NULL, TRUE, FALSE, wide);
  g_autoptr (GError) opening = NULL, making = NULL;

  ck_assert_ptr_null (ipc_semaphore_open (name, IPC_SEMAPHORE_FLAGS_NONE, &opening));
  ipc_check_error (opening, IPC_ERROR, IPC_ERROR_CORRUPT, "another type");
  ck_assert_ptr_null (ipc_semaphore_create (name, 1, IPC_SEMAPHORE_FLAGS_NONE, &making));
  ipc_check_error (making, IPC_ERROR, IPC_ERROR_CORRUPT, "another type");
  CloseHandle (event);
}
END_TEST

START_TEST (name_goes_with_the_last_handle)
{
  const char *name = fresh_name ();
  IpcSemaphore *self = create (name, 1);
  g_autoptr (GError) unlinking = NULL, replacing = NULL, opening = NULL;
  const guint value = 1;

  ck_assert (!ipc_semaphore_unlink (self, &unlinking));
  ipc_check_error (unlinking, IPC_ERROR, IPC_ERROR_NOT_SUPPORTED, "ipc_semaphore_unlink|win32");
  ck_assert_ptr_null (ipc_semaphore_new_full (name, IPC_OPEN_REPLACE, &value, 1, 0600,
                                              IPC_SEMAPHORE_FLAGS_NONE, NULL, &replacing));
  ipc_check_error (replacing, IPC_ERROR, IPC_ERROR_NOT_SUPPORTED, "replaced|win32");

  g_object_unref (self);
  ck_assert_ptr_null (ipc_semaphore_open (name, IPC_SEMAPHORE_FLAGS_NONE, &opening));
  ipc_check_error (opening, IPC_ERROR, IPC_ERROR_NOT_FOUND, "last");
}
END_TEST

/* A unit and a cancellation that come at once. */
START_TEST (unit_is_not_lost_to_a_cancellation)
{
  g_autoptr (IpcSemaphore) self = create (fresh_name (), 1);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  gboolean taken;

  g_cancellable_cancel (cancellable);
  taken = ipc_semaphore_wait (self, LONG_US, cancellable, &error);
  ck_assert (taken != (ipc_semaphore_try_wait (self, NULL)));
}
END_TEST

typedef struct
{
  GCancellable *cancellable;
  pid_t         waiter;
  gint64        cancelled; /* when */
} Canceller;

static gpointer
cancel (gpointer data)
{
  Canceller *self = data;

  ck_assert (ipc_check_blocked (self->waiter));
  self->cancelled = g_get_monotonic_time ();
  g_cancellable_cancel (self->cancellable);
  return NULL;
}

/* Not after the 40 ms that others take: it is the shortest of some that counts, on a busy machine. */
START_TEST (cancelling_ends_a_wait_at_once)
{
  g_autoptr (IpcSemaphore) self = create (fresh_name (), 0);
  gint64 shortest = G_MAXINT64;

  for (int i = 0; i < 10; i++)
    {
      g_autoptr (GCancellable) cancellable = g_cancellable_new ();
      g_autoptr (GError) error = NULL;
      Canceller canceller = { cancellable, ipc_check_thread_id (), 0 };
      GThread *thread = g_thread_new ("cancel", cancel, &canceller);

      ck_assert (!ipc_semaphore_wait (self, LONG_US, cancellable, &error));
      ck_assert (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED));
      g_thread_join (thread);
      shortest = MIN (shortest, g_get_monotonic_time () - canceller.cancelled);
    }

  ck_assert_int_lt (shortest, 15 * 1000);
}
END_TEST

static void
add_tests (Suite *suite)
{
  TCase *tcase = ipc_check_tcase (suite, "win32");

  tcase_add_test (tcase, post_beyond_the_makers_maximum_is_an_error);
  tcase_add_test (tcase, name_of_another_type_is_refused);
  tcase_add_test (tcase, name_goes_with_the_last_handle);
  tcase_add_test (tcase, unit_is_not_lost_to_a_cancellation);
  tcase_add_test (tcase, cancelling_ends_a_wait_at_once);
}

int
main (void)
{
  return ipc_check_main ("semaphore-win32", add_tests);
}
