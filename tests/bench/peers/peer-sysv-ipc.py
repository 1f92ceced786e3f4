#!/usr/bin/python3
# peer-sysv-ipc.py: the module sysv_ipc; usage as in peer.h
#
# SPDX-License-Identifier: LGPL-2.1-or-later
import os
import sys
import time
import zlib

try:
    import sysv_ipc
except ImportError:
    sys.exit("python3-sysv-ipc is not installed")

PAIRS, TRIPS, CREATES, OPENS = 100000, 2000, 300, 600
SIZE = 65536


def key_of(name):
    return zlib.crc32(name.encode()) & 0x7fffffff


def make(name, value):
    return sysv_ipc.Semaphore(key_of(name), sysv_ipc.IPC_CREX, initial_value=value)


def timed(batch, n):
    batch(n // 10)
    begin = time.monotonic()
    batch(n)
    print("%.2f" % ((time.monotonic() - begin) * 1e9 / n))


def pair(name):
    turn = make(name, 1)

    def pairs(n):
        for _ in range(n):
            turn.acquire()
            turn.release()
    try:
        timed(pairs, PAIRS)
    finally:
        turn.remove()


def ping_pong(name):
    there, back = make(name + "-1", 0), make(name + "-2", 0)

    def trips(n):
        for _ in range(n):
            there.release()
            back.acquire()

    child = os.fork()
    if child == 0:
        for _ in range(TRIPS // 10 + TRIPS):
            there.acquire()
            back.release()
        os._exit(0)
    try:
        timed(trips, TRIPS)
        os.waitpid(child, 0)
    finally:
        there.remove()
        back.remove()


def create(name):
    def creates(n):
        for _ in range(n):
            memory = sysv_ipc.SharedMemory(key_of(name), sysv_ipc.IPC_CREX, size=SIZE)
            memory.remove()
            memory.detach()
    timed(creates, CREATES)


def attach(name):
    kept = sysv_ipc.SharedMemory(key_of(name), sysv_ipc.IPC_CREX, size=SIZE)

    def opens(n):
        for _ in range(n):
            sysv_ipc.SharedMemory(key_of(name)).detach()
    try:
        timed(opens, OPENS)
    finally:
        kept.remove()


ROWS = {"pair": pair, "ping-pong": ping_pong, "segment-create": create, "segment-open": attach}
if sys.argv[1] not in ROWS:
    sys.exit(77)
ROWS[sys.argv[1]](sys.argv[2])
