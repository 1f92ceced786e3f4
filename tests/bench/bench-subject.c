/* bench-subject.c: what is measured: the library's semaphores and the raw primitives, all alike
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "bench-subject.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <sys/ipc.h>
#include <sys/sem.h>

/* -- Through the library -- */

static gpointer
ipc_open (const BenchKind *kind, guint value)
{
  g_autofree char *name = bench_name (kind->prefix);
  g_autoptr (GError) error = NULL;
  IpcSemaphore *self
      = ipc_semaphore_create (name, value, (IpcSemaphoreFlags) kind->flags, &error);

  bench_must (self != NULL, error);
  return self;
}

static void
ipc_close (gpointer subject)
{
  g_autoptr (IpcSemaphore) self = subject;
  g_autoptr (GError) error = NULL;

  bench_must (ipc_semaphore_unlink (self, &error), error);
}

/* One place for all calls, as in a function that makes several. */
static GError *failure;

static inline void
ipc_take (gpointer subject)
{
  bench_must (ipc_semaphore_wait (subject, -1, NULL, &failure), failure);
}

static inline void
ipc_give (gpointer subject)
{
  bench_must (ipc_semaphore_post (subject, &failure), failure);
}

/* -- sem_t -- */

static gpointer
sem_t_open (const BenchKind *kind G_GNUC_UNUSED, guint value)
{
  sem_t *self = bench_shared (sizeof *self);

  bench_must_sys (sem_init (self, 1, value) == 0, "sem_init");
  return self;
}

static void
sem_t_close (gpointer subject)
{
  sem_destroy (subject);
  bench_unshare (subject, sizeof (sem_t));
}

static inline void
sem_t_take (gpointer subject)
{
  bench_must_sys (sem_wait (subject) == 0, "sem_wait");
}

static inline void
sem_t_give (gpointer subject)
{
  bench_must_sys (sem_post (subject) == 0, "sem_post");
}

/* -- A counter -- */

typedef _Atomic guint64 Counter;

static gpointer
cas_open (const BenchKind *kind G_GNUC_UNUSED, guint value)
{
  Counter *self = bench_shared (sizeof *self);

  atomic_store (self, value);
  return self;
}

static void
cas_close (gpointer subject)
{
  bench_unshare (subject, sizeof (Counter));
}

static inline void
cas_take (gpointer subject)
{
  Counter *self = subject;
  guint64 value = atomic_load_explicit (self, memory_order_relaxed);

  while (value == 0
         || !atomic_compare_exchange_weak_explicit (self, &value, value - 1, memory_order_acq_rel,
                                                    memory_order_relaxed))
    if (value == 0)
      value = atomic_load_explicit (self, memory_order_relaxed);
}

static inline void
cas_give (gpointer subject)
{
  Counter *self = subject;
  guint64 value = atomic_load_explicit (self, memory_order_relaxed);

  while (!atomic_compare_exchange_weak_explicit (self, &value, value + 1, memory_order_acq_rel,
                                                 memory_order_relaxed))
    continue;
}

/* -- semop(2), on a set that the library made, so that it is removed like those -- */

typedef struct
{
  IpcSemaphore *made;
  int           id;
  struct sembuf take;
  struct sembuf give;
} RawSet;

static gpointer
semop_open (const BenchKind *kind, guint value)
{
  RawSet *self = g_new0 (RawSet, 1);

  self->made = ipc_open (&bench_sysv, value);
  bench_must (ipc_semaphore_get_id (self->made, &self->id), NULL);
  self->take = (struct sembuf){ 0, -1, (short) kind->flags };
  self->give = (struct sembuf){ 0, +1, (short) kind->flags };
  return self;
}

static void
semop_close (gpointer subject)
{
  RawSet *self = subject;

  ipc_close (self->made);
  g_free (self);
}

static inline void
semop_take (gpointer subject)
{
  RawSet *self = subject;

  bench_must_sys (semop (self->id, &self->take, 1) == 0, "semop");
}

static inline void
semop_give (gpointer subject)
{
  RawSet *self = subject;

  bench_must_sys (semop (self->id, &self->give, 1) == 0, "semop");
}

/* -- A robust mutex -- */

static gpointer
mutex_open (const BenchKind *kind G_GNUC_UNUSED, guint value G_GNUC_UNUSED)
{
  pthread_mutex_t *self = bench_shared (sizeof *self);
  pthread_mutexattr_t attributes;

  pthread_mutexattr_init (&attributes);
  pthread_mutexattr_setpshared (&attributes, PTHREAD_PROCESS_SHARED);
  pthread_mutexattr_setrobust (&attributes, PTHREAD_MUTEX_ROBUST);
  errno = pthread_mutex_init (self, &attributes);
  bench_must_sys (errno == 0, "pthread_mutex_init");
  pthread_mutexattr_destroy (&attributes);
  return self;
}

static void
mutex_close (gpointer subject)
{
  pthread_mutex_destroy (subject);
  bench_unshare (subject, sizeof (pthread_mutex_t));
}

static inline void
mutex_take (gpointer subject)
{
  const int r = pthread_mutex_lock (subject);

  if (G_UNLIKELY (r == EOWNERDEAD))
    pthread_mutex_consistent (subject);
  else
    bench_must_sys (r == 0, "pthread_mutex_lock");
}

static inline void
mutex_give (gpointer subject)
{
  bench_must_sys (pthread_mutex_unlock (subject) == 0, "pthread_mutex_unlock");
}

/* -- The loops, and the table -- */

#define LOOPS(kind) \
  static void kind##_takes (gpointer subject, guint n) \
  { \
    while (n-- > 0) \
      kind##_take (subject); \
  } \
\
  static void kind##_gives (gpointer subject, guint n) \
  { \
    while (n-- > 0) \
      kind##_give (subject); \
  } \
\
  static void kind##_pairs (gpointer subject, guint n) \
  { \
    while (n-- > 0) \
      { \
        kind##_take (subject); \
        kind##_give (subject); \
      } \
  }

LOOPS (ipc)
LOOPS (sem_t)
LOOPS (cas)
LOOPS (semop)
LOOPS (mutex)

#define KIND(kind, name_prefix, kind_flags) \
  { \
    .prefix = (name_prefix), .flags = (kind_flags), .open = kind##_open, .close = kind##_close, \
    .take = kind##_take, .give = kind##_give, .takes = kind##_takes, .gives = kind##_gives, \
    .pairs = kind##_pairs \
  }

const BenchKind bench_native = KIND (ipc, "native:", 0);
const BenchKind bench_native_undo = KIND (ipc, "native:", IPC_SEMAPHORE_UNDO);
const BenchKind bench_native_spin = KIND (ipc, "native:", IPC_SEMAPHORE_SPIN);
const BenchKind bench_sysv = KIND (ipc, "sysv:/", 0);
const BenchKind bench_sysv_undo = KIND (ipc, "sysv:/", IPC_SEMAPHORE_UNDO);
const BenchKind bench_posix = KIND (ipc, "posix:/", 0);
const BenchKind bench_sem_t = KIND (sem_t, NULL, 0);
const BenchKind bench_cas = KIND (cas, NULL, 0);
const BenchKind bench_semop = KIND (semop, NULL, 0);
const BenchKind bench_semop_undo = KIND (semop, NULL, SEM_UNDO);
const BenchKind bench_mutex = KIND (mutex, NULL, 0);

void
bench_subject_open (BenchSubject *self, const BenchKind *kind, guint value)
{
  self->kind = kind;
  self->self = kind->open (kind, value);
}

void
bench_subject_close (BenchSubject *self)
{
  self->kind->close (self->self);
}
