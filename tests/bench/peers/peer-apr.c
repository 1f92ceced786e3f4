/* peer-apr.c: apr_proc_mutex and apr_shm; a mutex can be given by its owner only: no ping-pong
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "peer.h"

#include <apr_general.h>
#include <apr_pools.h>
#include <apr_proc_mutex.h>
#include <apr_shm.h>

static apr_pool_t *root, *each;
static apr_proc_mutex_t *mutex;
static apr_shm_t *kept;
static char path[256];

static void
set_path (const char *name)
{
  snprintf (path, sizeof path, "/tmp/%s", name);
}

static void
pair_setup (const char *name, long total)
{
  (void) total;
  set_path (name);
  peer_must (apr_proc_mutex_create (&mutex, path, APR_LOCK_DEFAULT, root) == 0, "mutex");
}

static void
pairs (long n)
{
  while (n-- > 0)
    {
      peer_must (apr_proc_mutex_lock (mutex) == 0, "lock");
      peer_must (apr_proc_mutex_unlock (mutex) == 0, "unlock");
    }
}

static void
pair_teardown (const char *name)
{
  (void) name;
  apr_proc_mutex_destroy (mutex);
}

static void
create_setup (const char *name, long total)
{
  (void) total;
  set_path (name);
}

static void
creates (long n)
{
  apr_shm_t *shm;

  while (n-- > 0)
    {
      peer_must (apr_shm_create (&shm, PEER_SEGMENT_SIZE, path, each) == 0, "apr_shm_create");
      peer_must (apr_shm_destroy (shm) == 0, "apr_shm_destroy");
      apr_pool_clear (each);
    }
}

static void
create_teardown (const char *name)
{
  (void) name;
}

static void
open_setup (const char *name, long total)
{
  create_setup (name, total);
  peer_must (apr_shm_create (&kept, PEER_SEGMENT_SIZE, path, root) == 0, "apr_shm_create");
}

static void
opens (long n)
{
  apr_shm_t *shm;

  while (n-- > 0)
    {
      peer_must (apr_shm_attach (&shm, path, each) == 0, "apr_shm_attach");
      peer_must (apr_shm_detach (shm) == 0, "apr_shm_detach");
      apr_pool_clear (each);
    }
}

static void
open_teardown (const char *name)
{
  (void) name;
  apr_shm_destroy (kept);
}

int
main (int argc, char **argv)
{
  static const PeerRow rows[] = {
    { "pair", PEER_PAIRS, pair_setup, pairs, pair_teardown },
    { "segment-create", PEER_CREATES, create_setup, creates, create_teardown },
    { "segment-open", PEER_OPENS, open_setup, opens, open_teardown },
    { NULL, 0, NULL, NULL, NULL },
  };

  apr_initialize ();
  apr_pool_create (&root, NULL);
  apr_pool_create (&each, root);
  return peer_main (argc, argv, rows);
}
