/** The journey of `resolve`: what is in doubt is looked at again and settled; nothing is begun, made or deleted. */
import type { StepRecord } from '../engine/journal.ts';
import type { Word } from '../engine/resolution.ts';
import { BuilderError } from '../errors.ts';
import { openVault } from '../host/vault.ts';
import { openState } from '../journal/open.ts';
import type { ClusterRecord, Run, State } from '../journal/state.ts';
import { chooseOpen, type DoubtReport, describeDoubt, exitCodeOfDoubts } from '../plan/doubt.ts';
import { checkNewest } from '../plan/reconcile.ts';
import { STEP_KINDS } from '../steps/index.ts';
import { endStopped } from './end-run.ts';
import { findCluster } from './find-cluster.ts';
import type { Connected, Parts } from './parts.ts';
import { clusterPaths } from './paths.ts';
import { checkScope } from './save-plan.ts';
import { cloudNameOf, scratchOf } from './saved-wishes.ts';
import { openStepWork } from './work-on-steps.ts';

export interface ResolveWishes {
  readonly clusterName: string | undefined;
  /** Only this step; null for all that are open. */
  readonly step: string | null;
  /** What a person says of that step. */
  readonly word: Word | null;
}

export interface ResolveOutcome {
  readonly cluster: string;
  readonly id: string;
  readonly attempts: readonly DoubtReport[];
  readonly inDoubt: number;
  readonly exitCode: number;
}

/** What destroy has begun it also ends: it waits by itself for what may still show up, and must not be told otherwise. */
function refuseDestroying({ name, phase }: ClusterRecord): void {
  if (phase !== 'destroying') return;
  throw new BuilderError('busy', `cluster ${name} is half destroyed, or was recovered without its plan`, {
    state: 'nothing was changed',
    fix: `./builder destroy ${name}: it waits for what may still show up`,
  });
}

/** Throws `rolled-back` where the journal is an older copy: what it calls open may have ended long ago. */
async function checkCurrent(
  cluster: ClusterRecord,
  run: Run,
  { cloud }: Connected,
  signal: AbortSignal,
): Promise<void> {
  const nonces = new Set(run.listResources().flatMap(({ nonce }) => (nonce === null ? [] : [nonce])));
  checkNewest(await cloud.survey(signal), cluster.id, { epoch: run.journal.epoch, nonces });
}

async function settle(
  cluster: ClusterRecord,
  run: Run,
  open: readonly StepRecord[],
  word: Word | null,
  connected: Connected,
  parts: Parts,
): Promise<ResolveOutcome> {
  await checkCurrent(cluster, run, connected, parts.signal);
  const paths = clusterPaths(parts.state, cluster.name, scratchOf(cluster));
  // Without its keys the nodes cannot be asked, but the cloud can.
  const vault = await openVault(paths.vault, cluster.id, false);
  const work = openStepWork(cluster, run, vault, parts, connected, paths);
  try {
    const resolutions = await work.resolveSteps(run.journal, open, word);
    const attempts = open.flatMap((step) => {
      const [kind, resolution] = [STEP_KINDS.get(step.planned.kind), resolutions.get(step.id)];
      return kind === undefined || resolution === undefined
        ? []
        : [describeDoubt(step, kind, resolution, word, cluster.name)];
    });
    return {
      cluster: cluster.name,
      id: cluster.id,
      attempts,
      inDoubt: attempts.filter(({ verdict }) => verdict === 'in-doubt').length,
      exitCode: exitCodeOfDoubts(resolutions.values()),
    };
  } finally {
    await work.close();
  }
}

async function resolveOpen(
  cluster: ClusterRecord,
  state: State,
  wishes: ResolveWishes,
  connected: Connected,
  parts: Parts,
): Promise<ResolveOutcome> {
  checkScope(cluster, connected.scope);
  const open = chooseOpen(state.listSteps(cluster.id), wishes.step);
  const run = await state.startRun(cluster.id, 'resolve', parts.argv);
  try {
    const outcome = await settle(cluster, run, open, wishes.word, connected, parts);
    await run.end(outcome.exitCode, null);
    return outcome;
  } catch (error) {
    throw await endStopped(run, error, parts.state);
  }
}

/**
 * Settles what the evidence settles, and what a person says of one step. Throws `unknown-cluster`, `ambiguous-cluster`, `not-in-doubt`,
 * `not-ours`, `busy`, `rolled-back`, and what opening a state throws.
 */
export async function resolveCluster(wishes: ResolveWishes, parts: Parts): Promise<ResolveOutcome> {
  const state = await openState(parts.state, { verb: 'resolve', argv: parts.argv, allowNew: false }, parts);
  try {
    const cluster = findCluster(state, wishes.clusterName);
    refuseDestroying(cluster);
    if (chooseOpen(state.listSteps(cluster.id), wishes.step).length === 0)
      return { cluster: cluster.name, id: cluster.id, attempts: [], inDoubt: 0, exitCode: 0 };
    const connected = await parts.connect(cloudNameOf(cluster));
    try {
      return await resolveOpen(cluster, state, wishes, connected, parts);
    } finally {
      await connected.cloud.close();
    }
  } finally {
    state.close();
  }
}
