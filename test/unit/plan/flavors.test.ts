/** Which flavor a node gets. */
import { describe, expect, test } from 'vitest';
import { checkFlavor, chooseFlavor } from '../../../src/plan/flavors.ts';
import { flavor, image } from './cloud-fixture.ts';

const NEEDS = { minimum: { vcpus: 4, ramMb: 8192, diskGb: 40 }, comfortable: { vcpus: 8, ramMb: 16_384, diskGb: 80 } };

describe('a flavor fits role and image', () => {
  const flavors = [
    flavor('huge', 32, 65_536, 200),
    flavor('large', 8, 16_384, 80),
    flavor('medium', 4, 8192, 40),
    flavor('tiny', 1, 512, 1),
  ];
  test('the smallest comfortable one is chosen', () =>
    expect(chooseFlavor(flavors, null, NEEDS, image('i')).name).toBe('large'));
  test('else the smallest that reaches the minimum', () => {
    expect(chooseFlavor(flavors.slice(2), null, NEEDS, image('i')).name).toBe('medium');
  });
  test.each([
    ['memory', flavor('a', 8, 32_768, 80), flavor('z', 8, 16_384, 80)],
    ['vCPUs', flavor('a', 16, 16_384, 80), flavor('z', 8, 16_384, 80)],
    ['disk', flavor('a', 8, 16_384, 160), flavor('z', 8, 16_384, 80)],
    ['name', flavor('zz', 8, 16_384, 80), flavor('z', 8, 16_384, 80)],
  ])('the smallest is told by %s where what counts more is equal', (_what, larger, smaller) => {
    expect(chooseFlavor([larger, smaller], null, NEEDS, image('i')).name).toBe('z');
    expect(chooseFlavor([smaller, larger], null, NEEDS, image('i')).name).toBe('z');
  });
  test('none is a named problem', () => {
    expect(() => chooseFlavor(flavors.slice(3), null, NEEDS, image('i'))).toThrow(
      expect.objectContaining({ code: 'flavor-not-found' }),
    );
  });
  test('a wish is taken by its word and then checked', () => {
    const tiny = chooseFlavor(flavors, 'tiny', NEEDS, image('i'));
    expect(() => checkFlavor(tiny, image('i'), NEEDS.minimum, 'a controller', false)).toThrow(
      'flavor tiny has 1 vCPUs, a controller needs 4; 0.5 GiB of memory, a controller needs 8 GiB; 1 GB of disk, a controller needs 40',
    );
  });
  test('--force passes the role but never the image', () => {
    const tiny = chooseFlavor(flavors, 'tiny', NEEDS, image('i'));
    expect(() => checkFlavor(tiny, image('i'), NEEDS.minimum, 'a controller', true)).not.toThrow();
    const hungry = image('hungry', { minRamMb: 4096 });
    expect(() => checkFlavor(tiny, hungry, NEEDS.minimum, 'a controller', true)).toThrow('image hungry needs 4 GiB');
    const wide = image('wide', { minDiskGb: 20 });
    expect(() => checkFlavor(tiny, wide, NEEDS.minimum, 'a controller', true)).toThrow(
      'flavor tiny has 1 GB of disk, image wide needs 20',
    );
  });
});
