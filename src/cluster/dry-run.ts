/** `create --dry-run`: what would be done, without a lock, a write, or a change anywhere. */
import type { PlannedStep } from '../engine/step.ts';
import { readState } from '../journal/open.ts';
import type { ClusterRecord, StateReader } from '../journal/state.ts';
import { planNodes } from '../layout/nodes.ts';
import type { GitSource, ProjectRefs } from '../plan/choices.ts';
import { planCreate } from '../plan/create.ts';
import type { Preflight } from '../plan/preflight.ts';
import type { QuotaRow } from '../plan/quota.ts';
import type { Connected, Parts } from './parts.ts';
import { checkScope, draftPlan } from './save-plan.ts';
import { cloudNameOf } from './saved-wishes.ts';
import { draftScale } from './scale.ts';
import { type ChangeWishes, readWishedChange } from './wished-change.ts';

export interface DryRunWishes extends ChangeWishes {
  readonly isDeletingGuests: boolean;
}

export interface ClusterDraft {
  readonly cluster: string;
  /** Whether a plan is stored already; then it rules and these are its open steps. */
  readonly isStored: boolean;
  readonly nodes: Preflight['nodes'];
  readonly network: string;
  readonly hasFloatingIps: boolean;
  readonly devstack: GitSource;
  readonly projects: ProjectRefs;
  readonly quota: readonly QuotaRow[];
  readonly steps: readonly PlannedStep[];
  /** What a change of the saved layout adds, and what it removes. */
  readonly adds: readonly string[];
  readonly removes: readonly string[];
}

/** What the stored plan says now, or with the change that is wished. */
async function draftStored(
  stored: ClusterRecord,
  wishes: DryRunWishes,
  reader: StateReader,
  parts: Parts,
  connected: Connected,
): Promise<ClusterDraft> {
  const layout = await readWishedChange(stored, wishes);
  const change = layout === null ? null : await draftScale(stored, layout, wishes, reader, parts, connected);
  const choices = stored.choices as {
    networkName?: string;
    floatingNetworkId?: string | null;
    devstack?: GitSource;
    projects?: ProjectRefs;
  };
  const gone = new Set(change?.change.supersede);
  const left = reader.listSteps(stored.id).filter(({ id, state }) => state !== 'done' && !gone.has(id));
  return {
    cluster: stored.name,
    isStored: true,
    nodes: change?.nodes ?? [],
    network: choices.networkName ?? '',
    hasFloatingIps: typeof choices.floatingNetworkId === 'string',
    devstack: choices.devstack ?? { repo: '', ref: '', commit: '' },
    projects: choices.projects ?? { plugins: [], changes: [] },
    quota: change?.quota ?? [],
    steps: [...left.map(({ planned }) => planned), ...(change?.change.insert ?? [])],
    adds: [...(change?.join ?? []).map(({ name }) => name), ...(change?.stay ?? [])],
    removes: change?.leave ?? [],
  };
}

/** Throws every problem that `create` would throw before its first effect. */
export async function draftCluster(wishes: DryRunWishes, parts: Parts): Promise<ClusterDraft> {
  const reader = await readState(parts.state);
  const stored = reader.findCluster(wishes.clusterName);
  const connected = await parts.connect(stored === null ? null : cloudNameOf(stored));
  try {
    if (stored !== null) {
      checkScope(stored, connected.scope);
      return await draftStored(stored, wishes, reader, parts, connected);
    }
    const { layout, decided } = await draftPlan(wishes, parts, connected);
    const nodes = planNodes(layout);
    // A dry-run is never built, so the ids of its computes need not be random.
    const ids = new Map(nodes.map(({ name }) => [name, '00000000-0000-0000-0000-000000000000']));
    return {
      cluster: wishes.clusterName,
      isStored: false,
      nodes: decided.nodes,
      network: decided.choices.networkName,
      hasFloatingIps: decided.choices.floatingNetworkId !== null,
      devstack: decided.choices.devstack,
      projects: decided.choices.projects,
      quota: decided.quota,
      steps: planCreate(layout, nodes, decided.choices, ids),
      adds: [],
      removes: [],
    };
  } finally {
    reader.close();
    await connected.cloud.close();
  }
}
