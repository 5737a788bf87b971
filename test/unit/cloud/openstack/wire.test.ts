/** What travels, and how often: the client against a loopback OpenStack. */
import { describe, expect, it } from 'vitest';
import type { ServerRequest } from '../../../../src/cloud/cloud.ts';
import { BuilderError } from '../../../../src/errors.ts';
import { type Canned, findClosedPort, never, startWireCloud } from '../wire-cloud.ts';

const SERVERS = '/compute/v2.1/servers';
const LIST = `${SERVERS}/detail`;
const mark = { cluster: 'c1', key: 'create-server/controller', generation: 1, nonce: 'n1', epoch: 4 };
const request: ServerRequest = {
  name: 'dsb-demo-controller-g1',
  imageId: 'image-id',
  flavorId: 'flavor-id',
  portId: 'port-id',
  zone: 'az1',
  keyName: null,
  userData: '#cloud-config\n# ä',
  mark,
};
const created: Canned = { status: 202, json: { server: { id: 's1', adminPass: 'hunter2' } } };

describe('a create', () => {
  it('carries mark, port and user data in one request, with the microversion we know', async () => {
    const wire = await startWireCloud();
    wire.once('POST', SERVERS, created);
    const cloud = await wire.connect();
    expect(await cloud.createServer(request, never)).toEqual({ id: 's1', requestId: 'req-1' });
    const sent = wire.arrived.at(-1);
    expect(sent?.headers['openstack-api-version']).toBe('compute 2.90');
    expect(sent?.body).toEqual({
      server: {
        name: 'dsb-demo-controller-g1',
        imageRef: 'image-id',
        flavorRef: 'flavor-id',
        networks: [{ port: 'port-id' }],
        metadata: {
          dsb_cluster: 'c1',
          dsb_key: 'create-server/controller',
          dsb_gen: '1',
          dsb_nonce: 'n1',
          dsb_epoch: '4',
        },
        user_data: Buffer.from('#cloud-config\n# ä').toString('base64'),
        availability_zone: 'az1',
      },
    });
  });

  it.each<[string, Canned]>([
    ['503', { status: 503, headers: { 'retry-after': '1' } }],
    ['500', { status: 500 }],
    ['502 of a proxy', { status: 502, text: '<html><title>Bad Gateway</title></html>' }],
    ['504', { status: 504 }],
    ['a reset before the answer', { cut: 'before' }],
    ['a reset within the answer', { ...created, cut: 'within' }],
    ['a truncated 2xx', { status: 202, text: '{"server": {"id"' }],
    ['a 2xx of HTML', { status: 200, text: '<html>Welcome!</html>' }],
    ['a 2xx without an id', { status: 202, json: { server: {} } }],
    ['an empty 2xx', { status: 202 }],
  ])('whose answer is lost (%s) is in doubt, never resent', async (_, canned) => {
    const wire = await startWireCloud();
    wire.once('POST', SERVERS, canned, created);
    const cloud = await wire.connect();
    await expect(cloud.createServer(request, never)).rejects.toMatchObject({
      code: 'uncertain-write',
      disposition: 'in-doubt',
    });
    expect(wire.count('POST', SERVERS)).toBe(1);
  });

  it('that was refused as too much is sent again after Retry-After, for it had no effect', async () => {
    const wire = await startWireCloud();
    wire.once(
      'POST',
      SERVERS,
      { status: 429, headers: { 'retry-after': '7' } },
      { status: 413, headers: { 'retry-after': '200' } },
      created,
    );
    const cloud = await wire.connect();
    expect(await cloud.createServer(request, never)).toMatchObject({ id: 's1' });
    expect(wire.clock.waits).toEqual([7000, 200_000]);
  });

  it('gives up on a service that always asks to slow down, after five tries', async () => {
    const wire = await startWireCloud();
    wire.on(({ path }) => (path === SERVERS ? { status: 429 } : undefined));
    const cloud = await wire.connect();
    await expect(cloud.createServer(request, never)).rejects.toMatchObject({
      code: 'slow-down',
      disposition: 'retryable',
    });
    expect(wire.count('POST', SERVERS)).toBe(5);
    // Full jitter at one half: 0.25, 0.5, 1, 2 s.
    expect(wire.clock.waits).toEqual([250, 500, 1000, 2000]);
  });

  it('is awaited though the run stops, so that its answer is not thrown away', async () => {
    const wire = await startWireCloud();
    const stop = new AbortController();
    wire.on(({ method, path }) => {
      if (method !== 'POST' || path !== SERVERS) return undefined;
      stop.abort(new BuilderError('canceled', 'stopped'));
      return created;
    });
    const cloud = await wire.connect();
    expect(await cloud.createServer(request, stop.signal)).toMatchObject({ id: 's1' });
  });

  it('is not sent when the run has stopped already', async () => {
    const wire = await startWireCloud();
    const cloud = await wire.connect();
    const stopped = AbortSignal.abort(new BuilderError('canceled', 'stopped'));
    await expect(cloud.createServer(request, stopped)).rejects.toMatchObject({ code: 'canceled' });
    expect(wire.count('POST', SERVERS)).toBe(0);
  });

  it('names quota, and what the cloud said', async () => {
    const wire = await startWireCloud();
    wire.once('POST', SERVERS, {
      status: 403,
      json: { forbidden: { code: 403, message: 'Quota exceeded for cores: Requested 4' } },
    });
    const cloud = await wire.connect();
    await expect(cloud.createServer(request, never)).rejects.toMatchObject({
      code: 'quota-reached',
      message: 'the cloud answered 403: Quota exceeded for cores: Requested 4',
      at: `POST ${wire.url}${SERVERS} (req-1)`,
    });
  });

  it('keeps 20 writes in flight, and no more', async () => {
    const wire = await startWireCloud();
    const full = Promise.withResolvers<void>();
    let inFlight = 0;
    let most = 0;
    wire.on(({ method, path }) => {
      if (method !== 'POST' || path !== SERVERS) return undefined;
      inFlight += 1;
      most = Math.max(most, inFlight);
      // With fewer at once none would ever be answered.
      if (inFlight === 20) full.resolve();
      const hold = async (): Promise<void> => {
        await full.promise;
        inFlight -= 1;
      };
      return { ...created, hold: hold() };
    });
    const cloud = await wire.connect();
    const made = await Promise.all(Array.from({ length: 50 }, () => cloud.createServer(request, never)));
    expect(made).toHaveLength(50);
    expect(most).toBe(20);
  });
});

describe('a read', () => {
  it.each<[string, Canned]>([
    ['500', { status: 500 }],
    ['503', { status: 503 }],
    ['a reset', { cut: 'before' }],
    ['a reset within the answer', { json: { servers: [] }, cut: 'within' }],
  ])('that failed by %s is asked again', async (_, canned) => {
    const wire = await startWireCloud();
    wire.once('GET', LIST, canned, canned, { json: { servers: [] } });
    const cloud = await wire.connect();
    expect(await cloud.listServers(never)).toEqual([]);
    expect(wire.count('GET', LIST)).toBe(3);
    expect(wire.clock.waits).toEqual([250, 500]);
  });

  it('that never succeeds is unreachable after five tries', async () => {
    const wire = await startWireCloud();
    wire.on(({ path }) => (path.startsWith(LIST) ? { status: 503 } : undefined));
    const cloud = await wire.connect();
    await expect(cloud.listServers(never)).rejects.toMatchObject({
      code: 'unreachable',
      message: 'the cloud answered 503, 5 tries',
    });
    expect(wire.count('GET', LIST)).toBe(5);
  });

  it('that answers HTML is a bad answer', async () => {
    const wire = await startWireCloud();
    wire.once('GET', LIST, { text: '<html>Please log in</html>' });
    const cloud = await wire.connect();
    await expect(cloud.listServers(never)).rejects.toMatchObject({
      code: 'bad-answer',
      message: expect.stringContaining('text/html') as string,
    });
  });

  it('stops at once when the run stops', async () => {
    const wire = await startWireCloud();
    const stop = new AbortController();
    wire.on(({ path }) => {
      if (!path.startsWith(LIST)) return undefined;
      setImmediate(() => stop.abort(new BuilderError('canceled', 'stopped')));
      return { cut: 'never' };
    });
    const cloud = await wire.connect();
    await expect(cloud.listServers(stop.signal)).rejects.toMatchObject({ code: 'canceled' });
  });

  it('follows pages by their query alone, on our own address', async () => {
    const wire = await startWireCloud();
    const server = (id: string): object => ({ id, status: 'ACTIVE', tenant_id: 'p1' });
    const next = (marker: string): object => [
      { rel: 'next', href: `http://inner.invalid/v2.1/servers/detail?limit=1000&marker=${marker}` },
    ];
    wire.once(
      'GET',
      LIST,
      { json: { servers: [server('a')], servers_links: next('a') } },
      { json: { servers: [server('b')], servers_links: next('b') } },
      { json: { servers: [] } },
    );
    const cloud = await wire.connect();
    expect((await cloud.listServers(never)).map(({ id }) => id)).toEqual(['a', 'b']);
    expect(wire.arrived.slice(-2).map(({ path }) => path)).toEqual([
      `${LIST}?limit=1000&marker=a`,
      `${LIST}?limit=1000&marker=b`,
    ]);
  });

  it('of pages that never end is a bad answer', async () => {
    const wire = await startWireCloud();
    wire.on(({ path }) =>
      path.startsWith(LIST)
        ? { json: { servers: [], servers_links: [{ rel: 'next', href: `${LIST}?marker=same` }] } }
        : undefined,
    );
    const cloud = await wire.connect();
    await expect(cloud.listServers(never)).rejects.toMatchObject({ code: 'bad-answer', disposition: 'terminal' });
    expect(wire.count('GET', LIST)).toBe(2);
  });

  it('of an object that is not there is null', async () => {
    const wire = await startWireCloud();
    const cloud = await wire.connect();
    expect(await cloud.getServer('x', never)).toBeNull();
    expect(await cloud.getPort('x', never)).toBeNull();
    expect(await cloud.getFloatingIp('x', never)).toBeNull();
    expect(await cloud.getSecurityGroup('x', never)).toBeNull();
    expect(await cloud.hasKeypair('x', never)).toBe(false);
  });
});

describe('a service that nobody answers for', () => {
  it('is unreachable before a byte left, and tried again', async () => {
    const wire = await startWireCloud({ overrides: { network: `http://127.0.0.1:${await findClosedPort()}` } });
    const cloud = await wire.connect();
    await expect(cloud.createSecurityGroup('g', mark, never)).rejects.toMatchObject({
      code: 'unreachable',
      disposition: 'retryable',
    });
    expect(wire.clock.waits).toHaveLength(4);
  });
});
