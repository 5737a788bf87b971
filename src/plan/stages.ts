/** The order in which nodes are stacked, read off a plan. */
import type { PlannedStep } from '../engine/step.ts';
import { STACK_KINDS } from './stacking.ts';

const ASIDE: ReadonlySet<string> = new Set(['read-commits', 'keep-public-bridge']);

/**
 * From the first stack.sh on: every one that begins and whatever comes of it, by stages. A step stands in the stage after the last
 * one it waits for; the steps of a stage wait for nothing of each other. What prepares nodes is left out, since it has no such
 * order, and what nothing waits for: reading what a node was built from, and seeing to its next boot.
 *
 * @param steps a plan without circles.
 */
export function stackStages(steps: readonly PlannedStep[]): readonly (readonly PlannedStep[])[] {
  const byKey = new Map(steps.map((step) => [step.key, step]));
  const known = new Map<string, number>();
  /** 0 for what no stack.sh comes before. */
  const stageOf = (key: string): number => {
    const seen = known.get(key);
    if (seen !== undefined) return seen;
    const step = byKey.get(key);
    const earlier = Math.max(0, ...(step?.after ?? []).map(stageOf));
    const stage = earlier > 0 || STACK_KINDS.includes(step?.kind ?? '') ? earlier + 1 : 0;
    known.set(key, stage);
    return stage;
  };
  const stages: PlannedStep[][] = [];
  for (const step of steps) {
    const stage = stageOf(step.key);
    if (stage > 0 && !ASIDE.has(step.kind)) (stages[stage - 1] ??= []).push(step);
  }
  return stages;
}
