/** The journey of `create`: plan or stored plan, survey, steps, sweep, report. */
import type { StepRecord } from '../engine/journal.ts';
import type { RunReport } from '../engine/run.ts';
import type { PlannedStep } from '../engine/step.ts';
import { BuilderError, ERRORS } from '../errors.ts';
import { openVault, type Vault } from '../host/vault.ts';
import { openState } from '../journal/open.ts';
import type { ClusterRecord, Run, State } from '../journal/state.ts';
import { allowDeletion } from '../plan/allow-deletion.ts';
import { fitConnections } from '../plan/connections.ts';
import type { OnFailure } from '../plan/recover.ts';
import type { VerifyOutcome } from './check-cloud.ts';
import { checkDiskSpace } from './disk-space.ts';
import { endStopped } from './end-run.ts';
import { keepLock } from './keep-lock.ts';
import { mend, recovery } from './mend.ts';
import type { Connected, Parts } from './parts.ts';
import { type ClusterPaths, clusterPaths } from './paths.ts';
import { checkScope, draftPlan, saveDraft } from './save-plan.ts';
import { cloudNameOf, scratchOf } from './saved-wishes.ts';
import { applyScale, draftScale, settleDepartures } from './scale.ts';
import { sweepSurplus } from './sweep-surplus.ts';
import { verifyBuilt } from './verify-built.ts';
import { type ChangeWishes, readWishedChange } from './wished-change.ts';
import { openStepWork } from './work-on-steps.ts';

export interface CreateWishes extends ChangeWishes {
  /** Forget a stored layout that has made nothing. */
  readonly isNewLayout: boolean;
  /** Servers of users that cannot leave a hypervisor which is removed are deleted with it. */
  readonly isDeletingGuests: boolean;
  readonly maxWorkers: number;
  readonly onFailure: OnFailure;
  /** Whether the checks that the layout wishes are run at the end. */
  readonly isVerified: boolean;
}

/** Asked before nodes are removed; throws to call it off. */
export type ConfirmRemoval = (cluster: string, nodes: readonly string[]) => Promise<void>;

export interface CreateOutcome {
  readonly cluster: ClusterRecord;
  readonly steps: readonly StepRecord[];
  readonly paths: ClusterPaths;
  /** 0 also where the cluster is ready and its verification failed. */
  readonly exitCode: number;
  /** null where nothing was verified. */
  readonly verification: VerifyOutcome | null;
}

interface Built extends Pick<RunReport, 'failed' | 'inDoubt'> {
  readonly steps: readonly StepRecord[];
  readonly isCanceled: boolean;
}

/** Forgets a stored cluster on request, but never one that has made something. */
async function forgetUnused(state: State, cluster: ClusterRecord, parts: Parts): Promise<void> {
  const run = await state.startRun(cluster.id, 'create', parts.argv);
  if (run.listResources().some(({ state: found }) => found !== 'gone' && found !== 'foreign')) {
    throw new BuilderError(
      'layout-changed',
      `cluster ${cluster.name} has servers or ports; its layout cannot be forgotten`,
      {
        state: 'nothing was touched',
        fix: `./builder destroy ${cluster.name}, then create it anew`,
      },
    );
  }
  await run.setPhase('destroyed');
  await run.end(0, null);
  await state.forgetCluster(cluster.id);
}

async function storedOrNew(
  state: State,
  wishes: CreateWishes,
  parts: Parts,
  connected: Connected,
  confirm: ConfirmRemoval,
): Promise<ClusterRecord> {
  const stored = state.findCluster(wishes.clusterName);
  if (stored !== null && !wishes.isNewLayout) {
    checkScope(stored, connected.scope);
    if (stored.phase === 'destroying') {
      throw new BuilderError('busy', `cluster ${stored.name} is half destroyed, or was recovered without its plan`, {
        state: 'some of it is left in the cloud',
        fix: `./builder destroy ${stored.name}`,
      });
    }
    const layout = await readWishedChange(stored, wishes);
    await checkDiskSpace(parts.state, stored.nodes.length, scratchOf(stored));
    if (layout === null) return stored;
    const draft = await draftScale(stored, layout, wishes, state, parts, connected);
    if (draft.leave.length > 0) await confirm(stored.name, draft.leave);
    return await applyScale(draft, stored, state, parts);
  }
  if (stored !== null) await forgetUnused(state, stored, parts);
  const draft = await draftPlan(wishes, parts, connected);
  return await saveDraft(draft, wishes, parts, state, connected);
}

async function build(
  cluster: ClusterRecord,
  run: Run,
  wishes: CreateWishes,
  parts: Parts,
  connected: Connected,
  paths: ClusterPaths,
  vault: Vault,
): Promise<Built> {
  const { cloud } = connected;
  cloud.waitLonger();
  const work = openStepWork(cluster, run, vault, parts, connected, paths);
  try {
    const survey = await mend(run, cloud, cluster, wishes.onFailure, { ...parts, emit: work.emit });
    // A twin may have the port that a step is about to use.
    await sweepSurplus(cloud, cluster, run, run.journal.listSteps(), survey, work.emit, parts.signal, 'start');
    const { count, warning } = fitConnections(parts.fileLimit, Math.min(wishes.maxWorkers, cluster.nodes.length));
    if (warning !== null) work.emit({ type: 'notice', level: 'warning', text: warning });
    const before = run.journal.listSteps().filter(({ state }) => state === 'done').length;
    const report = await work.runSteps({
      journal: run.journal,
      maxParallelNodes: count,
      recover: recovery(cluster, wishes.onFailure, work.emit),
      onFailure: wishes.onFailure === 'stop' ? 'stop' : 'continue',
    });
    const steps = run.journal.listSteps();
    const didWork = steps.filter(({ state }) => state === 'done').length > before;
    if (!report.canceled) {
      const now = didWork ? await cloud.survey(parts.signal) : survey;
      await sweepSurplus(cloud, cluster, run, steps, now, work.emit, parts.signal, 'end');
    }
    return { steps, failed: report.failed, inDoubt: report.inDoubt, isCanceled: report.canceled };
  } finally {
    await work.close();
  }
}

/** Guests that cannot move may be deleted from now on, where that is wished. */
async function allowDeletions({ journal }: Run, { isDeletingGuests }: CreateWishes): Promise<void> {
  const allowed = isDeletingGuests ? allowDeletion(journal.listSteps()) : new Map<number, PlannedStep>();
  if (allowed.size === 0) return;
  const reason = 'guests that cannot move may be deleted';
  await journal.replace({ nodes: [], supersede: [...allowed.keys()], insert: [...allowed.values()], reason });
}

/** Until nobody is left who has just gone: then the others are told, in the same run. */
async function buildAll(
  first: ClusterRecord,
  state: State,
  run: Run,
  wishes: CreateWishes,
  parts: Parts,
  connected: Connected,
  paths: ClusterPaths,
  vault: Vault,
): Promise<{ readonly cluster: ClusterRecord; readonly built: Built }> {
  await allowDeletions(run, wishes);
  let cluster = (await settleDepartures(first, state, parts)) ?? first;
  for (;;) {
    const built = await build(cluster, run, wishes, parts, connected, paths, vault);
    const rest = built.isCanceled ? null : await settleDepartures(cluster, state, parts);
    if (rest === null) return { cluster, built };
    cluster = rest;
  }
}

/** One code for all failures when they agree; nodes that failed in different ways are a partial build. */
function exitCodeOf({ failed, inDoubt, isCanceled }: Built): number {
  if (isCanceled) return 130;
  const codes = new Set([...failed, ...inDoubt].map(({ error }) => error.exitCode));
  if (codes.has(10)) return 10;
  const [only] = codes;
  return codes.size === 0 ? 0 : codes.size === 1 && only !== undefined ? only : 5;
}

/** Builds the cluster, or goes on building it. Throws `BuilderError` for whatever stops it before the first step. */
export async function createCluster(
  wishes: CreateWishes,
  parts: Parts,
  confirm: ConfirmRemoval,
): Promise<CreateOutcome> {
  const state = await openState(parts.state, { verb: 'create', argv: parts.argv, allowNew: true }, parts);
  try {
    const stored = state.findCluster(wishes.clusterName);
    const connected = await parts.connect(stored === null ? null : cloudNameOf(stored));
    try {
      const planned = await storedOrNew(state, wishes, parts, connected, confirm);
      const run = await state.startRun(planned.id, 'create', parts.argv);
      try {
        const paths = clusterPaths(parts.state, planned.name, scratchOf(planned));
        const vault = await openVault(paths.vault, planned.id, true);
        const { cluster, built } = await buildAll(planned, state, run, wishes, parts, connected, paths, vault);
        const exitCode = exitCodeOf(built);
        if (exitCode === 0) await keepLock(cluster, built.steps, paths, parts.emit);
        await run.setPhase(exitCode === 0 ? 'ready' : built.isCanceled ? 'creating' : 'failed');
        const isVerified = exitCode === 0 && wishes.isVerified;
        const verification = isVerified ? await verifyBuilt(cluster, run, wishes, vault, connected, parts) : null;
        await run.end((verification?.failed ?? 0) > 0 ? ERRORS['verify-failed'].exit : exitCode, null);
        return { cluster, steps: built.steps, paths, exitCode, verification };
      } catch (error) {
        throw await endStopped(run, error, parts.state);
      }
    } finally {
      await connected.cloud.close();
    }
  } finally {
    state.close();
  }
}
