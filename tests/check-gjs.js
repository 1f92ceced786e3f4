#!/usr/bin/gjs -m
// check-gjs.js: the library as JavaScript sees it through the typelib
//
// SPDX-License-Identifier: LGPL-2.1-or-later
import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import System from 'system';

const FOR_EVER = -1;
const PATIENCE_US = 30 * 1000000;
const NOTHING = 0;

const buildDir = GLib.getenv('IPC_BUILDDIR') ?? '.';
const peer = `${buildDir}/tests/meet/ipc-peer`;

if (!GLib.file_test(GLib.getenv('IPC_TYPELIB') ?? '/', GLib.FileTest.EXISTS)) {
    print('SKIP check-gjs: built without introspection');
    System.exit(77);
}
const {default: Ipc} = await import('gi://Ipc?version=1.0');

Gio._promisify(Ipc.Semaphore.prototype, 'wait_async', 'wait_finish');
Gio._promisify(Ipc.Semaphore.prototype, 'operate_async', 'operate_finish');
Gio._promisify(Gio.Subprocess.prototype, 'wait_check_async', 'wait_check_finish');

const pid = new Gio.Credentials().get_unix_pid();
const names = [`ipc-check-gjs-${pid}`, `sysv:${0x45000000 + pid * 4}`];

function same(got, wanted, what) {
    const [a, b] = [JSON.stringify(got), JSON.stringify(wanted)];

    if (a !== b)
        throw new Error(`${what}: expected ${b}, got ${a}`);
}

function refused(code, words, call) {
    try {
        call();
    } catch (error) {
        isRefusal(error, code, words);
        return;
    }
    throw new Error(`${words}: no error ${code}`);
}

function isRefusal(error, code, words) {
    if (!(error instanceof GLib.Error) || !error.matches(Ipc.Error, code))
        throw error;
    if (!error.message.includes(words))
        throw new Error(`"${words}" is not in: ${error.message}`);
}

async function peerPosts(name) {
    await Gio.Subprocess.new([peer, 'semaphore-post', name], Gio.SubprocessFlags.NONE)
        .wait_check_async(null);
}

const tests = {
    bytesGoInAndOut(name) {
        const bytes = Uint8Array.from({length: 256}, (_, i) => i);
        const segment = Ipc.Segment.create(name, 1000, NOTHING);

        same(segment.write(500, bytes), true, 'write');
        same([...segment.read_bytes(500, 256).toArray()], [...bytes], 'read_bytes');
        same([...segment.get_bytes(755, 2).toArray()], [255, 0], 'get_bytes');
        same(segment.get_data().length, 1000, 'get_data');
        same([segment.size, segment.created, segment.name], [1000, true, name], 'properties');

        const reader = Ipc.Segment.open(name, Ipc.SegmentFlags.READ_ONLY);

        same([...reader.read_bytes(500, 4).toArray()], [0, 1, 2, 3], 'the other one');
        refused(Ipc.Error.READ_ONLY, name, () => reader.write(0, bytes));
        refused(Ipc.Error.OUT_OF_RANGE, name, () => segment.read_bytes(999, 2));
        refused(Ipc.Error.EXISTS, name, () => Ipc.Segment.create(name, 1, NOTHING));
        segment.unlink();
        refused(Ipc.Error.NOT_FOUND, name, () => Ipc.Segment.open(name, NOTHING));
    },

    memoryWithoutAName() {
        const segment = Ipc.Segment.create_anonymous(100, NOTHING);

        segment.seal(Ipc.SegmentSeals.SHRINK | Ipc.SegmentSeals.GROW);
        segment.write(0, new TextEncoder().encode('by descriptor'));

        const fds = new Gio.UnixFDList();
        const fd = segment.dup_fd();

        fds.append(fd);
        GLib.close(fd);

        const other = Ipc.Segment.new_from_fd(fds.peek_fds()[0], Ipc.SegmentFlags.READ_ONLY);

        same(new TextDecoder().decode(other.read_bytes(0, 13).toArray()), 'by descriptor', 'text');
    },

    unitsAndSets(name) {
        const set = Ipc.Semaphore.new_full(name, Ipc.OpenMode.CREATE, [1, 4], 0o600, NOTHING, null);

        same(set.get_value(1), [true, 4], 'a value');
        set.operate([new Ipc.SemaphoreOp({index: 0, delta: -1}),
            new Ipc.SemaphoreOp({index: 1, delta: 2})], FOR_EVER, null);
        same([set.get_value(0)[1], set.get_value(1)[1], set.size], [0, 6, 2], 'values');
        set.set_value(1, 0);
        set.wait_zero(FOR_EVER, null);
        refused(Ipc.Error.WOULD_BLOCK, name, () => set.try_wait());
        refused(Ipc.Error.TIMED_OUT, name, () => set.wait(1000, null));
        refused(Ipc.Error.OUT_OF_RANGE, name, () => set.get_value(2));
    },

    whoHoldsUnits(name) {
        const semaphore = Ipc.Semaphore.create(name, 3, Ipc.SemaphoreFlags.UNDO);

        semaphore.wait(FOR_EVER, null);

        const info = semaphore.get_info(0);

        same([info.get_value(), info.get_size()], [2, 1], 'info');
        same(semaphore.get_id()[0], name.startsWith('sysv:'), 'whether there is an id');
        if (semaphore.backend === Ipc.Backend.NATIVE)
            same([info.get_n_holders(), info.get_holder(0), info.get_holder(1)[0]],
                [1, [true, pid, 1], false], 'holders');
    },

    whatIsListedOutlivesTheList(name) {
        const semaphore = Ipc.Semaphore.create(name, 3, NOTHING);
        const spelt = Ipc.name_canonicalize(name);
        const [info] = Ipc.Info.list(Ipc.Backend.NONE, null).filter(i => i.get_name() === spelt);

        System.gc();
        same([info.get_name(), info.get_kind(), info.get_value()],
            [spelt, Ipc.Kind.SEMAPHORE, 3], 'what is listed');
        semaphore.unlink();
    },

    async promisesAreKept(name) {
        const semaphore = Ipc.Semaphore.create(name, 0, NOTHING);
        let ticks = 0;
        const timer = GLib.timeout_add(GLib.PRIORITY_DEFAULT, 1, () => {
            ticks++;
            return GLib.SOURCE_CONTINUE;
        });

        for (let i = 0; i < 3; i++) {
            const waited = semaphore.wait_async(PATIENCE_US, null);

            await peerPosts(name);
            same(await waited, true, 'a wait');
        }
        await Promise.all([
            semaphore.operate_async([new Ipc.SemaphoreOp({index: 0, delta: -1})], PATIENCE_US, null),
            peerPosts(name),
        ]);
        GLib.source_remove(timer);
        same([semaphore.get_value(0)[1], ticks > 0], [0, true], 'at the end');
    },

    async promisesAreBroken(name) {
        const semaphore = Ipc.Semaphore.create(name, 0, NOTHING);
        const cancellable = new Gio.Cancellable();
        const cancelled = semaphore.wait_async(FOR_EVER, cancellable);
        const closed = semaphore.wait_async(FOR_EVER, null);

        await semaphore.wait_async(1000, null).then(
            () => same(0, 1, 'a unit that is not there'),
            error => isRefusal(error, Ipc.Error.TIMED_OUT, name));
        cancellable.cancel();
        await cancelled.then(
            () => same(0, 1, 'a unit that is not there'),
            error => same(error.matches(Gio.IOErrorEnum, Gio.IOErrorEnum.CANCELLED), true,
                'cancelled'));
        semaphore.close();
        await closed.then(
            () => same(0, 1, 'a unit that is not there'),
            error => isRefusal(error, Ipc.Error.CLOSED, name));
    },
};

let failures = 0;

for (const name of names) {
    for (const [what, test] of Object.entries(tests)) {
        try {
            await test(name);
        } catch (error) {
            printerr(`FAIL ${what} (${name}): ${error}\n${error.stack ?? ''}`);
            failures++;
        }
        for (const kind of [Ipc.Segment, Ipc.Semaphore]) {
            try {
                kind.unlink_name(name);
            } catch (error) {
                if (!error.matches(Ipc.Error, Ipc.Error.NOT_FOUND))
                    throw error;
            }
        }
    }
}
System.exit(failures ? 1 : 0);
