/** A cluster that an earlier builder began goes on with its layout. */
import { expect, test } from 'vitest';
import { describeDifference } from '../../../src/layout/difference.ts';
import { restoreLayout } from '../../../src/layout/restore.ts';
import { load, SMALL } from './small-layout.ts';

const OLD = {
  version: 1,
  name: 'small',
  devstack: { repo: 'https://opendev.org/openstack/devstack', ref: 'stable/2026.1', gitBase: null },
  defaults: { image: null, flavor: null, user: null, zone: null },
  network: { name: null, floating: null, fixedRange: '10.1.0.0/20', floatingRange: '172.24.5.0/24' },
  localrc: { GIT_DEPTH: '1' },
  services: { add: [], remove: [] },
  groups: [
    {
      name: 'controller',
      role: 'controller',
      count: 1,
      compute: true,
      image: null,
      flavor: null,
      zone: null,
      localrc: {},
      services: { add: [], remove: [] },
    },
    {
      name: 'compute',
      role: 'compute',
      count: 2,
      compute: true,
      image: null,
      flavor: null,
      zone: null,
      localrc: {},
      services: { add: [], remove: [] },
    },
  ],
};

test('a layout saved before cells, backends and TLS is the same layout as today', () => {
  // What is checked at the end of create is no part of the cluster, and could not be wished then.
  expect(restoreLayout(OLD)).toEqual({ ...load(SMALL), verify: [] });
  expect(describeDifference(restoreLayout(OLD), load(SMALL))).toEqual([]);
});

test('of a cluster known by its marks alone there is no layout', () => {
  expect(restoreLayout({})).toEqual({});
});

test('a layout saved today comes back as it is', () => {
  const layout = load(SMALL, {
    set: [
      'cells.count=2',
      'groups.compute.cell=2',
      'groups.compute.fake_hypervisors=3',
      'network.overlay=true',
      'tls=true',
    ],
  });
  expect(restoreLayout(JSON.parse(JSON.stringify(layout)))).toEqual(layout);
});
