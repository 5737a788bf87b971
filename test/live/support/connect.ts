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

/**
 * Options for clusters side by side: those of another number go to another zone, where there are several. A fresh server goes to its node's
 * next zone, so that all first servers would crowd the same one.
 */
export async function zoneOptions(number: number): Promise<readonly string[]> {
  const { cloud } = await connectLive();
  try {
    const zones = (await cloud.listAvailabilityZones(new AbortController().signal)).toSorted();
    const zone = zones[number % Math.max(1, zones.length)];
    return zone === undefined ? [] : ['--availability-zone', zone];
  } finally {
    await cloud.close();
  }
}
