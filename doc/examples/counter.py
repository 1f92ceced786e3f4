#!/usr/bin/python3
# counter.py: counts on in the number that counter.c shares, and takes turns with it
#
# SPDX-License-Identifier: LGPL-2.1-or-later
import gi
gi.require_version("Ipc", "1.0")
from gi.repository import Ipc

segment = Ipc.Segment.open_or_create("counter", 4)
turn = Ipc.Semaphore.open_or_create("counter", 1, Ipc.SemaphoreFlags.UNDO)

with turn:
    counter = segment.get_view().cast("i")   # the memory itself, no copy
    counter[0] += 1
    print(counter[0])
