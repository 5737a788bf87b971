/** How far a plan is, in all and for each node, as its events tell it. */
import type { PlanCounts, RunEvent } from './events.ts';
import type { StepRecord } from './journal.ts';

interface Counts {
  readonly total: number;
  readonly done: number;
}

/**
 * The journal may know the end of a step a moment before its event. Counting what was told lets listeners add the ends that
 * they hear of to the counts that they were given, and count none twice.
 */
export class Tally {
  private readonly done: Set<string>;

  constructor(steps: readonly StepRecord[]) {
    this.done = new Set(steps.filter(({ state }) => state === 'done').map(({ planned }) => planned.key));
  }

  note(event: RunEvent): void {
    // A step begun again belongs to a replaced server: its earlier end counts no more.
    if (event.type === 'step-started') this.done.delete(event.step.key);
    if (event.type === 'step-done') this.done.add(event.step.key);
  }

  /** Nodes come in the order of the plan. */
  count(steps: readonly StepRecord[]): PlanCounts {
    const byNode = Map.groupBy(steps, ({ planned }) => planned.node);
    const nodes = [...byNode].flatMap(([node, own]) => (node === null ? [] : [{ node, ...this.sum(own) }]));
    return { ...this.sum(steps), nodes };
  }

  private sum(steps: readonly StepRecord[]): Counts {
    const done = steps.filter(({ state, planned }) => state === 'done' && this.done.has(planned.key));
    return { total: steps.length, done: done.length };
  }
}
