/** Which image and flavor a node gets. */
import { describe, expect, test } from 'vitest';
import { checkFlavor, chooseFlavor, distroOf, findImage, newestSupportedImage } from '../../../src/plan/images.ts';
import { flavor, image } from './cloud-fixture.ts';

const NEEDS = { minimum: { vcpus: 4, ramMb: 8192, diskGb: 40 }, comfortable: { vcpus: 8, ramMb: 16_384, diskGb: 80 } };

describe('an image is exactly one active match', () => {
  const images = [
    image('noble'),
    image('twin', { id: 'a' }),
    image('twin', { id: 'b' }),
    image('old', { status: 'deactivated' }),
  ];
  test('by name', () => expect(findImage(images, 'noble', '--image').id).toBe('id-noble'));
  test('by id, also where the name is ambiguous', () => expect(findImage(images, 'b', '--image').id).toBe('b'));
  test.each([
    ['missing', 'image-not-found'],
    ['twin', 'image-ambiguous'],
    ['old', 'image-not-active'],
  ])('%s is %s', (name, code) => {
    expect(() => findImage(images, name, '--image')).toThrow(expect.objectContaining({ code }));
  });
});

describe('what an image holds is told by Glance, else by its name', () => {
  test.each([
    ['both properties', image('x', { osDistro: 'ubuntu', osVersion: '24.04' }), { distro: 'ubuntu', version: '24.04' }],
    [
      'a version by name only',
      image('golden-24.04-ubuntu', { osDistro: 'ubuntu' }),
      { distro: 'ubuntu', version: '24.04' },
    ],
    ['no version anywhere', image('golden', { osDistro: 'ubuntu' }), { distro: 'ubuntu', version: '' }],
    ['its name alone', image('debian-12'), { distro: 'debian', version: '12' }],
    ['nothing', image('golden'), null],
  ])('%s', (_what, subject, distro) => expect(distroOf(subject)).toEqual(distro));
});

describe('without a wish the newest image of a supported distribution is taken', () => {
  test('by its properties or its name', () => {
    const images = [
      image('debian-12', { createdAt: '2025-01-01T00:00:00Z' }),
      image('golden', { osDistro: 'ubuntu', osVersion: '24.04', createdAt: '2026-02-01T00:00:00Z' }),
      image('fedora-44', { createdAt: '2026-05-01T00:00:00Z' }),
      image('cirros', { createdAt: '2026-06-01T00:00:00Z' }),
    ];
    expect(newestSupportedImage(images).name).toBe('golden');
  });
  test('of two of one day the less demanding one', () => {
    const images = [image('debian-12-big', { minRamMb: 4096 }), image('debian-12')];
    expect(newestSupportedImage(images).name).toBe('debian-12');
  });
  test('of two alike the first by name, in whatever order Glance lists them', () => {
    const images = [image('debian-12-b'), image('debian-12-a')];
    expect(newestSupportedImage(images).name).toBe('debian-12-a');
    expect(newestSupportedImage(images.toReversed()).name).toBe('debian-12-a');
  });
  test('none is a named problem', () => {
    expect(() => newestSupportedImage([image('cirros')])).toThrow(expect.objectContaining({ code: 'image-not-found' }));
  });
});

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
