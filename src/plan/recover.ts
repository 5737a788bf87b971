/** What a failed step costs: nothing more, stack.sh again on the same server, or a fresh server, within the budget. */
import type { StepRecord } from '../engine/journal.ts';
import type { PlannedStep } from '../engine/step.ts';
import type { ErrorCode } from '../errors.ts';
import { restackOf, restacksLeft } from '../roles/restacks.ts';
import { STACK_KINDS } from './stacking.ts';

export type OnFailure = 'stop' | 'continue' | 'replace';

/** `restack`: unstack.sh and stack.sh on the server as it is. */
export type Answer = 'restack' | 'fresh-server' | null;

/** Replacements made in this run, by node. */
export type Replaced = ReadonlyMap<string, number>;

/** By node; what belongs to no node has none. */
export type Roles = ReadonlyMap<string | null, string>;

/** Of an error, whether it was just thrown or is recorded. */
interface Failure {
  readonly code: string;
  readonly details: Readonly<Record<string, unknown>>;
}

type Codes = readonly string[];

/** A server in these states can only be replaced (reliability.md section 2.9); nobody need ask for it. */
const BEYOND_REPAIR: Codes = ['server-error', 'no-capacity', 'server-stuck', 'server-gone'] satisfies ErrorCode[];
/** The end of stack.sh is unknown, so it may not be begun once more as if nothing had been (promise S4). */
const UNKNOWN_STACK: Codes = ['job-lost', 'server-rebooted'] satisfies ErrorCode[];
/** A fresh server may succeed, but its loss is the user's to choose: --on-failure replace. */
const WORTH_A_FRESH_SERVER: Codes = [
  'stack-failed',
  'stack-timeout',
  'no-ssh',
  'server-disk-full',
] satisfies ErrorCode[];

const PER_NODE = 2;

/** 2 for each node, and max(2, 20 % of the nodes) for a run (promise L3). Only servers count: stack.sh again costs none. */
export function isWithinBudget(node: string, replaced: Replaced, nodeCount: number): boolean {
  const total = [...replaced.values()].reduce((sum, count) => sum + count, 0);
  return (replaced.get(node) ?? 0) < PER_NODE && total < Math.max(2, Math.ceil(nodeCount * 0.2));
}

/** What failed: of an unstack.sh, the end of the stack.sh that it was to take back. */
function codeOf({ kind, input }: PlannedStep, code: string): string {
  const { cause } = input;
  return kind === 'unstack' && typeof cause === 'string' && !BEYOND_REPAIR.includes(code) ? cause : code;
}

/** A stack.sh that another try may bring to its end (devstack.md section 2.6), where the role allows it and tries are left. */
function isWorthRestacking(planned: PlannedStep, { code, details }: Failure, roles: Roles): boolean {
  if (!STACK_KINDS.includes(planned.kind)) return false;
  const isHopeful = UNKNOWN_STACK.includes(code) || (code === 'stack-failed' && details['isRetryable'] === true);
  return isHopeful && restacksLeft(roles.get(planned.node), restackOf(planned.input)) > 0;
}

/**
 * How a failure is answered in the same run. stack.sh again on the same server costs none, so nobody need ask for it; whoever asked for
 * fresh servers gets one at once, and whoever wants nothing more to begin gets nothing.
 */
export function answerAtOnce(planned: PlannedStep, error: Failure, roles: Roles, onFailure: OnFailure): Answer {
  if (onFailure === 'stop') return null;
  if (onFailure === 'continue' && isWorthRestacking(planned, error, roles)) return 'restack';
  const code = codeOf(planned, error.code);
  if (BEYOND_REPAIR.includes(code) || UNKNOWN_STACK.includes(code)) return 'fresh-server';
  return onFailure === 'replace' && WORTH_A_FRESH_SERVER.includes(code) ? 'fresh-server' : null;
}

/** What a step that failed in an earlier run needs before it is tried again; null: nothing. */
export function answerLater(
  { planned, attempts }: Pick<StepRecord, 'planned' | 'attempts'>,
  roles: Roles,
  onFailure: OnFailure,
): Answer {
  const error = attempts.at(-1)?.error ?? null;
  if (onFailure !== 'replace' && error !== null && isWorthRestacking(planned, error, roles)) return 'restack';
  const { kind } = planned;
  const isOnce = STACK_KINDS.includes(kind) || kind === 'unstack' || kind.startsWith('user-step-once-');
  const isBeyondRepair = error !== null && BEYOND_REPAIR.includes(error.code);
  return isOnce || (kind === 'wait-server' && isBeyondRepair) ? 'fresh-server' : null;
}
