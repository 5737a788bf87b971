/** The journey of `destroy`: from any state of a cluster, or from its id alone, to nothing. */
import type { Cloud } from '../cloud/cloud.ts';
import { BuilderError } from '../errors.ts';
import { removeFile } from '../host/files.ts';
import { removeFolder } from '../host/folders.ts';
import { openState } from '../journal/open.ts';
import type { ClusterRecord, ResourceRecord, Run, State } from '../journal/state.ts';
import { DELETE_ORDER, type Owned, ownedBy } from '../plan/ownership.ts';
import { settledAt, visibleAt } from '../plan/settled-at.ts';
import { STEP_KINDS } from '../steps/index.ts';
import { askToEmpty, emptyCloud } from './empty-cloud.ts';
import { endStopped } from './end-run.ts';
import { listLiving } from './find-cluster.ts';
import type { Parts } from './parts.ts';
import { clusterPaths } from './paths.ts';
import { checkScope } from './save-plan.ts';
import { cloudNameOf, scratchOf } from './saved-wishes.ts';
import type { Known, Sweep } from './sweeper.ts';

export interface DestroyWishes {
  readonly clusterNames: readonly string[];
  readonly unlock: boolean;
  readonly isWaiting: boolean;
}

/** Settle window where no journal says when the last create was sent. */
const UNKNOWN_SETTLE_MS = 120_000;

function isLive({ state }: ResourceRecord): boolean {
  return state === 'creating' || state === 'present';
}

/** What may still be there of what the journal knows. */
function listKnown(cluster: ClusterRecord, resources: readonly ResourceRecord[], now: Date): readonly Known[] {
  return resources.flatMap(({ kind: name, cloudId: id, key, generation, nonce, state, unseenSince }) => {
    const kind = DELETE_ORDER.find((candidate) => candidate === name);
    if (kind === undefined || id === null || state === 'gone') return [];
    const mark = { cluster: cluster.id, key, generation, nonce: nonce ?? '', epoch: 0 };
    return [{ kind, id, mark, visibleAt: visibleAt(unseenSince, cluster.settleMs, now) }];
  });
}

async function destroyOne(
  cluster: ClusterRecord,
  run: Run,
  wishes: DestroyWishes,
  parts: Parts,
  cloud: Cloud,
): Promise<void> {
  await run.setPhase('destroying');
  cloud.waitLonger();
  const sweep: Sweep = {
    cloud,
    owner: cluster,
    settledAt: settledAt(
      run.journal.listSteps(),
      run.listResources(),
      (kind) => STEP_KINDS.get(kind)?.resource !== undefined,
      cluster.settleMs,
      parts.clock.now(),
    ),
    known: listKnown(cluster, run.listResources(), parts.clock.now()),
    unlock: wishes.unlock,
    async record({ kind, id, mark }, state) {
      const resources = run.listResources();
      const { key, generation } = resources.find((row) => row.cloudId === id) ?? mark;
      // One of a key may live: what nobody adopted stays on record as asked to go.
      const isOther = resources.some(
        (row) => row.kind === kind && row.key === key && row.cloudId !== id && isLive(row),
      );
      if (state !== 'present' || !isOther) await run.setResourceState(kind, id, key, generation, state);
    },
    emit(event) {
      parts.emit(event);
      run.recordEvent(event);
    },
    clock: parts.clock,
    signal: parts.signal,
  };
  if (!wishes.isWaiting) {
    const { count, unsettledMs } = await askToEmpty(sweep);
    if (count > 0 || unsettledMs > 0) {
      const wait = `nothing is left; a late create could still show up for ${Math.ceil(unsettledMs / 1000)} s`;
      const text = count > 0 ? `asked for ${count} objects to go` : wait;
      parts.emit({ type: 'notice', level: 'info', text: `${text}; run destroy again to see the end of it` });
      return;
    }
  }
  await emptyCloud(sweep);
  await forget(cluster, run, parts);
}

/** The cluster is gone from the cloud. Its keys and passwords go before it counts as destroyed: after that nobody looks for them. */
async function forget(cluster: ClusterRecord, run: Run, parts: Parts): Promise<void> {
  const paths = clusterPaths(parts.state, cluster.name, scratchOf(cluster));
  await removeFolder(paths.folder);
  await removeFolder(clusterPaths(parts.state, cluster.name).folder);
  await removeFile(paths.identity);
  await removeFile(paths.vault);
  await run.setPhase('destroyed');
}

function findClusters(state: State, names: readonly string[], folder: string): readonly ClusterRecord[] {
  return names.map((name) => {
    const cluster = state.findCluster(name);
    if (cluster !== null) return cluster;
    const known = listLiving(state).map((candidate) => candidate.name);
    throw new BuilderError('unknown-cluster', `no cluster "${name}" in ${folder}`, {
      fix: known.length > 0 ? `known: ${known.join(', ')}` : 'with no state: ./builder destroy --cluster-id ID',
    });
  });
}

/** One cluster as a run of its own; its failure is returned, so that the others are tried too. */
async function tryDestroy(
  cluster: ClusterRecord,
  state: State,
  wishes: DestroyWishes,
  parts: Parts,
  connect: Parts['connect'],
): Promise<BuilderError | null> {
  const run = await state.startRun(cluster.id, 'destroy', parts.argv);
  try {
    const { cloud, scope } = await connect(cloudNameOf(cluster));
    checkScope(cluster, scope);
    await destroyOne(cluster, run, wishes, parts, cloud);
    await run.end(0, null);
    return null;
  } catch (error) {
    const told = await endStopped(run, error, parts.state);
    if (!(told instanceof BuilderError) || told.code === 'fenced') throw told;
    return told;
  }
}

/** Destroys clusters of the state. Throws the failures together after every cluster was tried. */
export async function destroyClusters(wishes: DestroyWishes, parts: Parts): Promise<void> {
  const state = await openState(parts.state, { verb: 'destroy', argv: parts.argv, allowNew: false }, parts);
  try {
    const clusters = findClusters(state, wishes.clusterNames, parts.state);
    // Clusters of one cloud share its connection.
    const connected = new Map<string | null, ReturnType<Parts['connect']>>();
    const connect: Parts['connect'] = (remembered) => {
      const known = connected.get(remembered) ?? parts.connect(remembered);
      connected.set(remembered, known);
      return known;
    };
    try {
      const failures: BuilderError[] = [];
      for (const cluster of clusters) {
        const failure = await tryDestroy(cluster, state, wishes, parts, connect);
        if (failure !== null) failures.push(failure);
      }
      if (failures.length > 0) throw BuilderError.all(failures);
    } finally {
      for (const result of await Promise.allSettled(connected.values())) {
        if (result.status === 'fulfilled') await result.value.cloud.close();
      }
    }
  } finally {
    state.close();
  }
}

export interface MarkedCluster {
  readonly id: string;
  readonly objects: readonly Owned[];
}

/** What of a cluster exists in the cloud, by its mark alone; nothing is touched. */
export async function findByMark(
  clusterId: string,
  cloud: Cloud,
  projectId: string,
  signal: AbortSignal,
): Promise<MarkedCluster> {
  const survey = await cloud.survey(signal);
  return { id: clusterId, objects: ownedBy(survey, clusterId, projectId) };
}

/** Destroys a cluster without a state; a create sent by a builder that is gone may show up for the whole settle window. */
export async function destroyByMark(
  clusterId: string,
  cloud: Cloud,
  projectId: string,
  unlock: boolean,
  parts: Parts,
): Promise<void> {
  cloud.waitLonger();
  await emptyCloud({
    cloud,
    owner: { id: clusterId, scope: { projectId } },
    settledAt: new Date(parts.clock.now().getTime() + UNKNOWN_SETTLE_MS),
    known: [],
    unlock,
    record: async () => undefined,
    emit: parts.emit,
    clock: parts.clock,
    signal: parts.signal,
  });
}
