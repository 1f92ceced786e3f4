#!/usr/bin/python3
# segment.py: shares a text between processes; also with segment-writer.c and segment-reader.c
#
# Usage: segment.py write [NAME [TEXT]]
#        segment.py read [NAME]
#
# SPDX-License-Identifier: LGPL-2.1-or-later
import sys

import gi

gi.require_version("Ipc", "1.0")
from gi.repository import GLib, Ipc

SIZE = 1024


def write(name="sysv:0x1", text="Hello from Python"):
    # Create means: a new one.  If the name is taken this fails, and nobody's memory is spoilt.
    segment = Ipc.Segment.create(name, SIZE)
    try:
        segment.write(0, text.encode() + b"\0")
        input(f"Wrote to {name}.  Enter removes it.\n")
    finally:
        # The memory would outlive this process.  Who made it removes it.
        segment.unlink()


def read(name="sysv:0x1"):
    # Read-only is enforced by the processor.
    with Ipc.Segment.open(name, Ipc.SegmentFlags.READ_ONLY) as segment:
        data = segment.read()
        text = data.split(b"\0")[0].decode()
        print(f"{name} has {len(data)} bytes and says: {text}")
    # The memory stays for others; only this process has let go of it.


def main():
    try:
        {"write": write, "read": read}[sys.argv[1]](*sys.argv[2:])
    except GLib.Error as error:
        sys.exit(error.message)
    except (IndexError, KeyError, TypeError):
        sys.exit("Usage: segment.py write [NAME [TEXT]] | read [NAME]")


if __name__ == "__main__":
    main()
