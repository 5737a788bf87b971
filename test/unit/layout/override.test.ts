/** The command line has the last word over a layout, and is judged like it. */
import { expect, test } from 'vitest';
import { codesOf, load, problemsOf, SMALL } from './small-layout.ts';

test('--set reaches every kind of value', () => {
  const layout = load(SMALL, {
    set: [
      'groups.compute.count=4',
      'groups.controller.compute=false',
      'groups.compute.localrc.X=a=b',
      'services.remove=c-vol, c-api',
      'devstack.ref=2026.10',
      'groups.extra.role=compute',
      'defaults.flavor=12',
    ],
  });
  expect(layout.groups.map((group) => [group.name, group.count, group.compute])).toEqual([
    ['controller', 1, false],
    ['compute', 4, true],
    ['extra', 1, true],
  ]);
  expect(layout.groups[1]?.localrc).toEqual({ X: 'a=b' });
  expect(layout.services.remove).toEqual(['c-vol', 'c-api']);
  expect([layout.devstack.ref, layout.defaults.flavor]).toEqual(['2026.10', '12']);
});

test('an unknown path is told as the option, with the nearest known key', () => {
  const [problem] = problemsOf(SMALL, { set: ['devstack.rpo=https://x'] });
  expect(problem).toMatchObject({ code: 'unknown-key', at: '--set devstack.rpo=…', fix: 'did you mean "repo"?' });
});

test('a bad value is told as the option, without the value', () => {
  expect(codesOf(SMALL, { set: ['devstack.repo=https://a:hunter2@h/x', 'groups.compute.count=many'] })).toEqual([
    'secret-in-url --set devstack.repo=…  devstack.repo',
    'bad-value --set groups.compute.count=…  groups.compute.count',
  ]);
});

test.each(['foo', '=x', 'a..b=x', 'localrc=x', 'groups.compute=x', 'services.add.x=1'])(
  '--set %s is refused',
  (set) => {
    expect(problemsOf(SMALL, { set: [set] })).toHaveLength(1);
  },
);

test('--hypervisors counts the computes', () => {
  expect(load(SMALL, { hypervisors: 5 }).groups[1]?.count).toBe(5);
  expect(load(SMALL, { hypervisors: 0 }).groups[1]?.count).toBe(0);
  expect(codesOf(SMALL, { hypervisors: -1 })).toEqual(['bad-value --hypervisors  groups.compute.count']);
  const alone = 'version: 1\nname: x\ngroups: {c: {role: allinone}}\n';
  expect(codesOf(alone, { hypervisors: 2 })).toEqual(['bad-option --hypervisors']);
});

test('--flavor for all replaces what groups say, for a role or group it comes on top', () => {
  const text = SMALL.replace('compute: true}', 'compute: true, flavor: huge}');
  const layout = load(text, { flavor: ['compute=small', 'big'] });
  expect([layout.defaults.flavor, ...layout.groups.map((group) => group.flavor)]).toEqual(['big', null, 'small']);
  expect(codesOf(text, { flavor: ['comptue=x'] })).toEqual(['bad-option --flavor comptue=…']);
});

test('the other options go to their places', () => {
  const layout = load(SMALL, {
    image: 'i',
    branch: 'master',
    network: 'n',
    floatingNetwork: 'none',
    sshUser: 'debian',
    availabilityZone: 'az1',
  });
  expect(layout.defaults).toEqual({ image: 'i', flavor: null, user: 'debian', zone: 'az1' });
  expect(layout.devstack.ref).toBe('master');
  expect([layout.network.name, layout.network.floating]).toEqual(['n', 'none']);
});

test('over a place of the wrong kind, the file is to blame', () => {
  expect(codesOf(SMALL.replace('\n  GIT_DEPTH: 1', ' 3'), { set: ['localrc.A=1'] })).toEqual([
    'bad-value layout.yaml:3:10  localrc',
  ]);
});

test('places that are empty in the file are filled', () => {
  expect(load(SMALL.replace('\n  GIT_DEPTH: 1', ''), { set: ['localrc.A=1'] }).localrc).toEqual({ A: '1' });
});

test('a lock pins DevStack and its projects, and --set may still say otherwise', () => {
  const commit = 'c'.repeat(40);
  const lock = { devstack: commit, localrc: { NOVA_BRANCH: commit, NEUTRON_BRANCH: commit } };
  const layout = load(SMALL, { lock, set: ['localrc.NEUTRON_BRANCH=master'] });
  expect(layout.devstack).toMatchObject({ commit });
  expect(layout.localrc).toMatchObject({ NOVA_BRANCH: commit, NEUTRON_BRANCH: 'master' });
});
