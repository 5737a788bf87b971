/** The journey of `recover`: a state that was lost is made anew from the cloud's marks and the records on the nodes (promise S8). */
import type { StepRecord } from '../engine/journal.ts';
import { narrowJournal } from '../engine/narrow-journal.ts';
import { BuilderError, failureOf } from '../errors.ts';
import { openState, setAside } from '../journal/open.ts';
import type { ClusterRecord, Phase, Run } from '../journal/state.ts';
import { fitConnections } from '../plan/connections.ts';
import { epochAfter, type Rebuilt, rebuildPast } from '../plan/rebuild.ts';
import { laterThan, type StatePast } from '../plan/reconcile.ts';
import type { RecoveryFinding } from '../progress/recovery-text.ts';
import { STEP_KINDS } from '../steps/index.ts';
import { endStopped } from './end-run.ts';
import { askNodes, chooseLost, findLost, type LostCluster } from './lost-cluster.ts';
import type { Connected, Parts } from './parts.ts';
import { clusterPaths } from './paths.ts';
import { checkScope } from './save-plan.ts';
import { cloudNameOf, scratchOf } from './saved-wishes.ts';
import { openStepWork } from './work-on-steps.ts';

export interface RecoverWishes {
  readonly clusterId: string | null;
  readonly clusterName: string | null;
}

export interface RecoverOutcome {
  readonly cluster: ClusterRecord;
  readonly phase: Phase;
  readonly done: number;
  readonly total: number;
  /** The new name of the state that was moved aside. */
  readonly aside: string | null;
}

interface StateLook {
  readonly damage: string | null;
  readonly clusters: readonly ClusterRecord[];
  readonly past: StatePast;
}

const NO_PAST: StatePast = { epoch: 0, nonces: new Set() };

async function lookAtState({ state: folder, argv, clock }: Parts): Promise<StateLook> {
  try {
    const state = await openState(folder, { verb: 'recover', argv, allowNew: false }, { clock });
    const clusters = state.listClusters();
    const nonces = clusters.flatMap(({ id }) => state.listResources(id).map(({ nonce }) => nonce ?? ''));
    state.close();
    return { damage: null, clusters, past: { epoch: state.epoch, nonces: new Set(nonces) } };
  } catch (error) {
    const { code, message } = failureOf(error);
    if (code === 'unknown-cluster') return { damage: null, clusters: [], past: NO_PAST };
    if (code !== 'state-damaged' && code !== 'state-empty') throw error;
    return { damage: message, clusters: [], past: NO_PAST };
  }
}

/** Why the state cannot stay; null when it can. Throws `duplicate-name` where it is whole and has the cluster, or its name. */
function judgeState({ damage, clusters, past }: StateLook, { cluster, owned }: LostCluster): string | null {
  if (damage !== null) return damage;
  const known = clusters.find(
    ({ id, name, phase }) => id === cluster.id || (name === cluster.name && phase !== 'destroyed'),
  );
  if (known === undefined) return null;
  const later = laterThan(
    owned.map(({ mark }) => mark),
    past,
  );
  if (known.id === cluster.id && known.phase !== 'destroyed' && later.length > 0)
    return `it is an older copy: ${later.length} objects in the cloud were made after it`;
  throw known.id === cluster.id
    ? new BuilderError('duplicate-name', `cluster ${known.name} is in the state, which is whole: nothing is lost`, {
        state: 'nothing was touched',
        fix:
          known.phase === 'destroyed'
            ? `it was destroyed; what is left: ./builder destroy --cluster-id ${known.id}`
            : `./builder status ${known.name}, ./builder create ${known.name}`,
      })
    : new BuilderError('duplicate-name', `the state has another cluster called ${known.name} (${known.id})`, {
        state: 'nothing was touched',
        fix: 'recover it into another folder: --state DIR',
      });
}

function describe(
  { cluster, hasPlan, owned, made }: LostCluster,
  answering: ReadonlySet<string>,
  { proven }: Rebuilt,
  damage: string | null,
): RecoveryFinding {
  return {
    cluster: cluster.name,
    id: cluster.id,
    hasPlan,
    damage,
    objects: owned.length,
    nodes: cluster.nodes.map(({ name }) => {
      const steps = cluster.steps.filter(({ node }) => node === name);
      return {
        name,
        generation: made.generations.get(name) ?? 1,
        server:
          owned.find(({ kind, mark }) => kind === 'server' && mark.key === `create-server/${name}`)?.status ?? null,
        isAnswering: answering.has(name),
        over: steps.filter(({ key }) => proven.has(key)).length,
        total: steps.length,
      };
    }),
  };
}

function phaseOf(steps: readonly StepRecord[]): Phase {
  if (steps.some(({ state }) => state === 'failed')) return 'failed';
  return steps.every(({ state }) => state === 'done') ? 'ready' : 'creating';
}

/** The engine itself takes up what is over: under the same marks and job ids, so that nothing is made or run again. */
async function takeUp(
  cluster: ClusterRecord,
  run: Run,
  { vault }: LostCluster,
  { proven }: Rebuilt,
  connected: Connected,
  parts: Parts,
): Promise<Phase> {
  const paths = clusterPaths(parts.state, cluster.name, scratchOf(cluster));
  connected.cloud.waitLonger();
  const work = openStepWork(cluster, run, vault, parts, connected, paths);
  try {
    await work.runSteps({
      journal: narrowJournal(run.journal, proven),
      maxParallelNodes: fitConnections(parts.fileLimit, cluster.nodes.length).count,
      recover: () => null,
      onFailure: 'continue',
    });
  } finally {
    await work.close();
  }
  return phaseOf(run.journal.listSteps());
}

/** Without a plan, its objects are known and nothing more: they wait to be destroyed. */
async function keepObjects(run: Run, { owned }: LostCluster): Promise<Phase> {
  await Promise.all(
    owned.map(({ kind, id, mark }) => run.setResourceState(kind, id, mark.key, mark.generation, 'surplus')),
  );
  return 'destroying';
}

async function write(
  lost: LostCluster,
  rebuilt: Rebuilt,
  connected: Connected,
  parts: Parts,
): Promise<Omit<RecoverOutcome, 'aside'>> {
  const options = { verb: 'recover', argv: parts.argv, allowNew: true, leastEpoch: epochAfter(lost.owned) } as const;
  const state = await openState(parts.state, options, parts);
  try {
    const cluster = await state.createCluster(lost.cluster, {
      // Until the run has ended well, nobody takes it for ready.
      phase: lost.hasPlan ? 'creating' : 'destroying',
      generations: lost.made.generations,
      attempts: rebuilt.attempts,
    });
    const run = await state.startRun(cluster.id, 'recover', parts.argv);
    try {
      const phase = lost.hasPlan
        ? await takeUp(cluster, run, lost, rebuilt, connected, parts)
        : await keepObjects(run, lost);
      await run.setPhase(phase);
      await run.end(0, null);
      const steps = run.journal.listSteps();
      const done = steps.filter(({ state: each }) => each === 'done').length;
      return { cluster, phase, done, total: steps.length };
    } catch (error) {
      throw await endStopped(run, error, parts.state);
    }
  } finally {
    state.close();
  }
}

/**
 * Makes the rows of a lost cluster anew. `confirm` is asked before anything is written, and throws to call it off. Throws
 * `unknown-cluster`, `ambiguous-cluster`, `duplicate-name`, `blind-list`, and what opening a state throws.
 */
export async function recoverCluster(
  wishes: RecoverWishes,
  parts: Parts,
  confirm: (finding: RecoveryFinding) => Promise<void>,
): Promise<RecoverOutcome> {
  const look = await lookAtState(parts);
  const wanted = await chooseLost(wishes.clusterId, wishes.clusterName, parts.state);
  const connected = await parts.connect(wanted.copy === null ? null : cloudNameOf(wanted.copy));
  try {
    if (wanted.copy !== null) checkScope(wanted.copy, connected.scope);
    const lost = await findLost(wanted, wishes.clusterName, connected, parts);
    const damage = judgeState(look, lost);
    const jobs = await askNodes(lost, connected.sshProxy, parts);
    const evidence = { ...lost.made, jobs };
    const rebuilt = rebuildPast(lost.cluster.steps, evidence, STEP_KINDS, () => parts.random.id());
    await confirm(describe(lost, new Set(jobs.keys()), rebuilt, damage));
    const aside = damage === null ? null : await setAside(parts.state, parts.clock);
    return { ...(await write(lost, rebuilt, connected, parts)), aside };
  } finally {
    await connected.cloud.close();
  }
}
