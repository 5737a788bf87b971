/** Clouds that say less than today's OpenStack, or say it the old way, are understood; what cannot be done without is named. */
import { describe, expect, it } from 'vitest';
import { findEndpoint, withVersion } from '../../../../src/cloud/openstack/catalog.ts';
import { describeUser } from '../../../../src/cloud/openstack/identity.ts';
import { type Canned, never, serve, startWireCloud, type WireCloud } from '../wire-cloud.ts';

const TOKENS = 'POST /v3/auth/tokens';
const HOUR_MS = 3_600_000;

function token(wire: WireCloud, changes: object, headers: Readonly<Record<string, string>> = {}): Canned {
  const endpoint = (type: string, path: string): object => ({
    type,
    endpoints: [{ interface: 'public', url: `${wire.url}${path}` }],
  });
  return {
    status: 201,
    headers: { 'x-subject-token': 't', ...headers },
    json: {
      token: {
        expires_at: '2026-01-01T02:00:00Z',
        user: { id: 'u', name: 'someone' },
        project: { id: 'p1', name: 'ours' },
        catalog: [endpoint('compute', '/compute/v2.1'), endpoint('image', '/image'), endpoint('network', '/network')],
        ...changes,
      },
    },
  };
}

describe('a token', () => {
  it.each<[string, object, Readonly<Record<string, string>>, number]>([
    ['of no known beginning is taken for one of an hour', {}, { date: 'never' }, HOUR_MS],
    ['begins when the reply says it was sent', {}, { date: 'Thu, 01 Jan 2026 00:00:00 GMT' }, 2 * HOUR_MS],
    ['begins when it was issued', { issued_at: '2025-12-31T23:00:00Z' }, {}, 3 * HOUR_MS],
  ])('%s, and is renewed at 80 %% of its life', async (_what, changes, headers, lifeMs) => {
    const wire = await startWireCloud();
    serve(wire, {
      [TOKENS]: token(wire, changes, headers),
      'GET /compute/v2.1/servers/detail': { json: { servers: [] } },
    });
    const cloud = await wire.connect();
    wire.clock.ms += lifeMs * 0.79;
    await cloud.listServers(never);
    expect(wire.count('POST', '/v3/auth/tokens')).toBe(1);
    wire.clock.ms += lifeMs * 0.02;
    await cloud.listServers(never);
    expect(wire.count('POST', '/v3/auth/tokens')).toBe(2);
  });

  it('that ends at no time is a bad answer', async () => {
    const wire = await startWireCloud();
    serve(wire, { [TOKENS]: token(wire, { expires_at: 'soon' }) });
    await expect(wire.connect()).rejects.toMatchObject({ code: 'bad-answer' });
  });

  it('without a catalog has no endpoint at all', async () => {
    const wire = await startWireCloud();
    serve(wire, { [TOKENS]: token(wire, { catalog: undefined }) });
    await expect(wire.connect()).rejects.toMatchObject({
      code: 'no-endpoint',
      message: expect.stringMatching(/it has none at all$/) as string,
    });
  });

  it.each([
    [{ type: 'application-credential', id: 'ac1', name: null, user: null, secret: 's' } as const, /"ac1"$/],
    [
      { type: 'password', userId: 'u1', userName: null, userDomain: { id: 'd' }, password: 's' } as const,
      /^user "u1"$/,
    ],
    [{ type: 'token', token: 's' } as const, /OS_TOKEN/],
  ])('that is refused is told by who asked, never by the secret: %j', (auth, words) => {
    expect(describeUser(auth)).toMatch(words);
  });
});

describe('Keystone', () => {
  const rootOf = async (json: object): Promise<WireCloud> => {
    const wire = await startWireCloud();
    Object.assign(wire.credentials, { authUrl: wire.url });
    wire.once('GET', '/', { json });
    return wire;
  };

  it('that shows one version alone is found by it', async () => {
    const wire = await rootOf({ version: { id: 'v3.14', links: [{ rel: 'self', href: '/v3/' }] } });
    await wire.connect();
    expect(wire.count('POST', '/v3/auth/tokens')).toBe(1);
  });

  it.each([
    ['does not say', []],
    ['says in no words of ours', [{ rel: 'self', href: 'http://[' }]],
  ])('that %s where v3 is has it at /v3', async (_what, links) => {
    const wire = await rootOf({ versions: { values: [{ id: 'v3.14', links }] } });
    await wire.connect();
    expect(wire.count('POST', '/v3/auth/tokens')).toBe(1);
  });

  it('that offers nothing is no endpoint', async () => {
    const wire = await rootOf({});
    await expect(wire.connect()).rejects.toMatchObject({
      code: 'no-endpoint',
      message: `${wire.url} offers no Identity v3`,
    });
  });
});

describe('an endpoint', () => {
  it('in no region, or in one by its old name, is told as such', async () => {
    const { credentials } = await startWireCloud({ interfaces: ['internal'] });
    const endpoints = [
      { interface: 'public', url: 'http://a' },
      { interface: 'admin', url: 'http://b', region: 'Old' },
    ];
    expect(() => findEndpoint([{ type: 'compute', endpoints }], credentials, 'compute')).toThrow(
      'it has public in no region, admin in Old',
    );
  });

  it.each([
    ['http://glance', 'v2', 'http://glance/v2'],
    ['http://glance/v1', 'v2', 'http://glance/v2'],
    ['http://glance/v2', 'v2', 'http://glance/v2'],
    ['http://neutron/v2.0', 'v2.0', 'http://neutron/v2.0'],
  ] as const)('%s is asked for %s at %s', (url, version, whole) => expect(withVersion(url, version)).toBe(whole));
});

describe('Nova', () => {
  it.each<[string, object, string | undefined]>([
    ['of one other version', { versions: [{ id: 'v2.0', version: '', min_version: '', links: [] }] }, undefined],
    ['of one version', { version: { id: 'v2.1', version: '2.79', min_version: '2.1', links: [] } }, 'compute 2.79'],
  ])('%s is spoken to as it wishes', async (_what, document, spoken) => {
    const wire = await startWireCloud();
    serve(wire, {
      'GET /compute/v2.1/': { json: document },
      'GET /compute/v2.1/servers/detail': { json: { servers: [] } },
    });
    const cloud = await wire.connect();
    await cloud.listServers(never);
    expect(wire.arrived.at(-1)?.headers['openstack-api-version']).toBe(spoken);
  });

  it('without any version is no endpoint', async () => {
    const wire = await startWireCloud();
    serve(wire, {
      'GET /compute/v2.1/': { json: { versions: [] } },
      'GET /compute/v2.1/servers/detail': { json: { servers: [] } },
    });
    await expect(wire.connect().then((cloud) => cloud.listServers(never))).rejects.toMatchObject({
      code: 'no-endpoint',
      message: `no Compute API at ${wire.url}/compute/v2.1`,
    });
  });

  it('shows a server without image or metadata, and a console without output', async () => {
    const wire = await startWireCloud();
    const server = { id: 's1', status: 'ACTIVE', tenant_id: 'p1', image: null };
    serve(wire, { 'GET /compute/v2.1/servers/s1': { json: { server } } });
    wire.once('POST', '/compute/v2.1/servers/s1/action', { json: { output: null } });
    const cloud = await wire.connect();
    expect(await cloud.getServer('s1', never)).toMatchObject({ name: '', imageId: null, mark: null, isLocked: false });
    expect(await cloud.readConsole('s1', 10, never)).toBe('');
  });
});

describe('Neutron', () => {
  it('knows projects as tenants, and takes what has neither for nobody’s', async () => {
    const wire = await startWireCloud();
    const network = { id: 'n1', tenant_id: 'p1', subnets: ['s'] };
    const networks = [network, { id: 'n2' }, { id: 'n3', name: 'all', shared: true, mtu: 0 }];
    serve(wire, { 'GET /network/v2.0/networks': { json: { networks } } });
    const cloud = await wire.connect();
    expect(await cloud.listNetworks(never)).toEqual([
      { id: 'n1', name: '', projectId: 'p1', isExternal: false, isShared: false, mtu: 1500, subnetIds: ['s'] },
      { id: 'n3', name: 'all', projectId: '', isExternal: false, isShared: true, mtu: 1500, subnetIds: [] },
    ]);
  });

  it('that hides limits and rows has no limit that we know, and nothing of nobody counts as ours', async () => {
    const wire = await startWireCloud();
    const absolute = { maxTotalInstances: 1, totalInstancesUsed: 0, maxTotalCores: 1, totalCoresUsed: 0 };
    const ram = { maxTotalRAMSize: 1, totalRAMUsed: 0 };
    serve(wire, {
      'GET /compute/v2.1/limits': { json: { limits: { absolute: { ...absolute, ...ram } } } },
      'GET /network/v2.0/quotas/p1/details.json': { status: 404 },
      'GET /network/v2.0/quotas/p1': { status: 403 },
      'GET /network/v2.0/ports': { json: { ports: [{ id: 'x', tenant_id: 'p1' }, { id: 'y' }] } },
      'GET /network/v2.0/security-groups': { json: { security_groups: [] } },
      'GET /network/v2.0/security-group-rules': { json: { security_group_rules: [] } },
      'GET /network/v2.0/floatingips': { json: { floatingips: [] } },
    });
    const cloud = await wire.connect();
    expect(await cloud.readQuotas(never)).toMatchObject({
      ports: { limit: -1, used: 1 },
      floatingIps: { limit: -1, used: 0 },
    });
  });

  it('is not told a MAC address that nobody wished for', async () => {
    const wire = await startWireCloud();
    const made = { id: 'p', network_id: 'n', mac_address: 'fa:16', fixed_ips: [] };
    serve(wire, { 'POST /network/v2.0/ports': { status: 201, json: { port: made } } });
    const cloud = await wire.connect();
    const mark = { cluster: 'c1', key: 'create-port/a', generation: 1, nonce: 'n', epoch: 1 };
    const wish = { name: 'p', networkId: 'n', subnetId: null, securityGroupIds: [], macAddress: null, mark };
    expect(await cloud.createPort(wish, never)).toMatchObject({
      id: 'p',
      name: '',
      deviceId: '',
      projectId: '',
      status: '',
    });
    expect(wire.arrived.at(-1)?.body).toEqual({
      port: { name: 'p', network_id: 'n', security_groups: [], description: expect.any(String) as string },
    });
  });
});
