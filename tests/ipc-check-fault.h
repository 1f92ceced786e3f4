/* ipc-check-fault.h: a system call of the library that fails, where the linker lets us between
 *
 * For a program linked to libipc-core.la with -Wl,--wrap=NAME for each of its WRAP()s.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "ipc-check.h"

#include <errno.h>
#include <stdarg.h>

/* -- The fault: the call number @at of those that follow fails with @errsv -- */

static struct
{
  int      errsv; /* 0: none */
  int      at;
  int      n_calls;
} fault;

static gboolean
fails (void)
{
  if (fault.errsv == 0 || fault.n_calls++ != fault.at)
    return FALSE;

  errno = fault.errsv;
  return TRUE;
}

/* What -Wl,--wrap=NAME makes of calls to NAME, and how to call the real one. */
#define WRAP_DOING(type, name, params, args, failure, deed) \
  type __real_##name params; \
  type __wrap_##name params; \
  type __wrap_##name params \
  { \
    deed; \
    return fails () ? (failure) : __real_##name args; \
  }
#define WRAP(type, name, params, args, failure) \
  WRAP_DOING (type, name, params, args, failure, (void) 0)

/* Of calls with an offset: where a long is too short for one, they have another name. */
#if defined _FILE_OFFSET_BITS && _FILE_OFFSET_BITS == 64
# define WRAP_OFFSET(type, name, ...) WRAP (type, name##64, __VA_ARGS__)
# define WRAP_MORE(name, params, args) WRAP_MORE_AS (name##64, params, args)
#else
# define WRAP_OFFSET WRAP
# define WRAP_MORE WRAP_MORE_AS
#endif

/* The argument that may follow, whatever it is. */
static void *
rest_of (va_list args)
{
  return va_arg (args, void *);
}

#define WRAP_MORE_AS(name, params, args) \
  int __real_##name params; \
  int __wrap_##name params; \
  int __wrap_##name params \
  { \
    va_list list; \
    void *more; \
\
    va_start (list, last); \
    more = rest_of (list); \
    va_end (list); \
    return fails () ? -1 : __real_##name args; \
  }

static const int fault_errnos[] = {
  EINTR, EINVAL, ENOMEM, EMFILE, ENFILE, ENOSPC, EACCES, EPERM, ENOSYS, EIO, EOPNOTSUPP,
};

/* From now on the call number @at fails with @errsv, until fault_end(). */
static void
fault_begin (int errsv, int at)
{
  fault.errsv = errsv;
  fault.at = at;
  fault.n_calls = 0;
}

/* FALSE if there were not so many calls. */
static gboolean
fault_end (void)
{
  fault.errsv = 0;
  return fault.n_calls > fault.at;
}

/* A fault by its place, for who reads of it; the caller's. */
static char *
fault_describe (int deed, int errsv, int at)
{
  return g_strdup_printf ("deed %d, call %d, %s", deed, at, g_strerror (errsv));
}

/* Done, or an error says why not. */
static void
fault_check_answer (gboolean done, const GError *error, const char *what)
{
  ck_assert_msg (done == (error == NULL), "%s: %s", what,
                 error != NULL ? error->message : "failed without an error");
}
