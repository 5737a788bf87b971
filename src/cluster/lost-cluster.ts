/** What can be known of a cluster whose state was lost: the copy of its plan, its objects in the cloud, the records on its nodes. */
import { blindList } from '../cloud/blind-list.ts';
import type { Cloud, Survey } from '../cloud/cloud.ts';
import { subjectOf } from '../engine/step.ts';
import { BuilderError } from '../errors.ts';
import { openVault, type Vault } from '../host/vault.ts';
import type { NewCluster } from '../journal/state.ts';
import { type Owned, ownedBy } from '../plan/ownership.ts';
import { clusterNameOf, findMade, type LastJob, type Made } from '../plan/rebuild.ts';
import type { Remote } from '../remote/remote.ts';
import { STEP_KINDS } from '../steps/index.ts';
import { accessInput } from '../steps/node-access.ts';
import { CLIENT_KEY, hostKeyName, newestGeneration } from '../steps/ports.ts';
import type { Connected, Parts } from './parts.ts';
import { clusterPaths } from './paths.ts';
import { readPlanCopies } from './plan-copy.ts';
import { readJobs } from './read-jobs.ts';
import { endpointOf } from './step-ports.ts';

export interface Wanted {
  readonly id: string;
  readonly copy: NewCluster | null;
}

export interface LostCluster {
  readonly cluster: NewCluster;
  readonly hasPlan: boolean;
  readonly vault: Vault;
  readonly owned: readonly Owned[];
  readonly made: Made;
  readonly survey: Survey;
}

const LEAST_LOOKS = 3;
const PAUSE_MS = 5_000;

/** By id; else the only one of which a copy of the plan is kept, or the one of this name. */
export async function chooseLost(id: string | null, name: string | null, stateFolder: string): Promise<Wanted> {
  const copies = await readPlanCopies(stateFolder);
  if (id !== null) return { id, copy: copies.find((copy) => copy.id === id) ?? null };
  const found = copies.filter((copy) => name === null || copy.name === name);
  const [only] = found;
  if (only !== undefined && found.length === 1) return { id: only.id, copy: only };
  const known = copies.map((copy) => `${copy.name} (${copy.id})`).join(', ');
  throw found.length > 0
    ? new BuilderError('ambiguous-cluster', `${found.length} clusters had a plan here: ${known}`, {
        fix: 'recover one after the other: ./builder recover NAME',
      })
    : new BuilderError('unknown-cluster', `no copy of a plan of ${name ?? 'a cluster'} in ${stateFolder}`, {
        at: clusterPaths(stateFolder, '').folder,
        fix: `name the cluster by its mark: --cluster-id ID${known === '' ? '' : `; known here: ${known}`}`,
      });
}

/** All there is without a plan: enough to show and to destroy it. */
function withoutPlan(
  id: string,
  name: string | null,
  owned: readonly Owned[],
  { scope, name: cloud }: Connected,
): NewCluster {
  const given = name ?? clusterNameOf(owned);
  if (given === null) {
    throw new BuilderError('unknown-cluster', `the name of cluster ${id} is not known`, {
      state: 'nothing was touched',
      fix: `name it: ./builder recover NAME --cluster-id ${id}`,
    });
  }
  const nodes = owned.flatMap(({ mark }) => (mark.key.startsWith('create-port/') ? [subjectOf(mark.key)] : []));
  const { authUrl, region, projectId, userId } = scope;
  return {
    id,
    name: given,
    scope: { authUrl, region, projectId, userId },
    settleMs: 0,
    layout: {},
    choices: { cloud, scratch: null },
    nodes: [...new Set(nodes)].sort().map((node) => ({ name: node, role: 'unknown', group: 'unknown' })),
    steps: [],
  };
}

/** Throws `blind-list` where what is not seen may be there all the same. */
async function surveyWhole(cloud: Cloud, signal: AbortSignal): Promise<Survey> {
  const survey = await cloud.survey(signal);
  if (survey.blindness.length === 0) return survey;
  throw blindList(survey.blindness, { state: 'nothing was touched' });
}

/**
 * Looks until everything that the lost builder may have asked for is seen, or could not show up any more: what comes later would
 * be made twice.
 */
async function lookUntilSettled(
  cluster: NewCluster,
  kept: ReadonlyMap<string, number>,
  cloud: Cloud,
  { clock, emit, signal }: Parts,
): Promise<Pick<LostCluster, 'owned' | 'made' | 'survey'>> {
  const { id, steps, settleMs } = cluster;
  const { projectId } = cluster.scope;
  const until = clock.now().getTime() + settleMs;
  for (let looks = 1; ; looks += 1) {
    // One look after the other: time has to pass between them.
    const survey = await surveyWhole(cloud, signal);
    const made = findMade({ id, projectId, steps }, survey, kept, STEP_KINDS);
    const leftMs = until - clock.now().getTime();
    if (made.missing.length === 0 || (leftMs <= 0 && looks >= LEAST_LOOKS))
      return { owned: ownedBy(survey, id, projectId), made, survey };
    if (looks === 1) {
      const seconds = Math.ceil(settleMs / 1000);
      const text = `checking whether the lost builder asked for ${made.missing.join(', ')} (${seconds} s)`;
      emit({ type: 'notice', level: 'info', text });
    }
    await clock.sleep(Math.min(PAUSE_MS, Math.max(leftMs, settleMs / LEAST_LOOKS)), signal);
  }
}

/** Throws `unknown-cluster` where nothing carries the cluster's mark. */
export async function findLost(
  { id, copy }: Wanted,
  name: string | null,
  connected: Connected,
  parts: Parts,
): Promise<LostCluster> {
  const { cloud, scope } = connected;
  const found = ownedBy(await surveyWhole(cloud, parts.signal), id, scope.projectId);
  if (found.length === 0) {
    throw new BuilderError('unknown-cluster', `nothing in project ${scope.projectName} carries the mark ${id}`, {
      state: 'nothing was touched',
      fix: copy === null ? 'check the id and the credentials' : `begin anew: ./builder create ${copy.name}`,
    });
  }
  const cluster = copy ?? withoutPlan(id, name, found, connected);
  const vault = await openVault(clusterPaths(parts.state, cluster.name).vault, id, false);
  const secrets = [...vault.entries().keys()];
  const kept = new Map(cluster.nodes.map((node) => [node.name, Math.max(1, newestGeneration(node.name, secrets))]));
  return { cluster, hasPlan: copy !== null, vault, ...(await lookUntilSettled(cluster, kept, cloud, parts)) };
}

async function askNode(
  node: string,
  { cluster, vault, made }: LostCluster,
  remote: Remote,
  { emit, keys, signal }: Parts,
  addresses: ReadonlyMap<string, string>,
): Promise<ReadonlyMap<string, LastJob> | null> {
  const steps = cluster.steps.filter((step) => step.node === node);
  const waitSsh = steps.find(({ kind }) => kind === 'wait-ssh');
  const server = made.objects.get(`create-server/${node}`);
  if (waitSsh === undefined || server?.status !== 'ACTIVE' || !vault.has(CLIENT_KEY)) return null;
  const { access, user } = accessInput.parse(waitSsh.input);
  const maker = access === 'floating' ? `create-floating-ip/${node}` : `create-port/${node}`;
  const address = addresses.get(made.objects.get(maker)?.id ?? '');
  if (address === undefined) return null;
  const generation = made.generations.get(node) ?? 1;
  try {
    const hostKeys = [keys.publicOf(vault.get(hostKeyName(node, generation)))];
    const endpoint = endpointOf({ node, hostKeys, user, host: address }, vault);
    return await readJobs(remote.node(endpoint), steps, generation, signal);
  } catch (error) {
    if (!(error instanceof BuilderError) || error.code === 'canceled' || error.code === 'internal') throw error;
    emit({ type: 'notice', level: 'warning', text: `${node} was not asked: ${error.message}` });
    return null;
  }
}

/** The remote jobs of every node that answers. */
export async function askNodes(
  lost: LostCluster,
  sshProxy: string | null,
  parts: Parts,
): Promise<ReadonlyMap<string, ReadonlyMap<string, LastJob>>> {
  const { ports, floatingIps } = lost.survey;
  const addresses = new Map([
    ...ports.map(
      ({ id, fixedIps }) => [id, fixedIps.find(({ address }) => !address.includes(':'))?.address ?? ''] as const,
    ),
    ...floatingIps.map(({ id, address }) => [id, address] as const),
  ]);
  const remote = parts.openRemote(sshProxy);
  try {
    const answers = await Promise.all(
      lost.cluster.nodes.map(async ({ name }) => [name, await askNode(name, lost, remote, parts, addresses)] as const),
    );
    return new Map(answers.flatMap(([name, jobs]) => (jobs === null ? [] : [[name, jobs] as const])));
  } finally {
    await remote.close();
  }
}
