/** What Nova tells of servers: by age, by microversion, in lists, and with all that hangs on them. */
import { describe, expect, test } from 'vitest';
import { applyChanges, put } from '../../../../src/rehearsal/world.ts';
import { ComputeCalls, PORT_ID } from './compute-fixture.ts';

interface Listed {
  readonly servers: readonly { readonly name: string }[];
  readonly servers_links?: readonly { readonly href: string }[];
}

function namesIn(cloud: ComputeCalls, query = ''): readonly string[] {
  return cloud.json<Listed>('GET', `/v2.1/servers${query}`).servers.map(({ name }) => name);
}

/** Changes a server's row as the fault script does. */
function edit(cloud: ComputeCalls, id: string, changes: object): void {
  applyChanges(cloud.world, [put('server', id, { ...cloud.world.server.get(id)!, ...changes })]);
}

describe('a server', () => {
  test('is scheduled, spawned and active, by time alone', () => {
    const cloud = new ComputeCalls();
    const id = cloud.make({ availability_zone: 'east' });
    expect(cloud.show(id).json).toMatchObject({
      server: {
        status: 'BUILD',
        addresses: {},
        hostId: '',
        'OS-EXT-STS:task_state': 'scheduling',
        'OS-EXT-AZ:availability_zone': '',
      },
    });
    cloud.nowMs = 10_000;
    expect(cloud.show(id).json).toMatchObject({
      server: {
        status: 'BUILD',
        'OS-EXT-STS:task_state': 'spawning',
        'OS-EXT-STS:vm_state': 'building',
        'OS-EXT-AZ:availability_zone': 'east',
      },
    });
    cloud.nowMs = 40_000;
    expect(cloud.show(id).json).toMatchObject({
      server: {
        status: 'ACTIVE',
        'OS-EXT-STS:task_state': null,
        'OS-EXT-STS:vm_state': 'active',
        'OS-EXT-STS:power_state': 1,
        created: '2026-03-01T12:00:00Z',
      },
    });
  });

  test('shows its fixed and floating addresses', () => {
    const cloud = new ComputeCalls();
    const id = cloud.boot();
    const floating = {
      id: 'f',
      address: '198.19.0.9',
      networkId: 'n',
      portId: PORT_ID,
      description: '',
      tags: [],
      createdAtMs: 0,
      visibleAtMs: 0,
    };
    applyChanges(cloud.world, [put('floating-ip', 'f', floating)]);
    const mac = { version: 4, 'OS-EXT-IPS-MAC:mac_addr': 'fa:16:3e:00:00:07' };
    expect(cloud.show(id).json).toMatchObject({
      server: {
        addresses: {
          private: [
            { ...mac, addr: '198.18.0.7', 'OS-EXT-IPS:type': 'fixed' },
            { ...mac, addr: '198.19.0.9', 'OS-EXT-IPS:type': 'floating' },
          ],
        },
      },
    });
  });

  test('tells its fault when it ends in ERROR', () => {
    const cloud = new ComputeCalls();
    const id = cloud.make();
    edit(cloud, id, { fault: 'No valid host was found.' });
    cloud.nowMs = 60_000;
    expect(cloud.show(id).json).toMatchObject({
      server: {
        status: 'ERROR',
        fault: { code: 500, message: 'No valid host was found.' },
        'OS-EXT-STS:vm_state': 'error',
        'OS-SRV-USG:launched_at': null,
      },
    });
  });

  test.each([
    [1, ['locked', 'tags', 'description', 'server_groups', 'OS-EXT-SRV-ATTR:hostname']],
    [26, ['server_groups', 'OS-EXT-SRV-ATTR:hostname']],
    [90, []],
  ])('has at microversion 2.%i not yet %j', (minor, missing) => {
    const cloud = new ComputeCalls();
    const { server } = cloud.json<{ server: object }>('GET', `/v2.1/servers/${cloud.boot()}`, {
      microversion: [2, minor],
    });
    const newer = ['locked', 'tags', 'description', 'server_groups', 'OS-EXT-SRV-ATTR:hostname'];
    expect(newer.filter((field) => !(field in server))).toEqual(missing);
  });

  test('names its flavor by id first, and describes it since 2.47', () => {
    const cloud = new ComputeCalls();
    const path = `/v2.1/servers/${cloud.boot()}`;
    expect(cloud.json('GET', path, { microversion: [2, 46] })).toMatchObject({ server: { flavor: { id: '4' } } });
    expect(cloud.json('GET', path)).toMatchObject({
      server: { flavor: { original_name: 'm1.large', vcpus: 4, ram: 8192, disk: 80 } },
    });
  });

  test('answers 404 before it is visible and when it is gone', () => {
    const cloud = new ComputeCalls();
    const id = cloud.make();
    edit(cloud, id, { visibleAtMs: 5000 });
    const message = `Instance ${id} could not be found.`;
    expect(cloud.show(id)).toMatchObject({ status: 404, json: { itemNotFound: { code: 404, message } } });
    cloud.nowMs = 5000;
    expect(cloud.show(id).status).toBe(200);
    expect(cloud.call('DELETE', `/v2.1/servers/${id}`).status).toBe(204);
    expect(cloud.show(id).json).toMatchObject({ server: { 'OS-EXT-STS:task_state': 'deleting' } });
    cloud.nowMs += 8000;
    expect(cloud.show(id).status).toBe(404);
  });

  test('is not deleted while it is locked', () => {
    const cloud = new ComputeCalls();
    const id = cloud.boot();
    expect(cloud.act(id, { lock: null }).status).toBe(202);
    expect(cloud.call('DELETE', `/v2.1/servers/${id}`)).toMatchObject({
      status: 409,
      json: { conflictingRequest: { code: 409, message: `Instance ${id} is locked` } },
    });
    cloud.act(id, { unlock: null });
    expect(cloud.call('DELETE', `/v2.1/servers/${id}`).status).toBe(204);
  });

  test('stays as it is when a delete that hangs is asked for again', () => {
    const cloud = new ComputeCalls();
    const id = cloud.boot();
    edit(cloud, id, { deletedAtMs: 0, goneAtMs: null });
    expect(cloud.call('DELETE', `/v2.1/servers/${id}`)).toEqual({ status: 204 });
  });

  test('is renamed', () => {
    const cloud = new ComputeCalls();
    const id = cloud.boot();
    const answer = cloud.call('PUT', `/v2.1/servers/${id}`, { body: { server: { name: 'other' } } });
    expect(answer).toMatchObject({ status: 200, json: { server: { name: 'other' } } });
    expect(cloud.call('PUT', `/v2.1/servers/${id}`, { body: { server: { nam: 'y' } } })).toMatchObject({
      status: 400,
      json: {
        badRequest: {
          message:
            "Invalid input for field/attribute server. Value: {'nam': 'y'}. Additional properties are not allowed ('nam' was unexpected)",
        },
      },
    });
  });
});

describe('the list of servers', () => {
  function makeThree(): ComputeCalls {
    const cloud = new ComputeCalls();
    for (const name of ['one', 'two', 'three']) {
      cloud.make({ name, networks: 'none', tags: [name, 'all'] });
      cloud.nowMs += 1000;
    }
    return cloud;
  }

  test('has the newest first, page by page', () => {
    const cloud = makeThree();
    expect(namesIn(cloud)).toEqual(['three', 'two', 'one']);
    const page = cloud.json<Listed>('GET', '/v2.1/servers/detail?limit=2');
    expect(page.servers.map(({ name }) => name)).toEqual(['three', 'two']);
    const next = new URL(page.servers_links?.[0]?.href ?? '');
    expect(next.pathname).toBe('/compute/v2.1/servers/detail');
    const last = cloud.json<Listed>('GET', `/v2.1/servers/detail${next.search}`);
    expect(last.servers.map(({ name }) => name)).toEqual(['one']);
    expect(last).not.toHaveProperty('servers_links');
  });

  test.each([
    ['?name=^t', ['three', 'two']],
    ['?status=build', ['three', 'two', 'one']],
    ['?status=ACTIVE', []],
    ['?status=SOFT_DELETED', []],
    ['?tags=all,two', ['two']],
    ['?tags-any=one,two', ['two', 'one']],
    ['?not-tags=all,two', ['three', 'one']],
    ['?not-tags-any=one,two', ['three']],
    ['?changes-since=2026-03-01T12:00:01Z', ['three', 'two']],
    ['?all_tenants=0&flavor=4', ['three', 'two', 'one']],
  ])('is filtered by %s', (query, names) => {
    expect(namesIn(makeThree(), query)).toEqual(names);
  });

  test('leaves out what is not visible yet and what was deleted softly', () => {
    const cloud = new ComputeCalls();
    edit(cloud, cloud.make({ name: 'late', networks: 'none' }), { visibleAtMs: 9000 });
    const soft = cloud.make({ name: 'soft', networks: 'none' });
    edit(cloud, soft, { isSoftDeleted: true });
    expect(namesIn(cloud)).toEqual([]);
    expect(cloud.show(soft)).toMatchObject({ status: 200, json: { server: { status: 'SOFT_DELETED' } } });
  });

  const LIMIT = "Invalid input for query parameters limit. Value: x. 'x' does not match '^[0-9]*$'";
  test.each([
    ['?limit=x', 400, { badRequest: { code: 400, message: LIMIT } }],
    ['?marker=x', 400, { badRequest: { code: 400, message: 'marker [x] not found' } }],
    ['?status=x', 400, { badRequest: { code: 400, message: 'Invalid status value' } }],
    ['?status=DELETED', 403, { forbidden: { code: 403, message: 'Only administrators may list deleted instances' } }],
    [
      '?name=(',
      400,
      { badRequest: { message: "Invalid input for query parameters name. Value: (. '(' is not a 'regex'" } },
    ],
    ['?nope=1', 400, { badRequest: { message: "'nope' does not match any of the regexes: '^_'" } }],
    [
      '?changes-since=x',
      400,
      {
        badRequest: { message: "Invalid input for query parameters changes-since. Value: x. 'x' is not a 'date-time'" },
      },
    ],
    [
      '?all_tenants=1',
      403,
      { forbidden: { message: "Policy doesn't allow os_compute_api:servers:index:get_all_tenants to be performed." } },
    ],
  ])('refuses %s with %i', (query, status, json) => {
    expect(new ComputeCalls().call('GET', `/v2.1/servers${query}`)).toMatchObject({ status, json });
  });
});
