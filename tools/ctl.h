/* ctl.h: what the verbs of ipcctl share
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <glib/gi18n.h>
#include <ipc/ipc.h>
#include <stdio.h>

/* -- Verbs: one file each -- */

typedef enum
{
  CTL_DONE = 0,
  CTL_FAILED = 1,
  CTL_USAGE = 2,
  CTL_TIMED_OUT = 3
} CtlStatus;

typedef struct
{
  const char *name;
  const char *arguments; /* as --help shows them */
  const char *summary;   /* one line */
  const char *details;   /* below it; may be NULL */
  int (*run) (int argc, char **argv);
} CtlVerb;

extern const CtlVerb ctl_bench, ctl_create, ctl_explain, ctl_gc, ctl_inspect, ctl_list, ctl_post,
  ctl_read, ctl_rm, ctl_wait, ctl_watch, ctl_write;

/* Takes the options out of @argv; what is left are arguments, behind the verb.  FALSE: told, and the
 * verb ends with CTL_USAGE. */
gboolean ctl_parse (const CtlVerb *verb, const GOptionEntry *entries, int *argc, char ***argv);

/* Each tells in one line on standard error what is wrong, and returns the exit status. */
int ctl_fail (const GError *error);
int ctl_usage (const CtlVerb *verb, const char *format, ...) G_GNUC_PRINTF (2, 3);
void ctl_warn (const char *format, ...) G_GNUC_PRINTF (1, 2);

/* -- Objects: ctl-object.c -- */

/* What bears @name (IPC_KIND_NONE: of both kinds): as ipc_info_list() found it, or where that tells
 * only names, as the object itself says.  NULL with @error set, IPC_ERROR_NOT_FOUND if there is
 * nothing: ctl-find-*.c. */
GPtrArray *ctl_find (const char *name, IpcKind kind, GError **error);

/* All that is known of what was listed; the caller's. */
IpcInfo   *ctl_complete (IpcInfo *listed);

/* Those of all objects that are wanted, sorted.  @patterns: globs of names, NULL: all. */
typedef struct
{
  IpcBackend   backend;
  IpcKind      kind;
  gboolean     mine;
  gboolean     stale;
  char       **patterns;
} CtlFilter;

GPtrArray *ctl_list_objects (const CtlFilter *filter, GError **error);

/* -s and -m: what a verb takes that has names of objects. */
extern gboolean ctl_only_semaphores, ctl_only_segments;
#define CTL_KIND_ENTRIES \
  { "semaphore", 's', 0, G_OPTION_ARG_NONE, &ctl_only_semaphores, N_("mean the semaphore"), NULL }, \
  { "segment", 'm', 0, G_OPTION_ARG_NONE, &ctl_only_segments, N_("mean the shared memory"), NULL }
IpcKind ctl_wanted_kind (void);

/* These and more: what a verb takes that has patterns of names. */
extern gboolean ctl_only_mine;
extern char    *ctl_only_backend;
#define CTL_FILTER_ENTRIES \
  { "backend", 'b', 0, G_OPTION_ARG_STRING, &ctl_only_backend, N_("only those of one mechanism"), \
    N_("native|sysv|posix") }, \
  CTL_KIND_ENTRIES, \
  { "mine", 0, 0, G_OPTION_ARG_NONE, &ctl_only_mine, N_("only my own"), NULL }

/* What they say, and @patterns.  FALSE: told, and the verb ends with CTL_USAGE. */
gboolean ctl_wanted_filter (const CtlVerb *verb, char **patterns, CtlFilter *filter);

/* -- The system: ctl-system-*.c -- */

/* The standard streams carry bytes, and UTF-8.  Returns: the command line in UTF-8, the caller's */
char      **ctl_system_begin (int argc, char **argv);
char       *ctl_system_locale_dir (void); /* the caller's */
/* FALSE: an object goes with the last process that has it open. */
gboolean    ctl_system_keeps_objects (void);
gint64      ctl_system_user (void); /* the number of this one, or -1 */
gboolean    ctl_system_matches (const char *pattern, const char *name);

/* -- Processes: ctl-process-*.c -- */

/* Runs it as long as this process is there, and no longer.  Returns: its exit status, as a shell
 * tells it */
int         ctl_run_command (char **command);
/* Of a process that uses or used what @info tells of; "?" if it is gone, hidden, or may be another. */
char       *ctl_text_command (IpcInfo *info, gint64 pid);

/* -- Text: ctl-text.c, ctl-system-*.c; all strings are the caller's -- */

char       *ctl_text_safe (const char *text); /* without control characters */
char       *ctl_text_number (gint64 number);  /* "-" if unknown */
char       *ctl_text_size (gint64 bytes);
char       *ctl_text_owner (gint64 uid);
char       *ctl_text_mode (int permissions);
char       *ctl_text_age (gint64 since);
char       *ctl_text_time (gint64 when);
const char *ctl_text_kind (IpcKind kind);
const char *ctl_text_state (IpcState state);
gboolean    ctl_parse_size (const char *text, guint64 *bytes); /* 4096, 64K, 1M, 2G */
int         ctl_text_width (const char *text); /* columns */
char       *ctl_text_cut (const char *text, int width); /* without its middle if it has more */

/* -- Tables: ctl-table.c -- */

typedef struct
{
  const char *title;
  gboolean    right;    /* numbers */
  int         priority; /* the highest go first where there is no room; 0 stays */
} CtlColumn;

/* @rows: of char**, one string per column.  @width: 0 if it need not fit.  The first column gets what
 * the others leave.  @colors: the last column is painted by its state. */
void ctl_table_print (const CtlColumn *columns, guint n_columns, GPtrArray *rows, int width);

/* -- JSON: ctl-json.c -- */

void ctl_json_string (GString *out, const char *text);
void ctl_json_info (GString *out, IpcInfo *info, const char *indent);
/* `"name": number`; null if it is below 0 */
void ctl_json_number (GString *out, const char *indent, const char *name, gint64 number);

/* -- The terminal: ctl-terminal.c, ctl-terminal-*.c -- */

gboolean    ctl_is_terminal (int fd);
int         ctl_terminal_width (void); /* of standard output; 0: it is none */
int         ctl_terminal_height (void);
gboolean    ctl_terminal_obeys (int fd); /* it is one, and understands escape sequences */
/* An SGR sequence for standard output, or ""; good for one more call. */
const char *ctl_color (const char *code);

/* From now on the first SIGINT, SIGTERM or SIGHUP is noted and ends sleeps; on Windows, Ctrl-C. */
void        ctl_signals_catch (void);
int         ctl_signal_caught (void); /* 0: none */
/* Ends as the signal would have ended it. */
int         ctl_signal_end (void);
void        ctl_sleep (int milliseconds); /* or until a signal */
/* A signal ends the program at once, and takes away the line on standard error if one is @shown. */
void        ctl_signals_guard_line (gboolean shown);

/* A line on standard error that tells how far a copy is, if that is a terminal and it takes long.  A
 * signal that ends the program takes the line away first. */
typedef struct
{
  const char *what;
  guint64     total; /* bytes */
  gint64      began, told;
  gboolean    shown;
} CtlProgress;

void ctl_progress_begin (CtlProgress *self, const char *what, guint64 total);
void ctl_progress_update (CtlProgress *self, guint64 done);
void ctl_progress_end (CtlProgress *self);
