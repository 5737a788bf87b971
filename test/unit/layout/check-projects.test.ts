/** Plugins and changes of a layout: what is read of them, and what is refused with its line. */
import { describe, expect, test } from 'vitest';
import { load, problemsOf, SMALL } from './small-layout.ts';

const HEAT = 'name: heat, repo: "https://opendev.org/openstack/heat"';

test('of a plugin what is not said has its default', () => {
  expect(load(`${SMALL}plugins: [{${HEAT}}]\n`).plugins).toEqual([
    { name: 'heat', repo: 'https://opendev.org/openstack/heat', ref: null, nodes: [], localrc: {}, services: {} },
  ]);
  const said = `{${HEAT}, ref: 1.10, nodes: [compute], localrc: {A: True}, services: {controller: {add: [h-api]}}}`;
  expect(load(`${SMALL}plugins: [${said}]\n`).plugins).toMatchObject([
    {
      ref: '1.10',
      nodes: ['compute'],
      localrc: { A: 'True' },
      services: { controller: { add: ['h-api'], remove: [] } },
    },
  ]);
});

test('a change is named in either of two ways', () => {
  const long = '{project: glance, ref: refs/changes/01/1/2, repo: "https://git/glance"}';
  expect(load(`${SMALL}changes: [nova: refs/changes/50/5050/1, ${long}]\n`).changes).toEqual([
    { project: 'nova', ref: 'refs/changes/50/5050/1', repo: 'https://review.opendev.org/openstack/nova' },
    { project: 'glance', ref: 'refs/changes/01/1/2', repo: 'https://git/glance' },
  ]);
});

test('a change may be pinned by its commit, as a lock file does', () => {
  const pinned = SMALL.replace('GIT_DEPTH: 1', `NOVA_BRANCH: ${'a'.repeat(40)}`);
  expect(problemsOf(`${pinned}changes: [nova: refs/changes/50/5050/1]\n`)).toEqual([]);
});

describe('refused', () => {
  test.each([
    ['a plugin twice', `plugins: [{${HEAT}}, {${HEAT}}]`, 'plugins.1.name', /enabled twice/],
    ['our own', 'plugins: [{name: builder, repo: "https://git/x"}]', 'plugins.0.name', /the builder has a plugin/],
    ['a name that is a path', 'plugins: [{name: ../x, repo: "https://git/x"}]', 'plugins.0.name', /not a name/],
    ['no repository', 'plugins: [{name: heat}]', 'plugins.0.repo', /is missing/],
    ['a password', 'plugins: [{name: a, repo: "https://me:hunter2@git/a"}]', 'plugins.0.repo', /credentials/],
    ['a URL that bash reads', 'plugins: [{name: a, repo: "https://git/$(id)"}]', 'plugins.0.repo', /the shell would/],
    ['a ref that git has not', `plugins: [{${HEAT}, ref: a..b}]`, 'plugins.0.ref', /not the name of a branch/],
    ['a group there is not', `plugins: [{${HEAT}, nodes: [computes]}]`, 'plugins.0.nodes.0', /did you mean "compute"/],
    ['a role there is not', `plugins: [{${HEAT}, nodes: [database]}]`, 'plugins.0.nodes.0', /groups and roles here: c/],
    [
      'services of a group there is not',
      `plugins: [{${HEAT}, services: {contoller: {add: [h-api]}}}]`,
      'plugins.0.services.contoller',
      /did you mean "controller"/,
    ],
    ['a key of ours', `plugins: [{${HEAT}, localrc: {HOST_IP: 1.2.3.4}}]`, 'plugins.0.localrc.HOST_IP', /itself/],
    ['an unknown key', `plugins: [{${HEAT}, branch: x}]`, 'plugins.0.branch', /unknown key/],
    ['an unknown project', 'changes: [nove: refs/changes/50/5050/1]', 'changes.0.nove', /did you mean "nova"/],
    ['a library', 'changes: [oslo.messaging: refs/changes/50/5050/1]', 'changes.0', /a library takes LIBS_FROM_GIT/],
    ['a branch', 'changes: [nova: master]', 'changes.0.nova', /not the ref of a change/],
    ['a wrong shard', 'changes: [nova: refs/changes/05/5050/1]', 'changes.0.nova', /did you mean "refs\/changes\/50/],
    ['no ref', 'changes: [{project: nova}]', 'changes.0', /ref is missing/],
    [
      'a misspelt key',
      'changes: [{project: nova, ref: refs/changes/01/1/1, rep: x}]',
      'changes.0.rep',
      /unknown key "rep"/,
    ],
    ['two in one', 'changes: [{nova: refs/changes/01/1/1, glance: refs/changes/01/1/1}]', 'changes.0', /one change/],
    [
      'a password in its repository',
      'changes: [{project: nova, ref: refs/changes/01/1/1, repo: "https://me:hunter2@git/x"}]',
      'changes.0.repo',
      /credentials/,
    ],
    [
      'a second change of a project',
      'changes: [nova: refs/changes/01/1/1, nova: refs/changes/02/2/1]',
      'changes.1',
      /rebases nothing, so it would undo the first/,
    ],
    [
      'a project that localrc has from elsewhere',
      'changes: [nova: refs/changes/01/1/1]\nservices: {add: [horizon]}',
      'changes.0',
      /NOVA_BRANCH in localrc/,
    ],
  ])('%s', (_what, lines, at, message) => {
    const localrc = lines.includes('horizon') ? 'GIT_DEPTH: 1\n  NOVA_BRANCH: master' : 'GIT_DEPTH: 1';
    const problems = problemsOf(`${SMALL.replace('GIT_DEPTH: 1', localrc)}${lines}\n`);
    const told = problems.map(({ at: place, message: text, fix }) => `${place ?? ''}: ${text}; ${fix ?? ''}`);
    expect(told).toHaveLength(1);
    expect(told[0]).toMatch(/^layout\.yaml:\d+:\d+ {2}/);
    expect(told[0]).toContain(`  ${at}`);
    expect(told[0]).toMatch(message);
    expect(told[0]).not.toContain('hunter2');
  });
});
