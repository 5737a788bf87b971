/** What a cluster's journal says about it now, as one object for people and programs. */
import type { AttemptRecord, StepRecord } from '../engine/journal.ts';
import type {
  ClusterRecord,
  MilestoneRecord,
  NodeRecord,
  Owner,
  Phase,
  RunRecord,
  StateReader,
} from '../journal/state.ts';
import { listLiving } from './find-cluster.ts';
import { type NodeAccess, readNodeAccess } from './node-access.ts';
import { cloudNameOf } from './saved-wishes.ts';

/** `leaving`: its removal is planned, and not at work on it. `interrupted`: begun by a builder that is gone; a remote job may go on by itself. */
type NodeState = 'pending' | 'running' | 'waiting' | 'in-doubt' | 'interrupted' | 'failed' | 'leaving' | 'ready';

interface NodeStatus extends NodeAccess {
  readonly name: string;
  readonly role: string;
  readonly generation: number;
  readonly state: NodeState;
  /** Key of the step that runs, failed or is in doubt; else null. */
  readonly step: string | null;
  /** UTC, ISO: when that step's attempt began. */
  readonly since: string | null;
  /** The last milestone that the open step told, and how far it was then; null where it told none. */
  readonly progress: {
    readonly percent: number;
    readonly milestone: string;
    readonly remainingMs: number | null;
    /** UTC, ISO. */
    readonly at: string;
  } | null;
  readonly error: string | null;
  readonly done: number;
  readonly total: number;
}

export interface ClusterStatus {
  readonly cluster: string;
  readonly id: string;
  readonly phase: Phase;
  /** The cloud it was created in, by the name of clouds.yaml; null when the OS_* variables alone decided. */
  readonly cloud: string | null;
  /** The builder that works now; null when none does. */
  readonly owner: Owner | null;
  readonly nodes: readonly NodeStatus[];
  /** Over all steps, the cluster's own ones included. */
  readonly done: number;
  readonly total: number;
  /** Attempts whose end is not recorded and that nobody works on. */
  readonly inDoubt: readonly { readonly step: string; readonly attempt: number; readonly since: string }[];
  readonly runs: readonly {
    readonly id: number;
    readonly verb: string;
    readonly startedAt: string;
    readonly endedAt: string | null;
    readonly exitCode: number | null;
  }[];
}

interface Current {
  readonly state: NodeState;
  readonly step: StepRecord | null;
  readonly attempt: AttemptRecord | null;
}

function lastAttempt(step: StepRecord): AttemptRecord | null {
  return step.attempts.at(-1) ?? null;
}

function isOpen(step: StepRecord): boolean {
  return step.state === 'open';
}

/** An open attempt is in doubt when its answer was lost; without a builder nobody follows it. */
function openState(attempt: AttemptRecord | null, hasOwner: boolean): NodeState {
  if (attempt?.state === 'uncertain') return 'in-doubt';
  return hasOwner ? 'running' : 'interrupted';
}

function currentOf(steps: readonly StepRecord[], hasOwner: boolean): Current {
  const open = steps.find(isOpen);
  if (open !== undefined) {
    const attempt = lastAttempt(open);
    return { state: openState(attempt, hasOwner), step: open, attempt };
  }
  const failed = steps.find(({ state }) => state === 'failed');
  if (failed !== undefined) return { state: 'failed', step: failed, attempt: lastAttempt(failed) };
  const done = steps.filter(({ state }) => state === 'done').length;
  const state = done === steps.length ? 'ready' : done === 0 ? 'pending' : 'waiting';
  return { state, step: null, attempt: null };
}

/** A milestone told before the attempt was begun is another's. */
function progressOf({ step, attempt }: Current, milestones: readonly MilestoneRecord[]): NodeStatus['progress'] {
  if (step === null || attempt === null || !isOpen(step)) return null;
  const told = milestones.find(({ stepKey }) => stepKey === step.planned.key);
  if (told === undefined || told.generation !== step.generation || told.at < attempt.intendedAt) return null;
  const { percent, milestone, remainingMs, at } = told;
  return { percent, milestone, remainingMs, at: at.toISOString() };
}

function describeNode(
  node: NodeRecord,
  steps: readonly StepRecord[],
  milestones: readonly MilestoneRecord[],
  hasOwner: boolean,
): NodeStatus {
  const own = steps.filter(({ planned }) => planned.node === node.name);
  const current = currentOf(own, hasOwner);
  const { step, attempt } = current;
  const isIdle = step === null && node.isLeaving === true;
  const state = isIdle ? 'leaving' : current.state;
  return {
    name: node.name,
    role: node.role,
    generation: node.generation,
    state,
    step: step?.planned.key ?? null,
    since: attempt?.intendedAt.toISOString() ?? null,
    progress: progressOf(current, milestones),
    error: state === 'failed' || state === 'in-doubt' ? (attempt?.error?.message ?? null) : null,
    done: own.filter((candidate) => candidate.state === 'done').length,
    total: own.length,
    ...readNodeAccess(steps, node.name),
  };
}

function describeRun(run: RunRecord): ClusterStatus['runs'][number] {
  const { id, verb, startedAt, endedAt, exitCode } = run;
  return { id, verb, startedAt: startedAt.toISOString(), endedAt: endedAt?.toISOString() ?? null, exitCode };
}

/** Pure: the status of one cluster from its rows. `owner` is the builder that holds the state, whichever cluster it works on. */
export function describeCluster(
  cluster: ClusterRecord,
  rows: {
    readonly steps: readonly StepRecord[];
    readonly runs: readonly RunRecord[];
    readonly milestones: readonly MilestoneRecord[];
    readonly owner: Owner | null;
  },
): ClusterStatus {
  const steps = rows.steps.filter(({ state }) => state !== 'superseded');
  const hasOwner = rows.owner !== null;
  const doubtful = steps.filter((step) => isOpen(step) && openState(lastAttempt(step), hasOwner) !== 'running');
  return {
    cluster: cluster.name,
    id: cluster.id,
    phase: cluster.phase,
    cloud: cloudNameOf(cluster),
    owner: rows.owner,
    nodes: cluster.nodes.map((node) => describeNode(node, steps, rows.milestones, hasOwner)),
    done: steps.filter(({ state }) => state === 'done').length,
    total: steps.length,
    inDoubt: doubtful.flatMap((step) => {
      const attempt = lastAttempt(step);
      return attempt === null
        ? []
        : [{ step: step.planned.key, attempt: attempt.number, since: attempt.intendedAt.toISOString() }];
    }),
    runs: rows.runs.map(describeRun),
  };
}

/** Reads one cluster's rows and describes them. */
export function readStatus(reader: StateReader, cluster: ClusterRecord): ClusterStatus {
  return describeCluster(cluster, {
    steps: reader.listSteps(cluster.id),
    runs: reader.listRuns(cluster.id),
    milestones: reader.listMilestones(cluster.id),
    owner: reader.owner(),
  });
}

/** Every cluster of the state but destroyed ones. */
export function readAllStatuses(reader: StateReader): readonly ClusterStatus[] {
  return listLiving(reader).map((cluster) => readStatus(reader, cluster));
}
