/** How one compute leaves a cluster that stays: retired by the others first, then taken out of the cloud (devstack.md section 2.8). */
import { followersOf } from '../engine/followers.ts';
import type { StepRecord } from '../engine/journal.ts';
import { isOpenAttempt } from '../engine/states.ts';
import { type JsonObject, type PlannedStep, subjectOf } from '../engine/step.ts';
import type { LayoutNode } from '../layout/layout.ts';
import { hypervisorNames } from '../layout/nodes.ts';
import type { Choices } from './choices.ts';
import { accessOf } from './row.ts';
import { apiNodeOf } from './stacking.ts';

/** In their order; each about the node that its key names, whoever does it. */
const DEPARTURE = [
  'disable-compute',
  'move-guests',
  'stop-compute',
  'forget-compute',
  'remove-node',
  'check-forgotten',
] as const;
const RETURN = 'enable-compute';
/** From this one on, there is no way back. */
const POINT_OF_NO_RETURN = 'stop-compute';

/** Whether the step is about this node's leaving, or its return from there. */
export function isOfDeparture(step: PlannedStep, node: string): boolean {
  return subjectOf(step.key) === node && [...DEPARTURE, RETURN].some((kind) => kind === step.kind);
}

function departureOf(steps: readonly StepRecord[], node: string): readonly StepRecord[] {
  return steps.filter(({ planned }) => isOfDeparture(planned, node) && planned.kind !== RETURN);
}

/** Nothing of the node is left, and nobody knows it any more. */
export function hasDeparted(steps: readonly StepRecord[], node: string): boolean {
  const own = departureOf(steps, node);
  return own.length > 0 && own.every(({ state }) => state === 'done');
}

/** Whether its services were stopped, or were about to be. */
export function isPastReturn(steps: readonly StepRecord[], node: string): boolean {
  const from = departureOf(steps, node).filter(
    ({ planned }) => DEPARTURE.findIndex((kind) => kind === planned.kind) >= DEPARTURE.indexOf(POINT_OF_NO_RETURN),
  );
  return from.some(({ attempts }) => attempts.length > 0);
}

/** Whether a step of the node was begun that comes after the APIs: from then on they may know it. */
function isKnownToApi(steps: readonly StepRecord[], node: string, api: string): boolean {
  const reached = followersOf(steps, new Set([`run-stack/${api}`]));
  return steps.some(
    ({ planned, attempts }) => planned.node === node && reached.has(planned.key) && attempts.length > 0,
  );
}

/** When the last create of the node's objects whose end is unknown must have shown up; null where every end is known. */
function settledAt(steps: readonly StepRecord[], node: string, settleMs: number): string | null {
  const open = steps.filter(({ planned }) => planned.node === node && planned.kind.startsWith('create-'));
  const sentMs = open.flatMap(({ attempts }) =>
    attempts.filter(isOpenAttempt).map((sent) => sent.intendedAt.getTime()),
  );
  return sentMs.length === 0 ? null : new Date(Math.max(...sentMs) + settleMs).toISOString();
}

export interface Departure {
  readonly node: LayoutNode;
  readonly generation: number;
  /** Of the cluster, the node itself and others that leave among them. */
  readonly nodes: readonly LayoutNode[];
  readonly staying: ReadonlySet<string>;
  /** Servers of users on it that cannot move are deleted; else they keep it here. */
  readonly isDeletingGuests: boolean;
  readonly settleMs: number;
}

function toStep(kind: string, subject: string, node: string, input: JsonObject, after: readonly string[]): PlannedStep {
  return { key: `${kind}/${subject}`, kind, version: 1, node, lifetime: 'server', input, after };
}

/** A node that no API can know yet is only taken out of the cloud. */
export function planDeparture(
  steps: readonly StepRecord[],
  { node, generation, nodes, staying, isDeletingGuests, settleMs }: Departure,
  choices: Choices,
): readonly PlannedStep[] {
  const api = apiNodeOf(nodes);
  const { name } = node;
  const hosts = hypervisorNames(node);
  const removal = { node: name, generation, settledAt: settledAt(steps, name, settleMs) };
  if (!isKnownToApi(steps, name, api.name)) return [toStep('remove-node', name, name, removal, [])];
  const canMove = nodes.some(
    (other) =>
      staying.has(other.name) &&
      other.isHypervisor &&
      other.cell === node.cell &&
      other.fakeHypervisors === null &&
      node.fakeHypervisors === null,
  );
  const asked = { ...accessOf(api, choices), leaving: name, hosts };
  const inputs: Readonly<Record<(typeof DEPARTURE)[number], readonly [string, JsonObject]>> = {
    'disable-compute': [api.name, asked],
    'move-guests': [api.name, { ...asked, canMove, isDeleting: isDeletingGuests }],
    'stop-compute': [name, accessOf(node, choices)],
    'forget-compute': [api.name, asked],
    'remove-node': [name, removal],
    'check-forgotten': [api.name, asked],
  };
  return DEPARTURE.map((kind, index) => {
    const [place, input] = inputs[kind];
    const before = DEPARTURE[index - 1];
    return toStep(kind, name, place, input, [before === undefined ? `run-stack/${api.name}` : `${before}/${name}`]);
  });
}

/** For a node that was to leave and stays: its services are used again, where that was ever ended. */
export function planReturn(
  steps: readonly StepRecord[],
  node: LayoutNode,
  nodes: readonly LayoutNode[],
  choices: Choices,
): readonly PlannedStep[] {
  const wasBegun = steps.some(
    ({ planned, attempts }) => planned.key === `disable-compute/${node.name}` && attempts.length > 0,
  );
  if (!wasBegun) return [];
  const api = apiNodeOf(nodes);
  const input = { ...accessOf(api, choices), leaving: node.name, hosts: hypervisorNames(node) };
  return [toStep(RETURN, node.name, api.name, input, [`run-stack/${api.name}`])];
}
