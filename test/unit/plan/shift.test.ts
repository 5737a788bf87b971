/** Two plans compared step by step: what cannot be done again is refused, and what nobody began is forgotten. */
import { expect, test } from 'vitest';
import { z } from 'zod';
import type { StepRecord } from '../../../src/engine/journal.ts';
import type { JsonObject, PlannedStep } from '../../../src/engine/step.ts';
import { planDeparture } from '../../../src/plan/departure.ts';
import { type Kinds, shiftPlan } from '../../../src/plan/shift.ts';
import { attempt, ScaledCluster } from './scaled-cluster.ts';

const KINDS: Kinds = new Map([
  ['tell', { repeat: 'idempotent', input: z.object({ of: z.string(), loud: z.boolean().default(false) }) }],
  ['boot', { repeat: 'once', input: z.object({ of: z.string() }) }],
]);

function step(key: string, input: JsonObject, after: readonly string[] = []): PlannedStep {
  return { key, kind: key.slice(0, key.indexOf('/')), version: 1, node: 'a', lifetime: 'server', input, after };
}

function record(planned: PlannedStep, isBegun = true): StepRecord {
  const state = isBegun ? 'done' : 'pending';
  return { id: 1, planned, generation: 1, state, output: isBegun ? {} : null, attempts: isBegun ? [attempt()] : [] };
}

const OLD = step('tell/a', { of: 'one' });
const NEW = step('tell/a', { of: 'two' });
const NOTHING = { kinds: KINDS, isLeft: () => false, undo: () => null, drop: new Set<string>() };

test('what an earlier builder did not say is today’s default', () => {
  const said = step('tell/a', { of: 'one', loud: false });
  const changed = { ...NOTHING, steps: [record(OLD)], before: [NEW], after: [said] };
  expect(shiftPlan(changed)).toEqual({ supersede: [], insert: [] });
});

test('what is done again still waits for what was put before it since', () => {
  const put = step('undo/a', {});
  const waiting = { ...OLD, after: ['undo/a'] };
  const changed = { ...NOTHING, steps: [record(put, false), record(waiting, false)], before: [OLD], after: [NEW] };
  expect(shiftPlan(changed).insert).toEqual([{ ...NEW, after: ['undo/a'] }]);
  expect(shiftPlan({ ...changed, steps: [record(waiting, false)] }).insert).toEqual([NEW]);
});

test('what no kind can read is compared as it stands', () => {
  const odd = step('muse/a', { of: 'one' });
  const broken = step('tell/a', { of: 3 });
  const other = { ...NOTHING, steps: [record(odd)], before: [odd], after: [step('muse/a', { of: 'two' })] };
  expect(() => shiftPlan(other)).toThrow(/muse\/a was begun/);
  expect(shiftPlan({ ...NOTHING, steps: [record(broken)], before: [broken], after: [NEW] }).insert).toEqual([NEW]);
});

test('a step that may run once, was begun, and is wanted otherwise, is refused; one that only waits for others is left', () => {
  const [one, two] = [step('boot/a', { of: 'one' }), step('boot/a', { of: 'two' })];
  expect(() => shiftPlan({ ...NOTHING, steps: [record(one)], before: [one], after: [two] })).toThrow(
    expect.objectContaining({
      code: 'layout-changed',
      message: expect.stringContaining('the new layout wants it otherwise'),
    }),
  );
  const later = step('boot/a', { of: 'one' }, ['tell/a']);
  expect(shiftPlan({ ...NOTHING, steps: [record(one)], before: [one], after: [later] }).insert).toEqual([]);
});

test('what is in the plan no more is taken back where it was begun', () => {
  const undo = (planned: PlannedStep): PlannedStep => ({ ...planned, input: {} });
  const end = (isBegun: boolean) =>
    shiftPlan({ ...NOTHING, undo, steps: [record(OLD, isBegun)], before: [OLD], after: [] });
  expect(end(true)).toEqual({ supersede: [1], insert: [undo(OLD)] });
  expect(end(false)).toEqual({ supersede: [1], insert: [] });
});

test('a plan without APIs has nobody who could retire a node', () => {
  const cluster = new ScaledCluster(1);
  const node = {
    name: 'compute-1',
    group: 'compute',
    role: 'compute',
    index: 1,
    isHypervisor: true,
    cell: 1,
    fakeHypervisors: null,
  } as const;
  const departure = {
    node,
    generation: 1,
    nodes: [node],
    staying: new Set<string>(),
    isDeletingGuests: false,
    settleMs: 0,
  };
  expect(() => planDeparture(cluster.steps, departure, cluster.choices)).toThrow('a layout has a controller');
});
