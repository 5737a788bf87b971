/** A create as its journal holds it when one step has failed, for tests of what that makes of the plan. */
import type { Replacement, StepRecord } from '../../../src/engine/journal.ts';
import type { PlannedStep } from '../../../src/engine/step.ts';
import type { Layout } from '../../../src/layout/layout.ts';
import { planNodes } from '../../../src/layout/nodes.ts';
import { planCreate } from '../../../src/plan/create.ts';
import { chooseOverlay } from '../../../src/plan/overlay.ts';
import { choicesFor } from './choices-fixture.ts';
import { attempt } from './scaled-cluster.ts';

export function planOf(layout: Layout, isOverlapped: boolean): readonly PlannedStep[] {
  const nodes = planNodes(layout);
  const choices = choicesFor(nodes, { isOverlapped, overlay: chooseOverlay(layout, nodes, 1450) });
  return planCreate(layout, nodes, choices, new Map(nodes.map(({ name }) => [name, `id-${name}`])));
}

let nextId = 0;
/** As a run left them: everything before `failedKey` is done, and nothing after it was begun. */
export function recordsOf(plan: readonly PlannedStep[], failedKey: string): readonly StepRecord[] {
  const waits = new Set([failedKey]);
  for (let size = 0; size !== waits.size; ) {
    size = waits.size;
    for (const { key, after } of plan) if (after.some((each) => waits.has(each))) waits.add(key);
  }
  return plan.map((planned) => {
    nextId += 1;
    const state = planned.key === failedKey ? 'failed' : waits.has(planned.key) ? 'pending' : 'done';
    const attempts = state === 'pending' ? [] : [attempt(state === 'done' ? 'ok' : 'failed')];
    return { id: nextId, planned, generation: 1, state, output: null, attempts };
  });
}

/** The journal after it: as it is listed. */
export function apply(steps: readonly StepRecord[], { supersede, insert }: Replacement): readonly StepRecord[] {
  const inserted = insert.map((planned): StepRecord => {
    nextId += 1;
    return { id: nextId, planned, generation: 1, state: 'pending', output: null, attempts: [] };
  });
  return [...steps.filter(({ id }) => !supersede.includes(id)), ...inserted];
}

export function find(steps: readonly StepRecord[], key: string): StepRecord {
  const found = steps.find(({ planned }) => planned.key === key);
  if (found === undefined) throw new Error(`no step ${key}`);
  return found;
}
