/** A cluster as its journal holds it, for tests of what another number of computes makes of its plan. */
import type { AttemptRecord, StepRecord } from '../../../src/engine/journal.ts';
import type { PlannedStep } from '../../../src/engine/step.ts';
import type { Layout, LayoutNode } from '../../../src/layout/layout.ts';
import { planNodes } from '../../../src/layout/nodes.ts';
import type { Choices } from '../../../src/plan/choices.ts';
import { planCreate } from '../../../src/plan/create.ts';
import {
  chooseMoves,
  type PlanFor,
  planAbsence,
  planScale,
  type ScaledPlan,
  type Standing,
} from '../../../src/plan/scale.ts';
import { STEP_KINDS } from '../../../src/steps/index.ts';
import { load, SMALL } from '../layout/small-layout.ts';
import { choicesFor } from './choices-fixture.ts';

export const SENT = new Date('2026-01-02T03:00:00Z');
const MANY = planNodes(load(SMALL.replace('count: 2', 'count: 9')));
const IDS = new Map(MANY.map(({ name }) => [name, `uuid-${name}`]));

export function layoutOf(count: number): Layout {
  return load(SMALL.replace('count: 2', `count: ${count}`));
}

export function attempt(state: AttemptRecord['state'] = 'ok'): AttemptRecord {
  const endedAt = state === 'intent' || state === 'uncertain' ? null : SENT;
  return { id: 1, stepId: 1, number: 1, nonce: 'n', epoch: 1, state, intendedAt: SENT, endedAt, error: null };
}

/** The cluster in one hand: its rows change as the journal would change them. */
export class ScaledCluster {
  layout: Layout;
  nodes: Standing['nodes'];
  steps: readonly StepRecord[];
  readonly choices: Choices = choicesFor(MANY);
  readonly planFor: PlanFor = (nodes: readonly LayoutNode[]) => planCreate(this.layout, nodes, this.choices, IDS);
  private lastId = 0;

  /** All of it done. */
  constructor(count: number) {
    this.layout = layoutOf(count);
    this.nodes = planNodes(this.layout).map(({ name, group }) => ({ name, group, generation: 1 }));
    this.steps = this.planFor(planNodes(this.layout)).map((planned) => this.record(planned, 'done'));
  }

  get standing(): Standing {
    return { name: 'lab', layout: this.layout, nodes: this.nodes, steps: this.steps, settleMs: 60_000 };
  }

  record(planned: PlannedStep, state: StepRecord['state'], attempts?: readonly AttemptRecord[]): StepRecord {
    this.lastId += 1;
    const tried = attempts ?? (state === 'pending' ? [] : [attempt(state === 'failed' ? 'failed' : 'ok')]);
    return { id: this.lastId, planned, generation: 1, state, output: state === 'done' ? {} : null, attempts: tried };
  }

  /** Steps of which this holds are in another state. */
  set(
    isMeant: (planned: PlannedStep) => boolean,
    state: StepRecord['state'],
    attempts?: readonly AttemptRecord[],
  ): void {
    this.steps = this.steps.map((step) => (isMeant(step.planned) ? this.record(step.planned, state, attempts) : step));
  }

  setKey(key: string, state: StepRecord['state'], attempts?: readonly AttemptRecord[]): void {
    this.set((planned) => planned.key === key, state, attempts);
  }

  /** What is planned for another number, not written yet. */
  plan(count: number, isDeletingGuests = false): ScaledPlan {
    const layout = layoutOf(count);
    const moves = chooseMoves(this.standing, layout);
    return planScale(this.standing, layout, moves, this.choices, this.planFor, STEP_KINDS, isDeletingGuests);
  }

  /** Written, as the journal does it. */
  scale(count: number, isDeletingGuests = false): ScaledPlan {
    const layout = layoutOf(count);
    const { join, leave, stay } = chooseMoves(this.standing, layout);
    const plan = this.plan(count, isDeletingGuests);
    this.write(plan);
    this.nodes = [
      ...this.nodes.map(({ isLeaving: was = false, ...node }) => {
        const isLeaving = (was && !stay.includes(node.name)) || leave.includes(node.name);
        return isLeaving ? { ...node, isLeaving } : node;
      }),
      ...join.map(({ name, group }) => ({ name, group, generation: 1 })),
    ];
    this.layout = layout;
    return plan;
  }

  settle(gone: readonly string[]): ScaledPlan {
    const plan = planAbsence(this.standing, gone, this.planFor, STEP_KINDS);
    this.write(plan);
    this.nodes = this.nodes.filter(({ name }) => !gone.includes(name));
    return plan;
  }

  keys(state?: StepRecord['state']): readonly string[] {
    return this.steps.filter((step) => state === undefined || step.state === state).map(({ planned }) => planned.key);
  }

  find(key: string): PlannedStep | undefined {
    return this.steps.find(({ planned }) => planned.key === key)?.planned;
  }

  private write({ supersede, insert, order }: ScaledPlan): void {
    const kept = this.steps.filter(({ id }) => !supersede.includes(id));
    const all = [...kept, ...insert.map((planned) => this.record(planned, 'pending'))];
    this.steps = all.toSorted((left, right) => order.indexOf(left.planned.key) - order.indexOf(right.planned.key));
  }
}
