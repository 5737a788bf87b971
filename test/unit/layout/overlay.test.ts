/** Addresses on the overlay: one for each node, the same for as long as it lives. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { assignOverlayAddresses, nodesInRange, OVERLAY_RANGE } from '../../../src/layout/overlay.ts';
import { rangesOverlap } from '../../../src/layout/ranges.ts';

const names = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,4}$/), { maxLength: 40 });

describe('every node has an address of its own', () => {
  test('from the first of the range on', () => {
    expect(assignOverlayAddresses('172.24.8.0/22', ['a', 'b'])).toEqual({ a: '172.24.8.1', b: '172.24.8.2' });
    const many = Array.from({ length: 300 }, (_, index) => `n${index}`);
    expect(assignOverlayAddresses('172.24.8.0/22', many)['n299']).toBe('172.24.9.44');
  });
  test('and keeps it whoever comes or goes', () => {
    fc.assert(
      fc.property(names, names, (before, after) => {
        const first = assignOverlayAddresses(OVERLAY_RANGE, before);
        const second = assignOverlayAddresses(OVERLAY_RANGE, after, first);
        expect(Object.keys(second).toSorted()).toEqual([...after].toSorted());
        for (const name of after) if (name in first) expect(second[name]).toBe(first[name]);
        const all = { ...first, ...second };
        expect(new Set(Object.values(all)).size).toBe(Object.keys(all).length);
      }),
    );
  });
  test('as long as there are any', () => {
    expect(nodesInRange('10.0.0.0/29')).toBe(6);
    const seven = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
    expect(Object.keys(assignOverlayAddresses('10.0.0.0/29', seven.slice(1)))).toHaveLength(6);
    expect(() => assignOverlayAddresses('10.0.0.0/29', seven)).toThrow('10.0.0.0/29 has no address left');
  });
});

test('the usual range is none of those that DevStack takes', () => {
  for (const range of [
    '10.1.0.0/20',
    '172.24.4.0/23',
    '172.24.5.0/24',
    '172.24.6.0/24',
    '172.17.0.0/16',
    '192.168.0.0/16',
  ])
    expect(rangesOverlap(OVERLAY_RANGE, range)).toBe(false);
});
