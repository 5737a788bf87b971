/** Our own client on the cloud the tests were given. */
import type { Cloud, CloudScope } from '../../../src/cloud/cloud.ts';
import { connectCloud } from '../../../src/commands/connect-cloud.ts';
import { systemClock } from '../../../src/host/clock.ts';
import { systemRandom } from '../../../src/host/random.ts';

export async function connectLive(): Promise<{ readonly cloud: Cloud; readonly scope: CloudScope }> {
  const io = {
    environment: { ...process.env },
    cwd: process.cwd(),
    signal: new AbortController().signal,
    clock: systemClock,
    random: systemRandom,
    rehearse: () => Promise.reject(new Error('nobody rehearses here')),
  };
  return await connectCloud({ stateFolder: '/nonexistent' }, io, () => undefined, null);
}
