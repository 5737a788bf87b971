/** Numbers of computes of a layout that is saved. */
import { describe, expect, test } from 'vitest';
import { changedCounts, saysOnlyCounts, typedCounts, withCounts } from '../../../src/layout/counts.ts';
import { load, SMALL } from './small-layout.ts';

const layout = load(SMALL);
const several = load(`${SMALL}  other: {role: compute, count: 1}\n`);

describe('what the command line says', () => {
  test('numbers of the only group of computes, or of a named one; the last word counts', () => {
    expect(typedCounts(layout, { hypervisors: 3 })).toEqual(new Map([['compute', 3]]));
    expect(typedCounts(layout, { hypervisors: 3, set: ['groups.compute.count=4', 'localrc.A=1'] })).toEqual(
      new Map([['compute', 4]]),
    );
    expect(typedCounts(several, { hypervisors: 3, set: ['groups.other.count=0'] })).toEqual(new Map([['other', 0]]));
  });

  test('is about numbers alone, or about more', () => {
    expect(saysOnlyCounts(layout, { hypervisors: 3, flavor: [], set: ['groups.compute.count=4'] })).toBe(true);
    expect(saysOnlyCounts(several, { hypervisors: 3 })).toBe(false);
    expect(saysOnlyCounts(layout, { hypervisors: 3, image: 'debian' })).toBe(false);
    expect(saysOnlyCounts(layout, { set: ['localrc.A=1'] })).toBe(false);
    expect(saysOnlyCounts(layout, { set: ['groups.controller.count=1'] })).toBe(false);
    expect(saysOnlyCounts(layout, { set: ['groups.nobody.count=1'] })).toBe(false);
  });
});

describe('another number', () => {
  test('is all that changes', () => {
    const more = withCounts(layout, new Map([['compute', 5]]));
    expect(more.groups.map(({ name, count }) => `${name} ${count}`)).toEqual(['controller 1', 'compute 5']);
    expect(changedCounts(layout, more)).toEqual(['compute']);
    expect(changedCounts(layout, layout)).toEqual([]);
  });

  test.each<[string, ReturnType<typeof load>, string, number, string]>([
    ['more than any controller serves', layout, 'compute', 251, 'bad-value'],
    [
      'more than the overlay network has addresses for',
      load(SMALL, { set: ['network.overlay=true', 'network.overlay_range=172.24.8.0/26'] }),
      'compute',
      62,
      'bad-value',
    ],
    ['no hypervisor at all', load(SMALL.replace(', compute: true', '')), 'compute', 0, 'roles'],
    [
      'two nodes of one name',
      load(`${SMALL}  compute-3: {role: messaging}\n`.replace('role: messaging', 'role: compute, count: 0')),
      'x',
      0,
      '',
    ],
  ])('cannot be %s', (_what, from, group, count, code) => {
    if (code === '') expect(withCounts(from, new Map([[group, count]]))).toEqual(from);
    else expect(() => withCounts(from, new Map([[group, count]]))).toThrow(expect.objectContaining({ code }));
  });

  test('cannot give two hypervisors one name', () => {
    const fakes = load(
      `${SMALL}  compute-1: {role: compute, count: 1, fake_hypervisors: 2}\n`.replace('count: 2', 'count: 0'),
    );
    const twin = {
      ...fakes,
      groups: fakes.groups.map((group) =>
        Object.assign({}, group, { fakeHypervisors: group.name === 'compute' ? 12 : null }),
      ),
    };
    expect(() => withCounts(twin, new Map([['compute', 12]]))).toThrow(
      expect.objectContaining({ code: 'duplicate-name' }),
    );
  });
});

test('any other difference is no matter of numbers', () => {
  expect(changedCounts(layout, load(SMALL, { branch: 'master' }))).toBeNull();
  expect(changedCounts(layout, several)).toBeNull();
  const noController = withCounts(layout, new Map([['controller', 0]]));
  expect(changedCounts(layout, noController)).toBeNull();
});
