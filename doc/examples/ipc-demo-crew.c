/* ipc-demo-crew.c: the processes of the demo: a producer, consumers, and who watches over them
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ipc-demo-crew.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define N_TOLD 10

gboolean
demo_fail (GError **error, const char *what)
{
  int errsv = errno;

  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errsv), "%s: %s", what,
               g_strerror (errsv));
  return FALSE;
}

/* -- The workers, each a process of its own -- */

/* The stream is the file over and over. */
static void
copy_stream (Crew *self, guint64 offset, guint8 *buffer, gsize length)
{
  gsize size = g_mapped_file_get_length (self->input);
  const char *data = g_mapped_file_get_contents (self->input);

  while (length > 0)
    {
      gsize start = (gsize) (offset % size);
      gsize n = MIN (length, size - start);

      memcpy (buffer, data + start, n);
      buffer += n;
      offset += n;
      length -= n;
    }
}

static gboolean
produce (Crew *self, guint lane G_GNUC_UNUSED, GError **error)
{
  guint8 buffer[RING_BLOCK_SIZE];
  g_autoptr (Ring) ring = ring_open (self->name, IPC_SEMAPHORE_FLAGS_NONE, error);
  if (ring == NULL)
    return FALSE;

  for (guint64 offset = 0; offset < self->length; offset += RING_BLOCK_SIZE)
    {
      gsize n = (gsize) MIN (RING_BLOCK_SIZE, self->length - offset);

      copy_stream (self, offset, buffer, n);
      if (!ring_put (ring, buffer, n, error))
        return FALSE;
    }
  return ring_finish (ring, error);
}

static gboolean
consume (Crew *self, guint lane, GError **error)
{
  g_autoptr (Ring) ring = ring_open (self->name, self->lock_flags, error);
  gboolean done = FALSE;

  while (ring != NULL && !done)
    if (!ring_deliver (ring, lane, self->fd, &done, error))
      return FALSE;
  return ring != NULL;
}

typedef gboolean (*Work) (Crew *self, guint lane, GError **error);

static G_GNUC_NORETURN void
run_worker (Crew *self, pid_t parent, Work work, guint lane)
{
  g_autoptr (GError) error = NULL;

  prctl (PR_SET_PDEATHSIG, SIGKILL);
  if (getppid () != parent)
    _exit (EXIT_FAILURE);
  sigprocmask (SIG_SETMASK, &self->signals_before, NULL);

  if (work (self, lane, &error))
    _exit (EXIT_SUCCESS);
  g_printerr ("Process %d: %s\n", (int) getpid (), error->message);
  _exit (EXIT_FAILURE);
}

static gboolean
start (Crew *self, Work work, guint lane, pid_t *pid, GError **error)
{
  pid_t parent = getpid ();

  *pid = fork ();
  if (*pid == 0)
    run_worker (self, parent, work, lane);
  return *pid > 0 || demo_fail (error, "fork");
}

/* -- The parent -- */

/* Each moment twice will do to read. */
static void
tell_of_kill (const Crew *self, pid_t pid, guint kill_number)
{
  if (self->n_killed < N_TOLD)
    g_print ("SIGKILL to consumer %d, %s\n", (int) pid, ring_describe_kill (kill_number));
  else if (self->n_killed == N_TOLD)
    g_print ("... and so on, %d more\n", self->n_kills - N_TOLD);
}

/* A consumer has come to where it is to die; the others go on. */
static gboolean
kill_consumer (Crew *self, pid_t pid, guint kill_number, GError **error)
{
  for (guint lane = 0; lane < RING_N_LANES; lane++)
    if (self->consumers[lane] == pid)
      {
        kill (pid, SIGKILL);
        waitpid (pid, NULL, 0);
        self->consumers[lane] = 0;
        tell_of_kill (self, pid, kill_number);
        if (!ring_bury (self->ring, error))
          return FALSE;
        /* All but the last get a successor. */
        return ++self->n_killed == self->n_kills
               || start (self, consume, lane, &self->consumers[lane], error);
      }
  return TRUE;
}

static gboolean
note_end (Crew *self, pid_t pid, int status, GError **error)
{
  if (pid == self->producer)
    self->producer = 0;
  for (guint lane = 0; lane < RING_N_LANES; lane++)
    if (pid == self->consumers[lane])
      self->consumers[lane] = 0;

  if (WIFEXITED (status) && WEXITSTATUS (status) == EXIT_SUCCESS)
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "Process %d failed", (int) pid);
  return FALSE;
}

static gboolean
is_running (Crew *self)
{
  for (guint lane = 0; lane < RING_N_LANES; lane++)
    if (self->consumers[lane] != 0)
      return TRUE;
  return self->producer != 0;
}

static gboolean
handle (Crew *self, const siginfo_t *info, GError **error)
{
  int status;
  pid_t pid;

  if (info->si_signo == RING_CAUGHT_SIGNAL)
    return kill_consumer (self, info->si_pid, (guint) info->si_value.sival_int, error);
  if (info->si_signo != SIGCHLD)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "Interrupted");
      return FALSE;
    }
  while ((pid = waitpid (-1, &status, WNOHANG)) > 0)
    if (!note_end (self, pid, status, error))
      return FALSE;
  return TRUE;
}

static gboolean
supervise (Crew *self, GError **error)
{
  siginfo_t info;

  while (is_running (self))
    {
      if (sigwaitinfo (&self->signals, &info) > 0)
        {
          if (!handle (self, &info, error))
            return FALSE;
        }
      else if (errno != EINTR)
        return demo_fail (error, "sigwaitinfo");
    }
  return TRUE;
}

static void
end_process (pid_t pid)
{
  if (pid > 0 && kill (pid, SIGKILL) == 0)
    waitpid (pid, NULL, 0);
}

/* From here on signals wait until they are asked for, so that Ctrl-C leaves no names behind. */
void
crew_hold_signals (Crew *self)
{
  const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGCHLD, RING_CAUGHT_SIGNAL };

  sigemptyset (&self->signals);
  for (guint i = 0; i < G_N_ELEMENTS (signals); i++)
    sigaddset (&self->signals, signals[i]);
  sigprocmask (SIG_BLOCK, &self->signals, &self->signals_before);
}

gboolean
crew_move (Crew *self, GError **error)
{
  gboolean done = start (self, produce, 0, &self->producer, error);

  for (guint lane = 0; lane < RING_N_LANES; lane++)
    done = done && start (self, consume, lane, &self->consumers[lane], error);
  if (done && supervise (self, error))
    return TRUE;

  end_process (self->producer);
  for (guint lane = 0; lane < RING_N_LANES; lane++)
    end_process (self->consumers[lane]);
  return FALSE;
}
