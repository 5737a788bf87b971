/** What changed between a saved layout and an edited one, in lines for people. */
import type { Group, Layout } from './layout.ts';

/** Path → value as text; null is "not said". */
function flatten(value: unknown, path: string): readonly (readonly [string, string])[] {
  if (value === null || value === undefined) return [];
  if (Array.isArray(value)) return value.length === 0 ? [] : [[path, value.join(', ')]];
  if (typeof value === 'string') return [[path, value === '' ? "''" : value]];
  if (typeof value !== 'object') return [[path, JSON.stringify(value)]];
  return Object.entries(value).flatMap(([key, inner]) => flatten(inner, path === '' ? key : `${path}.${key}`));
}

function compare(before: unknown, after: unknown, path: string): readonly string[] {
  const old = new Map(flatten(before, path));
  const young = new Map(flatten(after, path));
  return [...new Set([...old.keys(), ...young.keys()])]
    .filter((key) => old.get(key) !== young.get(key))
    .map((key) => `${key}: ${old.get(key) ?? '(none)'} → ${young.get(key) ?? '(none)'}`);
}

function compareGroups(before: Group, after: Group): readonly string[] {
  const { count: oldCount, ...old } = before;
  const { count: newCount, ...young } = after;
  const change = newCount - oldCount;
  const counted =
    change === 0 ? [] : [`${change > 0 ? '+' : '−'}${Math.abs(change)} ${after.name} (${oldCount} → ${newCount})`];
  return [...counted, ...compare(old, young, `groups.${after.name}`)];
}

/** One line for each difference, counts of nodes first; none when both want the same cluster, however it is to be checked. */
export function describeDifference(before: Layout, after: Layout): readonly string[] {
  const old = new Map(before.groups.map((group) => [group.name, group]));
  const young = new Map(after.groups.map((group) => [group.name, group]));
  const gone = before.groups.filter((group) => !young.has(group.name));
  const { groups: _old, verify: _oldChecks, ...oldRest } = before;
  const { groups: _young, verify: _youngChecks, ...youngRest } = after;
  return [
    ...after.groups.flatMap((group) => {
      const previous = old.get(group.name);
      return previous === undefined
        ? [`+${group.count} ${group.name} (new group, ${group.role})`]
        : compareGroups(previous, group);
    }),
    ...gone.map((group) => `−${group.count} ${group.name} (group removed)`),
    ...compare(oldRest, youngRest, ''),
  ];
}
