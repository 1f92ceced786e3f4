# Ipc.py: what makes libipc feel like Python; gi loads it by itself
#
# Everything of the C interface is there as well, under its own name.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
import collections
import ctypes
import threading

from gi.module import get_introspection_module
from gi.overrides import override
from gi.repository import Gio, GLib

Ipc = get_introspection_module("Ipc")

__all__ = []

FOR_EVER = -1
NO_FLAGS = 0

Holder = collections.namedtuple("Holder", "pid units")
Holder.__doc__ = "A process, and how many units it holds under UNDO."


def export(cls):
    cls = override(cls)
    globals()[cls.__name__] = cls
    __all__.append(cls.__name__)


def id_or_none(found, number):
    return number if found else None


def step(op):
    """An Ipc.SemaphoreOp, or a pair (index, delta)."""
    if isinstance(op, Ipc.SemaphoreOp):
        return op
    made = Ipc.SemaphoreOp()
    made.index, made.delta = op
    return made


def microseconds(timeout_us):
    """A number of seconds would be cut to a whole one, and mostly be 0."""
    if isinstance(timeout_us, float):
        raise TypeError("a timeout is a whole number of microseconds, not %r" % timeout_us)
    return timeout_us


# -- Waits that Ctrl-C can end.  Python runs signal handlers in the main thread, between calls into C:
# a wait that blocks in C would have to be over first.

class Patience:
    """A wait that the main thread makes step by step, in a main context of its own."""

    def __init__(self, semaphore, ops, cancellable):
        self.semaphore = semaphore
        self.ops = [step(op) for op in ops]
        self.outer = cancellable
        self.cancellable = Gio.Cancellable()
        self.result = None

    def run(self, timeout_us):
        context = GLib.MainContext.new()
        context.push_thread_default()
        handler = self.outer.connect(self.on_cancelled) if self.outer else 0
        try:
            self.semaphore.operate_async(self.ops, timeout_us, self.cancellable, self.on_result)
            self.iterate(context)
        finally:
            if handler:
                self.outer.disconnect(handler)
            context.pop_thread_default()
        return self.semaphore.operate_finish(self.result)

    def on_cancelled(self, *_nothing):
        self.cancellable.cancel()

    def on_result(self, _semaphore, result):
        self.result = result

    def iterate(self, context):
        try:
            while self.result is None:
                context.iteration(True)
        except BaseException:
            self.cancellable.cancel()
            while self.result is None:
                context.iteration(True)
            self.give_back()
            raise

    def give_back(self):
        """After Ctrl-C that came when the units had just been taken."""
        try:
            self.semaphore.operate_finish(self.result)
        except GLib.Error:
            return
        if all(op.delta <= 0 for op in self.ops):
            self.semaphore.operate([(op.index, -op.delta) for op in self.ops if op.delta], 0)


def wait_for(semaphore, name, call, ops, timeout_us, cancellable):
    """call(timeout_us) is the wait that blocks, and name is its own in messages."""
    if microseconds(timeout_us) == 0 or threading.current_thread() is not threading.main_thread():
        return call(timeout_us)
    try:
        return call(0)
    except GLib.Error as error:
        if not error.matches(Ipc.error_quark(), Ipc.Error.TIMED_OUT):
            raise
    try:
        return Patience(semaphore, ops, cancellable).run(timeout_us)
    except GLib.Error as error:
        error.message = error.message.replace("ipc_semaphore_operate_async", name, 1)
        raise


class Info(Ipc.Info):
    @property
    def holders(self):
        """Who holds how many units under UNDO: a list of Holder."""
        return [Holder(*self.get_holder(i)[1:]) for i in range(self.get_n_holders())]


export(Info)


class Semaphore(Ipc.Semaphore):
    """`with semaphore:` takes a unit, waiting for it, and gives it back at the end.

    Ctrl-C ends a wait of the main thread.
    """

    @staticmethod
    def create(name, initial_value=0, flags=NO_FLAGS):
        return Ipc.Semaphore.create(name, initial_value, flags)

    @staticmethod
    def open(name, flags=NO_FLAGS):
        return Ipc.Semaphore.open(name, flags)

    @staticmethod
    def open_or_create(name, initial_value=0, flags=NO_FLAGS):
        return Ipc.Semaphore.open_or_create(name, initial_value, flags)

    def __enter__(self):
        self.wait()
        return self

    def __exit__(self, *exception):
        self.post()

    def wait(self, timeout_us=FOR_EVER, cancellable=None):
        call = super().wait
        return wait_for(self, "ipc_semaphore_wait", lambda left: call(left, cancellable), [(0, -1)],
                        timeout_us, cancellable)

    def wait_zero(self, timeout_us=FOR_EVER, cancellable=None):
        call = super().wait_zero
        return wait_for(self, "ipc_semaphore_wait_zero", lambda left: call(left, cancellable),
                        [(0, 0)], timeout_us, cancellable)

    def operate(self, ops, timeout_us=FOR_EVER, cancellable=None):
        call, ops = super().operate, [step(op) for op in ops]
        return wait_for(self, "ipc_semaphore_operate", lambda left: call(ops, left, cancellable), ops,
                        timeout_us, cancellable)

    def wait_async(self, timeout_us, cancellable, callback, *data):
        super().wait_async(microseconds(timeout_us), cancellable, callback, *data)

    def operate_async(self, ops, timeout_us, cancellable, callback, *data):
        super().operate_async([step(op) for op in ops], microseconds(timeout_us), cancellable,
                              callback, *data)

    def get_info(self, index=0):
        return super().get_info(index)

    def get_value(self, index=0):
        return super().get_value(index)

    def get_id(self):
        """The System V id; None where there is none."""
        return id_or_none(*super().get_id())


export(Semaphore)


class Segment(Ipc.Segment):
    """`with segment:` detaches it at the end."""

    @staticmethod
    def create(name, size, flags=NO_FLAGS):
        return Ipc.Segment.create(name, size, flags)

    @staticmethod
    def open(name, flags=NO_FLAGS):
        return Ipc.Segment.open(name, flags)

    @staticmethod
    def open_or_create(name, size, flags=NO_FLAGS):
        return Ipc.Segment.open_or_create(name, size, flags)

    @staticmethod
    def create_anonymous(size, flags=NO_FLAGS):
        return Ipc.Segment.create_anonymous(size, flags)

    @staticmethod
    def new_from_fd(fd, flags=NO_FLAGS):
        return Ipc.Segment.new_from_fd(fd, flags)

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.detach()

    def length_from(self, offset, length):
        return max(self.get_size() - offset, 0) if length is None else length

    def read(self, offset=0, length=None):
        """A copy, as bytes; up to the end unless length says how many."""
        return self.read_bytes(offset, self.length_from(offset, length)).get_data()

    def write(self, offset, data):
        """Copies in whatever has the buffer interface: bytes, bytearray, memoryview, array."""
        return super().write(offset, bytes(memoryview(data)))

    def get_view(self, offset=0, length=None):
        """The memory itself, as a memoryview, which peers see change at once.

        It can be written to unless the segment is read-only, and keeps the memory even beyond
        detach().
        """
        length = self.length_from(offset, length)
        data = self.get_bytes(offset, length)
        if length == 0:
            return memoryview(b"")
        array = (ctypes.c_ubyte * length).from_address(data.get_region(1, 0, length))
        # What the memory lives by lives as long as what shows it.
        array.data = data
        view = memoryview(array).cast("B")
        return view.toreadonly() if self.is_read_only() else view

    def get_id(self):
        """The System V id; None where there is none."""
        return id_or_none(*super().get_id())


export(Segment)
