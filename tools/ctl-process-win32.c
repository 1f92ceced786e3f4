/* ctl-process-win32.c: a command that ends with this process, and what others are called
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ctl.h"

#include <string.h>
#define WIN32_LEAN_AND_MEAN /* wincrypt.h has a CTL_USAGE of its own */
#include <windows.h>

/* -- The command -- */

/* A program takes its command line apart: backslashes count only before a quote. */
static void
append_word (GString *line, const char *word)
{
  gsize n_backslashes = 0;

  if (line->len > 0)
    g_string_append_c (line, ' ');
  if (*word != '\0' && strpbrk (word, " \t\n\v\"") == NULL)
    {
      g_string_append (line, word);
      return;
    }

  g_string_append_c (line, '"');
  for (; *word != '\0'; word++)
    {
      n_backslashes = *word == '\\' ? n_backslashes + 1 : n_backslashes;
      for (; *word == '"' && n_backslashes > 0; n_backslashes--)
        g_string_append_c (line, '\\');
      if (*word == '"')
        g_string_append_c (line, '\\');
      n_backslashes = *word == '\\' ? n_backslashes : 0;
      g_string_append_c (line, *word);
    }
  for (; n_backslashes > 0; n_backslashes--)
    g_string_append_c (line, '\\');
  g_string_append_c (line, '"');
}

static wchar_t *
command_line (char **command)
{
  g_autoptr (GString) line = g_string_new (NULL);

  for (guint i = 0; command[i] != NULL; i++)
    append_word (line, command[i]);

  return (wchar_t *) g_utf8_to_utf16 (line->str, -1, NULL, NULL, NULL);
}

/* The command is in a job that goes with this process; what the command starts is not. */
static HANDLE
make_job (void)
{
  JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits = {
    .BasicLimitInformation.LimitFlags
    = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE | JOB_OBJECT_LIMIT_SILENT_BREAKAWAY_OK,
  };
  HANDLE job = CreateJobObjectW (NULL, NULL);

  SetInformationJobObject (job, JobObjectExtendedLimitInformation, &limits, sizeof limits);
  return job;
}

/* NULL: told. */
static HANDLE
start (char **command, DWORD *code)
{
  g_autofree wchar_t *line = command_line (command);
  STARTUPINFOW startup = {
    .cb = sizeof startup,
    .dwFlags = STARTF_USESTDHANDLES,
    .hStdInput = GetStdHandle (STD_INPUT_HANDLE),
    .hStdOutput = GetStdHandle (STD_OUTPUT_HANDLE),
    .hStdError = GetStdHandle (STD_ERROR_HANDLE),
  };
  PROCESS_INFORMATION started;

  if (line == NULL
      || !CreateProcessW (NULL, line, NULL, NULL, TRUE, CREATE_SUSPENDED, NULL, NULL, &startup,
                          &started))
    {
      g_autofree char *reason = NULL;

      *code = GetLastError ();
      reason = g_win32_error_message ((int) *code);
      ctl_warn ("%s: %s", command[0], reason);
      return NULL;
    }

  AssignProcessToJobObject (make_job (), started.hProcess);
  ResumeThread (started.hThread);
  CloseHandle (started.hThread);
  return started.hProcess;
}

/* Ctrl-C reaches the command as well, and ends it if it likes. */
static BOOL WINAPI
leave_to_command (DWORD type)
{
  return type == CTRL_C_EVENT || type == CTRL_BREAK_EVENT;
}

int
ctl_run_command (char **command)
{
  DWORD code = 0;
  HANDLE process;

  fflush (NULL);
  SetConsoleCtrlHandler (leave_to_command, TRUE);
  process = start (command, &code);
  if (process == NULL)
    return code == ERROR_FILE_NOT_FOUND || code == ERROR_PATH_NOT_FOUND ? 127 : 126;

  WaitForSingleObject (process, INFINITE);
  GetExitCodeProcess (process, &code);
  CloseHandle (process);
  return (int) code;
}

/* -- Others -- */

char *
ctl_text_command (IpcInfo *info G_GNUC_UNUSED, gint64 pid)
{
  HANDLE process = OpenProcess (PROCESS_QUERY_LIMITED_INFORMATION, FALSE, (DWORD) pid);
  wchar_t path[32768];
  DWORD length = G_N_ELEMENTS (path);
  g_autofree char *text = NULL;

  if (process != NULL && QueryFullProcessImageNameW (process, 0, path, &length))
    text = g_utf16_to_utf8 ((const gunichar2 *) path, length, NULL, NULL, NULL);
  if (process != NULL)
    CloseHandle (process);

  return text != NULL ? ctl_text_safe (text) : g_strdup ("?");
}
