/** Node names, digests and differences: what makes two layouts the same cluster. */
import { expect, test } from 'vitest';
import { describeDifference } from '../../../src/layout/difference.ts';
import { layoutDigest } from '../../../src/layout/digest.ts';
import { planNodes } from '../../../src/layout/nodes.ts';
import { load, SMALL } from './small-layout.ts';

test("the controller has its group's name, computes are numbered from 1", () => {
  expect(planNodes(load(SMALL))).toEqual([
    {
      name: 'controller',
      group: 'controller',
      role: 'controller',
      index: 1,
      isHypervisor: true,
      cell: 1,
      fakeHypervisors: null,
    },
    {
      name: 'compute-1',
      group: 'compute',
      role: 'compute',
      index: 1,
      isHypervisor: true,
      cell: 1,
      fakeHypervisors: null,
    },
    {
      name: 'compute-2',
      group: 'compute',
      role: 'compute',
      index: 2,
      isHypervisor: true,
      cell: 1,
      fakeHypervisors: null,
    },
  ]);
});

test('one compute is numbered too, so that a second changes no name', () => {
  expect(planNodes(load(SMALL, { hypervisors: 1 })).map((node) => node.name)).toEqual(['controller', 'compute-1']);
});

test('the longest names allowed stay within 40 characters', () => {
  const layout = load(SMALL.replace('  compute:', `  ${'a'.repeat(32)}:`), { hypervisors: 250 });
  expect(Math.max(...planNodes(layout).map((node) => node.name.length))).toBe(36);
});

test('the order and style of the file do not change the digest, a value does', () => {
  const other =
    'name: "small"\n# same\nversion: 1\ngroups:\n  controller:\n    compute: true\n    role: controller\n  compute: {count: 2, role: compute}\nlocalrc: {GIT_DEPTH: "1"}\n';
  expect(layoutDigest(load(other))).toBe(layoutDigest(load(SMALL)));
  expect(layoutDigest(load(SMALL, { hypervisors: 3 }))).not.toBe(layoutDigest(load(SMALL)));
});

test('other checks at the end of create make no other cluster', () => {
  expect(describeDifference(load(SMALL), load(`${SMALL}verify: []\n`))).toEqual([]);
});

test('a difference reads like a sentence about nodes and settings', () => {
  const before = load(SMALL);
  expect(describeDifference(before, load(SMALL))).toEqual([]);
  const after = load(SMALL, {
    hypervisors: 3,
    branch: 'master',
    set: ['groups.compute.localrc.A=1', 'groups.big.role=compute'],
  });
  expect(describeDifference(before, after)).toEqual([
    '+1 compute (2 → 3)',
    'groups.compute.localrc.A: (none) → 1',
    '+1 big (new group, compute)',
    'devstack.ref: stable/2026.1 → master',
  ]);
  expect(describeDifference(after, before)).toContain('−1 big (group removed)');
});
