/** What a resumed create must mend first: servers that vanished or broke, steps that failed, and who else was here. */
import type { Mark, ResourceKind, Survey } from '../cloud/cloud.ts';
import type { StepRecord } from '../engine/journal.ts';
import { BuilderError } from '../errors.ts';
import { type Answer, answerLater, type OnFailure, type Roles } from './recover.ts';
import { visibleAt } from './settled-at.ts';

export interface Reconciliation {
  /** Nodes whose server must be made anew, each with the reason. */
  readonly replace: ReadonlyMap<string, string>;
  /** Steps at which stack.sh failed, and that it is run again for on the same server; of none of those nodes. */
  readonly restack: readonly StepRecord[];
  /** Failed steps that are simply tried again. */
  readonly reopen: readonly number[];
}

/** What a state knows of its own past. */
export interface StatePast {
  readonly epoch: number;
  /** Of every create that was ever intended: a mark's nonce was durable before the create was sent (promise S2). */
  readonly nonces: ReadonlySet<string>;
}

/** Those made by a later builder, so that the state they are compared with is an older copy (promise S9). */
export function laterThan(marks: readonly Mark[], { epoch, nonces }: StatePast): readonly Mark[] {
  // The epoch alone would not do: each builder that is refused raises it, until it is as high as the later one's.
  return marks.filter((mark) => mark.epoch > epoch || !nonces.has(mark.nonce));
}

/** Throws `rolled-back` where the cloud shows that this state is an older copy. */
export function checkNewest(survey: Survey, clusterId: string, past: StatePast): void {
  const marks = [...survey.servers, ...survey.ports, ...survey.floatingIps, ...survey.securityGroups].flatMap(
    ({ mark }) => (mark?.cluster === clusterId ? [mark] : []),
  );
  const [first, ...more] = laterThan(marks, past);
  if (first === undefined) return;
  const epoch = Math.max(first.epoch, ...more.map((mark) => mark.epoch));
  throw new BuilderError(
    'rolled-back',
    `the state is an older copy: ${more.length + 1} objects in the cloud were made after it`,
    {
      at: first.key,
      state: `nothing was touched; they carry epoch ${epoch}, this run is ${past.epoch}`,
      fix: `bring back the newest copy of the state; with none: ./builder recover --cluster-id ${clusterId}`,
    },
  );
}

/** What a finished step made, and a survey does not show. */
export interface Missing {
  /** Of the step. */
  readonly key: string;
  readonly kind: ResourceKind;
  readonly id: string;
  /** Until then it may only be invisible. */
  readonly visibleAt: Date;
}

/** What must be known of a kind of step. */
interface KindFacts {
  readonly resource?: { readonly kind: string; idOf(output: never): string };
}

/** Pure. Blind lists prove nothing about absence, so that nothing is missing from them. */
export function missingFrom(
  steps: readonly StepRecord[],
  survey: Survey,
  kinds: ReadonlyMap<string, KindFacts>,
  settleMs: number,
  now: Date,
): readonly Missing[] {
  if (survey.blindness.length > 0) return [];
  const listed = [...survey.servers, ...survey.ports, ...survey.securityGroups, ...survey.floatingIps];
  const present = new Set(listed.map(({ id }) => id));
  return steps.flatMap(({ planned, state, output, attempts }) => {
    const resource = kinds.get(planned.kind)?.resource;
    if (resource === undefined || state !== 'done') return [];
    const id = resource.idOf(output as never);
    if (present.has(id)) return [];
    const answeredAt = attempts.findLast((attempt) => attempt.state === 'ok')?.endedAt ?? null;
    // What a step makes is of one of the cloud's kinds.
    const kind = resource.kind as ResourceKind;
    return [{ key: planned.key, kind, id, visibleAt: visibleAt(answeredAt, settleMs, now) }];
  });
}

/** Whose stack.sh may be run again on the same server, and what is wished where it failed. */
interface Wish {
  readonly roles: Roles;
  readonly onFailure: OnFailure;
}

/** Of a failed step, by its answer, and of the servers that are left: why a node's server must be made anew; null where it need not. */
function replacementOf(
  step: StepRecord,
  survey: Survey,
  gone: readonly Missing[],
  answer: Answer | undefined,
): string | null {
  const { key, kind, node } = step.planned;
  if (node === null) return null;
  if (step.state === 'failed') {
    const code = step.attempts.at(-1)?.error?.code ?? 'its error was not kept';
    return answer === 'fresh-server' ? `${kind} failed (${code})` : null;
  }
  if (kind !== 'create-server' || step.state !== 'done') return null;
  if (gone.some((object) => object.key === key)) return 'its server is gone';
  const server = survey.servers.find(({ id }) => id === step.output?.['serverId']);
  return server?.status === 'ERROR' ? `its server is in ERROR: ${server.fault ?? 'no fault given'}` : null;
}

/** Throws `drift` for what outlives servers and is gone: addresses and rules hang on it. */
function checkLasting(gone: readonly Missing[]): void {
  const lasting = gone.find(({ kind }) => kind !== 'server');
  if (lasting === undefined) return;
  throw new BuilderError('drift', `${lasting.key} was made as ${lasting.id}, and it is gone from the cloud`, {
    at: lasting.key,
    state: 'the other nodes are as they were',
    fix: './builder destroy, then create again: every node knows the old address',
  });
}

/** Pure: the stored plan rules, the survey says what is left of it; `gone` is what is missing from it for good. */
export function reconcile(
  steps: readonly StepRecord[],
  survey: Survey,
  gone: readonly Missing[],
  wish: Wish,
): Reconciliation {
  checkLasting(gone);
  const failed = steps.filter(({ state }) => state === 'failed');
  const answers = new Map(failed.map((step) => [step.id, answerLater(step, wish.roles, wish.onFailure)]));
  const replace = new Map<string, string>();
  for (const step of steps) {
    const reason = replacementOf(step, survey, gone, answers.get(step.id));
    if (reason !== null && step.planned.node !== null && !replace.has(step.planned.node))
      replace.set(step.planned.node, reason);
  }
  const restack = failed.filter(({ id, planned }) => answers.get(id) === 'restack' && !replace.has(planned.node ?? ''));
  return { replace, restack, reopen: failed.map(({ id }) => id) };
}
