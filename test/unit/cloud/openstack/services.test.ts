/** What each service's replies become, and what its requests say. */
import { describe, expect, it } from 'vitest';
import type { Survey } from '../../../../src/cloud/cloud.ts';
import { negotiate } from '../../../../src/cloud/openstack/compute-api.ts';
import { findBlindness } from '../../../../src/cloud/openstack/survey.ts';
import { type Canned, never, startWireCloud, type WireCloud } from '../wire-cloud.ts';

const mark = { cluster: 'c1', key: 'create-port/compute-1', generation: 2, nonce: 'n1', epoch: 4 };
const description = 'dsb:v1:c1:create-port/compute-1:2:n1:4';

function serve(wire: WireCloud, replies: Readonly<Record<string, Canned>>): void {
  wire.on(({ method, path }) => replies[`${method} ${path.split('?')[0]}`]);
}

describe('Neutron', () => {
  const port = {
    id: 'port-1',
    name: 'x',
    project_id: 'p1',
    network_id: 'net',
    mac_address: '02:00:00:00:00:01',
    fixed_ips: [{ ip_address: '10.0.0.5', subnet_id: 'sub' }],
    device_id: '',
    status: 'DOWN',
    description,
  };

  it('makes a port with mark, address and MAC in one request', async () => {
    const wire = await startWireCloud();
    serve(wire, { 'POST /network/v2.0/ports': { status: 201, json: { port } } });
    const cloud = await wire.connect();
    const request = {
      name: 'x',
      networkId: 'net',
      subnetId: 'sub',
      macAddress: '02:00:00:00:00:01',
      securityGroupIds: ['g'],
      mark,
    };
    expect(await cloud.createPort(request, never)).toEqual({
      id: 'port-1',
      name: 'x',
      projectId: 'p1',
      networkId: 'net',
      macAddress: '02:00:00:00:00:01',
      fixedIps: [{ address: '10.0.0.5', subnetId: 'sub' }],
      deviceId: '',
      status: 'DOWN',
      mark,
    });
    expect(wire.arrived.at(-1)?.body).toEqual({
      port: {
        name: 'x',
        network_id: 'net',
        security_groups: ['g'],
        description,
        fixed_ips: [{ subnet_id: 'sub' }],
        mac_address: '02:00:00:00:00:01',
      },
    });
  });

  it('whose policy forbids the MAC says forbidden, so that the caller can do without', async () => {
    const wire = await startWireCloud();
    serve(wire, {
      'POST /network/v2.0/ports': {
        status: 403,
        json: {
          NeutronError: {
            type: 'PolicyNotAuthorized',
            message: '(rule:create_port and rule:create_port:mac_address) is disallowed by policy',
            detail: '',
          },
        },
      },
    });
    const cloud = await wire.connect();
    const request = {
      name: 'x',
      networkId: 'net',
      subnetId: null,
      macAddress: '02:00:00:00:00:01',
      securityGroupIds: [],
      mark,
    };
    await expect(cloud.createPort(request, never)).rejects.toMatchObject({
      code: 'forbidden',
      disposition: 'terminal',
    });
  });

  it('takes a rule that is there already as done, but not a rule over quota', async () => {
    const wire = await startWireCloud();
    const rule = {
      securityGroupId: 'g',
      etherType: 'IPv6',
      protocol: 'icmp',
      portRange: null,
      remoteGroupId: null,
      remoteCidr: null,
    } as const;
    const exists = {
      NeutronError: { type: 'SecurityGroupRuleExists', message: 'Security group rule already exists.', detail: '' },
    };
    const over = {
      NeutronError: {
        type: 'OverQuota',
        message: "Quota exceeded for resources: ['security_group_rule'].",
        detail: '',
      },
    };
    wire.once('POST', '/network/v2.0/security-group-rules', { status: 409, json: exists }, { status: 409, json: over });
    const cloud = await wire.connect();
    await cloud.createSecurityGroupRule(rule, never);
    expect(wire.arrived.at(-1)?.body).toMatchObject({
      security_group_rule: { protocol: 'ipv6-icmp', direction: 'ingress', ethertype: 'IPv6' },
    });
    await expect(cloud.createSecurityGroupRule(rule, never)).rejects.toMatchObject({ code: 'quota-reached' });
  });

  it('tells which subnets a router joins, by its ports', async () => {
    const wire = await startWireCloud();
    const ip = (subnet: string): object[] => [{ subnet_id: subnet }];
    serve(wire, {
      'GET /network/v2.0/routers': {
        json: {
          routers: [
            { id: 'r1', project_id: 'p1', external_gateway_info: { network_id: 'ext' } },
            { id: 'r2', tenant_id: 'p1', external_gateway_info: null },
            { id: 'r3', project_id: 'others' },
          ],
        },
      },
      'GET /network/v2.0/ports': {
        json: {
          ports: [
            { device_id: 'r1', device_owner: 'network:router_interface', fixed_ips: ip('a') },
            { device_id: 'r1', device_owner: 'network:router_interface_distributed', fixed_ips: ip('b') },
            { device_id: 'r1', device_owner: 'network:router_gateway', fixed_ips: ip('c') },
          ],
        },
      },
    });
    const cloud = await wire.connect();
    expect(await cloud.listRouters(never)).toEqual([
      { id: 'r1', externalNetworkId: 'ext', subnetIds: ['a', 'b'] },
      { id: 'r2', externalNetworkId: null, subnetIds: [] },
    ]);
  });

  it('shows an administrator only the networks that the project may use', async () => {
    const wire = await startWireCloud();
    const network = (id: string, more: object): object => ({
      id,
      name: id,
      project_id: 'others',
      subnets: [],
      ...more,
    });
    serve(wire, {
      'GET /network/v2.0/networks': {
        json: {
          networks: [
            network('a', {}),
            network('b', { project_id: 'p1', mtu: 1450 }),
            network('c', { shared: true }),
            network('d', { 'router:external': true }),
          ],
        },
      },
    });
    const cloud = await wire.connect();
    expect((await cloud.listNetworks(never)).map(({ id, mtu }) => [id, mtu])).toEqual([
      ['b', 1450],
      ['c', 1500],
      ['d', 1500],
    ]);
  });
});

const limits: Canned = {
  json: {
    limits: {
      absolute: {
        maxTotalInstances: 10,
        totalInstancesUsed: 1,
        maxTotalCores: -1,
        totalCoresUsed: 2,
        maxTotalRAMSize: 100,
        totalRAMUsed: 3,
      },
    },
  },
};

describe('quotas', () => {
  it('are Nova’s limits and Neutron’s details; what is reserved is used', async () => {
    const wire = await startWireCloud();
    const row = { limit: 5, used: 1, reserved: 1 };
    serve(wire, {
      'GET /compute/v2.1/limits': limits,
      'GET /network/v2.0/quotas/p1/details.json': {
        json: { quota: { port: row, floatingip: { limit: -1, used: 0, reserved: 0 }, security_group: row } },
      },
    });
    const cloud = await wire.connect();
    expect(await cloud.readQuotas(never)).toEqual({
      servers: { limit: 10, used: 1 },
      cores: { limit: -1, used: 2 },
      ramMb: { limit: 100, used: 3 },
      ports: { limit: 5, used: 2 },
      securityGroups: { limit: 5, used: 2 },
      securityGroupRules: { limit: -1, used: 0 },
      floatingIps: { limit: -1, used: 0 },
    });
  });

  it('are counted where Neutron has no details', async () => {
    const wire = await startWireCloud();
    const mine = { id: 'x', project_id: 'p1' };
    serve(wire, {
      'GET /compute/v2.1/limits': limits,
      'GET /network/v2.0/quotas/p1': { json: { quota: { port: 50, security_group: 10, floatingip: -1 } } },
      'GET /network/v2.0/ports': { json: { ports: [mine, mine, { id: 'y', project_id: 'others' }] } },
      'GET /network/v2.0/security-groups': { json: { security_groups: [mine] } },
      'GET /network/v2.0/security-group-rules': { json: { security_group_rules: [mine] } },
      'GET /network/v2.0/floatingips': { json: { floatingips: [] } },
    });
    const cloud = await wire.connect();
    expect(await cloud.readQuotas(never)).toMatchObject({
      ports: { limit: 50, used: 2 },
      securityGroups: { limit: 10, used: 1 },
      securityGroupRules: { limit: -1, used: 1 },
      floatingIps: { limit: -1, used: 0 },
    });
  });
});

describe('Nova', () => {
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

describe('Glance', () => {
  it('lists what may be booted, page by page, without other projects’ private images', async () => {
    const wire = await startWireCloud();
    const image = (id: string, more: object): object => ({
      id,
      status: 'active',
      visibility: 'public',
      owner: 'others',
      created_at: '2026',
      ...more,
    });
    wire.once(
      'GET',
      '/image/v2/images',
      {
        json: {
          images: [image('a', { name: 'A', os_distro: 'debian', os_version: '12', min_disk: 3, min_ram: 512 })],
          next: '/v2/images?limit=200&marker=a',
        },
      },
      {
        json: {
          images: [
            image('b', { visibility: 'private' }),
            image('c', { visibility: 'private', owner: 'p1', name: null }),
          ],
        },
      },
    );
    const cloud = await wire.connect();
    expect(await cloud.listImages(never)).toEqual([
      {
        id: 'a',
        name: 'A',
        status: 'active',
        minDiskGb: 3,
        minRamMb: 512,
        osDistro: 'debian',
        osVersion: '12',
        createdAt: '2026',
      },
      {
        id: 'c',
        name: '',
        status: 'active',
        minDiskGb: 0,
        minRamMb: 0,
        osDistro: null,
        osVersion: null,
        createdAt: '2026',
      },
    ]);
  });
});

describe('the catalog', () => {
  it('without an endpoint that fits is a named failure that says what there is', async () => {
    const wire = await startWireCloud({ region: 'elsewhere' });
    await expect(wire.connect()).rejects.toMatchObject({
      code: 'no-endpoint',
      message: expect.stringContaining('public in R') as string,
    });
    const inner = await startWireCloud({ interfaces: ['internal'] });
    await expect(inner.connect()).rejects.toMatchObject({ code: 'no-endpoint' });
  });
});

describe('a survey', () => {
  const group = (name: string) => ({ id: name, name, mark: null, projectId: 'p1' });
  const server = (status: string) => ({
    id: 's',
    name: '',
    status,
    taskState: null,
    fault: null,
    mark: null,
    projectId: 'p1',
    zone: null,
    imageId: null,
    isLocked: false,
    createdAt: '',
  });
  const look = (changes: Partial<Survey>): Survey => ({
    servers: [],
    ports: [],
    floatingIps: [],
    securityGroups: [group('default')],
    blindness: [],
    ...changes,
  });

  it.each<[string, Partial<Survey>, number | null, number]>([
    ['all agrees', { servers: [server('ACTIVE')] }, 1, 0],
    ['a server is not counted yet', { servers: [server('BUILD')] }, 0, 0],
    ['a server is not listed', {}, 1, 1],
    ['the count is hidden', {}, null, 1],
    ['a cell is down', { servers: [server('UNKNOWN')] }, 1, 1],
    ['the default group is not listed', { securityGroups: [group('other')] }, 0, 1],
  ])('where %s', (_, changes, used, reasons) => {
    expect(findBlindness(look(changes), used)).toHaveLength(reasons);
  });

  it('looks a second time when the first look was blind', async () => {
    const wire = await startWireCloud();
    serve(wire, {
      'GET /compute/v2.1/limits': limits,
      'GET /network/v2.0/ports': { json: { ports: [] } },
      'GET /network/v2.0/floatingips': { json: { floatingips: [] } },
      'GET /network/v2.0/security-groups': {
        json: { security_groups: [{ id: 'd', name: 'default', tenant_id: 'p1' }] },
      },
    });
    wire.once(
      'GET',
      '/compute/v2.1/servers/detail',
      { json: { servers: [] } },
      { json: { servers: [{ id: 's', status: 'ACTIVE', tenant_id: 'p1' }] } },
    );
    const cloud = await wire.connect();
    expect(await cloud.survey(never)).toMatchObject({
      servers: [{ id: 's' }],
      securityGroups: [{ id: 'd' }],
      blindness: [],
    });
  });
});
