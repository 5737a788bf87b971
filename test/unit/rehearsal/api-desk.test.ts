/** The desk of the simulated API: tokens, microversions, the record of effects, and every fault a request may meet. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { QUOTAS } from '../../../src/rehearsal/account.ts';
import type { Service } from '../../../src/rehearsal/api/route.ts';
import { issueToken } from '../../../src/rehearsal/api/tokens.ts';
import { ApiDesk, type RawAnswer } from '../../../src/rehearsal/api-desk.ts';
import { readFaults } from '../../../src/rehearsal/faults.ts';
import { Ledger } from '../../../src/rehearsal/ledger.ts';
import { put } from '../../../src/rehearsal/world.ts';
import { WorldDesk } from '../../../src/rehearsal/world-desk.ts';

const SECRET = '00000000-0000-4000-8000-000000000000';
const began = Date.parse('2026-03-01T12:00:00Z');

/** As much of Nova as a desk needs to be seen at work. */
const service: Service = {
  name: 'compute',
  type: 'compute',
  error: (status, message) => ({ status, json: { computeFault: { message, code: status } } }),
  routes: [
    {
      operation: 'list-versions',
      method: 'GET',
      pattern: '/',
      isOpen: true,
      handle: () => ({ status: 200, json: {} }),
    },
    {
      operation: 'create-server',
      method: 'POST',
      pattern: '/v2.1/os-keypairs/:name',
      subject: ({ params }) => params['name'] ?? '',
      handle: ({ params: { name = '' } }, { nowMs }) => ({
        status: 200,
        json: { made: name },
        changes: [put('keypair', name, { name, publicKey: '', fingerprint: '', createdAtMs: nowMs })],
      }),
    },
    {
      operation: 'list-servers',
      method: 'GET',
      pattern: '/v2.1/os-keypairs',
      handle: ({ microversion }, { world }) => ({
        status: 200,
        json: { keypairs: [...world.keypair.values()].map(({ name }) => ({ name })), microversion },
      }),
    },
  ],
};

let folder = '';
let ledger: Ledger;
const slept: number[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'desk-'));
  slept.length = 0;
});
afterEach(() => {
  ledger.close();
  rmSync(folder, { recursive: true });
});

function openDesk(faults = ''): ApiDesk {
  let ids = 0;
  ledger = new Ledger(
    join(folder, 'ledger.jsonl'),
    10,
    () => began,
    () => String((ids += 1)),
  );
  const clock = {
    now: () => new Date(began),
    monotonicMs: () => 0,
    sleep: (ms: number) => {
      slept.push(ms);
      return Promise.resolve();
    },
  };
  const world = new WorldDesk({
    ledger,
    clock,
    stop: new AbortController().signal,
    random: { uuid: () => SECRET },
    settings: { seed: 1, quotas: QUOTAS },
    faults: readFaults(`version: 1\nfaults:\n${faults}`.replace(/faults:\n$/, ''), 'f'),
    url: 'http://here',
  });
  return new ApiDesk([service], world);
}

const token = issueToken(SECRET, {
  issuedAtMs: began,
  expiresAtMs: began + 1000,
  isScoped: true,
  methods: ['password'],
});

async function ask(
  desk: ApiDesk,
  method: string,
  path: string,
  headers: Record<string, string> = {},
): Promise<RawAnswer> {
  return await desk.answer({
    method,
    url: `/compute${path}`,
    headers: { 'x-auth-token': token, ...headers },
    body: '',
  });
}

const create = (desk: ApiDesk, name = 'compute-1'): Promise<RawAnswer> =>
  ask(desk, 'POST', `/v2.1/os-keypairs/${name}`);
const made = (): readonly string[] => [...ledger.world.keypair.keys()];

describe('a request', () => {
  test('is recorded before it is answered, with its request id', async () => {
    const answer = await create(openDesk());
    expect(answer).toMatchObject({ status: 200, body: '{"made":"compute-1"}', cut: null });
    expect(answer.headers['x-openstack-request-id']).toBe(`req-${SECRET}`);
    expect(made()).toEqual(['compute-1']);
  });

  test.each([
    ['none', {}],
    ['one of another cloud', { 'x-auth-token': 'x.y' }],
    [
      'one that is over',
      { 'x-auth-token': issueToken(SECRET, { issuedAtMs: 0, expiresAtMs: began, isScoped: true, methods: [] }) },
    ],
    [
      'one that is for no project',
      { 'x-auth-token': issueToken(SECRET, { issuedAtMs: 0, expiresAtMs: began + 1, isScoped: false, methods: [] }) },
    ],
  ])('without a good token is refused as Keystone refuses: %s', async (_what, headers) => {
    const desk = openDesk();
    const answer = await desk.answer({ method: 'GET', url: '/compute/v2.1/os-keypairs', headers, body: '' });
    expect(answer.status).toBe(401);
    expect(answer.headers['www-authenticate']).toBe('Keystone uri="http://here/identity"');
    expect((await desk.answer({ method: 'GET', url: '/compute/', headers, body: '' })).status).toBe(200);
  });

  test.each([
    [{}, '2.1', [2, 1]],
    [{ 'openstack-api-version': 'compute 2.79' }, '2.79', [2, 79]],
    [{ 'x-openstack-nova-api-version': '2.53' }, '2.53', [2, 53]],
    [{ 'openstack-api-version': 'volume 3.1, compute latest' }, '2.95', [2, 95]],
  ])('asks for a microversion, and is told which it got: %o', async (headers, shown, given) => {
    const answer = await ask(openDesk(), 'GET', '/v2.1/os-keypairs', headers);
    expect(answer.headers['x-openstack-nova-api-version']).toBe(shown);
    expect(JSON.parse(answer.body)).toMatchObject({ microversion: given });
  });

  test.each([
    ['2.999', 406],
    ['1.1', 406],
    ['new', 400],
  ])('for the microversion %s is refused with %i', async (version, status) => {
    expect(
      await ask(openDesk(), 'GET', '/v2.1/os-keypairs', { 'openstack-api-version': `compute ${version}` }),
    ).toMatchObject({ status });
  });

  test('for what is not there, or in no JSON, is refused in the words of the service', async () => {
    const desk = openDesk();
    expect(await ask(desk, 'GET', '/v2.1/nothing')).toMatchObject({
      status: 404,
      body: expect.stringContaining('computeFault'),
    });
    const headers = { 'x-auth-token': token };
    expect(await desk.answer({ method: 'POST', url: '/compute/v2.1/os-keypairs/a', headers, body: '{' })).toMatchObject(
      { status: 400 },
    );
    expect(await desk.answer({ method: 'GET', url: '/volume/', headers, body: '' })).toMatchObject({ status: 404 });
  });
});

describe('a fault', () => {
  test('refuses without effect, once, in the words of the service', async () => {
    const desk = openDesk('- {on: create-server, status: 503, retry_after: "5"}');
    const refused = await create(desk);
    expect(refused).toMatchObject({ status: 503, body: expect.stringContaining('computeFault') });
    expect(refused.headers['retry-after']).toBe('5');
    expect(made()).toEqual([]);
    expect(await create(desk)).toMatchObject({ status: 200 });
  });

  test('refuses what it has done', async () => {
    expect(await create(openDesk('- {on: create-server, status: 500, effect: true, message: oh no}'))).toMatchObject({
      status: 500,
      body: expect.stringContaining('oh no'),
    });
    expect(made()).toEqual(['compute-1']);
  });

  test.each([
    ['lost', { cut: 'lost' }],
    ['truncated', { cut: 'truncated' }],
    ['html', { body: expect.stringContaining('<html>') }],
    ['empty', { body: '', status: 200 }],
    ['wrong-type', { body: '{"made":42}', status: 200 }],
  ])('spoils the answer of what was done: %s', async (reply, expected) => {
    expect(await create(openDesk(`- {on: create-server, reply: ${reply}}`))).toMatchObject(expected);
    expect(made()).toEqual(['compute-1']);
  });

  test('answers late, at the pace of the world', async () => {
    await create(openDesk('- {on: create-server, delay: 30}'));
    expect(slept).toEqual([3_000]);
  });

  test('delivers twice, and answers the second time', async () => {
    const answer = await create(openDesk('- {on: create-server, twice: true}'));
    expect(answer).toMatchObject({ status: 200 });
    expect(readFileSync(join(folder, 'ledger.jsonl'), 'utf8').match(/"deed"/g)).toHaveLength(2);
  });

  test('delivers twice, and answers so too: done, yet refused', async () => {
    const answer = await create(openDesk('- {on: create-server, status: 500, effect: true, twice: true}'));
    expect(answer).toMatchObject({ status: 500 });
  });

  test('gives up at once what is done later', async () => {
    expect(await create(openDesk('- {on: create-server, late: 30}'))).toMatchObject({ status: 504 });
    expect(slept).toEqual([3_000]);
    await vi.waitFor(() => expect(made()).toEqual(['compute-1']));
  });

  test('takes a token for old, and a quota for used up', async () => {
    expect(await create(openDesk('- {on: create-server, token: expired}'))).toMatchObject({ status: 401 });
    ledger.close();
    rmSync(join(folder, 'ledger.jsonl'));
    expect(await create(openDesk('- {on: create-server, quota: exceeded}'))).toMatchObject({
      status: 403,
      body: expect.stringContaining('Quota exceeded'),
    });
    expect(made()).toEqual([]);
  });

  test('leaves out of a list what it names, and nothing else', async () => {
    const desk = openDesk('- {on: list-servers, of: compute-1, omit: true}');
    await create(desk, 'compute-1');
    await create(desk, 'compute-2');
    const list = async (): Promise<unknown> => JSON.parse((await ask(desk, 'GET', '/v2.1/os-keypairs')).body);
    expect(await list()).toMatchObject({ keypairs: [{ name: 'compute-2' }] });
    expect(await list()).toMatchObject({ keypairs: [{ name: 'compute-1' }, { name: 'compute-2' }] });
  });

  test('that has acted is over, also for the process that comes after', async () => {
    const script = '- {on: create-server, status: 503}';
    expect(await create(openDesk(script))).toMatchObject({ status: 503 });
    ledger.close();
    expect(await create(openDesk(script))).toMatchObject({ status: 200 });
  });
});
