/** Waiting for a service is told once for each spell of it; at work it lasts half an hour, before that two minutes. */
import { describe, expect, it } from 'vitest';
import { type Canned, never, SERVER_REQUEST, startWireCloud } from '../wire-cloud.ts';

const SERVERS = '/compute/v2.1/servers';
const LIST = `${SERVERS}/detail`;
const MINUTE_MS = 60_000;
const created: Canned = { status: 202, json: { server: { id: 's1' } } };
const slow = (seconds: string): Canned => ({ status: 429, headers: { 'retry-after': seconds } });
const down: Canned = { status: 503 };

describe('a service that asks to slow down', () => {
  it('is waited for at most five minutes, and people are told how long', async () => {
    const wire = await startWireCloud();
    wire.once('POST', SERVERS, slow('40'), slow('9999'), created);
    const cloud = await wire.connect();
    await cloud.createServer(SERVER_REQUEST, never);
    expect(wire.clock.waits).toEqual([40_000, 300_000]);
    expect(wire.told).toEqual(['waiting 40 s: Nova asks us to slow down', 'waiting 300 s: Nova asks us to slow down']);
  });

  it('is told once, however many requests wait', async () => {
    const wire = await startWireCloud();
    wire.once('POST', SERVERS, slow('40'), slow('40'), created, created);
    const cloud = await wire.connect();
    // The clock of the test passes at once: both waits begin before one is over only where nobody sleeps in between.
    wire.clock.sleep = async () => undefined;
    await Promise.all([cloud.createServer(SERVER_REQUEST, never), cloud.createServer(SERVER_REQUEST, never)]);
    expect(wire.told).toEqual(['waiting 40 s: Nova asks us to slow down']);
  });

  it('is not worth a word for a moment', async () => {
    const wire = await startWireCloud();
    wire.once('POST', SERVERS, slow('0'), slow('soon'), created);
    const cloud = await wire.connect();
    await cloud.createServer(SERVER_REQUEST, never);
    expect(wire.told).toEqual([]);
  });
});

describe('a service that is down', () => {
  it('before work began ends the command after five tries', async () => {
    const wire = await startWireCloud();
    wire.on(({ path }) => (path.startsWith(LIST) ? down : undefined));
    const cloud = await wire.connect();
    await expect(cloud.listServers(never)).rejects.toMatchObject({ code: 'unreachable', disposition: 'retryable' });
    expect(wire.count('GET', LIST)).toBe(5);
  });

  it('at work is waited for, for half an hour, and then nobody tries on', async () => {
    const wire = await startWireCloud();
    wire.on(({ path }) => (path.startsWith(LIST) ? down : undefined));
    const cloud = await wire.connect();
    cloud.waitLonger();
    await expect(cloud.listServers(never)).rejects.toMatchObject({
      code: 'unreachable',
      exitCode: 75,
      disposition: 'terminal',
    });
    expect(wire.clock.ms).toBeGreaterThan(28 * MINUTE_MS);
    expect(wire.clock.ms).toBeLessThanOrEqual(30 * MINUTE_MS);
    expect(wire.told).toEqual([expect.stringMatching(/^waiting: Nova unreachable since \d\d:\d\d$/)]);
  });

  it('is told again when it answers, and anew when it goes down again', async () => {
    const wire = await startWireCloud();
    const list: Canned = { status: 200, json: { servers: [] } };
    const outage = Array.from({ length: 7 }, () => down);
    wire.once('GET', LIST, ...outage, list, ...outage, list);
    const cloud = await wire.connect();
    cloud.waitLonger();
    await cloud.listServers(never);
    await cloud.listServers(never);
    expect(wire.told.map((text) => text.replace(/\d\d:\d\d|\d+ s$/, '…'))).toEqual([
      'waiting: Nova unreachable since …',
      'Nova answers again, after …',
      'waiting: Nova unreachable since …',
      'Nova answers again, after …',
    ]);
  });

  it('does not make other failures be tried longer', async () => {
    const wire = await startWireCloud();
    wire.on(({ path }) => (path === SERVERS ? { status: 429 } : undefined));
    const cloud = await wire.connect();
    cloud.waitLonger();
    await expect(cloud.createServer(SERVER_REQUEST, never)).rejects.toMatchObject({ code: 'slow-down' });
    expect(wire.count('POST', SERVERS)).toBe(5);
  });
});
