// counter.js: waits for its turn in a main loop, without blocking it
//
// SPDX-License-Identifier: LGPL-2.1-or-later
import Gio from 'gi://Gio';
import Ipc from 'gi://Ipc?version=1.0';

Gio._promisify(Ipc.Semaphore.prototype, 'wait_async', 'wait_finish');

const turn = Ipc.Semaphore.open_or_create('counter', 1, Ipc.SemaphoreFlags.UNDO);

await turn.wait_async(10 * 1000000, null);
print('my turn');
turn.post();
