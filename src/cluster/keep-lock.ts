/** The lock file of a cluster that is ready: which commits it was built from, beside its logs. */
import type { StepRecord } from '../engine/journal.ts';
import { readTextFile, writeFileDurably } from '../host/files.ts';
import type { ClusterRecord } from '../journal/state.ts';
import { renderLock } from '../layout/commit-lock.ts';
import { type Disagreement, lockCommits, type NodeCommits } from '../plan/commit-lock.ts';
import { isRoleWithApi } from '../roles/index.ts';
import { commitsOutput } from '../steps/outputs.ts';
import type { Parts } from './parts.ts';
import type { ClusterPaths } from './paths.ts';

function commitsOf(cluster: ClusterRecord, steps: readonly StepRecord[]): readonly NodeCommits[] {
  const nodes = cluster.nodes.toSorted(
    (left, right) => Number(isRoleWithApi(right.role)) - Number(isRoleWithApi(left.role)),
  );
  return nodes.flatMap(({ name }) => {
    const step = steps.find(({ planned }) => planned.key === `read-commits/${name}`);
    const known = commitsOutput.safeParse(step?.output).data;
    return known === undefined ? [] : [{ node: name, projects: known.projects }];
  });
}

function describe({ project, commits }: Disagreement): string {
  const parts = [...commits].map(([commit, nodes]) => `${commit.slice(0, 10)} on ${nodes.join(', ')}`);
  return `the nodes run different commits of ${project}: ${parts.join('; ')}; its branch moved meanwhile`;
}

/** Written when it says something new, with a warning for each project that the nodes disagree on. Plans of earlier builders know no commits: nothing then. */
export async function keepLock(
  cluster: ClusterRecord,
  steps: readonly StepRecord[],
  paths: ClusterPaths,
  emit: Parts['emit'],
): Promise<void> {
  const commits = commitsOf(cluster, steps);
  const { devstack } = cluster.choices as { devstack?: { readonly ref: string; readonly commit: string } };
  if (commits.length === 0 || devstack === undefined) return;
  const { lock, disagreements } = lockCommits(commits, { ref: devstack.ref, commit: devstack.commit });
  const text = renderLock(cluster.name, lock);
  if ((await readTextFile(paths.lock))?.text === text) return;
  await writeFileDurably(paths.lock, text);
  for (const disagreement of disagreements) emit({ type: 'notice', level: 'warning', text: describe(disagreement) });
}
