/** A service that fails whatever it is asked: it is not hammered, the others are unharmed, and people are told. */
import { beforeEach, expect, it } from 'vitest';
import type { Cloud } from '../../../../src/cloud/cloud.ts';
import { never, SERVER_REQUEST, startWireCloud, type WireCloud } from '../wire-cloud.ts';

const LIST = '/compute/v2.1/servers/detail';

let wire: WireCloud;
let cloud: Cloud;
let isBroken: boolean;
/** When Nova was asked, in ms. */
let asked: number[];

beforeEach(async () => {
  wire = await startWireCloud();
  cloud = await wire.connect();
  isBroken = true;
  asked = [];
  wire.on(({ path }) => {
    if (!path.startsWith('/compute/')) return undefined;
    asked.push(wire.clock.ms);
    if (isBroken) return { status: 503 };
    return path.startsWith(LIST) ? { json: { servers: [] } } : undefined;
  });
});

function rests(): readonly string[] {
  return wire.told.filter((text) => text.includes(' is asked again: '));
}

/** Asks until the circuit opens. */
async function wearOut(): Promise<void> {
  while (rests().length === 0)
    await expect(cloud.listServers(never)).rejects.toMatchObject({ code: 'unreachable', disposition: 'retryable' });
}

it('is asked two dozen times, then twice a minute, by however many who want to know', async () => {
  await wearOut();
  const beganMs = wire.clock.ms;
  const before = asked.length;
  for (let count = 0; count < 20; count += 1) await expect(cloud.listServers(never)).rejects.toThrow();
  const minutes = (wire.clock.ms - beganMs) / 60_000;
  expect(before).toBeLessThanOrEqual(30);
  expect((asked.length - before) / minutes).toBeLessThanOrEqual(2);
  expect(rests()).toEqual([
    'waiting 30 s before Nova is asked again: 20 of the last 27 requests to it had to be repeated within a minute',
  ]);
});

it('does not hold up other services, at the same address though they are', async () => {
  await wearOut();
  const atMs = wire.clock.ms;
  expect(await cloud.getPort('x', never)).toBeNull();
  expect(wire.clock.ms).toBe(atMs);
});

it('is used again as soon as one request went well', async () => {
  await wearOut();
  isBroken = false;
  expect(await cloud.listServers(never)).toEqual([]);
  expect(wire.told.at(-1)).toMatch(/^Nova answers again, after \d+ s$/);
  const atMs = wire.clock.ms;
  await Promise.all(Array.from({ length: 10 }, () => cloud.listServers(never)));
  expect(wire.clock.ms).toBe(atMs);
});

it('gets no write meanwhile, of which nobody is then in doubt', async () => {
  await wearOut();
  const before = wire.count('POST', '/compute/v2.1/servers');
  await expect(cloud.createServer(SERVER_REQUEST, never)).rejects.toMatchObject({ code: 'uncertain-write' });
  // It was sent once, as the one request that finds out; before that it waited.
  expect(wire.count('POST', '/compute/v2.1/servers')).toBe(before + 1);
  expect(asked.at(-1)! - asked.at(-2)!).toBeGreaterThanOrEqual(25_000);
});

it('a hiccup of seconds opens nothing: three looks at once, each asked five times', async () => {
  await Promise.allSettled([cloud.listServers(never), cloud.readQuotas(never), cloud.listFlavors(never)]);
  expect(rests()).toEqual([]);
});
