/* tsan-glib.c: tells the thread sanitizer what GLib orders
 *
 * The GLib of the system was not built for the sanitizer, which therefore does not see that GMutex
 * excludes, that a task hands its result over, or that the last reference is the last.  A
 * suppression of all of GLib would hide every race in a thread that GLib has started.  Instead the
 * calls in question pass through here, and each says what it orders, and no more than that.
 *
 * This file itself is compiled without the sanitizer.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <dlfcn.h>
#include <gio/gio.h>
#include <pthread.h>
#include <sanitizer/tsan_interface.h>
#include <sched.h>

/* The function of this name behind ours. */
#define REAL(name) \
  static __typeof__ (&name) real; \
  if (__atomic_load_n (&real, __ATOMIC_RELAXED) == NULL) \
    __atomic_store_n (&real, (__typeof__ (&name)) dlsym (RTLD_NEXT, #name), __ATOMIC_RELAXED)

/* -- Locks -- */

void
g_mutex_lock (GMutex *mutex)
{
  REAL (g_mutex_lock);

  real (mutex);
  __tsan_acquire (mutex);
}

gboolean
g_mutex_trylock (GMutex *mutex)
{
  REAL (g_mutex_trylock);

  if (!real (mutex))
    return FALSE;

  __tsan_acquire (mutex);
  return TRUE;
}

void
g_mutex_unlock (GMutex *mutex)
{
  REAL (g_mutex_unlock);

  __tsan_release (mutex);
  real (mutex);
}

void
g_cond_wait (GCond *cond, GMutex *mutex)
{
  REAL (g_cond_wait);

  __tsan_release (mutex);
  real (cond, mutex);
  __tsan_acquire (mutex);
}

/* -- Results -- */

void
g_task_return_boolean (GTask *task, gboolean result)
{
  REAL (g_task_return_boolean);

  __tsan_release (task);
  real (task, result);
}

void
g_task_return_error (GTask *task, GError *error)
{
  REAL (g_task_return_error);

  __tsan_release (task);
  real (task, error);
}

gboolean
g_task_propagate_boolean (GTask *task, GError **error)
{
  REAL (g_task_propagate_boolean);

  __tsan_acquire (task);
  return real (task, error);
}

/* -- The last reference -- */

gboolean
(g_atomic_ref_count_dec) (gatomicrefcount *count)
{
  REAL (g_atomic_ref_count_dec);

  __tsan_release (count);
  if (!real (count))
    return FALSE;

  __tsan_acquire (count);
  return TRUE;
}

/* What is freed in here nobody else has; but it has seen what they did. */
void
g_atomic_rc_box_release_full (gpointer box, GDestroyNotify clear)
{
  REAL (g_atomic_rc_box_release_full);

  __tsan_release (box);
  __tsan_acquire (box);
  real (box, clear);
}

/* The sanitizer does not see this lock, which therefore orders nothing by itself. */
static pthread_t owner;
static int depth;

static void
enter (void)
{
  pthread_t nobody = 0;

  if (__atomic_load_n (&owner, __ATOMIC_ACQUIRE) != pthread_self ())
    while (!__atomic_compare_exchange_n (&owner, &nobody, pthread_self (), FALSE, __ATOMIC_ACQUIRE,
                                         __ATOMIC_RELAXED))
      {
        nobody = 0;
        sched_yield ();
      }
  depth++;
}

static void
leave (void)
{
  if (--depth == 0)
    __atomic_store_n (&owner, 0, __ATOMIC_RELEASE);
}

/* Who drops the last reference has everything behind it that was done before others dropped theirs. */
void
g_object_unref (gpointer object)
{
  REAL (g_object_unref);

  enter ();
  __tsan_release (object);
  __tsan_acquire (object);
  real (object);
  leave ();
}

/* -- Being cancelled -- */

typedef struct
{
  GCallback      callback;
  gpointer       data;
  GDestroyNotify destroy;
} Handler;

static void
handle (GCancellable *cancellable, gpointer data)
{
  Handler *self = data;

  __tsan_acquire (self);
  ((void (*) (GCancellable *, gpointer)) self->callback) (cancellable, self->data);
  __tsan_release (self);
}

static void
handler_free (gpointer data)
{
  Handler *self = data;

  __tsan_acquire (self);
  if (self->destroy != NULL)
    self->destroy (self->data);
  g_free (self);
}

gulong
g_cancellable_connect (GCancellable *cancellable, GCallback callback, gpointer data,
                       GDestroyNotify destroy)
{
  Handler *self = g_new (Handler, 1);
  REAL (g_cancellable_connect);

  *self = (Handler){ callback, data, destroy };
  __tsan_release (self);
  return real (cancellable, G_CALLBACK (handle), self, handler_free);
}
