/* check-vala.vala: the library as Vala sees it through the vapi
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

void expect (bool fact, string what) {
  if (!fact)
    error ("check-vala: %s", what);
}

void share (string name) throws Error {
  var segment = Ipc.Segment.create (name, 100, Ipc.SegmentFlags.FLAGS_NONE);
  var reader = Ipc.Segment.open (name, Ipc.SegmentFlags.READ_ONLY);

  segment.write (10, "from Vala".data);
  expect ((string) reader.read_bytes (10, 10).get_data () == "from Vala", "bytes");
  expect (reader.get_data ().length == 100, "size");
  try {
    reader.write (0, "x".data);
    expect (false, "a read-only segment was written to");
  } catch (Ipc.Error.READ_ONLY e) {
    expect (name in e.message, e.message);
  }
  segment.unlink ();
}

void count (string name) throws Error {
  var semaphore = new Ipc.Semaphore.full (name, Ipc.OpenMode.CREATE, { 1, 4 }, 0600,
                                          Ipc.SemaphoreFlags.FLAGS_NONE);
  uint value;

  semaphore.operate ({ { 0, -1 }, { 1, 2 } }, -1);
  semaphore.get_value (1, out value);
  expect (value == 6, "value");
  semaphore.wait_zero (-1);
  try {
    semaphore.wait (1000);
    expect (false, "a unit that is not there was taken");
  } catch (Ipc.Error.TIMED_OUT e) {
    expect (semaphore.get_size () == 2, "size");
  }
  semaphore.unlink ();
}

void hand_over () throws Error {
  var segment = Ipc.Segment.create_anonymous (100, Ipc.SegmentFlags.FLAGS_NONE);
  int fd = segment.dup_fd ();

  segment.seal (Ipc.SegmentSeals.SHRINK | Ipc.SegmentSeals.GROW);
  segment.write (0, "by descriptor".data);
  var other = new Ipc.Segment.from_fd (fd, Ipc.SegmentFlags.READ_ONLY);
  FileUtils.close (fd);
  expect ((string) other.read_bytes (0, 14).get_data () == "by descriptor", "descriptor");
}

async void wait (string name) throws Error {
  var semaphore = Ipc.Semaphore.create (name, 0, Ipc.SemaphoreFlags.FLAGS_NONE);
  var cancellable = new Cancellable ();

  Idle.add (() => {
    try {
      Ipc.Semaphore.open (name, Ipc.SemaphoreFlags.FLAGS_NONE).post ();
    } catch (Error e) {
      error ("check-vala: %s", e.message);
    }
    return Source.REMOVE;
  });
  yield semaphore.wait_async (-1, null);
  semaphore.post ();
  yield semaphore.operate_async ({ { 0, -1 } }, -1, null);

  Idle.add (() => {
    cancellable.cancel ();
    return Source.REMOVE;
  });
  try {
    yield semaphore.wait_async (-1, cancellable);
    expect (false, "a unit that is not there was taken");
  } catch (IOError.CANCELLED e) {
  }
  try {
    yield semaphore.wait_async (1000, null);
    expect (false, "a unit that is not there was taken");
  } catch (Ipc.Error.TIMED_OUT e) {
    expect (name in e.message, e.message);
  }
  semaphore.unlink ();
}

int main (string[] args) {
  var loop = new MainLoop ();
  int status = 1;

  try {
    share (args[1]);
    count (args[1]);
    hand_over ();
    wait.begin (args[1], (object, result) => {
      try {
        wait.end (result);
        status = 0;
      } catch (Error e) {
        printerr ("check-vala: %s\n", e.message);
      }
      loop.quit ();
    });
    loop.run ();
  } catch (Error e) {
    printerr ("check-vala: %s\n", e.message);
  }
  return status;
}
