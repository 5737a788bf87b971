/** Another number of computes on a cluster that exists: who joins, who leaves, and what that makes of the stored plan. */
import type { StepRecord } from '../engine/journal.ts';
import { type PlannedStep, subjectOf } from '../engine/step.ts';
import { BuilderError } from '../errors.ts';
import type { Layout, LayoutNode } from '../layout/layout.ts';
import { planNodes } from '../layout/nodes.ts';
import type { Choices } from './choices.ts';
import { hasDeparted, isOfDeparture, isPastReturn, planDeparture, planReturn } from './departure.ts';
import { FORGET_HYPERVISORS, forgettingKey } from './forget-hypervisors.ts';
import { type Kinds, shiftPlan } from './shift.ts';
import { STACK_KINDS } from './stacking.ts';

/** A node of the cluster as it is recorded. */
export interface PresentNode {
  readonly name: string;
  readonly group: string;
  readonly generation: number;
  readonly isLeaving?: boolean;
}

/** The cluster as it stands. */
export interface Standing {
  readonly name: string;
  readonly layout: Layout;
  readonly nodes: readonly PresentNode[];
  readonly steps: readonly StepRecord[];
  readonly settleMs: number;
}

export interface Moves {
  readonly join: readonly LayoutNode[];
  readonly leave: readonly string[];
  /** Were to leave. */
  readonly stay: readonly string[];
}

export interface ScaledPlan {
  readonly supersede: readonly number[];
  readonly insert: readonly PlannedStep[];
  readonly order: readonly string[];
}

/** The plan for these nodes, from everything else that was decided. */
export type PlanFor = (nodes: readonly LayoutNode[]) => readonly PlannedStep[];

/** The layout with as many computes as it takes to hold these nodes too. */
export function layoutHolding(layout: Layout, nodes: readonly PresentNode[]): Layout {
  const reach = (group: Layout['groups'][number]): number => {
    const own = nodes.filter((node) => node.group === group.name && group.role === 'compute');
    return Math.max(group.count, ...own.map(({ name }) => Number(name.slice(group.name.length + 1))));
  };
  return { ...layout, groups: layout.groups.map((group) => ({ ...group, count: reach(group) })) };
}

/** Those of the layout, and those that leave. */
function nodesOf(layout: Layout, present: readonly PresentNode[]): readonly LayoutNode[] {
  const wanted = new Set([...planNodes(layout), ...present].map(({ name }) => name));
  return planNodes(layoutHolding(layout, present)).filter(({ name }) => wanted.has(name));
}

/** Throws `layout-changed` for a node that is wanted again when half of it is gone. */
export function chooseMoves({ name: cluster, nodes, steps }: Standing, layout: Layout): Moves {
  const wanted = planNodes(layout);
  const names = new Set(wanted.map(({ name }) => name));
  const known = new Set(nodes.map(({ name }) => name));
  const stay = nodes.filter(({ name, isLeaving }) => isLeaving === true && names.has(name)).map(({ name }) => name);
  const lost = stay.find((name) => isPastReturn(steps, name));
  if (lost !== undefined) {
    throw new BuilderError('layout-changed', `${lost} is being removed, and its services are stopped`, {
      at: `cluster ${cluster}`,
      state: 'nothing was touched',
      fix: `let it go first: ./builder create ${cluster}; then ask for it again`,
    });
  }
  return {
    join: wanted.filter(({ name }) => !known.has(name)),
    leave: nodes.filter(({ name, isLeaving }) => isLeaving !== true && !names.has(name)).map(({ name }) => name),
    stay,
  };
}

/** Leaving nodes that are whole: they count as members until they are gone, so that their guests can move. */
function wholeOf(
  steps: readonly StepRecord[],
  plan: readonly PlannedStep[],
  names: readonly string[],
): ReadonlySet<string> {
  const done = new Set(steps.filter(({ state }) => state === 'done').map(({ planned }) => planned.key));
  return new Set(names.filter((name) => plan.every(({ key, node }) => node !== name || done.has(key))));
}

/**
 * Every step that counts after a change, as people read a plan: `model` has them. What it lacks stands before its node's steps, before the
 * stack.sh that it makes way for, or last.
 */
function orderOf(steps: readonly StepRecord[], change: Omit<ScaledPlan, 'order'>, model: readonly PlannedStep[]) {
  const places = new Map(model.map(({ key }, index) => [key, index]));
  const firstOf = new Map(model.map(({ node }, index) => [node, index] as const).toReversed());
  const stackOf = (node: string): number =>
    model.findIndex((step) => step.node === node && STACK_KINDS.includes(step.kind));
  const rank = ({ key, kind, node }: PlannedStep): number => {
    const isBeforeStack = kind === 'unstack' || kind === FORGET_HYPERVISORS;
    const first = kind === 'remove-server' ? firstOf.get(node) : isBeforeStack ? stackOf(subjectOf(key)) : undefined;
    return places.get(key) ?? (first === undefined ? model.length : first - 0.5);
  };
  const gone = new Set(change.supersede);
  const kept = steps.filter(({ id }) => !gone.has(id)).map(({ planned }) => planned);
  return [...kept, ...change.insert].toSorted((left, right) => rank(left) - rank(right)).map(({ key }) => key);
}

/** The last hypervisor of a cell trusts nobody any more. */
function undo(step: PlannedStep): PlannedStep | null {
  return step.kind === 'trust-migration-keys' ? { ...step, input: { ...step.input, peers: [] } } : null;
}

/** Whether it is done elsewhere on the node's account. */
function isAbout(step: PlannedStep, node: string): boolean {
  return isOfDeparture(step, node) || step.key === forgettingKey(node);
}

/** Keys of the steps for which this holds. */
function keysWhere(steps: readonly StepRecord[], isMeant: (step: StepRecord) => boolean): readonly string[] {
  return steps.filter(isMeant).map(({ planned }) => planned.key);
}

/** Begins a change: who joins is planned, who leaves is to be retired; the others learn of who joins. */
export function planScale(
  standing: Standing,
  layout: Layout,
  { leave, stay }: Moves,
  choices: Choices,
  planFor: PlanFor,
  kinds: Kinds,
  isDeletingGuests: boolean,
): ScaledPlan {
  const { nodes: present, steps, settleMs } = standing;
  const leavingBefore = present.filter(({ isLeaving }) => isLeaving === true).map(({ name }) => name);
  const leaving = new Set([...leavingBefore.filter((name) => !stay.includes(name)), ...leave]);
  const current = nodesOf(standing.layout, present);
  const plan = planFor(current);
  const whole = wholeOf(steps, plan, [...leavingBefore, ...leave]);
  const before = planFor(current.filter(({ name }) => !leavingBefore.includes(name) || whole.has(name)));
  const all = nodesOf(layout, present);
  const after = planFor(all.filter(({ name }) => !leaving.has(name) || whole.has(name)));
  const drop = keysWhere(
    steps,
    ({ planned, state }) =>
      (leave.some((name) => name === planned.node || isAbout(planned, name)) && state !== 'done') ||
      [...stay, ...leave].some((name) => isOfDeparture(planned, name)),
  );
  const isLeft = ({ node }: PlannedStep): boolean => node !== null && leaving.has(node);
  const shift = shiftPlan({ steps, before, after, kinds, isLeft, undo, drop: new Set(drop) });
  const staying = new Set(all.flatMap(({ name }) => (leaving.has(name) ? [] : [name])));
  const departures = present.flatMap(({ name, generation }) =>
    all
      .filter((node) => node.name === name && leave.includes(name))
      .flatMap((node) =>
        planDeparture(steps, { node, generation, nodes: all, staying, isDeletingGuests, settleMs }, choices),
      ),
  );
  const returns = all
    .filter(({ name }) => stay.includes(name))
    .flatMap((node) => planReturn(steps, node, all, choices));
  const change = { supersede: shift.supersede, insert: [...shift.insert, ...departures, ...returns] };
  return { ...change, order: orderOf(steps, change, planFor(all)) };
}

/** Nodes of which nothing is left, and that still stand in the plan. */
export function departedNodes({ nodes, steps }: Pick<Standing, 'nodes' | 'steps'>): readonly string[] {
  return nodes.filter(({ name, isLeaving }) => isLeaving === true && hasDeparted(steps, name)).map(({ name }) => name);
}

/** Ends a change: who is gone is taken out of the plan, and the others are told. */
export function planAbsence(standing: Standing, gone: readonly string[], planFor: PlanFor, kinds: Kinds): ScaledPlan {
  const { layout, nodes: present, steps } = standing;
  const leaving = present.filter(({ isLeaving }) => isLeaving === true).map(({ name }) => name);
  const all = nodesOf(layout, present);
  const whole = wholeOf(steps, planFor(all), leaving);
  const members = all.filter(({ name }) => !leaving.includes(name) || whole.has(name));
  const rest = members.filter(({ name }) => !gone.includes(name));
  const drop = keysWhere(steps, ({ planned }) => gone.some((name) => planned.node === name || isAbout(planned, name)));
  const isLeft = ({ node }: PlannedStep): boolean => node !== null && leaving.includes(node);
  const after = planFor(rest);
  const change = shiftPlan({ steps, before: planFor(members), after, kinds, isLeft, undo, drop: new Set(drop) });
  return { ...change, order: orderOf(steps, change, planFor(all.filter(({ name }) => !gone.includes(name)))) };
}
