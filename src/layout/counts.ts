/** Numbers of computes: what the command line says of them, and a saved layout with other ones. */
import { BuilderError } from '../errors.ts';
import { describeDifference } from './difference.ts';
import type { Layout } from './layout.ts';
import { hypervisorNames, planNodes } from './nodes.ts';
import { nodesInRange } from './overlay.ts';
import { isSaid, type LayoutOverrides } from './override.ts';
import { MAX_COUNT } from './schema.ts';

/** By group. */
export type Counts = ReadonlyMap<string, number>;

const SET_COUNT = /^groups\.([^.=]+)\.count=(\d{1,3})$/;

/** The group that `--hypervisors` means: the only one of computes. null where there is none, or are several. */
function onlyComputes({ groups }: Layout): string | null {
  const computes = groups.filter(({ role }) => role === 'compute');
  return computes.length === 1 ? (computes[0]?.name ?? null) : null;
}

/** The numbers that were typed. */
export function typedCounts(layout: Layout, { hypervisors, set = [] }: LayoutOverrides): Counts {
  const counts = new Map<string, number>();
  const only = onlyComputes(layout);
  if (hypervisors !== undefined && only !== null) counts.set(only, hypervisors);
  for (const text of set) {
    const [, group, count] = SET_COUNT.exec(text) ?? [];
    if (group !== undefined) counts.set(group, Number(count));
  }
  return counts;
}

/** Whether nothing else is said of this layout than how many computes it has. */
export function saysOnlyCounts(layout: Layout, { hypervisors, set = [], ...rest }: LayoutOverrides): boolean {
  const isSilent = !Object.values(rest).some(isSaid);
  const isKnown = (text: string): boolean => {
    const group = SET_COUNT.exec(text)?.[1];
    return layout.groups.some(({ name, role }) => name === group && role === 'compute');
  };
  return isSilent && (hypervisors === undefined || onlyComputes(layout) !== null) && set.every(isKnown);
}

function twice(names: readonly string[]): string | undefined {
  return names.find((name, index) => names.indexOf(name) < index);
}

/** The same layout with other numbers. Throws `bad-value`, `roles`, `duplicate-name` for those that no layout can have. */
export function withCounts(layout: Layout, counts: Counts): Layout {
  const changed = {
    ...layout,
    groups: layout.groups.map((group) => ({ ...group, count: counts.get(group.name) ?? group.count })),
  };
  const state = 'nothing was touched';
  const large = changed.groups.find(({ count }) => count > MAX_COUNT);
  if (large !== undefined) {
    const message = `${large.count} nodes in group ${large.name}; ${MAX_COUNT} are possible`;
    throw new BuilderError('bad-value', message, { at: `groups.${large.name}.count`, state, fix: 'ask for fewer' });
  }
  const nodes = planNodes(changed);
  const { overlay, overlayRange } = changed.network;
  if (overlay && nodes.length > nodesInRange(overlayRange)) {
    const message = `${nodes.length} nodes on the overlay network ${overlayRange}, which has addresses for ${nodesInRange(overlayRange)}`;
    throw new BuilderError('bad-value', message, { at: 'network.overlay_range', state, fix: 'ask for fewer' });
  }
  if (!nodes.some(({ isHypervisor }) => isHypervisor)) {
    throw new BuilderError('roles', 'no hypervisor would be left', { at: 'groups', state, fix: 'keep one at least' });
  }
  const name = twice(nodes.map((node) => node.name)) ?? twice(nodes.flatMap(hypervisorNames));
  if (name === undefined) return changed;
  throw new BuilderError('duplicate-name', `two would be called ${name}`, {
    at: 'groups',
    state,
    fix: 'ask for fewer',
  });
}

/** Groups of computes of which another number is wanted; null where the layouts differ in anything else. */
export function changedCounts(before: Layout, after: Layout): readonly string[] | null {
  const old = new Map(before.groups.map(({ name, count }) => [name, count]));
  const leveled = { ...after, groups: after.groups.map((group) => ({ ...group, count: old.get(group.name) ?? -1 })) };
  if (describeDifference(before, leveled).length > 0) return null;
  const changed = after.groups.filter(({ name, count }) => old.get(name) !== count);
  return changed.every(({ role }) => role === 'compute') ? changed.map(({ name }) => name) : null;
}
