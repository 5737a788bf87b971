/** Layout files are read completely or refused with every problem and its line. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readLayout } from '../../../src/layout/read.ts';
import { codesOf, load, problemsOf, SMALL } from './small-layout.ts';

describe('a valid layout', () => {
  test('what is not said gets its default', () => {
    const layout = load(SMALL);
    expect(layout.devstack).toEqual({
      repo: 'https://opendev.org/openstack/devstack',
      ref: 'stable/2026.1',
      commit: null,
      gitBase: null,
    });
    expect(layout.network).toEqual({
      backend: 'ovn',
      name: null,
      floating: null,
      fixedRange: '10.1.0.0/20',
      floatingRange: '172.24.5.0/24',
      overlay: false,
      overlayRange: '172.24.8.0/22',
    });
    expect(layout.groups.map((group) => [group.name, group.count, group.compute])).toEqual([
      ['controller', 1, true],
      ['compute', 2, true],
    ]);
  });

  test('text is taken as written, not as YAML would compute it', () => {
    const localrc = '{A: 1.10, B: True, C: 0x1F, D: 0o17, E: "", F: 1e3}';
    const layout = load(
      `version: 1\nname: x\ndevstack: {ref: 2026.10}\nlocalrc: ${localrc}\ngroups: {c: {role: allinone}}\n`,
    );
    expect(layout.localrc).toEqual({ A: '1.10', B: 'True', C: '0x1F', D: '0o17', E: '', F: '1e3' });
    expect(layout.devstack.ref).toBe('2026.10');
  });

  test.each(['layouts/multinode.yaml', 'layouts/all-in-one.yaml', 'test/layouts/real-multinode.yaml'])(
    '%s is valid',
    (file) => {
      expect(readLayout(readFileSync(file, 'utf8'), file).version).toBe(1);
    },
  );

  test('a value left empty counts as not said', () => {
    expect(load(SMALL.replace('count: 2}', 'count: 2, image: }')).groups[1]?.image).toBeNull();
  });
});

describe('problems', () => {
  test('all are told at once, each at its line and column', () => {
    const text = `version: 2
nme: x
devstack: {repo: "https://me:secret@host/x"}
network: {fixed_range: 172.24.0.0/16}
groups:
  controller: {role: contoller}
  "a; rm": {role: compute, count: 300}
`;
    expect(codesOf(text)).toEqual([
      'bad-value layout.yaml:1:10  version',
      'bad-value layout.yaml:1:1  name',
      'secret-in-url layout.yaml:3:18  devstack.repo',
      'bad-value layout.yaml:6:22  groups.controller.role',
      'bad-value layout.yaml:7:35  groups.a; rm.count',
      'unknown-key layout.yaml:2:1  nme',
      'cidr-overlap layout.yaml:4:24  network.fixed_range',
      'bad-name layout.yaml:7:3  groups.a; rm',
    ]);
  });

  test('a secret in a URL is never repeated', () => {
    const text = `${SMALL}devstack: {repo: "https://me:hunter2@host/x", git_base: "https://hunter2@host"}\n`;
    const told = problemsOf(text.replace('GIT_DEPTH: 1', 'NOVA_REPO: "https://me:hunter2@host/x"'));
    expect(told.map((problem) => problem.code)).toEqual(['secret-in-url', 'secret-in-url', 'secret-in-url']);
    expect(told.map((problem) => `${problem.message} ${problem.at ?? ''} ${problem.fix ?? ''}`).join()).not.toContain(
      'hunter2',
    );
  });

  test('an unknown key comes with the nearest known one', () => {
    const [problem] = problemsOf(SMALL.replace('count: 2', 'cuont: 2'));
    expect(problem).toMatchObject({
      code: 'unknown-key',
      fix: 'did you mean "count"?',
      at: 'layout.yaml:7:28  groups.compute.cuont',
    });
  });

  test.each([
    ['anchors and aliases', 'a: &x 1\nb: *x\n', ['layout-too-big', 'layout-too-big']],
    ['anchors on lists', 'a: &x [1]\n', ['layout-too-big']],
    ['merge keys', '<<: {a: 1}\n', ['yaml']],
    ['custom tags', 'a: !js 1\n', ['yaml']],
    ['keys that are no text', '? [a]\n: 1\n', ['yaml']],
    ['bad syntax', 'a: [b\n', ['yaml']],
    ['two documents', 'a: 1\n---\nb: 1\n', ['yaml']],
    ['an older YAML', '%YAML 1.1\n---\na: yes\n', ['yaml']],
    ['one key twice', 'a: 1\na: 2\n', ['duplicate-name']],
    ['no mapping at all', '[1]', ['bad-value']],
    ['an empty file', '', ['bad-value']],
  ])('%s: refused', (_, text, codes) => {
    expect(problemsOf(text).map((problem) => problem.code)).toEqual(codes);
  });

  test.each([
    ['deep nesting', '['.repeat(300_000)],
    ['many nodes', 'a,'.repeat(5_000)],
    ['many lists in a line', '- '.repeat(50_000)],
    ['many bytes', `# ${'x'.repeat(1024 * 1024)}`],
  ])('%s: refused before it is parsed', (_, text) => {
    expect(problemsOf(`[${text}`).map((problem) => problem.code)).toEqual(['layout-too-big']);
  });

  test('no key gets lost, not even one that JavaScript treats specially', () => {
    const text = `${SMALL}__proto__: {a: 1}\ndevstack: {__proto__: 1}\n`.replace('GIT_DEPTH: 1', '__proto__: 1');
    expect(problemsOf(text).map((problem) => problem.code)).toEqual(['unknown-key', 'unknown-key', 'bad-value']);
  });
});

describe('any text at all', () => {
  const word = fc.constantFrom(
    'version: 1',
    'name: ',
    'groups:',
    '  a: ',
    '{role: ',
    'compute',
    '- ',
    '}',
    '[',
    '\n',
    ': ',
    '&x ',
    '*x',
    '? ',
    "'",
  );

  test('is a layout or a BuilderError, never a crash', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.array(word).map((words) => words.join('')),
        ),
        (text) => {
          problemsOf(text);
        },
      ),
      { numRuns: 500 },
    );
  });

  test('a value that has no text is refused where a word is wanted', () => {
    const strange = '{toString: none}';
    const plugin = 'plugins: [{name: heat, repo: https://example.org/heat, nodes: [c]}]';
    const layout = `version: 1\nname: x\nlocalrc: {A: ${strange}}\ngroups: {c: {role: ${strange}}}\n${plugin}\n`;
    expect(codesOf(`${layout}changes: [nova: refs/changes/50/5050/1]\n`)).toEqual([
      expect.stringMatching(/^bad-value .* localrc\.A$/),
      expect.stringMatching(/^bad-value .* groups\.c\.role$/),
    ]);
  });

  test('any value in any place of a layout is judged, never a crash', () => {
    const path = fc.constantFrom(
      'name',
      'devstack',
      'devstack.repo',
      'network.fixed_range',
      'localrc',
      'localrc.A',
      'groups',
      'groups.compute',
      'groups.compute.count',
      'groups.compute.services',
      'services.add',
      'defaults.user',
    );
    fc.assert(
      fc.property(path, fc.jsonValue({ maxDepth: 2 }), (place, value) => {
        const base: Record<string, unknown> = {
          version: 1,
          name: 'x',
          groups: { c: { role: 'controller' }, compute: { role: 'compute' } },
        };
        const parts = place.split('.');
        const last = parts.pop() ?? '';
        const inner = parts.reduce((at, part) => (at[part] ??= {}) as Record<string, unknown>, base);
        inner[last] = value;
        problemsOf(JSON.stringify(base));
      }),
      { numRuns: 500 },
    );
  });
});
