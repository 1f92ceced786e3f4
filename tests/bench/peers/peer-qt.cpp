/* peer-qt.cpp: QSystemSemaphore and QSharedMemory
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "peer.h"

#include <QSharedMemory>
#include <QSystemSemaphore>

static QSystemSemaphore *there, *back;
static QSharedMemory *kept;
static QString segment_key;

static QString
key_of (const char *name, const char *suffix)
{
  return QString::fromUtf8 (name) + QLatin1String (suffix);
}

/* -- A semaphore -- */

static QSystemSemaphore *
make (const QString &key, int value)
{
  auto *self = new QSystemSemaphore (key, value, QSystemSemaphore::Create);

  peer_must (self->error () == QSystemSemaphore::NoError, "QSystemSemaphore");
  return self;
}

static void
pair_setup (const char *name, long)
{
  there = make (key_of (name, ""), 1);
}

static void
pairs (long n)
{
  while (n-- > 0)
    {
      peer_must (there->acquire (), "acquire");
      peer_must (there->release (), "release");
    }
}

static void
pair_teardown (const char *)
{
  delete there;
}

/* Without deleting them: it is the parent who made them and removes them. */
static void
answer (const char *name, long total)
{
  QSystemSemaphore *first = new QSystemSemaphore (key_of (name, "-1"), 0, QSystemSemaphore::Open);
  QSystemSemaphore *second = new QSystemSemaphore (key_of (name, "-2"), 0, QSystemSemaphore::Open);

  while (total-- > 0)
    {
      peer_must (first->acquire (), "acquire");
      peer_must (second->release (), "release");
    }
}

static void
trip_setup (const char *name, long total)
{
  there = make (key_of (name, "-1"), 0);
  back = make (key_of (name, "-2"), 0);
  peer_fork (answer, name, total);
}

static void
trips (long n)
{
  while (n-- > 0)
    {
      peer_must (there->release (), "release");
      peer_must (back->acquire (), "acquire");
    }
}

static void
trip_teardown (const char *name)
{
  delete back;
  pair_teardown (name);
}

/* -- A segment: it goes with its last user -- */

static void
create_setup (const char *name, long)
{
  segment_key = key_of (name, "");
}

static void
creates (long n)
{
  while (n-- > 0)
    {
      QSharedMemory memory (segment_key);

      peer_must (memory.create (PEER_SEGMENT_SIZE), "create");
    }
}

static void
create_teardown (const char *)
{
}

static void
open_setup (const char *name, long total)
{
  create_setup (name, total);
  kept = new QSharedMemory (segment_key);
  peer_must (kept->create (PEER_SEGMENT_SIZE), "create");
}

static void
opens (long n)
{
  while (n-- > 0)
    {
      QSharedMemory memory (segment_key);

      peer_must (memory.attach (), "attach");
    }
}

static void
open_teardown (const char *)
{
  delete kept;
}

int
main (int argc, char **argv)
{
  static const PeerRow rows[] = PEER_ALL_ROWS;

  return peer_main (argc, argv, rows);
}
