/** What the refs of a layout's plugins and changes stand at now, so that every node of the cluster gets the same. */
import { nearestWord } from '../document/near-miss.ts';
import { BuilderError, failureOf } from '../errors.ts';
import type { Layout } from '../layout/layout.ts';
import type { ProjectRefs } from '../plan/choices.ts';
import type { ProjectChange } from '../roles/changes.ts';
import type { Plugin } from '../roles/plugins.ts';
import { commitOf, isCommit, namesBelow, readRefs } from './git-refs.ts';

const PLUGIN_MS = 60_000;
const REVIEW_MS = 180_000;
const SHOWN_NAMES = 8;

interface Asking {
  readonly environment: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

function adviseBranch(ref: string, branches: readonly string[]): string {
  const near = nearestWord(ref, branches);
  const guess = near !== null && near.slips <= 3 ? `did you mean "${near.word}"? ` : '';
  return `${guess}its branches: ${branches.slice(-SHOWN_NAMES).join(', ') || 'none'}`;
}

async function resolvePlugin(
  plugin: Plugin,
  at: string,
  devstackRef: string,
  { environment, signal }: Asking,
): Promise<ProjectRefs['plugins'][number]> {
  const { name, repo, ref } = plugin;
  if (ref !== null && isCommit(ref)) return { name, repo, ref, commit: ref };
  const patterns = ['refs/heads/*', 'refs/tags/*', ...(ref?.startsWith('refs/') === true ? [ref] : [])];
  const fix = `check the URL and the network of plugin ${name}`;
  const refs = await readRefs({ repo, patterns, timeoutMs: PLUGIN_MS, at: `${at}.repo`, fix }, environment, signal);
  // A plugin of another branch fails late and in its own ways (devstack.md section 5, AI).
  for (const wanted of ref === null ? [devstackRef, 'master'] : [ref]) {
    const commit = commitOf(refs, wanted);
    if (commit !== null) return { name, repo, ref: wanted, commit };
  }
  const missing = ref === null ? `neither "${devstackRef}" nor "master"` : `no branch or tag "${ref}"`;
  throw new BuilderError('git-ref-not-found', `plugin ${name}: ${repo} has ${missing}`, {
    at: `${at}.ref`,
    state: 'nothing was created',
    fix: `name one that is there: ${adviseBranch(ref ?? devstackRef, namesBelow('refs/heads/', refs.keys()))}`,
  });
}

async function resolveChange(
  change: ProjectChange,
  at: string,
  { environment, signal }: Asking,
): Promise<ProjectRefs['changes'][number]> {
  const { project, ref, repo } = change;
  // With all patch sets of the change at hand, a wrong one is told from a wrong change.
  const all = ref.slice(0, ref.lastIndexOf('/') + 1);
  const fix = `check the network; a change is had from Gerrit alone: repo: ${repo}`;
  const question = { repo, patterns: [`${all}*`], timeoutMs: REVIEW_MS, at, fix };
  const refs = await readRefs(question, environment, signal);
  const commit = refs.get(ref);
  if (commit !== undefined) return { ...change, commit };
  const sets = namesBelow(all, refs.keys()).filter((name) => /^\d+$/.test(name));
  const newest = sets.map(Number).toSorted((left, right) => right - left)[0];
  throw new BuilderError('git-ref-not-found', `change of ${project}: ${repo} has no ${ref}`, {
    at,
    state: 'nothing was created',
    fix:
      newest === undefined
        ? 'look for the change in Gerrit: its download shows the ref'
        : `its newest patch set is ${all}${newest}`,
  });
}

/** @throws all refs that are not there and all repositories that were not reached, together. */
export async function resolveProjects(
  layout: Pick<Layout, 'devstack' | 'plugins' | 'changes'>,
  environment: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<ProjectRefs> {
  const problems: BuilderError[] = [];
  const collect = async <T>(asked: Promise<T>): Promise<readonly T[]> => {
    try {
      return [await asked];
    } catch (error) {
      if (signal.aborted) throw error;
      problems.push(failureOf(error));
      return [];
    }
  };
  const asking = { environment, signal };
  const [plugins, changes] = await Promise.all([
    Promise.all(
      layout.plugins.map((plugin, index) =>
        collect(resolvePlugin(plugin, `plugins.${index}`, layout.devstack.ref, asking)),
      ),
    ),
    Promise.all(layout.changes.map((change, index) => collect(resolveChange(change, `changes.${index}`, asking)))),
  ]);
  if (problems.length > 0) throw BuilderError.all(problems);
  return { plugins: plugins.flat(), changes: changes.flat() };
}
