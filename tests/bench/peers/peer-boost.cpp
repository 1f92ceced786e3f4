/* peer-boost.cpp: Boost.Interprocess
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "peer.h"

#include <boost/interprocess/mapped_region.hpp>
#include <boost/interprocess/shared_memory_object.hpp>
#include <boost/interprocess/sync/named_semaphore.hpp>
#include <string>

namespace bip = boost::interprocess;

static bip::named_semaphore *there, *back;
static std::string segment_name;

/* -- A semaphore -- */

static bip::named_semaphore *
make (const std::string &name, unsigned value)
{
  auto *self = new bip::named_semaphore (bip::create_only, name.c_str (), value);

  bip::named_semaphore::remove (name.c_str ());
  return self;
}

static void
pair_setup (const char *name, long)
{
  there = make (name, 1);
}

static void
pairs (long n)
{
  while (n-- > 0)
    {
      there->wait ();
      there->post ();
    }
}

static void
pair_teardown (const char *)
{
  delete there;
}

static void
answer (const char *, long total)
{
  while (total-- > 0)
    {
      there->wait ();
      back->post ();
    }
}

static void
trip_setup (const char *name, long total)
{
  there = make (std::string (name) + "-1", 0);
  back = make (std::string (name) + "-2", 0);
  peer_fork (answer, name, total);
}

static void
trips (long n)
{
  while (n-- > 0)
    {
      there->post ();
      back->wait ();
    }
}

static void
trip_teardown (const char *name)
{
  delete back;
  pair_teardown (name);
}

/* -- A segment -- */

static void
create_setup (const char *name, long)
{
  segment_name = name;
}

static void
make_segment ()
{
  bip::shared_memory_object object (bip::create_only, segment_name.c_str (), bip::read_write);

  object.truncate (PEER_SEGMENT_SIZE);
  bip::mapped_region region (object, bip::read_write);
}

static void
creates (long n)
{
  while (n-- > 0)
    {
      make_segment ();
      bip::shared_memory_object::remove (segment_name.c_str ());
    }
}

static void
create_teardown (const char *)
{
}

static void
open_setup (const char *name, long)
{
  segment_name = name;
  make_segment ();
}

static void
opens (long n)
{
  while (n-- > 0)
    {
      bip::shared_memory_object object (bip::open_only, segment_name.c_str (), bip::read_write);
      bip::mapped_region region (object, bip::read_write);
    }
}

static void
open_teardown (const char *)
{
  bip::shared_memory_object::remove (segment_name.c_str ());
}

int
main (int argc, char **argv)
{
  static const PeerRow rows[] = PEER_ALL_ROWS;

  return peer_main (argc, argv, rows);
}
