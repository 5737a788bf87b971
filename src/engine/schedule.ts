/** Which steps may begin now: everything they come after is done, their node is free, and there is room. */
import type { StepRecord } from './journal.ts';

export interface Load {
  /** Whether a step runs, is in doubt, or is about to be superseded. */
  isTaken(stepId: number): boolean;
  readonly busyNodes: ReadonlySet<string>;
  /** Running steps that belong to no node. */
  readonly runningWithoutNode: number;
}

const MAX_WITHOUT_NODE = 8;

/** In plan order; at most one step of a node, at most `maxNodes` nodes at once. Pure. */
export function readySteps(steps: readonly StepRecord[], load: Load, maxNodes: number): readonly StepRecord[] {
  const done = new Set(steps.filter(({ state }) => state === 'done').map(({ planned }) => planned.key));
  const busy = new Set(load.busyNodes);
  let withoutNode = load.runningWithoutNode;
  const ready: StepRecord[] = [];
  for (const step of steps) {
    const { node, after } = step.planned;
    if (step.state !== 'pending' && step.state !== 'open') continue;
    if (load.isTaken(step.id) || !after.every((key) => done.has(key))) continue;
    if (node === null ? withoutNode >= MAX_WITHOUT_NODE : busy.has(node) || busy.size >= maxNodes) continue;
    if (node === null) withoutNode += 1;
    else busy.add(node);
    ready.push(step);
  }
  return ready;
}

/** The keys of a circle of steps that wait for each other, or null. */
export function findCycle(steps: readonly StepRecord[]): readonly string[] | null {
  const byKey = new Map(steps.map(({ planned }) => [planned.key, planned]));
  const finished = new Set<string>();
  const path: string[] = [];
  const visit = (key: string): readonly string[] | null => {
    if (finished.has(key)) return null;
    const begin = path.indexOf(key);
    if (begin !== -1) return [...path.slice(begin), key];
    path.push(key);
    for (const next of byKey.get(key)?.after ?? []) {
      const cycle = visit(next);
      if (cycle !== null) return cycle;
    }
    path.pop();
    finished.add(key);
    return null;
  };
  for (const key of byKey.keys()) {
    const cycle = visit(key);
    if (cycle !== null) return cycle;
  }
  return null;
}
