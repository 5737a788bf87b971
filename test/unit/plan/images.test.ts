/** Which image a node gets. */
import { describe, expect, test } from 'vitest';
import { checkImage, distroOf, findImage, newestSupportedImage } from '../../../src/plan/images.ts';
import { image } from './cloud-fixture.ts';

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
    ['no version but one in its name', image('noble-1', { osDistro: 'linux' }), { distro: 'ubuntu', version: '24.04' }],
    [
      'an empty version',
      image('debian-12', { osDistro: 'debian', osVersion: '' }),
      { distro: 'debian', version: '12' },
    ],
    [
      'words for a name',
      image('x', { osDistro: 'Ubuntu Linux', osVersion: '22.04 LTS' }),
      { distro: 'ubuntu', version: '22.04' },
    ],
    [
      'a version that its name contradicts',
      image('ubuntu-24.04', { osDistro: 'ubuntu', osVersion: '20.04' }),
      { distro: 'ubuntu', version: '20.04' },
    ],
    [
      'a distribution nobody knows',
      image('debian-12', { osDistro: 'cirros', osVersion: '0.6' }),
      { distro: 'cirros', version: '0.6' },
    ],
    ['its name alone', image('debian-12'), { distro: 'debian', version: '12' }],
    ['nothing', image('golden'), null],
  ])('%s', (_what, subject, distro) => expect(distroOf(subject)).toEqual(distro));
});

describe('without a wish the best tested image that the branch supports is taken', () => {
  const chosen = (ref: string, ...images: Parameters<typeof newestSupportedImage>[0]): string => {
    const { name } = newestSupportedImage(images, ref);
    expect(newestSupportedImage(images.toReversed(), ref).name, 'in whatever order Glance lists them').toBe(name);
    return name;
  };
  const on = (date: string) => ({ createdAt: `${date}T00:00:00Z` });

  test('the default of DevStack’s own tests, however young others are', () => {
    const noble = image('golden', { osDistro: 'ubuntu', osVersion: '24.04', ...on('2025-02-01') });
    const others = [image('debian-12', on('2026-01-01')), image('rocky-9', on('2026-03-01')), image('fedora-44')];
    expect(chosen('stable/2026.1', noble, ...others)).toBe('golden');
    expect(chosen('f'.repeat(40), noble, ...others)).toBe('golden');
    expect(chosen('unmaintained/2024.1', noble, ...others)).toBe('debian-12');
  });
  test('the newest of two that are tested alike', () => {
    expect(chosen('master', image('debian-12', on('2026-01-02')), image('debian-13', on('2026-01-01')))).toBe(
      'debian-12',
    );
  });
  test('of two of one day the less demanding one', () => {
    expect(chosen('master', image('debian-12-big', { minRamMb: 4096 }), image('debian-12'))).toBe('debian-12');
  });
  test('of two alike the first by name', () => {
    expect(chosen('master', image('debian-12-b'), image('debian-12-a'))).toBe('debian-12-a');
  });
  test('one that has no vote, where there is no other', () => {
    expect(chosen('master', image('rocky-9'), image('jammy', on('2026-05-01')))).toBe('rocky-9');
    expect(chosen('stable/2025.1', image('rocky-9'), image('jammy', on('2026-05-01')))).toBe('jammy');
  });
  test('none is a named problem', () => {
    const images = [image('cirros'), image('debian-13'), image('noble', { status: 'queued' })];
    expect(() => newestSupportedImage(images, 'stable/2025.2')).toThrow(
      expect.objectContaining({
        code: 'image-not-found',
        message: 'no image of a distribution that DevStack stable/2025.2 supports',
      }),
    );
  });
});

describe('an image that is named', () => {
  const jammy = image('jammy');
  test('is refused where the branch does not run on what it holds, with a branch that does', () => {
    expect(() => checkImage(jammy, 'stable/2026.1', false)).toThrow(
      expect.objectContaining({
        code: 'distro',
        exitCode: 4,
        at: '--image',
        message:
          'image "jammy" holds ubuntu 22.04; DevStack stable/2026.1 supports Ubuntu 24.04; Debian 13, 12; Rocky, CentOS Stream, AlmaLinux, RHEL 10, 9',
        fix: 'choose another image, or --branch stable/2025.2; or pass --force if you know better',
      }),
    );
  });
  test('is refused where no branch does, whatever the ref', () => {
    const cirros = image('x', { osDistro: 'cirros', osVersion: '0.6.3' });
    for (const ref of ['master', '1'.repeat(40)]) {
      expect(() => checkImage(cirros, ref, false)).toThrow(
        expect.objectContaining({
          message: expect.stringContaining('image "x" holds cirros 0.6.3; DevStack') as string,
          fix: 'choose another image; or pass --force if you know better',
        }),
      );
    }
  });
  test('is taken by force', () => expect(checkImage(jammy, 'stable/2026.1', true)).toBeNull());
  test('is taken without a word where the branch is tested on it', () => {
    expect(checkImage(image('debian-12'), 'master', false)).toBeNull();
  });
  test('is taken with a warning where it has no vote, or the ref tells nothing', () => {
    expect(checkImage(image('rocky-9'), 'master', false)).toMatch(/^W2103 experimental: rocky 9 /);
    expect(checkImage(image('noble'), 'my-branch', false)).toMatch(
      /^W2102 distro: .* my-branch supports ubuntu 24\.04 /,
    );
  });
  test('is left to its server where it does not say what it holds', () => {
    expect(checkImage(image('golden'), 'master', false)).toBeNull();
    expect(checkImage(image('golden', { osDistro: 'ubuntu' }), 'master', false)).toBeNull();
  });
});
