/** Every problem before the first effect. */
import { describe, expect, test } from 'vitest';
import { BuilderError } from '../../../src/errors.ts';
import type { Layout } from '../../../src/layout/layout.ts';
import { planNodes } from '../../../src/layout/nodes.ts';
import { type CloudFacts, preflight, type Wishes } from '../../../src/plan/preflight.ts';
import { load, SMALL } from '../layout/small-layout.ts';
import { cloudFacts, EMPTY_SURVEY, image, mark, server } from './cloud-fixture.ts';

const LAYOUT = load(SMALL, { hypervisors: 1, branch: 'master' });
const NODES = planNodes(LAYOUT);
const WISHES: Wishes = {
  clusterName: 'lab',
  keyName: null,
  isForced: false,
  sshTimeoutMs: 600_000,
  ownAddresses: [],
  commit: 'c'.repeat(40),
  uploads: { patches: null, plugin: null, repositories: null, fragments: {} },
  projects: { plugins: [], changes: [] },
  userParts: { files: [], steps: [] },
  isOverlapped: true,
};

function problemsOf(run: () => unknown): readonly { code: string; exit: number }[] {
  try {
    run();
  } catch (error) {
    if (!(error instanceof BuilderError)) throw error;
    const all = error.problems.length > 0 ? error.problems : [error];
    return all.map(({ code, exitCode }) => ({ code, exit: exitCode }));
  }
  return [];
}

test('what nobody named is chosen and recorded', () => {
  const { choices, nodes } = preflight(LAYOUT, NODES, cloudFacts(), WISHES);
  expect(choices).toMatchObject({
    networkName: 'private',
    floatingNetworkId: 'id-public',
    user: 'debian',
    keyName: null,
    devstack: { ref: 'master', commit: WISHES.commit },
  });
  expect(choices.nodes['compute-1']?.zones).toEqual(['az1', 'az2']);
  expect(nodes.map((chosen) => [chosen.node, chosen.flavor, chosen.image])).toEqual([
    ['controller', 'large', 'debian-12'],
    ['compute-1', 'medium', 'debian-12'],
  ]);
});

test('on an overlay every node has its address, and frames are smaller by what VXLAN takes', () => {
  const layout = { ...LAYOUT, network: { ...LAYOUT.network, overlay: true } };
  expect(preflight(layout, NODES, cloudFacts(), WISHES).choices.overlay).toEqual({
    range: '172.24.8.0/22',
    mtu: 1400,
    addresses: { controller: '172.24.8.1', 'compute-1': '172.24.8.2' },
  });
});

describe('every problem is found before anything is created', () => {
  test.each<[string, Partial<Layout['defaults']>, string]>([
    ['a missing image', { image: 'nope' }, 'image-not-found'],
    ['a missing flavor', { flavor: 'nope' }, 'flavor-not-found'],
    ['a small flavor', { flavor: 'tiny' }, 'flavor-small'],
    ['an unknown zone', { zone: 'nope' }, 'zone-not-found'],
  ])('%s', (_name, defaults, code) => {
    const layout = { ...LAYOUT, defaults: { ...LAYOUT.defaults, ...defaults } };
    expect(problemsOf(() => preflight(layout, NODES, cloudFacts(), WISHES)).map((problem) => problem.code)).toContain(
      code,
    );
  });
  test('an unknown network', () => {
    const layout = { ...LAYOUT, network: { ...LAYOUT.network, name: 'nope' } };
    expect(problemsOf(() => preflight(layout, NODES, cloudFacts(), WISHES))).toEqual([
      { code: 'network-not-found', exit: 2 },
    ]);
  });
  test('a network without addresses for the servers', () => {
    const subnets = [{ id: 'sub-private', networkId: 'id-private', cidr: 'fd00::/64', ipVersion: 6 as const }];
    const layout = { ...LAYOUT, network: { ...LAYOUT.network, name: 'private' } };
    expect(() => preflight(layout, NODES, cloudFacts({ subnets }), WISHES)).toThrow(
      expect.objectContaining({ code: 'network-not-found', message: 'network "private" has no IPv4 subnet' }),
    );
  });
  test('a range of DevStack that holds the servers’ own addresses', () => {
    const layout = { ...LAYOUT, network: { ...LAYOUT.network, floatingRange: '10.0.0.0/28' } };
    expect(problemsOf(() => preflight(layout, NODES, cloudFacts(), WISHES))).toEqual([
      { code: 'cidr-overlap', exit: 2 },
    ]);
  });
  test('an overlay whose addresses are the servers’ own, but only where there is one', () => {
    const network = { ...LAYOUT.network, overlayRange: '10.0.0.0/26' };
    const overlapping = { ...LAYOUT, network: { ...network, overlay: true } };
    expect(problemsOf(() => preflight(overlapping, NODES, cloudFacts(), WISHES))).toEqual([
      { code: 'cidr-overlap', exit: 2 },
    ]);
    expect(preflight({ ...LAYOUT, network }, NODES, cloudFacts(), WISHES).choices.overlay).toBeNull();
  });
  test('an exhausted quota', () => {
    const facts = cloudFacts();
    const short = { ...facts, quotas: { ...facts.quotas, servers: { limit: 1, used: 0 } } };
    expect(problemsOf(() => preflight(LAYOUT, NODES, short, WISHES))).toEqual([{ code: 'quota', exit: 4 }]);
  });
  test('a keypair that does not exist', () => {
    expect(
      problemsOf(() => preflight(LAYOUT, NODES, cloudFacts({ hasKeypair: false }), { ...WISHES, keyName: 'k' })),
    ).toEqual([{ code: 'keypair-not-found', exit: 2 }]);
  });
  test.each([
    ['of another cluster', mark('create-server/controller', { cluster: 'other' }), 'belongs to cluster other'],
    ['of somebody else', null, 'is not ours'],
  ])('a server %s under a name of ours', (_whose, itsMark, owner) => {
    const stranger = server('s', { name: 'dsb-lab-controller-g1', mark: itsMark });
    const facts = cloudFacts({ survey: { ...EMPTY_SURVEY, servers: [stranger] } });
    expect(problemsOf(() => preflight(LAYOUT, NODES, facts, WISHES))).toEqual([{ code: 'name-clash', exit: 10 }]);
    expect(() => preflight(LAYOUT, NODES, facts, WISHES)).toThrow(`server "dsb-lab-controller-g1" (s) ${owner}`);
  });
  test('all of them at once, each once', () => {
    const layout = {
      ...LAYOUT,
      defaults: { image: 'nope', flavor: null, user: null, zone: null },
      network: { ...LAYOUT.network, name: 'nope' },
    };
    const found = problemsOf(() =>
      preflight(layout, NODES, cloudFacts({ hasKeypair: false }), { ...WISHES, keyName: 'k' }),
    );
    expect(found.map(({ code }) => code)).toEqual(['image-not-found', 'network-not-found', 'keypair-not-found']);
  });
});

test('a bug in a check is no problem of the cloud', () => {
  const bug = new TypeError('a bug');
  const facts: CloudFacts = {
    ...cloudFacts(),
    get images(): never {
      throw bug;
    },
  };
  expect(() => preflight(LAYOUT, NODES, facts, WISHES)).toThrow(bug);
});

test('a zone that is named is the only one tried', () => {
  const layout = { ...LAYOUT, defaults: { ...LAYOUT.defaults, zone: 'az2' } };
  const { choices } = preflight(layout, NODES, cloudFacts(), WISHES);
  expect(Object.values(choices.nodes).map(({ zones }) => zones)).toEqual([['az2'], ['az2']]);
});

describe('the user on the nodes', () => {
  test.each<[string, string | null, string, string]>([
    ['is the one that is named', 'admin', 'debian-12', 'admin'],
    ['is else the one of the image’s distribution', null, 'ubuntu-24.04', 'ubuntu'],
    ['is made where the image says nothing of itself', null, 'golden', 'builder'],
  ])('%s', (_what, user, name, chosen) => {
    const layout = { ...LAYOUT, defaults: { ...LAYOUT.defaults, user, image: name } };
    expect(preflight(layout, NODES, cloudFacts({ images: [image(name)] }), WISHES).choices.user).toBe(chosen);
  });
});

test('no floating IP is counted where none is needed', () => {
  const facts = cloudFacts({ quotas: { ...cloudFacts().quotas, floatingIps: { limit: 0, used: 0 } } });
  expect(problemsOf(() => preflight(LAYOUT, NODES, facts, { ...WISHES, ownAddresses: ['10.0.0.9'] }))).toEqual([]);
});

describe('a distribution that the branch does not run on', () => {
  const images = [image('jammy'), image('rocky-9'), image('debian-12')];
  const wanting = (name: string, localrc: Layout['localrc'] = {}): Layout => ({
    ...LAYOUT,
    defaults: { ...LAYOUT.defaults, image: name },
    localrc,
  });

  test('is refused once for all nodes', () => {
    expect(problemsOf(() => preflight(wanting('jammy'), NODES, cloudFacts({ images }), WISHES))).toEqual([
      { code: 'distro', exit: 4 },
    ]);
  });
  test.each<[string, Layout, boolean]>([
    ['by --force', wanting('jammy'), true],
    ['by DevStack’s own word for it', wanting('jammy', { FORCE: 'yes' }), false],
  ])('is taken %s', (_how, layout, isForced) => {
    const { choices, warnings } = preflight(layout, NODES, cloudFacts({ images }), { ...WISHES, isForced });
    expect(choices.isDistroForced).toBe(true);
    expect(warnings).toEqual([]);
  });
  test('is told once where it is allowed and doubtful', () => {
    const { choices, warnings } = preflight(wanting('rocky-9'), NODES, cloudFacts({ images }), WISHES);
    expect(warnings).toEqual([expect.stringContaining('W2103 experimental: rocky 9 ')]);
    expect(choices.isDistroForced).toBe(false);
  });
});
