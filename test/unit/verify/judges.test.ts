/** Each way of being broken that verify knows fails its check, with what was found and what mends it; a green cloud passes all. */
import { describe, expect, test } from 'vitest';
import type { CheckResult } from '../../../src/verify/check.ts';
import type { CloudFacts } from '../../../src/verify/facts.ts';
import { chooseChecks, judgeCloud } from '../../../src/verify/index.ts';
import { SMALL } from '../layout/small-layout.ts';
import { COMPUTE, PLACEMENT, UNITS } from './broken-control.ts';
import { GUESTS, NETWORK } from './broken-network.ts';
import { VOLUMES } from './broken-volumes.ts';
import { expectSmall, GREEN, guestOn, guestsWith, ONE_NODE } from './green-cloud.ts';

const expected = expectSmall();

function judge(facts: Partial<CloudFacts>, cloud = expected): readonly CheckResult[] {
  return judgeCloud(chooseChecks([], []), { ...GREEN, ...facts }, cloud);
}

/** `check` or `check node` of every result with this status. */
function withStatus(results: readonly CheckResult[], status: CheckResult['status']): readonly string[] {
  return results
    .filter((result) => result.status === status)
    .map(({ check, node }) => (node === null ? check : `${check} ${node}`));
}

test('a green cloud passes every check, on every node it speaks of', () => {
  const results = judge({});
  expect(withStatus(results, 'pass')).toEqual([
    'services controller',
    'services compute-1',
    'services compute-2',
    'compute-services',
    'hypervisors',
    'placement',
    'agents',
    'chassis',
    'tunnels controller',
    'tunnels compute-1',
    'tunnels compute-2',
    'joined controller',
    'joined compute-1',
    'joined compute-2',
    'messages controller',
    'messages compute-1',
    'messages compute-2',
    'volumes',
    'boot controller',
    'boot compute-1',
    'boot compute-2',
    'metadata',
    'ping',
    'mtu',
    'floating-ip',
    'live-migrate',
  ]);
  expect(results.filter(({ status }) => status !== 'pass')).toEqual([]);
});

test('what one hypervisor cannot show is skipped with its reason', () => {
  const results = judge({}, expectSmall(ONE_NODE));
  expect(results.filter(({ status }) => status === 'skip')).toMatchObject([
    { check: 'ping', sentence: 'there is only one hypervisor' },
    { check: 'mtu', sentence: 'there is only one hypervisor' },
    { check: 'live-migrate', sentence: 'no cell has two hypervisors' },
  ]);
});

test('hypervisors that only pretend boot nothing, and nothing is tried on them', () => {
  const fake = expectSmall(ONE_NODE.replace('groups', 'localrc: {VIRT_DRIVER: fake}\ngroups'));
  expect(withStatus(judge({}, fake), 'skip')).toEqual([
    'boot',
    'metadata',
    'ping',
    'mtu',
    'floating-ip',
    'live-migrate',
  ]);
});

describe.each([...UNITS, ...COMPUTE, ...PLACEMENT, ...NETWORK, ...GUESTS, ...VOLUMES])(
  'where %s',
  (_title, facts, fails, says, cure) => {
    const results = judge(facts);
    test('the checks that look at it fail, and no others', () => {
      expect(withStatus(results, 'fail')).toEqual(fails);
    });
    test('it is told with its cure', () => {
      const told = results.filter(({ status }) => status === 'fail');
      expect(told.map(({ sentence }) => sentence)).toContainEqual(expect.stringMatching(says));
      expect(told.map((result) => result.cure)).toContainEqual(expect.stringMatching(cure));
    });
  },
);

describe('live migration', () => {
  const guests = 'known' in GREEN.guests ? GREEN.guests.known : null;
  const { migration } = guests!;
  const moved = (changes: Partial<NonNullable<typeof migration>>): CheckResult | undefined =>
    judge({ guests: { known: { ...guests!, migration: { ...migration!, ...changes } } } }).find(
      ({ check }) => check === 'live-migrate',
    );

  test.each([
    [
      { server: { status: 'ACTIVE', host: 'controller', fault: null } },
      /still on controller: nova has quietly left it/,
    ],
    [
      { server: { status: 'ACTIVE', host: 'controller', fault: null }, exit: 1, error: 'refused' },
      /controller: refused/,
    ],
    [{ server: { status: 'ERROR', host: 'compute-1', fault: null } }, /is ERROR after the migration/],
    [{ server: null, error: 'no answer' }, /nobody knows where the server is: no answer/],
  ])('that ended as %j fails', (changes, says) => {
    expect(moved(changes)).toMatchObject({ status: 'fail', sentence: expect.stringMatching(says) });
  });

  test('that could not begin fails', () => {
    const results = judge({ guests: { known: { ...guests!, migration: null } } });
    expect(results.find(({ check }) => check === 'live-migrate')).toMatchObject({
      status: 'fail',
      sentence: 'no two hypervisors of a cell were fit to move a server between them',
    });
  });
});

test('what nova-compute complained of is told, and fails nothing', () => {
  const lines = ['ERROR nova.compute.manager a', 'ERROR nova.virt b', 'ERROR nova.compute.manager a'];
  const results = judge({ messages: new Map([...GREEN.messages, ['compute-1', { known: lines }]]) });
  expect(results.find(({ check, node }) => check === 'messages' && node === 'compute-1')).toMatchObject({
    status: 'pass',
    sentence: '3 errors in the last ten minutes, the last: ERROR nova.compute.manager a',
    evidence: ['ERROR nova.virt b', 'ERROR nova.compute.manager a'],
  });
  const one = judge({ messages: new Map([...GREEN.messages, ['compute-1', { known: lines.slice(0, 1) }]]) });
  expect(one.map(({ sentence }) => sentence)).toContain(
    'one error in the last ten minutes, the last: ERROR nova.compute.manager a',
  );
});

test('tunnels that the layout leads elsewhere need only be up', () => {
  const elsewhere = expectSmall(SMALL.replace('GIT_DEPTH: 1', 'TUNNEL_ENDPOINT_IP: 10.9.9.9'));
  expect(withStatus(judge({}, elsewhere), 'fail')).toEqual([]);
});

test('a port that is ACTIVE proves a guest that says nothing', () => {
  const results = judge(
    guestsWith(guestOn('controller'), guestOn('compute-1'), guestOn('compute-2', { isUp: false, console: '' })),
  );
  expect(results.find(({ check, node }) => check === 'boot' && node === 'compute-2')).toMatchObject({
    status: 'pass',
    sentence: 'a server is ACTIVE, and so is its port',
  });
});

test('what is unknown fails the checks that need it, with the reason', () => {
  const unknown = { unknown: 'Keystone is away' };
  const names = [
    'computeServices',
    'hypervisors',
    'cells',
    'mappings',
    'upgrade',
    'providers',
    'agents',
    'chassis',
    'volumeServices',
  ];
  const results = judge({
    ...(Object.fromEntries([...names, 'guests'].map((name) => [name, unknown])) as Partial<CloudFacts>),
    units: new Map(),
    starts: new Map(),
    addresses: new Map(),
    messages: new Map(),
  });
  expect(withStatus(results, 'pass')).toEqual([]);
  for (const { evidence } of results) expect(evidence.join(' ')).toMatch(/Keystone is away|nobody asked/);
  for (const name of ['mappings', 'cells', 'upgrade'])
    expect(withStatus(judge({ [name]: unknown }), 'fail')).toContain('hypervisors');
});

test('what could not be removed is told, though no check is about it', () => {
  const guests =
    'known' in GREEN.guests ? { known: { ...GREEN.guests.known, left: ['builder-verify-1'] } } : GREEN.guests;
  expect(judge({ guests }).at(-1)).toMatchObject({ check: 'removal', status: 'fail', evidence: ['builder-verify-1'] });
});
