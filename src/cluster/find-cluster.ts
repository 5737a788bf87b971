/** Which cluster a command means, where its name may be left out. */
import { BuilderError } from '../errors.ts';
import type { ClusterRecord, StateReader } from '../journal/state.ts';

type Clusters = Pick<StateReader, 'listClusters'>;

/** The clusters that exist, by name. */
export function listLiving(reader: Clusters): readonly ClusterRecord[] {
  return reader
    .listClusters()
    .filter(({ phase }) => phase !== 'destroyed')
    .sort((left, right) => left.name.localeCompare(right.name));
}

function namesOf(clusters: readonly ClusterRecord[]): string {
  return clusters.map(({ name }) => name).join(', ');
}

/**
 * The cluster of this name, or the only one when none is named. Throws `unknown-cluster` or `ambiguous-cluster`, naming what exists.
 */
export function findCluster(reader: Clusters, name: string | undefined): ClusterRecord {
  const living = listLiving(reader);
  const found = name === undefined ? living : living.filter((cluster) => cluster.name === name);
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  if (only !== undefined) {
    throw new BuilderError('ambiguous-cluster', `${found.length} clusters in the state: ${namesOf(found)}`, {
      fix: `name one of them, like ${only.name}`,
    });
  }
  const message = name === undefined ? 'no cluster in the state' : `"${name.slice(0, 80)}"`;
  throw new BuilderError('unknown-cluster', message, {
    fix:
      living.length > 0
        ? `the state has: ${namesOf(living)}`
        : 'build one: ./builder create (or name its folder with --state)',
  });
}

/** Words that may begin with a cluster's name: `lab controller`, or only `controller` where the state has one cluster. */
export function splitTarget(
  reader: Clusters,
  words: readonly string[],
): { readonly cluster: ClusterRecord; readonly rest: readonly string[] } {
  const [first, ...rest] = words;
  const isNamed = rest.length > 0 && listLiving(reader).some(({ name }) => name === first);
  return isNamed
    ? { cluster: findCluster(reader, first), rest }
    : { cluster: findCluster(reader, undefined), rest: words };
}

/** Throws `unknown-node`, naming the nodes there are. */
export function requireNode(cluster: ClusterRecord, node: string | undefined): string {
  const names = cluster.nodes.map(({ name }) => name);
  if (node !== undefined && names.includes(node)) return node;
  const message = node === undefined ? 'no node named' : `cluster "${cluster.name}" has no node "${node.slice(0, 80)}"`;
  throw new BuilderError('unknown-node', message, { fix: `name one of: ${names.join(', ')}` });
}
