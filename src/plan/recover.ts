/** What a failed step costs: nothing more, or a fresh server, within the budget. */
import type { BuilderError, ErrorCode } from '../errors.ts';

export type OnFailure = 'stop' | 'continue' | 'replace';

/** Replacements made in this run, by node. */
export type Replaced = ReadonlyMap<string, number>;

/** A server in these states can only be replaced (reliability.md section 2.9); nobody need ask for it. */
const BEYOND_REPAIR: readonly ErrorCode[] = ['server-error', 'no-capacity', 'server-stuck', 'server-gone'];
/** The end of stack.sh is unknown, so the server may not be stacked again (promise S4). */
const UNKNOWN_STACK: readonly ErrorCode[] = ['job-lost', 'server-rebooted'];
/** A fresh server may succeed, but its loss is the user's to choose: --on-failure replace. */
const WORTH_A_FRESH_SERVER: readonly ErrorCode[] = ['stack-failed', 'stack-timeout', 'no-ssh', 'server-disk-full'];

const PER_NODE = 2;

/** 2 for each node, and max(2, 20 % of the nodes) for a run (promise L3). */
export function isWithinBudget(node: string, replaced: Replaced, nodeCount: number): boolean {
  const total = [...replaced.values()].reduce((sum, count) => sum + count, 0);
  return (replaced.get(node) ?? 0) < PER_NODE && total < Math.max(2, Math.ceil(nodeCount * 0.2));
}

/** Whether this failure is answered with a fresh server in the same run. */
export function callsForReplacement(error: Pick<BuilderError, 'code'>, onFailure: OnFailure): boolean {
  if (BEYOND_REPAIR.includes(error.code) || UNKNOWN_STACK.includes(error.code)) return onFailure !== 'stop';
  return onFailure === 'replace' && WORTH_A_FRESH_SERVER.includes(error.code);
}

/** Whether a step that failed in an earlier run needs a fresh server before it is tried again. */
export function needsFreshServer(kind: string, code: string): boolean {
  const isBeyondRepair = BEYOND_REPAIR.some((known) => known === code);
  const isOnce = kind === 'run-stack' || kind === 'start-stack' || kind.startsWith('user-step-once-');
  return isOnce || (kind === 'wait-server' && isBeyondRepair);
}
