/** What replacing a node's server does to the plan: decided from the records alone. */
import { followersOf } from './followers.ts';
import type { Replacement, StepRecord } from './journal.ts';
import type { PlannedStep } from './step.ts';

/** Nodes to replace, grown by those on which an irrevocable step was begun that would have to be done again. */
function grow(
  steps: readonly StepRecord[],
  nodes: readonly string[],
  isIrrevocable: (kind: string) => boolean,
): { readonly nodes: ReadonlySet<string>; readonly superseded: ReadonlySet<string> } {
  const replaced = new Set(nodes);
  for (;;) {
    const seeds = steps.filter(
      ({ planned }) => planned.lifetime === 'server' && planned.node !== null && replaced.has(planned.node),
    );
    const superseded = followersOf(steps, new Set(seeds.map(({ planned }) => planned.key)));
    const spoiled = steps.flatMap(({ planned: { key, kind, node, lifetime }, attempts }) => {
      const isSpoiled = superseded.has(key) && lifetime === 'server' && isIrrevocable(kind) && attempts.length > 0;
      return isSpoiled && node !== null && !replaced.has(node) ? [node] : [];
    });
    if (spoiled.length === 0) return { nodes: replaced, superseded };
    for (const node of spoiled) replaced.add(node);
  }
}

/**
 * Supersedes the server-lifetime steps of the nodes with everything that came of them, and inserts them again, pending; each new
 * server waits for the removal of the old one. A node on which a superseded step was begun that cannot be taken back, as every `once`,
 * gets a new server too, since that step may not run twice on one.
 */
export function planReplacement(
  steps: readonly StepRecord[],
  nodes: readonly string[],
  reason: string,
  makeRemoval: (node: string, generation: number) => PlannedStep,
  isIrrevocable: (kind: string) => boolean,
): Replacement {
  const grown = grow(steps, nodes, isIrrevocable);
  const affected = steps.filter(({ planned }) => grown.superseded.has(planned.key));
  const insert = affected.flatMap(({ planned, generation }): readonly PlannedStep[] => {
    const { node } = planned;
    if (node === null || !grown.nodes.has(node)) return [planned];
    const removal = makeRemoval(node, generation);
    if (planned.key === removal.key) return [];
    if (planned.key !== `create-server/${node}`) return [planned];
    return [removal, { ...planned, after: [...planned.after.filter((key) => key !== removal.key), removal.key] }];
  });
  return { nodes: [...grown.nodes], supersede: affected.map(({ id }) => id), insert, reason };
}
