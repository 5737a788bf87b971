/** The life of a token. */
import { describe, expect, it } from 'vitest';
import type { Credentials } from '../../../../src/cloud/openstack/credentials.ts';
import { type Canned, never, SERVER_REQUEST, startWireCloud } from '../wire-cloud.ts';

const TOKENS = '/v3/auth/tokens';
const LIST = '/compute/v2.1/servers/detail';
const MINUTE_MS = 60_000;
const empty: Canned = { json: { servers: [] } };

describe('logging in', () => {
  it('says who and where, and is asked for one token', async () => {
    const wire = await startWireCloud({ region: 'R', cloud: 'lab' });
    const cloud = wire.open();
    expect(await cloud.connect(never)).toEqual({
      cloud: 'lab',
      authUrl: `${wire.url}/v3`,
      region: 'R',
      projectId: 'p1',
      projectName: 'ours',
      userId: 'user-id',
      userName: 'someone',
      hardExpiry: null,
    });
    expect(wire.arrived[0]?.body).toEqual({
      auth: {
        identity: {
          methods: ['password'],
          password: { user: { name: 'someone', domain: { id: 'default' }, password: 's3cret' } },
        },
        scope: { project: { name: 'ours', domain: { id: 'default' } } },
      },
    });
    expect(wire.count('POST', TOKENS)).toBe(1);
  });

  it('with a wrong password is tried once, and the error names user and address, never the password', async () => {
    const wire = await startWireCloud();
    wire.on(({ path }) =>
      path === TOKENS ? { status: 401, json: { error: { code: 401, message: 'wrong: s3cret' } } } : undefined,
    );
    const cloud = wire.open();
    const first = await cloud.connect(never).catch((error: unknown) => error);
    expect(first).toMatchObject({
      code: 'auth-failed',
      exitCode: 3,
      message: `user "someone" at ${wire.url}/v3: the cloud answered 401`,
    });
    expect(JSON.stringify(first)).not.toContain('s3cret');
    await expect(cloud.connect(never)).rejects.toMatchObject({ code: 'auth-failed' });
    expect(wire.count('POST', TOKENS)).toBe(1);
  });

  it('is tried again while Keystone is away', async () => {
    const wire = await startWireCloud();
    wire.once('POST', TOKENS, { status: 503 }, { cut: 'before' });
    await wire.connect();
    expect(wire.count('POST', TOKENS)).toBe(3);
  });

  it('with an application credential asks for no scope: it has its own', async () => {
    const auth = { type: 'application-credential', id: 'ac', name: null, user: null, secret: 'x' } as const;
    const wire = await startWireCloud({ auth, project: null });
    await wire.connect();
    expect(wire.arrived[0]?.body).toEqual({
      auth: { identity: { methods: ['application_credential'], application_credential: { id: 'ac', secret: 'x' } } },
    });
  });

  it('with a token tells when it ends, and never renews it early', async () => {
    const wire = await startWireCloud({ auth: { type: 'token', token: 'given' } });
    wire.on(({ path }) => (path.startsWith(LIST) ? empty : undefined));
    const cloud = wire.open();
    expect(await cloud.connect(never)).toMatchObject({ hardExpiry: new Date('2026-01-01T01:00:00Z') });
    wire.clock.ms += 59 * MINUTE_MS;
    await cloud.listServers(never);
    expect(wire.count('POST', TOKENS)).toBe(1);
  });

  it.each<[string, Canned]>([
    ['no token', { status: 201, json: {} }],
    [
      'no user',
      { status: 201, headers: { 'x-subject-token': 't' }, json: { token: { expires_at: '2026-01-01T01:00:00Z' } } },
    ],
    ['HTML', { status: 200, headers: { 'x-subject-token': 't' }, text: '<html>' }],
  ])('answered by %s is a bad answer', async (_, canned) => {
    const wire = await startWireCloud();
    wire.once('POST', TOKENS, canned);
    await expect(wire.connect()).rejects.toMatchObject({ code: 'bad-answer' });
  });

  it.each<[string, Credentials['auth'], object]>([
    [
      'an application credential by name',
      { type: 'application-credential', id: null, name: 'n', user: { name: 'u', domain: { id: 'd' } }, secret: 'x' },
      {
        methods: ['application_credential'],
        application_credential: { name: 'n', user: { name: 'u', domain: { id: 'd' } }, secret: 'x' },
      },
    ],
    [
      'a user by id',
      { type: 'password', userId: 'i', userName: null, userDomain: { id: 'd' }, password: 'p' },
      { methods: ['password'], password: { user: { id: 'i', password: 'p' } } },
    ],
    ['a token', { type: 'token', token: 't' }, { methods: ['token'], token: { id: 't' } }],
  ])('with %s is named in its refusal without its secret', async (_, auth, identity) => {
    const wire = await startWireCloud({ auth });
    wire.on(({ path }) => (path === TOKENS ? { status: 404 } : undefined));
    await expect(wire.connect()).rejects.toMatchObject({ code: 'auth-failed' });
    expect(wire.arrived[0]?.body).toMatchObject({ auth: { identity } });
  });

  it('to no project is refused', async () => {
    const wire = await startWireCloud();
    const token = { expires_at: '2026-01-01T01:00:00Z', user: { id: 'u', name: 'n' } };
    wire.once('POST', TOKENS, { status: 201, headers: { 'x-subject-token': 't' }, json: { token } });
    await expect(wire.connect()).rejects.toMatchObject({
      code: 'auth-failed',
      fix: expect.stringContaining('project_name') as string,
    });
  });
});

describe('Keystone’s address', () => {
  const versions = (href: string): Canned => ({
    status: 300,
    json: {
      versions: {
        values: [
          { id: 'v2.0', links: [] },
          { id: 'v3.14', links: [{ rel: 'self', href }] },
        ],
      },
    },
  });

  it.each(['', '/', '/v2.0', '/v2.0/'])('ending in "%s" is upgraded to v3 by discovery', async (end) => {
    const wire = await startWireCloud();
    wire.once('GET', '/', versions('http://inner.invalid:5000/v3/'));
    const { credentials } = wire;
    Object.assign(credentials, { authUrl: `${wire.url}${end}` });
    await wire.connect();
    expect(wire.count('POST', TOKENS)).toBe(1);
  });

  it('whose root answers 404 is tried with /v3', async () => {
    const wire = await startWireCloud();
    Object.assign(wire.credentials, { authUrl: wire.url });
    await wire.connect();
    expect(wire.arrived.map(({ path }) => path).slice(0, 2)).toEqual(['/', TOKENS]);
  });

  it('that offers only v2.0 is no endpoint', async () => {
    const wire = await startWireCloud();
    Object.assign(wire.credentials, { authUrl: `${wire.url}/v2.0` });
    wire.once('GET', '/', { json: { versions: { values: [{ id: 'v2.0', links: [] }] } } });
    await expect(wire.connect()).rejects.toMatchObject({ code: 'no-endpoint' });
  });
});

describe('a token', () => {
  it('is renewed at 80 % of its life', async () => {
    const wire = await startWireCloud();
    wire.on(({ path }) => (path.startsWith(LIST) ? empty : undefined));
    const cloud = await wire.connect();
    wire.clock.ms += 47 * MINUTE_MS;
    await cloud.listServers(never);
    expect(wire.arrived.at(-1)?.token).toBe('token-1');
    wire.clock.ms += 2 * MINUTE_MS;
    await cloud.listServers(never);
    expect(wire.arrived.at(-1)?.token).toBe('token-2');
    expect(wire.count('POST', TOKENS)).toBe(2);
  });

  it('refused once is renewed once for all who were refused, and their requests are sent again', async () => {
    const wire = await startWireCloud();
    wire.on(({ path, token }) =>
      path.startsWith('/compute/v2.1/servers')
        ? token === 'token-1'
          ? { status: 401 }
          : { status: 202, json: { servers: [], server: { id: 's1' } } }
        : undefined,
    );
    const cloud = await wire.connect();
    await Promise.all([
      ...Array.from({ length: 4 }, () => cloud.listServers(never)),
      cloud.createServer(SERVER_REQUEST, never),
    ]);
    expect(wire.count('POST', TOKENS)).toBe(2);
    expect(wire.count('GET', LIST)).toBe(8);
    // A 401 had no effect: the create went twice, and was done once.
    expect(wire.count('POST', '/compute/v2.1/servers')).toBe(2);
  });

  it('refused after a renewal that the password no longer allows is auth-lost, and Keystone is asked no more', async () => {
    const wire = await startWireCloud();
    const cloud = await wire.connect();
    wire.on(({ path }) => (path === TOKENS || path.startsWith(LIST) ? { status: 401 } : undefined));
    await expect(cloud.listServers(never)).rejects.toMatchObject({ code: 'auth-lost', exitCode: 3 });
    await expect(cloud.listServers(never)).rejects.toMatchObject({ code: 'auth-lost' });
    expect(wire.count('POST', TOKENS)).toBe(2);
  });

  it('refused again though it is new is auth-lost, after one renewal', async () => {
    const wire = await startWireCloud();
    wire.on(({ path }) => (path.startsWith(LIST) ? { status: 401 } : undefined));
    const cloud = await wire.connect();
    await expect(cloud.listServers(never)).rejects.toMatchObject({ code: 'auth-lost' });
    expect(wire.count('GET', LIST)).toBe(2);
  });

  it('that is still good serves on while Keystone is away', async () => {
    const wire = await startWireCloud();
    const cloud = await wire.connect();
    wire.on(({ path }) => (path === TOKENS ? { status: 503 } : path.startsWith(LIST) ? empty : undefined));
    wire.clock.ms += 50 * MINUTE_MS;
    expect(await cloud.listServers(never)).toEqual([]);
    expect(wire.arrived.at(-1)?.token).toBe('token-1');
  });
});
