/** What is known before nodes join a cluster that exists. */
import { describe, expect, test } from 'vitest';
import { planNodes } from '../../../src/layout/nodes.ts';
import type { CloudFacts } from '../../../src/plan/preflight.ts';
import { type Joining, preflightAdded } from '../../../src/plan/preflight-added.ts';
import { load, SMALL } from '../layout/small-layout.ts';
import { choicesFor } from './choices-fixture.ts';
import { cloudFacts, flavor, image, server } from './cloud-fixture.ts';

const layout = load(SMALL.replace('count: 2', 'count: 3'));
const all = planNodes(layout);
const newcomers = all.filter(({ name }) => name === 'compute-3').map((node) => Object.assign({ generation: 2 }, node));
const like = { imageId: 'id-debian-12', flavorId: 'id-m1.large', zones: ['az2'] };
const JOINING: Joining = {
  clusterName: 'lab',
  layout,
  nodes: newcomers,
  choices: choicesFor([], { nodes: { 'compute-1': like, 'compute-2': like }, floatingNetworkId: 'ext' }),
  present: [
    { name: 'controller', group: 'controller' },
    { name: 'compute-1', group: 'compute' },
  ],
  isForced: false,
};
const CLOUD: CloudFacts = cloudFacts({
  images: [image('debian-12', { osDistro: 'debian', osVersion: '12' })],
  flavors: [flavor('m1.large', 4, 8192, 80)],
});

const codes = (joining: Joining, cloud = CLOUD): readonly string[] => {
  try {
    preflightAdded(joining, cloud);
    return [];
  } catch (error) {
    const { problems, code } = error as { problems: readonly { code: string }[]; code: string };
    return problems.length === 0 ? [code] : problems.map((problem) => problem.code);
  }
};

describe('who joins', () => {
  test('gets what its group has, and only it is counted', () => {
    const { choices, quota, nodes } = preflightAdded(JOINING, CLOUD);
    expect(choices).toEqual({ 'compute-3': like });
    expect(nodes).toEqual([{ node: 'compute-3', role: 'compute', image: 'debian-12', flavor: 'm1.large' }]);
    expect(quota.map(({ kind, wanted }) => `${kind} ${wanted}`)).toEqual([
      'servers 1',
      'cores 4',
      'ramMb 8192',
      'ports 1',
      'floatingIps 1',
    ]);
    const fixed = { ...JOINING, choices: { ...JOINING.choices, floatingNetworkId: null } };
    expect(preflightAdded(fixed, CLOUD).quota.map(({ kind }) => kind)).not.toContain('floatingIps');
  });

  test('of a group that has nobody gets what its layout says', () => {
    const alone = { ...JOINING, present: [{ name: 'controller', group: 'controller' }] };
    expect(preflightAdded(alone, CLOUD).choices['compute-3']).toMatchObject({
      imageId: 'id-debian-12',
      flavorId: 'id-m1.large',
    });
    const forced = { ...alone, choices: { ...alone.choices, isDistroForced: true } };
    expect(codes(forced)).toEqual([]);
    expect(codes({ ...alone, isForced: true })).toEqual([]);
    expect(codes(alone, { ...CLOUD, images: [] })).toEqual(['image-not-found']);
  });

  test('is refused with all that is wrong at once', () => {
    const full = { ...CLOUD.quotas, servers: { limit: 3, used: 3 } };
    const broken = { ...CLOUD, flavors: [], hasKeypair: false, quotas: full };
    expect(codes(JOINING, broken)).toEqual(['flavor-not-found', 'keypair-not-found']);
    expect(codes(JOINING, { ...CLOUD, images: [] })).toEqual(['image-not-found']);
    expect(codes(JOINING, { ...CLOUD, quotas: full })).toEqual(['quota']);
  });

  test('twice for one reason is told once', () => {
    const two = { ...JOINING, nodes: [...newcomers, ...newcomers] };
    expect(codes(two, { ...CLOUD, images: [] })).toEqual(['image-not-found']);
  });

  test('finds its name free: the servers that are there are no hindrance, a stranger is', () => {
    const named = (name: string): CloudFacts => ({
      ...CLOUD,
      survey: { ...CLOUD.survey, servers: [server('s', { name })] },
    });
    expect(codes(JOINING, named('dsb-lab-compute-1-g1'))).toEqual([]);
    expect(codes(JOINING, named('dsb-lab-compute-3-g2'))).toEqual(['name-clash']);
  });

  test('nobody: nothing is asked for', () => {
    expect(preflightAdded({ ...JOINING, nodes: [] }, { ...CLOUD, hasKeypair: false })).toEqual({
      choices: {},
      quota: [],
      nodes: [],
    });
  });
});
