/** What a resumed create must mend first: servers that vanished or broke, steps that failed, and who else was here. */
import type { Mark, Survey } from '../cloud/cloud.ts';
import type { StepRecord } from '../engine/journal.ts';
import { BuilderError } from '../errors.ts';
import { needsFreshServer } from './recover.ts';

export interface Reconciliation {
  /** Nodes whose server must be made anew, each with the reason. */
  readonly replace: ReadonlyMap<string, string>;
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

function replacementOf(step: StepRecord, survey: Survey): string | null {
  const { kind, node } = step.planned;
  if (node === null) return null;
  if (step.state === 'failed') {
    const code = step.attempts.at(-1)?.error?.code ?? '';
    return needsFreshServer(kind, code) ? `${kind} failed (${code})` : null;
  }
  // Blind lists prove nothing about absence.
  if (kind !== 'create-server' || step.state !== 'done' || survey.blindness.length > 0) return null;
  const id = step.output?.['serverId'];
  const server = survey.servers.find((candidate) => candidate.id === id);
  if (server === undefined) return 'its server is gone';
  return server.status === 'ERROR' ? `its server is in ERROR: ${server.fault ?? 'no fault given'}` : null;
}

/** Throws `drift` for a port or a security group of ours that is gone: addresses and rules hang on them. */
function checkLasting(steps: readonly StepRecord[], survey: Survey): void {
  if (survey.blindness.length > 0) return;
  const present = new Set([...survey.ports, ...survey.securityGroups, ...survey.floatingIps].map(({ id }) => id));
  for (const { planned, state, output } of steps) {
    const id = output?.['portId'] ?? output?.['securityGroupId'] ?? output?.['floatingIpId'];
    if (state === 'done' && planned.lifetime === 'cluster' && typeof id === 'string' && !present.has(id)) {
      throw new BuilderError('drift', `${planned.key} was made as ${id}, and it is gone from the cloud`, {
        at: planned.key,
        state: 'the other nodes are as they were',
        fix: './builder destroy, then create again: every node knows the old address',
      });
    }
  }
}

/** Pure: the stored plan rules, the survey says what is left of it. */
export function reconcile(steps: readonly StepRecord[], survey: Survey): Reconciliation {
  checkLasting(steps, survey);
  const replace = new Map<string, string>();
  for (const step of steps) {
    const reason = replacementOf(step, survey);
    if (reason !== null && step.planned.node !== null && !replace.has(step.planned.node))
      replace.set(step.planned.node, reason);
  }
  const reopen = steps.filter(({ state }) => state === 'failed').map(({ id }) => id);
  return { replace, reopen };
}
