/* boost-peer.cpp: a foreign program with Boost.Interprocess
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "foreign-peer.h"

#include <boost/date_time/posix_time/posix_time_types.hpp>
#include <boost/interprocess/mapped_region.hpp>
#include <boost/interprocess/shared_memory_object.hpp>
#include <boost/interprocess/sync/named_semaphore.hpp>
#include <exception>

namespace bi = boost::interprocess;

#ifndef BOOST_INTERPROCESS_POSIX_NAMED_SEMAPHORES
# error "Here Boost.Interprocess does not use the named semaphores of POSIX"
#endif

/* An exception that nobody catches would be an abort without its words. */
template <typename F> static void
guarded (F f)
{
  try
    {
      f ();
    }
  catch (const std::exception &e)
    {
      fprintf (stderr, "boost: %s\n", e.what ());
      exit (EXIT_FAILURE);
    }
}

static void
segment_create (const char *name, size_t size)
{
  guarded ([=] {
    bi::shared_memory_object object (bi::create_only, name, bi::read_write);
    object.truncate ((bi::offset_t) size);
  });
}

/* The mapping stays until the program ends. */
static size_t
segment_map (const char *name, char **data)
{
  size_t size = 0;

  guarded ([&] {
    bi::shared_memory_object object (bi::open_only, name, bi::read_write);
    bi::mapped_region *region = new bi::mapped_region (object, bi::read_write);
    *data = static_cast<char *> (region->get_address ());
    size = region->get_size ();
  });
  return size;
}

static void
segment_unlink (const char *name)
{
  if (!bi::shared_memory_object::remove (name))
    refuse ("shared_memory_object::remove");
}

static void
semaphore_create (const char *name, unsigned value)
{
  guarded ([=] { bi::named_semaphore semaphore (bi::create_only, name, value); });
}

static int
semaphore_value (const char *name)
{
  return -1;
}

static void
semaphore_post (const char *name)
{
  guarded ([=] { bi::named_semaphore (bi::open_only, name).post (); });
}

static int
semaphore_take (const char *name, long microseconds)
{
  bool taken = true;

  guarded ([&] {
    bi::named_semaphore semaphore (bi::open_only, name);
    if (microseconds < 0)
      semaphore.wait ();
    else if (microseconds == 0)
      taken = semaphore.try_wait ();
    else
      taken = semaphore.timed_wait (boost::posix_time::microsec_clock::universal_time ()
                                    + boost::posix_time::microseconds (microseconds));
  });
  return taken;
}

static void
semaphore_unlink (const char *name)
{
  if (!bi::named_semaphore::remove (name))
    refuse ("named_semaphore::remove");
}
