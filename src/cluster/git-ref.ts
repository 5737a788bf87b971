/** The commit a git ref stands at now, so that every node gets the same DevStack (devstack.md section 3.1). */
import { BuilderError } from '../errors.ts';
import { commitOf, isCommit, namesBelow, readRefs } from './git-refs.ts';

const TIMEOUT_MS = 60_000;

/**
 * `ref` is a branch, a tag or a full commit id. Throws `git-ref-not-found` with near names, `git-unreachable`, `missing-program`.
 */
export async function resolveGitRef(
  repo: string,
  ref: string,
  environment: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<string> {
  if (isCommit(ref)) return ref;
  const fix = 'check the URL and the network, or name another: --set devstack.repo=URL';
  const question = { repo, patterns: [], timeoutMs: TIMEOUT_MS, at: 'devstack.repo', fix };
  const refs = await readRefs(question, environment, signal);
  const commit = commitOf(refs, ref);
  if (commit !== null) return commit;
  throw new BuilderError('git-ref-not-found', `${repo} has no branch or tag "${ref}"`, {
    at: 'devstack.ref',
    state: 'nothing was created',
    fix: adviseRef(ref, [...refs.keys()]),
  });
}

/**
 * What became of a branch that is gone: OpenStack renames a series' branch when it is no longer maintained, and leaves a tag when it
 * is no longer kept (devstack.md sections 3.1 and 5, G).
 */
function adviseRef(ref: string, refs: readonly string[]): string {
  const branches = namesBelow('refs/heads/', refs);
  const series = ref.replace(/^(?:refs\/heads\/)?(?:stable\/|unmaintained\/)?/, '');
  const renamed = [`stable/${series}`, `unmaintained/${series}`].find((name) => branches.includes(name));
  if (renamed !== undefined) return `that series is there as --branch ${renamed}`;
  const last = `${series}-eol`;
  // DevStack at that tag would ask for branches of the projects, and those are gone too.
  if (namesBelow('refs/tags/', refs).includes(last))
    return `that series has ended; its last state: --branch ${last} --set localrc.TARGET_BRANCH=${last}`;
  return `choose one with --branch: ${branches.slice(-8).join(', ')}`;
}
