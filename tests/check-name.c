/* check-name.c: which object a name means, and what is no name
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ipc-check.h"
#include "ipc-name-private.h"

#include <string.h>

/* -- Good names -- */

typedef struct
{
  const char *text;
  IpcBackend  backend;
  const char *plain;
} PlainCase;

static const PlainCase plain_cases[] = {
  { "jobs", IPC_BACKEND_NATIVE, "jobs" },
  { "/jobs", IPC_BACKEND_NATIVE, "jobs" },
  { "native:jobs", IPC_BACKEND_NATIVE, "jobs" },
  { "native:/jobs", IPC_BACKEND_NATIVE, "jobs" },
  { "posix:jobs", IPC_BACKEND_POSIX, "jobs" },
  { "posix:/jobs", IPC_BACKEND_POSIX, "jobs" },
  { "...", IPC_BACKEND_NATIVE, "..." },
  { ".hidden", IPC_BACKEND_NATIVE, ".hidden" },
  { "sem.jobs", IPC_BACKEND_NATIVE, "sem.jobs" }, /* of a semaphore */
  { "two words, 100 %n", IPC_BACKEND_NATIVE, "two words, 100 %n" },
  { "posix:/Aufträge-für-日本", IPC_BACKEND_POSIX, "Aufträge-für-日本" },
  { "win32:Local\\jobs", IPC_BACKEND_WIN32, "Local\\jobs" },
  { "win32:Global\\jobs", IPC_BACKEND_WIN32, "Global\\jobs" },
  { "win32:jobs", IPC_BACKEND_WIN32, "jobs" },
};

START_TEST (plain_name_is_understood)
{
  const PlainCase *c = &plain_cases[_i];
  g_autoptr (GError) error = NULL;
  g_autoptr (IpcName) name = ipc_name_parse (c->text, &error);

  ipc_check_ok (name != NULL, error);
  ck_assert_str_eq (name->text, c->text);
  ck_assert_int_eq (name->backend, c->backend);
  ck_assert_str_eq (name->plain, c->plain);
  ck_assert_int_eq (ipc_name_get_backend (c->text, &error), c->backend);
}
END_TEST

typedef struct
{
  const char *text;
  gint32      key;
} KeyCase;

static const KeyCase key_cases[] = {
  { "sysv:0x12334", 0x12334 },
  { "sysv:74548", 0x12334 },
  { "sysv:0221464", 0x12334 },
  { "sysv:1", 1 },
  { "sysv:-1", -1 },
  { "sysv:0xffffffff", -1 },
  { "sysv:4294967295", -1 },
  { "sysv:-0x1", -1 },
  { "sysv:2147483647", G_MAXINT32 },
  { "sysv:0x7fffffff", G_MAXINT32 },
  { "sysv:-2147483648", G_MININT32 },
  { "sysv:0x80000000", G_MININT32 },
  { "sysv:2147483648", G_MININT32 },
  /* The one that rustatian/ipc uses. */
  { "sysv:/mylock", (gint32) 0xc23dfe97 },
};

START_TEST (key_is_understood)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (IpcName) name = ipc_name_parse (key_cases[_i].text, &error);

  ipc_check_ok (name != NULL, error);
  ck_assert_int_eq (name->backend, IPC_BACKEND_SYSV);
  ck_assert_int_eq (name->key, key_cases[_i].key);
  ck_assert_int_eq (name->id, -1);
  ck_assert_ptr_null (name->plain);
}
END_TEST

/* Against the values that the algorithm's authors publish, then ours against that. */
START_TEST (named_key_is_fnv1a)
{
  static const char *const names[] = { "/mylock", "/jobs", "/a", "/Aufträge" };

  ck_assert_uint_eq (ipc_check_fnv1a ("a"), 0xe40c292c);
  ck_assert_uint_eq (ipc_check_fnv1a ("foobar"), 0xbf9cf968);
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *text = g_strconcat ("sysv:", names[i], NULL);
      g_autoptr (GError) error = NULL;
      g_autoptr (IpcName) name = ipc_name_parse (text, &error);

      ipc_check_ok (name != NULL, error);
      ck_assert_uint_eq ((guint32) name->key, ipc_check_fnv1a (names[i]));
    }
}
END_TEST

START_TEST (id_is_understood)
{
  static const struct { const char *text; int id; } cases[] = {
    { "sysv:id:0", 0 }, { "sysv:id:32769", 32769 }, { "sysv:id:0x8001", 32769 },
    { "sysv:id:2147483647", G_MAXINT32 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (IpcName) name = ipc_name_parse (cases[i].text, &error);

      ipc_check_ok (name != NULL, error);
      ck_assert_int_eq (name->backend, IPC_BACKEND_SYSV);
      ck_assert_int_eq (name->id, cases[i].id);
      ck_assert_int_eq (name->key, 0);
    }
}
END_TEST

/* -- Bad names: the reason is in the message -- */

typedef struct
{
  const char *text;
  const char *words;
} BadCase;

static const BadCase bad_cases[] = {
  { "", "empty" },
  { "/", "empty" },
  { "native:", "empty" },
  { "native:/", "empty" },
  { "posix:", "empty" },
  { "posix:/", "empty" },
  { "sysv:/", "empty" },
  { "win32:", "empty" },
  { "win32:Local\\", "empty" },
  { "win32:Global\\", "empty" },
  { ".", "directory" },
  { "/..", "directory" },
  { "posix:/.", "directory" },
  { "sysv:/..", "directory" },
  { "a/b", "slash inside" },
  { "//jobs", "slash inside" },
  { "posix://jobs", "slash inside" },
  { "posix:/../../etc/passwd", "slash inside" },
  { "../jobs", "slash inside" },
  { "jobs/", "slash inside" },
  { "sysv:/a/b", "slash inside" },
  { "a\\b", "backslash inside" },
  { "posix:a\\b", "backslash inside" },
  { "win32:Local\\a\\b", "backslash after" },
  { "win32:Other\\b", "backslash after" },
  { "/jobs:1", "colon inside|scheme" },
  { "posix:/jobs:1", "colon inside" },
  { "native:native:jobs", "colon inside" },
  { "jobs:1", "unknown scheme|native:|sysv:|posix:|win32:" },
  { ":jobs", "unknown scheme" },
  { "http://jobs", "unknown scheme" },
  { "SYSV:1", "unknown scheme" },
  { " sysv:1", "unknown scheme" },
  { "a\nb", "control character" },
  { "posix:/a\x7f", "control character" },
  { "a\xc2\x85z", "control character" },
  { "sysv:/a\tb", "control character" },
  { "win32:Local\\a\tb", "control character" },
  { "a\xff", "UTF-8" },
  { "posix:/\xc3", "UTF-8" },
  { "sysv:/\xed\xa0\x80", "UTF-8" },
  { "\xfe:jobs", "UTF-8" },
  { "sysv:0", "IPC_PRIVATE" },
  { "sysv:0x0", "IPC_PRIVATE" },
  { "sysv:00", "IPC_PRIVATE" },
  { "sysv:/aemhueo", "IPC_PRIVATE|another name" },
  { "sysv:", "32-bit number" },
  { "sysv:jobs", "32-bit number" },
  { "sysv:0x", "32-bit number" },
  { "sysv:08", "32-bit number" },
  { "sysv:1 ", "32-bit number" },
  { "sysv: 1", "32-bit number" },
  { "sysv:+1", "32-bit number" },
  { "sysv:1.5", "32-bit number" },
  { "sysv:0x100000000", "32-bit number" },
  { "sysv:-2147483649", "32-bit number" },
  { "sysv:99999999999999999999999999", "32-bit number" },
  { "sysv:-99999999999999999999999999", "32-bit number" },
  { "sysv:id:", "an id is|ipcs" },
  { "sysv:id:-1", "an id is" },
  { "sysv:id:2147483648", "an id is" },
  { "sysv:id:x", "an id is" },
  { "sysv:id:1:2", "an id is" },
};

START_TEST (bad_name_says_why)
{
  const BadCase *c = &bad_cases[_i];
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) again = NULL;
  g_autofree char *quoted = g_utf8_make_valid (c->text, -1);

  ck_assert_ptr_null (ipc_name_parse (c->text, &error));
  ipc_check_error (error, IPC_ERROR, IPC_ERROR_INVALID_NAME, c->words);
  ck_assert_ptr_nonnull (strstr (error->message, quoted));
  ck_assert (g_utf8_validate (error->message, -1, NULL));

  ck_assert_int_eq (ipc_name_get_backend (c->text, &again), IPC_BACKEND_NONE);
  ck_assert_str_eq (again->message, error->message);
}
END_TEST

START_TEST (length_is_counted_in_bytes)
{
  static const char *const prefixes[] = { "", "/", "native:", "posix:/", "sysv:/", "win32:" };
  g_autofree char *longest = g_strnfill (IPC_NAME_MAX, 'x');
  g_autofree char *wide = g_strdup (longest);

  /* One letter of two bytes in place of one of one. */
  memcpy (wide + IPC_NAME_MAX - 1, "\xc3", 1);
  for (gsize i = 0; i < G_N_ELEMENTS (prefixes); i++)
    {
      g_autofree char *good = g_strconcat (prefixes[i], longest, NULL);
      g_autofree char *bad = g_strconcat (good, "x", NULL);
      g_autofree char *bad_wide = g_strconcat (prefixes[i], wide, "\xa4", NULL);
      g_autoptr (GError) error = NULL;
      g_autoptr (GError) wide_error = NULL;
      g_autoptr (IpcName) name = ipc_name_parse (good, &error);

      ipc_check_ok (name != NULL, error);
      ck_assert_ptr_null (ipc_name_parse (bad, &error));
      ipc_check_error (error, IPC_ERROR, IPC_ERROR_INVALID_NAME, "too long|200");
      ck_assert_ptr_null (ipc_name_parse (bad_wide, &wide_error));
      ipc_check_error (wide_error, IPC_ERROR, IPC_ERROR_INVALID_NAME, "too long");
    }
}
END_TEST

/* The same rules written once more, the other way round. */
static gboolean
is_good_plain (const char *plain)
{
  g_autofree char *folder = g_path_get_dirname (plain);

  for (const char *at = plain; *at != '\0'; at = g_utf8_next_char (at))
    if (g_utf8_get_char (at) < ' ' || strchr ("/\\:\x7f", *at) != NULL
        || (g_utf8_get_char (at) >= 0x80 && g_utf8_get_char (at) < 0xa0))
      return FALSE;
  return *plain != '\0' && strlen (plain) <= 200 && strcmp (folder, ".") == 0
         && strcmp (plain, ".") != 0 && strcmp (plain, "..") != 0;
}

static char *
random_name (GRand *rand)
{
  static const char *const bits[] = {
    "native:", "sysv:", "posix:", "win32:", "id:", "/", "\\", ":", ".", "..", "Local\\", "0x", "-",
    "a", "jobs", "\xc3\xa4", "\xff", "\n", "0", "7", "99999999999", "\xe2\x80\xa8", "%s", " ",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
  };
  GString *text = g_string_new (NULL);

  for (int n = g_rand_int_range (rand, 0, 7); n > 0; n--)
    if (g_rand_boolean (rand))
      g_string_append (text, bits[g_rand_int_range (rand, 0, G_N_ELEMENTS (bits))]);
    else
      g_string_append_c (text, (char) g_rand_int_range (rand, 1, 256));
  return g_string_free (text, FALSE);
}

static void
check_any_name (const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (IpcName) name = ipc_name_parse (text, &error);

  ck_assert ((name != NULL) == (error == NULL));
  if (error != NULL)
    {
      ipc_check_error (error, IPC_ERROR, IPC_ERROR_INVALID_NAME, NULL);
      ck_assert (g_utf8_validate (error->message, -1, NULL));
    }
  else if (name->backend == IPC_BACKEND_SYSV)
    ck_assert_msg ((name->key != 0) != (name->id >= 0), "\"%s\" is %d and %d", text, name->key,
                   name->id);
  else if (name->backend != IPC_BACKEND_WIN32)
    ck_assert_msg (is_good_plain (name->plain), "\"%s\" passed as \"%s\"", text, name->plain);
}

START_TEST (any_bytes_are_a_name_or_an_error)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (20110803);

  for (int i = 0; i < 50000; i++)
    {
      g_autofree char *text = random_name (rand);

      check_any_name (text);
    }
}
END_TEST

static void
add_tests (Suite *suite)
{
  TCase *tcase = ipc_check_tcase (suite, "name");

  tcase_add_loop_test (tcase, plain_name_is_understood, 0, G_N_ELEMENTS (plain_cases));
  tcase_add_loop_test (tcase, key_is_understood, 0, G_N_ELEMENTS (key_cases));
  tcase_add_test (tcase, named_key_is_fnv1a);
  tcase_add_test (tcase, id_is_understood);
  tcase_add_loop_test (tcase, bad_name_says_why, 0, G_N_ELEMENTS (bad_cases));
  tcase_add_test (tcase, length_is_counted_in_bytes);
  tcase_add_test (tcase, any_bytes_are_a_name_or_an_error);
}

int
main (void)
{
  return ipc_check_main ("name", add_tests);
}
