/** Distributions by all the names they are given. */
import { describe, expect, test } from 'vitest';
import { describeReleases, distroFromName, loginUserOf, releaseOf, tierOf } from '../../../src/roles/distros.ts';

test.each([
  ['rocky', '9.4', 'rhel9'],
  ['centos', '9-stream', 'rhel9'],
  ['almalinux', '10.0', 'rhel10'],
  ['rhel', '8.10', 'rhel8'],
  ['debian', '12', 'bookworm'],
  ['debian', 'trixie', 'trixie'],
  ['ubuntu', '24.04', 'noble'],
  ['Ubuntu', '26.04 LTS', 'resolute'],
  ['openEuler', '22.03', 'openEuler-22.03'],
  ['debian', '10', null],
  ['debian', '122', null],
  ['debian', '', null],
  ['ubuntu', '20.04', null],
  ['fedora', '44', null],
])('%s %s is DevStack’s %s', (distro, version, release) => expect(releaseOf({ distro, version })).toBe(release));

test('DevStack’s gate has one default, and votes on two more', () => {
  expect(['noble', 'bookworm', 'trixie', 'jammy', 'resolute', 'rhel9'].map(tierOf)).toEqual([
    'default',
    'tested',
    'tested',
    'experimental',
    'experimental',
    'experimental',
  ]);
});

describe('an image’s name tells', () => {
  test.each([
    ['Ubuntu-24.04-noble-amd64', 'ubuntu', '24.04'],
    ['noble-server-cloudimg-amd64', 'ubuntu', '24.04'],
    ['debian-12', 'debian', '12'],
    ['debian-13-genericcloud-amd64-20260112-1989', 'debian', '13'],
    ['bookworm', 'debian', '12'],
    ['Rocky-8-GenericCloud-8.10-20240528', 'rocky', '8'],
    ['rocky-8.10', 'rocky', '8'],
    ['rhel9', 'rhel', '9'],
    ['Rocky-10-GenericCloud-Base.latest', 'rocky', '10'],
    ['CentOS-Stream-GenericCloud-9-20260105', 'centos', '9'],
    ['openEuler-22.03-LTS-SP3', 'openeuler', '22.03'],
  ])('%s', (name, distro, version) => expect(distroFromName(name)).toEqual({ distro, version }));
  test.each(['cirros-0.6.3', 'golden', 'ubuntu', 'ubuntu-20.04', 'el9', 'ignoble-1', ''])('nothing: %s', (name) => {
    expect(distroFromName(name)).toBeNull();
  });
});

test('each has its login user, as far as anybody told', () => {
  expect(loginUserOf('debian')).toBe('debian');
  expect(loginUserOf('Rocky')).toBe('rocky');
  expect(loginUserOf('openEuler')).toBeNull();
  expect(loginUserOf('plan9')).toBeNull();
});

test('releases are called as people call them', () => {
  expect(describeReleases(['rhel9', 'noble', 'jammy', 'bookworm'])).toBe(
    'Ubuntu 24.04, 22.04; Debian 12; Rocky, CentOS Stream, AlmaLinux, RHEL 9',
  );
  expect(describeReleases([])).toBe('');
});
