/* main-loop.vala: counts what other processes post while a timer keeps ticking; as main-loop.c
 *
 * Usage: main-loop [NAME]; Ctrl-C ends it
 *
 * valac --pkg ipc main-loop.vala
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
const int64 FOR_EVER = -1;
const uint TICK_MS = 100;

// Each line is seen at once, also in a pipe.
void say (string line) {
  print ("%s\n", line);
  stdout.flush ();
}

class Counter : Object {
  private Ipc.Semaphore semaphore;
  private Cancellable cancellable = new Cancellable ();
  private uint posts = 0;
  private uint ticks = 0;

  public Counter (Ipc.Semaphore semaphore) {
    this.semaphore = semaphore;
  }

  public async void run () throws Error {
    // What else the program has to do is not held up by the wait.
    Timeout.add (TICK_MS, () => {
      ticks++;
      return Source.CONTINUE;
    });
    Unix.signal_add (ProcessSignal.INT, () => {
      cancellable.cancel ();
      return Source.CONTINUE;
    });

    say (@"Counting what is posted to $(semaphore.name).");
    try {
      while (true) {
        yield semaphore.wait_async (FOR_EVER, cancellable);
        say (@"post $(++posts), after $ticks ticks");
      }
    } catch (IOError.CANCELLED error) {
      say (@"$posts posts, $ticks ticks");
    }
  }
}

int main (string[] args) {
  var loop = new MainLoop ();
  int status = 0;

  try {
    var semaphore = Ipc.Semaphore.create (args[1] ?? "main-loop", 0, Ipc.SemaphoreFlags.FLAGS_NONE);
    var counter = new Counter (semaphore);

    counter.run.begin ((object, result) => {
      try {
        counter.run.end (result);
      } catch (Error error) {
        stderr.printf ("%s\n", error.message);
        status = 1;
      }
      loop.quit ();
    });
    loop.run ();
    semaphore.unlink ();
  } catch (Error error) {
    stderr.printf ("%s\n", error.message);
    status = 1;
  }
  return status;
}
