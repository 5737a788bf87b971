/** What verify expects where cells have nodes of their own: their conductors there, their addresses in the mappings, pairs within a cell. */
import { describe, expect, test } from 'vitest';
import { planNodes } from '../../../src/layout/nodes.ts';
import type { CheckResult } from '../../../src/verify/check.ts';
import { type Expectation, expectCloud, migrationPair } from '../../../src/verify/expectation.ts';
import type { CloudFacts, Known, Unit } from '../../../src/verify/facts.ts';
import { CHECKS, judgeCloud, planQuestions } from '../../../src/verify/index.ts';
import { load } from '../layout/small-layout.ts';
import { GREEN } from './green-cloud.ts';

const LAYOUT = `version: 1
name: cells
cells: {count: 3}
groups:
  child2: {role: child-cell, cell: 2}
  child3: {role: child-cell, cell: 3}
  controller: {role: controller, compute: true}
  hv2: {role: compute, count: 2, cell: 2}
`;
const SPLIT = LAYOUT.replace('role: controller', 'role: api') + '  db: {role: database}\n  mq: {role: messaging}\n';

function expectLayout(text: string): Expectation {
  const layout = load(text);
  return expectCloud(layout, new Map(planNodes(layout).map(({ name }, index) => [name, `10.0.0.${index + 1}`])));
}

const expected = expectLayout(LAYOUT);

function conductorsOf(cloud: Expectation): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(cloud.nodes.map(({ name, conductors }) => [name, conductors]));
}

test('each conductor runs where its cell is hosted, and the one above all cells on the node with the APIs', () => {
  expect(conductorsOf(expected)).toEqual({
    child2: ['n-cond-cell2'],
    child3: ['n-cond-cell3'],
    controller: ['n-super-cond', 'n-cond-cell1'],
    'hv2-1': [],
    'hv2-2': [],
  });
});

test('a cell is reached at its own node, the others at the nodes that serve the APIs', () => {
  expect(expected.cells).toEqual([
    { name: 'cell1', queue: '10.0.0.3', database: '10.0.0.3' },
    { name: 'cell2', queue: '10.0.0.1', database: '10.0.0.1' },
    { name: 'cell3', queue: '10.0.0.2', database: '10.0.0.2' },
  ]);
  expect(expectLayout(SPLIT).cells[0]).toEqual({ name: 'cell1', queue: '10.0.0.7', database: '10.0.0.6' });
});

test('a server moves within its cell only', () => {
  expect(migrationPair(expected, ['controller', 'hv2-1', 'hv2-2'])).toEqual({ from: 'hv2-1', to: 'hv2-2' });
  expect(migrationPair(expected, ['controller', 'hv2-1'])).toBeNull();
});

test('a node that hosts a cell is asked for its units and their start alone, and no agent or chassis is expected of it', () => {
  expect(planQuestions(CHECKS, expected).get('child2')).toEqual(['units', 'starts']);
  expect(expected.nodes[0]?.services).toEqual(new Set(['mysql', 'rabbit', 'n-cond', 'placement-client']));
});

test('where somebody chose another shape of nova, no conductor is expected by name', () => {
  const single = expectLayout(LAYOUT.replace('groups:', 'localrc: {CELLSV2_SETUP: singleconductor}\ngroups:'));
  expect(Object.values(conductorsOf(single)).flat()).toEqual([]);
});

describe('the conductor of a child cell', () => {
  const running = (...names: readonly string[]): Known<readonly Unit[]> => ({
    known: names.map((name) => ({ name, active: 'active', sub: 'running' })),
  });
  const judge = (units: Known<readonly Unit[]>, hosts: readonly string[]): readonly CheckResult[] => {
    const row = { binary: 'nova-conductor', status: 'enabled', state: 'up', updatedAt: null };
    const conductors = hosts.map((host) => Object.assign({ host }, row));
    const facts: CloudFacts = {
      ...GREEN,
      units: new Map([['child2', units]]),
      computeServices: { known: conductors },
    };
    return judgeCloud(CHECKS, facts, expected);
  };
  const sentenceOf = (results: readonly CheckResult[], check: string, node: string | null): string | undefined =>
    results.find((result) => result.check === check && result.node === node)?.sentence;

  test('is its own alone', () => {
    expect(sentenceOf(judge(running('n-cond-cell2'), []), 'services', 'child2')).toBe('1 units run');
    expect(sentenceOf(judge(running('n-cond-cell2', 'n-super-cond'), []), 'services', 'child2')).toBe(
      'devstack@n-super-cond is not planned: it serves a cell that is hosted elsewhere',
    );
    expect(sentenceOf(judge(running('n-cond-cell1'), []), 'services', 'child2')).toBe(
      'no unit devstack@n-cond-cell2; devstack@n-cond-cell1 is not planned: it serves a cell that is hosted elsewhere',
    );
  });

  test('must be known to nova by its node', () => {
    const told = sentenceOf(
      judge(running('n-cond-cell2'), ['controller', 'controller', 'child2']),
      'compute-services',
      null,
    );
    expect(told).toContain('nova knows no nova-conductor on child3');
    expect(told).not.toContain('child2');
  });
});
