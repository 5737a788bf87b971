/** Another layout of a cluster that exists: rows change together or not at all, and nobody who left is forgotten. */
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openState, readState } from '../../../src/journal/open.ts';
import type { PlanChange, Run, State } from '../../../src/journal/state.ts';
import { MIGRATIONS } from '../../../src/journal/tables.ts';
import { newCluster, noon, plannedStep, standingClock, TemporaryStates, toCreate } from './temporary-state.ts';

const states = new TemporaryStates();
const plan = [plannedStep('make', null), plannedStep('create', 'a'), plannedStep('create', 'b')];
const LAYOUT = { groups: ['controller'] };
let folder: string;
let state: State;
let run: Run;

beforeEach(async () => {
  folder = states.folder();
  state = await states.openState(folder);
  await state.createCluster(newCluster(plan));
  run = await state.startRun('cluster-a', 'create', []);
});
afterEach(() => states.clean());

const NOTHING: PlanChange = {
  layout: LAYOUT,
  choices: {},
  join: [],
  leave: [],
  stay: [],
  go: [],
  supersede: [],
  insert: [],
  order: plan.map(({ key }) => key),
};
const keys = (): readonly string[] => run.journal.listSteps().map(({ planned }) => planned.key);
const idOf = (key: string): number => run.journal.listSteps().find(({ planned }) => planned.key === key)?.id ?? 0;
const nodes = () => state.findCluster('lab')?.nodes;
const node = (name: string, generation = 1) => ({ name, role: 'compute', group: name, generation });

it('a node joins with its steps, in the order that is told', async () => {
  await run.setPhase('ready');
  const insert = [plannedStep('create', 'c'), plannedStep('map', 'a', { key: 'map/cluster' })];
  const order = ['make/cluster', 'create/c', 'create/b', 'create/a', 'map/cluster'];
  const change = {
    ...NOTHING,
    layout: { groups: ['more'] },
    choices: { user: 'rocky' },
    join: [node('c')],
    insert,
    order,
  };
  await state.changePlan('cluster-a', change);
  expect(keys()).toEqual(order);
  expect(state.findCluster('lab')).toMatchObject({
    phase: 'creating',
    layout: { groups: ['more'] },
    choices: { user: 'rocky' },
    nodes: [node('a'), node('b'), node('c')],
  });
});

it('an earlier layout may be in force again', async () => {
  for (const layout of [{ groups: ['more'] }, LAYOUT, LAYOUT]) {
    await state.changePlan('cluster-a', { ...NOTHING, layout });
    expect(state.findCluster('lab')?.layout).toEqual(layout);
  }
});

it('a node that leaves is shown until it is gone, and its objects are let go', async () => {
  const attempt = await run.journal.openAttempt(idOf('create/b'), 'n', noon, 'server');
  await run.journal.recordDone(attempt.id, {}, { kind: 'server', cloudId: 'server-b' });
  await state.changePlan('cluster-a', { ...NOTHING, leave: ['b'] });
  expect(nodes()).toEqual([node('a'), { ...node('b'), isLeaving: true }]);
  await state.changePlan('cluster-a', {
    ...NOTHING,
    go: ['b'],
    supersede: [idOf('create/b')],
    order: ['create/a', 'make/cluster'],
  });
  expect(nodes()).toEqual([node('a')]);
  expect(keys()).toEqual(['create/a', 'make/cluster']);
  expect(run.listResources()).toMatchObject([{ cloudId: 'server-b', state: 'deleting' }]);
  expect(state.listGenerations('cluster-a')).toEqual(
    new Map([
      ['a', 1],
      ['b', 1],
    ]),
  );
});

it('who was to leave may stay', async () => {
  await state.changePlan('cluster-a', { ...NOTHING, leave: ['b'] });
  await state.changePlan('cluster-a', { ...NOTHING, stay: ['b'] });
  expect(nodes()).toEqual([node('a'), node('b')]);
});

it('who comes back is of a later generation, and attempts are counted on', async () => {
  const first = idOf('create/b');
  await state.changePlan('cluster-a', { ...NOTHING, leave: ['b'] });
  await state.changePlan('cluster-a', {
    ...NOTHING,
    go: ['b'],
    supersede: [first],
    order: ['make/cluster', 'create/a'],
  });
  const back = { ...NOTHING, insert: [plannedStep('create', 'b')] };
  await expect(state.changePlan('cluster-a', { ...back, join: [node('b')] })).rejects.toThrow(
    /had generation 1 already/,
  );
  await state.changePlan('cluster-a', { ...back, join: [node('b', 2)] });
  expect(nodes()).toEqual([node('a'), node('b', 2)]);
  expect(run.journal.listSteps().find(({ planned }) => planned.key === 'create/b')).toMatchObject({ generation: 2 });
});

describe('what the rows do not allow changes nothing', () => {
  it.each<[string, Partial<PlanChange>, RegExp]>([
    ['a node that is gone twice', { go: ['a'] }, /a cannot become gone: it is not leaving/],
    ['a node that nobody has', { leave: ['z'] }, /z cannot become leaving/],
    ['a node that is here already', { join: [node('a', 2)] }, /a cannot become here: it is not gone/],
    ['a step of no order', { order: ['make/cluster', 'create/a'] }, /the order of the plan lacks create\/b/],
    ['a new step of no order', { insert: [plannedStep('stack', 'a')] }, /lacks stack\/a/],
  ])('%s', async (_what, change, words) => {
    await expect(
      state.changePlan('cluster-a', { ...NOTHING, layout: { groups: ['more'] }, ...change }),
    ).rejects.toThrow(words);
    expect(state.findCluster('lab')).toMatchObject({ layout: LAYOUT, nodes: [node('a'), node('b')] });
    expect(keys()).toEqual(NOTHING.order);
  });
});

it('a state from before nodes could leave is read as it is, and gets what it lacks', async () => {
  const place = states.folder();
  const ports = { clock: standingClock, migrations: MIGRATIONS.slice(0, 2) };
  const old = states.closing(await openState(place, toCreate, ports));
  await old.createCluster(newCluster(plan));
  old.close();
  expect(states.closing(await readState(place)).findCluster('lab')?.nodes).toEqual([node('a'), node('b')]);
  (await states.openState(place)).close();
  const look = states.closing(new Sqlite(join(place, 'state.db'), { readonly: true }));
  expect(look.prepare('SELECT state FROM nodes').pluck().all()).toEqual(['here', 'here']);
});
