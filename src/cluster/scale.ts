/** Another number of computes on a cluster that exists: looked at with the cloud, then written, and ended when who left is gone. */
import type { StepRecord } from '../engine/journal.ts';
import type { JsonObject, PlannedStep } from '../engine/step.ts';
import { openVault } from '../host/vault.ts';
import type { ClusterRecord, PlanChange, State, StateReader } from '../journal/state.ts';
import type { Layout, LayoutNode } from '../layout/layout.ts';
import { planNodes } from '../layout/nodes.ts';
import { restoreLayout } from '../layout/restore.ts';
import type { Choices } from '../plan/choices.ts';
import { planCreate } from '../plan/create.ts';
import { chooseOverlay } from '../plan/overlay.ts';
import type { Preflight } from '../plan/preflight.ts';
import { preflightAdded } from '../plan/preflight-added.ts';
import {
  chooseMoves,
  departedNodes,
  layoutHolding,
  type Moves,
  type PlanFor,
  planAbsence,
  planScale,
  type Standing,
} from '../plan/scale.ts';
import { STEP_KINDS } from '../steps/index.ts';
import { newestGeneration } from '../steps/ports.ts';
import { readCloudFacts } from './cloud-facts.ts';
import { checkDiskSpace } from './disk-space.ts';
import type { Connected, Parts } from './parts.ts';
import { clusterPaths } from './paths.ts';
import { keepPlanCopy } from './plan-copy.ts';
import { checkTokenLife } from './save-plan.ts';
import { scratchOf } from './saved-wishes.ts';

export interface ScaleDraft extends Pick<Preflight, 'quota' | 'nodes'>, Moves {
  readonly change: PlanChange;
  readonly copy: Parameters<typeof keepPlanCopy>[1];
}

/** Saved choices, with all that was saved beside them. */
function choicesOf({ choices }: Pick<ClusterRecord, 'choices'>): Choices {
  return choices as unknown as Choices;
}

function standingOf(cluster: ClusterRecord, steps: readonly StepRecord[]): Standing {
  const { name, nodes, settleMs } = cluster;
  return { name, layout: restoreLayout(cluster.layout), nodes, steps, settleMs };
}

/** Identities of hypervisors as they were planned; new ones for those that have none. */
function planWith(layout: Layout, choices: Choices, steps: readonly StepRecord[], newId: () => string): PlanFor {
  const ids = new Map(
    steps.flatMap(({ planned: { kind, node, input } }) =>
      kind === 'write-compute-id' && node !== null ? [[node, input['computeId'] as string] as const] : [],
    ),
  );
  return (nodes: readonly LayoutNode[]): readonly PlannedStep[] => {
    for (const { name, isHypervisor } of nodes) if (isHypervisor && !ids.has(name)) ids.set(name, newId());
    return planCreate(layout, nodes, choices, ids);
  };
}

/** What recover is to know: nodes that leave are members until they are gone. */
function copyOf(cluster: ClusterRecord, layout: Layout, choices: Choices, planFor: PlanFor): ScaleDraft['copy'] {
  const { id, name, scope, settleMs, nodes: present } = cluster;
  const whole = layoutHolding(layout, present);
  const nodes = planNodes(whole);
  return {
    id,
    name,
    scope,
    settleMs,
    layout: whole as unknown as JsonObject,
    choices: choices as unknown as JsonObject,
    nodes: nodes.map(({ name: node, role, group }) => ({ name: node, role, group })),
    steps: planFor(nodes),
  };
}

/** A name that was used before begins with a later generation than anything that is kept under it. */
async function generationsFor(
  joining: readonly LayoutNode[],
  cluster: ClusterRecord,
  reader: Pick<StateReader, 'listGenerations'>,
  { state }: Parts,
): Promise<readonly (LayoutNode & { readonly generation: number })[]> {
  const known = reader.listGenerations(cluster.id);
  const vault = await openVault(clusterPaths(state, cluster.name).vault, cluster.id, true);
  const secrets = [...vault.entries().keys()];
  return joining.map((node) => {
    const generation = 1 + Math.max(known.get(node.name) ?? 0, newestGeneration(node.name, secrets));
    return Object.assign({ generation }, node);
  });
}

/** Everything that can be known before the first effect, all problems at once; nothing is written. */
export async function draftScale(
  cluster: ClusterRecord,
  layout: Layout,
  wishes: { readonly isForced: boolean; readonly isDeletingGuests: boolean },
  reader: Pick<StateReader, 'listSteps' | 'listGenerations'>,
  parts: Parts,
  { cloud, scope }: Connected,
): Promise<ScaleDraft> {
  checkTokenLife(scope, parts.clock.now());
  const standing = standingOf(cluster, reader.listSteps(cluster.id));
  const moves = chooseMoves(standing, layout);
  const saved = choicesOf(cluster);
  const joining = await generationsFor(moves.join, cluster, reader, parts);
  await checkDiskSpace(parts.state, joining.length, scratchOf(cluster));
  const added = preflightAdded(
    {
      clusterName: cluster.name,
      layout,
      nodes: joining,
      choices: saved,
      present: cluster.nodes,
      isForced: wishes.isForced,
    },
    await readCloudFacts(cloud, scope, saved.keyName, parts.signal),
  );
  const everybody = planNodes(layoutHolding(layout, cluster.nodes));
  const choices: Choices = {
    ...saved,
    nodes: { ...saved.nodes, ...added.choices },
    overlay: chooseOverlay(layout, everybody, saved.mtu, saved.overlay),
  };
  const planFor = planWith(layout, choices, standing.steps, () => parts.random.uuid());
  const plan = planScale(standing, layout, moves, choices, planFor, STEP_KINDS, wishes.isDeletingGuests);
  return {
    ...moves,
    quota: added.quota,
    nodes: added.nodes,
    change: {
      ...plan,
      layout: layout as unknown as JsonObject,
      choices: choices as unknown as JsonObject,
      join: joining.map(({ name, role, group, generation }) => ({ name, role, group, generation })),
      leave: moves.leave,
      stay: moves.stay,
      go: [],
    },
    copy: copyOf(cluster, layout, choices, planFor),
  };
}

/** The copy of the plan first, so that what is done is in one of them whatever happens. */
export async function applyScale(
  { change, copy, join, leave, stay }: ScaleDraft,
  cluster: ClusterRecord,
  state: State,
  { state: folder, emit }: Parts,
): Promise<ClusterRecord> {
  await keepPlanCopy(folder, copy);
  const changed = await state.changePlan(cluster.id, change);
  const words = [
    ['adding', join.map(({ name }) => name)],
    ['removing', leave],
    ['keeping', stay],
  ] as const;
  const text = words.flatMap(([what, names]) => (names.length === 0 ? [] : [`${what} ${names.join(', ')}`])).join('; ');
  emit({ type: 'notice', level: 'info', text });
  return changed;
}

/** Takes nodes of which nothing is left out of the plan, and tells the others; null where there are none. */
export async function settleDepartures(
  cluster: ClusterRecord,
  state: State,
  parts: Parts,
): Promise<ClusterRecord | null> {
  const standing = standingOf(cluster, state.listSteps(cluster.id));
  const go = departedNodes(standing);
  if (go.length === 0) return null;
  const saved = choicesOf(cluster);
  const { layout } = standing;
  const planFor = planWith(layout, saved, standing.steps, () => parts.random.uuid());
  const plan = planAbsence(standing, go, planFor, STEP_KINDS);
  const isLast = cluster.nodes.every(({ name, isLeaving }) => isLeaving !== true || go.includes(name));
  const names = new Set(planNodes(layout).map(({ name }) => name));
  // While others leave, the copy of the plan holds who is gone as well.
  const nodes = Object.fromEntries(Object.entries(saved.nodes).filter(([name]) => !isLast || names.has(name)));
  const overlay = isLast ? chooseOverlay(layout, planNodes(layout), saved.mtu, saved.overlay) : (saved.overlay ?? null);
  const choices: Choices = { ...saved, nodes, overlay };
  if (isLast) await keepPlanCopy(parts.state, copyOf({ ...cluster, nodes: [] }, layout, choices, planFor));
  const changed = await state.changePlan(cluster.id, {
    ...plan,
    layout: cluster.layout,
    choices: choices as unknown as JsonObject,
    join: [],
    leave: [],
    stay: [],
    go,
  });
  parts.emit({ type: 'notice', level: 'info', text: `${go.join(', ')}: nothing is left` });
  return changed;
}
