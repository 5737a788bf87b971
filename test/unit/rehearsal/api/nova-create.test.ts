/** What Nova accepts as a server, what it makes of it, and in which words it refuses the rest. */
import { describe, expect, test } from 'vitest';
import { IMAGES } from '../../../../src/rehearsal/base-images.ts';
import { NETWORKS } from '../../../../src/rehearsal/base-networks.ts';
import { ComputeCalls, IMAGE_ID, PORT_ID, PRIVATE } from './compute-fixture.ts';

const NOBODY = '00000000-0000-4000-8000-ffffffffffff';
const idOfNetwork = (name: string) => NETWORKS.find((network) => network.name === name)?.id;

describe('an accepted server', () => {
  test('is told with its address, groups and a password', () => {
    const { status, json, headers } = new ComputeCalls().create();
    const { id } = (json as { server: { id: string } }).server;
    expect(status).toBe(202);
    expect(headers).toEqual({ Location: `http://rehearsal/compute/v2.1/servers/${id}` });
    expect(json).toEqual({
      server: {
        id,
        links: [
          { rel: 'self', href: `http://rehearsal/compute/v2.1/servers/${id}` },
          { rel: 'bookmark', href: `http://rehearsal/compute/servers/${id}` },
        ],
        'OS-DCF:diskConfig': 'MANUAL',
        security_groups: [{ name: 'default' }],
        adminPass: expect.stringMatching(/^\w{12}$/),
      },
    });
  });

  test('takes the port that was made for it', () => {
    const cloud = new ComputeCalls();
    const id = cloud.make({ availability_zone: 'east' });
    expect(cloud.world.port.get(PORT_ID)).toMatchObject({ deviceId: id, deviceOwner: 'compute:east', isNovas: false });
  });

  test('gets a port of Nova’s own where only a network was named', () => {
    const cloud = new ComputeCalls();
    const id = cloud.make({ networks: [{ uuid: PRIVATE.id }] });
    const made = [...cloud.world.port.values()].find(({ deviceId }) => deviceId === id);
    expect(made).toMatchObject({
      isNovas: true,
      networkId: PRIVATE.id,
      macAddress: expect.stringMatching(/^fa:16:3e(:[0-9a-f]{2}){3}$/),
    });
    expect(made?.fixedIps[0]?.ip_address).toMatch(/^198\.18\./);
  });

  test('gets the address that was asked for, unless somebody has it or it is none of the network', () => {
    const cloud = new ComputeCalls();
    const ask = (address: string) => cloud.create({ networks: [{ uuid: PRIVATE.id, fixed_ip: address }] });
    expect(ask('198.18.0.99').status).toBe(202);
    const server = [...cloud.world.server.keys()][0];
    expect(ask('198.18.0.99')).toMatchObject({
      status: 400,
      json: { badRequest: { message: `Fixed IP address 198.18.0.99 is already in use on instance ${server}.` } },
    });
    expect(ask('192.0.2.1')).toMatchObject({
      status: 400,
      json: {
        badRequest: { message: `Fixed IP 192.0.2.1 is not a valid ip address for network ${PRIVATE.id}.` },
      },
    });
  });

  test('is built within 18 to 35 s, at other times than its namesakes, and alike in every rehearsal of a seed', () => {
    const durations = () => {
      const cloud = new ComputeCalls();
      const ids = [1, 2, 3].map(() => cloud.make({ networks: 'none' }));
      return ids.map((id) => cloud.world.server.get(id)?.builtAtMs ?? 0);
    };
    expect(durations()).toEqual(durations());
    expect(new Set(durations()).size).toBe(3);
    for (const builtAtMs of durations()) {
      expect(builtAtMs).toBeGreaterThanOrEqual(18_000);
      expect(builtAtMs).toBeLessThanOrEqual(35_000);
    }
  });
});

describe('a server is refused', () => {
  test.each([
    ['an unknown image', { imageRef: NOBODY }, 'Can not find requested image'],
    ['no image', { imageRef: '' }, 'Missing imageRef attribute'],
    ['an unknown flavor', { flavorRef: 'nope' }, 'Flavor nope could not be found.'],
    ['an unknown zone', { availability_zone: 'mars' }, 'The requested availability zone is not available'],
    ['an unknown keypair', { key_name: 'nokey' }, 'Invalid key_name provided.'],
    [
      'an unknown group',
      { security_groups: [{ name: 'nosg' }] },
      "Unable to find security_group with name or id 'nosg'",
    ],
    ['an unknown port', { networks: [{ port: NOBODY }] }, `Port id ${NOBODY} could not be found.`],
    ['an unknown network', { networks: [{ uuid: NOBODY }] }, `Network ${NOBODY} could not be found.`],
    ['an empty network', { networks: [{}] }, "Bad network format: missing 'uuid'"],
    ['several servers at once that are too few', { min_count: 3, max_count: 2 }, 'min_count must be <= max_count'],
    [
      'user data that is no base64',
      { user_data: 'abc' },
      "Invalid input for field/attribute user_data. Value: abc. 'abc' is not a 'base64'",
    ],
    ['an empty name', { name: '' }, "Invalid input for field/attribute name. Value: . '' is too short"],
    [
      'a count of none',
      { min_count: 0 },
      'Invalid input for field/attribute min_count. Value: 0. 0 is less than the minimum of 1',
    ],
    [
      'a name between spaces',
      { name: ' x' },
      "An invalid 'name' value was provided. The name must be: printable characters. Can not start or end with whitespace.",
    ],
    [
      'metadata that is no text',
      { metadata: { a: 1 } },
      "Invalid input for field/attribute a. Value: 1. 1 is not of type 'string'",
    ],
    [
      'a strange key of metadata',
      { metadata: { 'a b*': '1' } },
      "Invalid input for field/attribute metadata. Value: {'a b*': '1'}. 'a b*' does not match any of the regexes: '^[a-zA-Z0-9-_:. ]{1,255}$'",
    ],
    [
      'a strange tag',
      { tags: ['a/b'] },
      "Invalid input for field/attribute 0. Value: a/b. 'a/b' does not match '^[^,/]*$'",
    ],
    [
      'a network by a word',
      { networks: 'bla' },
      "Invalid input for field/attribute networks. Value: bla. 'bla' is not valid under any of the given schemas",
    ],
    [
      'a port by a word',
      { networks: [{ port: 'nope' }] },
      "Invalid input for field/attribute networks. Value: [{'port': 'nope'}]. [{'port': 'nope'}] is not valid under any of the given schemas",
    ],
    [
      'an image by a word',
      { imageRef: 'nope' },
      "Invalid input for field/attribute imageRef. Value: nope. 'nope' is not valid under any of the given schemas",
    ],
  ])('with 400 for %s', (_what, changes, message) => {
    expect(new ComputeCalls().create(changes)).toMatchObject({
      status: 400,
      json: { badRequest: { code: 400, message } },
    });
  });

  test.each([
    ['name', "'name' is a required property"],
    ['flavorRef', "'flavorRef' is a required property"],
    ['networks', "'networks' is a required property"],
  ])('with 400 for want of %s', (key, reason) => {
    const { json } = new ComputeCalls().create({ [key]: undefined });
    expect((json as { badRequest: { message: string } }).badRequest.message).toMatch(
      new RegExp(`^Invalid input for field/attribute server. Value: {.*}. ${reason}$`),
    );
  });

  test('with 400 for what it does not know', () => {
    const { json } = new ComputeCalls().create({ bogus: 1 });
    expect(json).toMatchObject({
      badRequest: {
        message: expect.stringMatching(/Additional properties are not allowed \('bogus' was unexpected\)$/),
      },
    });
  });

  test.each([
    ['metadata', { metadata: { a: 'x'.repeat(256) } }],
    ['user data', { user_data: 'A'.repeat(65_536) }],
  ])('with 400 for too long %s', (_what, changes) => {
    const { status, json } = new ComputeCalls().create(changes);
    expect(status).toBe(400);
    expect(json).toMatchObject({ badRequest: { message: expect.stringMatching(/ is too long$/) } });
  });

  test.each([
    [null, 'Malformed request body'],
    [{}, "'server' is a required property"],
  ])('with 400 for the body %j', (body, message) => {
    expect(new ComputeCalls().call('POST', '/v2.1/servers', { body })).toMatchObject({
      status: 400,
      json: { badRequest: { code: 400, message } },
    });
  });

  test('with 409 for a port that another one has, until that one is gone', () => {
    const cloud = new ComputeCalls();
    const id = cloud.make();
    expect(cloud.create()).toMatchObject({
      status: 409,
      json: { conflictingRequest: { code: 409, message: `Port ${PORT_ID} is still in use.` } },
    });
    cloud.call('DELETE', `/v2.1/servers/${id}`);
    cloud.nowMs += 10_000;
    expect(cloud.create().status).toBe(202);
  });

  test('with 409 where several networks could be meant', () => {
    expect(new ComputeCalls().create({ networks: 'auto' })).toMatchObject({
      status: 409,
      json: { conflictingRequest: { message: expect.stringMatching(/^More than one possible network found\./) } },
    });
  });

  test('with 403 on an external network', () => {
    const network = idOfNetwork('public');
    const message = `It is not allowed to create an interface on external network ${network}`;
    expect(new ComputeCalls().create({ networks: [{ uuid: network }] })).toMatchObject({
      status: 403,
      json: { forbidden: { code: 403, message } },
    });
  });

  test('with 403 over the quota, whose numbers it tells', () => {
    const cloud = new ComputeCalls();
    cloud.settings = { ...cloud.settings, quotas: { ...cloud.settings.quotas, cores: 10, ram: 20_000 } };
    cloud.make({ flavorRef: '5', networks: 'none' });
    expect(cloud.create()).toMatchObject({
      status: 403,
      json: {
        forbidden: {
          code: 403,
          message:
            'Quota exceeded for cores, ram: Requested 4, 8192, but already used 8, 16384 of 10, 20000 cores, ram',
        },
      },
    });
  });

  test('with 400 for a flavor that the image does not fit in', () => {
    const rocky = IMAGES.find(({ distro }) => distro === 'rocky')?.id;
    expect(new ComputeCalls().create({ imageRef: rocky, flavorRef: '1' })).toMatchObject({
      status: 400,
      json: { badRequest: { message: expect.stringMatching(/^Flavor's disk is smaller than the minimum size/) } },
    });
  });

  test('with 400 for tags before microversion 2.52', () => {
    const server = { name: 'x', imageRef: IMAGE_ID, flavorRef: '1', networks: 'none', tags: ['a'] };
    const answer = new ComputeCalls().call('POST', '/v2.1/servers', { body: { server }, microversion: [2, 40] });
    expect(answer.status).toBe(400);
  });
});
