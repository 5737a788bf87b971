/** Nova's versions, flavors, zones, limits, quotas and keypairs, as its clients read them. */
import ssh2 from 'ssh2';
import { describe, expect, test } from 'vitest';
import { ACCOUNT } from '../../../../src/rehearsal/account.ts';
import { ComputeCalls } from './compute-fixture.ts';

const QUOTAS = `/v2.1/os-quota-sets/${ACCOUNT.project.id}`;

test('the versions reach from 2.1 to 2.95, at the root and at /v2.1/', () => {
  const cloud = new ComputeCalls();
  const version = { id: 'v2.1', status: 'CURRENT', version: '2.95', min_version: '2.1' };
  expect(cloud.json('GET', '/')).toMatchObject({ versions: [version] });
  expect(cloud.json('GET', '/v2.1/')).toMatchObject({
    version: { ...version, links: [{ rel: 'self', href: 'http://rehearsal/compute/v2.1/' }, { rel: 'describedby' }] },
  });
});

describe('flavors', () => {
  test('are described, with what newer microversions added', () => {
    const cloud = new ComputeCalls();
    const old = cloud.json<{ flavor: object }>('GET', '/v2.1/flavors/4', { microversion: [2, 1] }).flavor;
    expect(old).toMatchObject({ id: '4', name: 'm1.large', vcpus: 4, ram: 8192, disk: 80, swap: '' });
    expect(old).not.toHaveProperty('extra_specs');
    expect(cloud.json('GET', '/v2.1/flavors/4')).toMatchObject({
      flavor: { swap: 0, description: null, extra_specs: {} },
    });
    expect(cloud.json('GET', '/v2.1/flavors/4/os-extra_specs')).toEqual({ extra_specs: {} });
  });

  test('are listed by id, large enough, page by page', () => {
    const cloud = new ComputeCalls();
    const names = (query: string) =>
      cloud.json<{ flavors: { name: string }[] }>('GET', `/v2.1/flavors?${query}`).flavors.map(({ name }) => name);
    expect(names('')).toEqual(['m1.tiny', 'm1.small', 'm1.medium', 'm1.large', 'm1.xlarge']);
    expect(names('minRam=8192&minDisk=100')).toEqual(['m1.xlarge']);
    expect(cloud.json('GET', '/v2.1/flavors/detail?limit=1')).toMatchObject({
      flavors: [{ vcpus: 1 }],
      flavors_links: [{ rel: 'next', href: 'http://rehearsal/compute/v2.1/flavors/detail?limit=1&marker=1' }],
    });
  });

  test.each([
    ['/v2.1/flavors/nope', 404, { itemNotFound: { code: 404, message: 'Flavor nope could not be found.' } }],
    ['/v2.1/flavors/nope/os-extra_specs', 404, { itemNotFound: { code: 404 } }],
    ['/v2.1/flavors?marker=x', 400, { badRequest: { code: 400, message: 'marker [x] not found' } }],
    ['/v2.1/flavors?minRam=x', 400, { badRequest: { code: 400, message: 'Invalid minRam filter [x]' } }],
  ])('refuse %s with %i', (path, status, json) => {
    expect(new ComputeCalls().call('GET', path)).toMatchObject({ status, json });
  });
});

test('zones are available and hide their hosts', () => {
  expect(new ComputeCalls().json('GET', '/v2.1/os-availability-zone')).toEqual({
    availabilityZoneInfo: ['nova', 'east'].map((zoneName) => ({
      zoneName,
      zoneState: { available: true },
      hosts: null,
    })),
  });
});

describe('limits and quotas', () => {
  test('count every server, seen or not, until it is gone', () => {
    const cloud = new ComputeCalls();
    const id = cloud.make();
    const used = { totalInstancesUsed: 1, totalCoresUsed: 4, totalRAMUsed: 8192 };
    expect(cloud.json('GET', '/v2.1/limits')).toMatchObject({ limits: { rate: [], absolute: used } });
    expect(cloud.json('GET', `${QUOTAS}/detail`)).toMatchObject({
      quota_set: { id: ACCOUNT.project.id, cores: { limit: 10_000, in_use: 4, reserved: 0 } },
    });
    cloud.call('DELETE', `/v2.1/servers/${id}`);
    cloud.nowMs = 8000;
    expect(cloud.json('GET', '/v2.1/limits')).toMatchObject({ limits: { absolute: { totalInstancesUsed: 0 } } });
  });

  test('lose what is Neutron’s with newer microversions', () => {
    const cloud = new ComputeCalls();
    const absolute = (minor: number) =>
      cloud.json<{ limits: { absolute: object } }>('GET', '/v2.1/limits', { microversion: [2, minor] }).limits.absolute;
    expect(absolute(1)).toMatchObject({ maxSecurityGroups: -1, maxImageMeta: 128, maxPersonality: 5 });
    expect(Object.keys(absolute(57))).not.toContain('maxSecurityGroups');
    expect(cloud.json('GET', QUOTAS, { microversion: [2, 1] })).toMatchObject({ quota_set: { floating_ips: -1 } });
    expect(cloud.json('GET', `${QUOTAS}/defaults`)).toEqual({
      quota_set: {
        id: ACCOUNT.project.id,
        cores: 10_000,
        instances: 1200,
        key_pairs: 100,
        metadata_items: 128,
        ram: 20_000_000,
        server_group_members: 10,
        server_groups: 10,
      },
    });
  });
});

test.each([
  ['/v2.1/os-hypervisors', 'os-hypervisors:list'],
  ['/v2.1/os-services', 'os-services:list'],
  ['/v2.1/os-availability-zone/detail', 'os-availability-zone:detail'],
  ['/v2.1/os-quota-sets/other', 'os-quota-sets:show'],
])('%s is for administrators only', (path, rule) => {
  expect(new ComputeCalls().call('GET', path)).toMatchObject({
    status: 403,
    json: { forbidden: { code: 403, message: `Policy doesn't allow os_compute_api:${rule} to be performed.` } },
  });
});

test('there are no server groups', () => {
  const cloud = new ComputeCalls();
  expect(cloud.json('GET', '/v2.1/os-server-groups')).toEqual({ server_groups: [] });
  expect(cloud.call('GET', '/v2.1/os-server-groups/x').status).toBe(404);
});

describe('keypairs', () => {
  // Seen on a real cloud together with its fingerprint.
  const PUBLIC =
    'ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQDGkJNs/yhEL6uNDmwNIGuatE7xuQFsUXNRbIFKMxMxQy7ab/ZpSoOKGOoMxhEwnAA9l+/YAZnOy2RC+5ZzLmksfLYi4bumuOqKiYTLoINJFb4rRWu2suQlrdn6MzPvQhNjYRi2xl1EDDpXhDnnXPDsG4b1GpfpSzmxsDEEjLQNyzE3i0ktZvVzpEwBG+ZcwHHQKCqF5dE4PjNF2CMeysrItVw/wzeDFrzCGipks+amhiyaBrXqePtdB2uoBVcsafVEBsRIQHS1x3tDCAOirFqSM1DhF5/7TKt98Rq9ibSVeuB/P34INZdNI8/2np8gIfcyLJS//n1RorGoAms7gZtP Generated-by-Nova';
  const FINGERPRINT = 'db:53:33:ab:25:bc:bb:cb:97:37:b6:aa:95:80:05:af';
  const create = (cloud: ComputeCalls, keypair: object, minor = 90) =>
    cloud.call('POST', '/v2.1/os-keypairs', { body: { keypair }, microversion: [2, minor] });

  test('are imported with their MD5 fingerprint, shown, listed and deleted', () => {
    const cloud = new ComputeCalls();
    const row = { name: 'key one', public_key: PUBLIC, fingerprint: FINGERPRINT, type: 'ssh' };
    expect(create(cloud, { name: 'key one', public_key: PUBLIC })).toMatchObject({
      status: 201,
      json: { keypair: { ...row, user_id: ACCOUNT.user.id } },
    });
    expect(cloud.json('GET', '/v2.1/os-keypairs/key%20one')).toMatchObject({ keypair: { ...row, deleted: false } });
    expect(cloud.json('GET', '/v2.1/os-keypairs')).toEqual({ keypairs: [{ keypair: row }] });
    expect(cloud.call('DELETE', '/v2.1/os-keypairs/key%20one').status).toBe(204);
    expect(cloud.json('GET', '/v2.1/os-keypairs')).toEqual({ keypairs: [] });
  });

  test('are made where none was sent, with a private half that belongs to the public one', () => {
    const cloud = new ComputeCalls();
    const { status, json } = create(cloud, { name: 'made' }, 1);
    const { keypair } = json as { keypair: { private_key: string; public_key: string } };
    expect(status).toBe(200);
    const parsed = ssh2.utils.parseKey(keypair.private_key);
    if (parsed instanceof Error) throw parsed;
    expect(keypair.public_key).toBe(`ssh-rsa ${parsed.getPublicSSH().toString('base64')} Generated-by-Nova`);
    expect(cloud.world.keypair.get('made')).not.toHaveProperty('privateKey');
  });

  test.each([
    ['bad text', { name: 'x', public_key: 'bad' }, 90, 400, 'Keypair data is invalid: failed to generate fingerprint'],
    ['an empty name', { name: '' }, 90, 400, "Invalid input for field/attribute name. Value: . '' is too short"],
    [
      'a strange name',
      { name: 'a/b' },
      90,
      400,
      "An invalid 'name' value was provided. The name must be: Only expected characters: [_- 0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ]",
    ],
    [
      'no key since 2.92',
      { name: 'zz-gen' },
      92,
      400,
      "Invalid input for field/attribute keypair. Value: {'name': 'zz-gen'}. 'public_key' is a required property",
    ],
  ])('are refused for %s', (_what, keypair, minor, status, message) => {
    expect(create(new ComputeCalls(), keypair, minor)).toMatchObject({
      status,
      json: { badRequest: { code: 400, message } },
    });
  });

  test('are refused under a name that is taken, and over the quota', () => {
    const cloud = new ComputeCalls();
    create(cloud, { name: 'one', public_key: PUBLIC });
    expect(create(cloud, { name: 'one', public_key: PUBLIC })).toMatchObject({
      status: 409,
      json: { conflictingRequest: { code: 409, message: "Key pair 'one' already exists." } },
    });
    cloud.settings = { ...cloud.settings, quotas: { ...cloud.settings.quotas, keyPairs: 1 } };
    expect(create(cloud, { name: 'two', public_key: PUBLIC })).toMatchObject({
      status: 403,
      json: { forbidden: { message: 'Quota exceeded, too many key pairs.' } },
    });
  });

  test.each(['GET', 'DELETE'])('that are not there answer %s with 404', (method) => {
    expect(new ComputeCalls().call(method, '/v2.1/os-keypairs/none')).toMatchObject({
      status: 404,
      json: { itemNotFound: { code: 404, message: `Keypair none not found for user ${ACCOUNT.user.id}` } },
    });
  });

  test('that no marker names are told so', () => {
    expect(new ComputeCalls().call('GET', '/v2.1/os-keypairs?marker=x')).toMatchObject({
      status: 400,
      json: { badRequest: { message: 'Marker x could not be found.' } },
    });
  });
});
