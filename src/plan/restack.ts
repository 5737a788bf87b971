/** stack.sh again on the server where it failed: what that does to the plan (devstack.md sections 2.6 and 2.8). */
import type { Replacement, StepRecord } from '../engine/journal.ts';
import type { PlannedStep } from '../engine/step.ts';
import { MOST_RESTACKS, restackOf } from '../roles/restacks.ts';
import { STACK_KINDS } from './stacking.ts';

/**
 * A node's own steps that are done again, the first ones because unstack.sh takes back what they did: it stops Open vSwitch, with which the
 * overlay goes, and deletes the CA. Nova's identity survives it, and is written again since a server that comes back as another one is
 * worse than a step too much. What our own plugin has, and what people brought along, is left alone.
 */
const AGAIN: readonly string[] = [
  'install-openvswitch',
  'make-overlay',
  'check-overlay',
  'install-ca',
  'write-compute-id',
  'start-stack',
  'release-stack',
  'run-stack',
];

/** For people: that it is done, how often it may be, and why. */
export function tellRestack(failed: PlannedStep, reason: string): string {
  return `${failed.node}: stack.sh again on the same server, ${restackOf(failed.input) + 1} of ${MOST_RESTACKS} (${reason})`;
}

/** The same step after unstack.sh; those that follow stack.sh are told which one. */
function redo(planned: PlannedStep, unstack: string, restack: number): PlannedStep {
  const input = STACK_KINDS.includes(planned.kind) ? { ...planned.input, restack } : planned.input;
  return { ...planned, input, after: [...planned.after.filter((key) => key !== unstack), unstack] };
}

/**
 * `failed` is the step at which stack.sh ended badly; `cause` its error's code. unstack.sh comes first, then what it took away, then a
 * stack.sh under a number of its own, held by the others as it was planned. What comes after it on this node and on others was never
 * begun, and goes on waiting.
 */
export function planRestack(
  steps: readonly StepRecord[],
  failed: PlannedStep,
  cause: string,
  reason: string,
): Replacement {
  const { node } = failed;
  const restack = restackOf(failed.input) + 1;
  const key = `unstack/${node}`;
  const own = steps.filter(({ planned }) => planned.node === node);
  const again = own.filter(({ planned }) => AGAIN.includes(planned.kind));
  const beginning = again.find(({ planned }) => planned.kind === 'start-stack')?.planned ?? failed;
  const undone = new Set([...again.map(({ planned }) => planned.key), key]);
  // What is left says how the node is reached.
  const { isHeld: _, ...reach } = failed.input;
  const first: PlannedStep = {
    key,
    kind: 'unstack',
    version: 1,
    node,
    lifetime: 'server',
    input: { ...reach, restack, cause },
    // Nothing is undone before that is done which the beginning of stack.sh waits for.
    after: beginning.after.filter((name) => !undone.has(name)),
  };
  return {
    nodes: [],
    supersede: own.filter(({ planned }) => undone.has(planned.key)).map(({ id }) => id),
    insert: [first, ...again.map(({ planned }) => redo(planned, key, restack))],
    reason,
  };
}

/** On a fresh server nothing was ever undone: its first stack.sh is the first. */
export function beginAfresh({ nodes, insert, ...rest }: Replacement): Replacement {
  const isFresh = ({ node }: PlannedStep): boolean => node !== null && nodes.includes(node);
  const gone = new Set(insert.filter((step) => step.kind === 'unstack' && isFresh(step)).map(({ key }) => key));
  const begin = (step: PlannedStep): PlannedStep => {
    const { restack: _, ...input } = step.input;
    return { ...step, input, after: step.after.filter((key) => !gone.has(key)) };
  };
  return {
    ...rest,
    nodes,
    insert: insert.filter(({ key }) => !gone.has(key)).map((step) => (isFresh(step) ? begin(step) : step)),
  };
}
