/** What is ours, what is surplus, what goes next. */
import { describe, expect, test } from 'vitest';
import type { Survey } from '../../../src/cloud/cloud.ts';
import { nextDeletions, ownedBy, surplusOf } from '../../../src/plan/ownership.ts';
import { EMPTY_SURVEY, mark, port, server } from './cloud-fixture.ts';

const OURS = server('ours', { mark: mark('create-server/a') });
const SURVEY: Survey = {
  ...EMPTY_SURVEY,
  servers: [
    OURS,
    server('unmarked', { name: 'dsb-lab-a-g1' }),
    server('other-cluster', { mark: mark('create-server/a', { cluster: 'c2' }) }),
    server('other-project', { mark: mark('create-server/a'), projectId: 'theirs' }),
  ],
  ports: [port('port', { name: 'p' })],
  floatingIps: [
    {
      id: 'fip',
      address: '203.0.113.7',
      portId: 'port',
      status: 'ACTIVE',
      mark: mark('create-floating-ip/a'),
      projectId: 'ours',
    },
  ],
  securityGroups: [{ id: 'group', name: 'g', mark: mark('create-security-group/cluster'), projectId: 'ours' }],
};

describe('only what carries our mark in our project is ours', () => {
  test('names prove nothing', () => {
    expect(ownedBy(SURVEY, 'c1', 'ours').map(({ id }) => id)).toEqual(['fip', 'ours', 'port', 'group']);
  });
  test('a floating IP, which has no name, is called by its address', () => {
    expect(ownedBy(SURVEY, 'c1', 'ours')[0]).toMatchObject({ kind: 'floating-ip', name: '203.0.113.7' });
  });
  test('a kind is deleted when nothing of the kind before it is left', () => {
    const owned = ownedBy(SURVEY, 'c1', 'ours');
    expect(nextDeletions(owned).map(({ id }) => id)).toEqual(['fip']);
    expect(nextDeletions(owned.slice(1)).map(({ id }) => id)).toEqual(['ours']);
    expect(nextDeletions(owned.slice(2)).map(({ id }) => id)).toEqual(['port']);
    expect(nextDeletions(owned.slice(3)).map(({ id }) => id)).toEqual(['group']);
    expect(nextDeletions([])).toEqual([]);
  });
});

describe('a late twin is surplus', () => {
  const owned = ownedBy(SURVEY, 'c1', 'ours');
  test('what the journal adopted is not', () => {
    expect(surplusOf(owned, new Set(['fip', 'ours', 'port', 'group']), new Set())).toEqual([]);
  });
  test('what nobody adopted is', () => {
    expect(surplusOf(owned, new Set(['fip', 'port', 'group']), new Set()).map(({ id }) => id)).toEqual(['ours']);
  });
  test('what an open attempt may yet adopt is left', () => {
    expect(surplusOf(owned, new Set(['fip', 'port', 'group']), new Set(['nonce-create-server/a']))).toEqual([]);
  });
});
