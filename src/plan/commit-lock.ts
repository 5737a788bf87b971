/** The lock of a built cluster, from what its nodes say they were built from. */
import type { CommitLock } from '../layout/commit-lock.ts';

export interface NodeCommits {
  readonly node: string;
  readonly projects: readonly { readonly name: string; readonly commit: string; readonly url: string | null }[];
}

/** A branch that moved between two clones: the nodes do not run the same code. */
export interface Disagreement {
  readonly project: string;
  /** Nodes by the commit they have; the one that the lock names comes first. */
  readonly commits: ReadonlyMap<string, readonly string[]>;
}

export interface LockedCommits {
  readonly lock: CommitLock;
  readonly disagreements: readonly Disagreement[];
}

/** DevStack itself is named apart; what is no clone of anything came from the builder, as did its own plugin. */
function isProject({ name, url }: NodeCommits['projects'][number]): boolean {
  return name !== 'devstack' && name !== 'builder' && url !== null;
}

/** The first node that has a project decides: `nodes` begin with the one with the APIs. */
export function lockCommits(nodes: readonly NodeCommits[], devstack: CommitLock['devstack']): LockedCommits {
  const commits = new Map<string, Map<string, string[]>>();
  const repos = new Map<string, string | null>();
  for (const { node, projects } of nodes) {
    for (const { name, commit, url } of projects.filter(isProject)) {
      const known = commits.get(name) ?? new Map<string, string[]>();
      known.set(commit, [...(known.get(commit) ?? []), node]);
      commits.set(name, known);
      if (!repos.has(name)) repos.set(name, url);
    }
  }
  const sorted = [...commits].toSorted(([left], [right]) => (left < right ? -1 : 1));
  return {
    lock: {
      version: 1,
      devstack,
      projects: Object.fromEntries(
        sorted.map(([name, known]) => {
          const [commit = '', own = []] = [...known][0] ?? [];
          return [name, { commit, repo: repos.get(name) ?? null, nodes: own }];
        }),
      ),
    },
    disagreements: sorted.flatMap(([project, known]) => (known.size > 1 ? [{ project, commits: known }] : [])),
  };
}
