/** From wishes to a saved plan: layout, preflight, secrets, journal; no effect on the cloud. */
import type { CloudScope } from '../cloud/cloud.ts';
import type { JsonObject } from '../engine/step.ts';
import { BuilderError } from '../errors.ts';
import { openVault } from '../host/vault.ts';
import type { ClusterRecord, NewCluster, State } from '../journal/state.ts';
import type { Layout } from '../layout/layout.ts';
import { planNodes } from '../layout/nodes.ts';
import type { LayoutOverrides } from '../layout/override.ts';
import { planCreate } from '../plan/create.ts';
import { type Preflight, preflight } from '../plan/preflight.ts';
import { CLIENT_KEY } from '../steps/ports.ts';
import { readCloudFacts } from './cloud-facts.ts';
import { checkDiskSpace } from './disk-space.ts';
import { resolveGitRef } from './git-ref.ts';
import type { Connected, Parts } from './parts.ts';
import { clusterPaths } from './paths.ts';
import { keepPlanCopy } from './plan-copy.ts';
import { resolveProjects } from './project-refs.ts';
import { keepUploads } from './upload-documents.ts';
import { type ReadUploads, readUploads, type UploadWishes } from './uploads.ts';
import { readUserParts } from './user-parts.ts';
import { DEFAULT_LAYOUT, readWishedLayout } from './wished-layout.ts';

export interface LayoutWishes {
  readonly clusterName: string;
  /** Name of a shipped layout or a file; null when none was named. */
  readonly layout: string | null;
  readonly overrides: LayoutOverrides;
  /** File of the commits to build from; null: what the branches stand at. */
  readonly lock: string | null;
  readonly keyName: string | null;
  readonly isForced: boolean;
  readonly uploads: UploadWishes;
  readonly isOverlapped: boolean;
  readonly settleMs: number;
  readonly sshTimeoutMs: number;
  /** Folder for logs and copies instead of the state's own; null for that. */
  readonly scratch: string | null;
}

export interface Draft {
  readonly layout: Layout;
  readonly decided: Preflight;
  readonly uploads: ReadUploads;
}

/** Of a cluster on slow servers; a fresh token of Keystone's usual hour reaches. */
const USUAL_BUILD_MS = 45 * 60_000;
const PASSWORDS = ['admin_password', 'database_password', 'rabbit_password', 'service_password', 'swift_hash'];

/** DevStack ends where a plugin is enabled twice. */
function checkExtras({ plugins }: Layout, { uploads }: ReadUploads): void {
  const name = uploads.plugin?.name;
  if (name === undefined || !plugins.some((plugin) => plugin.name === name)) return;
  throw new BuilderError('duplicate-name', `the layout has a plugin ${name} too`, {
    at: '--extras',
    state: 'nothing was created',
    fix: 'rename the folder, or leave one of them out',
  });
}

/** Layout, files and cloud looked at together; throws every problem before anything is created. */
export async function draftPlan(
  wishes: LayoutWishes,
  parts: Parts,
  { cloud, scope, gitEnvironment }: Connected,
): Promise<Draft> {
  checkTokenLife(scope, parts.clock.now());
  const layout = await readWishedLayout(wishes);
  const nodes = planNodes(layout);
  await checkDiskSpace(parts.state, nodes.length, wishes.scratch);
  const [given, own] = await Promise.all([
    readUploads(wishes.uploads),
    readUserParts(layout, wishes.layout ?? DEFAULT_LAYOUT),
  ]);
  const uploads = { ...given, documents: new Map([...given.documents, ...own.documents]) };
  checkExtras(layout, uploads);
  const [facts, commit, projects] = await Promise.all([
    readCloudFacts(cloud, scope, wishes.keyName, parts.signal),
    resolveGitRef(layout.devstack.repo, layout.devstack.commit ?? layout.devstack.ref, gitEnvironment, parts.signal),
    resolveProjects(layout, gitEnvironment, parts.signal),
  ]);
  const decided = preflight(layout, nodes, facts, {
    clusterName: wishes.clusterName,
    keyName: wishes.keyName,
    isForced: wishes.isForced,
    sshTimeoutMs: wishes.sshTimeoutMs,
    ownAddresses: parts.ownAddresses,
    commit,
    uploads: uploads.uploads,
    projects,
    userParts: own.parts,
    isOverlapped: wishes.isOverlapped,
  });
  for (const text of decided.warnings) parts.emit({ type: 'notice', level: 'warning', text });
  return { layout, decided, uploads };
}

/** Secrets first, then files, then the plan in one transaction: nothing names what is not kept. */
export async function saveDraft(
  draft: Draft,
  wishes: LayoutWishes,
  parts: Parts,
  state: State,
  { scope, name: cloud }: Connected,
): Promise<ClusterRecord> {
  const id = parts.random.id();
  const paths = clusterPaths(parts.state, wishes.clusterName);
  const vault = await openVault(paths.vault, id, false);
  await vault.ensure(CLIENT_KEY, () => parts.keys.make(`builder-${wishes.clusterName}`).privateKey);
  await Promise.all(PASSWORDS.map((name) => vault.ensure(name, () => parts.random.password())));
  await keepUploads(paths.uploads, draft.uploads.documents);
  const nodes = planNodes(draft.layout);
  const computeIds = new Map(
    nodes.filter(({ isHypervisor }) => isHypervisor).map(({ name }) => [name, parts.random.uuid()]),
  );
  const { authUrl, region, projectId, userId } = scope;
  const cluster: NewCluster = {
    id,
    name: wishes.clusterName,
    scope: { authUrl, region, projectId, userId },
    settleMs: wishes.settleMs,
    layout: draft.layout as unknown as JsonObject,
    choices: { ...draft.decided.choices, scratch: wishes.scratch, cloud } as unknown as JsonObject,
    nodes: nodes.map(({ name, role, group }) => ({ name, role, group })),
    steps: planCreate(draft.layout, nodes, draft.decided.choices, computeIds),
  };
  await keepPlanCopy(parts.state, cluster);
  return await state.createCluster(cluster);
}

/** A token nobody can renew must outlive the build. Throws `token-too-short`. */
export function checkTokenLife({ hardExpiry }: CloudScope, now: Date): void {
  const leftMs = hardExpiry === null ? Number.POSITIVE_INFINITY : hardExpiry.getTime() - now.getTime();
  if (leftMs >= USUAL_BUILD_MS) return;
  const [left, need] = [leftMs, USUAL_BUILD_MS].map((ms) => Math.max(0, Math.floor(ms / 60_000)));
  throw new BuilderError('token-too-short', `${left} min left, need about ${need}`, {
    at: 'OS_TOKEN',
    state: 'nothing was created',
    fix: 'use a password or an application credential, which the builder renews by itself, or a fresh token',
  });
}

/** Credentials that point elsewhere than the cluster does are refused before anything is read of it. */
export function checkScope(cluster: Pick<ClusterRecord, 'name' | 'scope'>, scope: CloudScope): void {
  if (cluster.scope.projectId === scope.projectId && cluster.scope.region === scope.region) return;
  throw new BuilderError(
    'wrong-project',
    `cluster ${cluster.name} is in project ${cluster.scope.projectId}, the credentials give ${scope.projectId}`,
    {
      at: cluster.scope.authUrl,
      state: 'nothing was touched',
      fix: 'use the credentials it was created with: --cloud NAME',
    },
  );
}
