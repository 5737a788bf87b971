/** Keystone's promises: who gets a token, what it says, and in which words others are refused. */
import { describe, expect, test } from 'vitest';
import { ACCOUNT } from '../../../../src/rehearsal/account.ts';
import { keystone } from '../../../../src/rehearsal/api/keystone.ts';
import { readToken } from '../../../../src/rehearsal/api/tokens.ts';
import { RehearsalCalls } from './call.ts';

const domain = { id: 'default' };
const password = {
  methods: ['password'],
  password: { user: { name: ACCOUNT.user.name, domain, password: ACCOUNT.password } },
};
const project = { name: ACCOUNT.project.name, domain: { name: 'Default' } };
const UNKNOWN = 'The request you have made requires authentication.';

function logIn(identity: object, scope?: unknown, cloud = new RehearsalCalls(keystone)) {
  const body = { auth: { identity, ...(scope === undefined ? {} : { scope }) } };
  const answer = cloud.call('POST', '/v3/auth/tokens', { body });
  return { ...answer, text: answer.headers?.['X-Subject-Token'] ?? '', cloud };
}

describe('a token', () => {
  test.each([
    ['user and project by name', password, { project }],
    [
      'ids',
      { methods: ['password'], password: { user: { id: ACCOUNT.user.id, password: ACCOUNT.password } } },
      {
        project: { id: ACCOUNT.project.id },
      },
    ],
    ['the default project', password, undefined],
    [
      'an application credential by id',
      {
        methods: ['application_credential'],
        application_credential: { id: ACCOUNT.applicationCredential.id, secret: ACCOUNT.applicationCredential.secret },
      },
      undefined,
    ],
    [
      'an application credential by name',
      {
        methods: ['application_credential'],
        application_credential: {
          name: ACCOUNT.applicationCredential.name,
          user: { name: ACCOUNT.user.name, domain },
          secret: ACCOUNT.applicationCredential.secret,
        },
      },
      undefined,
    ],
  ])('is given for %s', (_by, identity, scope) => {
    const { status, json } = logIn(identity, scope);
    expect(status).toBe(201);
    expect(json).toMatchObject({
      token: {
        methods: identity.methods,
        project: { id: ACCOUNT.project.id, domain: { id: 'default', name: 'Default' } },
        issued_at: '2026-03-01T12:00:00.000000Z',
        expires_at: '2026-03-01T13:00:00.000000Z',
      },
    });
  });

  test('names every service three times in the catalog', () => {
    const { json } = logIn(password, { project });
    const { catalog } = (json as { token: { catalog: { type: string; endpoints: { url: string }[] }[] } }).token;
    expect(catalog.map(({ type, endpoints }) => [type, ...new Set(endpoints.map(({ url }) => url))])).toEqual([
      ['identity', 'http://rehearsal/identity/v3'],
      ['compute', 'http://rehearsal/compute/v2.1'],
      ['image', 'http://rehearsal/image'],
      ['network', 'http://rehearsal/network'],
    ]);
    expect(catalog.every(({ endpoints }) => endpoints.length === 3)).toBe(true);
  });

  test('has neither project nor catalog when it is unscoped', () => {
    const { json } = logIn(password, 'unscoped');
    expect(json).not.toHaveProperty('token.project');
    expect(json).not.toHaveProperty('token.catalog');
  });

  test('is exchanged for another that lives no longer', () => {
    const first = logIn(password, 'unscoped');
    first.cloud.nowMs = 60_000;
    const { status, json } = logIn({ methods: ['token'], token: { id: first.text } }, { project }, first.cloud);
    expect(status).toBe(201);
    expect(json).toMatchObject({
      token: { methods: ['password', 'token'], expires_at: '2026-03-01T13:00:00.000000Z' },
    });
  });

  test('is read by whoever has the secret, and nobody can change it', () => {
    const { text, cloud } = logIn(password);
    const { secret } = cloud.view.tokens;
    expect(readToken(secret, text)).toMatchObject({ isScoped: true });
    expect(readToken('another', text)).toBeNull();
    expect(readToken(secret, `x${text}`)).toBeNull();
    expect(readToken(secret, '')).toBeNull();
  });

  test.each(['GET', 'DELETE'])('can be asked about with %s until it expires', (method) => {
    const { text, cloud } = logIn(password);
    const headers = { 'x-subject-token': text };
    expect(cloud.call(method, '/v3/auth/tokens', { headers }).status).toBe(method === 'DELETE' ? 204 : 200);
    cloud.nowMs = 3_600_000;
    expect(cloud.call(method, '/v3/auth/tokens', { headers })).toMatchObject({
      status: 404,
      json: { error: { code: 404, message: 'Could not recognize Fernet token', title: 'Not Found' } },
    });
    expect(cloud.call(method, '/v3/auth/tokens').status).toBe(403);
  });
});

describe('a login is refused', () => {
  const user = { name: ACCOUNT.user.name, domain, password: 'wrong' };
  test.each([
    ['a wrong password', { ...password, password: { user } }, undefined],
    ['an unknown project', password, { project: { name: 'nope', domain } }],
    ['an unknown domain', password, { project: { name: ACCOUNT.project.name, domain: { id: 'nope' } } }],
    ['a scope of a domain', password, { domain }],
    [
      'a wrong secret',
      {
        methods: ['application_credential'],
        application_credential: { id: ACCOUNT.applicationCredential.id, secret: 'no' },
      },
      undefined,
    ],
  ])('with 401 for %s', (_what, identity, scope) => {
    expect(logIn(identity, scope)).toMatchObject({
      status: 401,
      headers: { 'WWW-Authenticate': 'Keystone uri="http://rehearsal/identity/v3"' },
      json: { error: { code: 401, message: UNKNOWN, title: 'Unauthorized' } },
    });
  });

  test('when an application credential asks for a scope', () => {
    const { id, secret } = ACCOUNT.applicationCredential;
    const identity = { methods: ['application_credential'], application_credential: { id, secret } };
    expect(logIn(identity, { project })).toMatchObject({
      status: 401,
      json: { error: { message: expect.stringContaining('Application credentials cannot request a scope.') } },
    });
  });

  test.each([
    ['domain in user', { ...password, password: { user: { name: 'demo', password: 'x' } } }, undefined],
    ['domain in project', password, { project: { name: 'demo' } }],
    ['password in identity', { methods: ['password'] }, undefined],
    ['magic in identity', { methods: ['magic'] }, undefined],
    ['methods in identity', {}, undefined],
  ])('for want of %s', (what, identity, scope) => {
    expect(logIn(identity, scope)).toMatchObject({
      status: 400,
      json: { error: { message: expect.stringMatching(`^Expecting to find ${what}. The server could not comply`) } },
    });
  });

  test('when there is no body', () => {
    expect(new RehearsalCalls(keystone).call('POST', '/v3/auth/tokens').status).toBe(400);
  });
});

describe('a member', () => {
  const cloud = new RehearsalCalls(keystone);

  test('finds v3 by discovery', () => {
    expect(cloud.call('GET', '/')).toMatchObject({
      status: 300,
      json: {
        versions: { values: [{ id: 'v3.14', links: [{ rel: 'self', href: 'http://rehearsal/identity/v3/' }] }] },
      },
    });
    expect(cloud.call('GET', '/v3')).toMatchObject({ status: 200, json: { version: { id: 'v3.14' } } });
  });

  test.each([
    ['/v3/auth/projects', { projects: [{ id: ACCOUNT.project.id }], links: { next: null, previous: null } }],
    [`/v3/users/${ACCOUNT.user.id}`, { user: { default_project_id: ACCOUNT.project.id } }],
    [`/v3/users/${ACCOUNT.user.id}/projects`, { projects: [{ id: ACCOUNT.project.id }] }],
    [`/v3/projects/${ACCOUNT.project.id}`, { project: { domain_id: 'default' } }],
    [
      `/v3/users/${ACCOUNT.user.id}/application_credentials`,
      { application_credentials: [{ id: ACCOUNT.applicationCredential.id, project_id: ACCOUNT.project.id }] },
    ],
    ['/v3/auth/catalog', { catalog: [{ type: 'identity' }, {}, {}, {}] }],
  ])('may read %s', (path, json) => {
    expect(cloud.call('GET', path)).toMatchObject({ status: 200, json });
  });

  test.each([
    ['/v3/projects', 'list_projects'],
    ['/v3/services', 'list_services'],
    ['/v3/endpoints', 'list_endpoints'],
    ['/v3/users/nope', 'get_user'],
    ['/v3/projects/nope', 'get_project'],
  ])('may not read %s', (path, action) => {
    const message = `You are not authorized to perform the requested action: identity:${action}.`;
    expect(cloud.call('GET', path)).toMatchObject({
      status: 403,
      json: { error: { code: 403, message, title: 'Forbidden' } },
    });
  });
});
