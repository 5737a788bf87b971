/** What Nova's replies become, and what its requests say. */
import { describe, expect, it } from 'vitest';
import { negotiate } from '../../../../src/cloud/openstack/compute-api.ts';
import { never, serve, startWireCloud } from '../wire-cloud.ts';

const mark = { cluster: 'c1', key: 'create-port/compute-1', generation: 2, nonce: 'n1', epoch: 4 };

describe('Nova', () => {
  it('lists flavors and the zones that take servers, and knows keypairs', async () => {
    const wire = await startWireCloud();
    const zone = (zoneName: string, available: boolean): object => ({ zoneName, zoneState: { available } });
    serve(wire, {
      'GET /compute/v2.1/flavors/detail': {
        json: { flavors: [{ id: 'f', name: 'small', vcpus: 2, ram: 4096, disk: 20 }] },
      },
      'GET /compute/v2.1/os-availability-zone': {
        json: { availabilityZoneInfo: [zone('az1', true), zone('az2', false)] },
      },
      'GET /compute/v2.1/os-keypairs/my%20key': { json: { keypair: {} } },
    });
    const cloud = await wire.connect();
    expect(await cloud.listFlavors(never)).toEqual([{ id: 'f', name: 'small', vcpus: 2, ramMb: 4096, diskGb: 20 }]);
    expect(await cloud.listAvailabilityZones(never)).toEqual(['az1']);
    expect(await cloud.hasKeypair('my key', never)).toBe(true);
  });

  it('shows one server by its id', async () => {
    const wire = await startWireCloud();
    const server = { id: 's1', name: 'n', status: 'SOFT_DELETED', tenant_id: 'p1', image: '', metadata: {} };
    serve(wire, { 'GET /compute/v2.1/servers/s1': { json: { server } } });
    const cloud = await wire.connect();
    expect(await cloud.getServer('s1', never)).toMatchObject({
      id: 's1',
      status: 'SOFT_DELETED',
      mark: null,
      imageId: null,
    });
  });

  it('is asked nothing before it is connected', async () => {
    const wire = await startWireCloud();
    await expect(wire.open().listServers(never)).rejects.toMatchObject({ code: 'internal' });
    expect(wire.arrived).toEqual([]);
  });

  it('names fault, zone, lock and mark of a server, and leaves out other projects’', async () => {
    const wire = await startWireCloud();
    const server = {
      id: 's1',
      name: 'n',
      status: 'ERROR',
      tenant_id: 'p1',
      created: '2026-01-01T00:00:00Z',
      metadata: {
        dsb_cluster: 'c1',
        dsb_key: 'create-port/compute-1',
        dsb_gen: '2',
        dsb_nonce: 'n1',
        dsb_epoch: '4',
        other: 'x',
      },
      image: { id: 'image-id', links: [] },
      fault: { code: 500, message: 'No valid host was found.' },
      locked: true,
      'OS-EXT-STS:task_state': null,
      'OS-EXT-AZ:availability_zone': '',
    };
    const partial = { id: 's2', status: 'UNKNOWN', tenant_id: 'p1', links: [] };
    serve(wire, {
      'GET /compute/v2.1/servers/detail': {
        json: { servers: [server, partial, { ...server, id: 's3', tenant_id: 'others' }] },
      },
    });
    const cloud = await wire.connect();
    const blank = {
      name: '',
      taskState: null,
      fault: null,
      mark: null,
      projectId: 'p1',
      zone: null,
      imageId: null,
      isLocked: false,
      createdAt: '',
    };
    expect(await cloud.listServers(never)).toEqual([
      {
        ...blank,
        id: 's1',
        name: 'n',
        status: 'ERROR',
        fault: 'No valid host was found.',
        mark,
        imageId: 'image-id',
        isLocked: true,
        createdAt: '2026-01-01T00:00:00Z',
      },
      { ...blank, id: 's2', status: 'UNKNOWN' },
    ]);
  });

  it('without a console tells nothing, and is asked again when it was only busy', async () => {
    const wire = await startWireCloud();
    const path = '/compute/v2.1/servers/s1/action';
    wire.once('POST', path, { status: 503 }, { json: { output: 'booting' } }, { status: 403 });
    const cloud = await wire.connect();
    expect(await cloud.readConsole('s1', 10, never)).toBe('booting');
    expect(await cloud.readConsole('s1', 10, never)).toBe('');
  });

  it('takes a delete of what is gone as done, and sends forced deletes and unlocks as actions', async () => {
    const wire = await startWireCloud();
    serve(wire, { 'POST /compute/v2.1/servers/s1/action': { status: 202 } });
    const cloud = await wire.connect();
    await cloud.deleteServer('s1', never);
    await cloud.forceDeleteServer('s1', never);
    await cloud.unlockServer('s1', never);
    expect(wire.arrived.slice(-2).map(({ body }) => body)).toEqual([{ forceDelete: null }, { unlock: null }]);
  });

  it.each([
    ['2.1', '2.95', '2.90'],
    ['2.1', '2.79', '2.79'],
    ['2.1', '2.9', '2.9'],
    ['', '', null],
    [undefined, undefined, null],
  ])('that speaks %s to %s is spoken to in %s', (min, max, spoken) => {
    expect(negotiate(min, max)).toBe(spoken);
  });

  it('that is too new for us is refused by name', () => {
    expect(() => negotiate('2.91', '2.99')).toThrow(expect.objectContaining({ code: 'no-endpoint' }));
  });

  it.each([
    ['/compute', 'versions'],
    ['/compute/v2.1', 'version'],
    ['/compute/v2.1/p1', 'version'],
  ])('is found at a catalog address like %s', async (path, kind) => {
    const wire = await startWireCloud();
    Object.assign(wire.credentials, { overrides: { compute: `${wire.url}${path}` } });
    const v21 = {
      id: 'v2.1',
      version: '2.79',
      min_version: '2.1',
      links: [{ rel: 'self', href: 'http://inner.invalid/compute/v2.1/' }],
    };
    serve(wire, {
      'GET /compute/': {
        status: 300,
        json: { versions: [{ id: 'v2.0', version: '', min_version: '', links: [] }, v21] },
      },
      'GET /compute/v2.1/': { json: { version: v21 } },
      'GET /compute/v2.1/servers/detail': { json: { servers: [] } },
      'GET /compute/v2.1/p1/servers/detail': { json: { servers: [] } },
    });
    const cloud = await wire.connect();
    expect(await cloud.listServers(never)).toEqual([]);
    expect(wire.arrived.at(-1)?.headers['openstack-api-version']).toBe('compute 2.79');
    expect(kind).toMatch(/^version/);
  });
});
