#!/usr/bin/gjs -m
// main-loop.js: counts what other processes post while a timer keeps ticking; as main-loop.c
//
// Usage: main-loop.js [NAME]; Ctrl-C ends it
//
// SPDX-License-Identifier: LGPL-2.1-or-later
import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import Ipc from 'gi://Ipc?version=1.0';
import System from 'system';

Gio._promisify(Ipc.Semaphore.prototype, 'wait_async', 'wait_finish');

const FOR_EVER = -1;
const TICK_MS = 100;
const SIGINT = 2;

async function count(semaphore) {
    const cancellable = new Gio.Cancellable();
    let posts = 0, ticks = 0;

    // What else the program has to do is not held up by the wait.
    GLib.timeout_add(GLib.PRIORITY_DEFAULT, TICK_MS, () => {
        ticks++;
        return GLib.SOURCE_CONTINUE;
    });
    GLib.unix_signal_add(GLib.PRIORITY_DEFAULT, SIGINT, () => {
        cancellable.cancel();
        return GLib.SOURCE_CONTINUE;
    });

    print(`Counting what is posted to ${semaphore.name}.`);
    try {
        for (;;) {
            await semaphore.wait_async(FOR_EVER, cancellable);
            print(`post ${++posts}, after ${ticks} ticks`);
        }
    } catch (error) {
        if (!error.matches(Gio.IOErrorEnum, Gio.IOErrorEnum.CANCELLED))
            throw error;
    }
    print(`${posts} posts, ${ticks} ticks`);
}

try {
    const semaphore = Ipc.Semaphore.create(ARGV[0] ?? 'main-loop', 0, Ipc.SemaphoreFlags.FLAGS_NONE);
    try {
        await count(semaphore);
    } finally {
        semaphore.unlink();
    }
} catch (error) {
    printerr(error.message);
    System.exit(1);
}
System.exit(0);
