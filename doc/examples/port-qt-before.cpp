/* port-qt-before.cpp: shares a text by QSharedMemory, and takes turns by QSystemSemaphore
 *
 * Usage: port-qt-before put KEY TEXT     until Enter is pressed
 *        port-qt-before get KEY
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <QSharedMemory>
#include <QSystemSemaphore>
#include <QTextStream>
#include <cstdlib>
#include <cstring>

static QTextStream out (stdout);

static bool
said (const QString &reason)
{
  QTextStream (stderr) << reason << Qt::endl;
  return false;
}

static bool
put (const QString &key, const QByteArray &text)
{
  QSharedMemory memory (key);
  QSystemSemaphore turn (key, 1, QSystemSemaphore::Create);

  if (!memory.create (1024))
    return said (memory.errorString ());
  if (text.size () >= memory.size ())
    return said ("the text is too long");

  if (!turn.acquire ())
    return said (turn.errorString ());
  memcpy (memory.data (), text.constData (), text.size () + 1);
  if (!turn.release ())
    return said (turn.errorString ());

  /* The memory goes with the last process that has it: stay until somebody has read it. */
  out << "Wrote to " << memory.nativeKey () << ".  Enter removes it." << Qt::endl;
  QTextStream (stdin).readLine ();
  return true;
}

static bool
get (const QString &key)
{
  QSharedMemory memory (key);
  QSystemSemaphore turn (key, 1, QSystemSemaphore::Open);

  if (!memory.attach (QSharedMemory::ReadOnly))
    return said (memory.errorString ());

  /* Neither a timeout nor a way to cancel. */
  if (!turn.acquire ())
    return said (turn.errorString ());
  out << static_cast<const char *> (memory.constData ()) << Qt::endl;
  return turn.release ();
}

int
main (int argc, char **argv)
{
  const QByteArray verb = argc > 1 ? argv[1] : "";
  bool done = false;

  if (argc == 4 && verb == "put")
    done = put (argv[2], argv[3]);
  else if (argc == 3 && verb == "get")
    done = get (argv[2]);
  return done ? EXIT_SUCCESS : EXIT_FAILURE;
}
