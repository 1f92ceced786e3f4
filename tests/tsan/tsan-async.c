/* tsan-async.c: waits in several main loops at once, under the thread sanitizer
 *
 * Usage: tsan-async [WAITS]
 *
 * Three threads run main loops and wait in them for semaphores that they share; one posts, one
 * cancels, one closes objects of its own that have waits.  Units must be conserved, and the sanitizer
 * must have nothing to say; see tsan-glib.c for what it knows of GLib.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <ipc/ipc.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define N_LOOPS 3
#define N_SEMAPHORES 4
#define AT_ONCE 20 /* waits of a loop */
#define TIMEOUT_US 3000

static IpcSemaphore *semaphores[N_SEMAPHORES];
static guint n_waits = 2000;

/* -- Objects handed from a loop to a thread that ends something -- */

typedef struct
{
  pthread_mutex_t lock;
  gpointer        object; /* or NULL */
  gboolean        over;
} Mailbox;

static Mailbox to_cancel = { .lock = PTHREAD_MUTEX_INITIALIZER };
static Mailbox to_close = { .lock = PTHREAD_MUTEX_INITIALIZER };

/* FALSE: there is one already. */
static gboolean
mailbox_put (Mailbox *self, gpointer object)
{
  gboolean put;

  pthread_mutex_lock (&self->lock);
  put = self->object == NULL;
  if (put)
    self->object = g_object_ref (object);
  pthread_mutex_unlock (&self->lock);
  return put;
}

static gpointer
mailbox_take (Mailbox *self, gboolean *over)
{
  gpointer object;

  pthread_mutex_lock (&self->lock);
  object = g_steal_pointer (&self->object);
  *over = self->over;
  pthread_mutex_unlock (&self->lock);
  return object;
}

static void
mailbox_end (Mailbox *self)
{
  pthread_mutex_lock (&self->lock);
  self->over = TRUE;
  pthread_mutex_unlock (&self->lock);
}

static void *
end_what_comes (void *data)
{
  Mailbox *self = data;
  gboolean over = FALSE;

  while (!over)
    {
      gpointer object = mailbox_take (self, &over);

      if (object == NULL)
        sched_yield ();
      else if (self == &to_cancel)
        g_cancellable_cancel (object);
      else
        ipc_semaphore_close (object, NULL);
      if (object != NULL)
        g_object_unref (object);
    }
  return NULL;
}

/* -- Loops -- */

typedef struct
{
  GMainContext *context;
  guint         seed;
  guint         n_begun, n_over;
  guint         n_taken[N_SEMAPHORES];
} Loop;

typedef struct
{
  Loop *loop;
  guint semaphore;
} Wait;

static void begin (Loop *loop);

static void
on_over (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autofree Wait *wait = data;
  Loop *loop = wait->loop;
  g_autoptr (GError) error = NULL;

  if (ipc_semaphore_wait_finish (IPC_SEMAPHORE (source), result, &error))
    loop->n_taken[wait->semaphore]++;
  else if (error->message[0] == '\0')
    abort ();
  loop->n_over++;
  if (loop->n_begun < n_waits)
    begin (loop);
}

static void
wait_for (Loop *loop, guint index, IpcSemaphore *semaphore, GCancellable *cancellable)
{
  Wait *wait = g_new (Wait, 1);

  *wait = (Wait){ loop, index };
  loop->n_begun++;
  ipc_semaphore_wait_async (semaphore, TIMEOUT_US, cancellable, on_over, wait);
}

static void
begin (Loop *loop)
{
  const guint index = (guint) rand_r (&loop->seed) % N_SEMAPHORES;
  const guint how = (guint) rand_r (&loop->seed) % 16;

  if (how == 0)
    {
      g_autoptr (IpcSemaphore) own
          = ipc_semaphore_open (ipc_semaphore_get_name (semaphores[index]), 0, NULL);

      wait_for (loop, index, own, NULL);
      mailbox_put (&to_close, own);
    }
  else if (how < 6)
    {
      g_autoptr (GCancellable) cancellable = g_cancellable_new ();

      wait_for (loop, index, semaphores[index], cancellable);
      mailbox_put (&to_cancel, cancellable);
    }
  else
    wait_for (loop, index, semaphores[index], NULL);
}

static void *
run_loop (void *data)
{
  Loop *loop = data;

  loop->context = g_main_context_new ();
  g_main_context_push_thread_default (loop->context);
  for (guint i = 0; i < AT_ONCE; i++)
    begin (loop);
  while (loop->n_over < loop->n_begun)
    g_main_context_iteration (loop->context, TRUE);
  g_main_context_pop_thread_default (loop->context);
  g_main_context_unref (loop->context);
  return NULL;
}

/* -- Posting -- */

typedef struct
{
  int   over; /* atomic */
  guint n_posted[N_SEMAPHORES];
} Poster;

static void *
post (void *data)
{
  Poster *self = data;

  for (guint i = 0; !g_atomic_int_get (&self->over); i++)
    {
      self->n_posted[i % N_SEMAPHORES]++;
      if (!ipc_semaphore_post (semaphores[i % N_SEMAPHORES], NULL))
        abort ();
      for (guint pause = i * 7 % 50; pause > 0; pause--)
        sched_yield ();
    }
  return NULL;
}

static gboolean
are_conserved (const Loop *loops, const Poster *poster)
{
  gboolean right = TRUE;

  for (guint i = 0; i < N_SEMAPHORES; i++)
    {
      guint n = 0;

      ipc_semaphore_get_value (semaphores[i], 0, &n, NULL);
      for (guint k = 0; k < N_LOOPS; k++)
        n += loops[k].n_taken[i];
      if (n == poster->n_posted[i])
        continue;
      fprintf (stderr, "%s: %u posted, %u taken or left\n", ipc_semaphore_get_name (semaphores[i]),
               poster->n_posted[i], n);
      right = FALSE;
    }
  return right;
}

static gboolean
run (void)
{
  Loop loops[N_LOOPS] = { { 0 } };
  Poster poster = { 0 };
  pthread_t loop_threads[N_LOOPS], poster_thread, canceller, closer;

  pthread_create (&poster_thread, NULL, post, &poster);
  pthread_create (&canceller, NULL, end_what_comes, &to_cancel);
  pthread_create (&closer, NULL, end_what_comes, &to_close);
  for (guint i = 0; i < N_LOOPS; i++)
    {
      loops[i].seed = i + 1;
      pthread_create (&loop_threads[i], NULL, run_loop, &loops[i]);
    }
  for (guint i = 0; i < N_LOOPS; i++)
    pthread_join (loop_threads[i], NULL);
  g_atomic_int_set (&poster.over, TRUE);
  mailbox_end (&to_cancel);
  mailbox_end (&to_close);
  pthread_join (poster_thread, NULL);
  pthread_join (canceller, NULL);
  pthread_join (closer, NULL);
  return are_conserved (loops, &poster);
}

/* In a process of its own, so that what it made is removed also if the sanitizer ends it. */
static int
run_in_child (void)
{
  const pid_t pid = fork ();
  int status;

  if (pid == 0)
    exit (run () ? 0 : 1);
  if (pid < 0 || waitpid (pid, &status, 0) != pid)
    return 1;
  return WIFEXITED (status) ? WEXITSTATUS (status) : 128 + WTERMSIG (status);
}

int
main (int argc, char **argv)
{
  static const char *const schemes[N_SEMAPHORES] = { "native:", "native:", "sysv:/", "posix:/" };
  int status;

  /* GLib's macro sets it without a lock, always to the same. */
  ipc_error_quark ();

  if (argc > 1)
    n_waits = (guint) atoi (argv[1]);
  for (guint i = 0; i < N_SEMAPHORES; i++)
    {
      g_autofree char *name = g_strdup_printf ("%stsan-async-%d-%u", schemes[i], (int) getpid (), i);
      g_autoptr (GError) error = NULL;

      semaphores[i] = ipc_semaphore_create (name, 0, IPC_SEMAPHORE_FLAGS_NONE, &error);
      if (semaphores[i] == NULL)
        {
          fprintf (stderr, "%s\n", error->message);
          return 1;
        }
    }
  status = run_in_child ();
  for (guint i = 0; i < N_SEMAPHORES; i++)
    {
      ipc_semaphore_unlink (semaphores[i], NULL);
      g_object_unref (semaphores[i]);
    }
  return status;
}
