/** Files and steps of a layout: what is read of them, and what is refused with its line. */
import { describe, expect, test } from 'vitest';
import { load, problemsOf, SMALL } from './small-layout.ts';

const STEP = 'name: seed, script: seed.sh, at: after-stack, repeat: once';

test('modes are taken as written, and what is not said has its default', () => {
  const text = `${SMALL}files: [{source: a.conf, path: /etc/a.conf, mode: 0600}, {source: b, path: /opt/b}]
steps: [{${STEP}, nodes: [compute]}]
`;
  expect(load(text).files).toEqual([
    { source: 'a.conf', path: '/etc/a.conf', mode: '0600', owner: 'root', nodes: [] },
    { source: 'b', path: '/opt/b', mode: '0644', owner: 'root', nodes: [] },
  ]);
  expect(load(text).steps).toEqual([
    { name: 'seed', script: 'seed.sh', at: 'after-stack', repeat: 'once', nodes: ['compute'] },
  ]);
});

describe('refused', () => {
  test.each([
    ['a path that is not whole', 'files: [{source: a, path: etc/a}]', 'files.0.path', /not a whole path/],
    ['a path with steps back', 'files: [{source: a, path: /etc/../a}]', 'files.0.path', /not a whole path/],
    ['a path that a shell would read', 'files: [{source: a, path: "/etc/$(id)"}]', 'files.0.path', /not a whole path/],
    ['a file of the builder', 'files: [{source: a, path: /opt/stack/devstack/local.conf}]', 'files.0.path', /own/],
    ['an odd mode', 'files: [{source: a, path: /a, mode: 999}]', 'files.0.mode', /not a mode/],
    ['an odd owner', 'files: [{source: a, path: /a, owner: "root;id"}]', 'files.0.owner', /not an owner/],
    ['nodes there are none of', 'files: [{source: a, path: /a, nodes: [computes]}]', 'files.0.nodes.0', /"compute"/],
    [
      'a path twice on a node',
      'files: [{source: a, path: /a, nodes: [compute]}, {source: b, path: /a}]',
      'files.1.path',
      /written twice/,
    ],
    [
      'a step without its repeat class',
      `steps: [{${STEP.replace(', repeat: once', '')}}]`,
      'steps.0.repeat',
      /missing/,
    ],
    ['an unknown barrier', `steps: [{${STEP.replace('after-stack', 'after-stacks')}}]`, 'steps.0.at', /"after-stack"/],
    ['two steps of one name', `steps: [{${STEP}}, {${STEP}}]`, 'steps.1.name', /two steps are called/],
    ['an unknown group', `steps: [{${STEP}, nodes: [nobody]}]`, 'steps.0.nodes.0', /groups and roles here/],
  ])('%s', (_what, line, at, message) => {
    const told = problemsOf(`${SMALL}${line}\n`).map((each) => `${each.at ?? ''}: ${each.message}; ${each.fix ?? ''}`);
    expect(told).toHaveLength(1);
    expect(told[0]).toMatch(/^layout\.yaml:8:\d+ {2}/);
    expect(told[0]).toContain(`  ${at}`);
    expect(told[0]).toMatch(message);
  });

  test('the same path on nodes that have nothing in common is no problem', () => {
    const line = 'files: [{source: a, path: /a, nodes: [controller]}, {source: b, path: /a, nodes: [compute]}]';
    expect(problemsOf(`${SMALL}${line}\n`)).toEqual([]);
  });
});
