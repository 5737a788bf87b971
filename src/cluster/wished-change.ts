/** What the command line changes of a saved layout: numbers of computes, or nothing; all else is refused by name (promise S10). */
import { BuilderError } from '../errors.ts';
import type { ClusterRecord } from '../journal/state.ts';
import { changedCounts, saysOnlyCounts, typedCounts, withCounts } from '../layout/counts.ts';
import { describeDifference } from '../layout/difference.ts';
import type { Layout } from '../layout/layout.ts';
import { restoreLayout } from '../layout/restore.ts';
import type { LayoutWishes } from './save-plan.ts';
import { readNamedLayout } from './wished-layout.ts';

export interface ChangeWishes extends LayoutWishes {
  /** A layout file that was edited may change the cluster. */
  readonly isApplying: boolean;
}

/** Whether the command line says nothing of the layout but how many computes of each group there are to be. */
export function saysOnlyNumbers(saved: Layout, { layout, lock, overrides }: LayoutWishes): boolean {
  return layout === null && lock === null && saysOnlyCounts(saved, overrides);
}

function refuse(cluster: string, difference: readonly string[], why: string, fix: string): BuilderError {
  return new BuilderError('layout-changed', `${difference.join('; ')}: ${why}`, {
    at: `cluster ${cluster}`,
    state: 'the saved layout is in force; nothing was touched',
    fix,
  });
}

/**
 * The layout to bring into force; null where the saved one stays. Numbers that are typed are meant; those of an edited file take
 * `--apply-layout`. Throws `layout-changed` for every other difference.
 */
export async function readWishedChange(stored: ClusterRecord, wishes: ChangeWishes): Promise<Layout | null> {
  const saved = restoreLayout(stored.layout);
  const wanted = saysOnlyNumbers(saved, wishes)
    ? withCounts(saved, typedCounts(saved, wishes.overrides))
    : await readNamedLayout(wishes);
  if (wanted === null) return null;
  const difference = describeDifference(saved, wanted);
  if (difference.length === 0) return null;
  const { name } = stored;
  const changed = changedCounts(saved, wanted);
  if (changed === null) {
    const fix = `go on with the saved one: ./builder create ${name}; or ./builder destroy ${name} and create it anew`;
    throw refuse(name, difference, 'only the number of computes can be changed on a cluster that exists', fix);
  }
  const typed = typedCounts(wanted, wishes.overrides);
  if (!wishes.isApplying && !changed.every((group) => typed.has(group)))
    throw refuse(name, difference, 'the layout file was edited', 'say that you mean it: --apply-layout');
  // Everything else of the saved layout stays as it was saved.
  return withCounts(saved, new Map(wanted.groups.map((group) => [group.name, group.count])));
}
