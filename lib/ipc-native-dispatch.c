/* ipc-native-dispatch.c: one thread that waits for many native semaphores
 *
 * One sleep can be for so many objects and no more.  When all dispatchers are full another one is
 * started; they are never freed, and a thread that has had nothing to do for a second ends.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ipc-native-private.h"
#include "ipc-queue-private.h"
#include "ipc-thread-private.h"

#include <string.h>

#define LINGER_US G_USEC_PER_SEC

/* One queue and what its object needs while it is slept on. */
typedef struct
{
  IpcQueue  *queue;
  IpcNative *native;
  IpcWatch   watch;
  IpcNap     nap;
  int       *waiting; /* see IpcPause */
  int       *counted; /* the same, as it is told to others */
} Post;

typedef struct
{
  IpcStop    kick;
  GPtrArray *posts;
  guint      n_posts; /* with the lock: taken places */
  GSList    *arrivals; /* with the lock: of Post */
  gboolean   running;
} Dispatcher;

static GMutex lock;
static GSList *dispatchers;

static void
kick (gpointer data)
{
  ipc_stop_set (&((Dispatcher *) data)->kick);
}

/* -- fork: a child has none of these threads, and none of the waits are its own -- */

static void
before_fork (void)
{
  g_mutex_lock (&lock);
}

static void
after_fork_in_parent (void)
{
  g_mutex_unlock (&lock);
}

/* Kept, though nobody looks at them again: freeing is not for a child of a process with threads. */
static GSList *parents_dispatchers;

static void
after_fork_in_child (void)
{
  parents_dispatchers = g_steal_pointer (&dispatchers);
  g_mutex_unlock (&lock);
}

/* -- Serving -- */

static gsize
n_counts (const Post *self)
{
  return 2 * (gsize) self->native->n_values;
}

static void
count_sleepers (Post *self)
{
  for (gsize i = 0; i < n_counts (self); i++)
    {
      const int change = self->waiting[i] - self->counted[i];

      if (change != 0
          && ipc_native_count_sleepers (self->native, (guint) i / 2, i % 2 != 0, change))
        self->counted[i] = self->waiting[i];
    }
}

static void
post_end (Post *self)
{
  if (self->nap.word != NULL)
    ipc_watch_end (&self->watch, self->native, self->nap.word);

  ipc_native_unref (self->native);
  ipc_queue_unref (self->queue);
  g_free (self->waiting);
  g_free (self->counted);
  g_free (self);
}

static void
take_arrivals (Dispatcher *self)
{
  GSList *arrivals;

  g_mutex_lock (&lock);
  arrivals = g_steal_pointer (&self->arrivals);
  g_mutex_unlock (&lock);

  for (GSList *l = arrivals; l != NULL; l = l->next)
    g_ptr_array_add (self->posts, l->data);
  g_slist_free (arrivals);
}

static void
drop_post (Dispatcher *self, guint index)
{
  g_ptr_array_remove_index_fast (self->posts, index);

  g_mutex_lock (&lock);
  self->n_posts--;
  g_mutex_unlock (&lock);
}

/* FALSE: no wait of it is left. */
static gboolean
serve_post (Post *post, GSList **done, gint64 *until)
{
  IpcPause pause = { .waiting = post->waiting };
  gboolean left;

  do
    {
      memset (post->waiting, 0, n_counts (post) * sizeof (int));
      left = ipc_queue_serve (post->queue, done, &pause);
    }
  while (left && ipc_watch_look (&post->watch, post->native));

  count_sleepers (post);
  if (left)
    post->nap = pause.nap;
  *until = MIN (*until, MIN (pause.until, post->watch.next_sweep));
  return left;
}

/* Lowers @until to when something is due. */
static void
serve_all (Dispatcher *self, gint64 *until)
{
  GSList *done = NULL, *ended = NULL;

  for (guint i = self->posts->len; i-- > 0;)
    {
      Post *post = g_ptr_array_index (self->posts, i);

      if (!serve_post (post, &done, until))
        {
          drop_post (self, i);
          ended = g_slist_prepend (ended, post);
        }
    }

  g_slist_free_full (ended, (GDestroyNotify) post_end);
  ipc_pending_return_all (done);
}

static void
sleep_on_all (Dispatcher *self, guint32 seen, gint64 until)
{
  IpcNap naps[IPC_NAPS_MAX];
  IpcPeers peers = { .n = 0 };
  gsize woken;
  IpcSleep how;

  for (guint i = 0; i < self->posts->len; i++)
    {
      const Post *post = g_ptr_array_index (self->posts, i);

      naps[i] = post->nap;
      ipc_watch_add_peers (&post->watch, post->native, &peers);
    }

  how = ipc_life_sleep_many (naps, self->posts->len, &self->kick, seen, &peers, until, &woken);
  for (guint i = 0; how != IPC_SLEEP_OVER && i < self->posts->len; i++)
    if (how == IPC_SLEEP_DEATH || i == woken)
      ipc_watch_woken (&((Post *) g_ptr_array_index (self->posts, i))->watch, how);
}

/* With nothing to do.  TRUE: the thread ends. */
static gboolean
rest (Dispatcher *self, guint32 seen)
{
  gboolean over;
  gsize woken;

  ipc_life_sleep_many (NULL, 0, &self->kick, seen, NULL, g_get_monotonic_time () + LINGER_US,
                       &woken);

  g_mutex_lock (&lock);
  over = self->arrivals == NULL;
  if (over)
    self->running = FALSE;
  g_mutex_unlock (&lock);
  return over;
}

static gpointer
dispatch (gpointer data)
{
  Dispatcher *self = data;
  gboolean over = FALSE;

  while (!over)
    {
      /* Seen before looking, so that what comes meanwhile ends the sleep. */
      const guint32 seen = (guint32) g_atomic_int_get ((int *) &self->kick.count);
      gint64 until = IPC_DEADLINE_NEVER;

      take_arrivals (self);
      serve_all (self, &until);
      if (self->posts->len > 0)
        sleep_on_all (self, seen, until);
      else
        over = rest (self, seen);
    }

  return NULL;
}

/* -- Coming -- */

/* With the lock: one that has a place. */
static Dispatcher *
find_dispatcher (void)
{
  Dispatcher *self;

  for (GSList *l = dispatchers; l != NULL; l = l->next)
    {
      self = l->data;
      if (self->n_posts < ipc_life_naps_max ())
        return self;
    }

  if (dispatchers == NULL)
    {
      static gsize once;

      if (g_once_init_enter (&once))
        {
          ipc_thread_at_fork (before_fork, after_fork_in_parent, after_fork_in_child);
          g_once_init_leave (&once, 1);
        }
    }

  self = g_new0 (Dispatcher, 1);
  ipc_stop_init (&self->kick, TRUE);
  self->posts = g_ptr_array_new ();
  dispatchers = g_slist_prepend (dispatchers, self);
  return self;
}

/* With the lock. */
static gboolean
ensure_thread (Dispatcher *self, GError **error)
{
  self->running = self->running || ipc_thread_start ("ipc-dispatch", dispatch, self, error);
  return self->running;
}

static Post *
post_new (IpcQueue *queue, IpcNative *native)
{
  Post *post = g_new0 (Post, 1);

  post->queue = ipc_queue_ref (queue);
  post->native = ipc_native_ref (native);
  post->waiting = g_new0 (int, n_counts (post));
  post->counted = g_new0 (int, n_counts (post));
  ipc_watch_begin (&post->watch);
  return post;
}

void
ipc_native_dispatch (IpcNative *native, IpcQueue *queue)
{
  g_autoptr (GError) error = NULL;
  Dispatcher *self;
  gboolean runs;

  g_mutex_lock (&lock);
  self = find_dispatcher ();
  runs = ensure_thread (self, &error);
  if (runs)
    {
      ipc_queue_set_kick (queue, kick, self);
      self->arrivals = g_slist_prepend (self->arrivals, post_new (queue, native));
      self->n_posts++;
    }
  g_mutex_unlock (&lock);

  if (runs)
    kick (self);
  else
    ipc_queue_fail (queue, error);
}
