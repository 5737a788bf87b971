/** Which tests run where: nothing is left out in silence, and nothing runs where it cannot. */
import { describe, expect, test } from 'vitest';
import { chooseTiers, type Machine } from '../../scripts/rules/tiers.ts';

const full: Machine = { environment: { OS_CLOUD: 'lab' }, isRoot: true, hasSshd: true, nodeVersion: '24.21.0' };

describe('by default', () => {
  test('a machine that has everything runs all tiers but DevStack itself', () => {
    expect(chooseTiers(full)).toEqual({ tiers: ['unit', 'wire', 'faults', 'hosts', 'live'], skipped: [] });
  });

  test('each tier that cannot run says why in one sentence', () => {
    expect(chooseTiers({ ...full, environment: { OS_CLOUD: '' }, isRoot: false, hasSshd: false })).toEqual({
      tiers: ['unit', 'wire', 'faults'],
      skipped: [
        'The tests over a real sshd (test/hosts) need root and /usr/sbin/sshd (openssh-server).',
        'The tests of a live cloud (test/live) need an OpenStack: set OS_CLOUD, or OS_AUTH_URL and its companions.',
      ],
    });
  });

  test('OS_AUTH_URL names a cloud as well', () => {
    expect(chooseTiers({ ...full, environment: { OS_AUTH_URL: 'https://keystone' } }).tiers).toContain('live');
  });
});

describe('by name', () => {
  test.each(['unit', 'wire', 'faults', 'hosts', 'live', 'devstack'])('%s runs alone', (tier) => {
    expect(chooseTiers({ ...full, environment: { OS_CLOUD: 'lab', BUILDER_TESTS: tier } })).toEqual({
      tiers: [tier],
      skipped: [],
    });
  });

  test('a tier that cannot run fails instead of passing empty', () => {
    expect(() => chooseTiers({ ...full, environment: { BUILDER_TESTS: 'devstack' } })).toThrow('need an OpenStack');
  });

  test('an unknown tier is refused, whatever objects inherit', () => {
    expect(() => chooseTiers({ ...full, environment: { BUILDER_TESTS: 'toString' } })).toThrow(
      'it can be unit, wire, faults, hosts, live, devstack',
    );
  });
});

test.each(['22.17.9', '20.20.2', '8.0.0'])('Node %s is refused before SQLite ends it without a word', (nodeVersion) => {
  expect(() => chooseTiers({ ...full, nodeVersion })).toThrow(
    `22.18 or newer and were started with ${nodeVersion}: start them with npm test`,
  );
});

test.each(['22.18.0', '23.0.0', '24.21.0', '26.0.0'])('Node %s will do', (nodeVersion) => {
  expect(chooseTiers({ ...full, nodeVersion }).tiers).toContain('unit');
});
