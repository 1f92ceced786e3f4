/* check-native-faults.c: native semaphores: files that are none, and heads that change
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ipc-check-semaphore.h"

#include "ipc-native-private.h"

#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define PLANTED "planted"
#define PLANTED_PATH "/dev/shm/ipc-sem." PLANTED
#define PAGE 4096

static IpcSemaphore *
open_one (IpcOpenMode mode, GError **error)
{
  static const guint value = 1;

  return ipc_semaphore_new_full (PLANTED, mode, &value, 1, 0600, IPC_SEMAPHORE_UNDO, NULL, error);
}

/* -- What bears the name and is no semaphore -- */

static void
plant (IpcNativeFile *head, gsize size)
{
  const int fd = open (PLANTED_PATH, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

  ck_assert_int_ge (fd, 0);
  ck_assert_int_eq (pwrite (fd, head, sizeof *head, 0), sizeof *head);
  ck_assert_int_eq (ftruncate (fd, (off_t) size), 0);
  close (fd);
}

static void
plant_directory (IpcNativeFile *head G_GNUC_UNUSED)
{
  ck_assert_int_eq (mkdir (PLANTED_PATH, 0700), 0);
}

static void
plant_fifo (IpcNativeFile *head G_GNUC_UNUSED)
{
  ck_assert_int_eq (mkfifo (PLANTED_PATH, 0600), 0);
}

/* To a real semaphore, which is not what the name says. */
static void
plant_link (IpcNativeFile *head G_GNUC_UNUSED)
{
  g_object_unref (ipc_semaphore_create ("real", 1, IPC_SEMAPHORE_FLAGS_NONE, NULL));
  ck_assert_int_eq (symlink ("/dev/shm/ipc-sem.real", PLANTED_PATH), 0);
}

static void
plant_empty (IpcNativeFile *head)
{
  plant (head, 0);
}

static void
plant_short (IpcNativeFile *head)
{
  plant (head, sizeof *head);
}

static void
plant_zeros (IpcNativeFile *head)
{
  memset (head, 0, sizeof *head);
  plant (head, IPC_NATIVE_SET_OFFSET);
}

static void
plant_other_layout (IpcNativeFile *head)
{
  head->layout = 77;
  plant (head, IPC_NATIVE_SET_OFFSET);
}

static void
plant_no_values (IpcNativeFile *head)
{
  head->n_values = 0;
  plant (head, IPC_NATIVE_SET_OFFSET);
}

static void
plant_too_many_values (IpcNativeFile *head)
{
  head->n_values = IPC_SET_MAX + 1;
  plant (head, ipc_native_file_size (IPC_SET_MAX + 1));
}

static void
plant_larger_set (IpcNativeFile *head)
{
  head->n_values = 3;
  plant (head, ipc_native_file_size (2));
}

static void
plant_longer_file (IpcNativeFile *head)
{
  plant (head, IPC_NATIVE_SET_OFFSET + 1);
}

static void
plant_more_lanes (IpcNativeFile *head)
{
  head->n_lanes = IPC_LANE_MAX + 1;
  plant (head, IPC_NATIVE_SET_OFFSET);
}

static const struct
{
  void      (*plant) (IpcNativeFile *head);
  IpcError    code;
  const char *words;
} plants[] = {
  { plant_directory, IPC_ERROR_CORRUPT, "a directory" },
  { plant_fifo, IPC_ERROR_CORRUPT, "a FIFO" },
  { plant_link, IPC_ERROR_UNTRUSTED, "symbolic link" },
  { plant_empty, IPC_ERROR_CORRUPT, "0 bytes" },
  { plant_short, IPC_ERROR_CORRUPT, "256 bytes" },
  { plant_zeros, IPC_ERROR_CORRUPT, "no native semaphore" },
  { plant_other_layout, IPC_ERROR_CORRUPT, "layout 77" },
  { plant_no_values, IPC_ERROR_CORRUPT, "head" },
  { plant_too_many_values, IPC_ERROR_CORRUPT, "head" },
  { plant_larger_set, IPC_ERROR_CORRUPT, "head" },
  { plant_longer_file, IPC_ERROR_CORRUPT, "head" },
  { plant_more_lanes, IPC_ERROR_CORRUPT, "head" },
};

static void
open_what_was_planted (gpointer data)
{
  static const IpcOpenMode modes[] = { IPC_OPEN_EXISTING, IPC_OPEN_OR_CREATE };
  const guint i = GPOINTER_TO_UINT (data);
  IpcNativeFile head = {
    .magic = IPC_NATIVE_MAGIC,
    .layout = IPC_NATIVE_LAYOUT,
    .n_values = 1,
    .n_lanes = IPC_LANE_MAX,
  };
  g_autoptr (GError) error = NULL;
  guint fds, maps;

  plants[i].plant (&head);
  fds = ipc_check_count_fds ();
  maps = ipc_check_count_maps ("/dev/shm/");
  for (gsize m = 0; m < G_N_ELEMENTS (modes); m++)
    {
      ck_assert_ptr_null (open_one (modes[m], &error));
      ipc_check_error (error, IPC_ERROR, plants[i].code, plants[i].words);
      ipc_check_error (error, IPC_ERROR, plants[i].code, PLANTED);
      g_clear_error (&error);
    }
  ck_assert_ptr_null (open_one (IPC_OPEN_CREATE, &error));
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_EXISTS, NULL);
  ck_assert_uint_eq (ipc_check_count_fds (), fds);
  ck_assert_uint_eq (ipc_check_count_maps ("/dev/shm/"), maps);

  /* The name can be freed, by whoever knows that it should be. */
  if (plants[i].plant != plant_directory)
    ck_assert (ipc_semaphore_unlink_name (PLANTED, NULL) && access (PLANTED_PATH, F_OK) != 0);
}

START_TEST (what_is_no_semaphore_is_refused)
{
  ck_assert_int_eq (ipc_check_in_namespaces (CLONE_NEWNS, 64 * PAGE, open_what_was_planted,
                                             GUINT_TO_POINTER (_i)),
                    0);
}
END_TEST

/* -- A head that changes under those who have it open -- */

static IpcNativeFile *
map_file (const char *plain)
{
  g_autofree char *path = g_strconcat ("/dev/shm/ipc-sem.", plain, NULL);
  const int fd = open (path, O_RDWR | O_CLOEXEC);
  IpcNativeFile *file = mmap (NULL, sizeof *file, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

  ck_assert (file != MAP_FAILED);
  close (fd);
  return file;
}

START_TEST (geometry_is_not_read_twice)
{
  const char *plain = ipc_check_plain_name ();
  static const guint zeros[3];
  g_autoptr (IpcSemaphore) sem = ipc_semaphore_new_full (plain, IPC_OPEN_CREATE, zeros, (gsize) _i,
                                                         0600, IPC_SEMAPHORE_UNDO, NULL, NULL);
  const IpcSemaphoreOp give = { (guint) _i - 1, +2 }, take = { (guint) _i - 1, -1 };
  IpcNativeFile *file = map_file (plain);
  g_autoptr (GError) error = NULL;
  g_autoptr (IpcInfo) info = NULL;

  file->magic = 0;
  file->layout = file->n_values = file->n_lanes = G_MAXUINT32;
  atomic_store (&file->lanes_used, G_MAXUINT32);
  ipc_check_ok (ipc_semaphore_operate (sem, &give, 1, -1, NULL, &error), error);
  ipc_check_ok (ipc_semaphore_operate (sem, &take, 1, -1, NULL, &error), error);
  ck_assert_uint_eq (ipc_check_value (sem, (guint) _i - 1), 1);
  info = ipc_semaphore_get_info (sem, (guint) _i - 1, &error);
  ipc_check_ok (info != NULL, error);
  ck_assert_int_eq (ipc_info_get_size (info), _i);
}
END_TEST

/* In one, a word that its author denies; in a set, a lock with more than one unit. */
static void
spoil (IpcNativeFile *file, gsize n_values)
{
  atomic_store (&file->word, n_values == 1 ? ipc_word_make (1, 0, 7, 4711)
                                           : ipc_word_make (2, 0, IPC_LANE_NONE, 0));
}

START_TEST (nonsense_in_the_word_is_told)
{
  static const guint ones[] = { 1, 1 };
  const IpcSemaphoreOp take = { 0, -1 };
  const char *plain = ipc_check_plain_name ();
  g_autoptr (IpcSemaphore) sem = ipc_semaphore_new_full (plain, IPC_OPEN_CREATE, ones, (gsize) _i,
                                                         0600, IPC_SEMAPHORE_UNDO, NULL, NULL);
  g_autoptr (IpcSemaphore) plainly = ipc_check_semaphore_open (plain, IPC_SEMAPHORE_FLAGS_NONE);
  GError *errors[6] = { NULL };

  spoil (map_file (plain), (gsize) _i);
  ck_assert (!ipc_semaphore_wait (sem, -1, NULL, &errors[0]));
  ck_assert (!ipc_semaphore_try_wait (plainly, &errors[1]));
  ck_assert (!ipc_semaphore_post (sem, &errors[2]));
  ck_assert (!ipc_semaphore_post (plainly, &errors[3]));
  ck_assert (!ipc_semaphore_operate (plainly, &take, 1, -1, NULL, &errors[4]));
  ck_assert (!ipc_semaphore_set_value (sem, 0, 1, &errors[5]));
  for (gsize i = 0; i < G_N_ELEMENTS (errors); i++)
    {
      ipc_check_error (errors[i], IPC_ERROR, IPC_ERROR_CORRUPT, "nonsense|unlink it");
      ipc_check_error (errors[i], IPC_ERROR, IPC_ERROR_CORRUPT, plain);
      g_clear_error (&errors[i]);
    }
  ck_assert (ipc_semaphore_unlink (sem, NULL));
}
END_TEST

static void
change_lanes_used (gpointer file)
{
  for (;;)
    {
      atomic_store (&((IpcNativeFile *) file)->lanes_used, G_MAXUINT32);
      atomic_store (&((IpcNativeFile *) file)->lanes_used, 1);
    }
}

/* What is checked and what is used must be one reading.  Until it was seen to change often enough,
 * which on one processor it is not. */
START_TEST (number_that_changes_is_read_once)
{
  const char *plain = ipc_check_plain_name ();
  g_autoptr (IpcSemaphore) sem = ipc_semaphore_create (plain, 1, IPC_SEMAPHORE_UNDO, NULL);
  IpcNativeFile *file = map_file (plain);
  pid_t peer = ipc_check_fork (change_lanes_used, file);
  int n_changes = 0;

  for (int i = 0; n_changes < 5000 && i < 100 * 1000; i++)
    {
      const guint before = atomic_load (&file->lanes_used);
      g_autoptr (IpcInfo) info = ipc_semaphore_get_info (sem, 0, NULL);

      ck_assert_ptr_nonnull (info);
      n_changes += atomic_load (&file->lanes_used) != before;
    }
  ipc_check_kill (peer);
}
END_TEST

/* -- M5: a peer with write access makes zeros of it -- */

typedef struct
{
  const char   *name;
  gsize         n_values;
  IpcCheckGate *there, *gone;
} Hole;

/* It may find other values from then on, but each call ends. */
static void
use_before_and_after (gpointer data)
{
  static const guint ones[] = { 1, 1 };
  const Hole *hole = data;
  g_autoptr (IpcSemaphore) sem = ipc_semaphore_new_full (hole->name, IPC_OPEN_CREATE, ones,
                                                         hole->n_values, 0600, IPC_SEMAPHORE_UNDO,
                                                         NULL, NULL);
  g_autoptr (IpcInfo) info = NULL;

  ck_assert (ipc_semaphore_try_wait (sem, NULL));
  ipc_check_gate_open (hole->there);
  ipc_check_gate_pass (hole->gone);
  ck_assert (!ipc_semaphore_wait (sem, 20 * 1000, NULL, NULL));
  info = ipc_semaphore_get_info (sem, 0, NULL);
  ck_assert_ptr_nonnull (info);
  ipc_semaphore_post (sem, NULL);
  ipc_semaphore_set_value (sem, 0, 1, NULL);
}

static void
punch (const char *plain, gsize size)
{
  g_autofree char *path = g_strconcat ("/dev/shm/ipc-sem.", plain, NULL);
  const int fd = open (path, O_RDWR | O_CLOEXEC);

  ck_assert_int_eq (fallocate (fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, (off_t) size), 0);
  close (fd);
}

START_TEST (hole_is_no_semaphore_any_more)
{
  g_autoptr (IpcCheckGate) there = ipc_check_gate_new ();
  g_autoptr (IpcCheckGate) gone = ipc_check_gate_new ();
  Hole hole = { ipc_check_plain_name (), (gsize) _i, there, gone };
  g_autoptr (GError) error = NULL;
  pid_t peer = ipc_check_fork (use_before_and_after, &hole);

  ipc_check_gate_pass (there);
  punch (hole.name, ipc_native_file_size ((guint) _i));
  ck_assert_ptr_null (ipc_semaphore_open (hole.name, IPC_SEMAPHORE_UNDO, &error));
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_CORRUPT, "no native semaphore");
  ipc_check_gate_open (gone);
  ck_assert_int_eq (ipc_check_join (peer), 0);
  ck_assert (ipc_semaphore_unlink_name (hole.name, NULL));
}
END_TEST

static void
add_tests (Suite *suite)
{
  TCase *tcase = ipc_check_tcase (suite, "native-faults");

  tcase_add_loop_test (tcase, geometry_is_not_read_twice, 1, 4);
  tcase_add_loop_test (tcase, nonsense_in_the_word_is_told, 1, 3);
  tcase_add_test (tcase, number_that_changes_is_read_once);
  tcase_add_loop_test (tcase, hole_is_no_semaphore_any_more, 1, 3);
  if (ipc_check_needs_namespaces ("what is no native semaphore"))
    tcase_add_loop_test (tcase, what_is_no_semaphore_is_refused, 0, G_N_ELEMENTS (plants));
}

int
main (void)
{
  return ipc_check_main ("native-faults", add_tests);
}
