/* port-boost-before.cpp: what box.c does, with Boost.Interprocess
 *
 * Usage: port-boost-before put NAME TEXT
 *        port-boost-before get NAME
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <boost/date_time/posix_time/posix_time_types.hpp>
#include <boost/interprocess/mapped_region.hpp>
#include <boost/interprocess/shared_memory_object.hpp>
#include <boost/interprocess/sync/named_semaphore.hpp>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>

namespace bi = boost::interprocess;
namespace bt = boost::posix_time;

static const std::size_t size = 1024;

static void
put (const char *name, const std::string &text)
{
  bi::shared_memory_object object (bi::create_only, name, bi::read_write);
  object.truncate (size);
  bi::mapped_region box (object, bi::read_write);
  bi::named_semaphore full (bi::create_only, name, 0);

  if (text.size () >= size)
    throw std::length_error ("the text is too long");
  std::memcpy (box.get_address (), text.c_str (), text.size () + 1);
  full.post ();
}

static void
get (const char *name)
{
  bi::named_semaphore full (bi::open_only, name);

  /* On the clock of the wall. */
  if (!full.timed_wait (bt::microsec_clock::universal_time () + bt::seconds (10)))
    throw std::runtime_error ("timed out");

  bi::shared_memory_object object (bi::open_only, name, bi::read_only);
  bi::mapped_region box (object, bi::read_only);
  std::cout << static_cast<const char *> (box.get_address ()) << std::endl;

  bi::shared_memory_object::remove (name);
  bi::named_semaphore::remove (name);
}

int
main (int argc, char **argv)
{
  const std::string verb = argc > 1 ? argv[1] : "";

  try
    {
      if (argc == 4 && verb == "put")
        put (argv[2], argv[3]);
      else if (argc == 3 && verb == "get")
        get (argv[2]);
      else
        return EXIT_FAILURE;
    }
  catch (const std::exception &e)
    {
      std::cerr << e.what () << std::endl;
      return EXIT_FAILURE;
    }
  return EXIT_SUCCESS;
}
