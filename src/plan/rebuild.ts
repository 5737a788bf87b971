/** A lost journal told anew, purely: what the marks in the cloud and the jobs' records on the nodes prove of a saved plan. */
import type { Survey } from '../cloud/cloud.ts';
import { clusterPrefix } from '../cloud/resource-names.ts';
import type { PastAttempt } from '../engine/journal.ts';
import { type PlannedStep, type RepeatClass, subjectOf } from '../engine/step.ts';
import { type Owned, ownedBy } from './ownership.ts';

/** What must be known of a kind of step. */
export interface KindFacts {
  readonly repeat: RepeatClass;
  readonly resource?: { readonly kind: string };
  readonly jobId?: unknown;
}
export type Kinds = ReadonlyMap<string, KindFacts>;

/** What of a plan is seen in the cloud. */
export interface Made {
  /** By node. */
  readonly generations: ReadonlyMap<string, number>;
  /** By the key of the step that made it. */
  readonly objects: ReadonlyMap<string, Owned>;
  /** The others: twins, and servers of earlier generations. */
  readonly surplus: readonly Owned[];
  /** Keys of steps whose create may have been sent, though nothing of it is seen. */
  readonly missing: readonly string[];
}

/** The last remote job of a step that its node knows. */
export interface LastJob {
  readonly attempt: number;
  readonly end: 'open' | 'succeeded' | 'failed';
}

export interface Evidence extends Made {
  /** By the nodes that answered: by step. */
  readonly jobs: ReadonlyMap<string, ReadonlyMap<string, LastJob>>;
}

export interface Rebuilt {
  /** Steps that are known to be over, together with all they come after: taking them up again sends nothing new. */
  readonly proven: ReadonlySet<string>;
  readonly attempts: readonly PastAttempt[];
}

/** Twins of one step: the server that has its port and is not in ERROR, the port that has a server; then the lower id. */
function elect(twins: readonly Owned[], { ports, servers }: Survey): Owned | undefined {
  const plugged = new Set(
    ports.flatMap(({ id, deviceId }) => (servers.some((server) => server.id === deviceId) ? [id, deviceId] : [])),
  );
  const rank = ({ id, status }: Owned): string => `${plugged.has(id) ? 0 : 1}${status === 'ERROR' ? 1 : 0}${id}`;
  return twins.toSorted((left, right) => (rank(left) < rank(right) ? -1 : 1))[0];
}

/** `kept`: by node, the newest generation that the vault knows. */
export function findMade(
  cluster: { readonly id: string; readonly projectId: string; readonly steps: readonly PlannedStep[] },
  survey: Survey,
  kept: ReadonlyMap<string, number>,
  kinds: Kinds,
): Made {
  const owned = ownedBy(survey, cluster.id, cluster.projectId);
  const generations = new Map(kept);
  for (const { kind, mark } of owned) {
    const node = subjectOf(mark.key);
    if (kind === 'server') generations.set(node, Math.max(mark.generation, generations.get(node) ?? 1));
  }
  const makers = cluster.steps.filter(({ kind }) => kinds.get(kind)?.resource !== undefined);
  const objects = new Map<string, Owned>();
  for (const { key, node, lifetime } of makers) {
    const generation = lifetime === 'server' && node !== null ? (generations.get(node) ?? 1) : 1;
    const twins = owned.filter(
      ({ mark }) => mark.key === key && (lifetime === 'cluster' || mark.generation === generation),
    );
    const object = elect(twins, survey);
    if (object !== undefined) objects.set(key, object);
  }
  const names = new Set(makers.map(({ key }) => key));
  const missing = makers.filter(
    ({ key, after }) => !objects.has(key) && after.every((before) => !names.has(before) || objects.has(before)),
  );
  const elected = new Set([...objects.values()].map(({ mark }) => mark.nonce));
  return {
    generations,
    objects,
    surplus: owned.filter(({ mark }) => !elected.has(mark.nonce)),
    missing: missing.map(({ key }) => key),
  };
}

/** Whether the step's record may be of what another node was before its server was replaced. */
function isStale(step: PlannedStep, steps: ReadonlyMap<string, PlannedStep>, { generations }: Made): boolean {
  return step.after.some((key) => {
    const before = steps.get(key);
    const other = before?.lifetime === 'server' && before.node !== step.node ? before.node : null;
    return other !== null && (generations.get(other) ?? 1) > 1;
  });
}

class Rebuild {
  private readonly steps: ReadonlyMap<string, PlannedStep>;
  private readonly evidence: Evidence;
  private readonly kinds: Kinds;

  constructor(steps: readonly PlannedStep[], evidence: Evidence, kinds: Kinds) {
    this.steps = new Map(steps.map((step) => [step.key, step]));
    this.evidence = evidence;
    this.kinds = kinds;
  }

  /** Grows until nothing more is proven: the order of a plan is for people. */
  proven(): ReadonlySet<string> {
    const proven = new Set<string>();
    for (let size = -1; size !== proven.size; ) {
      size = proven.size;
      for (const step of this.steps.values())
        if (step.after.every((key) => proven.has(key)) && this.isOver(step)) proven.add(step.key);
    }
    return proven;
  }

  attemptsOf(step: PlannedStep, isProven: boolean, makeNonce: () => string): readonly PastAttempt[] {
    const { key, kind } = step;
    const facts = this.kinds.get(kind);
    if (facts?.resource !== undefined) return this.createsOf(key, facts.resource.kind);
    const job = this.jobOf(step);
    const attempt = (isOpen: boolean): PastAttempt => ({ key, nonce: makeNonce(), isOpen, resourceKind: null });
    // Where nobody can tell whether stack.sh was begun, it is taken for begun (promise S4).
    if (facts?.repeat === 'once') return this.mayHaveBegun(step) && !isProven ? [attempt(true)] : [];
    if (job === undefined) return [];
    const isSpent = job.end === 'failed' || facts?.repeat === 'read' || isStale(step, this.steps, this.evidence);
    const spent = Array.from({ length: isSpent ? job.attempt : job.attempt - 1 }, () => attempt(false));
    return isSpent || isProven ? spent : [...spent, attempt(true)];
  }

  /** Every create that is known to have been sent; only the last is taken up, the others' objects are swept away. */
  private createsOf(key: string, resourceKind: string): readonly PastAttempt[] {
    const { objects, surplus } = this.evidence;
    const spent = new Set(surplus.flatMap(({ mark }) => (mark.key === key ? [mark.nonce] : [])));
    const object = objects.get(key);
    const creates = [...spent].map((nonce) => ({ key, nonce, isOpen: false, resourceKind }));
    return object === undefined ? creates : [...creates, { key, nonce: object.mark.nonce, isOpen: true, resourceKind }];
  }

  private jobOf({ key, node }: PlannedStep): LastJob | undefined {
    return node === null ? undefined : this.evidence.jobs.get(node)?.get(key);
  }

  private mayHaveBegun(step: PlannedStep): boolean {
    if (step.node === null || !this.evidence.objects.has(`create-server/${step.node}`)) return false;
    return !this.evidence.jobs.has(step.node) || this.jobOf(step) !== undefined;
  }

  private isOver(step: PlannedStep): boolean {
    const { jobs, objects } = this.evidence;
    const facts = this.kinds.get(step.kind);
    if (facts === undefined) return false;
    if (facts.resource !== undefined) return objects.has(step.key);
    const job = this.jobOf(step);
    // Whoever answered was reached through the rules of the cluster, on a server that Nova had built.
    if (facts.jobId === undefined) return step.node === null ? jobs.size > 0 : jobs.has(step.node);
    if (job === undefined || job.end === 'open') return false;
    if (facts.repeat === 'once') return true;
    return job.end === 'succeeded' && (facts.repeat === 'read' || !isStale(step, this.steps, this.evidence));
  }
}

/** Nonces of attempts whose own were lost come from `makeNonce`. */
export function rebuildPast(
  steps: readonly PlannedStep[],
  evidence: Evidence,
  kinds: Kinds,
  makeNonce: () => string,
): Rebuilt {
  const rebuild = new Rebuild(steps, evidence, kinds);
  const proven = rebuild.proven();
  return {
    proven,
    attempts: steps.flatMap((step) => rebuild.attemptsOf(step, proven.has(step.key), makeNonce)),
  };
}

/** The cluster's name, by the one object that is called after it alone; null where that is gone. */
export function clusterNameOf(owned: readonly Owned[]): string | null {
  return owned.find(({ kind }) => kind === 'security-group')?.name.slice(clusterPrefix('').length) ?? null;
}

/** A million openings are more than a state ever sees: nodes may have seen later epochs than any object carries. */
const EPOCHS_LEFT_OUT = 1_000_000;

/** The epoch that a new state begins with, so that it is obeyed and copies of the lost one are not. */
export function epochAfter(owned: readonly Owned[]): number {
  return Math.max(0, ...owned.map(({ mark }) => mark.epoch)) + EPOCHS_LEFT_OUT;
}
